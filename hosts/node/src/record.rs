//! What is kept of a start in the event store.

use imagegate::EventRecord;
use imagegate_store::EventStore;
use std::path::Path;

/// Records events, and opens the store for that.
///
/// # Errors
/// A sentence that says what was wrong. What was decided stands whatever happens here.
pub fn record(store: &Path, records: &[EventRecord]) -> Result<(), String> {
    record_in(&mut EventStore::open(store).map_err(|error| error.to_string())?, records)
}

/// Records events in a store that is open.
///
/// # Errors
/// As [`record`]; events that the store takes for older than what it purged are not recorded, and that is one.
pub fn record_in(store: &mut EventStore, records: &[EventRecord]) -> Result<(), String> {
    match store.record_all(records).map_err(|error| error.to_string())?.expired {
        0 => Ok(()),
        count => {
            Err(format!("{count} are older than what the store has purged: is the clock right, and was it?"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imagegate::{Launch, PolicySet, RecordContext, Timestamp};

    #[test]
    fn what_the_store_does_not_take_is_not_recorded() {
        let policies = br#"{"version": 1, "policies": [{"id": "p", "name": "P", "type": "unscanned", "enabled": true,
            "enabled_at": "2026-01-01T00:00:00Z", "enforcement": {"mode": "alarm"}, "scope": {"images": "all"},
            "criteria": {"states": ["not_scanned"]}}]}"#;
        let assessment = PolicySet::parse(policies).unwrap().assess_unscanned();
        let launch = br#"{"version": 1, "image": {"reference": "nginx"}, "privileges": []}"#;
        let launch = Launch::parse(launch).unwrap();
        let records = |time: &str| {
            let decision = assessment.decide(&launch, Timestamp::parse(time).unwrap()).unwrap();
            EventRecord::of(&decision, &RecordContext::default())
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.db");
        // A clock that was ahead, and is right again.
        record(&path, &records("2030-01-01T00:00:00Z")).unwrap();
        let ahead = Timestamp::parse("2031-01-01T00:00:00Z").unwrap();
        assert_eq!(EventStore::open(&path).unwrap().purge(ahead, |_| ()).unwrap().rows, 1);
        let error = record(&path, &records("2026-11-24T06:00:00Z")).unwrap_err();
        assert!(error.contains("the clock"), "{error}");
        assert_eq!(record(&path, &records("2031-01-01T00:00:00Z")), Ok(()));
    }
}
