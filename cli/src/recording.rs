//! What `decide` leaves behind: events in a store. That never changes a verdict or its exit code.

use crate::events::Place;
use crate::exit::Failure;
use crate::input::shown;
use imagegate::{Decision, EventRecord, RecordContext};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Where decisions are recorded.
#[derive(clap::Args, Debug)]
pub(crate) struct Recording {
    /// Record intercepted and alarmed launches here; a failure is told and changes nothing else
    #[arg(long, value_name = "DB|URL")]
    events: Option<Place>,

    /// Append records that could not be stored to this file, for `imagegate events import`
    #[arg(long, value_name = "FILE", requires = "events")]
    events_spool: Option<PathBuf>,
}

impl Recording {
    /// Records what hit. The failure says what could not be recorded; allowed launches leave nothing.
    pub(crate) fn record(&self, decisions: &[&Decision]) -> Failure {
        let Some(place) = &self.events else { return Failure::default() };
        let context = RecordContext { source: Some("cli".to_owned()), ..RecordContext::default() };
        let records: Vec<EventRecord> =
            decisions.iter().flat_map(|decision| EventRecord::of(decision, &context)).collect();
        if records.is_empty() {
            return Failure::default();
        }
        let error = match place.open().and_then(|mut store| store.record_all(&records)) {
            Ok(recorded) if recorded.expired == 0 => return Failure::default(),
            // To keep them for a later import would not help: no store counts what it has purged.
            Ok(recorded) => return Failure::new(too_old(recorded.expired)),
            Err(error) => error,
        };
        let mut failure = Failure::new(format!("events were not recorded: {error}"));
        if let Some(path) = &self.events_spool {
            let lines: String = records.iter().map(|record| record.to_json() + "\n").collect();
            failure.add(match append(path, &lines) {
                Ok(()) => Failure::new(format!("{} records are kept in {}", records.len(), shown(path))),
                Err(error) => Failure::new(format!("{}: cannot be written: {error}", shown(path))),
            });
        }
        failure
    }
}

fn too_old(expired: u64) -> String {
    let records = if expired == 1 { "1 record is".to_owned() } else { format!("{expired} records are") };
    format!("events were not recorded: {records} older than what the store has purged: is the clock right?")
}

/// In one write, so that the lines of two processes do not mix.
fn append(path: &PathBuf, lines: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()
}
