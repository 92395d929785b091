//! Speaking HTTP on one connection: 1.1 or 2, as the client wants it, and an end before its time.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::http::header::{CONNECTION, HOST};
use axum::http::{HeaderValue, Request};
use h2::Reason;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::router::Door;
use crate::wire::{Control, Stream, Wire};

/// Who is at the other end.
#[derive(Clone, Copy)]
pub struct Peer {
    /// On this machine.
    pub is_local: bool,
    /// The connection is encrypted.
    pub is_tls: bool,
    /// The connection's number since the start or the last reset; the first is 1.
    pub connection: u64,
}

/// What a connection may carry.
#[derive(Clone, Copy)]
pub struct Limits {
    /// HTTP/2: streams at once.
    pub streams: u32,
    /// Requests, before the client has to make a new connection.
    pub requests: Option<u32>,
}

/// Kept with a response: what happens to its connection besides, or instead.
#[derive(Clone, Copy)]
pub enum Ending {
    /// No answer. Over HTTP/2 the one stream ends with this code, over HTTP/1.1 the connection with a TCP reset.
    ResetStream(Reason),
    /// No answer, and a TCP reset.
    ResetConnection,
    /// The answer, and word that the connection takes no more requests.
    GoAway(LateStreams),
}

impl Ending {
    /// Whether the response is not sent.
    pub fn is_without_answer(self) -> bool {
        !matches!(self, Self::GoAway(_))
    }
}

/// What becomes of the streams that a client begins before it knows of a GOAWAY.
#[derive(Clone, Copy)]
pub enum LateStreams {
    /// They are answered: the last stream is named once the client has confirmed that it knows.
    Answered,
    /// They are not: the last stream is named at once.
    Ignored,
}

/// What a stream asks of its connection.
enum Wish {
    Reset,
    GoAway,
}

/// HTTP/1.1 until the connection ends.
pub async fn speak_http1<S: Stream>(stream: S, peer: Peer, door: Door, limits: Limits) {
    let (resets, mut reset) = mpsc::unbounded_channel();
    let received = AtomicU32::new(0);
    let service = service_fn(|request: Request<Incoming>| {
        let is_last = limits.requests == Some(received.fetch_add(1, Ordering::Relaxed) + 1);
        let answering = door.clone().answer(prepare(request, peer));
        let resets = resets.clone();
        async move {
            let mut response = answering.await;
            let ending = response.extensions().get::<Ending>().copied();
            if ending.is_some_and(Ending::is_without_answer) {
                let _ = resets.send(());
                return std::future::pending().await;
            }
            if is_last || ending.is_some() {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = &mut connection => if ended.is_err() {
            // The client has gone away, or the answer was cut off: then the connection still ends in order.
            let _ = connection.into_parts().io.into_inner().shutdown().await;
        },
        Some(()) = reset.recv() => connection.into_parts().io.into_inner().reset_at_end(),
    }
}

/// HTTP/2 until the connection ends.
pub async fn speak_http2<S: Stream>(stream: S, peer: Peer, door: Door, limits: Limits) {
    let control = Arc::new(Control::default());
    let wire = Wire::new(stream, Arc::clone(&control));
    let (wishes, mut wish) = mpsc::unbounded_channel();
    let received = Arc::new(AtomicU32::new(0));
    let service = {
        let control = Arc::clone(&control);
        service_fn(move |request: Request<Incoming>| {
            let is_ignored = control.is_going_away();
            let count = if is_ignored {
                0
            } else {
                received.fetch_add(1, Ordering::Relaxed) + 1
            };
            if limits.requests == Some(count) {
                control.go_away(last_stream(count));
            }
            // hyper and tokio move the future of a stream about ten times: in a box it stays where it is.
            let answering = (!is_ignored).then(|| Box::pin(door.clone().answer(prepare(request, peer))));
            let (wishes, control, received) = (wishes.clone(), Arc::clone(&control), Arc::clone(&received));
            async move {
                let Some(answering) = answering else {
                    return std::future::pending().await;
                };
                let response = answering.await;
                match response.extensions().get::<Ending>() {
                    Some(Ending::ResetStream(reason)) => return Err(h2::Error::from(*reason)),
                    Some(Ending::ResetConnection) => {
                        let _ = wishes.send(Wish::Reset);
                        return std::future::pending().await;
                    }
                    Some(Ending::GoAway(LateStreams::Ignored)) => {
                        control.go_away(last_stream(received.load(Ordering::Relaxed)));
                    }
                    Some(Ending::GoAway(LateStreams::Answered)) => {
                        let _ = wishes.send(Wish::GoAway);
                    }
                    None => {}
                }
                Ok(response)
            }
        })
    };
    let mut connection = pin!(
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .serve_connection(TokioIo::new(wire), service)
    );
    loop {
        tokio::select! {
            // An error here is the client's going away.
            _ = &mut connection => return,
            Some(wish) = wish.recv() => match wish {
                Wish::Reset => return control.reset_at_end(),
                Wish::GoAway => connection.as_mut().graceful_shutdown(),
            }
        }
    }
}

/// The number of a client's stream: every client counts 1, 3, 5.
fn last_stream(count: u32) -> u32 {
    count.saturating_mul(2).saturating_sub(1)
}

/// What the handlers read, in whatever version of HTTP it came.
fn prepare(request: Request<Incoming>, peer: Peer) -> Request<Body> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    if !request.headers().contains_key(HOST)
        && let Some(authority) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(HOST, host);
    }
    request
}
