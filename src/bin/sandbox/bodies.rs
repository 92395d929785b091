//! Bodies that a client should not take: far longer than any answer, or only its beginning.

use std::convert::Infallible;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Frame;

const CHUNK: &[u8] = &[b' '; 64 * 1024];

/// White space up to `length` bytes with the body at its end, which is still the same JSON.
pub fn padded(body: Bytes, length: u64) -> Body {
    Body::new(Chunks(padding(body, length)))
}

/// The same, compressed with gzip on the way out.
pub fn padded_gzip(body: Bytes, length: u64) -> Body {
    let mut chunks = padding(body, length);
    let mut encoder = Some(GzEncoder::new(Vec::new(), Compression::fast()));
    Body::new(Chunks(std::iter::from_fn(move || match chunks.next() {
        Some(chunk) => {
            let encoder = encoder.as_mut()?;
            encoder.write_all(&chunk).ok()?;
            Some(std::mem::take(encoder.get_mut()).into())
        }
        None => Some(encoder.take()?.finish().ok()?.into()),
    })))
}

fn padding(body: Bytes, length: u64) -> impl Iterator<Item = Bytes> + Send + 'static {
    let mut left = length.saturating_sub(body.len() as u64);
    let mut body = Some(body);
    std::iter::from_fn(move || {
        if left == 0 {
            return body.take();
        }
        let size = CHUNK.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= size as u64;
        Some(Bytes::from_static(CHUNK.get(..size)?))
    })
}

struct Chunks<I>(I);

impl<I: Iterator<Item = Bytes> + Unpin> hyper::body::Body for Chunks<I> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.next() {
            None => Poll::Ready(None),
            // The compressor has swallowed a chunk: let others run before the next.
            Some(chunk) if chunk.is_empty() => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(chunk) => Poll::Ready(Some(Ok(Frame::data(chunk)))),
        }
    }
}

/// These bytes, and then the answer breaks off.
pub fn cut_off(beginning: Bytes) -> Body {
    Body::new(Beginning {
        bytes: Some(beginning),
        is_cut_off: true,
        is_flushed: false,
    })
}

/// These bytes, and then nothing until the client goes away.
pub fn stalled(beginning: Bytes) -> Body {
    Body::new(Beginning {
        bytes: Some(beginning),
        is_cut_off: false,
        is_flushed: false,
    })
}

struct Beginning {
    bytes: Option<Bytes>,
    is_cut_off: bool,
    is_flushed: bool,
}

impl hyper::body::Body for Beginning {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.bytes.take() {
            Some(bytes) if !bytes.is_empty() => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            // Once more, when the beginning has been written: an error would keep it back.
            Some(_) | None if self.is_cut_off && !std::mem::replace(&mut self.is_flushed, true) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            _ if self.is_cut_off => Poll::Ready(Some(Err(io::Error::other("cut off as asked")))),
            _ => Poll::Pending,
        }
    }
}
