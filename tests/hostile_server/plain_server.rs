//! A server over plain sockets that says what it is told, to the letter, and keeps what it hears.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// After so long, a test has failed anyway.
const PATIENCE: Duration = Duration::from_secs(120);

/// One request and what is said to it.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub reads: Reads,
    pub parts: Vec<Part>,
    pub end: End,
}

/// How much of a request is read before anything is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    All,
    /// At most so many bytes.
    Some(usize),
}

#[derive(Clone)]
pub enum Part {
    Bytes(Vec<u8>),
    /// One byte after the other, with pauses.
    Drip(Vec<u8>),
    /// The same again and again, until the client has gone or it was said so often.
    Flood(Vec<u8>, usize),
}

/// What comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The next exchange.
    KeepAlive,
    /// Nothing more is said, but listened to.
    Close,
    /// The connection is closed at once, with what was not read: a reset.
    Drop,
    /// Silence, until the client goes.
    Stall,
}

impl Part {
    /// What it says, if it is said once.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) | Self::Drip(bytes) | Self::Flood(bytes, _) => bytes,
        }
    }
}

/// The beginning and the end are enough to understand it.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, times) = match self {
            Self::Bytes(_) => ("Bytes", 1),
            Self::Drip(_) => ("Drip", 1),
            Self::Flood(_, times) => ("Flood", *times),
        };
        let bytes = self.bytes();
        let shown = &bytes[..bytes.len().min(2000)];
        write!(
            f,
            "{name} {times} x {} bytes: \"{}\"",
            bytes.len(),
            shown.escape_ascii()
        )
    }
}

pub struct PlainServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: JoinHandle<()>,
}

struct Shared {
    exchanges: Mutex<VecDeque<Exchange>>,
    heard: Mutex<Vec<Vec<u8>>>,
    is_over: AtomicBool,
}

impl PlainServer {
    /// Listens, and plays one exchange after the other, over whatever connections.
    pub fn start(exchanges: &[Exchange]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            exchanges: Mutex::new(exchanges.iter().cloned().collect()),
            heard: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_acceptor));
        Self {
            address,
            shared,
            acceptor,
        }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/wp-json/wccom/host-plan", self.address)
    }

    /// What was heard over each connection that said anything. The client is gone by now.
    pub fn stop(self) -> Vec<Vec<u8>> {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.acceptor.join().unwrap();
        let heard = std::mem::take(&mut *self.shared.heard.lock().unwrap());
        heard.into_iter().filter(|bytes| !bytes.is_empty()).collect()
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections = Vec::new();
    loop {
        let (stream, _) = listener.accept().unwrap();
        if shared.is_over.load(Ordering::SeqCst) {
            break;
        }
        let shared = Arc::clone(shared);
        connections.push(thread::spawn(move || {
            let mut heard = Vec::new();
            let _ = serve(&stream, &shared.exchanges, &mut heard);
            shared.heard.lock().unwrap().push(heard);
        }));
    }
    for connection in connections {
        connection.join().unwrap();
    }
}

fn serve(stream: &TcpStream, exchanges: &Mutex<VecDeque<Exchange>>, heard: &mut Vec<u8>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    loop {
        // The first byte, so that a connection nobody uses takes no exchange.
        let next = exchanges.lock().unwrap().front().map(|exchange| exchange.reads);
        let begin = heard.len();
        let mut is_open = true;
        if next != Some(Reads::Some(0)) {
            is_open = listen(stream, heard, |heard| heard.len() > begin)?;
        }
        let Some(exchange) = exchanges.lock().unwrap().pop_front() else {
            return Ok(());
        };
        if is_open {
            match exchange.reads {
                Reads::All => listen(stream, heard, |heard| is_request(&heard[begin..]))?,
                Reads::Some(most) => most == 0 || listen(stream, heard, |heard| heard.len() >= begin + most)?,
            };
        }
        for part in &exchange.parts {
            if say(stream, part).is_err() {
                break;
            }
        }
        match exchange.end {
            End::KeepAlive if is_open => {}
            End::Drop => return Ok(()),
            end => {
                if end != End::Stall {
                    stream.shutdown(Shutdown::Write)?;
                }
                return listen(stream, heard, |_| false).map(drop);
            }
        }
    }
}

/// Hears until that is enough; `false` if the client has gone before.
fn listen(mut stream: &TcpStream, heard: &mut Vec<u8>, is_enough: impl Fn(&[u8]) -> bool) -> std::io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    while !is_enough(heard) {
        match stream.read(&mut buffer)? {
            0 => return Ok(false),
            length => heard.extend(&buffer[..length]),
        }
    }
    Ok(true)
}

/// Whether that is a whole request of our client.
fn is_request(heard: &[u8]) -> bool {
    let Some(end) = memchr::memmem::find(heard, b"\r\n\r\n") else {
        return false;
    };
    let fields = String::from_utf8_lossy(&heard[..end]).to_ascii_lowercase();
    let length = fields
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    heard.len() >= end + 4 + length
}

fn say(mut stream: &TcpStream, part: &Part) -> std::io::Result<()> {
    match part {
        Part::Bytes(bytes) => stream.write_all(bytes),
        Part::Drip(bytes) => bytes.iter().try_for_each(|byte| {
            thread::sleep(Duration::from_millis(1));
            stream.write_all(&[*byte])
        }),
        Part::Flood(bytes, times) => {
            // In large pieces, or it would take more time than the client.
            let together = (64 * 1024 / bytes.len().max(1)).clamp(1, *times);
            let many = bytes.repeat(together);
            (0..times.div_ceil(together)).try_for_each(|_| stream.write_all(&many))
        }
    }
}
