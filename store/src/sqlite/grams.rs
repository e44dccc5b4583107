//! The index for substrings: which events have three characters next to each other in the texts of policy and image.
//!
//! The texts of the last few events are not in it yet: they are read. When they are many, all go in at once.

use super::postings::{self, Postings};
use super::{Result, meta, set_meta};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

/// Events whose texts are read; more go into the index.
const TAIL: i64 = 4_096;
/// Groups of three characters that are looked up of a long keyword.
const MAX_GRAMS: usize = 12;
/// So few events of a bucket are rather looked at than compared with another list.
const ENOUGH: usize = 32;

/// Texts on their way into the index.
pub(super) struct Grams {
    postings: Postings<i64, Scramble>,
    /// Of events that are in the index with other texts.
    changed: Postings<i64, Scramble>,
    is_empty: bool,
}

impl Grams {
    pub(super) fn new() -> Self {
        Self { postings: Postings::new(), changed: Postings::new(), is_empty: true }
    }

    /// Adds the texts of an event.
    fn add(&mut self, event: i64, texts: [&str; 3]) {
        self.is_empty = false;
        for text in texts {
            grams(text, |gram| self.postings.push(gram, event));
        }
    }

    /// Adds the texts that an event of the index has now.
    pub(super) fn change(&mut self, event: i64, before: &[String; 3], now: &[String; 3]) {
        self.is_empty = false;
        let mut known = HashSet::new();
        for text in before {
            grams(text, |gram| {
                known.insert(gram);
            });
        }
        for text in now {
            grams(text, |gram| {
                if !known.contains(&gram) {
                    self.changed.push(gram, event);
                }
            });
        }
    }

    /// Writes what was added.
    pub(super) fn write(mut self, connection: &Connection) -> Result<()> {
        if self.is_empty {
            return Ok(());
        }
        // What the texts were is found too, and then looked at: texts that change back and forth add nothing.
        for (bucket, gram, events) in self.changed.sorted() {
            let known = events_of(connection, bucket, gram)?;
            for event in postings::read(bucket, events)? {
                if known.binary_search(&event).is_err() {
                    self.postings.push(gram, event);
                }
            }
        }
        let mut insert = connection.prepare_cached(
            "INSERT INTO grams VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET events = CAST(events || excluded.events AS BLOB)",
        )?;
        for (bucket, gram, events) in self.postings.sorted() {
            insert.execute(params![bucket, gram, events])?;
        }
        Ok(())
    }
}

/// The last event whose texts are in the index.
pub(super) fn indexed(connection: &Connection) -> Result<i64> {
    Ok(meta(connection, "indexed")?.unwrap_or_default())
}

/// Puts the texts of the last events into the index if they are many. `last` is the last event.
pub(super) fn index_tail(connection: &Connection, last: i64, grams: &mut Grams) -> Result<()> {
    let indexed = indexed(connection)?;
    if last.saturating_sub(indexed) < TAIL {
        return Ok(());
    }
    let mut statement = connection
        .prepare_cached("SELECT id, policy_text, image_name_text, image_id_text FROM events WHERE id > ?1")?;
    let mut found = statement.query([indexed])?;
    let mut bucket = postings::bucket(indexed);
    while let Some(row) = found.next()? {
        let event = row.get(0)?;
        // A bucket at a time, so that memory is bounded.
        if postings::bucket(event) > bucket {
            bucket = postings::bucket(event);
            std::mem::replace(grams, Grams::new()).write(connection)?;
        }
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        grams.add(event, [text(1)?, text(2)?, text(3)?]);
    }
    set_meta(connection, "indexed", last)
}

/// Events that can hold a keyword in their texts, ascending; `None` if they are more than `most`, or it is too short.
pub(super) fn candidates(connection: &Connection, keyword: &str, most: usize) -> Result<Option<Vec<i64>>> {
    let mut all = Vec::new();
    grams(keyword, |gram| all.push(gram));
    all.sort_unstable();
    all.dedup();
    if all.is_empty() {
        return Ok(None);
    }
    // Of a long keyword some, evenly spread: what is found is looked at again.
    let step = all.len().div_ceil(MAX_GRAMS).max(1);
    let some: Vec<i64> = all.into_iter().step_by(step).collect();
    let mut found = in_tail(connection, keyword)?;
    // Each by itself is the end of an index; both at once would be a walk over all.
    let range = "SELECT (SELECT min(bucket) FROM grams), (SELECT max(bucket) FROM grams)";
    let (first, last): (Option<i64>, Option<i64>) =
        connection.prepare_cached(range)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for bucket in (first.unwrap_or_default()..=last.unwrap_or(-1)).rev() {
        if found.len() > most {
            return Ok(None);
        }
        found.extend(in_bucket(connection, bucket, &some)?);
    }
    found.sort_unstable();
    found.dedup();
    Ok((found.len() <= most).then_some(found))
}

/// Events that are not in the index yet and hold the keyword.
fn in_tail(connection: &Connection, keyword: &str) -> Result<Vec<i64>> {
    let sql = "SELECT id FROM events WHERE id > ?1
               AND (instr(policy_text, ?2) OR instr(image_name_text, ?2) OR instr(image_id_text, ?2))";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params![indexed(connection)?, keyword], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<Vec<i64>>>()?)
}

/// Events of a bucket that have all groups.
fn in_bucket(connection: &Connection, bucket: i64, grams: &[i64]) -> Result<Vec<i64>> {
    // Lengths are known without reading the lists; of long ones there is often no need.
    let mut statement =
        connection.prepare_cached("SELECT length(events) FROM grams WHERE bucket = ?1 AND gram = ?2")?;
    let mut lists: Vec<(i64, i64)> = Vec::with_capacity(grams.len());
    for gram in grams {
        match statement.query_row(params![bucket, gram], |row| row.get(0)).optional()? {
            Some(length) => lists.push((length, *gram)),
            None => return Ok(Vec::new()),
        }
    }
    lists.sort_unstable();
    let mut lists = lists.iter();
    let Some((_, rarest)) = lists.next() else { return Ok(Vec::new()) };
    let mut found = events_of(connection, bucket, *rarest)?;
    for (_, gram) in lists {
        if found.len() <= ENOUGH {
            break;
        }
        let mut others = events_of(connection, bucket, *gram)?.into_iter().peekable();
        found.retain(|event| {
            while others.next_if(|other| other < event).is_some() {}
            others.peek() == Some(event)
        });
    }
    Ok(found)
}

/// Events of a bucket that have a group.
fn events_of(connection: &Connection, bucket: i64, gram: i64) -> Result<Vec<i64>> {
    let list: Option<Vec<u8>> = connection
        .prepare_cached("SELECT events FROM grams WHERE bucket = ?1 AND gram = ?2")?
        .query_row([bucket, gram], |row| row.get(0))
        .optional()?;
    list.map_or_else(|| Ok(Vec::new()), |list| postings::read(bucket, &list))
}

/// Forgets buckets of which every event is gone.
pub(super) fn forget(connection: &Connection, buckets: &Range<i64>) -> Result<()> {
    let sql = "DELETE FROM grams WHERE bucket >= ?1 AND bucket < ?2";
    connection.execute(sql, [buckets.start, buckets.end])?;
    Ok(())
}

/// The groups of three characters of a text, as numbers.
fn grams(text: &str, mut each: impl FnMut(i64)) {
    let (mut gram, mut number) = (0_i64, 0_u8);
    for character in text.chars() {
        gram = ((gram << 21) | i64::from(u32::from(character))) & i64::MAX;
        number = number.saturating_add(1);
        if number >= 3 {
            each(gram);
        }
    }
}

/// A quick hash of numbers, other ones in every process.
pub(super) struct Scramble(u64);

impl Default for Scramble {
    fn default() -> Self {
        Self(RandomState::new().build_hasher().finish() | 1)
    }
}

impl BuildHasher for Scramble {
    type Hasher = Scrambler;

    fn build_hasher(&self) -> Scrambler {
        Scrambler { factor: self.0, state: 0 }
    }
}

pub(super) struct Scrambler {
    factor: u64,
    state: u64,
}

impl Hasher for Scrambler {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let wide = u128::from(self.state ^ number ^ self.factor.rotate_left(32))
            .wrapping_mul(u128::from(self.factor));
        self.state = (wide as u64) ^ ((wide >> 64) as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_of_characters() {
        let mut found = Vec::new();
        grams("äbcd", |gram| found.push(gram));
        let gram =
            |text: [char; 3]| text.into_iter().fold(0, |gram, one| gram << 21 | i64::from(u32::from(one)));
        assert_eq!(found, [gram(['ä', 'b', 'c']), gram(['b', 'c', 'd'])]);
        grams("ab", |_| found.clear());
        assert_eq!(found.len(), 2);
    }
}
