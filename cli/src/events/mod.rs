//! `imagegate events`

mod import;
mod list;
mod overview;
mod purge;
mod ship;
mod show;

use crate::Context;
use crate::exit::{Failure, Report};
use clap::Subcommand;
use imagegate::{Action, Error, Retention, Role};
use imagegate_store::EventStore;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::PathBuf;

/// Shows, ships and deletes what was intercepted and alarmed
///
/// The events are in a SQLite file, which `decide --events` makes and fills, or in a PostgreSQL database.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate events overview --db events.db --policies policies.json
  imagegate events list --db events.db --action intercept --search cart --sort count
  imagegate events show --db events.db 3e67de3a980d29302a8307756e4ae596
  imagegate events ship --db events.db --cursor-file cursor --output events.ndjson
  imagegate events purge --db events.db

Exit codes: 0 done, 2 error.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Overview(overview::Args),
    List(Box<list::Args>),
    Show(show::Args),
    Ship(ship::Args),
    Import(import::Args),
    Purge(purge::Args),
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    match &args.command {
        Command::Overview(args) => overview::run(args, context),
        Command::List(args) => list::run(args, context),
        Command::Show(args) => show::run(args, context),
        Command::Ship(args) => ship::run(args, context),
        Command::Import(args) => import::run(args, context),
        Command::Purge(args) => purge::run(args, context),
    }
}

/// A SQLite file, or a PostgreSQL database by its URL.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    File(PathBuf),
    Url(String),
}

impl std::str::FromStr for Place {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        Ok(if is_url { Self::Url(text.to_owned()) } else { Self::File(text.into()) })
    }
}

impl Place {
    /// Opens the store, and makes it if there is none.
    pub(crate) fn open(&self) -> Result<EventStore, Error> {
        match self {
            Self::File(path) => EventStore::open(path),
            Self::Url(url) => connect(url),
        }
    }
}

#[cfg(feature = "postgres")]
fn connect(url: &str) -> Result<EventStore, Error> {
    EventStore::connect(url)
}

#[cfg(not(feature = "postgres"))]
fn connect(_: &str) -> Result<EventStore, Error> {
    let message = "this build has no PostgreSQL: build imagegate with the feature `postgres`, or name a file";
    Err(Error::new(imagegate::ErrorKind::Unsupported, "no_postgres", message))
}

/// Which store.
#[derive(clap::Args, Debug)]
struct Db {
    /// The SQLite file or the PostgreSQL URL with the events
    #[arg(long, value_name = "DB|URL")]
    db: Place,

    /// How many days events are kept
    #[arg(long, value_name = "N", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    retention_days: u32,
}

impl Db {
    /// A store that exists, only to look.
    fn look(&self) -> Result<EventStore, Failure> {
        match &self.db {
            Place::File(path) => self.kept(EventStore::open_read_only(path)),
            Place::Url(url) => self.kept(connect(url)),
        }
    }

    /// A store that exists.
    fn change(&self) -> Result<EventStore, Failure> {
        // A misspelt name must not make an empty store.
        self.look()?;
        self.kept(self.db.open())
    }

    /// A store, which is made if there is none.
    fn make(&self) -> Result<EventStore, Failure> {
        self.kept(self.db.open())
    }

    fn kept(&self, store: Result<EventStore, Error>) -> Result<EventStore, Failure> {
        let store = store.map_err(|error| failed(&error))?;
        Ok(store.with_retention(Retention::days(self.retention_days)))
    }
}

/// An error of the store, which names the file itself.
fn failed(error: &Error) -> Failure {
    Failure::new(crate::style::one_line(&error.to_string()))
}

fn role_of(action: Action) -> Role {
    match action {
        Action::Intercept => Role::Intercept,
        Action::Alarm => Role::Alarm,
        Action::Allow => Role::Allow,
    }
}

/// A line that moves while something takes long, where somebody sees it.
fn progress(context: &Context<'_>, what: &'static str) -> ProgressBar {
    let target =
        if context.error_dress.colour { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    // A template of ours that is wrong would be the plain one.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({per_sec}, {elapsed})") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}
