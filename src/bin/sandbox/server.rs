//! Listening, TLS, and which HTTP a client wants to speak.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::app::App;
use crate::cli::Arguments;
use crate::connection::{Limits, Peer};
use crate::fault::ConnectionFault;
use crate::router::Door;
use crate::wire::Stream;
use crate::{certificates, connection, router, say};

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
    limits: Limits,
    app: Arc<App>,
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
            limits: Limits {
                streams: arguments.max_concurrent_streams,
                requests: arguments.max_requests_per_connection,
            },
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
                    Ok((stream, address)) => {
                        let number = self.app.connections.fetch_add(1, Ordering::Relaxed) + 1;
                        let peer = peer(address, number, self.acceptor.is_some());
                        let fault = self.app.faults.take_for_connection();
                        let (door, acceptor, limits) = (service.clone(), self.acceptor.clone(), self.limits);
                        connections.spawn(async move {
                            match fault {
                                Some(fault) => break_connection(stream, fault).await,
                                None => serve_connection(stream, peer, acceptor, door, limits).await,
                            }
                        });
                    }
                    Err(error) => pause(&error).await,
                },
                accepted = self.control.accept() => match accepted {
                    Ok((stream, address)) => {
                        let limits = Limits { requests: None, ..self.limits };
                        connections.spawn(serve_connection(stream, peer(address, 0, false), None, control.clone(), limits));
                    }
                    Err(error) => pause(&error).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

fn peer(address: SocketAddr, connection: u64, is_tls: bool) -> Peer {
    Peer {
        is_local: address.ip().to_canonical().is_loopback(),
        is_tls,
        connection,
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
        ConnectionFault::Reset => stream.reset_at_end(),
        ConnectionFault::Stall => hold(stream).await,
    }
}

async fn serve_connection(stream: TcpStream, peer: Peer, acceptor: Option<TlsAcceptor>, door: Door, limits: Limits) {
    // As every web server does: otherwise an answer waits 40 ms for the client to acknowledge the end of the handshake.
    let _ = stream.set_nodelay(true);
    match acceptor {
        None if has_prior_knowledge(&stream).await => connection::speak_http2(stream, peer, door, limits).await,
        None => connection::speak_http1(stream, peer, door, limits).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(certificates::HTTP2) => {
                connection::speak_http2(stream, peer, door, limits).await;
            }
            Ok(stream) => connection::speak_http1(stream, peer, door, limits).await,
            Err(error) => say(&format!("a connection: no TLS: {error}")),
        },
    }
}

/// Whether a client begins with HTTP/2 because it knows that we speak it: without TLS nobody asks.
async fn has_prior_knowledge(stream: &TcpStream) -> bool {
    /// No method of HTTP/1.1 begins so.
    const START: &[u8] = b"PRI ";
    let mut start = [0; START.len()];
    loop {
        let Ok(length @ 1..) = stream.peek(&mut start).await else {
            return false;
        };
        if !start.starts_with(START.get(..length).unwrap_or_default()) {
            return false;
        }
        if length == START.len() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Keeps the connection, in silence, for as long as the client does.
async fn hold(mut stream: TcpStream) {
    let mut ignored = [0; 4096];
    while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
}
