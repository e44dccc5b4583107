//! How long events are kept.

use crate::time::Timestamp;

/// How long events are kept, in days of 24 hours; 180 by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 180 }
    }
}

impl Retention {
    /// So many days of 24 hours.
    pub const fn days(days: u32) -> Self {
        Self { days }
    }

    /// What is this old or older is expired; the beginning of time if there is no such instant.
    pub fn cutoff(self, now: Timestamp) -> Timestamp {
        now.minus_days_saturating(self.days)
    }

    /// Whether something of `at` is expired at `now`.
    pub fn is_expired(self, at: Timestamp, now: Timestamp) -> bool {
        at.plus_days_saturating(self.days) <= now
    }
}
