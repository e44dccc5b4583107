//! What is added to rows of a store: records of a batch, or rows of other stores.

use crate::encode;
use imagegate::{EventRecord, EventRow, Node};

/// What is added to rows.
pub(crate) struct Additions<'a> {
    /// The nodes that rows name, in their order.
    pub(crate) nodes: Vec<&'a Node>,
    pub(crate) rows: Vec<Addition<'a>>,
}

/// What is added to a row.
#[derive(Clone, Debug)]
pub(crate) struct Addition<'a> {
    pub(crate) last: &'a EventRecord,
    pub(crate) count: u64,
    /// Time of the first record.
    pub(crate) first: [u8; 9],
    /// A bit each.
    pub(crate) modes: i32,
    /// Places in [`Additions::nodes`], ascending.
    pub(crate) nodes: Vec<u32>,
}

impl<'a> Additions<'a> {
    /// Rows as they are, with other counts.
    pub(crate) fn of(rows: &[(&'a EventRow, u64)]) -> Self {
        let mut nodes: Vec<&Node> = rows.iter().flat_map(|(row, _)| &row.nodes).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let place = |node: &Node| nodes.binary_search(&node).ok().and_then(|at| u32::try_from(at).ok());
        let rows = rows
            .iter()
            .map(|(row, count)| Addition {
                last: &row.last,
                count: *count,
                first: encode::time(row.first_at),
                modes: encode::modes(&row.modes),
                nodes: row.nodes.iter().filter_map(place).collect(),
            })
            .collect();
        Self { nodes, rows }
    }
}
