//! A server that speaks HTTP/2 over TLS, to the letter of what it is told, and keeps what it hears.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::frames::{ACK, DATA, END_STREAM, Frame, HEADERS, PREFACE, SETTINGS};

const PATIENCE: Duration = Duration::from_secs(120);

/// The server's part.
#[derive(Debug, Clone)]
pub struct Play {
    /// What each connection begins with.
    pub begin: Vec<Frame>,
    /// What is said to each request, in the order in which they come.
    pub answers: Vec<Answer>,
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub frames: Vec<Frame>,
    /// Whether the connection is closed then; otherwise the next request is waited for.
    pub closes: bool,
    /// Whether it comes when the head of the request is there, and its body is not.
    pub is_early: bool,
}

/// A request: what there is of its body, and which answer was given to it.
#[derive(Debug, Clone)]
pub struct Heard {
    pub body: Vec<u8>,
    pub answer: Option<usize>,
}

pub struct TlsServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: JoinHandle<()>,
}

struct Shared {
    begin: Vec<Frame>,
    answers: Mutex<VecDeque<(usize, Answer)>>,
    heard: Mutex<Vec<Heard>>,
    is_over: AtomicBool,
}

/// The certificate that all of these servers have, as a file for the client and as a configuration.
fn identity() -> &'static (PathBuf, Arc<ServerConfig>) {
    static IDENTITY: OnceLock<(PathBuf, Arc<ServerConfig>)> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let file =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-server-{}.pem", std::process::id()));
        std::fs::write(&file, own.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        (file, Arc::new(config))
    })
}

impl TlsServer {
    pub fn start(play: &Play) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            begin: play.begin.clone(),
            answers: Mutex::new(play.answers.iter().cloned().enumerate().collect()),
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
        format!("https://{}/wp-json/wccom/host-plan", self.address)
    }

    pub fn ca_file() -> &'static PathBuf {
        &identity().0
    }

    /// The requests that came. The client is gone by now.
    pub fn stop(self) -> Vec<Heard> {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.acceptor.join().unwrap();
        std::mem::take(&mut *self.shared.heard.lock().unwrap())
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
            let mut connection = Connection {
                shared: &shared,
                streams: HashMap::new(),
                order: Vec::new(),
            };
            let _ = connection.serve(stream);
            let mut heard = shared.heard.lock().unwrap();
            heard.extend(
                connection
                    .order
                    .iter()
                    .filter_map(|stream| connection.streams.remove(stream)),
            );
        }));
    }
    for connection in connections {
        connection.join().unwrap();
    }
}

struct Connection<'a> {
    shared: &'a Shared,
    streams: HashMap<u32, Heard>,
    order: Vec<u32>,
}

impl Connection<'_> {
    fn serve(&mut self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let tls = ServerConnection::new(Arc::clone(&identity().1)).unwrap();
        let mut stream = StreamOwned::new(tls, stream);
        let mut preface = vec![0; PREFACE.len()];
        stream.read_exact(&mut preface)?;
        assert_eq!(preface, PREFACE);
        say(&mut stream, &self.shared.begin, 0)?;
        let mut is_silent = false;
        loop {
            let (kind, flags, number, payload) = read_frame(&mut stream)?;
            match kind {
                SETTINGS if flags & ACK == 0 => say(&mut stream, &[Frame::on_connection(SETTINGS, ACK, [])], 0)?,
                HEADERS => {
                    let heard = Heard {
                        body: Vec::new(),
                        answer: None,
                    };
                    self.streams.insert(number, heard);
                    self.order.push(number);
                }
                DATA => self
                    .streams
                    .get_mut(&number)
                    .expect("data has a head")
                    .body
                    .extend(payload),
                _ => {}
            }
            if !matches!(kind, HEADERS | DATA) || is_silent {
                continue;
            }
            let Some(heard) = self.streams.get_mut(&number).filter(|heard| heard.answer.is_none()) else {
                continue;
            };
            let mut answers = self.shared.answers.lock().unwrap();
            let is_whole = flags & END_STREAM != 0;
            if !is_whole && answers.front().is_none_or(|(_, answer)| !answer.is_early) {
                continue;
            }
            let Some((index, answer)) = answers.pop_front() else {
                continue;
            };
            drop(answers);
            heard.answer = Some(index);
            if say(&mut stream, &answer.frames, number).is_err() {
                // The client has closed; what it has sent before is still to be heard.
                is_silent = true;
            }
            if answer.closes && !is_silent {
                stream.conn.send_close_notify();
                let _ = stream.flush();
                let _ = stream.sock.shutdown(std::net::Shutdown::Write);
                is_silent = true;
            }
        }
    }
}

type Tls = StreamOwned<ServerConnection, TcpStream>;

fn say(stream: &mut Tls, frames: &[Frame], this: u32) -> std::io::Result<()> {
    for frame in frames {
        let bytes = frame.bytes(this);
        // In large pieces, or it would take more time than the client.
        let together = (64 * 1024 / bytes.len()).clamp(1, frame.times);
        let many = bytes.repeat(together);
        for _ in 0..frame.times.div_ceil(together) {
            stream.write_all(&many)?;
        }
    }
    stream.flush()
}

fn read_frame(stream: &mut Tls) -> std::io::Result<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload)?;
    Ok((
        head[3],
        head[4],
        u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff,
        payload,
    ))
}
