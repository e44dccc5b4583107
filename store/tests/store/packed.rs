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
