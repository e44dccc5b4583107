//! What only PostgreSQL has: many writers at once, extensions, a network.

use crate::database::Database;
use crate::database::postgres::Schema;
use crate::made::*;
use imagegate::*;
use imagegate_store::{EventStore, ShipCursor, ShipFormat};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

const KEPT: Retention = Retention::days(180);

fn writer_s(writer: u32) -> Vec<EventRecord> {
    let start = |number: u32| Start {
        image: (number % 7) as u16,
        node: Some((number % 5) as u8),
        seconds: -i64::from(number % 3) * DAY,
        // A third of the records is another writer's too.
        occurrence: if number.is_multiple_of(3) { number } else { writer * 1_000 + number },
        is_privileged: number.is_multiple_of(2),
        ..Start::default()
    };
    all(&(0..60).map(start).collect::<Vec<_>>())
}

#[test]
fn many_writers_a_shipper_and_a_purge_at_once() {
    let Some(schema) = Schema::fresh() else { return };
    let database = Database::Postgres(schema);
    let all: Vec<EventRecord> = (0..8).flat_map(writer_s).collect();
    let fold = fold(&all);
    let is_over = AtomicBool::new(false);
    let (counted, shipped) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let database = &database;
                scope.spawn(move || {
                    let mut store = database.open();
                    let records = writer_s(writer);
                    records.chunks(11).map(|batch| store.record_all(batch).unwrap().new).sum::<u64>()
                })
            })
            .collect();
        let shipper = scope.spawn(|| {
            let mut store = database.open();
            let (mut cursor, mut lines): (Option<ShipCursor>, Vec<u8>) = (None, Vec::new());
            loop {
                let last_round = is_over.load(Ordering::SeqCst);
                let shipped = store.ship(cursor.as_ref(), ShipFormat::Imagegate, &mut lines, |_| ()).unwrap();
                cursor = Some(shipped.cursor);
                if last_round {
                    return String::from_utf8(lines).unwrap();
                }
            }
        });
        let purger = scope.spawn(|| {
            let mut store = database.open();
            while !is_over.load(Ordering::SeqCst) {
                assert_eq!(store.purge(at(NOW), |_| ()).unwrap().rows, 0);
            }
        });
        let counted: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        is_over.store(true, Ordering::SeqCst);
        let counted: u64 = counted.into_iter().map(Result::unwrap).sum();
        purger.join().unwrap();
        (counted, shipper.join().unwrap())
    });
    assert_eq!(counted, fold.rows().map(|row| row.count).sum::<u64>());
    let mut store = database.open();
    let query = EventQuery { limit: Some(1_000), count_all: true, ..EventQuery::default() };
    assert_eq!(store.list(&query, at(NOW)).unwrap(), fold.list(&query, at(NOW), KEPT).unwrap());
    let offset = policies().day_offset();
    assert_eq!(store.overview(at(NOW), offset).unwrap(), fold.overview(at(NOW), offset, KEPT));
    // Of every row the last line that was shipped is what it became: no change was missed.
    let mut last: HashMap<String, u64> = HashMap::new();
    for line in shipped.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let key = line["event"]["aggregation_key"].as_str().unwrap().to_owned();
        last.insert(key, line["event"]["count"].as_u64().unwrap());
    }
    let expected: HashMap<String, u64> =
        fold.rows().map(|row| (row.aggregation_key().to_string(), row.count)).collect();
    assert_eq!(last, expected);
}

#[test]
fn whole_days_are_dropped() {
    let Some(schema) = Schema::fresh() else { return };
    let url = schema.url.clone();
    let database = Database::Postgres(schema);
    let mut store = database.open();
    let starts: Vec<Start> = (0..9)
        .flat_map(|day| {
            (0..10).map(move |image| Start { image, seconds: -(176 + day) * DAY, ..Start::default() })
        })
        .collect();
    let records = all(&starts);
    store.record_all(&records).unwrap();
    let partitions = || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let sql = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'imagegate_events'::regclass";
        client.query_one(sql, &[]).unwrap().get::<_, i64>(0)
    };
    let before = partitions();
    let mut fold = fold(&records);
    let purged = store.purge(at(NOW), |_| ()).unwrap();
    assert_eq!(purged.rows, fold.purge(at(NOW), KEPT) as u64);
    assert!(partitions() < before, "{before} days, then {}", partitions());
    let query = EventQuery { limit: Some(1_000), count_all: true, ..EventQuery::default() };
    assert_eq!(store.list(&query, at(NOW)).unwrap(), fold.list(&query, at(NOW), KEPT).unwrap());
    let offset = policies().day_offset();
    assert_eq!(store.overview(at(NOW), offset).unwrap(), fold.overview(at(NOW), offset, KEPT));
}

#[test]
fn without_the_extension_searching_answers_the_same() {
    let Some(schema) = Schema::fresh() else { return };
    let mut store = EventStore::connect(&schema.url).unwrap();
    let mut client = postgres::Client::connect(&schema.url, postgres::NoTls).unwrap();
    client.batch_execute("DROP INDEX imagegate_events_search").unwrap();
    let records = writer_s(0);
    store.record_all(&records).unwrap();
    for keyword in ["shop/app", "100% of_the", "\\", "node-3"] {
        let search = vec![EventSearch { field: None, keyword: keyword.to_owned() }];
        let query = EventQuery { search, ..EventQuery::default() };
        assert_eq!(store.list(&query, at(NOW)).unwrap(), fold(&records).list(&query, at(NOW), KEPT).unwrap());
    }
    // Maintenance makes it again.
    store.maintain(at(NOW)).unwrap();
    let exists = client.query_one("SELECT to_regclass('imagegate_events_search') IS NOT NULL", &[]).unwrap();
    assert!(exists.get::<_, bool>(0));
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let Some(schema) = Schema::fresh() else { return };
    drop(EventStore::connect(&schema.url).unwrap());
    let mut client = postgres::Client::connect(&schema.url, postgres::NoTls).unwrap();
    client.batch_execute("UPDATE imagegate_meta SET value = '99' WHERE name = 'version'").unwrap();
    let error = EventStore::connect(&schema.url).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "newer_schema"), "{error}");
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let error = EventStore::connect("postgresql://u:hunter2@127.0.0.1:1/events").unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "connection"), "{error}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("127.0.0.1/events") && !text.contains("hunter2"), "{text}");
    let error = EventStore::connect("postgresql://[nonsense").unwrap_err();
    assert_eq!(error.code(), "invalid_url", "{error}");
}

#[test]
fn a_connection_that_was_lost_is_made_again() {
    let Some(schema) = Schema::fresh() else { return };
    // A name of its own tells its connection from those of other tests.
    let mut store = EventStore::connect(&format!("{}&application_name=to_be_lost", schema.url)).unwrap();
    let records = writer_s(0);
    store.record_all(&records[..10]).unwrap();
    let mut client = postgres::Client::connect(&schema.url, postgres::NoTls).unwrap();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to_be_lost'";
    assert_eq!(client.query(sql, &[]).unwrap().len(), 1);
    // Once it may fail; what is written again is not counted twice.
    let again = store.record_all(&records).or_else(|_| store.record_all(&records)).unwrap();
    assert!(again.new > 0 && again.repeated > 0);
    let query = EventQuery { limit: Some(1_000), ..EventQuery::default() };
    assert_eq!(store.list(&query, at(NOW)).unwrap(), fold(&records).list(&query, at(NOW), KEPT).unwrap());
}
