//! Records folded in memory, on their way into a store.

use crate::addition::{Addition, Additions};
use crate::encode;
use imagegate::{AggregationKey, EventRecord, Node, Timestamp};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Records folded in memory until a store writes them in one transaction.
///
/// It grows with the rows and their nodes, and with 36 bytes a record. A batch that could not be written is as it was,
/// and can be written again, whole: what was written before is not counted twice.
#[derive(Clone, Debug, Default)]
pub struct EventBatch {
    rows: HashMap<AggregationKey, u32>,
    /// The last record of each row, behind its time and id.
    lasts: Vec<([u8; 25], EventRecord)>,
    nodes: HashMap<Node, u32>,
    entries: Vec<Entry>,
}

/// What a record adds to its row. What of it counts is known when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Time and id.
    pub(crate) seen: [u8; 25],
    mode: u8,
    row: u32,
    /// [`NO_NODE`] if it is not known.
    node: u32,
}

const NO_NODE: u32 = u32::MAX;

impl Entry {
    /// An id that is known, of no row.
    pub(crate) const fn of(seen: [u8; 25]) -> Self {
        Self { seen, mode: 0, row: u32::MAX, node: NO_NODE }
    }
}

impl EventBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record.
    pub fn add(&mut self, record: &EventRecord) {
        let seen = encode::seen(record.decided_at(), record.id());
        let next = number(self.lasts.len());
        let row = *self.rows.entry(record.aggregation_key()).or_insert(next);
        match self.lasts.get_mut(row as usize) {
            None => self.lasts.push((seen, record.clone())),
            Some((last_seen, last)) => match seen.cmp(last_seen) {
                Ordering::Greater => (*last_seen, *last) = (seen, record.clone()),
                // Two records of one id with different contents do not happen; if they do, it is the same one
                // everywhere.
                Ordering::Equal if record != last && record.to_json() > last.to_json() => {
                    *last = record.clone()
                }
                _ => {}
            },
        }
        let node = self.node(&record.launch().node);
        let mode = encode::mode(record.mode());
        self.entries.push(Entry { seen, mode: u8::try_from(mode).unwrap_or_default(), row, node });
    }

    fn node(&mut self, node: &Node) -> u32 {
        if *node == Node::default() {
            return NO_NODE;
        }
        if let Some(known) = self.nodes.get(node) {
            return *known;
        }
        let next = number(self.nodes.len());
        self.nodes.insert(node.clone(), next);
        next
    }

    /// How many records were added.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many rows they fold into.
    pub fn rows(&self) -> usize {
        self.lasts.len()
    }

    /// Forgets all records, and keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.lasts.clear();
        self.nodes.clear();
        self.entries.clear();
    }

    /// All records by time and id.
    pub(crate) fn sorted(&self) -> Vec<Entry> {
        let mut sorted = self.entries.clone();
        // The greater part of a comparison is one of numbers then.
        sorted.sort_unstable_by(|one, other| {
            let key = |entry: &Entry| entry.seen.first_chunk().map(|bytes| u128::from_be_bytes(*bytes));
            key(one).cmp(&key(other)).then_with(|| one.cmp(other))
        });
        sorted
    }

    /// The days of the records in UTC.
    #[cfg(feature = "postgres")]
    pub(crate) fn days(&self) -> std::collections::BTreeSet<String> {
        let numbers: std::collections::BTreeSet<u64> =
            self.entries.iter().map(|entry| encode::day_number(&entry.seen)).collect();
        numbers.into_iter().map(encode::utc_day).collect()
    }

    /// What records of the batch add to rows, in the order of the keys. `accepted` are the records that are not too
    /// old, by time and id: of the others nothing is taken, whichever row they are of. `counts` says of each row how
    /// many of its records are new.
    pub(crate) fn additions(&self, accepted: &[Entry], counts: &Counts) -> Additions<'_> {
        let mut nodes: Vec<(&Node, u32)> = self.nodes.iter().map(|(node, number)| (node, *number)).collect();
        nodes.sort_unstable();
        let mut places = vec![0_u32; nodes.len()];
        for (place, (_, at)) in nodes.iter().enumerate() {
            if let Some(slot) = places.get_mut(*at as usize) {
                *slot = number(place);
            }
        }
        let mut rows: Vec<Option<Addition<'_>>> = vec![None; self.lasts.len()];
        for entry in accepted {
            let (Some(slot), Some((_, last))) =
                (rows.get_mut(entry.row as usize), self.lasts.get(entry.row as usize))
            else {
                continue;
            };
            let row = slot.get_or_insert_with(|| Addition {
                last,
                count: counts.of(entry.row),
                // They come in the order of their times.
                first: encode::time_of(&entry.seen),
                modes: 0,
                nodes: Vec::new(),
            });
            row.modes |= i32::from(entry.mode);
            if let Some(place) = places.get(entry.node as usize) {
                row.nodes.push(*place);
            }
        }
        let mut rows: Vec<Addition<'_>> = rows.into_iter().flatten().collect();
        for row in &mut rows {
            row.nodes.sort_unstable();
            row.nodes.dedup();
        }
        rows.sort_unstable_by_key(|row| row.last.aggregation_key());
        Additions { nodes: nodes.into_iter().map(|(node, _)| node).collect(), rows }
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NO_NODE)
}

/// How many records of each row are new.
pub(crate) struct Counts(Vec<u64>);

impl Counts {
    pub(crate) fn new(batch: &EventBatch) -> Self {
        Self(vec![0; batch.rows()])
    }

    pub(crate) fn add(&mut self, entry: &Entry) {
        if let Some(count) = self.0.get_mut(entry.row as usize) {
            *count = count.saturating_add(1);
        }
    }

    fn of(&self, row: u32) -> u64 {
        self.0.get(row as usize).copied().unwrap_or_default()
    }
}

/// The records that are later than the horizon: what is older is neither counted nor folded.
pub(crate) fn accepted(sorted: &[Entry], horizon: Option<Timestamp>) -> &[Entry] {
    let Some(last) = horizon.map(encode::last_seen_at) else { return sorted };
    let young = sorted.partition_point(|entry| entry.seen <= last);
    sorted.get(young..).unwrap_or_default()
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
