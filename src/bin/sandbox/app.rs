//! What all requests share.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::cli::{Arguments, InstallAnswer, ProductTypes, RepeatToken};
use crate::fault_queue::FaultQueue;
use crate::links::Links;
use crate::rate_limit::RateLimit;
use crate::request_log::RequestLog;
use crate::state::State;

/// The sandbox's memory.
pub struct App {
    /// The partner's key.
    pub key: String,
    /// What a repeated registration gives as access token.
    pub repeat_token: RepeatToken,
    /// How an installation is answered.
    pub install_answer: InstallAnswer,
    /// How the type of a product is written.
    pub product_types: ProductTypes,
    /// What download links are made with.
    pub links: Links,
    /// How many connections the service has accepted.
    pub connections: AtomicU64,
    /// How many registers a second are let through, if there is a limit.
    pub rate_limit: Option<RateLimit>,
    /// Faults that wait for their request.
    pub faults: FaultQueue,
    /// What was received.
    pub log: RequestLog,
    state: Mutex<State>,
}

impl App {
    /// An empty sandbox.
    pub fn new(arguments: &Arguments) -> io::Result<Self> {
        Ok(Self {
            key: arguments.key.clone(),
            repeat_token: arguments.repeat_token,
            install_answer: arguments.install_answer,
            product_types: arguments.product_types,
            links: Links::new(arguments.link_lifetime).map_err(io::Error::other)?,
            connections: AtomicU64::new(0),
            rate_limit: arguments.per_second.map(RateLimit::new),
            faults: FaultQueue::default(),
            log: RequestLog::new(arguments.log_file.as_deref(), arguments.log_size as usize)?,
            state: Mutex::default(),
        })
    }

    /// Orders, customers, sites and products.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Locks, whatever happened to an earlier holder: a request that panicked must not take the sandbox with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
