//! How answers end: what is whole is taken, and what could have been cut by somebody in between is not.

use std::io::{self, Read, Write};
use std::net::Shutdown;

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use serde_json::json;

use crate::attempt::{WAYS, words};
use crate::service::{Connection, REGISTRATION, Service, answer};

type Ending = fn(&mut Connection) -> io::Result<()>;

/// What becomes of a register whose request was answered so.
fn outcomes(ending: Ending) -> Vec<&'static str> {
    let mut outcomes = Vec::new();
    for version in [&TLS12, &TLS13] as [&'static SupportedProtocolVersion; 2] {
        let service = Service::start(version, ending);
        let options =
            json!({"base_url": format!("https://{}", service.address), "ca_file": service.ca_file(), "timeout": 3});
        for way in WAYS {
            outcomes.push(match way.register(&options) {
                Ok(()) => "registered",
                Err(error) => {
                    words(&error);
                    error.outcome().as_str()
                }
            });
        }
        let requests = service.requests.lock().unwrap();
        assert_eq!(requests.len(), 2, "each was sent once");
    }
    outcomes.dedup();
    outcomes
}

/// The end of the connection, with the words that say so in TLS.
fn close(connection: &mut Connection) -> io::Result<()> {
    connection.conn.send_close_notify();
    connection.flush()?;
    connection.sock.shutdown(Shutdown::Write)
}

/// As [`close`], without the words: whoever sits in between can do that.
fn cut(connection: &mut Connection) -> io::Result<()> {
    connection.flush()?;
    connection.sock.shutdown(Shutdown::Write)
}

fn head(connection: &mut Connection, head: &str) -> io::Result<()> {
    write!(connection, "HTTP/1.1 200 OK\r\n{head}\r\n")
}

#[test]
fn an_answer_that_says_how_long_it_is_needs_no_end_of_the_connection() {
    assert_eq!(outcomes(answer), ["registered"]);
    assert_eq!(
        outcomes(|connection| {
            answer(connection)?;
            close(connection)
        }),
        ["registered"]
    );
    assert_eq!(
        outcomes(|connection| {
            answer(connection)?;
            cut(connection)
        }),
        ["registered"]
    );
    assert_eq!(
        outcomes(|connection| {
            head(connection, "Transfer-Encoding: chunked\r\n")?;
            write!(connection, "{:x}\r\n{REGISTRATION}\r\n0\r\n\r\n", REGISTRATION.len())?;
            cut(connection)
        }),
        ["registered"]
    );
    // The server has said that it will write no more, and goes on reading.
    assert_eq!(
        outcomes(|connection| {
            answer(connection)?;
            close(connection)?;
            connection.sock.read_to_end(&mut Vec::new()).map(|_| ())
        }),
        ["registered"]
    );
    assert_eq!(
        outcomes(|connection| {
            head(connection, &format!("Content-Length: {}\r\n", REGISTRATION.len()))?;
            for byte in REGISTRATION.as_bytes() {
                connection.write_all(&[*byte])?;
                connection.flush()?;
            }
            cut(connection)
        }),
        ["registered"],
        "a record for each byte"
    );
}

#[test]
fn an_answer_that_ends_with_the_connection_must_end_with_its_words() {
    assert_eq!(
        outcomes(|connection| {
            head(connection, "")?;
            connection.write_all(REGISTRATION.as_bytes())?;
            close(connection)
        }),
        ["registered"]
    );
    assert_eq!(
        outcomes(|connection| {
            head(connection, "")?;
            connection.write_all(REGISTRATION.as_bytes())?;
            cut(connection)
        }),
        ["unknown"],
        "cut off"
    );
}

#[test]
fn an_answer_that_is_not_whole_is_unknown() {
    let endings: [(&str, Ending); 11] = [
        ("nothing, closed", close),
        ("nothing, cut", cut),
        ("half a head", |connection| {
            write!(connection, "HTTP/1.1 200 OK\r\nContent-Le")?;
            close(connection)
        }),
        ("a byte is missing, closed", |connection| {
            head(connection, &format!("Content-Length: {}\r\n", REGISTRATION.len() + 1))?;
            connection.write_all(REGISTRATION.as_bytes())?;
            close(connection)
        }),
        ("a byte is missing, cut", |connection| {
            head(connection, &format!("Content-Length: {}\r\n", REGISTRATION.len() + 1))?;
            connection.write_all(REGISTRATION.as_bytes())?;
            cut(connection)
        }),
        ("no last chunk", |connection| {
            head(connection, "Transfer-Encoding: chunked\r\n")?;
            write!(connection, "{:x}\r\n{REGISTRATION}\r\n", REGISTRATION.len())?;
            close(connection)
        }),
        ("a fatal alert", |connection| {
            head(connection, "")?;
            connection.write_all(REGISTRATION.as_bytes())?;
            connection.sock.write_all(&[21, 3, 3, 0, 2, 2, 80])
        }),
        ("a record that is not the server's", |connection| {
            head(connection, "")?;
            connection.write_all(REGISTRATION.as_bytes())?;
            connection.sock.write_all(&[23, 3, 3, 0, 20])?;
            connection.sock.write_all(&[7; 20])
        }),
        ("half a record", |connection| {
            head(connection, "")?;
            connection.write_all(REGISTRATION.as_bytes())?;
            connection.sock.write_all(&[23, 3, 3, 0, 200, 1, 2, 3])
        }),
        ("plain text", |connection| {
            head(connection, "")?;
            connection.sock.write_all(REGISTRATION.as_bytes())
        }),
        ("silence", |connection| {
            head(connection, &format!("Content-Length: {}\r\n", REGISTRATION.len()))?;
            connection.sock.read_to_end(&mut Vec::new()).map(|_| ())
        }),
    ];
    for (what, ending) in endings {
        assert_eq!(outcomes(ending), ["unknown"], "{what}");
    }
}

#[test]
fn keys_that_change_in_the_middle_of_an_answer() {
    let service = Service::start(&TLS13, |connection| {
        head(connection, &format!("Content-Length: {}\r\n", REGISTRATION.len()))?;
        connection.conn.refresh_traffic_keys().map_err(io::Error::other)?;
        connection.write_all(REGISTRATION.as_bytes())
    });
    let options = json!({"base_url": format!("https://{}", service.address), "ca_file": service.ca_file()});
    for way in WAYS {
        assert!(way.register(&options).is_ok());
    }
}
