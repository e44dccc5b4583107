//! `imagegate events purge`

use super::ship::{Form, append_to};
use super::{Db, failed, progress};
use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::{Now, shown};
use std::io::BufWriter;
use std::path::PathBuf;

/// Deletes what is expired
///
/// A purge that was interrupted is finished by the next.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    db: Db,

    /// Append the expired events to this file first; what was appended once is not appended again
    #[arg(long, value_name = "FILE")]
    ship_to: Option<PathBuf>,

    /// The form of the lines
    #[arg(long, value_enum, default_value_t = Form::Imagegate)]
    form: Form,

    /// Only if the last time is a day ago, and tidy up afterwards
    #[arg(long)]
    if_due: bool,

    #[command(flatten)]
    now: Now,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let now = args.now.instant()?;
    let mut store = args.db.change()?;
    let mut text = String::new();
    if args.if_due && !store.is_maintenance_due(now).map_err(|error| failed(&error))? {
        return Ok(Report::of("not due\n".to_owned()));
    }
    if let Some(path) = &args.ship_to {
        let bar = progress(context, "shipped");
        let mut file = BufWriter::new(append_to(path)?);
        let shipped = store
            .ship_expired(now, args.form.into(), &mut file, |rows| bar.set_position(rows))
            .map_err(|error| failed(&error))?;
        let synced =
            file.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        synced.map_err(|error| Failure::new(format!("{}: cannot be written: {error}", shown(path))))?;
        // Before anything is deleted: a purge that is interrupted does not ship them again.
        store.keep_expired_shipped().map_err(|error| failed(&error))?;
        bar.finish_and_clear();
        text.push_str(&format!("{} expired events shipped to {}\n", shipped.rows, shown(path)));
    }
    if args.if_due {
        text.push_str(&match store.maintain(now).map_err(|error| failed(&error))? {
            Some(purged) => done(purged),
            // Somebody else did it meanwhile.
            None => "not due\n".to_owned(),
        });
        return Ok(Report::of(text));
    }
    let bar = progress(context, "deleted");
    let purged = store.purge(now, |rows| bar.set_position(rows)).map_err(|error| failed(&error))?;
    bar.finish_and_clear();
    text.push_str(&done(purged));
    Ok(Report::of(text))
}

fn done(purged: imagegate_store::Purged) -> String {
    format!("{} events and {} record ids deleted\n", purged.rows, purged.records)
}
