//! A partition a day.

use super::{ALONE, Postgres};
use imagegate::{Error, ErrorKind, Timestamp};
use std::collections::BTreeSet;

/// The table with a partition a day.
const TABLE: &str = "imagegate_seen";

/// Days, `YYYY-MM-DD`.
pub(super) type Days = BTreeSet<String>;

impl Postgres {
    /// Makes the partitions of days that have none yet. Readers and writers wait for that, once a day.
    pub(super) fn ensure(&mut self, days: &Days) -> Result<(), Error> {
        let new: Vec<&String> = days.difference(&self.days).collect();
        if new.is_empty() {
            return Ok(());
        }
        let script: String = new.iter().map(|day| create(TABLE, day)).collect();
        let new: Days = new.into_iter().cloned().collect();
        if !new.iter().all(|day| is_day(day)) {
            return Err(Error::new(ErrorKind::InvalidEvent, "invalid_day", "a record has no day"));
        }
        self.transaction(|transaction| {
            let missing = "SELECT 1 FROM unnest($1::text[]) AS day WHERE to_regclass('imagegate_seen_' || replace(day, '-', '')) IS NULL";
            let days: Vec<&str> = new.iter().map(String::as_str).collect();
            if !transaction.query(missing, &[&days])?.is_empty() {
                transaction.execute(ALONE, &[])?;
                transaction.batch_execute(&script)?;
            }
            Ok(())
        })?;
        self.days.extend(new);
        Ok(())
    }

    /// After an error it is not known which partitions there are.
    pub(super) fn forget_on<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_err() {
            self.days.clear();
        }
        result
    }
}

fn is_day(day: &str) -> bool {
    day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// The name of a day's partition.
pub(super) fn name(table: &str, day: &str) -> String {
    format!("{table}_{}", day.replace('-', ""))
}

fn create(table: &str, day: &str) -> String {
    format!("CREATE TABLE IF NOT EXISTS {} PARTITION OF {table} FOR VALUES IN ('{day}');\n", name(table, day))
}

/// The day in UTC.
pub(super) fn utc_day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
