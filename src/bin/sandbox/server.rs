//! Listening, TLS, and the end of a connection: kept alive, reset, or cut off.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower_service::Service;

use crate::app::App;
use crate::certificates;
use crate::cli::Arguments;
use crate::fault::ConnectionFault;
use crate::{router, say};

/// How long to wait before accepting again after an accept that failed, for instance for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Both doors: the service, and the control API that no fault touches.
pub struct Server {
    /// Where the control API listens.
    pub control_address: SocketAddr,
    /// The CA's certificate, if the service speaks TLS.
    pub ca_pem: Option<String>,
    service_address: SocketAddr,
    service: TcpListener,
    control: TcpListener,
    acceptor: Option<TlsAcceptor>,
    app: Arc<App>,
}

/// How a handler ends its connection, instead of answering.
pub enum Ending {
    /// A reset, without a word.
    Reset,
    /// These bytes, then the end.
    Cut(Vec<u8>),
    /// These bytes, then nothing until the client goes away.
    Hold(Vec<u8>),
}

/// A handler's hold on its connection.
#[derive(Clone)]
pub struct ConnectionHandle(mpsc::UnboundedSender<Ending>);

impl ConnectionHandle {
    /// Ends the connection; never returns, since there is nobody left to answer.
    pub async fn end(&self, ending: Ending) -> ! {
        let _ = self.0.send(ending);
        std::future::pending().await
    }
}

/// Who is at the other end.
#[derive(Clone, Copy)]
pub struct Peer {
    /// On this machine.
    pub is_local: bool,
    /// The connection is encrypted.
    pub is_tls: bool,
}

impl Server {
    /// Takes both ports, and makes the certificates if they are needed.
    pub async fn bind(arguments: &Arguments, app: Arc<App>) -> Result<Self, Box<dyn Error>> {
        let service = bind(arguments.listen).await?;
        let control = bind(arguments.control_listen).await?;
        let (acceptor, ca_pem) = if arguments.tls {
            let tls = certificates::make(arguments.cert_fault)?;
            (Some(tls.acceptor), Some(tls.ca_pem))
        } else {
            (None, None)
        };
        Ok(Self {
            service_address: service.local_addr()?,
            control_address: control.local_addr()?,
            service,
            control,
            acceptor,
            ca_pem,
            app,
        })
    }

    /// Scheme, address and port of the service.
    pub fn service_url(&self) -> String {
        let scheme = if self.acceptor.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.service_address)
    }

    /// Serves until the future is dropped, which ends every connection.
    pub async fn serve(self) {
        let service = router::service(&self.app);
        let control = router::control(&self.app);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.service.accept() => match accepted {
                    Ok((stream, peer)) => {
                        self.app.connections.fetch_add(1, Ordering::Relaxed);
                        let fault = self.app.faults.take_for_connection();
                        let (router, acceptor) = (service.clone(), self.acceptor.clone());
                        connections.spawn(async move {
                            match fault {
                                Some(fault) => break_connection(stream, fault).await,
                                None => serve_connection(stream, peer, acceptor, router).await,
                            }
                        });
                    }
                    Err(error) => pause(&error).await,
                },
                accepted = self.control.accept() => match accepted {
                    Ok((stream, peer)) => {
                        connections.spawn(serve_connection(stream, peer, None, control.clone()));
                    }
                    Err(error) => pause(&error).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}

async fn pause(error: &io::Error) {
    say(&format!("cannot accept a connection: {error}"));
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

async fn break_connection(stream: TcpStream, fault: ConnectionFault) {
    say(&format!("a connection: fault {}", fault.name()));
    match fault {
        ConnectionFault::Reset => reset(stream),
        ConnectionFault::Stall => hold(stream).await,
    }
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, acceptor: Option<TlsAcceptor>, router: Router) {
    let peer = Peer {
        is_local: peer.ip().to_canonical().is_loopback(),
        is_tls: acceptor.is_some(),
    };
    // As every web server does: otherwise an answer waits 40 ms for the client to acknowledge the end of the handshake.
    let _ = stream.set_nodelay(true);
    match acceptor {
        None => speak_http(stream, peer, router).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => speak_http(stream, peer, router).await,
            Err(error) => say(&format!("a connection: no TLS: {error}")),
        },
    }
}

async fn speak_http<S: Stream>(stream: S, peer: Peer, router: Router) {
    let (endings, mut asked) = mpsc::unbounded_channel();
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectionHandle(endings.clone()));
        request.extensions_mut().insert(peer);
        router.clone().call(request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let ending = tokio::select! {
        // An error here is the client's going away.
        _ = &mut connection => return,
        Some(ending) = asked.recv() => ending,
    };
    let mut stream = connection.into_parts().io.into_inner();
    match ending {
        Ending::Reset => reset(stream),
        Ending::Cut(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Ending::Hold(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.flush().await;
            hold(stream).await;
        }
    }
}

/// Keeps the connection, in silence, for as long as the client does.
async fn hold(mut stream: impl Stream) {
    let mut ignored = [0; 4096];
    while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
}

/// Closes with a reset, whatever has been sent and received.
#[expect(clippy::needless_pass_by_value, reason = "dropping the stream closes it")]
fn reset(stream: impl Stream) {
    if let Err(error) = stream.tcp().set_zero_linger() {
        say(&format!("cannot reset a connection, closing it instead: {error}"));
    }
}

/// A connection with or without TLS.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The socket below.
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}
