//! Events in PostgreSQL, for fleets: many writers at once.

mod connect;
mod list;
mod partition;
mod pending;
mod purge;
mod read;
mod write;

use crate::backend::{Backend, Changes, Counts, ForeignRow, Step};
use crate::batch::{EventBatch, Recorded};
use crate::encode;
use crate::error::{corrupt, plain, storage};
use ::postgres::error::SqlState;
use ::postgres::{Client, Config, Transaction};
use imagegate::{AggregationKey, Error, EventPage, EventQuery, EventRow, Timestamp};
use write::Written;

/// The advisory lock that writers share: one for each schema. It is taken before any table is used, so that nobody who
/// holds a table waits for it.
macro_rules! writers {
    ($function:literal) => {
        concat!("SELECT ", $function, "(1229801285, hashtext(current_schema()))")
    };
}
/// For the rest of the transaction, beside other writers.
const AS_WRITER: &str = writers!("pg_advisory_xact_lock_shared");
/// For the rest of the transaction, without any writer.
const ALONE: &str = writers!("pg_advisory_xact_lock");
/// Until it is released, without any writer.
const HOLD_ALONE: &str = writers!("pg_advisory_lock");
const RELEASE: &str = writers!("pg_advisory_unlock");

/// How often a transaction is tried that lost against others.
const TRIES: u32 = 4;

/// A PostgreSQL database with events.
pub(crate) struct Postgres {
    config: Config,
    /// What to call the database in messages: no password.
    place: String,
    /// Lost connections are made anew.
    client: Option<Client>,
    /// Days that are known to have partitions.
    days: partition::Days,
}

/// What goes wrong inside a transaction.
enum Failed {
    Database(::postgres::Error),
    Corrupt(&'static str),
}

impl From<::postgres::Error> for Failed {
    fn from(error: ::postgres::Error) -> Self {
        Self::Database(error)
    }
}

type Result<T> = std::result::Result<T, Failed>;

impl Failed {
    /// Whether the same may succeed when it is tried again.
    fn is_passing(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let passing = [
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::T_R_SERIALIZATION_FAILURE,
            // The partition of a day was dropped meanwhile: its records are found to be expired now.
            &SqlState::CHECK_VIOLATION,
            &SqlState::UNDEFINED_TABLE,
            // Another has made it.
            &SqlState::DUPLICATE_TABLE,
            &SqlState::UNIQUE_VIOLATION,
        ];
        error.code().is_some_and(|code| passing.contains(&code))
    }

    /// Whether the connection is of no use any more.
    fn is_lost(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let class = |code: &SqlState| ["08", "57"].iter().any(|class| code.code().starts_with(class));
        error.code().is_none_or(class)
    }

    fn into_error(self, place: &str) -> Error {
        match self {
            Self::Corrupt(what) => corrupt(place, what),
            Self::Database(error) => of_database(place, &error),
        }
    }
}

fn of_database(place: &str, error: &::postgres::Error) -> Error {
    let Some(inner) = error.as_db_error() else {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
        return storage("connection", format!("{place}: {}", plain(&format!("{error}{cause}"))));
    };
    let code = match inner.code() {
        code if *code == SqlState::DISK_FULL => "disk_full",
        code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => "read_only",
        code if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::T_R_DEADLOCK_DETECTED => "locked",
        code if *code == SqlState::INSUFFICIENT_PRIVILEGE => "cannot_open",
        code if ["08", "28", "3D", "57"].iter().any(|class| code.code().starts_with(class)) => "connection",
        code if code.code().starts_with("XX") => "corrupt",
        _ => "database",
    };
    storage(code, format!("{place}: {}", plain(inner.message())))
}

impl Postgres {
    /// Runs `work` in a transaction, and again if it lost against another.
    fn transaction<T>(
        &mut self,
        work: impl Fn(&mut Transaction<'_>) -> Result<T>,
    ) -> std::result::Result<T, Error> {
        let mut tries = 1_u32;
        loop {
            let place = self.place.clone();
            let client = self.client()?;
            let mut run = || -> Result<T> {
                let mut transaction = client.transaction()?;
                let value = work(&mut transaction)?;
                transaction.commit()?;
                Ok(value)
            };
            match run() {
                Ok(value) => return Ok(value),
                Err(failed) => {
                    let is_lost = failed.is_lost() || self.client.as_ref().is_none_or(Client::is_closed);
                    if is_lost {
                        self.client = None;
                    }
                    // Whatever was committed before the connection was lost is not done twice.
                    if tries == TRIES || !(is_lost || failed.is_passing()) {
                        return Err(failed.into_error(&place));
                    }
                    tries = tries.saturating_add(1);
                }
            }
        }
    }
}

impl Postgres {
    /// What was written, and is, whatever becomes of the indexes.
    fn settled(&mut self, written: Written) -> Recorded {
        if written.is_due
            && let Ok(client) = self.client()
        {
            pending::settle(client);
        }
        written.recorded
    }
}

/// A value of the table of single values.
fn meta(transaction: &mut Transaction<'_>, name: &str) -> Result<Option<String>> {
    let row = transaction.query_opt("SELECT value FROM imagegate_meta WHERE name = $1", &[&name])?;
    Ok(row.and_then(|row| row.get(0)))
}

fn set_meta(transaction: &mut Transaction<'_>, name: &str, value: &str) -> Result<()> {
    let sql =
        "INSERT INTO imagegate_meta VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    transaction.execute(sql, &[&name, &value])?;
    Ok(())
}

fn meta_time(transaction: &mut Transaction<'_>, name: &str) -> Result<Option<Timestamp>> {
    let value = meta(transaction, name)?;
    value.map(|text| Timestamp::parse(&text).map_err(|_| Failed::Corrupt("a time"))).transpose()
}

impl Backend for Postgres {
    fn id(&mut self) -> std::result::Result<String, Error> {
        self.transaction(|transaction| {
            meta(transaction, "store")?.ok_or(Failed::Corrupt("the id of the store"))
        })
    }

    fn write(&mut self, batch: &EventBatch) -> std::result::Result<Recorded, Error> {
        self.ensure(&batch.days())?;
        let written = self.transaction(|transaction| write::batch(transaction, batch));
        let written = self.forget_on(written)?;
        Ok(self.settled(written))
    }

    fn import(&mut self, rows: &[ForeignRow]) -> std::result::Result<Recorded, Error> {
        let written = self.transaction(|transaction| write::import(transaction, rows))?;
        Ok(self.settled(written))
    }

    fn list(&mut self, query: &EventQuery, cutoff: Timestamp) -> std::result::Result<EventPage, Error> {
        self.transaction(|transaction| list::list(transaction, query, cutoff))
    }

    fn detail(
        &mut self,
        key: AggregationKey,
        cutoff: Timestamp,
    ) -> std::result::Result<Option<EventRow>, Error> {
        self.transaction(|transaction| read::detail(transaction, key, cutoff))
    }

    fn counts(&mut self, cutoff: Timestamp) -> std::result::Result<Counts, Error> {
        self.transaction(|transaction| read::counts(transaction, cutoff))
    }

    fn begin_purge(&mut self, cutoff: Timestamp) -> std::result::Result<Timestamp, Error> {
        self.transaction(|transaction| purge::begin(transaction, cutoff))
    }

    fn purge_some(&mut self, horizon: Timestamp) -> std::result::Result<Step, Error> {
        // Whoever writes to a day that is dropped makes it again.
        self.days.clear();
        self.transaction(|transaction| purge::some(transaction, horizon))
    }

    fn shipped_until(&mut self) -> std::result::Result<Option<Timestamp>, Error> {
        self.transaction(|transaction| meta_time(transaction, "shipped"))
    }

    fn set_shipped_until(&mut self, horizon: Timestamp) -> std::result::Result<(), Error> {
        self.transaction(|transaction| set_meta(transaction, "shipped", &horizon.to_string()))
    }

    fn maintained_at(&mut self) -> std::result::Result<Option<Timestamp>, Error> {
        self.transaction(|transaction| meta_time(transaction, "maintained"))
    }

    fn maintain(&mut self, now: Timestamp) -> std::result::Result<(), Error> {
        self.index_trigrams()?;
        pending::settle(self.client()?);
        self.transaction(|transaction| {
            set_meta(transaction, "maintained", &now.to_string())?;
            transaction.batch_execute("ANALYZE imagegate_events")?;
            Ok(())
        })
    }

    fn last_change(&mut self) -> std::result::Result<u64, Error> {
        self.transaction(|transaction| {
            transaction.execute(ALONE, &[])?;
            let sql = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM imagegate_change";
            Ok(encode::read_count(transaction.query_one(sql, &[])?.get(0)))
        })
    }

    fn changes(&mut self, changes: &Changes) -> std::result::Result<Vec<(u64, EventRow)>, Error> {
        self.transaction(|transaction| read::changes(transaction, changes))
    }
}
