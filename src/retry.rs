//! Whether, and after which pause, a request is sent again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::operation::Effect;
use crate::transport::{Answer, CutOff, Failure};

/// The pauses before further attempts: doubling, capped, few, and jittered so that many sites do not return at once.
pub fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(2))
        .with_max_times(5)
        .with_jitter()
        .build()
}

/// The decision. What certainly never left this machine is sent again, if the reason may pass; a request that only reads
/// is also sent again when the connection broke off, or when the service is busy or failed, and then not before
/// `Retry-After`. A request that changes something never is, once it may have been received. And only a pause that ends
/// before the deadline is made.
#[must_use]
pub fn again(
    effect: &Effect,
    result: &Result<Answer, Failure>,
    pause: Option<Duration>,
    remaining: Duration,
) -> Option<Duration> {
    let pause = match (effect, result) {
        (_, Err(Failure::NotSent { may_pass, .. })) => pause.filter(|_| *may_pass),
        (Effect::Reads, Err(Failure::MaybeSent { .. })) => pause,
        (Effect::Reads, Ok(answer)) if is_passing(answer) => {
            let asked_for = answer.retry_after.map_or(Duration::ZERO, Duration::from_secs);
            pause.map(|pause| pause.max(asked_for))
        }
        (Effect::Reads, Ok(_)) | (Effect::Changes { .. }, _) => None,
    };
    pause.filter(|pause| *pause < remaining)
}

fn is_passing(answer: &Answer) -> bool {
    matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504) || matches!(answer.cut_off, Some(CutOff::BrokenOff(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{self, Operation};

    const SOON: Option<Duration> = Some(Duration::from_millis(200));
    const LONG: Duration = Duration::from_secs(10);

    fn not_sent(may_pass: bool) -> Result<Answer, Failure> {
        Err(Failure::NotSent {
            reason: String::new(),
            may_pass,
        })
    }

    fn lost() -> Result<Answer, Failure> {
        Err(Failure::MaybeSent { reason: String::new() })
    }

    fn answered(status: u16, retry_after: Option<u64>, cut_off: Option<CutOff>) -> Answer {
        Answer {
            status,
            retry_after,
            total: None,
            total_pages: None,
            body: Vec::new(),
            cut_off,
        }
    }

    const ALL: [&Operation; 13] = [
        &operation::REGISTER,
        &operation::CANCEL,
        &operation::UPDATE_URL,
        &operation::UPDATE_CONNECTED_SITE,
        &operation::INSTALL,
        &operation::PACKAGE,
        &operation::PRODUCT,
        &operation::ORDERS,
        &operation::ORDER,
        &operation::ORDER_CONNECTIONS,
        &operation::SITE,
        &operation::TOTALS,
        &operation::VERIFY,
    ];

    #[test]
    fn sends_a_change_again_only_if_it_never_left() {
        for operation in ALL {
            assert_eq!(again(&operation.effect, &not_sent(true), SOON, LONG), SOON);
            assert_eq!(again(&operation.effect, &not_sent(false), SOON, LONG), None);
            let only_reads = operation.method == reqwest::Method::GET;
            for result in [
                lost(),
                Ok(answered(408, None, None)),
                Ok(answered(429, Some(1), None)),
                Ok(answered(500, None, None)),
                Ok(answered(503, Some(1), None)),
                Ok(answered(200, None, Some(CutOff::BrokenOff(String::new())))),
            ] {
                let is_sent = again(&operation.effect, &result, SOON, LONG).is_some();
                assert_eq!(is_sent, only_reads, "{operation:?} {result:?}");
            }
        }
    }

    #[test]
    fn sends_a_read_again_only_if_that_may_help() {
        for status in [200, 204, 301, 400, 401, 403, 404, 409, 501] {
            assert_eq!(
                again(&Effect::Reads, &Ok(answered(status, Some(1), None)), SOON, LONG),
                None,
                "{status}"
            );
        }
        let endless = Ok(answered(200, None, Some(CutOff::TooLarge)));
        assert_eq!(again(&Effect::Reads, &endless, SOON, LONG), None);
    }

    #[test]
    fn waits_as_long_as_the_service_asks_and_not_beyond_the_deadline() {
        let busy = |seconds| Ok(answered(429, Some(seconds), None));
        assert_eq!(again(&Effect::Reads, &busy(0), SOON, LONG), SOON);
        assert_eq!(
            again(&Effect::Reads, &busy(7), SOON, LONG),
            Some(Duration::from_secs(7))
        );
        assert_eq!(again(&Effect::Reads, &busy(11), SOON, LONG), None);
        assert_eq!(again(&Effect::Reads, &busy(7), None, LONG), None);
    }

    #[test]
    fn stops_at_the_deadline_and_after_the_last_pause() {
        let only = &operation::REGISTER.effect;
        assert_eq!(again(only, &not_sent(true), SOON, Duration::from_millis(100)), None);
        assert_eq!(again(only, &not_sent(true), None, LONG), None);
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
