//! How fast a batch goes: what the caller allows, and above that what the service says.

use std::time::{Duration, Instant};

use crate::outcome::is_refusal;
use crate::transport::{Answer, Failure};

/// The shortest pause where the service does not say how long, or has asked before without a success in between; doubled
/// each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How far a batch that was late may catch up with `per_second`.
const CATCH_UP: Duration = Duration::from_millis(50);

/// What a busy service asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// `Retry-After`.
    For(Duration),
    /// It does not say how long.
    AWhile,
}

impl Wait {
    /// Whether the service is busy, and has done nothing.
    pub(super) fn asked_for(result: &std::result::Result<Answer, Failure>) -> Option<Self> {
        let answer = result.as_ref().ok().filter(|answer| is_refusal(answer))?;
        match (answer.status, answer.retry_after) {
            (429 | 503, Some(seconds)) => Some(Self::For(Duration::from_secs(seconds))),
            (429, None) => Some(Self::AWhile),
            _ => None,
        }
    }
}

/// As TCP does it: halved when the service is overloaded, one more for each round of successes.
pub(super) struct Pace {
    concurrency: f64,
    allowed: f64,
    interval: Option<Duration>,
    next_begin: Instant,
    resume: Instant,
    pause: Duration,
    /// Whether it has asked since the last success.
    has_asked: bool,
    /// Requests that were begun before this belong to the overload that has been answered already.
    slowed: Instant,
}

impl Pace {
    pub(super) fn new(concurrency: usize, per_second: Option<f64>, now: Instant) -> Self {
        // At most 256.
        let concurrency = f64::from(u16::try_from(concurrency).unwrap_or(u16::MAX));
        Self {
            concurrency,
            allowed: concurrency,
            interval: per_second.map(|per_second| Duration::from_secs_f64(1.0 / per_second)),
            next_begin: now,
            resume: now,
            pause: FIRST_PAUSE,
            has_asked: false,
            slowed: now,
        }
    }

    /// Whether another request may begin while so many are in flight.
    pub(super) fn allows(&self, in_flight: usize, now: Instant) -> bool {
        let in_flight = f64::from(u16::try_from(in_flight).unwrap_or(u16::MAX));
        in_flight + 1.0 <= self.allowed && now >= self.next()
    }

    /// When it may, as far as time is concerned.
    pub(super) fn next(&self) -> Instant {
        self.next_begin.max(self.resume)
    }

    pub(super) fn has_begun(&mut self, now: Instant) {
        if let Some(interval) = self.interval {
            let late = now.checked_sub(CATCH_UP).unwrap_or(now);
            self.next_begin = self.next_begin.max(late) + interval;
        }
    }

    pub(super) fn has_succeeded(&mut self) {
        self.pause = FIRST_PAUSE;
        self.has_asked = false;
        self.allowed = (self.allowed + 1.0 / self.allowed).min(self.concurrency);
    }

    /// The service asks to wait. `begun`: when the request was sent that it answered so.
    pub(super) fn is_asked_to_wait(&mut self, wait: Wait, begun: Instant, now: Instant) {
        let is_news = begun >= self.slowed;
        self.slow_down(begun, now);
        let asked = match wait {
            Wait::For(asked) => asked,
            Wait::AWhile => Duration::ZERO,
        };
        let own = if is_news && (self.has_asked || wait == Wait::AWhile) {
            let pause = self.pause;
            self.pause = (pause * 2).min(LONGEST_PAUSE);
            pause
        } else {
            Duration::ZERO
        };
        self.has_asked = true;
        let pause = asked.max(own);
        self.resume = self.resume.max(now + pause);
    }

    /// The service fails, or cannot be reached.
    pub(super) fn slow_down(&mut self, begun: Instant, now: Instant) {
        if begun >= self.slowed {
            self.allowed = (self.allowed / 2.0).max(1.0);
            self.slowed = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(pace: &Pace, now: Instant) -> usize {
        (0..300).take_while(|in_flight| pace.allows(*in_flight, now)).count()
    }

    #[test]
    fn keeps_as_many_in_flight_as_asked_for() {
        let now = Instant::now();
        assert_eq!(room(&Pace::new(16, None, now), now), 16);
        assert_eq!(room(&Pace::new(1, None, now), now), 1);
    }

    #[test]
    fn begins_no_more_than_per_second_and_catches_up_a_little() {
        let start = Instant::now();
        let mut pace = Pace::new(256, Some(100.0), start);
        let mut begun = 0;
        for millisecond in 0..1000 {
            let now = start + Duration::from_millis(millisecond);
            while pace.allows(0, now) {
                pace.has_begun(now);
                begun += 1;
            }
        }
        assert_eq!(begun, 100);
        // Ten idle seconds are no credit for 1,000 requests at once.
        let now = start + Duration::from_secs(11);
        let mut burst = 0;
        while pace.allows(0, now) {
            pace.has_begun(now);
            burst += 1;
        }
        assert!((1..=6).contains(&burst), "{burst}");
    }

    #[test]
    fn waits_for_retry_after_with_half_as_many_and_recovers() {
        let start = Instant::now();
        let mut pace = Pace::new(16, None, start);
        // All that were in flight are refused at once: that is one overload.
        for _ in 0..16 {
            pace.is_asked_to_wait(
                Wait::For(Duration::from_secs(7)),
                start,
                start + Duration::from_millis(1),
            );
        }
        assert_eq!(room(&pace, start + Duration::from_secs(6)), 0);
        let later = start + Duration::from_secs(8);
        assert_eq!(room(&pace, later), 8);
        for _ in 0..200 {
            pace.has_succeeded();
        }
        assert_eq!(room(&pace, later), 16);
    }

    #[test]
    fn doubles_its_own_pause_up_to_a_minute_until_something_succeeds() {
        let mut now = Instant::now();
        let mut pace = Pace::new(16, None, now);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pace.is_asked_to_wait(Wait::AWhile, now, now);
            pauses.push((pace.next() - now).as_secs());
            now = pace.next() + Duration::from_millis(1);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        pace.has_succeeded();
        pace.is_asked_to_wait(Wait::AWhile, now, now);
        assert_eq!((pace.next() - now).as_secs(), 1);
    }

    #[test]
    fn a_retry_after_that_is_over_already_is_not_believed_twice() {
        let mut now = Instant::now();
        let mut pace = Pace::new(16, None, now);
        let mut pauses = Vec::new();
        for _ in 0..4 {
            pace.is_asked_to_wait(Wait::For(Duration::ZERO), now, now);
            pauses.push((pace.next() - now).as_secs());
            now = pace.next() + Duration::from_millis(1);
        }
        assert_eq!(pauses, [0, 1, 2, 4]);
    }

    #[test]
    fn failures_slow_it_down_to_one_at_a_time() {
        let mut now = Instant::now();
        let mut pace = Pace::new(16, None, now);
        for expected in [8, 4, 2, 1, 1] {
            pace.slow_down(now, now);
            assert_eq!(room(&pace, now), expected);
            now += Duration::from_millis(1);
        }
    }
}
