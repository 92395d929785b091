//! What became of a batch.

use serde::Serialize;

use crate::client::Registered;
use crate::error::{Error, Outcome, Result};

/// How a request of the batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Registered,
    FromJournal,
    Closed,
    Refused,
    NotSent,
    Unknown,
    SecretUnavailable,
    Invalid,
    Duplicate,
}

impl Ending {
    /// As its result tells.
    pub(super) fn of(result: &Result<Registered>) -> Self {
        match result {
            Ok(registered) if registered.from_journal => Self::FromJournal,
            Ok(_) => Self::Registered,
            Err(Error::InvalidRequest { .. }) => Self::Invalid,
            Err(Error::DuplicateSite) => Self::Duplicate,
            Err(Error::RegistrationClosed { .. }) => Self::Closed,
            Err(Error::SecretUnavailable { .. }) => Self::SecretUnavailable,
            Err(error) => match error.outcome() {
                Outcome::NotSent => Self::NotSent,
                Outcome::Refused => Self::Refused,
                Outcome::Unknown => Self::Unknown,
            },
        }
    }
}

/// Why a batch ended before its requests did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Option `limit`.
    Limit,
    /// The caller said so, or a signal.
    Callback,
    /// One request after another failed for a reason that is not about its site.
    Failing,
    /// The journal cannot be written.
    Journal,
}

/// How many requests ended how. The fields up to `skipped`, and `to_send`, sum up to `total`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Requests that were read.
    pub total: u64,
    /// Registered now.
    pub registered: u64,
    /// Registered by an earlier run: the journal has the answer.
    pub from_journal: u64,
    /// Registered by an earlier run; the secret has been removed from the journal since.
    pub closed: u64,
    /// Refused by the service.
    pub refused: u64,
    /// Not sent.
    pub not_sent: u64,
    /// Sent now or by an earlier run, with an unknown outcome.
    pub unknown: u64,
    /// Registered before, without a secret that is known.
    pub secret_unavailable: u64,
    /// Wrong requests.
    pub invalid: u64,
    /// Requests for a site that the batch had before.
    pub duplicate: u64,
    /// Left alone, because of `shard` or `only_failed`.
    pub skipped: u64,
    /// Requests that were sent, repeats included.
    pub sent: u64,
    /// In a dry run: what would be sent.
    pub to_send: u64,
    /// How long it took.
    pub seconds: f64,
    /// Why it ended early.
    pub stopped: Option<Stopped>,
    /// The same in words, for `failing` and `journal`.
    pub reason: Option<String>,
}

impl Summary {
    pub(super) fn count(&mut self, ending: Ending) {
        let number = match ending {
            Ending::Registered => &mut self.registered,
            Ending::FromJournal => &mut self.from_journal,
            Ending::Closed => &mut self.closed,
            Ending::Refused => &mut self.refused,
            Ending::NotSent => &mut self.not_sent,
            Ending::Unknown => &mut self.unknown,
            Ending::SecretUnavailable => &mut self.secret_unavailable,
            Ending::Invalid => &mut self.invalid,
            Ending::Duplicate => &mut self.duplicate,
        };
        *number += 1;
    }
}
