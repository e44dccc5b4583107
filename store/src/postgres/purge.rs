//! Deleting what is expired: rows some at a time, ids of records by whole days and within the day of the horizon.

use super::partition::{name, utc_day};
use super::{ALONE, Failed, Result, meta_time, set_meta};
use crate::backend::Step;
use crate::encode;
use ::postgres::Transaction;
use imagegate::Timestamp;

/// Rows that one transaction deletes.
const ROWS: i64 = 5_000;
/// Ids of records that one transaction deletes.
const RECORDS: i64 = 100_000;

/// The horizon only moves forward: what an earlier purge began to delete is not accepted again, whatever the clock. It
/// is no later than what is there, so that a clock that was ahead for a while does not keep away what happens next.
pub(super) fn begin(transaction: &mut Transaction<'_>, cutoff: Timestamp) -> Result<Timestamp> {
    // Waits for those who write, and they for it.
    transaction.execute("SELECT 1 FROM imagegate_meta WHERE name = 'horizon' FOR UPDATE", &[])?;
    let reached = newest(transaction)?.map(|newest| newest.min(cutoff));
    let horizon = meta_time(transaction, "horizon")?.max(reached).unwrap_or(Timestamp::MIN);
    set_meta(transaction, "horizon", &horizon.to_string())?;
    Ok(horizon)
}

/// The time of the newest record and of the newest row, which may be another store's.
fn newest(transaction: &mut Transaction<'_>) -> Result<Option<Timestamp>> {
    // Bytes have no maximum before version 18, but an order.
    let row = transaction.query_one(
        "SELECT GREATEST((SELECT latest FROM imagegate_events ORDER BY latest DESC LIMIT 1),
                         (SELECT substring(id FROM 1 FOR 9) FROM imagegate_seen ORDER BY day DESC, id DESC LIMIT 1))",
        &[],
    )?;
    let time: Option<Vec<u8>> = row.get(0);
    time.map(|time| encode::read_time(&time).ok_or(Failed::Corrupt("a time"))).transpose()
}

pub(super) fn some(transaction: &mut Transaction<'_>, horizon: Timestamp) -> Result<Step> {
    // Writers wait for a part of it. Whoever writes may be about to use a node that nobody uses yet.
    transaction.execute(ALONE, &[])?;
    let rows = within(transaction, horizon)?;
    if rows > 0 {
        return Ok(Step { rows, ..Step::default() });
    }
    if let Some(day) = oldest(transaction, "imagegate_seen", &utc_day(horizon))? {
        let sql = format!("SELECT count(*) FROM {}", name("imagegate_seen", &day));
        let records: i64 = transaction.query_one(&sql, &[])?.get(0);
        drop_day(transaction, "imagegate_seen", &day)?;
        return Ok(Step { records: encode::read_count(records), ..Step::default() });
    }
    let records = transaction.execute(
        "DELETE FROM imagegate_seen WHERE day = $1 AND id IN
             (SELECT id FROM imagegate_seen WHERE day = $1 AND id <= $2 ORDER BY id LIMIT $3)",
        &[&utc_day(horizon), &encode::last_seen_at(horizon).as_slice(), &RECORDS],
    )?;
    if records > 0 {
        return Ok(Step { records, ..Step::default() });
    }
    transaction.execute(
        "DELETE FROM imagegate_nodes AS n
         WHERE NOT EXISTS (SELECT 1 FROM imagegate_events AS e WHERE e.nodes @> ARRAY[n.id])",
        &[],
    )?;
    transaction.execute(
        "DELETE FROM imagegate_day_counts
         WHERE day IN (SELECT day FROM imagegate_day_counts GROUP BY day HAVING sum(rows) <= 0)",
        &[],
    )?;
    Ok(Step { is_done: true, ..Step::default() })
}

/// The oldest day before `end` that has a partition.
fn oldest(transaction: &mut Transaction<'_>, table: &str, end: &str) -> Result<Option<String>> {
    let found = transaction.query_opt(
        "SELECT day FROM (
             SELECT regexp_replace(right(c.relname, 8), '(....)(..)(..)', '\\1-\\2-\\3') COLLATE \"C\" AS day
             FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
             WHERE i.inhparent = $1::text::regclass
         ) AS days WHERE day < $2 ORDER BY day LIMIT 1",
        &[&table, &end],
    )?;
    Ok(found.map(|row| row.get(0)))
}

fn drop_day(transaction: &mut Transaction<'_>, table: &str, day: &str) -> Result<()> {
    Ok(transaction.batch_execute(&format!("DROP TABLE IF EXISTS {}", name(table, day)))?)
}

/// Deletes some expired rows.
fn within(transaction: &mut Transaction<'_>, horizon: Timestamp) -> Result<u64> {
    let deleted = transaction.query_one(
        "WITH gone AS (
             DELETE FROM imagegate_events AS e USING (
                 SELECT key FROM imagegate_events WHERE latest <= $1 ORDER BY latest LIMIT $2
             ) AS expired
             WHERE e.key = expired.key
             RETURNING e.day, e.key, e.action, e.count
         ), imports AS (
             DELETE FROM imagegate_imported AS i USING gone WHERE i.day = gone.day AND i.key = gone.key
         ), sums AS (
             INSERT INTO imagegate_day_counts AS mine
             SELECT day, action, -1, -sum(count), -count(*) FROM gone GROUP BY day, action
             ON CONFLICT (day, action, share) DO UPDATE
             SET count = mine.count + excluded.count, rows = mine.rows + excluded.rows
         )
         SELECT count(*) FROM gone",
        &[&encode::time(horizon).as_slice(), &ROWS],
    )?;
    Ok(encode::read_count(deleted.get(0)))
}
