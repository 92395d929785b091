//! The faults that were asked for, and who meets them: first in, first out, per operation.

use std::sync::Mutex;

use serde::Deserialize;

use crate::app::lock;
use crate::fault::{ConnectionFault, Fault};

/// What a fault waits for: an operation of either API, a download, or whatever comes.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    Register,
    Cancel,
    UpdateUrl,
    UpdateConnectedSite,
    Install,
    Info,
    Product,
    Orders,
    Order,
    Connections,
    Site,
    Totals,
    Me,
    Subscriptions,
    Activate,
    Deactivate,
    ConnectionInfo,
    UpdateCheck,
    Notices,
    Download,
    Any,
}

impl Operation {
    /// By the path; anything else only meets faults for `any`.
    fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match *parts.as_slice() {
            ["wp-json", "wccom", "host-plan", _, ref rest @ ..] => Self::of_host_plan(rest),
            ["wp-json", "helper", _, ref rest @ ..] => Self::of_helper(rest),
            ["plugin-packages" | "theme-packages", ..] => Self::Download,
            _ => Self::Any,
        }
    }

    fn of_host_plan(path: &[&str]) -> Self {
        match *path {
            ["register"] => Self::Register,
            ["cancel"] => Self::Cancel,
            ["update-url"] => Self::UpdateUrl,
            ["update-connected-site"] => Self::UpdateConnectedSite,
            ["install"] => Self::Install,
            ["info"] => Self::Info,
            ["info", _] => Self::Product,
            ["orders"] => Self::Orders,
            ["orders", _] => Self::Order,
            ["orders", _, "connections"] => Self::Connections,
            ["sites", _] => Self::Site,
            ["totals"] => Self::Totals,
            _ => Self::Any,
        }
    }

    fn of_helper(path: &[&str]) -> Self {
        match *path {
            ["oauth", "me"] => Self::Me,
            ["subscriptions"] => Self::Subscriptions,
            ["activate"] => Self::Activate,
            ["deactivate"] => Self::Deactivate,
            ["connection-info"] => Self::ConnectionInfo,
            ["update-check" | "update-check-public"] => Self::UpdateCheck,
            ["notices"] => Self::Notices,
            _ => Self::Any,
        }
    }
}

/// An order for a fault, as the control API takes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRequest {
    operation: Operation,
    /// How many requests meet it; by default one, or with `one_in` as many as there will be.
    times: Option<u32>,
    /// One in so many requests meets it.
    one_in: Option<u64>,
    fault: Fault,
}

/// A fault that waits.
struct Waiting {
    operation: Operation,
    /// How many requests will still meet it; `None` for a standing one.
    times: Option<u32>,
    share: Option<Share>,
    fault: Fault,
}

/// One in so many: one of each `one_in` in a row, at a place that looks random and is the same in each run.
struct Share {
    one_in: u64,
    /// The fault's number: two faults of one share hit other requests.
    seed: u64,
    offered: u64,
}

impl Share {
    /// Whether the next request is one that is hit.
    fn hits_next(&mut self) -> bool {
        let (row, place) = (self.offered / self.one_in, self.offered % self.one_in);
        self.offered += 1;
        scatter(self.seed << 32 | row) % self.one_in == place
    }
}

/// The `SplitMix64` generator's output for a state.
fn scatter(state: u64) -> u64 {
    let mixed = state.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// Faults that wait, oldest first.
#[derive(Default)]
pub struct FaultQueue(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    added: u64,
}

impl FaultQueue {
    /// Adds a fault, or says what is wrong with it.
    pub fn add(&self, request: FaultRequest) -> Result<(), String> {
        request.fault.check()?;
        if request.times == Some(0) || request.one_in == Some(0) {
            return Err("times and one_in are at least 1".to_owned());
        }
        let mut queue = lock(&self.0);
        let seed = queue.added;
        queue.added += 1;
        queue.waiting.push(Waiting {
            operation: request.operation,
            times: request.times.or(request.one_in.is_none().then_some(1)),
            share: request.one_in.map(|one_in| Share {
                one_in,
                seed,
                offered: 0,
            }),
            fault: request.fault,
        });
        Ok(())
    }

    /// The fault for a request of this path: the oldest that is for its operation, or else the oldest for `any`. One that
    /// waits for a new connection stays in front.
    pub fn take(&self, path: &str) -> Option<Fault> {
        let mut queue = lock(&self.0);
        if queue.waiting.is_empty() {
            return None;
        }
        [Operation::of(path), Operation::Any]
            .into_iter()
            .find_map(|operation| queue.take(operation, |fault| fault.for_connection().is_none()))
    }

    /// The fault for a new connection, whose operation is not known yet: the first that is next in its queue.
    pub fn take_for_connection(&self) -> Option<ConnectionFault> {
        let mut queue = lock(&self.0);
        let mut operations = Vec::new();
        for waiting in &queue.waiting {
            if !operations.contains(&waiting.operation) {
                operations.push(waiting.operation);
            }
        }
        operations
            .into_iter()
            .find_map(|operation| queue.take(operation, |fault| fault.for_connection().is_some()))?
            .for_connection()
    }

    /// How many requests will still meet a fault, and how many faults stand.
    pub fn waiting(&self) -> (u64, usize) {
        let queue = lock(&self.0);
        let times = queue.waiting.iter().filter_map(|waiting| waiting.times);
        let standing = queue.waiting.iter().filter(|waiting| waiting.times.is_none());
        (times.map(u64::from).sum(), standing.count())
    }

    /// Forgets all.
    pub fn clear(&self) {
        *lock(&self.0) = Queue::default();
    }
}

impl Queue {
    /// The fault that is next for the operation, if it is of the right sort. One with a share lets pass what it does not
    /// hit.
    fn take(&mut self, operation: Operation, is_right: fn(&Fault) -> bool) -> Option<Fault> {
        let hits = |waiting: &mut Waiting| match &mut waiting.share {
            _ if waiting.operation != operation => false,
            Some(share) => is_right(&waiting.fault) && share.hits_next(),
            None => true,
        };
        let index = self.waiting.iter_mut().position(hits)?;
        let next = self.waiting.get_mut(index)?;
        if !is_right(&next.fault) {
            return None;
        }
        next.times = next.times.map(|times| times - 1);
        if next.times == Some(0) {
            return Some(self.waiting.remove(index).fault);
        }
        Some(next.fault.clone())
    }
}
