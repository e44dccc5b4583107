//! Ids of records that are accepted a second time without being counted, in sorted pieces.

use super::{Failed, Result};
use crate::batch::Entry;
use rusqlite::{Connection, OptionalExtension, params};

/// Ids of a piece, at most: it fits a page of the file, so that a single new id writes one.
const PIECE: usize = 150;
/// Time and id.
type Seen = [u8; 25];

/// A piece that is stored.
struct Piece {
    number: i64,
    ids: Vec<u8>,
    /// Where the next begins.
    end: Option<Vec<u8>>,
}

/// Remembers records, which come by time and id, and tells which are new.
pub(super) fn add(connection: &Connection, mut entries: &[Entry], mut new: impl FnMut(&Entry)) -> Result<()> {
    while let Some(first) = entries.first() {
        let piece = find(connection, &first.seen)?;
        let end = piece.as_ref().and_then(|piece| piece.end.as_deref());
        let here =
            end.map_or(entries.len(), |end| entries.partition_point(|entry| entry.seen.as_slice() < end));
        // The first is before the end: there is progress, whatever the file holds.
        let (some, rest) = entries.split_at(here.max(1));
        let old = piece.as_ref().map_or(&[][..], |piece| piece.ids.as_slice());
        let (old, []) = old.as_chunks() else { return Err(Failed::Corrupt("ids of records")) };
        let merged = merge(old, some, &mut new);
        if merged.len() > old.len() {
            let appends = old.last().is_none_or(|last| some.first().is_some_and(|first| first.seen > *last));
            replace(connection, piece.as_ref().map(|piece| piece.number), &merged, appends)?;
        }
        entries = rest;
    }
    Ok(())
}

/// The piece that an id is in, or would be.
fn find(connection: &Connection, seen: &Seen) -> Result<Option<Piece>> {
    let read =
        |row: &rusqlite::Row<'_>| Ok(Piece { number: row.get(0)?, ids: row.get(1)?, end: row.get(2)? });
    let mut before = connection.prepare_cached(
        "SELECT piece, ids, (SELECT min(first) FROM seen WHERE first > ?1) FROM seen
         WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
    )?;
    if let Some(piece) = before.query_row([seen], read).optional()? {
        return Ok(Some(piece));
    }
    // Before all: the first piece then begins with it.
    let mut first = connection.prepare_cached(
        "SELECT piece, ids, (SELECT first FROM seen ORDER BY first LIMIT 1 OFFSET 1) FROM seen ORDER BY first LIMIT 1",
    )?;
    Ok(first.query_row([], read).optional()?)
}

fn merge(old: &[Seen], some: &[Entry], new: &mut impl FnMut(&Entry)) -> Vec<Seen> {
    let mut merged: Vec<Seen> = Vec::with_capacity(old.len().saturating_add(some.len()));
    let mut rest = old;
    for entry in some {
        // What comes twice in a batch is next to itself.
        if merged.last() == Some(&entry.seen) {
            continue;
        }
        let smaller = rest.iter().take_while(|seen| **seen < entry.seen).count();
        let (before, after) = rest.split_at(smaller);
        merged.extend_from_slice(before);
        rest = after;
        if rest.first() == Some(&entry.seen) {
            rest = rest.get(1..).unwrap_or_default();
        } else {
            new(entry);
        }
        merged.push(entry.seen);
    }
    merged.extend_from_slice(rest);
    merged
}

/// Writes a piece, as several if it is too large.
fn replace(connection: &Connection, number: Option<i64>, ids: &[Seen], appends: bool) -> Result<()> {
    // What comes at the end is followed by more at the end, and leaves full pieces behind.
    let pieces = ids.len().div_ceil(PIECE).max(1);
    let size = if appends { PIECE } else { ids.len().div_ceil(pieces) };
    for (at, ids) in ids.chunks(size).enumerate() {
        match number.filter(|_| at == 0) {
            Some(number) => write(connection, number, ids)?,
            None => {
                connection
                    .prepare_cached("INSERT INTO seen (first, ids) VALUES (?1, ?2)")?
                    .execute(params![ids.first(), ids.as_flattened()])?;
            }
        }
    }
    Ok(())
}

fn write(connection: &Connection, number: i64, ids: &[Seen]) -> Result<()> {
    connection.prepare_cached("UPDATE seen SET first = ?2, ids = ?3 WHERE piece = ?1")?.execute(params![
        number,
        ids.first(),
        ids.as_flattened()
    ])?;
    Ok(())
}

/// The time of the newest record.
pub(super) fn newest(connection: &Connection) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT substr(ids, -25, 9) FROM seen ORDER BY first DESC LIMIT 1";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

/// Forgets ids up to `last`, some at a time, and says how many.
pub(super) fn forget(connection: &Connection, last: &Seen, limit: u64) -> Result<u64> {
    let mut forgotten = 0_u64;
    while forgotten < limit {
        let found: Option<(i64, Vec<u8>)> = connection
            .prepare_cached("SELECT piece, ids FROM seen WHERE first <= ?1 ORDER BY first LIMIT 1")?
            .query_row([last], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((number, ids)) = found else { break };
        let (ids, []) = ids.as_chunks() else { return Err(Failed::Corrupt("ids of records")) };
        let (gone, kept) = ids.split_at(ids.partition_point(|seen| seen <= last));
        forgotten = forgotten.saturating_add(gone.len() as u64);
        if kept.is_empty() {
            connection.prepare_cached("DELETE FROM seen WHERE piece = ?1")?.execute([number])?;
        } else {
            write(connection, number, kept)?;
        }
    }
    Ok(forgotten)
}
