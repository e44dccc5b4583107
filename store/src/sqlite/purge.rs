//! Deleting what is expired, a part at a time.

use super::write::take_from_days;
use super::{Failed, Result, grams, meta, meta_time, nodes, postings, seen, set_meta};
use crate::backend::Step;
use crate::encode;
use imagegate::Timestamp;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows that one transaction deletes: writers wait for it.
const ROWS: i64 = 2_000;
/// Ids of records that one transaction deletes.
const RECORDS: u64 = 50_000;

/// The horizon only moves forward: what an earlier purge began to delete is not accepted again, whatever the clock. It
/// is no later than what is there, so that a clock that was ahead for a while does not keep away what happens next.
pub(super) fn begin(connection: &Connection, cutoff: Timestamp) -> Result<Timestamp> {
    let reached = newest(connection)?.map(|newest| newest.min(cutoff));
    let horizon = meta_time(connection, "horizon")?.max(reached).unwrap_or(Timestamp::MIN);
    set_meta(connection, "horizon", encode::time(horizon))?;
    Ok(horizon)
}

/// The time of the newest record and of the newest row, which may be another store's.
fn newest(connection: &Connection) -> Result<Option<Timestamp>> {
    let latest: Option<Vec<u8>> =
        connection.query_row("SELECT max(latest) FROM events", [], |row| row.get(0))?;
    let time = latest.max(seen::newest(connection)?);
    time.map(|time| encode::read_time(&time).ok_or(Failed::Corrupt("a time"))).transpose()
}

pub(super) fn some(connection: &Connection, horizon: Timestamp) -> Result<Step> {
    let mut days: BTreeMap<(String, i32), (i64, i64)> = BTreeMap::new();
    let mut events: Vec<(i64, Vec<u8>)> = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT id, key, day, action, count FROM events WHERE latest <= ?1 ORDER BY latest LIMIT ?2",
    )?;
    let mut found = statement.query(params![encode::time(horizon), ROWS])?;
    while let Some(row) = found.next()? {
        events.push((row.get(0)?, row.get(1)?));
        let (count, rows) = days.entry((row.get(2)?, row.get(3)?)).or_default();
        *count = count.saturating_add(row.get(4)?);
        *rows = rows.saturating_add(1);
    }
    for (event, key) in &events {
        for sql in [
            "DELETE FROM events WHERE id = ?1",
            "DELETE FROM records WHERE event = ?1",
            "DELETE FROM event_nodes WHERE event = ?1",
        ] {
            connection.prepare_cached(sql)?.execute([event])?;
        }
        connection.prepare_cached("DELETE FROM imported WHERE key = ?1")?.execute([key])?;
    }
    if !events.is_empty() {
        take_from_days(connection, &days)?;
        return Ok(Step { rows: events.len() as u64, ..Step::default() });
    }
    let records = seen::forget(connection, &encode::last_seen_at(horizon), RECORDS)?;
    if records > 0 {
        return Ok(Step { records, ..Step::default() });
    }
    for buckets in gone(connection)? {
        grams::forget(connection, &buckets)?;
        nodes::forget(connection, &buckets)?;
    }
    nodes::forget_unused(connection)?;
    Ok(Step { is_done: true, ..Step::default() })
}

/// The buckets of which every event is gone: those before the first event, and those between two that stay, of which
/// one may be of a clock that was far ahead.
fn gone(connection: &Connection) -> Result<Vec<Range<i64>>> {
    let next = meta::<i64>(connection, "event")?.unwrap_or_default().saturating_add(1);
    let mut statement = connection.prepare_cached("SELECT min(id) FROM events WHERE id >= ?1")?;
    let (mut gone, mut start) = (Vec::new(), 0);
    loop {
        let event: Option<i64> = statement.query_row([postings::first_of(start)], |row| row.get(0))?;
        let end = postings::bucket(event.unwrap_or(next));
        if start < end {
            gone.push(start..end);
        }
        if event.is_none() {
            return Ok(gone);
        }
        start = end.saturating_add(1);
    }
}

pub(super) fn tidy(connection: &Connection, now: Timestamp) -> Result<()> {
    set_meta(connection, "maintained", encode::time(now))?;
    connection.execute_batch("PRAGMA optimize")?;
    Ok(())
}
