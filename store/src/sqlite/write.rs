//! Writing batches.

use super::grams::{self, Grams};
use super::nodes::Nodes;
use super::{Failed, Result, meta, meta_time, seen, set_meta};
use crate::addition::{Addition, Additions};
use crate::backend::ForeignRow;
use crate::batch::{self, Counts, EventBatch, Recorded};
use crate::encode;
use imagegate::{EventRecord, EventRow, SearchField};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

pub(super) fn batch(connection: &Connection, batch: &EventBatch) -> Result<Recorded> {
    let horizon = meta_time(connection, "horizon")?;
    let sorted = batch.sorted();
    let accepted = batch::accepted(&sorted, horizon);
    let (mut counts, mut new) = (Counts::new(batch), 0_u64);
    seen::add(connection, accepted, |entry| {
        counts.add(entry);
        new = new.saturating_add(1);
    })?;
    write(connection, &batch.additions(accepted, &counts))?;
    Ok(Recorded {
        new,
        repeated: (accepted.len() as u64).saturating_sub(new),
        expired: sorted.len().saturating_sub(accepted.len()) as u64,
    })
}

pub(super) fn import(connection: &Connection, rows: &[ForeignRow]) -> Result<Recorded> {
    let horizon = meta_time(connection, "horizon")?;
    let mut recorded = Recorded::default();
    let mut new: Vec<(&EventRow, u64)> = Vec::new();
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
        new.push((row, row.count.saturating_sub(before)));
        connection
            .prepare_cached(
                "INSERT INTO imported VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (key, store) DO UPDATE SET change = excluded.change, count = excluded.count",
            )?
            .execute(params![key, store, change, count])?;
        recorded.new = recorded.new.saturating_add(1);
    }
    write(connection, &Additions::of(&new))?;
    Ok(recorded)
}

fn write(connection: &Connection, additions: &Additions<'_>) -> Result<()> {
    let mut writer = Writer::new(connection, additions)?;
    for row in &additions.rows {
        writer.fold(row)?;
    }
    writer.finish()
}

/// Folds rows into those of the store.
struct Writer<'a> {
    connection: &'a Connection,
    additions: &'a Additions<'a>,
    /// The last change number.
    change: i64,
    /// The last event.
    event: i64,
    /// The last event whose texts are in the index.
    indexed: i64,
    /// What is added to the sums of a day: count and rows.
    days: BTreeMap<(&'a str, i32), (u64, i64)>,
    nodes: Nodes<'a>,
    grams: Grams,
}

/// What the store has of a row.
struct Stored {
    event: i64,
    modes: i32,
    count: u64,
    first: [u8; 9],
    latest: [u8; 9],
    last: [u8; 16],
    nodes: i64,
    texts: [String; 3],
}

impl<'a> Writer<'a> {
    fn new(connection: &'a Connection, additions: &'a Additions<'a>) -> Result<Self> {
        Ok(Self {
            connection,
            additions,
            change: meta(connection, "change")?.ok_or(Failed::Corrupt("the change number"))?,
            event: meta(connection, "event")?.ok_or(Failed::Corrupt("the last event"))?,
            indexed: grams::indexed(connection)?,
            days: BTreeMap::new(),
            nodes: Nodes::new(connection, additions.nodes.len()),
            grams: Grams::new(),
        })
    }

    /// Adds a row's count and everything else it says.
    fn fold(&mut self, row: &'a Addition<'a>) -> Result<()> {
        match self.stored(row)? {
            Some(stored) => self.update(row, &stored),
            // A row of which nothing counts: its records were seen, and its event was purged.
            None if row.count == 0 => Ok(()),
            None => self.insert(row),
        }
    }

    fn stored(&self, row: &Addition<'_>) -> Result<Option<Stored>> {
        let sql =
            "SELECT id, modes, count, first, latest, last, nodes, policy_text, image_name_text, image_id_text
                   FROM events WHERE key = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([row.last.aggregation_key().to_bytes()])?;
        let Some(found) = rows.next()? else { return Ok(None) };
        Ok(Some(Stored {
            event: found.get(0)?,
            modes: found.get(1)?,
            count: encode::read_count(found.get(2)?),
            first: found.get(3)?,
            latest: found.get(4)?,
            last: found.get(5)?,
            nodes: found.get(6)?,
            texts: [found.get(7)?, found.get(8)?, found.get(9)?],
        }))
    }

    fn next_change(&mut self) -> i64 {
        self.change = self.change.saturating_add(1);
        self.change
    }

    fn insert(&mut self, row: &'a Addition<'a>) -> Result<()> {
        let change = self.next_change();
        self.event = self.event.saturating_add(1);
        let (event, last) = (self.event, row.last);
        let texts = texts(last);
        let nodes = self.nodes.add(event, 0, &row.nodes, &self.additions.nodes)?;
        self.connection
            .prepare_cached(
                "INSERT INTO events (id, key, day, event_type, action, modes, count, first, latest, last, nodes, change,
                                     policy_text, image_name_text, image_id_text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                event,
                last.aggregation_key().to_bytes(),
                last.day(),
                encode::event_type(last.event_type()),
                encode::action(last.action()),
                row.modes,
                encode::count(row.count),
                row.first,
                encode::time(last.decided_at()),
                last.id().as_bytes(),
                nodes,
                change,
                texts[0],
                texts[1],
                texts[2],
            ])?;
        self.connection
            .prepare_cached("INSERT INTO records VALUES (?1, ?2)")?
            .execute(params![event, last.to_json()])?;
        self.add_to_day(row, 1);
        Ok(())
    }

    fn update(&mut self, row: &'a Addition<'a>, stored: &Stored) -> Result<()> {
        let event = stored.event;
        let nodes = self.nodes.add(event, stored.nodes, &row.nodes, &self.additions.nodes)?;
        let (first, modes) = (row.first.min(stored.first), row.modes | stored.modes);
        let is_last = self.is_last(row, stored)?;
        if row.count == 0
            && nodes == stored.nodes
            && first == stored.first
            && modes == stored.modes
            && !is_last
        {
            return Ok(());
        }
        let change = self.next_change();
        let count = encode::count(stored.count.saturating_add(row.count));
        if !is_last {
            self.connection
                .prepare_cached(
                    "UPDATE events SET count = ?2, first = ?3, modes = ?4, nodes = ?5, change = ?6 WHERE id = ?1",
                )?
                .execute(params![event, count, first, modes, nodes, change])?;
        } else {
            let texts = texts(row.last);
            self.connection
                .prepare_cached(
                    "UPDATE events SET count = ?2, first = ?3, modes = ?4, nodes = ?5, change = ?6,
                         latest = ?7, last = ?8, policy_text = ?9, image_name_text = ?10, image_id_text = ?11
                     WHERE id = ?1",
                )?
                .execute(params![
                    event,
                    count,
                    first,
                    modes,
                    nodes,
                    change,
                    encode::time(row.last.decided_at()),
                    row.last.id().as_bytes(),
                    texts[0],
                    texts[1],
                    texts[2],
                ])?;
            self.connection
                .prepare_cached("UPDATE records SET document = ?2 WHERE event = ?1")?
                .execute(params![event, row.last.to_json()])?;
            if texts != stored.texts && event <= self.indexed {
                self.grams.change(event, &stored.texts, &texts);
            }
        }
        self.add_to_day(row, 0);
        Ok(())
    }

    /// Whether the row's last record is the last of the stored row too.
    fn is_last(&self, row: &Addition<'_>, stored: &Stored) -> Result<bool> {
        let place = (encode::time(row.last.decided_at()), *row.last.id().as_bytes());
        match place.cmp(&(stored.latest, stored.last)) {
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

    fn add_to_day(&mut self, row: &Addition<'a>, rows: i64) {
        let key = (row.last.day(), encode::action(row.last.action()));
        let (count, sum) = self.days.entry(key).or_default();
        *count = count.saturating_add(row.count);
        *sum = sum.saturating_add(rows);
    }

    fn finish(mut self) -> Result<()> {
        for ((day, action), (count, rows)) in &self.days {
            self.connection
                .prepare_cached(
                    "INSERT INTO day_counts VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (day, action) DO UPDATE SET count = count + excluded.count, rows = rows + excluded.rows",
                )?
                .execute(params![day, action, encode::count(*count), rows])?;
        }
        self.nodes.finish()?;
        grams::index_tail(self.connection, self.event, &mut self.grams)?;
        self.grams.write(self.connection)?;
        set_meta(self.connection, "event", self.event)?;
        set_meta(self.connection, "change", self.change)
    }
}

/// The texts of policy and image, for searching.
fn texts(last: &EventRecord) -> [String; 3] {
    [SearchField::Policy, SearchField::ImageName, SearchField::ImageId].map(|field| field.text_of(last))
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
