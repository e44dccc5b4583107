//! Fresh databases.

use imagegate_store::EventStore;
use tempfile::TempDir;

#[cfg(feature = "postgres")]
pub(super) mod postgres {
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A schema of its own in the database that the environment names.
    pub(crate) struct Schema {
        pub(crate) url: String,
        name: String,
        server: String,
    }

    impl Schema {
        pub(crate) fn fresh() -> Option<Self> {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let Ok(server) = std::env::var("IMAGEGATE_POSTGRES") else {
                eprintln!(
                    "NOT SHOWN HERE: PostgreSQL, which $IMAGEGATE_POSTGRES names (`cargo xtask postgres` starts one)"
                );
                return None;
            };
            let name = format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
            let mut client = postgres::Client::connect(&server, postgres::NoTls).unwrap();
            client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public").ok();
            client.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
            let sign = if server.contains('?') { '&' } else { '?' };
            let url = format!("{server}{sign}options=-csearch_path%3D{name},public");
            Some(Self { url, name, server })
        }
    }

    impl Drop for Schema {
        fn drop(&mut self) {
            let client = postgres::Client::connect(&self.server, postgres::NoTls);
            if let Ok(mut client) = client {
                let _ = client.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name));
            }
        }
    }
}

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
