//! Reading rows and sums.

use super::{Failed, Result};
use crate::backend::{Changes, Counts};
use crate::encode;
use ::postgres::{Row, Transaction};
use imagegate::{AggregationKey, EventRow, Node, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The columns that [`load`] reads.
pub(super) const COLUMNS: &str = "e.key, e.document, e.count, e.first, e.modes, e.nodes, e.change";

/// Rows with their first nodes.
pub(super) fn load(transaction: &mut Transaction<'_>, rows: &[Row], limit: usize) -> Result<Vec<EventRow>> {
    let numbers: BTreeSet<i32> = rows.iter().flat_map(|row| row.get::<_, Vec<i32>>(5)).collect();
    let numbers: Vec<i32> = numbers.into_iter().collect();
    let sql = "SELECT id, node FROM imagegate_nodes WHERE id = ANY ($1::int[])";
    let mut nodes: HashMap<i32, Node> = HashMap::new();
    if !numbers.is_empty() {
        for row in &transaction.query(sql, &[&numbers])? {
            nodes.insert(row.get(0), encode::read_node(row.get(1)).ok_or(Failed::Corrupt("a node"))?);
        }
    }
    rows.iter()
        .map(|row| {
            let numbers: Vec<i32> = row.get(5);
            let of_row = numbers.iter().map(|number| nodes.get(number).ok_or(Failed::Corrupt("a node")));
            let mut of_row: Vec<&Node> = of_row.collect::<Result<_>>()?;
            of_row.sort_unstable();
            Ok(EventRow {
                last: encode::read_record(row.get(1)).ok_or(Failed::Corrupt("a record"))?,
                count: encode::read_count(row.get(2)),
                first_at: encode::read_time(row.get(3)).ok_or(Failed::Corrupt("a time"))?,
                modes: encode::read_modes(row.get(4)),
                more_nodes: of_row.len().saturating_sub(limit) as u64,
                nodes: of_row.into_iter().take(limit).cloned().collect(),
            })
        })
        .collect()
}

pub(super) fn detail(
    transaction: &mut Transaction<'_>,
    key: AggregationKey,
    cutoff: Timestamp,
) -> Result<Option<EventRow>> {
    let sql = format!("SELECT {COLUMNS} FROM imagegate_events AS e WHERE e.key = $1 AND e.latest > $2");
    let rows = transaction.query(&sql, &[&key.to_bytes().as_slice(), &encode::time(cutoff).as_slice()])?;
    Ok(load(transaction, &rows, EventRow::DETAIL_NODES)?.pop())
}

/// The sums that are kept, less what is expired and not purged yet.
pub(super) fn counts(transaction: &mut Transaction<'_>, cutoff: Timestamp) -> Result<Counts> {
    // One statement, and so one state of the store.
    let found = transaction.query(
        "SELECT day, action, sum(count)::bigint, sum(rows)::bigint FROM (
             SELECT day, action, count, rows FROM imagegate_day_counts
             UNION ALL
             SELECT day, action, -count, -1 FROM imagegate_events WHERE latest <= $1
         ) AS parts GROUP BY day, action",
        &[&encode::time(cutoff).as_slice()],
    )?;
    let mut days: BTreeMap<(String, i32), u64> = BTreeMap::new();
    let mut rows = 0_i64;
    for row in &found {
        days.insert((row.get(0), row.get(1)), encode::read_count(row.get(2)));
        rows = rows.saturating_add(row.get(3));
    }
    let days = days
        .into_iter()
        .map(|((day, action), count)| {
            let action = encode::read_action(action).ok_or(Failed::Corrupt("an action"))?;
            Ok((day, action, count))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Counts { days, rows: encode::read_count(rows) })
}

pub(super) fn changes(transaction: &mut Transaction<'_>, changes: &Changes) -> Result<Vec<(u64, EventRow)>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM imagegate_events AS e
         WHERE e.change > $1 AND e.change <= $2 AND ($3::bytea IS NULL OR (e.latest <= $3 AND e.latest > $5))
         ORDER BY e.change LIMIT $4"
    );
    let limit = i64::try_from(changes.limit).unwrap_or(i64::MAX);
    let expired = changes.expired.map(|(_, until)| encode::time(until).to_vec());
    let after = changes.expired.map(|(after, _)| encode::time(after).to_vec());
    let rows = transaction.query(
        &sql,
        &[&encode::count(changes.after), &encode::count(changes.until), &expired, &limit, &after],
    )?;
    let numbers: Vec<u64> = rows.iter().map(|row| encode::read_count(row.get(6))).collect();
    let loaded = load(transaction, &rows, usize::MAX)?;
    Ok(numbers.into_iter().zip(loaded).collect())
}
