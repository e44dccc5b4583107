//! What a database must be able to do.

use crate::batch::{EventBatch, Recorded};
use imagegate::{Action, AggregationKey, Error, EventPage, EventQuery, EventRow, Timestamp};

/// Sums by day and action.
pub(crate) struct Counts {
    pub(crate) days: Vec<(String, Action, u64)>,
    pub(crate) rows: u64,
}

/// A part of a purge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) rows: u64,
    pub(crate) records: u64,
    /// Whether there is nothing left to do.
    pub(crate) is_done: bool,
}

/// Which rows are shipped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Changes {
    /// Change numbers after this.
    pub(crate) after: u64,
    /// And not after this.
    pub(crate) until: u64,
    /// Only rows whose latest time is after the first and not after the second.
    pub(crate) expired: Option<(Timestamp, Timestamp)>,
    pub(crate) limit: usize,
}

/// A row of another store.
#[derive(Clone, Debug)]
pub(crate) struct ForeignRow {
    pub(crate) store: String,
    pub(crate) change: u64,
    pub(crate) row: EventRow,
}

/// A database of events. `cutoff`: what is not later is expired.
pub(crate) trait Backend: Send {
    /// The id of the store, made when it was created.
    fn id(&mut self) -> Result<String, Error>;

    /// Writes a batch in one transaction; when it returns, the batch is durable.
    fn write(&mut self, batch: &EventBatch) -> Result<Recorded, Error>;

    /// Writes rows of other stores in one transaction.
    fn import(&mut self, rows: &[ForeignRow]) -> Result<Recorded, Error>;

    fn list(&mut self, query: &EventQuery, cutoff: Timestamp) -> Result<EventPage, Error>;

    fn detail(&mut self, key: AggregationKey, cutoff: Timestamp) -> Result<Option<EventRow>, Error>;

    fn counts(&mut self, cutoff: Timestamp) -> Result<Counts, Error>;

    /// Fixes what a purge will delete before it deletes anything, and says what that is: what an earlier purge did
    /// not finish is part of it.
    fn begin_purge(&mut self, cutoff: Timestamp) -> Result<Timestamp, Error>;

    /// Deletes a part of what is not later than the horizon.
    fn purge_some(&mut self, horizon: Timestamp) -> Result<Step, Error>;

    /// Up to which time expired rows were shipped.
    fn shipped_until(&mut self) -> Result<Option<Timestamp>, Error>;

    /// Remembers up to which time expired rows were shipped.
    fn set_shipped_until(&mut self, horizon: Timestamp) -> Result<(), Error>;

    /// When it was maintained.
    fn maintained_at(&mut self) -> Result<Option<Timestamp>, Error>;

    /// Tidies up after a purge, and remembers when.
    fn maintain(&mut self, now: Timestamp) -> Result<(), Error>;

    /// The last change number up to which everything is there: whatever is written from now on has a greater one.
    fn last_change(&mut self) -> Result<u64, Error>;

    /// Rows with all their nodes by change number.
    fn changes(&mut self, changes: &Changes) -> Result<Vec<(u64, EventRow)>, Error>;
}
