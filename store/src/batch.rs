//! Records folded in memory, on their way into a store.

use crate::encode;
use imagegate::{AggregationKey, EventRecord, EventRow, Timestamp};
use std::collections::HashMap;

/// Records folded in memory until a store writes them in one transaction.
///
/// It grows with the rows and with 32 bytes a record. A batch that could not be written is as it was, and can be
/// written again, whole: what was written before is not counted twice.
#[derive(Clone, Debug, Default)]
pub struct EventBatch {
    numbers: HashMap<AggregationKey, u32>,
    /// Their counts are not used.
    rows: Vec<EventRow>,
    /// Time and id of each record, with the number of its row.
    seen: Vec<([u8; 25], u32)>,
}

impl EventBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record.
    pub fn add(&mut self, record: &EventRecord) {
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(record.aggregation_key()).or_insert(next);
        match self.rows.get_mut(number as usize) {
            Some(row) => row.add(record, false),
            None => self.rows.push(EventRow::of(record)),
        }
        self.seen.push((encode::seen(record.decided_at(), record.id()), number));
    }

    /// How many records were added.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// How many rows they fold into.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Forgets all records, and keeps the memory.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.rows.clear();
        self.seen.clear();
    }

    /// Time and id of all records in the order of the index, with the number of their rows.
    pub(crate) fn sorted_seen(&self) -> Vec<([u8; 25], u32)> {
        let mut sorted = self.seen.clone();
        sorted.sort_unstable();
        sorted
    }

    /// The days of the rows, and those of the records in UTC.
    #[cfg(feature = "postgres")]
    pub(crate) fn days(&self) -> std::collections::BTreeSet<String> {
        let mut days: std::collections::BTreeSet<String> =
            self.rows.iter().map(|row| row.last.day().to_owned()).collect();
        let numbers: std::collections::BTreeSet<u64> =
            self.seen.iter().map(|(seen, _)| encode::day_number(seen)).collect();
        days.extend(numbers.into_iter().map(encode::utc_day));
        days
    }

    /// Rows with how many new records each has, in the order of their keys; rows that are past the horizon are left
    /// out.
    pub(crate) fn counted(&self, counts: &[u64], horizon: Option<Timestamp>) -> Vec<EventRow> {
        let rows = self.rows.iter().zip(counts);
        let mut rows: Vec<EventRow> = rows
            .filter(|(row, _)| horizon.is_none_or(|horizon| row.latest_at() > horizon))
            .map(|(row, count)| EventRow { count: *count, ..row.clone() })
            .collect();
        rows.sort_unstable_by_key(EventRow::aggregation_key);
        rows
    }
}

impl<'r> FromIterator<&'r EventRecord> for EventBatch {
    fn from_iter<I: IntoIterator<Item = &'r EventRecord>>(records: I) -> Self {
        let mut batch = Self::new();
        records.into_iter().for_each(|record| batch.add(record));
        batch
    }
}

/// What became of the records of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Counted.
    pub new: u64,
    /// Known already, and not counted again.
    pub repeated: u64,
    /// Older than what the store still tells from a repetition, and not counted.
    pub expired: u64,
}
