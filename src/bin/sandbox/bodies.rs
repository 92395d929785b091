//! Bodies that a client should not take: far longer than any answer.

use std::convert::Infallible;
use std::io::Write;
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
