//! Writing batches.

use super::{Failed, Result, meta, meta_time, set_meta};
use crate::backend::ForeignRow;
use crate::batch::{EventBatch, Recorded};
use crate::encode;
use imagegate::{EventRow, SearchField, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashSet};

pub(super) fn batch(connection: &Connection, batch: &EventBatch) -> Result<Recorded> {
    let horizon = meta_time(connection, "horizon")?;
    let too_old = horizon.map(encode::last_seen_at);
    let mut recorded = Recorded::default();
    let mut counts = vec![0_u64; batch.rows()];
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO seen VALUES (?1)")?;
    for (seen, row) in batch.sorted_seen() {
        let outcome = if too_old.is_some_and(|last| seen <= last) {
            &mut recorded.expired
        } else if insert.execute([seen])? == 0 {
            &mut recorded.repeated
        } else {
            if let Some(count) = counts.get_mut(row as usize) {
                *count = count.saturating_add(1);
            }
            &mut recorded.new
        };
        *outcome = outcome.saturating_add(1);
    }
    let mut writer = Writer::new(connection)?;
    for row in batch.counted(&counts, horizon) {
        writer.fold(&row)?;
    }
    writer.finish()?;
    Ok(recorded)
}

pub(super) fn import(connection: &Connection, rows: &[ForeignRow]) -> Result<Recorded> {
    let horizon = meta_time(connection, "horizon")?;
    let mut recorded = Recorded::default();
    let mut writer = Writer::new(connection)?;
    for ForeignRow { store, change, row } in rows {
        if horizon.is_some_and(|horizon| row.latest_at() <= horizon) {
            recorded.expired = recorded.expired.saturating_add(1);
            continue;
        }
        let key = row.aggregation_key().to_bytes();
        let known: Option<(i64, i64)> = connection
            .prepare_cached("SELECT change, count FROM imported WHERE key = ?1 AND store = ?2")?
            .query_row(params![key, store], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (change, count) = (encode::count(*change), encode::count(row.count));
        let before = match known {
            Some((known, _)) if known >= change => {
                recorded.repeated = recorded.repeated.saturating_add(1);
                continue;
            }
            Some((_, count)) => encode::read_count(count),
            None => 0,
        };
        writer.fold(&EventRow { count: row.count.saturating_sub(before), ..row.clone() })?;
        connection
            .prepare_cached(
                "INSERT INTO imported VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (key, store) DO UPDATE SET change = excluded.change, count = excluded.count",
            )?
            .execute(params![key, store, change, count])?;
        recorded.new = recorded.new.saturating_add(1);
    }
    writer.finish()?;
    Ok(recorded)
}

/// Folds rows into those of the store.
struct Writer<'c> {
    connection: &'c Connection,
    /// The last change number.
    change: i64,
    /// What is added to the sums of a day: count and rows.
    days: BTreeMap<(String, i32), (u64, i64)>,
    /// Nodes that this transaction has looked at.
    nodes: HashSet<Vec<u8>>,
}

/// What the store has of a row.
struct Stored {
    event: i64,
    modes: i32,
    count: u64,
    first: Timestamp,
    latest: Timestamp,
    last: Vec<u8>,
    nodes: i64,
    texts: [String; 3],
}

impl<'c> Writer<'c> {
    fn new(connection: &'c Connection) -> Result<Self> {
        let change = meta(connection, "change")?.ok_or(Failed::Corrupt("the change number"))?;
        Ok(Self { connection, change, days: BTreeMap::new(), nodes: HashSet::new() })
    }

    /// Adds a row's count and everything else it says.
    fn fold(&mut self, row: &EventRow) -> Result<()> {
        match self.stored(row)? {
            Some(stored) => self.update(row, &stored),
            // A row of which nothing counts: its records were seen, and its event was purged.
            None if row.count == 0 => Ok(()),
            None => self.insert(row),
        }
    }

    fn stored(&self, row: &EventRow) -> Result<Option<Stored>> {
        let sql =
            "SELECT id, modes, count, first, latest, last, nodes, policy_text, image_name_text, image_id_text
                   FROM events WHERE key = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([row.aggregation_key().to_bytes()])?;
        let Some(found) = rows.next()? else { return Ok(None) };
        let time = |column| -> Result<Timestamp> {
            encode::read_time(found.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?)
                .ok_or(Failed::Corrupt("a time"))
        };
        Ok(Some(Stored {
            event: found.get(0)?,
            modes: found.get(1)?,
            count: encode::read_count(found.get(2)?),
            first: time(3)?,
            latest: time(4)?,
            last: found.get(5)?,
            nodes: found.get(6)?,
            texts: [found.get(7)?, found.get(8)?, found.get(9)?],
        }))
    }

    fn next_change(&mut self) -> i64 {
        self.change = self.change.saturating_add(1);
        self.change
    }

    fn insert(&mut self, row: &EventRow) -> Result<()> {
        let change = self.next_change();
        let texts = texts(row);
        let last = &row.last;
        self.connection
            .prepare_cached(
                "INSERT INTO events (key, day, event_type, action, modes, count, first, latest, last, nodes, change,
                                     policy_text, image_name_text, image_id_text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                last.aggregation_key().to_bytes(),
                last.day(),
                encode::event_type(last.event_type()),
                encode::action(last.action()),
                encode::modes(&row.modes),
                encode::count(row.count),
                encode::time(row.first_at),
                encode::time(row.latest_at()),
                last.id().as_bytes(),
                encode::count(row.nodes.len() as u64),
                change,
                texts[0],
                texts[1],
                texts[2],
            ])?;
        let event = self.connection.last_insert_rowid();
        self.connection
            .prepare_cached("INSERT INTO records VALUES (?1, ?2)")?
            .execute(params![event, last.to_json()])?;
        self.connection
            .prepare_cached("INSERT INTO search (rowid, text) VALUES (?1, ?2)")?
            .execute(params![event, texts.join("\n")])?;
        self.add_nodes(event, row)?;
        self.add_to_day(row, 1);
        Ok(())
    }

    fn update(&mut self, row: &EventRow, stored: &Stored) -> Result<()> {
        let event = stored.event;
        let new_nodes = self.add_nodes(event, row)?;
        let (first, modes) = (row.first_at.min(stored.first), encode::modes(&row.modes) | stored.modes);
        let is_last = self.is_last(row, stored)?;
        if row.count == 0 && new_nodes == 0 && first == stored.first && modes == stored.modes && !is_last {
            return Ok(());
        }
        let change = self.next_change();
        let count = stored.count.saturating_add(row.count);
        let (count, nodes) = (encode::count(count), stored.nodes.saturating_add(new_nodes));
        if !is_last {
            self.connection
                .prepare_cached(
                    "UPDATE events SET count = ?2, first = ?3, modes = ?4, nodes = ?5, change = ?6 WHERE id = ?1",
                )?
                .execute(params![event, count, encode::time(first), modes, nodes, change])?;
        } else {
            let texts = texts(row);
            self.connection
                .prepare_cached(
                    "UPDATE events SET count = ?2, first = ?3, modes = ?4, nodes = ?5, change = ?6,
                         latest = ?7, last = ?8, policy_text = ?9, image_name_text = ?10, image_id_text = ?11
                     WHERE id = ?1",
                )?
                .execute(params![
                    event,
                    count,
                    encode::time(first),
                    modes,
                    nodes,
                    change,
                    encode::time(row.latest_at()),
                    row.last.id().as_bytes(),
                    texts[0],
                    texts[1],
                    texts[2],
                ])?;
            self.connection
                .prepare_cached("UPDATE records SET document = ?2 WHERE event = ?1")?
                .execute(params![event, row.last.to_json()])?;
            if texts != stored.texts {
                self.connection.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([event])?;
                self.connection
                    .prepare_cached("INSERT INTO search (rowid, text) VALUES (?1, ?2)")?
                    .execute(params![event, texts.join("\n")])?;
            }
        }
        self.add_to_day(row, 0);
        Ok(())
    }

    /// Whether the row's last record is the last of the stored row too.
    fn is_last(&self, row: &EventRow, stored: &Stored) -> Result<bool> {
        let (latest, last) = (row.latest_at(), row.last.id());
        match (latest, last.as_bytes().as_slice()).cmp(&(stored.latest, stored.last.as_slice())) {
            std::cmp::Ordering::Equal => {
                let document: String = self
                    .connection
                    .prepare_cached("SELECT document FROM records WHERE event = ?1")?
                    .query_row([stored.event], |row| row.get(0))?;
                Ok(row.last.to_json() > document)
            }
            order => Ok(order.is_gt()),
        }
    }

    /// How many of the row's nodes are new to the event.
    fn add_nodes(&mut self, event: i64, row: &EventRow) -> Result<i64> {
        let mut new = 0_i64;
        for node in &row.nodes {
            let bytes = encode::node(node);
            let mut insert =
                self.connection.prepare_cached("INSERT OR IGNORE INTO event_nodes VALUES (?1, ?2)")?;
            if insert.execute(params![event, bytes])? == 0 {
                continue;
            }
            new = new.saturating_add(1);
            if self.nodes.contains(&bytes) {
                continue;
            }
            let text = |text: &Option<String>| SearchField::fold(text.as_deref().unwrap_or_default());
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO nodes VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![bytes, text(&node.name), text(&node.internal_ip), text(&node.public_ip)])?;
            self.nodes.insert(bytes);
        }
        Ok(new)
    }

    fn add_to_day(&mut self, row: &EventRow, rows: i64) {
        let key = (row.last.day().to_owned(), encode::action(row.last.action()));
        let (count, sum) = self.days.entry(key).or_default();
        *count = count.saturating_add(row.count);
        *sum = sum.saturating_add(rows);
    }

    fn finish(self) -> Result<()> {
        for ((day, action), (count, rows)) in &self.days {
            self.connection
                .prepare_cached(
                    "INSERT INTO day_counts VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (day, action) DO UPDATE SET count = count + excluded.count, rows = rows + excluded.rows",
                )?
                .execute(params![day, action, encode::count(*count), rows])?;
        }
        set_meta(self.connection, "change", self.change)
    }
}

/// The texts of policy and image, for searching.
fn texts(row: &EventRow) -> [String; 3] {
    [SearchField::Policy, SearchField::ImageName, SearchField::ImageId].map(|field| field.text(row))
}

/// Removes deleted rows from the sums of their days.
pub(super) fn take_from_days(
    connection: &Connection,
    days: &BTreeMap<(String, i32), (i64, i64)>,
) -> Result<()> {
    for ((day, action), (count, rows)) in days {
        connection
            .prepare_cached(
                "UPDATE day_counts SET count = count - ?3, rows = rows - ?4 WHERE day = ?1 AND action = ?2",
            )?
            .execute(params![day, action, count, rows])?;
    }
    connection.execute("DELETE FROM day_counts WHERE rows <= 0", [])?;
    Ok(())
}
