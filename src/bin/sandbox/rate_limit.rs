//! A limit of registers a second, as the service may have one.

use std::sync::Mutex;
use std::time::Instant;

use crate::app::lock;

/// Lets that many through in a second, and no more at once.
pub struct RateLimit {
    per_second: f64,
    /// How many it would let through at that time.
    left: Mutex<(f64, Instant)>,
}

impl RateLimit {
    /// With a whole second's number to begin with.
    pub fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            left: Mutex::new((per_second, Instant::now())),
        }
    }

    /// Whether one more comes through.
    pub fn allows(&self) -> bool {
        let mut left = lock(&self.left);
        let now = Instant::now();
        let more = now.duration_since(left.1).as_secs_f64() * self.per_second;
        let count = (left.0 + more).min(self.per_second);
        let is_allowed = count >= 1.0;
        *left = (if is_allowed { count - 1.0 } else { count }, now);
        is_allowed
    }
}
