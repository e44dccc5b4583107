//! What is kept of a decision in the event store.

use imagegate::Decision;
use std::path::Path;

/// Records the events of a decision; opens the store only if there are some. `occurrence` tells two equal starts in
/// one instant apart.
///
/// # Errors
/// A sentence that says what was wrong. The decision stands whatever happens here.
pub fn record(_store: &Path, decision: &Decision, _occurrence: &str) -> Result<(), String> {
    if decision.event_count() == 0 {
        return Ok(());
    }
    Err("this build has no event store yet".to_owned())
}
