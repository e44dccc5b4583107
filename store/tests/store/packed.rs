//! The packed pieces of a SQLite file, which are seen from outside by their sizes alone.

use crate::made::*;
use imagegate::*;
use imagegate_store::EventStore;
use std::path::Path;

fn number(path: &Path, sql: &str) -> i64 {
    rusqlite::Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn found(store: &mut EventStore, keyword: &str) -> usize {
    let search = vec![EventSearch { field: None, keyword: keyword.to_owned() }];
    let query = EventQuery { search, ..EventQuery::default() };
    store.list(&query, at(NOW)).unwrap().rows.len()
}

#[test]
fn texts_that_change_back_and_forth_are_found_and_do_not_make_the_index_grow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let mut store = EventStore::open(&path).unwrap();
    // So many that their texts are in the index.
    let start = |image| Start { image, seconds: -1_000, ..Start::default() };
    store.record_all(&all(&(0..4_100).map(start).collect::<Vec<_>>())).unwrap();
    let mut sizes = Vec::new();
    for second in 0..6 {
        let tag = (second % 2) as u8 * 7;
        store.record_all(&all(&[Start { tag, seconds: i64::from(second) - 500, ..start(0) }])).unwrap();
        assert_eq!(found(&mut store, "shop/app0:1"), 1);
        assert_eq!(found(&mut store, "shop/app0:1.7"), usize::from(tag == 7));
        sizes.push(number(&path, "SELECT sum(length(events)) FROM grams"));
    }
    assert!(sizes[1] > sizes[0], "{sizes:?}");
    assert_eq!(sizes[1..], [sizes[1]; 5]);
}

#[test]
fn a_purge_forgets_what_is_around_a_row_that_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let mut store = EventStore::open(&path).unwrap();
    // As if tens of thousands of events had been recorded and purged in between.
    let skip = || {
        let sql = "UPDATE meta SET value = value + 40000 WHERE name = 'event'";
        rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap();
    };
    let start = |image, seconds| Start { image, seconds, node: Some(image as u8), ..Start::default() };
    // Of a clock that is far ahead: it stays when all around it expires.
    for (image, seconds) in [(0, 0), (3, 20_000 * DAY), (6, 0)] {
        store.record_all(&all(&[start(image, seconds)])).unwrap();
        skip();
    }
    let buckets = |table| number(&path, &format!("SELECT count(DISTINCT bucket) FROM {table}"));
    let nodes = || number(&path, "SELECT count(*) FROM nodes");
    assert_eq!((buckets("grams"), buckets("node_events"), nodes()), (3, 3, 3));
    assert_eq!(store.purge(at(NOW + 200 * DAY), |_| ()).unwrap().rows, 2);
    assert_eq!((buckets("grams"), buckets("node_events"), nodes()), (1, 1, 1));
    for (keyword, rows) in
        [("shop/app0", 0), ("shop/app3", 1), ("shop/app6", 0), ("node-3", 1), ("node-6", 0)]
    {
        assert_eq!(found(&mut store, keyword), rows, "{keyword}");
    }
}
