//! Fresh databases.

use imagegate_store::EventStore;
use tempfile::TempDir;

/// A fresh database that can be opened any number of times.
pub(super) enum Database {
    Sqlite(TempDir),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Schema),
}

impl Database {
    pub(super) fn open(&self) -> EventStore {
        match self {
            Self::Sqlite(folder) => EventStore::open(folder.path().join("events.db")).unwrap(),
            #[cfg(feature = "postgres")]
            Self::Postgres(schema) => EventStore::connect(&schema.url).unwrap(),
        }
    }
}

/// A fresh database of each kind that can be reached.
pub(super) fn databases() -> Vec<Database> {
    #[cfg_attr(not(feature = "postgres"), expect(unused_mut, reason = "there is one only"))]
    let mut databases = vec![Database::Sqlite(tempfile::tempdir().unwrap())];
    #[cfg(feature = "postgres")]
    databases.extend(postgres::Schema::fresh().map(Database::Postgres));
    databases
}
