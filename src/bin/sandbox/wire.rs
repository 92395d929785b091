//! The bytes below HTTP: a socket, with or without TLS, that can end in a reset, and below HTTP/2 say GOAWAY on its own.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::say;

/// Length, type, flags and stream.
const FRAME_HEAD: usize = 9;

/// A connection with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The socket below.
    fn tcp(&self) -> &TcpStream;

    /// When it is dropped it closes with a reset, whatever has been sent and received.
    fn reset_at_end(&self) {
        if let Err(error) = self.tcp().set_zero_linger() {
            say(&format!("cannot reset a connection, closing it instead: {error}"));
        }
    }
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

/// What is asked of a [`Wire`] while hyper owns it.
#[derive(Default)]
pub struct Control {
    is_reset: AtomicBool,
    /// 0: none.
    last_stream: AtomicU32,
}

impl Control {
    /// The connection is closed with a reset when its [`Wire`] is dropped.
    pub fn reset_at_end(&self) {
        self.is_reset.store(true, Ordering::Relaxed);
    }

    /// Before the next frame, a GOAWAY says that this was the last stream. hyper's own GOAWAY leaves that open until the
    /// client has confirmed that it knows.
    pub fn go_away(&self, last_stream: u32) {
        self.last_stream.store(last_stream, Ordering::Relaxed);
    }

    /// Whether a GOAWAY was asked for.
    pub fn is_going_away(&self) -> bool {
        self.last_stream.load(Ordering::Relaxed) > 0
    }
}

/// What HTTP/2 is written to.
pub struct Wire<S: Stream> {
    stream: S,
    control: Arc<Control>,
    frames: Frames,
    /// What is left to write of a GOAWAY frame; `None` before there is one.
    go_away: Option<Vec<u8>>,
}

impl<S: Stream> Wire<S> {
    /// A wire that does what is asked by way of `control`.
    pub fn new(stream: S, control: Arc<Control>) -> Self {
        Self {
            stream,
            control,
            frames: Frames::default(),
            go_away: None,
        }
    }

    /// Writes the GOAWAY frame that was asked for, once the frame before it is complete.
    fn poll_go_away(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.go_away.is_none() && self.control.is_going_away() && self.frames.is_between() {
            self.go_away = Some(go_away(self.control.last_stream.load(Ordering::Relaxed)).to_vec());
        }
        if let Some(left) = &mut self.go_away {
            while !left.is_empty() {
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, left))?;
                left.drain(..written);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A GOAWAY frame without an error.
fn go_away(last_stream: u32) -> [u8; FRAME_HEAD + 8] {
    let [a, b, c, d] = last_stream.to_be_bytes();
    [0, 0, 8, 7, 0, 0, 0, 0, 0, a, b, c, d, 0, 0, 0, 0]
}

impl<S: Stream> Drop for Wire<S> {
    fn drop(&mut self) {
        if self.control.is_reset.load(Ordering::Relaxed) {
            self.stream.reset_at_end();
        }
    }
}

impl<S: Stream> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: Stream> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_go_away(cx))?;
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, slices))?;
        self.frames.pass(slices, written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_go_away(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where the frames that pass begin and end.
#[derive(Default)]
struct Frames {
    /// How much of a head has passed.
    head: usize,
    /// The length in it, as far as it has passed.
    length: usize,
    /// How much of the rest of the frame is to come.
    left: usize,
}

impl Frames {
    /// Whether the last frame is complete.
    fn is_between(&self) -> bool {
        self.head == 0 && self.left == 0
    }

    /// That many bytes of these slices have passed.
    fn pass(&mut self, slices: &[IoSlice<'_>], mut count: usize) {
        for slice in slices {
            let (passed, _) = slice.split_at(slice.len().min(count));
            count -= passed.len();
            self.pass_bytes(passed);
        }
    }

    fn pass_bytes(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let (passed, rest) = bytes.split_at(bytes.len().min(self.left));
                self.left -= passed.len();
                bytes = rest;
                continue;
            }
            if self.head < 3 {
                self.length = self.length << 8 | usize::from(first);
            }
            self.head += 1;
            if self.head == FRAME_HEAD {
                self.left = std::mem::take(&mut self.length);
                self.head = 0;
            }
            bytes = rest;
        }
    }
}
