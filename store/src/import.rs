//! Reading lines of records, and of rows that another store shipped.

use crate::backend::{Backend, ForeignRow};
use crate::batch::{EventBatch, Recorded};
use crate::error::{plain, storage};
use imagegate::{Error, ErrorKind, EventRecord, EventRow};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::{BufRead, Read};

/// Records or rows that are written in one transaction, at most.
const BATCH: usize = 10_000;
/// Bytes of their lines, from which on they are written: memory is bounded by a few times that and the longest line.
const BATCH_BYTES: usize = 8 << 20;
/// Longest line, in bytes: a row with some hundred thousand nodes.
const MAX_LINE: u64 = 64 << 20;

/// What was imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records.
    pub records: Recorded,
    /// Rows of other stores; `repeated` are those that did not change since they were imported.
    pub rows: Recorded,
}

/// A line as [`EventStore::ship`](crate::EventStore::ship) writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'l> {
    store: String,
    change: u64,
    #[serde(borrow)]
    event: &'l RawValue,
}

enum Read1 {
    Record(EventRecord),
    Row(Box<ForeignRow>),
}

pub(crate) fn import(
    backend: &mut dyn Backend,
    reader: &mut dyn BufRead,
    mut progress: impl FnMut(u64),
) -> Result<Imported, Error> {
    let own = backend.id()?;
    let (mut records, mut rows) = (EventBatch::new(), Vec::new());
    let mut imported = Imported::default();
    let (mut number, mut line) = (0_u64, Vec::new());
    let (mut record_bytes, mut row_bytes) = (0_usize, 0_usize);
    loop {
        line.clear();
        number = number.saturating_add(1);
        let length = reader.take(MAX_LINE).read_until(b'\n', &mut line).map_err(|error| {
            storage("io", format!("line {number} cannot be read: {}", plain(&error.to_string())))
        })?;
        if line.len() as u64 >= MAX_LINE {
            let message = format!("line {number} is longer than {MAX_LINE} bytes");
            return Err(Error::new(ErrorKind::LimitExceeded, "too_large", message));
        }
        if !line.trim_ascii().is_empty() {
            match read(line.trim_ascii(), number, &own)? {
                Read1::Record(record) => {
                    records.add(&record);
                    record_bytes = record_bytes.saturating_add(line.len());
                }
                Read1::Row(row) => {
                    rows.push(*row);
                    row_bytes = row_bytes.saturating_add(line.len());
                }
            }
        }
        let is_full = |number: usize, bytes| number >= BATCH || bytes >= BATCH_BYTES;
        if is_full(records.len(), record_bytes) || (length == 0 && !records.is_empty()) {
            add(&mut imported.records, backend.write(&records)?);
            records.clear();
            record_bytes = 0;
        }
        if is_full(rows.len(), row_bytes) || (length == 0 && !rows.is_empty()) {
            add(&mut imported.rows, backend.import(&rows)?);
            rows.clear();
            row_bytes = 0;
        }
        // A very long line is not kept room for.
        line.shrink_to(BATCH_BYTES);
        progress(number);
        if length == 0 {
            return Ok(imported);
        }
    }
}

fn read(line: &[u8], number: u64, own: &str) -> Result<Read1, Error> {
    let in_line = |error: Error| {
        let problem = error.problems().first();
        let pointer = problem.map(|problem| problem.pointer.clone()).unwrap_or_default();
        let message = problem.map(|problem| problem.message.clone()).unwrap_or_default();
        Error::at(error.kind(), error.code(), pointer, format!("line {number}: {message}"))
    };
    let wrong = |message: &str| {
        Error::new(ErrorKind::InvalidEvent, "invalid_line", format!("line {number}: {message}"))
    };
    // What has the members of a shipped line is one; anything else is read as a record, which says what is wrong.
    let Ok(shipped) = serde_json::from_slice::<Line<'_>>(line) else {
        return EventRecord::parse(line).map(Read1::Record).map_err(in_line);
    };
    let row = EventRow::parse(shipped.event.get().as_bytes()).map_err(in_line)?;
    if row.more_nodes > 0 {
        return Err(wrong("the row does not have all its nodes: import what `ship` wrote"));
    }
    if shipped.store == own {
        return Err(wrong("the row is this store's own: it would be counted twice"));
    }
    if shipped.store.len() != 32 || !shipped.store.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong("`store` is no id of a store"));
    }
    Ok(Read1::Row(Box::new(ForeignRow { store: shipped.store, change: shipped.change, row })))
}

fn add(sum: &mut Recorded, more: Recorded) {
    sum.new = sum.new.saturating_add(more.new);
    sum.repeated = sum.repeated.saturating_add(more.repeated);
    sum.expired = sum.expired.saturating_add(more.expired);
}
