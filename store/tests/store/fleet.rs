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
        let sql = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'imagegate_seen'::regclass";
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
fn partitions_are_of_the_days_of_records_in_utc_alone() {
    let Some(schema) = Schema::fresh() else { return };
    let mut client = postgres::Client::connect(&schema.url, postgres::NoTls).unwrap();
    let mut store = EventStore::connect(&schema.url).unwrap();
    // In the evening in UTC it is tomorrow in the offset of the policies.
    let records = all(&[Start { seconds: DAY / 2, ..Start::default() }]);
    assert_eq!(records[0].day(), "2026-11-25");
    assert_eq!(records[0].decided_at().to_string(), "2026-11-24T18:00:00Z");
    assert_eq!(store.record_all(&records).unwrap().new, 1);
    let sql = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'imagegate_seen'::regclass";
    let names: Vec<String> = client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ["imagegate_seen_20261124"]);
}

/// Tables as version 1 made them, with what the fixture of SQLite has.
fn version_1(client: &mut postgres::Client) {
    client.batch_execute(include_str!("../../migrations/postgres/0001_events.sql")).unwrap();
    client
        .batch_execute(
            "INSERT INTO imagegate_meta VALUES ('version', '1'), ('store', repeat('a', 32)), ('horizon', NULL);
             SELECT setval('imagegate_change', 100);
             CREATE EXTENSION IF NOT EXISTS pg_trgm;
             CREATE INDEX imagegate_events_search ON imagegate_events USING gin (search_text gin_trgm_ops)",
        )
        .unwrap();
    let old = rusqlite::Connection::open_in_memory().unwrap();
    old.execute_batch(include_str!("../../migrations/sqlite/0001_events.sql")).unwrap();
    old.execute_batch(include_str!("version_1.sql")).unwrap();
    for day in ["2026-11-22", "2026-11-23", "2026-11-24"] {
        for table in ["events", "event_nodes", "seen"] {
            let name = format!("imagegate_{table}_{}", day.replace('-', ""));
            let sql = format!("CREATE TABLE {name} PARTITION OF imagegate_{table} FOR VALUES IN ('{day}')");
            client.batch_execute(&sql).unwrap();
        }
    }
    // Literals of SQLite: numbers, 'texts', X'bytes'.
    let mut copy = |table: &str, select: &str| {
        let mut statement = old.prepare(select).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..columns).map(|column| row.get::<_, String>(column).unwrap());
            let values = values.map(|value| match value.strip_prefix("X'") {
                Some(bytes) => format!("'\\x{bytes}"),
                None => value,
            });
            let values = values.collect::<Vec<_>>().join(", ");
            client.batch_execute(&format!("INSERT INTO imagegate_{table} VALUES ({values})")).unwrap();
        }
    };
    copy(
        "events",
        "SELECT quote(day), quote(key), event_type || '', action || '', modes || '', count || '', quote(first),
                quote(latest), quote(last), quote(document), nodes || '', change || '', '0', quote(policy_text),
                quote(image_name_text), quote(image_id_text),
                quote(policy_text || char(10) || image_name_text || char(10) || image_id_text)
         FROM events JOIN records ON event = id",
    );
    copy(
        "event_nodes",
        "SELECT quote(day), quote(key), quote(node) FROM event_nodes JOIN events ON event = id",
    );
    copy(
        "nodes",
        "SELECT quote(node), quote(name_text), quote(internal_ip_text), quote(public_ip_text) FROM nodes",
    );
    // All of them are within the days of their events.
    copy(
        "seen",
        "SELECT quote((SELECT day FROM events WHERE substr(seen.id, 1, 9) BETWEEN first AND latest)), quote(id) FROM seen",
    );
    copy("day_counts", "SELECT quote(day), action || '', '0', count || '', rows || '' FROM day_counts");
}

#[test]
fn tables_of_version_1_are_moved() {
    let Some(schema) = Schema::fresh() else { return };
    let mut client = postgres::Client::connect(&schema.url, postgres::NoTls).unwrap();
    version_1(&mut client);
    let mut store = EventStore::connect(&schema.url).unwrap();
    let now = Timestamp::parse("2026-11-24T12:00:00Z").unwrap();
    let overview = store.overview(now, DayOffset::default()).unwrap();
    assert_eq!((overview.total.intercepted, overview.total.alarmed, overview.rows), (4, 8, 8));
    for (field, keyword, expected) in [
        (None, "CART", 4),
        (None, "scanned", 4),
        (Some(SearchField::Node), "node-b", 4),
        (Some(SearchField::InternalIp), "10.0.0.8", 2),
        (None, "nothing", 0),
    ] {
        let search = vec![EventSearch { field, keyword: keyword.to_owned() }];
        let query = EventQuery { search, ..EventQuery::default() };
        assert_eq!(store.list(&query, now).unwrap().rows.len(), expected, "{keyword}");
    }
    let rows = store.list(&EventQuery::default(), now).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), 12);
    assert_eq!(rows.iter().map(EventRow::nodes_total).sum::<u64>(), 12);
    let known: Vec<EventRecord> = rows.iter().map(|row| row.last.clone()).collect();
    assert_eq!(store.record_all(&known).unwrap().repeated, 8);
    let ahead = Timestamp::parse("2028-01-01T00:00:00Z").unwrap();
    let purged = store.purge(ahead, |_| ()).unwrap();
    assert_eq!((purged.rows, purged.records), (8, 12));
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
