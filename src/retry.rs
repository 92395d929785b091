//! Whether, and after which pause, a request is sent again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::transport::Failure;

/// The pauses before further attempts: doubling, capped, few, and jittered so that many sites do not return at once.
pub fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(2))
        .with_max_times(5)
        .with_jitter()
        .build()
}

/// The decision: only a request that certainly never left this machine, for a reason that may pass, is sent again, and
/// only if the pause ends before the deadline.
#[must_use]
pub fn again(failure: &Failure, pause: Option<Duration>, remaining: Duration) -> Option<Duration> {
    match failure {
        Failure::NotSent { may_pass: true, .. } => pause.filter(|pause| *pause < remaining),
        Failure::NotSent { .. } | Failure::MaybeSent { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Option<Duration> = Some(Duration::from_millis(200));
    const LONG: Duration = Duration::from_secs(10);

    fn not_sent(may_pass: bool) -> Failure {
        Failure::NotSent {
            reason: String::new(),
            may_pass,
        }
    }

    #[test]
    fn sends_again_only_what_never_left() {
        assert_eq!(again(&not_sent(true), SOON, LONG), SOON);
        assert_eq!(again(&not_sent(false), SOON, LONG), None);
        assert_eq!(again(&Failure::MaybeSent { reason: String::new() }, SOON, LONG), None);
    }

    #[test]
    fn stops_at_the_deadline_and_after_the_last_pause() {
        assert_eq!(again(&not_sent(true), SOON, Duration::from_millis(100)), None);
        assert_eq!(again(&not_sent(true), None, LONG), None);
    }

    #[test]
    fn pauses_are_few_and_capped() {
        let pauses: Vec<Duration> = pauses().collect();
        assert_eq!(pauses.len(), 5);
        // backon adds up to one base delay of jitter.
        assert!(
            pauses.iter().all(|pause| *pause <= Duration::from_secs(4)),
            "{pauses:?}"
        );
    }
}
