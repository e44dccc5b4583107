//! Moving what an older version wrote: one transaction, with that of the script.

use super::grams::{self, Grams};
use super::nodes::Nodes;
use super::{Failed, Result, seen, set_meta};
use crate::batch::Entry;
use crate::encode;
use imagegate::Node;
use rusqlite::Connection;

/// Ids of records that are moved at a time.
const RECORDS: usize = 100_000;

/// Packs what version 1 has one by one.
pub(super) fn to_packed(connection: &Connection) -> Result<()> {
    ids(connection)?;
    nodes(connection)?;
    texts(connection)?;
    Ok(connection.execute_batch("DROP TABLE seen_1; DROP TABLE nodes_1; DROP TABLE event_nodes_1;")?)
}

fn ids(connection: &Connection) -> Result<()> {
    let mut statement = connection.prepare("SELECT id FROM seen_1 ORDER BY id")?;
    let mut found = statement.query([])?;
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(row) = found.next()? {
        entries.push(Entry::of(row.get(0)?));
        if entries.len() >= RECORDS {
            seen::add(connection, &entries, |_| ())?;
            entries.clear();
        }
    }
    seen::add(connection, &entries, |_| ())
}

fn nodes(connection: &Connection) -> Result<()> {
    let mut statement = connection.prepare("SELECT node FROM nodes_1 ORDER BY node")?;
    let found = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    let all: Vec<Node> = found
        .map(|bytes| encode::read_node(&bytes?).ok_or(Failed::Corrupt("a node")))
        .collect::<Result<Vec<_>>>()?;
    let all: Vec<&Node> = all.iter().collect();
    let mut nodes = Nodes::new(connection, all.len());
    // In the order of their bytes, as the nodes are.
    let mut statement = connection.prepare("SELECT event, node FROM event_nodes_1 ORDER BY event, node")?;
    let mut found = statement.query([])?;
    let mut current: Option<(i64, Vec<u32>)> = None;
    while let Some(row) = found.next()? {
        let event: i64 = row.get(0)?;
        let node = encode::read_node(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?);
        let place =
            node.and_then(|node| all.binary_search(&&node).ok()).and_then(|at| u32::try_from(at).ok());
        let place = place.ok_or(Failed::Corrupt("a node"))?;
        match &mut current {
            Some((same, places)) if *same == event => places.push(place),
            _ => {
                if let Some((done, places)) = current.replace((event, vec![place])) {
                    nodes.add(done, 0, &places, &all)?;
                }
            }
        }
    }
    if let Some((event, places)) = current {
        nodes.add(event, 0, &places, &all)?;
    }
    nodes.finish()
}

fn texts(connection: &Connection) -> Result<()> {
    let last: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM events", [], |row| row.get(0))?;
    let mut grams = Grams::new();
    grams::index_tail(connection, last, &mut grams)?;
    grams.write(connection)?;
    set_meta(connection, "event", last)
}
