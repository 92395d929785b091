//! The requests that are under way, each with what belongs to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use tokio::runtime::Runtime;
use tokio::task::{Id, JoinError, JoinSet, yield_now};
use url::Url;

use crate::config::Network;
use crate::error::Result;
use crate::operation::REGISTER;
use crate::runtime;
use crate::transport::{Answer, Failure, Transport};

type Outcome = std::result::Result<Answer, Failure>;

/// After so long, connections are looked at before one is used: the service may have closed it meanwhile.
const AWAY: Duration = Duration::from_millis(10);

pub(super) struct InFlight<T> {
    transport: Arc<Transport>,
    /// There until it is dropped.
    runtime: Option<Runtime>,
    tasks: JoinSet<Outcome>,
    waiting: HashMap<Id, T>,
    seen: Instant,
}

impl<T> InFlight<T> {
    pub(super) fn new(network: &Network, base: &Url, concurrency: usize) -> Result<Self> {
        Ok(Self {
            transport: Arc::new(Transport::for_many(network, base, concurrency)?),
            runtime: Some(runtime::start()?),
            tasks: JoinSet::new(),
            waiting: HashMap::with_capacity(concurrency),
            seen: Instant::now(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Sends requests.
    pub(super) fn send(&mut self, requests: impl Iterator<Item = (T, Request<Bytes>)>) {
        let Some(runtime) = &self.runtime else {
            return;
        };
        let (transport, tasks, waiting) = (&self.transport, &mut self.tasks, &mut self.waiting);
        let away = self.seen.elapsed();
        transport.was_kept_waiting(away);
        runtime.block_on(async {
            if away > AWAY {
                // One turn sees what has come, the next one lets the connections act on it.
                yield_now().await;
                yield_now().await;
            }
            // Inside of the runtime, since from outside each one would wake it with a system call.
            for (item, request) in requests {
                let transport = Arc::clone(transport);
                // On the heap: it is large, and would be copied wherever the runtime puts it.
                let sending = Box::pin(async move { transport.send(&REGISTER.effect, request).await });
                let task = tasks.spawn(sending);
                waiting.insert(task.id(), item);
            }
            // They leave now, and not when somebody waits for them: the service works while the caller has the results.
            yield_now().await;
        });
        self.seen = Instant::now();
    }

    /// What has ended, after at most `longest`: at most so many at a time.
    pub(super) fn wait(&mut self, longest: Duration, most: usize) -> Vec<(T, Outcome)> {
        let Some(runtime) = &self.runtime else {
            return Vec::new();
        };
        let (tasks, waiting) = (&mut self.tasks, &mut self.waiting);
        self.transport.was_kept_waiting(self.seen.elapsed());
        let mut ended = Vec::with_capacity(most.min(waiting.len()));
        let mut note = |task: std::result::Result<(Id, Outcome), JoinError>| {
            let (id, outcome) = task.unwrap_or_else(|panicked| {
                let reason = "this program failed while it waited for the answer".to_owned();
                (panicked.id(), Err(Failure::MaybeSent { reason }))
            });
            ended.extend(waiting.remove(&id).map(|item| (item, outcome)));
        };
        runtime.block_on(async {
            if tasks.is_empty() {
                // A sleep of no time takes a millisecond.
                if !longest.is_zero() {
                    tokio::time::sleep(longest).await;
                }
            } else if let Ok(Some(first)) = tokio::time::timeout(longest, tasks.join_next_with_id()).await {
                note(first);
                let others = std::iter::from_fn(|| tasks.try_join_next_with_id());
                others.take(most.saturating_sub(1)).for_each(note);
            }
        });
        self.seen = Instant::now();
        ended
    }
}

impl<T> Drop for InFlight<T> {
    fn drop(&mut self) {
        self.tasks.abort_all();
        if let Some(runtime) = self.runtime.take() {
            // A plain drop would wait for a DNS lookup that is stuck.
            runtime.shutdown_background();
        }
    }
}
