//! Writers and purges that are killed: nothing that was acknowledged is lost, nothing is counted twice, and a batch is
//! there or not there as a whole. A short run with the tests; `cargo xtask kill-test` is the long one.
//!
//! A program without the usual harness: it is also the process that it kills.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, reason = "a test may panic")]
#![allow(dead_code, reason = "shared with the other tests")]

#[path = "../store/database.rs"]
mod database;
#[path = "../store/made.rs"]
mod made;

use database::{Database, databases};
use imagegate::*;
use imagegate_store::{EventBatch, EventStore, Recorded};
use made::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KEPT: Retention = Retention::days(180);

/// What a worker is told in its environment.
const WORK: &str = "IMAGEGATE_KILL_WORK";
const FROM: &str = "IMAGEGATE_KILL_FROM";

fn kills() -> u32 {
    std::env::var("IMAGEGATE_KILLS").map_or(6, |kills| kills.parse().expect("IMAGEGATE_KILLS is a number"))
}

/// The records of a batch: of many rows, some of them rows of other batches too.
fn batch(number: u32) -> Vec<EventRecord> {
    let start = |at: u32| Start {
        image: ((number + at) % 60) as u16,
        node: Some((at % 9) as u8),
        seconds: -i64::from(number % 5) * DAY - i64::from(at),
        occurrence: number,
        is_privileged: at.is_multiple_of(2),
        ..Start::default()
    };
    all(&(0..150).map(start).collect::<Vec<_>>())
}

/// Where a worker finds its database.
fn address(database: &Database) -> String {
    match database {
        Database::Sqlite(folder) => folder.path().join("events.db").to_string_lossy().into_owned(),
        #[cfg(feature = "postgres")]
        Database::Postgres(schema) => schema.url.clone(),
    }
}

fn name(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "SQLite",
        #[cfg(feature = "postgres")]
        Database::Postgres(_) => "PostgreSQL",
    }
}

fn open(address: &str) -> EventStore {
    #[cfg(feature = "postgres")]
    if address.starts_with("postgresql:") {
        return EventStore::connect(address).unwrap();
    }
    EventStore::open(address).unwrap()
}

fn main() {
    if std::env::var_os(WORK).is_some() {
        return worker();
    }
    killed_writers_lose_nothing_that_was_acknowledged();
    a_purge_that_is_killed_half_way_and_run_again_ends_the_same();
}

/// The process that is killed: it says what it begins and what is acknowledged.
fn worker() {
    let say = |text: &str| {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "\n@{text}").and_then(|()| stdout.flush()).unwrap();
    };
    let mut store = open(&std::env::var("IMAGEGATE_KILL_DATABASE").unwrap());
    if std::env::var(WORK).unwrap() == "purge" {
        store.purge(at(NOW), |rows| say(&format!("purged {rows}"))).unwrap();
        return say("done");
    }
    let from: u32 = std::env::var(FROM).unwrap().parse().unwrap();
    for number in from.. {
        let batch: EventBatch = batch(number).iter().collect();
        say(&format!("begin {number}"));
        store.write(&batch).unwrap();
        say(&format!("ack {number}"));
    }
}

fn spawn(address: &str, work: &str, from: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .env("IMAGEGATE_KILL_DATABASE", address)
        .env(WORK, work)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The number of a batch after a word.
fn number(line: &str, word: &str) -> Option<u32> {
    line.strip_prefix(word)?.parse().ok()
}

/// Numbers that look random and are the same in every run.
fn scrambled(number: u32) -> u64 {
    let mixed = u64::from(number).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33
}

fn killed_writers_lose_nothing_that_was_acknowledged() {
    for database in databases() {
        let address = address(&database);
        let (mut acknowledged, mut unsure) = (Vec::new(), Vec::new());
        let mut took = Duration::from_millis(20);
        let (mut killed, mut inside, mut next) = (0_u32, 0_u32, 0_u32);
        while killed < kills() {
            let mut child = spawn(&address, "write", next);
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            // Some batches are written; then the kill reaches into the next, or a little after it.
            let mut wanted = 1 + scrambled(killed) % 5;
            let mut begun = None;
            let mut since = Instant::now();
            while wanted > 0 {
                let line = lines.next().expect("the worker ended by itself").unwrap();
                if let Some(number) = number(&line, "@begin ") {
                    (begun, since) = (Some(number), Instant::now());
                    wanted -= 1;
                } else if let Some(number) = number(&line, "@ack ") {
                    acknowledged.push(number);
                    begun = None;
                    took = since.elapsed();
                }
            }
            std::thread::sleep(took.mul_f64((scrambled(killed + 1_000) % 115) as f64 / 100.0));
            child.kill().unwrap();
            for line in lines.map_while(Result::ok) {
                if let Some(number) = number(&line, "@begin ") {
                    begun = Some(number);
                } else if let Some(number) = number(&line, "@ack ") {
                    acknowledged.push(number);
                    if begun == Some(number) {
                        begun = None;
                    }
                }
            }
            child.wait().unwrap();
            killed += 1;
            next = acknowledged.last().map_or(next, |last| last + 1);
            if let Some(number) = begun {
                inside += 1;
                // Whether it was committed is found out below; the next worker goes on after it.
                unsure.push(number);
                next = number + 1;
            }
        }
        let mut store = database.open();
        let mut expected = EventFold::new();
        let (mut records, mut committed) = (0, 0);
        for number in &acknowledged {
            let batch = batch(*number);
            let again = store.record_all(&batch).unwrap();
            assert_eq!(
                again,
                Recorded { new: 0, repeated: batch.len() as u64, expired: 0 },
                "batch {number} was lost"
            );
            records += batch.len();
            batch.iter().for_each(|record| assert!(expected.add(record)));
        }
        for number in &unsure {
            let batch = batch(*number);
            let again = store.record_all(&batch).unwrap();
            let all = batch.len() as u64;
            assert!(
                [0, all].contains(&again.new) && again.new + again.repeated == all,
                "half of batch {number}: {again:?}"
            );
            committed += u32::from(again.new == 0);
            batch.iter().for_each(|record| assert!(expected.add(record)));
        }
        let query = EventQuery { limit: Some(1_000), count_all: true, ..EventQuery::default() };
        assert_eq!(store.list(&query, at(NOW)).unwrap(), expected.list(&query, at(NOW), KEPT).unwrap());
        let offset = policies().day_offset();
        assert_eq!(store.overview(at(NOW), offset).unwrap(), expected.overview(at(NOW), offset, KEPT));
        println!(
            "{}: {killed} kills, {inside} of them inside a transaction ({committed} of those had committed); {} batches with \
             {records} records acknowledged: all there, none twice",
            name(&database),
            acknowledged.len()
        );
    }
}

fn a_purge_that_is_killed_half_way_and_run_again_ends_the_same() {
    for database in databases() {
        let address = address(&database);
        let starts: Vec<Start> = (0..9_000_u16)
            .map(|image| Start {
                image,
                node: Some((image % 9) as u8),
                seconds: -i64::from(image % 40 + 150) * DAY,
                ..Start::default()
            })
            .collect();
        let records = all(&starts);
        let mut expected = fold(&records);
        database.open().write(&records.iter().collect()).unwrap();
        let mut interrupted = 0;
        loop {
            let mut child = spawn(&address, "purge", 0);
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
            let said = lines.find(|line| line == "@done" || line.starts_with("@purged "));
            // A part is deleted, and the next is being deleted; at last there is nothing left.
            if said.as_deref() == Some("@purged 0") || said.as_deref() == Some("@done") || said.is_none() {
                let rest: Vec<String> = lines.collect();
                assert!(child.wait().unwrap().success(), "{rest:?}");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            interrupted += 1;
        }
        assert!(interrupted > 0, "no purge was interrupted");
        expected.purge(at(NOW), KEPT);
        let mut store = database.open();
        let query = EventQuery { limit: Some(1_000), count_all: true, ..EventQuery::default() };
        assert_eq!(store.list(&query, at(NOW)).unwrap(), expected.list(&query, at(NOW), KEPT).unwrap());
        let offset = policies().day_offset();
        assert_eq!(store.overview(at(NOW), offset).unwrap(), expected.overview(at(NOW), offset, KEPT));
        assert_eq!(store.purge(at(NOW), |_| ()).unwrap(), imagegate_store::Purged::default());
        println!("{}: a purge killed {interrupted} times half-way ends as one that was not", name(&database));
    }
}
