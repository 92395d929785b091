//! Failures one after another that are not about single sites.

use std::time::Instant;

use crate::error::Error;

/// As many failures of requests that were sent after a first one, without a success, would go on for every site.
const FAILURES: usize = 30;

/// Since when requests fail, and how many of those that were sent since then.
#[derive(Default)]
pub(super) struct Failing(Option<(Instant, usize)>);

impl Failing {
    pub(super) fn has_succeeded(&mut self) {
        self.0 = None;
    }

    /// Notes a request that was sent at that time and has failed. Says why no more should be sent, if that is so.
    pub(super) fn has_failed(&mut self, error: &Error, sent: Instant) -> Option<String> {
        if !is_about_all(error) {
            self.0 = None;
            return None;
        }
        let (since, count) = self.0.get_or_insert((Instant::now(), 0));
        if sent >= *since {
            *count += 1;
        }
        (*count >= FAILURES).then(|| format!("{FAILURES} requests failed one after another, the last one so: {error}"))
    }
}

/// Whether the next site would probably fail in the same way.
pub(super) fn is_about_all(error: &Error) -> bool {
    match error {
        Error::Api { http_status, .. } => matches!(http_status, 401 | 403 | 429 | 503),
        Error::SecretUnavailable { .. } | Error::RegistrationClosed { .. } | Error::InvalidRequest { .. } => false,
        _ => true,
    }
}
