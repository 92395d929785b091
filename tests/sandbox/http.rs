//! Just enough HTTP to see what is on the wire.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{KEY, Sandbox};

/// Longer than any answer takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub const WPCOM_TOKEN: &str = "#(*$!%^@)-made-up";

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

pub fn connect(sandbox: &Sandbox) -> TcpStream {
    let stream = TcpStream::connect(sandbox.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends a request and reads to the end of the connection.
pub fn send(sandbox: &Sandbox, request: &str) -> io::Result<Answer> {
    let mut stream = connect(sandbox);
    stream.write_all(request.as_bytes())?;
    read(&mut stream)
}

pub fn read(stream: &mut impl Read) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Answer {
        status,
        head,
        body: bytes[end + 4..].to_vec(),
    })
}

/// Reads one answer that has a length, and leaves the connection open.
pub fn read_kept(stream: &mut impl Read) -> Answer {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let mut answer = read(&mut head.as_slice()).unwrap();
    let length = answer.header("content-length").expect("a length").parse().unwrap();
    answer.body = vec![0; length];
    stream.read_exact(&mut answer.body).unwrap();
    answer
}

pub fn request(method: &str, path: &str, headers: &[&str], body: &str) -> String {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    if !body.is_empty() {
        request.push_str("Content-Length: ");
        request.push_str(&body.len().to_string());
        request.push_str("\r\n");
    }
    request + "\r\n" + body
}

/// A request with the key to a path of the host-plan API, such as `v2.0/orders`.
pub fn get(sandbox: &Sandbox, path: &str) -> Answer {
    let headers = [&*format!("Authorization: Bearer {KEY}")];
    send(sandbox, &request("GET", &host_plan(path), &headers, "")).unwrap()
}

/// The same with a body.
pub fn post(sandbox: &Sandbox, path: &str, body: &Value) -> Answer {
    let headers = [
        &*format!("Authorization: Bearer {KEY}"),
        "Content-Type: application/json",
    ];
    send(sandbox, &request("POST", &host_plan(path), &headers, &body.to_string())).unwrap()
}

fn host_plan(path: &str) -> String {
    format!("/wp-json/wccom/host-plan/{path}")
}

/// A refusal with this status and code; gives the error.
pub fn assert_refused(answer: &Answer, status: u16, code: &str) -> Value {
    let error = answer.json();
    assert_eq!((answer.status, &error["code"]), (status, &json!(code)), "{error}");
    assert_eq!(error["data"]["status"], status);
    error
}

/// A refusal of one parameter; gives what is wrong with it.
pub fn assert_invalid(answer: &Answer, name: &str) -> Value {
    let error = assert_refused(answer, 400, "rest_invalid_param");
    let params = error["data"]["params"].as_object().unwrap();
    assert_eq!(params.keys().collect::<Vec<_>>(), [name], "{error}");
    error["data"]["details"][name]["code"].clone()
}

pub fn register_request(version: &str, body: &str) -> String {
    request(
        "POST",
        &format!("/wp-json/wccom/host-plan/{version}/register"),
        &[
            &format!("Authorization: Bearer {KEY}"),
            "Content-Type: application/json",
        ],
        body,
    )
}

/// A good v2.0 request.
pub fn good_request(url: &str) -> String {
    register_request(
        "v2.0",
        &json!({ "url": url, "wpcom_access_token": WPCOM_TOKEN }).to_string(),
    )
}

pub fn register(sandbox: &Sandbox, url: &str) -> Value {
    let answer = send(sandbox, &good_request(url)).unwrap();
    assert_eq!(answer.status, 200);
    answer.json()
}

/// The error of a refused register.
pub fn refused(sandbox: &Sandbox, version: &str, body: &str) -> Value {
    let answer = send(sandbox, &register_request(version, body)).unwrap();
    assert_eq!(answer.header("content-type"), Some("application/json; charset=UTF-8"));
    let error = answer.json();
    assert_eq!(error["data"]["status"], answer.status, "{error}");
    error
}
