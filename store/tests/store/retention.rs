//! Half a year, to the instant.

use crate::database::databases;
use crate::made::*;
use imagegate::*;
use imagegate_store::{EventStore, Purged, Recorded};

/// Events of 179, 180 and 181 days before now.
fn old() -> Vec<EventRecord> {
    let start = |image: u16, age: i64| Start {
        image,
        seconds: -age,
        is_privileged: true,
        node: Some(1),
        ..Start::default()
    };
    all(&[start(0, 179 * DAY), start(1, 180 * DAY - 1), start(2, 180 * DAY), start(3, 181 * DAY)])
}

fn shown(store: &mut EventStore) -> (Vec<Option<String>>, EventOverview) {
    let page = store.list(&EventQuery { count_all: true, ..EventQuery::default() }, at(NOW)).unwrap();
    assert_eq!(page.total, Some(page.rows.len() as u64));
    let images = page.rows.iter().map(|row| row.last.image().id.clone().or(row.last.image().name.clone()));
    (images.collect(), store.overview(at(NOW), DayOffset::default()).unwrap())
}

#[test]
fn what_is_180_days_old_is_gone_before_the_purge_and_after() {
    for database in databases() {
        let mut store = database.open();
        store.record_all(&old()).unwrap();
        let before = shown(&mut store);
        assert_eq!(before.0.len(), 4, "two policies, two images: {before:?}");
        assert_eq!((before.1.total.intercepted, before.1.total.alarmed, before.1.rows), (2, 2, 4));
        let expired = old()[4].aggregation_key();
        assert!(store.detail(expired, at(NOW)).unwrap().is_none());
        assert!(store.detail(expired, at(NOW - 1)).unwrap().is_some());
        assert_eq!(store.purge(at(NOW), |_| ()).unwrap(), Purged { rows: 4, records: 4 });
        assert_eq!(shown(&mut store), before);
        assert!(store.detail(expired, at(NOW - 1)).unwrap().is_none());
        assert_eq!(store.purge(at(NOW), |_| ()).unwrap(), Purged::default());
    }
}

#[test]
fn what_was_purged_stays_purged_when_it_comes_again_or_the_clock_goes_back() {
    for database in databases() {
        let mut store = database.open();
        store.record_all(&old()).unwrap();
        store.purge(at(NOW), |_| ()).unwrap();
        let before = shown(&mut store);
        assert_eq!(store.record_all(&old()).unwrap(), Recorded { new: 0, repeated: 4, expired: 4 });
        store.purge(at(NOW - 30 * DAY), |_| ()).unwrap();
        assert_eq!(store.record_all(&old()).unwrap(), Recorded { new: 0, repeated: 4, expired: 4 });
        assert_eq!(shown(&mut store), before);
        assert_eq!(store.overview(at(NOW - 30 * DAY), DayOffset::default()).unwrap().rows, 4);
    }
}

#[test]
fn what_happens_after_a_purge_by_a_clock_that_was_ahead_is_kept() {
    for database in databases() {
        let mut store = database.open();
        store.record_all(&old()).unwrap();
        assert_eq!(store.maintain(at(NOW + 3_650 * DAY)).unwrap(), Some(Purged { rows: 8, records: 8 }));
        let start = Start { image: 5, ..Start::default() };
        assert_eq!(store.record_all(&all(&[start])).unwrap(), Recorded { new: 1, ..Recorded::default() });
        assert_eq!(shown(&mut store).1.rows, 1);
        assert_eq!(store.record_all(&old()).unwrap(), Recorded { expired: 8, ..Recorded::default() });
        store.maintain(at(NOW)).unwrap();
        assert_eq!(shown(&mut store).1.rows, 1);
    }
}

#[test]
fn a_row_lives_as_long_as_its_last_record() {
    for database in databases() {
        let mut store = database.open();
        let start = |seconds| Start { image: 0, seconds, ..Start::default() };
        // Two records of one row, of which the purge finds one too old.
        let records = all(&[start(-180 * DAY), start(-180 * DAY + 1)]);
        store.record_all(&records).unwrap();
        assert_eq!(store.purge(at(NOW), |_| ()).unwrap(), Purged { rows: 0, records: 1 });
        assert_eq!(store.record_all(&records).unwrap(), Recorded { new: 0, repeated: 1, expired: 1 });
        assert_eq!(shown(&mut store).1.total.alarmed, 2);
        assert_eq!(store.purge(at(NOW + 1), |_| ()).unwrap(), Purged { rows: 1, records: 1 });
        assert_eq!(shown(&mut store).1.rows, 0);
    }
}

#[test]
fn what_is_expired_in_a_late_batch_leaves_nothing_in_rows_that_are_not() {
    for database in databases() {
        let mut store = database.open();
        let start = |seconds, node| Start { image: 0, seconds, node: Some(node), ..Start::default() };
        store.record_all(&all(&[start(-181 * DAY, 9), start(-180 * DAY + 2, 0)])).unwrap();
        assert_eq!(store.purge(at(NOW), |_| ()).unwrap(), Purged { rows: 1, records: 1 });
        // Of one row, within a day: one is before the horizon, on another node and in another mode.
        let old = Start { mode: EventMode::BreakGlass, ..start(-180 * DAY - 1, 7) };
        let late = all(&[old, start(-180 * DAY + 1, 1)]);
        assert_eq!(store.record_all(&late).unwrap(), Recorded { new: 1, repeated: 0, expired: 1 });
        let row = store.list(&EventQuery::default(), at(NOW)).unwrap().rows.remove(0);
        let nodes: Vec<&str> = row.nodes.iter().filter_map(|node| node.name.as_deref()).collect();
        assert_eq!((row.count, row.first_at, nodes), (2, at(NOW - 180 * DAY + 1), vec!["Node-0", "Node-1"]));
        assert_eq!(row.modes, [EventMode::Enforced].into());
    }
}

#[test]
fn maintenance_is_due_once_a_day_and_after_a_clock_that_was_ahead() {
    for database in databases() {
        let mut store = database.open();
        store.record_all(&old()).unwrap();
        assert_eq!(store.maintain(at(NOW - 40 * DAY)).unwrap(), Some(Purged::default()));
        assert_eq!(store.maintain(at(NOW - 39 * DAY - 1)).unwrap(), None);
        assert_eq!(store.maintain(at(NOW)).unwrap(), Some(Purged { rows: 4, records: 4 }));
        assert_eq!(database.open().maintain(at(NOW + DAY - 1)).unwrap(), None);
        assert_eq!(store.maintain(at(NOW - 1)).unwrap(), Some(Purged::default()));
    }
}

#[test]
fn another_retention() {
    for database in databases() {
        let mut store = database.open().with_retention(Retention::days(181));
        store.record_all(&old()).unwrap();
        assert_eq!(shown(&mut store).1.rows, 6);
        assert_eq!(store.purge(at(NOW), |_| ()).unwrap().rows, 2);
    }
}
