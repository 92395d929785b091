//! Handshakes that stall, end or go wrong after each byte, and answers too: a relay between client and service lets so many
//! bytes of the service pass. `WCCOM_HOST_EVERY_BYTE=1` tries all of them, some otherwise.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use serde_json::{Value, json};
use wccom_host::error::Error;

use crate::attempt::words;
use crate::service::{Service, answer};
use crate::support::client::{TOKEN, client, object};

#[derive(Clone, Copy, Debug)]
enum Then {
    Stall,
    Close,
    Alert,
    Garbage,
}

/// How many bytes of the service had passed when the client first said more than its hello.
type Passed = std::sync::Arc<AtomicUsize>;

/// Lets one connection's client say everything, and its service so many bytes.
fn relay(upstream: SocketAddr, bytes: usize, then: Then) -> (SocketAddr, Passed) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (passed, at_second_flight) = (Passed::default(), Passed::default());
    let (passed_too, second_flight) = (Passed::clone(&passed), Passed::clone(&at_second_flight));
    thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let mut far = TcpStream::connect(upstream).unwrap();
        let (mut near_too, mut far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        let up = thread::spawn(move || {
            let mut buffer = [0; 4096];
            for flight in 0.. {
                let length = near_too.read(&mut buffer).unwrap_or(0);
                if flight == 1 {
                    second_flight.store(passed_too.load(Ordering::SeqCst), Ordering::SeqCst);
                }
                if length == 0 || far_too.write_all(&buffer[..length]).is_err() {
                    break;
                }
            }
            let _ = far_too.shutdown(Shutdown::Both);
        });
        let _ = std::io::copy(&mut Counted(&mut far, bytes, &passed), &mut near);
        let _ = match then {
            Then::Stall => Ok(()),
            Then::Close => near.shutdown(Shutdown::Write),
            Then::Alert => near.write_all(&[21, 3, 3, 0, 2, 2, 40]),
            Then::Garbage => near.write_all(&[0x55; 600]),
        };
        // Until the client goes.
        up.join().unwrap();
    });
    (address, at_second_flight)
}

struct Counted<'a>(&'a mut TcpStream, usize, &'a AtomicUsize);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let room = buffer.len().min(self.1);
        let length = self.0.read(&mut buffer[..room])?;
        self.1 -= length;
        self.2.fetch_add(length, Ordering::SeqCst);
        Ok(length)
    }
}

fn register(service: &Service, relay: SocketAddr, url: &str, options: Value) -> Result<(), Error> {
    let mut all = json!({"base_url": format!("https://{relay}"), "ca_file": service.ca_file()});
    all.as_object_mut().unwrap().extend(object(options));
    let request = json!({"url": url, "wpcom_access_token": TOKEN});
    let request = wccom_host::endpoints::register::RegisterRequest::new(object(request), None).unwrap();
    client(all).register(request, false, &mut || false).map(|_| ())
}

/// Where the handshake ends, and the whole conversation: bytes of the service.
fn lengths(service: &Service) -> usize {
    let (address, second_flight) = relay(service.address, usize::MAX, Then::Stall);
    register(service, address, "https://whole.example.com", json!({"timeout": 20})).unwrap();
    second_flight.load(Ordering::SeqCst)
}

fn every_byte(version: &'static SupportedProtocolVersion, then: Then) {
    /// A signature is up to so much shorter or longer than another.
    const MARGIN: usize = 8;
    let service = Service::start(version, answer);
    let handshake = lengths(&service);
    assert!(handshake > 500, "{handshake}");
    let step = if std::env::var_os("WCCOM_HOST_EVERY_BYTE").is_some() {
        1
    } else {
        43
    };
    let positions: Vec<usize> = (0..12).chain((12..handshake + 800).step_by(step)).collect();
    let next = AtomicUsize::new(0);
    let counts = Mutex::new([0; 3]);
    let not_sent = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(&bytes) = positions.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (address, _) = relay(service.address, bytes, then);
                    let url = format!("https://site-{bytes}.example.com");
                    let begin = Instant::now();
                    let options = json!({"timeout": 0.5, "connect_timeout": 0.5});
                    let result = register(&service, address, &url, options);
                    assert!(
                        begin.elapsed() < Duration::from_secs(10),
                        "{bytes}: {:?}",
                        begin.elapsed()
                    );
                    let outcome = result
                        .as_ref()
                        .map_or_else(|error| error.outcome().as_str(), |()| "registered");
                    if let Err(error) = &result {
                        words(error);
                    }
                    if outcome == "not_sent" {
                        not_sent.lock().unwrap().push(url);
                    }
                    if bytes + MARGIN < handshake {
                        assert_eq!(
                            outcome, "not_sent",
                            "{then:?} after {bytes} of {handshake} bytes: {result:?}"
                        );
                    }
                    let place = ["not_sent", "unknown", "registered"]
                        .iter()
                        .position(|name| *name == outcome);
                    counts.lock().unwrap()[place.expect("not refused")] += 1;
                }
            });
        }
    });
    let requests = service.requests.lock().unwrap().join("\n");
    for url in not_sent.lock().unwrap().iter() {
        assert!(
            !requests.contains(&format!("{url}\"")),
            "{url} is not sent, and has come"
        );
    }
    eprintln!(
        "{version:?} {then:?}: {} positions, not sent, unknown, registered: {:?}",
        positions.len(),
        counts.lock().unwrap()
    );
}

#[test]
fn a_handshake_that_stalls_after_each_byte() {
    every_byte(&TLS12, Then::Stall);
    every_byte(&TLS13, Then::Stall);
}

#[test]
fn a_handshake_that_ends_after_each_byte() {
    every_byte(&TLS12, Then::Close);
    every_byte(&TLS13, Then::Close);
}

#[test]
fn a_handshake_with_an_alert_after_each_byte() {
    every_byte(&TLS12, Then::Alert);
    every_byte(&TLS13, Then::Alert);
}

#[test]
fn a_handshake_with_garbage_after_each_byte() {
    every_byte(&TLS12, Then::Garbage);
    every_byte(&TLS13, Then::Garbage);
}
