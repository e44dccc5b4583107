//! Connecting, and making the tables.

use super::{ALONE, HOLD_ALONE, Postgres, RELEASE, of_database};
use crate::error::storage;
use ::postgres::config::Host;
use ::postgres::{Client, Config, NoTls};
use imagegate::{Error, ErrorKind};
use std::time::Duration;

/// One script a version of the schema.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/postgres/0001_events.sql"),
    include_str!("../../migrations/postgres/0002_one_table.sql"),
];

/// For substrings: every three characters.
const TRIGRAMS: &str = "CREATE INDEX IF NOT EXISTS imagegate_events_search
                        ON imagegate_events USING gin (search_text gin_trgm_ops)
                        WITH (gin_pending_list_limit = 8192)";

impl Postgres {
    pub(crate) fn connect(url: &str) -> Result<Self, Error> {
        let mut config: Config = url.parse().map_err(|_| {
            let message = "the URL is none of PostgreSQL: write it like `postgresql://user@host/database`";
            Error::new(ErrorKind::InvalidArgument, "invalid_url", message)
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        if config.get_application_name().is_none() {
            config.application_name("imagegate");
        }
        let place = place(&config);
        let mut store = Self { config, place, client: None, days: super::partition::Days::default() };
        store.migrate()?;
        store.index_trigrams()?;
        Ok(store)
    }

    /// The connection, made anew if it was lost.
    pub(super) fn client(&mut self) -> Result<&mut Client, Error> {
        let failed = |error| of_database(&self.place, &error);
        if self.client.as_ref().is_none_or(Client::is_closed) {
            let mut client = self.config.connect(NoTls).map_err(failed)?;
            // What is acknowledged is durable, whatever the database's default; a stricter default stays.
            client
                .batch_execute(
                    "SET lock_timeout = '10s';
                     SET client_min_messages = warning;
                     SELECT set_config('synchronous_commit', 'on', false)
                     WHERE current_setting('synchronous_commit') = 'off'",
                )
                .map_err(failed)?;
            self.client = Some(client);
        }
        self.client.as_mut().ok_or_else(|| storage("connection", "there is no connection"))
    }

    /// One transaction; others that connect meanwhile wait, and then find it done.
    fn migrate(&mut self) -> Result<(), Error> {
        let place = self.place.clone();
        let failed = |error: ::postgres::Error| of_database(&place, &error);
        let client = self.client()?;
        let known = MIGRATIONS.len();
        let mut version = version(client).map_err(failed)?;
        if version < known {
            // The lock is older than the transaction: a transaction does not see for certain which tables came to be
            // while it waited.
            client.execute(HOLD_ALONE, &[]).map_err(failed)?;
            let migrated = migrate(client);
            client.execute(RELEASE, &[]).map_err(failed)?;
            version = migrated.map_err(failed)?;
        }
        if version > known {
            let message = format!(
                "{place}: the store has version {version}, this build knows up to {known}: use a newer imagegate"
            );
            return Err(Error::new(ErrorKind::Unsupported, "newer_schema", message));
        }
        Ok(())
    }

    /// Makes the index for substrings if the extension `pg_trgm` is there or can be made. Without it searching reads
    /// every row; each maintenance looks again.
    pub(super) fn index_trigrams(&mut self) -> Result<(), Error> {
        let place = self.place.clone();
        let client = self.client()?;
        let exists = client
            .query_one("SELECT to_regclass('imagegate_events_search') IS NOT NULL", &[])
            .map_err(|error| of_database(&place, &error))?;
        if exists.get(0) {
            return Ok(());
        }
        // The right to make extensions is the database owner's; somebody else may have made it.
        let _ = client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm");
        let mut make = || {
            let mut transaction = client.transaction()?;
            transaction.execute(ALONE, &[])?;
            transaction.batch_execute(TRIGRAMS)?;
            transaction.commit()
        };
        match make() {
            Err(error) if error.as_db_error().is_none() => Err(of_database(&place, &error)),
            _ => Ok(()),
        }
    }
}

/// Runs the scripts that are missing, and gives the version that it is then.
fn migrate(client: &mut Client) -> Result<usize, ::postgres::Error> {
    let from = version(client)?;
    let mut transaction = client.transaction()?;
    for script in MIGRATIONS.iter().skip(from) {
        transaction.batch_execute(script)?;
    }
    let version = MIGRATIONS.len().max(from);
    let sql = format!(
        "INSERT INTO imagegate_meta VALUES ('version', '{version}'),
             ('store', replace(gen_random_uuid()::text, '-', '')), ('horizon', NULL)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE imagegate_meta.name = 'version'"
    );
    transaction.batch_execute(&sql)?;
    transaction.commit()?;
    Ok(version)
}

/// The version of the schema; 0 if there are no tables.
fn version(client: &mut Client) -> Result<usize, ::postgres::Error> {
    let sql = "SELECT count(*) FROM pg_tables
               WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'imagegate_meta'";
    if client.query_one(sql, &[])?.get::<_, i64>(0) == 0 {
        return Ok(0);
    }
    let row = client.query_opt("SELECT value FROM imagegate_meta WHERE name = 'version'", &[])?;
    let text: Option<String> = row.and_then(|row| row.get(0));
    // What cannot be read is no version of ours.
    Ok(text.map_or(0, |text| text.parse().unwrap_or(usize::MAX)))
}

/// Hosts and database, without the password.
fn place(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.to_string_lossy().into_owned(),
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    format!("PostgreSQL at `{hosts}/{}`", config.get_dbname().unwrap_or_default())
}
