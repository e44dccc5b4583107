//! Records a second.

use crate::made::record;
use imagegate::EventRecord;
use imagegate_store::{EventBatch, EventStore};
use std::path::Path;
use std::time::{Duration, Instant};

pub const KEYS: u32 = 100_000;
/// Records of each key.
const EACH: u32 = 10;
/// Records that are folded before they are written.
const FLUSH: u32 = 250_000;
/// Records for what is slow.
const SOME: u32 = 20_000;

/// The records of one flush: those of a key come close to each other, as starts of one rollout do.
fn records(flush: u32, number: u32) -> Vec<EventRecord> {
    let keys = number / EACH;
    (0..number)
        .map(|at| record((flush * keys + at % keys) % KEYS, at / keys + flush * keys / KEYS * EACH))
        .collect()
}

fn line(what: &str, records: u64, time: Duration) {
    println!("| {what} | {records} | {:.0} |", records as f64 / time.as_secs_f64());
}

/// Folded in memory, written in large transactions; then all of it again.
pub fn folded(store: &mut EventStore) {
    let (mut first, mut fold_only) = (Duration::ZERO, Duration::ZERO);
    let flushes = KEYS * EACH / FLUSH;
    let mut batch = EventBatch::new();
    let mut run = |again: bool| {
        let (mut total, mut folding, mut new) = (Duration::ZERO, Duration::ZERO, 0);
        for flush in 0..flushes {
            let records = records(flush, FLUSH);
            let start = Instant::now();
            batch.clear();
            records.iter().for_each(|record| batch.add(record));
            folding += start.elapsed();
            new += store.write(&batch).unwrap().new;
            total += start.elapsed();
        }
        assert_eq!(new, if again { 0 } else { u64::from(KEYS * EACH) });
        (total, folding)
    };
    (first, fold_only) = {
        let (total, folding) = run(false);
        (first + total, fold_only + folding)
    };
    let all = u64::from(KEYS * EACH);
    line(&format!("folded, {FLUSH} records a transaction"), all, first);
    line("of that: folding in memory alone", all, fold_only);
    line("the same records again, none counted", all, run(true).0);
}

/// In transactions of 1,000 records, and one by one.
pub fn in_batches(store: &mut EventStore) {
    let records = records(0, SOME * 5);
    let start = Instant::now();
    for some in records.chunks(1_000) {
        store.record_all(some).unwrap();
    }
    line("1,000 records a transaction", records.len() as u64, start.elapsed());
    let more: Vec<EventRecord> = (0..SOME / 10).map(|at| record(at, 1_000)).collect();
    let start = Instant::now();
    for one in &more {
        store.record_all(std::slice::from_ref(one)).unwrap();
    }
    line("one record a transaction", more.len() as u64, start.elapsed());
}

/// What the database does by itself: no search, no nodes, no ids of records.
pub fn plain_sqlite(path: &Path) {
    let mut connection = rusqlite::Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
        .execute_batch(
            "CREATE TABLE plain (key BLOB PRIMARY KEY, count INTEGER, latest TEXT, document TEXT);
             CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID;",
        )
        .unwrap();
    let sql = "INSERT INTO plain VALUES (?1, 1, ?2, ?3) ON CONFLICT (key)
               DO UPDATE SET count = count + 1, latest = excluded.latest, document = excluded.document";
    let insert = |connection: &rusqlite::Connection, record: &EventRecord| {
        let key = record.aggregation_key().to_bytes();
        let values = rusqlite::params![key, record.decided_at().to_string(), record.to_json()];
        connection.prepare_cached(sql).unwrap().execute(values).unwrap();
    };
    let records = records(0, FLUSH);
    let start = Instant::now();
    for some in records.chunks(1_000) {
        let transaction = connection.transaction().unwrap();
        some.iter().for_each(|record| insert(&transaction, record));
        transaction.commit().unwrap();
    }
    line(
        "plain INSERT … ON CONFLICT, 1,000 a transaction, no duplicate detection",
        records.len() as u64,
        start.elapsed(),
    );
    let some = &records[..(SOME / 10) as usize];
    let start = Instant::now();
    some.iter().for_each(|record| insert(&connection, record));
    line(
        "plain INSERT … ON CONFLICT, one by one, no duplicate detection",
        some.len() as u64,
        start.elapsed(),
    );
    let start = Instant::now();
    let mut ids: Vec<Vec<u8>> = records
        .iter()
        .map(|record| {
            [record.decided_at().unix_seconds().to_be_bytes().as_slice(), record.id().as_bytes()].concat()
        })
        .collect();
    ids.sort_unstable();
    let transaction = connection.transaction().unwrap();
    for id in &ids {
        transaction.prepare_cached("INSERT OR IGNORE INTO seen VALUES (?1)").unwrap().execute([id]).unwrap();
    }
    transaction.commit().unwrap();
    line("duplicate detection alone: sorted ids into a unique key", ids.len() as u64, start.elapsed());
}

#[cfg(feature = "postgres")]
pub fn plain_postgres(url: &str) {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    client
        .batch_execute("CREATE TABLE plain (key BYTEA PRIMARY KEY, count BIGINT, latest TEXT, document TEXT)")
        .unwrap();
    let sql = "INSERT INTO plain VALUES ($1, 1, $2, $3) ON CONFLICT (key)
               DO UPDATE SET count = plain.count + 1, latest = excluded.latest, document = excluded.document";
    let statement = client.prepare(sql).unwrap();
    let records = records(0, SOME * 2);
    let values = |record: &EventRecord| {
        (record.aggregation_key().to_bytes().to_vec(), record.decided_at().to_string(), record.to_json())
    };
    let start = Instant::now();
    for some in records.chunks(1_000) {
        let mut transaction = client.transaction().unwrap();
        for record in some {
            let (key, latest, document) = values(record);
            transaction.execute(&statement, &[&key, &latest, &document]).unwrap();
        }
        transaction.commit().unwrap();
    }
    line(
        "plain INSERT … ON CONFLICT, 1,000 a transaction, no duplicate detection",
        records.len() as u64,
        start.elapsed(),
    );
    let some = &records[..(SOME / 10) as usize];
    let start = Instant::now();
    for record in some {
        let (key, latest, document) = values(record);
        client.execute(&statement, &[&key, &latest, &document]).unwrap();
    }
    line(
        "plain INSERT … ON CONFLICT, one by one, no duplicate detection",
        some.len() as u64,
        start.elapsed(),
    );
}

/// Eight writers at once, 1,000 records a transaction.
#[cfg(feature = "postgres")]
pub fn many_writers(url: &str) {
    let parts: Vec<Vec<EventRecord>> = (0..8).map(|writer| records(writer, SOME)).collect();
    let mut stores: Vec<EventStore> = parts.iter().map(|_| EventStore::connect(url).unwrap()).collect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for (store, records) in stores.iter_mut().zip(&parts) {
            scope.spawn(|| {
                for some in records.chunks(1_000) {
                    store.record_all(some).unwrap();
                }
            });
        }
    });
    line(
        "8 writers at once, 1,000 records a transaction",
        parts.iter().map(|part| part.len() as u64).sum(),
        start.elapsed(),
    );
}
