//! What is kept of a start in the event store.

use imagegate::EventRecord;
use imagegate_store::EventStore;
use std::path::Path;

/// Records events, and opens the store for that.
///
/// # Errors
/// A sentence that says what was wrong. What was decided stands whatever happens here.
pub fn record(store: &Path, records: &[EventRecord]) -> Result<(), String> {
    let mut store = EventStore::open(store).map_err(|error| error.to_string())?;
    store.record_all(records).map(drop).map_err(|error| error.to_string())
}
