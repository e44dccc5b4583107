//! The fold in memory.

use super::id::RecordId;
use super::overview::EventOverview;
use super::query::{EventPage, EventQuery};
use super::record::EventRecord;
use super::retention::Retention;
use super::row::EventRow;
use crate::decision::AggregationKey;
use crate::error::Error;
use crate::time::{DayOffset, Timestamp};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Records folded in memory: a union by record id, then a reduction. The order of records, and how often one comes,
/// make no difference.
///
/// It answers what the databases of `imagegate-store` answer, in the plainest way, and is what their tests compare
/// with. Ids are remembered for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFold {
    ids: BTreeMap<RecordId, AggregationKey>,
    rows: BTreeMap<AggregationKey, EventRow>,
}

impl EventFold {
    /// No records.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record and says whether it is a new one.
    pub fn add(&mut self, record: &EventRecord) -> bool {
        let key = record.aggregation_key();
        let is_new = self.ids.insert(record.id(), key).is_none();
        match self.rows.entry(key) {
            // Known, and its row purged: it does not come back.
            Entry::Vacant(_) if !is_new => {}
            Entry::Vacant(slot) => {
                slot.insert(EventRow::of(record));
            }
            Entry::Occupied(row) => row.into_mut().add(record, is_new),
        }
        is_new
    }

    /// Adds all records of another fold.
    pub fn merge(&mut self, other: &Self) {
        for (key, row) in &other.rows {
            match self.rows.entry(*key) {
                // Counted below, with the ids.
                Entry::Vacant(slot) => {
                    slot.insert(EventRow { count: 0, ..row.clone() });
                }
                Entry::Occupied(mine) => mine.into_mut().join_all_but_count(row),
            }
        }
        for (id, key) in &other.ids {
            if self.ids.insert(*id, *key).is_none()
                && let Some(row) = self.rows.get_mut(key)
            {
                row.count = row.count.saturating_add(1);
            }
        }
        // Of what is left without a count all records are known, and the row is purged.
        self.rows.retain(|_, row| row.count > 0);
    }

    /// The rows by key, expired or not.
    pub fn rows(&self) -> impl Iterator<Item = &EventRow> {
        self.rows.values()
    }

    /// A page of the rows that the query selects and that are not expired.
    ///
    /// # Errors
    /// `invalid_argument` for a query that makes no sense.
    pub fn list(&self, query: &EventQuery, now: Timestamp, retention: Retention) -> Result<EventPage, Error> {
        query.check()?;
        Ok(query.page(self.kept(now, retention)))
    }

    /// One row with its nodes, if it is not expired.
    pub fn detail(&self, key: AggregationKey, now: Timestamp, retention: Retention) -> Option<EventRow> {
        let row = self.rows.get(&key).filter(|row| !row.is_expired(now, retention))?;
        Some(row.bounded(EventRow::DETAIL_NODES))
    }

    /// The figures of the rows that are not expired.
    pub fn overview(&self, now: Timestamp, offset: DayOffset, retention: Retention) -> EventOverview {
        EventOverview::of_rows(now, offset, self.kept(now, retention))
    }

    /// Deletes expired rows and says how many.
    pub fn purge(&mut self, now: Timestamp, retention: Retention) -> usize {
        let before = self.rows.len();
        self.rows.retain(|_, row| !row.is_expired(now, retention));
        before.saturating_sub(self.rows.len())
    }

    fn kept(&self, now: Timestamp, retention: Retention) -> impl Iterator<Item = &EventRow> {
        self.rows.values().filter(move |row| !row.is_expired(now, retention))
    }
}
