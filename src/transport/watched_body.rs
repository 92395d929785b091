//! A request's body that tells when it is asked for: until then the connection has not taken the request, and nothing of it
//! can have left.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

pub(super) struct WatchedBody<F> {
    body: Bytes,
    is_asked_for: F,
}

impl<F: Fn()> WatchedBody<F> {
    pub(super) fn new(body: Bytes, is_asked_for: F) -> Self {
        Self { body, is_asked_for }
    }
}

impl<F: Fn() + Unpin> Body for WatchedBody<F> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        (this.is_asked_for)();
        let body = std::mem::take(&mut this.body);
        Poll::Ready((!body.is_empty()).then(|| Ok(Frame::data(body))))
    }

    /// What a connection looks at before it writes the head, to know whether a body follows.
    fn is_end_stream(&self) -> bool {
        (self.is_asked_for)();
        self.body.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.len() as u64)
    }
}
