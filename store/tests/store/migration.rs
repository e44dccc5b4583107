//! A store that an older version made is moved when it is opened for writing, and then is as if it had been made now.

use imagegate::*;
use imagegate_store::{EventStore, Purged, Recorded};
use std::path::Path;

fn version_1(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(include_str!("../../migrations/sqlite/0001_events.sql")).unwrap();
    connection.execute_batch(include_str!("version_1.sql")).unwrap();
    connection
        .execute_batch(
            "PRAGMA application_id = 1229801285; PRAGMA user_version = 1; PRAGMA journal_mode = WAL",
        )
        .unwrap();
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-24T12:00:00Z").unwrap()
}

fn found(store: &mut EventStore, field: Option<SearchField>, keyword: &str) -> Vec<EventRow> {
    let search = vec![EventSearch { field, keyword: keyword.to_owned() }];
    store.list(&EventQuery { search, ..EventQuery::default() }, now()).unwrap().rows
}

#[test]
fn a_store_of_version_1_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    version_1(&path);
    assert_eq!(EventStore::open_read_only(&path).unwrap_err().code(), "older_schema");
    let mut store = EventStore::open(&path).unwrap();
    assert_eq!(store.id().unwrap(), "6f37a10828c0ba6f16412be7803ef3f0");

    let overview = store.overview(now(), DayOffset::default()).unwrap();
    assert_eq!((overview.total.intercepted, overview.total.alarmed, overview.rows), (4, 8, 8));
    for (field, keyword, expected) in [
        (None, "CART", 4),
        (None, "shop/cart:1", 4),
        (None, "scanned", 4),
        (Some(SearchField::Policy), "privileged st", 4),
        (Some(SearchField::Node), "node-b", 4),
        (Some(SearchField::InternalIp), "10.0.0.8", 2),
        (None, "nothing", 0),
    ] {
        assert_eq!(found(&mut store, field, keyword).len(), expected, "{keyword}");
    }
    let rows = store.list(&EventQuery::default(), now()).unwrap().rows;
    let counts: Vec<u64> = rows.iter().map(|row| row.count).collect();
    assert_eq!(counts.iter().sum::<u64>(), 12);
    let folded = rows.iter().find(|row| row.count == 3).unwrap();
    let names: Vec<&str> = folded.nodes.iter().filter_map(|node| node.internal_ip.as_deref()).collect();
    assert_eq!((folded.nodes_total(), names), (3, vec!["10.0.0.7", "10.0.0.5", "10.0.0.6"]));
    assert!(folded.nodes.iter().is_sorted());

    // Ids of records are still known, new ones are added to the rows that were moved, and all of it is purged.
    let known: Vec<EventRecord> = rows.iter().map(|row| row.last.clone()).collect();
    assert_eq!(store.record_all(&known).unwrap(), Recorded { repeated: 8, ..Recorded::default() });
    assert_eq!(EventStore::open(&path).unwrap().list(&EventQuery::default(), now()).unwrap().rows, rows);
    let ahead = Timestamp::parse("2028-01-01T00:00:00Z").unwrap();
    assert_eq!(store.purge(ahead, |_| ()).unwrap(), Purged { rows: 8, records: 12 });
    assert_eq!(found(&mut store, None, "cart").len(), 0);
}

#[test]
fn a_move_that_fails_leaves_the_store_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    version_1(&path);
    let change = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    change("UPDATE nodes SET node = x'03' WHERE internal_ip_text = '10.0.0.7'");
    assert_eq!(EventStore::open(&path).unwrap_err().code(), "corrupt");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA user_version"), 1);
    assert_eq!(number("SELECT count(*) FROM seen"), 12);
}
