//! What the event store keeps of a start.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod common;

use common::Site;
use imagegate::{EventMode, EventQuery, EventRow};
use imagegate_node::now;
use imagegate_store::EventStore;

fn rows(site: &Site) -> Vec<EventRow> {
    let mut store = EventStore::open(site.path("events.db")).unwrap();
    store.list(&EventQuery::default(), now().unwrap()).unwrap().rows
}

#[test]
fn equal_starts_fold_into_one_row_and_allowed_ones_open_no_store() {
    let site = Site::new().with_path("events", "events.db");
    site.run().expect(0, "", &[]);
    assert!(!site.path("events.db").exists());
    site.risky_profile();
    for _ in 0..3 {
        assert_eq!(site.run().code, Some(1));
    }
    let rows = rows(&site);
    assert_eq!((rows.len(), rows[0].count), (1, 3));
    assert_eq!(rows[0].last.policy().id, "fixable");
}

#[test]
fn what_happens_without_a_decision_is_recorded_as_that() {
    let site = Site::new().with_path("events", "events.db").with("on_error", "\"start\"");
    site.write("policies.json", "{");
    site.run().expect(0, "started since on_error says so", &["failed_open"]);
    assert!(rows(&site)[0].modes.contains(&EventMode::FailedOpen));
}

#[test]
fn a_store_that_fails_changes_no_verdict() {
    let site = Site::new().with_path("events", "events.db").risky();
    site.write(
        "events.db",
        "this is no database, and it is long enough to be seen as that by whoever looks at it",
    );
    let ran = site.run();
    ran.expect(1, "intercepted", &["intercept"]);
    assert_eq!(ran.log[0]["store_failed"], true, "{ran:?}");
    site.write("policies.json", &common::POLICIES.replacen("immediate", "alarm", 1));
    let ran = site.run();
    ran.expect(0, "alarm", &["intercept", "alarm"]);
    assert_eq!(ran.log[1]["store_failed"], true, "{ran:?}");
}

#[test]
fn a_store_that_somebody_locked_holds_a_start_up_for_a_moment_only() {
    let site = Site::new().with_path("events", "events.db").risky();
    assert_eq!(site.run().code, Some(1));
    let lock = rusqlite::Connection::open(site.path("events.db")).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let ran = site.run();
    ran.expect(1, "intercepted", &["intercept", "intercept"]);
    assert_eq!(ran.log[1]["store_failed"], true, "{ran:?}");
    drop(lock);
    assert_eq!(rows(&site)[0].count, 1);
}
