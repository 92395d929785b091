//! What a server answers to the `ClientHello`, byte by byte by hand: what neither openssl nor rustls would say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::attempt::{WAYS, Way, refusal, words};
use crate::certificates::Certificates;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const TLS_1_2: [u8; 2] = [3, 3];
const ECDHE_ECDSA_AES_128_GCM: u16 = 0xc02b;

/// Answers one connection with these bytes, and gives everything that the client sent.
struct Peer {
    address: SocketAddr,
    thread: JoinHandle<Vec<u8>>,
}

impl Peer {
    fn answering(answer: impl FnOnce(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let mut received = vec![0; 5];
            connection.read_exact(&mut received).unwrap();
            let length = usize::from(u16::from_be_bytes([received[3], received[4]]));
            received.resize(5 + length, 0);
            connection.read_exact(&mut received[5..]).unwrap();
            // A client that has gone is what is wanted.
            let _ = answer(&mut connection);
            let _ = connection.read_to_end(&mut received);
            received
        });
        Self { address, thread }
    }

    fn sending(bytes: Vec<u8>) -> Self {
        Self::answering(move |connection| connection.write_all(&bytes))
    }

    fn options(&self) -> serde_json::Value {
        json!({"base_url": format!("https://{}", self.address), "timeout": 20, "connect_timeout": 3})
    }

    /// A `ClientHello` and then at most an alert, which is all that a client may say to what it does not like.
    fn assert_nothing_but_hello(self, what: &str) -> Vec<u8> {
        let received = self.thread.join().unwrap();
        let length = 5 + usize::from(u16::from_be_bytes([received[3], received[4]]));
        let (hello, rest) = received.split_at(length);
        assert!(
            rest.is_empty() || (rest[0] == ALERT && rest.len() == 7),
            "{what}: the client went on with {rest:02x?}"
        );
        hello.to_vec()
    }
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    [&[kind, 3, 3], &length.to_be_bytes()[..], body].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

fn server_hello(
    version: [u8; 2],
    random: [u8; 32],
    cipher: u16,
    compression: u8,
    extensions: &[(u16, &[u8])],
) -> Vec<u8> {
    let mut body = [&version[..], &random, &[0], &cipher.to_be_bytes(), &[compression]].concat();
    let extensions: Vec<u8> = extensions
        .iter()
        .flat_map(|(kind, content)| {
            let length = u16::try_from(content.len()).unwrap();
            [&kind.to_be_bytes()[..], &length.to_be_bytes(), content].concat()
        })
        .collect();
    if !extensions.is_empty() {
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
    }
    record(HANDSHAKE, &handshake(SERVER_HELLO, &body))
}

fn alpn(protocol: &str) -> Vec<u8> {
    let length = u8::try_from(protocol.len()).unwrap();
    [&[0, length + 1, length], protocol.as_bytes()].concat()
}

fn assert_refused(what: &str, answer: &[u8]) {
    for way in WAYS {
        let peer = Peer::sending(answer.to_vec());
        refusal(way, &peer.options());
        peer.assert_nothing_but_hello(what);
    }
}

#[test]
fn versions_ciphers_and_extensions_that_were_not_offered() {
    let random = [7; 32];
    for (what, version) in [
        ("SSL 3", [3, 0]),
        ("TLS 1.0", [3, 1]),
        ("TLS 1.1", [3, 2]),
        ("TLS 1.4", [3, 5]),
    ] {
        assert_refused(what, &server_hello(version, random, ECDHE_ECDSA_AES_128_GCM, 0, &[]));
    }
    for (what, cipher) in [
        ("NULL-MD5", 0x0001),
        ("EXP-RC4-MD5", 0x0003),
        ("RC4-MD5", 0x0004),
        ("RC4-SHA", 0x0005),
        ("DES-CBC-SHA", 0x0009),
        ("DES-CBC3-SHA", 0x000a),
        ("EXP-EDH-RSA-DES-CBC-SHA", 0x0014),
        ("AES128-SHA", 0x002f),
        ("ADH-AES128-SHA", 0x0034),
        ("AES128-GCM-SHA256", 0x009c),
        ("ECDHE-RSA-RC4-SHA", 0xc011),
        ("ECDHE-RSA-DES-CBC3-SHA", 0xc012),
        ("ECDHE-RSA-AES128-SHA", 0xc013),
        ("a cipher of TLS 1.3 in TLS 1.2", 0x1301),
    ] {
        assert_refused(what, &server_hello(TLS_1_2, random, cipher, 0, &[]));
    }
    let hello = |extensions: &[(u16, &[u8])]| server_hello(TLS_1_2, random, ECDHE_ECDSA_AES_128_GCM, 0, extensions);
    assert_refused(
        "compression",
        &server_hello(TLS_1_2, random, ECDHE_ECDSA_AES_128_GCM, 1, &[]),
    );
    for protocol in ["spdy/3.1", "h2c", "http/1.0", "HTTP/1.1", ""] {
        assert_refused(protocol, &hello(&[(16, &alpn(protocol))]));
    }
    assert_refused("early data", &hello(&[(42, &[])]));
    assert_refused("a key that was not agreed on", &hello(&[(41, &[0, 0])]));
    assert_refused("an unknown extension", &hello(&[(0xfafa, &[1])]));
    let mut downgraded = random;
    downgraded[24..].copy_from_slice(b"DOWNGRD\x01");
    assert_refused(
        "downgrade",
        &server_hello(TLS_1_2, downgraded, ECDHE_ECDSA_AES_128_GCM, 0, &[]),
    );
}

#[test]
fn http_2_is_not_taken_where_it_was_not_offered() {
    let peer = Peer::sending(server_hello(
        TLS_1_2,
        [7; 32],
        ECDHE_ECDSA_AES_128_GCM,
        0,
        &[(16, &alpn("h2"))],
    ));
    refusal(Way::Alone, &peer.options());
    peer.assert_nothing_but_hello("h2");
}

#[test]
fn what_is_not_tls() {
    for (what, answer) in [
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}".to_vec()),
        ("a registration in plain HTTP", b"HTTP/1.1 200 OK\r\n\r\n{\"customer_id\":1,\"order_id\":2,\"access_token\":\"a\",\"access_token_secret\":\"s\",\"site_id\":3}".to_vec()),
        ("SMTP", b"220 mail.example.com ESMTP ready to take messages\r\n".to_vec()),
        ("SSH", b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec()),
        ("zeros", vec![0; 4096]),
        ("ones", vec![0xff; 4096]),
        ("SSL 2", vec![0x80, 0x2e, 0x04, 0x00, 0x01, 0x00, 0x02, 0, 0, 0, 0, 0, 0x10]),
        ("an oversized record", [vec![HANDSHAKE, 3, 3, 0xff, 0xff], vec![0; 65535]].concat()),
        ("an empty handshake record", record(HANDSHAKE, &[])),
        ("a message of another step", record(HANDSHAKE, &handshake(20, &[0; 12]))),
        ("data before the handshake", record(23, b"HTTP/1.1 200 OK\r\n\r\n")),
        ("a heartbeat", record(24, &[1, 0x40, 0])),
    ] {
        assert_refused(what, &answer);
    }
}

#[test]
fn every_alert() {
    for level in [1, 2] {
        for description in [
            0, 10, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86, 90, 100, 109,
            110, 111, 112, 113, 115, 116, 120, 255,
        ] {
            let alert = record(ALERT, &[level, description]);
            let peer = Peer::answering(move |connection| {
                connection.write_all(&alert)?;
                connection.shutdown(std::net::Shutdown::Write)
            });
            let options = json!({"base_url": format!("https://{}", peer.address), "timeout": 0.5});
            let error = Way::Alone.register(&options).unwrap_err();
            assert_eq!(error.outcome().as_str(), "not_sent", "{level} {description}: {error}");
            words(&error);
            peer.assert_nothing_but_hello("alert");
        }
    }
}

/// Answers that have no end, and take neither more time than one attempt has nor memory.
#[test]
fn what_never_ends() {
    let hello = server_hello(TLS_1_2, [7; 32], ECDHE_ECDSA_AES_128_GCM, 0, &[]);
    // A certificate message that says it has 16 MB.
    let certificates = [hello.clone(), record(HANDSHAKE, &[11, 0xff, 0xff, 0xff, 0, 0, 0])].concat();
    for (what, first, again) in [
        ("warnings", Vec::new(), record(ALERT, &[1, 90])),
        ("empty records", Vec::new(), record(HANDSHAKE, &[])),
        ("changed ciphers", Vec::new(), record(20, &[1])),
        (
            "requests to begin again",
            Vec::new(),
            record(HANDSHAKE, &handshake(0, &[])),
        ),
        ("a hello in bytes", Vec::new(), record(HANDSHAKE, &[SERVER_HELLO])),
        ("certificates", certificates, record(HANDSHAKE, &[0; 16000])),
    ] {
        for way in WAYS {
            let (first, again) = (first.clone(), again.clone());
            let peer = Peer::answering(move |connection| {
                connection.write_all(&first)?;
                let end = Instant::now() + Duration::from_secs(60);
                while Instant::now() < end {
                    connection.write_all(&again)?;
                }
                panic!("the client took it for a minute");
            });
            let options = json!({"base_url": format!("https://{}", peer.address), "timeout": 1, "connect_timeout": 1});
            let begin = Instant::now();
            let error = way.register(&options).unwrap_err();
            assert_eq!(error.outcome().as_str(), "not_sent", "{what}: {error}");
            assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
            words(&error);
            peer.assert_nothing_but_hello(what);
        }
    }
}

/// The ids of the extensions, and what is offered in the `ClientHello`.
fn offered(hello: &[u8]) -> (Vec<u16>, Vec<u16>) {
    let number = |at: usize| u16::from_be_bytes([hello[at], hello[at + 1]]);
    // Record, message, version and random come first.
    let mut at = 5 + 4 + 2 + 32;
    at += 1 + usize::from(hello[at]);
    let ciphers_end = at + 2 + usize::from(number(at));
    let ciphers = (at + 2..ciphers_end).step_by(2).map(number).collect();
    at = ciphers_end + 1 + usize::from(hello[ciphers_end]) + 2;
    let mut extensions = Vec::new();
    while at < hello.len() {
        extensions.push(number(at));
        at += 4 + usize::from(number(at + 2));
    }
    (ciphers, extensions)
}

#[test]
fn only_what_is_strong_is_offered_and_nothing_early() {
    const PRE_SHARED_KEY: u16 = 41;
    const EARLY_DATA: u16 = 42;
    const STRONG: [u16; 10] = [
        0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0x00ff,
    ];
    let certificates = Certificates::new();
    for way in WAYS {
        let peer = Peer::sending(record(ALERT, &[2, 40]));
        let mut options = peer.options();
        options["ca_file"] = certificates.file("root.pem").into();
        refusal(way, &options);
        let (ciphers, extensions) = offered(&peer.assert_nothing_but_hello("alert"));
        assert!(
            ciphers.len() > 3 && ciphers.iter().all(|cipher| STRONG.contains(cipher)),
            "{ciphers:04x?}"
        );
        assert!(
            !extensions.contains(&EARLY_DATA) && !extensions.contains(&PRE_SHARED_KEY),
            "{extensions:?}"
        );
    }
}
