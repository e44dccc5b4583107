//! How fast events are written and found, in one run on one machine: `cargo xtask events-bench`.
//!
//! Writing is over 100,000 keys. Records are made outside of the times; what is timed ends when they are durable.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a measurement"
)]

mod find;
mod made;
mod write;

use imagegate_store::EventStore;
use std::time::Duration;

fn main() {
    let rows: u32 = std::env::args().nth(1).map_or(1_000_000, |rows| rows.parse().unwrap());
    // Only the parts whose names begin so: `sqlite-write`, `sqlite-find`, `postgres-write`, `postgres-find`.
    let only = std::env::args().nth(2).unwrap_or_default();
    let runs = |part: &str| part.starts_with(&only);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);

    if runs("sqlite-write") {
        println!("## SQLite: records a second, {} keys\n", write::KEYS);
        println!("| | records | a second |\n|---|---:|---:|");
        write::folded(&mut EventStore::open(path("folded.db")).unwrap());
        write::in_batches(&mut EventStore::open(path("batches.db")).unwrap());
        write::plain_sqlite(&path("plain.db"));
    }
    if runs("sqlite-find") {
        println!("\n## SQLite: milliseconds to answer, {rows} rows\n");
        find::measure(&mut EventStore::open(path("find.db")).unwrap(), rows);
    }

    #[cfg(feature = "postgres")]
    if let Ok(url) = std::env::var("IMAGEGATE_POSTGRES") {
        let schema = |name: &str| {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public").unwrap();
            client.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
            format!("{url}&options=-csearch_path%3D{name},public")
        };
        if runs("postgres-write") {
            println!("\n## PostgreSQL: records a second, {} keys\n", write::KEYS);
            println!("| | records | a second |\n|---|---:|---:|");
            write::folded(&mut EventStore::connect(&schema("folded")).unwrap());
            write::in_batches(&mut EventStore::connect(&schema("batches")).unwrap());
            write::many_writers(&schema("writers"));
            write::plain_postgres(&schema("plain"));
        }
        if runs("postgres-find") {
            println!("\n## PostgreSQL: milliseconds to answer, {rows} rows\n");
            find::measure(&mut EventStore::connect(&schema("find")).unwrap(), rows);
        }
    }
}

/// Median and 99th percentile, in milliseconds.
fn summary(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1_000.0;
    (at(0.5), at(0.99))
}
