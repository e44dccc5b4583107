//! Reading rows and sums.

use super::{Failed, Result, nodes};
use crate::backend::{Changes, Counts};
use crate::encode;
use imagegate::{AggregationKey, EventRow, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// What a row of `events` has beside its record and nodes.
pub(super) struct Head {
    event: i64,
    count: u64,
    first: Vec<u8>,
    modes: i32,
    nodes: i64,
    pub(super) change: i64,
}

impl Head {
    /// The columns that [`Head::of`] reads.
    pub(super) const COLUMNS: &'static str =
        "events.id, events.count, events.first, events.modes, events.nodes, events.change";

    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            event: row.get(0)?,
            count: encode::read_count(row.get(1)?),
            first: row.get(2)?,
            modes: row.get(3)?,
            nodes: row.get(4)?,
            change: row.get(5)?,
        })
    }

    /// The row with its first nodes.
    pub(super) fn load(
        &self,
        connection: &Connection,
        read: &mut nodes::Read,
        limit: usize,
    ) -> Result<EventRow> {
        let document: Option<String> = connection
            .prepare_cached("SELECT document FROM records WHERE event = ?1")?
            .query_row([self.event], |row| row.get(0))
            .optional()?;
        let last = document.as_deref().and_then(encode::read_record).ok_or(Failed::Corrupt("a record"))?;
        let nodes = read.first(connection, self.event, limit)?;
        let more_nodes = encode::read_count(self.nodes).saturating_sub(nodes.len() as u64);
        let first_at = encode::read_time(&self.first).ok_or(Failed::Corrupt("a time"))?;
        Ok(EventRow {
            last,
            count: self.count,
            first_at,
            modes: encode::read_modes(self.modes),
            nodes,
            more_nodes,
        })
    }
}

pub(super) fn detail(
    connection: &Connection,
    key: AggregationKey,
    cutoff: Timestamp,
) -> Result<Option<EventRow>> {
    let sql = format!("SELECT {} FROM events WHERE key = ?1 AND latest > ?2", Head::COLUMNS);
    let head = connection
        .prepare_cached(&sql)?
        .query_row(params![key.to_bytes(), encode::time(cutoff)], Head::of)
        .optional()?;
    head.map(|head| head.load(connection, &mut nodes::Read::default(), EventRow::DETAIL_NODES)).transpose()
}

/// The sums that are kept, less what is expired and not purged yet.
pub(super) fn counts(connection: &Connection, cutoff: Timestamp) -> Result<Counts> {
    let mut days: BTreeMap<(String, i32), u64> = BTreeMap::new();
    let mut rows = 0_i64;
    let mut statement = connection.prepare_cached("SELECT day, action, count, rows FROM day_counts")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        days.insert((row.get(0)?, row.get(1)?), encode::read_count(row.get(2)?));
        rows = rows.saturating_add(row.get(3)?);
    }
    let mut statement = connection.prepare_cached(
        "SELECT day, action, sum(count), count(*) FROM events WHERE latest <= ?1 GROUP BY day, action",
    )?;
    let mut found = statement.query([encode::time(cutoff)])?;
    while let Some(row) = found.next()? {
        if let Some(count) = days.get_mut(&(row.get(0)?, row.get(1)?)) {
            *count = count.saturating_sub(encode::read_count(row.get(2)?));
        }
        rows = rows.saturating_sub(row.get(3)?);
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

pub(super) fn changes(connection: &Connection, changes: &Changes) -> Result<Vec<(u64, EventRow)>> {
    let sql = format!(
        "SELECT {} FROM events WHERE change > ?1 AND change <= ?4 AND (?2 IS NULL OR (latest <= ?2 AND latest > ?5))
         ORDER BY change LIMIT ?3",
        Head::COLUMNS
    );
    let limit = i64::try_from(changes.limit).unwrap_or(i64::MAX);
    let expired = changes.expired.map(|(_, until)| encode::time(until));
    let after = changes.expired.map(|(after, _)| encode::time(after));
    let heads = connection
        .prepare_cached(&sql)?
        .query_map(
            params![encode::count(changes.after), expired, limit, encode::count(changes.until), after],
            Head::of,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut nodes = nodes::Read::default();
    heads
        .iter()
        .map(|head| Ok((encode::read_count(head.change), head.load(connection, &mut nodes, usize::MAX)?)))
        .collect()
}
