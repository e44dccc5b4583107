//! Shipping rows as lines.

use crate::backend::{Backend, Changes};
use crate::error::storage;
use crate::ocsf;
use imagegate::{Error, ErrorKind, EventRow, Timestamp, quote};
use serde::Serialize;
use std::fmt;
use std::io::Write;

/// Rows that are read at a time.
const PAGE: usize = 500;

/// How far a store was shipped. Printed and read as a short text that callers keep as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipCursor {
    store: String,
    change: u64,
}

impl ShipCursor {
    /// Reads what [`ShipCursor`] prints.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parsed = text.split_once(':').and_then(|(store, change)| {
            let is_id = store.len() == 32 && store.bytes().all(|byte| byte.is_ascii_hexdigit());
            let change = change.parse().ok()?;
            is_id.then(|| Self { store: store.to_owned(), change })
        });
        parsed.ok_or_else(|| {
            let message =
                format!("{} is no cursor: give the one that the last shipment printed", quote(text));
            Error::new(ErrorKind::InvalidArgument, "invalid_cursor", message)
        })
    }
}

impl fmt::Display for ShipCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.store, self.change)
    }
}

/// The form of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShipFormat {
    /// imagegate's own: a row with all its nodes, and `store` and `change`.
    #[default]
    Imagegate,
    /// OCSF 1.3 Detection Finding.
    Ocsf,
}

/// What was shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Lines.
    pub rows: u64,
    /// Where to go on.
    pub cursor: ShipCursor,
}

/// A line in imagegate's own form.
#[derive(Serialize)]
struct Line<'l> {
    store: &'l str,
    change: u64,
    event: &'l EventRow,
}

pub(crate) fn ship(
    backend: &mut dyn Backend,
    cursor: Option<&ShipCursor>,
    format: ShipFormat,
    expired: Option<(Timestamp, Timestamp)>,
    writer: &mut dyn Write,
    mut progress: impl FnMut(u64),
) -> Result<Shipped, Error> {
    let store = backend.id()?;
    // Whatever is written from now on comes with the next shipment.
    let until = backend.last_change()?;
    let after = match cursor {
        None => 0,
        Some(cursor) if cursor.store != store => {
            let message = format!(
                "the cursor is of the store `{}`, this is `{store}`: ship it from the beginning, and expect rows to come again",
                cursor.store
            );
            return Err(storage("foreign_cursor", message));
        }
        Some(cursor) if cursor.change > until => {
            // What was written since then has numbers that the cursor leaves out.
            let message = format!(
                "the cursor is at change {}, the store at {until}: it is an older copy of the one that was shipped; ship \
                 it from the beginning, and expect rows to come again",
                cursor.change
            );
            return Err(storage("foreign_cursor", message));
        }
        Some(cursor) => cursor.change,
    };
    let mut shipped = Shipped { rows: 0, cursor: ShipCursor { store, change: after } };
    let failed = |error: std::io::Error| {
        storage(
            "not_shipped",
            format!("the rows could not be written: {}", crate::error::plain(&error.to_string())),
        )
    };
    loop {
        let page = backend.changes(&Changes { after: shipped.cursor.change, until, expired, limit: PAGE })?;
        for (change, row) in &page {
            let line = match format {
                ShipFormat::Imagegate => {
                    json(&Line { store: &shipped.cursor.store, change: *change, event: row })
                }
                ShipFormat::Ocsf => ocsf::line(row, &shipped.cursor.store, *change),
            };
            writer.write_all(line.as_bytes()).and_then(|()| writer.write_all(b"\n")).map_err(failed)?;
            shipped.cursor.change = *change;
            shipped.rows = shipped.rows.saturating_add(1);
        }
        progress(shipped.rows);
        if page.len() < PAGE {
            writer.flush().map_err(failed)?;
            shipped.cursor.change = until;
            return Ok(shipped);
        }
    }
}

/// Our documents have string keys and finite numbers only: serde_json has nothing to refuse.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
