//! Nodes, which events name by numbers.

use super::grams::Scramble;
use super::postings::{self, Postings};
use super::{Failed, Result};
use crate::encode;
use imagegate::{Node, SearchField};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

/// The number of a node.
type Number = u32;

/// The nodes that a transaction writes about.
pub(super) struct Nodes<'c> {
    connection: &'c Connection,
    /// By their places in what is added.
    numbers: Vec<Option<Number>>,
    /// Which events are new on a node.
    postings: Postings<i64, Scramble>,
}

impl<'c> Nodes<'c> {
    pub(super) fn new(connection: &'c Connection, nodes: usize) -> Self {
        Self { connection, numbers: vec![None; nodes], postings: Postings::new() }
    }

    /// The number of a node, which gets one if it has none.
    fn number(&mut self, place: u32, nodes: &[&Node]) -> Result<Number> {
        if let Some(Some(known)) = self.numbers.get(place as usize) {
            return Ok(*known);
        }
        let node = nodes.get(place as usize).ok_or(Failed::Corrupt("a node"))?;
        let bytes = encode::node(node);
        let known: Option<Number> = self
            .connection
            .prepare_cached("SELECT id FROM nodes WHERE node = ?1")?
            .query_row([&bytes], |row| row.get(0))
            .optional()?;
        let number = match known {
            Some(known) => known,
            None => {
                let text = |text: &Option<String>| SearchField::fold(text.as_deref().unwrap_or_default());
                self.connection.prepare_cached("INSERT INTO nodes VALUES (NULL, ?1, ?2, ?3, ?4)")?.execute(
                    params![bytes, text(&node.name), text(&node.internal_ip), text(&node.public_ip)],
                )?;
                Number::try_from(self.connection.last_insert_rowid())
                    .map_err(|_| Failed::Corrupt("a node"))?
            }
        };
        if let Some(slot) = self.numbers.get_mut(place as usize) {
            *slot = Some(number);
        }
        Ok(number)
    }

    /// Adds the nodes at some places, ascending, to an event, and says how many it has then; `known` is how many it
    /// had.
    pub(super) fn add(&mut self, event: i64, known: i64, places: &[u32], nodes: &[&Node]) -> Result<i64> {
        if places.is_empty() {
            return Ok(known);
        }
        let mut numbers = Vec::with_capacity(places.len());
        for place in places {
            numbers.push(self.number(*place, nodes)?);
        }
        if known == 0 {
            for number in &numbers {
                self.postings.push(i64::from(*number), event);
            }
            self.connection
                .prepare_cached("INSERT INTO event_nodes VALUES (?1, ?2)")?
                .execute(params![event, packed(&numbers)])?;
            return Ok(i64::try_from(numbers.len()).unwrap_or(i64::MAX));
        }
        let bytes: Vec<u8> = self
            .connection
            .prepare_cached("SELECT nodes FROM event_nodes WHERE event = ?1")?
            .query_row([event], |row| row.get(0))?;
        let mut all = unpacked(&bytes)?;
        let present: HashSet<Number> = all.iter().copied().collect();
        let before = all.len();
        for (number, place) in numbers.iter().zip(places) {
            if present.contains(number) {
                continue;
            }
            let bytes = encode::node(nodes.get(*place as usize).ok_or(Failed::Corrupt("a node"))?);
            let at = self.place_of(&bytes, &all)?;
            all.insert(at, *number);
            self.postings.push(i64::from(*number), event);
        }
        if all.len() > before {
            self.connection
                .prepare_cached("UPDATE event_nodes SET nodes = ?2 WHERE event = ?1")?
                .execute(params![event, packed(&all)])?;
        }
        Ok(i64::try_from(all.len()).unwrap_or(i64::MAX))
    }

    /// Where a node belongs among those of an event.
    fn place_of(&self, node: &[u8], all: &[Number]) -> Result<usize> {
        let (mut low, mut high) = (0, all.len());
        while low < high {
            let middle = low.midpoint(high);
            let other = all.get(middle).ok_or(Failed::Corrupt("a node"))?;
            if bytes_of(self.connection, *other)?.as_slice() < node {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Writes which events are on which nodes.
    pub(super) fn finish(&self) -> Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO node_events VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET events = CAST(events || excluded.events AS BLOB)",
        )?;
        let mut lists = self.postings.sorted();
        lists.sort_unstable_by_key(|(bucket, node, _)| (*node, *bucket));
        for (bucket, node, events) in lists {
            insert.execute(params![node, bucket, events])?;
        }
        Ok(())
    }
}

pub(super) fn packed(numbers: &[Number]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn unpacked(bytes: &[u8]) -> Result<Vec<Number>> {
    match bytes.as_chunks() {
        (numbers, []) => Ok(numbers.iter().map(|number| Number::from_be_bytes(*number)).collect()),
        _ => Err(Failed::Corrupt("nodes of an event")),
    }
}

fn bytes_of(connection: &Connection, number: Number) -> Result<Vec<u8>> {
    Ok(connection
        .prepare_cached("SELECT node FROM nodes WHERE id = ?1")?
        .query_row([number], |row| row.get(0))?)
}

/// Nodes that were read, by their numbers.
#[derive(Default)]
pub(super) struct Read(HashMap<Number, Node>);

impl Read {
    /// The first nodes of an event.
    pub(super) fn first(
        &mut self,
        connection: &Connection,
        event: i64,
        limit: usize,
    ) -> Result<BTreeSet<Node>> {
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached("SELECT nodes FROM event_nodes WHERE event = ?1")?
            .query_row([event], |row| row.get(0))
            .optional()?;
        let numbers = unpacked(&bytes.unwrap_or_default())?;
        let mut nodes = BTreeSet::new();
        for number in numbers.into_iter().take(limit) {
            let node = match self.0.get(&number) {
                Some(node) => node.clone(),
                None => {
                    let node =
                        encode::read_node(&bytes_of(connection, number)?).ok_or(Failed::Corrupt("a node"))?;
                    self.0.insert(number, node.clone());
                    node
                }
            };
            nodes.insert(node);
        }
        Ok(nodes)
    }
}

/// Events that can be on one of the nodes, ascending; `None` if they are more than `most`.
pub(super) fn events_on(connection: &Connection, nodes: &[Number], most: usize) -> Result<Option<Vec<i64>>> {
    let mut found = Vec::new();
    let mut statement =
        connection.prepare_cached("SELECT bucket, events FROM node_events WHERE node = ?1")?;
    for node in nodes {
        let mut rows = statement.query([node])?;
        while let Some(row) = rows.next()? {
            let list = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            found.extend(postings::read(row.get(0)?, list)?);
            if found.len() > most.saturating_mul(4) {
                found.sort_unstable();
                found.dedup();
                if found.len() > most {
                    return Ok(None);
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok((found.len() <= most).then_some(found))
}

/// Makes the function `on_any(nodes, wanted)`: whether one of an event's nodes is wanted; both are packed numbers, the
/// wanted ones ascending.
pub(super) fn define(connection: &Connection) -> rusqlite::Result<()> {
    use rusqlite::functions::FunctionFlags;
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("on_any", 2, flags, |context| {
        let numbers =
            |at| Ok::<_, rusqlite::Error>(context.get_raw(at).as_blob_or_null()?.unwrap_or_default());
        let (nodes, wanted) = (numbers(0)?.as_chunks::<4>().0, numbers(1)?.as_chunks::<4>().0);
        Ok(nodes.iter().any(|node| wanted.binary_search(node).is_ok()))
    })
}

/// Forgets buckets of which every event is gone.
pub(super) fn forget(connection: &Connection, buckets: &Range<i64>) -> Result<()> {
    let sql = "DELETE FROM node_events WHERE bucket >= ?1 AND bucket < ?2";
    connection.execute(sql, [buckets.start, buckets.end])?;
    Ok(())
}

/// Forgets the nodes that nobody uses any more.
pub(super) fn forget_unused(connection: &Connection) -> Result<()> {
    connection.execute(
        "DELETE FROM nodes WHERE NOT EXISTS (SELECT 1 FROM node_events WHERE node_events.node = nodes.id)",
        [],
    )?;
    Ok(())
}
