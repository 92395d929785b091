//! Places on a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts what is taken.
#[derive(Default)]
pub(super) struct Places {
    taken: AtomicUsize,
    freed: Notify,
}

/// Free again when it is dropped.
pub(super) struct Place(Arc<Places>);

impl Places {
    /// A place, if fewer than so many are taken. One at a time may ask.
    pub(super) fn take(self: &Arc<Self>, limit: usize) -> Option<Place> {
        if self.taken.load(Ordering::SeqCst) >= limit {
            return None;
        }
        self.taken.fetch_add(1, Ordering::SeqCst);
        Some(Place(Arc::clone(self)))
    }

    /// Waits until a place is freed, or returns at once if one was since the last time.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::SeqCst);
        self.0.freed.notify_one();
    }
}
