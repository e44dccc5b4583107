//! Equal events of a day, folded.

use super::mode::EventMode;
use super::read;
use super::record::EventRecord;
use super::retention::Retention;
use crate::decision::AggregationKey;
use crate::error::Error;
use crate::launch::Node;
use crate::time::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// Equal events of a day, folded: their last record with a count, the first time, and all nodes.
///
/// As a document it has the members of its last record, and `count`, `first_at`, `latest_at`, `modes`, `nodes` and
/// `nodes_total`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The record with the greatest time, among those the one with the greatest id: policy, image, launch parameters
    /// and texts are those of it.
    pub last: EventRecord,
    /// How many records; at least 1.
    pub count: u64,
    /// Time of the earliest record.
    pub first_at: Timestamp,
    /// How the records came to be.
    pub modes: BTreeSet<EventMode>,
    /// The nodes, by name; in an answer of a store the first of them.
    pub nodes: BTreeSet<Node>,
    /// Nodes that are not among `nodes`.
    pub more_nodes: u64,
}

impl EventRow {
    /// Nodes of a row in a list.
    pub const LIST_NODES: usize = 10;
    /// Nodes of a row that is shown alone.
    pub const DETAIL_NODES: usize = 1_000;

    /// The row of one record.
    pub fn of(record: &EventRecord) -> Self {
        let node = &record.launch().node;
        Self {
            last: record.clone(),
            count: 1,
            first_at: record.decided_at(),
            modes: BTreeSet::from([record.mode()]),
            nodes: (*node != Node::default()).then(|| node.clone()).into_iter().collect(),
            more_nodes: 0,
        }
    }

    /// Reads a row document, strictly, as [`EventRecord::parse`] does.
    ///
    /// # Errors
    /// `syntax`, `invalid_event`, `limit_exceeded`, `unsupported`.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        read::row(text)
    }

    /// The key.
    pub fn aggregation_key(&self) -> AggregationKey {
        self.last.aggregation_key()
    }

    /// Time of the latest record.
    pub fn latest_at(&self) -> Timestamp {
        self.last.decided_at()
    }

    /// How many nodes there are.
    pub fn nodes_total(&self) -> u64 {
        self.more_nodes.saturating_add(self.nodes.len() as u64)
    }

    /// Whether the row is neither shown nor counted any more.
    pub fn is_expired(&self, now: Timestamp, retention: Retention) -> bool {
        retention.is_expired(self.latest_at(), now)
    }

    /// Adds what another row of the same key has: everything but the count is the same however often it is done.
    /// The counts are added; whoever joins sees to it that no record is counted twice.
    pub fn join(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.join_all_but_count(other);
    }

    /// [`EventRow::join`] without the count.
    pub fn join_all_but_count(&mut self, other: &Self) {
        self.first_at = self.first_at.min(other.first_at);
        self.modes.extend(&other.modes);
        if !other.nodes.is_subset(&self.nodes) {
            self.nodes.extend(other.nodes.iter().cloned());
        }
        if other.last.is_after(&self.last) {
            self.last = other.last.clone();
        }
    }

    /// Adds a record; `is_new` says whether it counts.
    pub fn add(&mut self, record: &EventRecord, is_new: bool) {
        self.count = self.count.saturating_add(is_new.into());
        self.first_at = self.first_at.min(record.decided_at());
        self.modes.insert(record.mode());
        let node = &record.launch().node;
        if *node != Node::default() && !self.nodes.contains(node) {
            self.nodes.insert(node.clone());
        }
        if record.is_after(&self.last) {
            self.last = record.clone();
        }
    }

    /// The row with its first `limit` nodes; the others are only counted.
    #[must_use]
    pub fn bounded(&self, limit: usize) -> Self {
        let nodes: BTreeSet<Node> = self.nodes.iter().take(limit).cloned().collect();
        let more_nodes = self.nodes_total().saturating_sub(nodes.len() as u64);
        Self { nodes, more_nodes, ..self.clone() }
    }

    /// The row as one line of JSON.
    pub fn to_json(&self) -> String {
        crate::json::to_string(self)
    }
}

impl Serialize for EventRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("EventRow", 25)?;
        self.last.serialize_members(&mut document)?;
        document.serialize_field("count", &self.count)?;
        document.serialize_field("first_at", &self.first_at)?;
        document.serialize_field("latest_at", &self.latest_at())?;
        document.serialize_field("modes", &self.modes)?;
        document.serialize_field("nodes", &self.nodes)?;
        document.serialize_field("nodes_total", &self.nodes_total())?;
        document.end()
    }
}
