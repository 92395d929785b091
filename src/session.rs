//! A runtime and a connection, for one call or for several that follow each other.

use bytes::Bytes;
use http::Request;
use tokio::runtime::Runtime;
use url::Url;

use crate::config::Network;
use crate::error::{Error, Result};
use crate::operation::Effect;
use crate::runtime;
use crate::transport::{Answer, Failure, Transport};

/// What belongs to one process. One that is shared over `fork` lets a child receive its parent's answers, so that a child
/// leaves the parent's alone, without even closing it, and opens another.
pub struct Session {
    /// There until it is dropped.
    parts: Option<(Transport, Runtime)>,
    process: u32,
}

impl Session {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for options of the network, [`Error::Local`] if this machine cannot do its part.
    pub fn open(network: &Network, base: &Url) -> Result<Self> {
        Ok(Self {
            parts: Some((Transport::new(network, base)?, runtime::start()?)),
            process: std::process::id(),
        })
    }

    /// Whether it was opened by this process.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.process == std::process::id()
    }

    /// Sends a request.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the caller asks to stop.
    pub fn send(
        &self,
        effect: &Effect,
        request: Request<Bytes>,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<std::result::Result<Answer, Failure>> {
        let Some((transport, runtime)) = &self.parts else {
            return Err(Error::Interrupted { sent: false });
        };
        let is_sent = || *effect != Effect::Reads && transport.has_left();
        runtime::drive(runtime, transport.send(effect, request), &is_sent, interrupted)
            .ok_or_else(|| Error::Interrupted { sent: is_sent() })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some((transport, runtime)) = self.parts.take() else {
            return;
        };
        if self.is_own() {
            drop(transport);
            // A plain drop would wait for a DNS lookup that is stuck.
            runtime.shutdown_background();
        } else {
            std::mem::forget((transport, runtime));
        }
    }
}
