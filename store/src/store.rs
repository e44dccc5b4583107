//! The one type of all stores.

use crate::backend::Backend;
use crate::batch::{EventBatch, Recorded};
use crate::import::{self, Imported};
use crate::ship::{self, ShipCursor, ShipFormat, Shipped};
use crate::sqlite::Sqlite;
use imagegate::{
    AggregationKey, DayOffset, Decision, Error, EventOverview, EventPage, EventQuery, EventRecord, EventRow,
    RecordContext, Retention, Timestamp,
};
use std::fmt;
use std::io::{BufRead, Write};
use std::path::Path;

/// A store of events: a SQLite file, or with the feature `postgres` a PostgreSQL database.
///
/// It may be sent between threads and is used by one at a time. Several processes may use one file, and several
/// stores one database.
pub struct EventStore {
    backend: Box<dyn Backend>,
    retention: Retention,
    /// Up to which time expired rows were written, not known to be safe yet.
    expired_shipped: Option<Timestamp>,
}

/// What a purge deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Rows.
    pub rows: u64,
    /// Ids of records.
    pub records: u64,
}

impl EventStore {
    /// Opens the SQLite file, and creates it if it does not exist. On Unix a new file is its owner's alone.
    ///
    /// # Errors
    /// `storage`; `unsupported` for a store of a newer version. A file that is no event store stays as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self::of(Box::new(Sqlite::open(path.as_ref())?)))
    }

    /// Opens an existing SQLite file, only to look.
    ///
    /// # Errors
    /// As [`EventStore::open`].
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self::of(Box::new(Sqlite::open_read_only(path.as_ref())?)))
    }

    /// Connects to PostgreSQL, as in `postgresql://imagegate@db.example.com/imagegate`, and creates or migrates the
    /// tables. There is no TLS: reach a database on another machine through a tunnel.
    ///
    /// # Errors
    /// `storage`; `unsupported` for a store of a newer version.
    #[cfg(feature = "postgres")]
    pub fn connect(url: &str) -> Result<Self, Error> {
        Ok(Self::of(Box::new(crate::postgres::Postgres::connect(url)?)))
    }

    fn of(backend: Box<dyn Backend>) -> Self {
        Self { backend, retention: Retention::default(), expired_shipped: None }
    }

    /// With another retention than 180 days. All who use a store should agree.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// The id of the store, made when it was created.
    ///
    /// # Errors
    /// `storage`.
    pub fn id(&mut self) -> Result<String, Error> {
        self.backend.id()
    }

    /// Records a decision: one record for each policy that hit. Durable when it returns.
    ///
    /// # Errors
    /// `storage`; nothing of it is written then.
    pub fn record(&mut self, decision: &Decision, context: &RecordContext) -> Result<Recorded, Error> {
        self.record_all(&EventRecord::of(decision, context))
    }

    /// Records all in one transaction. Durable when it returns.
    ///
    /// # Errors
    /// `storage`; nothing of it is written then.
    pub fn record_all(&mut self, records: &[EventRecord]) -> Result<Recorded, Error> {
        self.write(&records.iter().collect())
    }

    /// Writes a batch in one transaction. Durable when it returns. The larger the batch, the more records a second.
    ///
    /// # Errors
    /// `storage`; nothing of it is written then.
    pub fn write(&mut self, batch: &EventBatch) -> Result<Recorded, Error> {
        if batch.is_empty() { Ok(Recorded::default()) } else { self.backend.write(batch) }
    }

    /// A page of the rows that the query selects. Rows show their first [`EventRow::LIST_NODES`] nodes.
    ///
    /// # Errors
    /// `storage`; `invalid_argument` for a query that makes no sense.
    pub fn list(&mut self, query: &EventQuery, now: Timestamp) -> Result<EventPage, Error> {
        query.check()?;
        self.backend.list(query, self.retention.cutoff(now))
    }

    /// One row with its first [`EventRow::DETAIL_NODES`] nodes; `None` if there is none, or it is expired.
    ///
    /// # Errors
    /// `storage`.
    pub fn detail(&mut self, key: AggregationKey, now: Timestamp) -> Result<Option<EventRow>, Error> {
        self.backend.detail(key, self.retention.cutoff(now))
    }

    /// Today, the last seven days, and all that is kept. `offset` decides which day `now` is: the policy set's
    /// [`day_offset`](imagegate::PolicySet::day_offset).
    ///
    /// # Errors
    /// `storage`.
    pub fn overview(&mut self, now: Timestamp, offset: DayOffset) -> Result<EventOverview, Error> {
        let counts = self.backend.counts(self.retention.cutoff(now))?;
        Ok(EventOverview::of_counts(now, offset, counts.days, counts.rows))
    }

    /// Deletes what is expired. A purge that is killed half-way is finished by the next. `progress` is told how many
    /// rows are gone so far.
    ///
    /// # Errors
    /// `storage`; what was deleted so far stays deleted.
    pub fn purge(&mut self, now: Timestamp, mut progress: impl FnMut(u64)) -> Result<Purged, Error> {
        let horizon = self.backend.begin_purge(self.retention.cutoff(now))?;
        let mut purged = Purged::default();
        loop {
            let step = self.backend.purge_some(horizon)?;
            purged.rows = purged.rows.saturating_add(step.rows);
            purged.records = purged.records.saturating_add(step.records);
            progress(purged.rows);
            if step.is_done {
                return Ok(purged);
            }
        }
    }

    /// Whether [`EventStore::maintain`] would do something: the last time is a day ago, or ahead of `now`.
    ///
    /// # Errors
    /// `storage`.
    pub fn is_maintenance_due(&mut self, now: Timestamp) -> Result<bool, Error> {
        // A clock that was ahead for a while must not keep the next purges away.
        let last = self.backend.maintained_at()?;
        Ok(last.is_none_or(|last| now < last || Retention::days(1).is_expired(last, now)))
    }

    /// Purges and tidies up, at most once a day: call it as often as you like. `None` if it is not due.
    ///
    /// # Errors
    /// As [`EventStore::purge`].
    pub fn maintain(&mut self, now: Timestamp) -> Result<Option<Purged>, Error> {
        if !self.is_maintenance_due(now)? {
            return Ok(None);
        }
        let purged = self.purge(now, |_| ())?;
        self.backend.maintain(now)?;
        Ok(Some(purged))
    }

    /// Writes every row that changed after the cursor, a line each, and says where to go on. A row that changes
    /// again comes again, with a greater `change`. Expired rows that are not purged yet are shipped too.
    ///
    /// # Errors
    /// `storage`, with code `foreign_cursor` if the cursor is another store's, or ahead of a store that was restored
    /// from a copy, and `not_shipped` if the writer failed: the cursor that you have is still good, and lines after it
    /// come again.
    pub fn ship(
        &mut self,
        cursor: Option<&ShipCursor>,
        format: ShipFormat,
        writer: &mut dyn Write,
        progress: impl FnMut(u64),
    ) -> Result<Shipped, Error> {
        ship::ship(&mut *self.backend, cursor, format, None, writer, progress)
    }

    /// Writes every row that is expired and was not shipped so before, a line each, as [`EventStore::ship`] does: before
    /// a purge deletes them. From now on the store counts no record that old, as after a purge. The lines come again
    /// until [`EventStore::keep_expired_shipped`] says that they are safe.
    ///
    /// # Errors
    /// As [`EventStore::ship`].
    pub fn ship_expired(
        &mut self,
        now: Timestamp,
        format: ShipFormat,
        writer: &mut dyn Write,
        progress: impl FnMut(u64),
    ) -> Result<Shipped, Error> {
        let horizon = self.backend.begin_purge(self.retention.cutoff(now))?;
        let after = self.backend.shipped_until()?.unwrap_or(Timestamp::MIN);
        let shipped = ship::ship(&mut *self.backend, None, format, Some((after, horizon)), writer, progress)?;
        self.expired_shipped = Some(horizon);
        Ok(shipped)
    }

    /// What the last [`EventStore::ship_expired`] wrote is where it belongs, and is not written again: neither by a
    /// purge that finishes this one nor by any later.
    ///
    /// # Errors
    /// `storage`.
    pub fn keep_expired_shipped(&mut self) -> Result<(), Error> {
        match self.expired_shipped.take() {
            Some(horizon) => self.backend.set_shipped_until(horizon),
            None => Ok(()),
        }
    }

    /// Reads lines: records as [`EventRecord::to_json`] writes them, and rows that another store shipped in imagegate's
    /// form. Records and rows that were imported before are not counted again, and of a row that changed since then
    /// only what is new.
    ///
    /// # Errors
    /// That of the first line that does not read, with its number; the lines before it may have been imported.
    pub fn import(&mut self, reader: &mut dyn BufRead, progress: impl FnMut(u64)) -> Result<Imported, Error> {
        import::import(&mut *self.backend, reader, progress)
    }
}

impl fmt::Debug for EventStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStore").field("retention", &self.retention).finish_non_exhaustive()
    }
}
