//! Opening and creating: nothing is written before it is clear that the file is an event store or empty.

use super::{Sqlite, migrate, nodes};
use crate::error::{sqlite, storage};
use imagegate::{Error, ErrorKind, quote};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Marks a SQLite file as an event store: `IMGE`.
const APPLICATION_ID: i64 = 0x494D_4745;

/// One script a version of the schema.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/sqlite/0001_events.sql"),
    include_str!("../../migrations/sqlite/0002_packed.sql"),
];

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is tried again where SQLite itself does not wait.
const TRIES: u32 = 250;

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let place = path.to_string_lossy().into_owned();
        let path = &plain(path);
        create_private(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let mut connection =
            Connection::open_with_flags(path, flags).map_err(|error| sqlite(&place, &error))?;
        prepare(&mut connection, &place)?;
        Ok(Self { connection, place })
    }

    pub(crate) fn open_read_only(path: &Path) -> Result<Self, Error> {
        let place = path.to_string_lossy().into_owned();
        let path = &plain(path);
        let failed = |error: rusqlite::Error| sqlite(&place, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        if needs_immutable(&connection, path) {
            let uri = format!("file:{}?immutable=1", escaped(&path.to_string_lossy()));
            connection =
                Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).map_err(failed)?;
        }
        settle(&connection).map_err(failed)?;
        let version = version(&connection, &place)?;
        if version != MIGRATIONS.len() {
            let message = format!(
                "{}: the store is empty or of an older version: open it for writing once",
                quote(&place)
            );
            return Err(storage("older_schema", message));
        }
        Ok(Self { connection, place })
    }
}

/// A path that is nothing but a path to SQLite, which keeps `:memory:` and the empty path nowhere and takes `file:…` for
/// a URI: what was recorded there would be gone.
fn plain(path: &Path) -> PathBuf {
    if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) }
}

/// On a file system that cannot be written SQLite has no place for its locks. Nobody writes the file then, and all of
/// it is in the one file.
fn needs_immutable(connection: &Connection, path: &Path) -> bool {
    let looked = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    let code = looked.err().and_then(|error| error.sqlite_error_code());
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    matches!(code, Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly))
        && path.is_file()
        && std::fs::metadata(log).map_or(0, |log| log.len()) == 0
}

/// A path in a URI.
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// Command lines are nobody else's business: the owner alone may read a new file. What fails here fails again, and
/// with a better message, when SQLite opens the file.
fn create_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

fn prepare(connection: &mut Connection, place: &str) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| sqlite(place, &error);
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    if version(connection, place)? < MIGRATIONS.len() {
        migrate(connection, place)?;
    }
    write_ahead(connection).map_err(failed)?;
    // What was acknowledged survives a power failure, not only a kill.
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    // In pages: 32 MiB of log, so that what many transactions change is moved into the file once.
    connection.pragma_update(None, "wal_autocheckpoint", 8_192).map_err(failed)?;
    settle(connection).map_err(failed)
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    nodes::define(connection)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // In KiB.
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "mmap_size", 268_435_456_i64)
}

/// The version of the schema; 0 for an empty file.
fn version(connection: &Connection, place: &str) -> Result<usize, Error> {
    // All of it as of one instant: another process may be about to make the store of an empty file.
    let _one_instant = connection
        .is_autocommit()
        .then(|| connection.unchecked_transaction())
        .transpose()
        .map_err(|error| sqlite(place, &error))?;
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(|error| sqlite(place, &error))
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| sqlite(place, &error))?;
    if tables == 0 && version == 0 && (application == 0 || application == APPLICATION_ID) {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        let message = format!("{}: it is a database of another program, and stays as it is", quote(place));
        return Err(storage("not_a_database", message));
    }
    match usize::try_from(version) {
        Ok(known) if known <= MIGRATIONS.len() => Ok(known),
        _ => {
            let known = MIGRATIONS.len();
            let message = format!(
                "{}: the store has version {version}, this build knows up to {known}: use a newer imagegate",
                quote(place)
            );
            Err(Error::new(ErrorKind::Unsupported, "newer_schema", message))
        }
    }
}

/// One transaction: another process that opens the file meanwhile waits, and then finds it done.
fn migrate(connection: &mut Connection, place: &str) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| sqlite(place, &error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let from = version(&transaction, place)?;
    for (before, script) in MIGRATIONS.iter().enumerate().skip(from) {
        transaction.execute_batch(script).map_err(failed)?;
        if before == 1 {
            migrate::to_packed(&transaction).map_err(|error| error.into_error(place))?;
        }
    }
    if from == 0 {
        let sql = "INSERT INTO meta VALUES ('store', lower(hex(randomblob(16)))), ('change', 0)";
        transaction.execute(sql, []).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Readers do not wait for writers then. SQLite does not wait for a lock here, so that we do.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(error) if is_busy(&error) && tries < TRIES => {
                tries = tries.saturating_add(1);
                std::thread::sleep(PATIENCE.checked_div(TRIES).unwrap_or_default());
            }
            result => return result,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}
