//! `imagegate events import`

use super::{Db, progress};
use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::shown;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

/// Adds records, and events that another store shipped in imagegate's form
///
/// What was imported before is not counted again.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Lines of records, as `decide --events-spool` keeps them, or of events, as `ship` writes them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    db: Db,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let mut store = args.db.make()?;
    let mut text = String::new();
    for path in &args.files {
        let file = File::open(path)
            .map_err(|error| Failure::new(format!("{}: cannot be read: {error}", shown(path))))?;
        let bar = progress(context, "lines read");
        let imported = store
            .import(&mut BufReader::new(file), |lines| bar.set_position(lines))
            .map_err(|error| Failure::in_document(&shown(path), &error))?;
        bar.finish_and_clear();
        for (what, counts) in [("records", imported.records), ("events", imported.rows)] {
            text.push_str(&format!(
                "{}: {what}: {} added, {} known already, {} expired\n",
                shown(path),
                counts.new,
                counts.repeated,
                counts.expired
            ));
        }
    }
    Ok(Report::of(text))
}
