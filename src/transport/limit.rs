//! Time limits for what the service does: the time that the caller's own code takes meanwhile (a callback, the iterable) does
//! not count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

/// How long the caller's own code has kept a transport from working, in all.
#[derive(Clone, Default)]
pub(super) struct Absence(Arc<AtomicU64>);

/// Begins when it is made.
pub(super) struct Limit {
    absence: Absence,
    before: Duration,
    end: Instant,
}

impl Absence {
    pub(super) fn add(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanos, Ordering::Relaxed);
    }

    fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn limit(&self, time: Duration) -> Limit {
        Limit {
            absence: self.clone(),
            before: self.total(),
            end: Instant::now() + time,
        }
    }
}

impl Limit {
    fn end(&self) -> Instant {
        self.end + self.absence.total().saturating_sub(self.before)
    }

    pub(super) fn remaining(&self) -> Duration {
        self.end().saturating_duration_since(Instant::now())
    }

    /// What a future gives in this time. A signal handler that took longer than that finds the answer waiting in the socket:
    /// it is given some turns of the runtime to get from there to here.
    pub(super) async fn on<F: Future>(&self, future: F) -> Option<F::Output> {
        const TURNS: usize = 8;
        let mut future = std::pin::pin!(future);
        let mut turns = 0;
        while turns < TURNS {
            match timeout_at(self.end(), future.as_mut()).await {
                Ok(output) => return Some(output),
                Err(_elapsed) if !self.remaining().is_zero() => {}
                Err(_elapsed) => {
                    turns += 1;
                    yield_now().await;
                }
            }
        }
        None
    }
}
