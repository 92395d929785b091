//! Whether a connection has been made, told by the connector itself.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

/// Set once a connection is there: DNS, TCP, proxy and TLS are done, so that from now on bytes of a request may leave.
#[derive(Clone, Default)]
pub(super) struct Connected(Arc<AtomicBool>);

impl Connected {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[derive(Clone)]
pub(super) struct MarkConnected(pub(super) Connected);

impl<S> Layer<S> for MarkConnected {
    type Service = MarkingConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MarkingConnector {
            inner,
            connected: self.0.clone(),
        }
    }
}

#[derive(Clone)]
pub(super) struct MarkingConnector<S> {
    inner: S,
    connected: Connected,
}

impl<S, T> Service<T> for MarkingConnector<S>
where
    S: Service<T>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let connecting = self.inner.call(target);
        let connected = self.connected.clone();
        Box::pin(async move {
            let connection = connecting.await?;
            connected.set();
            Ok(connection)
        })
    }
}
