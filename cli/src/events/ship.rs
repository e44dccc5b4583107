//! `imagegate events ship`

use super::{Db, failed, progress};
use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::shown;
use clap::ValueEnum;
use imagegate_store::{ShipCursor, ShipFormat};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes events that are new or changed, a line of JSON each
///
/// An event that changes after it was shipped comes again, with a greater change number. If shipping is interrupted
/// after lines were written and before the cursor was, the same lines come again, with the same change numbers.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate events ship --db events.db --form ocsf
  imagegate events ship --db events.db --cursor-file cursor --output events.ndjson")]
pub(crate) struct Args {
    #[command(flatten)]
    db: Db,

    /// The form of the lines
    #[arg(long, value_enum, default_value_t = Form::Imagegate)]
    form: Form,

    /// What changed after this: the cursor that the last shipment printed
    #[arg(long, value_name = "CURSOR", value_parser = ShipCursor::parse)]
    after: Option<ShipCursor>,

    /// Keep the cursor in this file; a file that does not exist is the beginning
    #[arg(long, value_name = "FILE", conflicts_with = "after")]
    cursor_file: Option<PathBuf>,

    /// Append to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The form of shipped lines.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Form {
    /// imagegate's own, which `import` reads
    Imagegate,
    /// OCSF Detection Finding
    Ocsf,
}

impl From<Form> for ShipFormat {
    fn from(form: Form) -> Self {
        match form {
            Form::Imagegate => Self::Imagegate,
            Form::Ocsf => Self::Ocsf,
        }
    }
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let after = match &args.cursor_file {
        Some(path) => read_cursor(path)?,
        None => args.after.clone(),
    };
    let mut store = args.db.look()?;
    let bar = progress(context, "shipped");
    let mut ship = |writer: &mut dyn Write| {
        store
            .ship(after.as_ref(), args.form.into(), writer, |rows| bar.set_position(rows))
            .map_err(|error| failed(&error))
    };
    let shipped = match &args.output {
        Some(path) => {
            let mut file = BufWriter::new(append_to(path)?);
            let shipped = ship(&mut file)?;
            // Before the cursor: what it says was shipped must be there.
            let synced = file
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)
                .and_then(|file| file.sync_all());
            synced.map_err(|error| Failure::new(format!("{}: cannot be written: {error}", shown(path))))?;
            shipped
        }
        None => ship(&mut BufWriter::new(&mut *context.stdout))?,
    };
    bar.finish_and_clear();
    let mut remark = format!("{} events shipped", shipped.rows);
    match &args.cursor_file {
        Some(path) => write_cursor(path, &shipped.cursor)?,
        None => remark.push_str(&format!(", go on with --after {}", shipped.cursor)),
    }
    Ok(Report { stderr: remark + "\n", ..Report::default() })
}

pub(super) fn append_to(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Failure::new(format!("{}: cannot be written: {error}", shown(path))))
}

fn read_cursor(path: &Path) -> Result<Option<ShipCursor>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => ShipCursor::parse(text.trim())
            .map(Some)
            .map_err(|error| Failure::in_document(&shown(path), &error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(format!("{}: cannot be read: {error}", shown(path)))),
    }
}

/// In one step: a cursor that is cut off would be none.
fn write_cursor(path: &Path, cursor: &ShipCursor) -> Result<(), Failure> {
    let write = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".imagegate-").tempfile_in(folder)?;
        writeln!(file, "{cursor}")?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error: std::io::Error| {
        Failure::new(format!(
            "{}: cannot be written: {error}; what was shipped will come again unless you go on with --after {cursor}",
            shown(path)
        ))
    })
}
