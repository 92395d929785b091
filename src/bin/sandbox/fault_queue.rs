//! The faults that were asked for, and who meets them: first in, first out, per operation.

use std::collections::VecDeque;
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
    pub fn of(path: &str) -> Self {
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
    #[serde(default = "once")]
    times: u32,
    fault: Fault,
}

fn once() -> u32 {
    1
}

/// Faults that wait, oldest first.
#[derive(Default)]
pub struct FaultQueue(Mutex<VecDeque<FaultRequest>>);

impl FaultQueue {
    /// Adds a fault, or says what is wrong with it.
    pub fn add(&self, request: FaultRequest) -> Result<(), String> {
        request.fault.check()?;
        if request.times == 0 {
            return Err("times is at least 1".to_owned());
        }
        lock(&self.0).push_back(request);
        Ok(())
    }

    /// The fault for a request of this operation: the oldest that is for it, or else the oldest for `any`. One that
    /// waits for a new connection stays in front.
    pub fn take(&self, operation: Operation) -> Option<Fault> {
        let mut queue = lock(&self.0);
        [operation, Operation::Any].into_iter().find_map(|operation| {
            let index = queue.iter().position(|waiting| waiting.operation == operation)?;
            let is_for_request = queue.get(index)?.fault.for_connection().is_none();
            is_for_request.then(|| use_up(&mut queue, index)).flatten()
        })
    }

    /// The fault for a new connection, whose operation is not known yet: the first that is next in its queue.
    pub fn take_for_connection(&self) -> Option<ConnectionFault> {
        let mut queue = lock(&self.0);
        let is_next = |index: usize, waiting: &FaultRequest| {
            !queue
                .iter()
                .take(index)
                .any(|earlier| earlier.operation == waiting.operation)
        };
        let index = queue
            .iter()
            .enumerate()
            .position(|(index, waiting)| waiting.fault.for_connection().is_some() && is_next(index, waiting))?;
        use_up(&mut queue, index)?.for_connection()
    }

    /// How many requests will still meet a fault.
    pub fn waiting(&self) -> u64 {
        lock(&self.0).iter().map(|waiting| u64::from(waiting.times)).sum()
    }

    /// Forgets all.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }
}

fn use_up(queue: &mut VecDeque<FaultRequest>, index: usize) -> Option<Fault> {
    let waiting = queue.get_mut(index)?;
    waiting.times -= 1;
    if waiting.times == 0 {
        queue.remove(index).map(|used| used.fault)
    } else {
        Some(waiting.fault.clone())
    }
}
