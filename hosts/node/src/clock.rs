//! The one place that reads the clock.

use imagegate::{Error, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// Now.
///
/// # Errors
/// `invalid_argument` if the clock is outside the years 0000 to 9999.
pub fn now() -> Result<Timestamp, Error> {
    let (seconds, nanoseconds) = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        // A clock before 1970 is wrong, and a time that is wrong by that much activates no policy: an error.
        Err(_) => (i64::MIN, 0),
    };
    Timestamp::from_unix(seconds, nanoseconds)
}
