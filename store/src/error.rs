//! What goes wrong in a store, as errors of kind `storage`.

use imagegate::{Error, ErrorKind, quote};
use rusqlite::ErrorCode;

/// An error of kind `storage`.
pub(crate) fn storage(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Storage, code, message)
}

/// A database holds something that this store did not write.
pub(crate) fn corrupt(place: &str, what: &str) -> Error {
    storage(
        "corrupt",
        format!("{place}: {what} is not as imagegate writes it: restore the store from a copy"),
    )
}

/// The first line of a message of a database, bounded, without quotes of ours.
pub(crate) fn plain(message: &str) -> String {
    message.chars().map(|character| if character.is_control() { ' ' } else { character }).take(200).collect()
}

/// An error of SQLite about the file `place`.
pub(crate) fn sqlite(place: &str, error: &rusqlite::Error) -> Error {
    use rusqlite::Error as Sqlite;
    if let Sqlite::QueryReturnedNoRows
    | Sqlite::InvalidColumnType(..)
    | Sqlite::FromSqlConversionFailure(..)
    | Sqlite::IntegralValueOutOfRange(..)
    | Sqlite::Utf8Error(..) = error
    {
        return corrupt(&quote(place), "a row");
    }
    let (code, message) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("locked", "another process writes to it and did not finish in time: try again".to_owned())
        }
        Some(ErrorCode::DiskFull) => ("disk_full", "the disk is full: nothing was written".to_owned()),
        Some(ErrorCode::ReadOnly) => {
            ("read_only", "it cannot be written: the file or its folder is read-only".to_owned())
        }
        Some(ErrorCode::CannotOpen) => (
            "cannot_open",
            "it cannot be opened: does the folder exist, and may this user use it?".to_owned(),
        ),
        Some(ErrorCode::NotADatabase) => ("not_a_database", "it is no event store".to_owned()),
        Some(ErrorCode::DatabaseCorrupt) => {
            ("corrupt", "the database is damaged: restore it from a copy".to_owned())
        }
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
            ("cannot_open", "this user may not open it".to_owned())
        }
        Some(ErrorCode::SystemIoFailure) => {
            ("io", format!("reading or writing failed ({})", plain(&error.to_string())))
        }
        _ => ("database", plain(&error.to_string())),
    };
    storage(code, format!("{}: {message}", quote(place)))
}
