//! Events in a SQLite file.

mod grams;
mod list;
mod migrate;
mod nodes;
mod open;
mod postings;
mod purge;
mod read;
mod seen;
mod write;

use crate::backend::{Backend, Changes, Counts, ForeignRow, Step};
use crate::batch::{EventBatch, Recorded};
use crate::encode;
use crate::error;
use imagegate::{AggregationKey, Error, EventPage, EventQuery, EventRow, Timestamp};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// A SQLite file with events.
pub(crate) struct Sqlite {
    connection: Connection,
    /// What to call the file in messages.
    place: String,
}

/// What goes wrong inside a transaction.
enum Failed {
    Database(rusqlite::Error),
    Corrupt(&'static str),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Failed {
    fn into_error(self, place: &str) -> Error {
        match self {
            Self::Database(error) => error::sqlite(place, &error),
            Self::Corrupt(what) => error::corrupt(&imagegate::quote(place), what),
        }
    }
}

type Result<T> = std::result::Result<T, Failed>;

impl Sqlite {
    fn error(&self, failed: Failed) -> Error {
        failed.into_error(&self.place)
    }

    /// Runs `work` in a transaction that sees one state of the store; a writing one keeps other writers out.
    fn transaction<T>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, Error> {
        let run = || {
            let transaction = self.connection.transaction_with_behavior(behavior)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        let result = run();
        result.map_err(|failed| self.error(failed))
    }

    fn read<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T>) -> std::result::Result<T, Error> {
        self.transaction(TransactionBehavior::Deferred, work)
    }

    fn change<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T>) -> std::result::Result<T, Error> {
        self.transaction(TransactionBehavior::Immediate, work)
    }
}

/// A value of the table `meta`.
fn meta<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

fn set_meta(connection: &Connection, name: &str, value: impl rusqlite::ToSql) -> Result<()> {
    let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}

fn meta_time(connection: &Connection, name: &str) -> Result<Option<Timestamp>> {
    let bytes: Option<Vec<u8>> = meta(connection, name)?;
    bytes.map(|bytes| encode::read_time(&bytes).ok_or(Failed::Corrupt("a time"))).transpose()
}

impl Backend for Sqlite {
    fn id(&mut self) -> std::result::Result<String, Error> {
        self.read(|connection| meta(connection, "store")?.ok_or(Failed::Corrupt("the id of the store")))
    }

    fn write(&mut self, batch: &EventBatch) -> std::result::Result<Recorded, Error> {
        self.change(|connection| write::batch(connection, batch))
    }

    fn import(&mut self, rows: &[ForeignRow]) -> std::result::Result<Recorded, Error> {
        self.change(|connection| write::import(connection, rows))
    }

    fn list(&mut self, query: &EventQuery, cutoff: Timestamp) -> std::result::Result<EventPage, Error> {
        self.read(|connection| list::list(connection, query, cutoff))
    }

    fn detail(
        &mut self,
        key: AggregationKey,
        cutoff: Timestamp,
    ) -> std::result::Result<Option<EventRow>, Error> {
        self.read(|connection| read::detail(connection, key, cutoff))
    }

    fn counts(&mut self, cutoff: Timestamp) -> std::result::Result<Counts, Error> {
        self.read(|connection| read::counts(connection, cutoff))
    }

    fn begin_purge(&mut self, cutoff: Timestamp) -> std::result::Result<Timestamp, Error> {
        self.change(|connection| purge::begin(connection, cutoff))
    }

    fn purge_some(&mut self, horizon: Timestamp) -> std::result::Result<Step, Error> {
        self.change(|connection| purge::some(connection, horizon))
    }

    fn shipped_until(&mut self) -> std::result::Result<Option<Timestamp>, Error> {
        self.read(|connection| meta_time(connection, "shipped"))
    }

    fn set_shipped_until(&mut self, horizon: Timestamp) -> std::result::Result<(), Error> {
        self.change(|connection| set_meta(connection, "shipped", encode::time(horizon)))
    }

    fn maintained_at(&mut self) -> std::result::Result<Option<Timestamp>, Error> {
        self.read(|connection| meta_time(connection, "maintained"))
    }

    fn maintain(&mut self, now: Timestamp) -> std::result::Result<(), Error> {
        self.change(|connection| purge::tidy(connection, now))?;
        // Outside of a transaction; a reader may keep the log from being cut, which the next time does.
        let checkpoint = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        checkpoint.map_err(|error| self.error(error.into()))
    }

    fn last_change(&mut self) -> std::result::Result<u64, Error> {
        self.read(|connection| {
            let change = meta(connection, "change")?.ok_or(Failed::Corrupt("the change number"))?;
            Ok(encode::read_count(change))
        })
    }

    fn changes(&mut self, changes: &Changes) -> std::result::Result<Vec<(u64, EventRow)>, Error> {
        self.read(|connection| read::changes(connection, changes))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_not_grow_is_a_full_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Sqlite::open(&folder.path().join("events.db")).unwrap();
        store.connection.pragma_update_and_check(None, "max_page_count", 10, |_| Ok(())).unwrap();
        let fill = store.change(|connection| {
            connection.execute("INSERT INTO meta VALUES ('x', zeroblob(1000000))", [])?;
            Ok(())
        });
        assert_eq!(fill.unwrap_err().code(), "disk_full");
        assert_eq!(store.id().unwrap().len(), 32);
    }
}
