//! The `imagegate` command as a library: one function that takes arguments and streams and gives an exit code, so
//! that other languages can offer the same command. It never ends the process and never panics on bad input.
//!
//! ```
//! use imagegate_cli::{Output, Streams, run};
//!
//! let policies = br#"{"version": 1, "policies": []}"#;
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let mut streams = Streams {
//!     stdin: &mut policies.as_slice(),
//!     stdout: Output { writer: &mut out, colour: false },
//!     stderr: Output { writer: &mut err, colour: false },
//! };
//! assert_eq!(run(["imagegate", "check", "-"], &mut streams), 0);
//! assert!(out.starts_with(b"<stdin>: ok: 0 policies (0 enabled), revision "));
//! ```
//!
//! # Exit codes
//! 0: allowed, or only alarmed; for other subcommands: done. 1: intercepted; for `lint` and `test`: findings or
//! failures. 2: an error, nothing was decided. An error never ends with 0.
#![forbid(unsafe_code)]

mod check;
mod decide;
mod events;
mod exit;
mod explain;
mod input;
mod judge;
mod launch;
mod lint;
mod overview;
mod place;
mod policy;
mod profile;
mod recording;
mod schema;
mod style;
mod test;

use clap::{ColorChoice, Parser, Subcommand};
use exit::{Failure, Report};
use imagegate::Role;
use input::Inputs;
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use style::Dress;

/// A stream that is written to.
pub struct Output<'s> {
    /// The stream.
    pub writer: &'s mut dyn Write,
    /// Whether it shows colours, where `--color` leaves it open.
    pub colour: bool,
}

/// What a run reads from and writes to, beside the files it is told of.
pub struct Streams<'s> {
    /// Read where a file is given as `-`.
    pub stdin: &'s mut dyn Read,
    /// The answer.
    pub stdout: Output<'s>,
    /// Errors and remarks.
    pub stderr: Output<'s>,
}

/// Decides at the moment a container starts: intercept, alarm, or allow.
#[derive(Parser)]
#[command(
    name = "imagegate",
    version,
    max_term_width = 100,
    after_help = "Examples:
  imagegate decide --policies policies.json --profile trivy.json --launch create.json
  docker inspect web | imagegate explain --policies policies.json --launch -
  imagegate check policies/*.json
  imagegate test tests/

Exit codes: 0 allowed or alarmed, 1 intercepted (or findings, failures), 2 error."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Whether to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

#[derive(Subcommand)]
enum Command {
    Decide(decide::Args),
    Events(events::Args),
    Explain(explain::Args),
    Check(check::Args),
    Lint(lint::Args),
    Test(test::Args),
    Overview(overview::Args),
    Policy(policy::Args),
    Profile(profile::Args),
    Launch(launch::Args),
    Schema(schema::Args),
}

/// What every subcommand works with.
struct Context<'s> {
    inputs: Inputs<'s>,
    /// For what is too much to hold. Everything else is in the report.
    stdout: &'s mut dyn Write,
    /// For standard output.
    dress: Dress,
    /// For standard error.
    error_dress: Dress,
}

/// Runs the command with `args`, the first of which is the program's name, and gives the exit code.
///
/// A reader of standard output that has gone away changes nothing about the code.
pub fn run<I>(args: I, streams: &mut Streams<'_>) -> u8
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let Streams { stdin, stdout, stderr } = streams;
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, stdout, stderr),
    };
    let colour = |by_stream: bool| match cli.color {
        ColorChoice::Auto => by_stream,
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    };
    let (dress, error_dress) =
        (Dress { colour: colour(stdout.colour) }, Dress { colour: colour(stderr.colour) });
    let mut context =
        Context { inputs: Inputs::new(*stdin), stdout: &mut *stdout.writer, dress, error_dress };
    let result = match &cli.command {
        Command::Decide(args) => decide::run(args, &mut context),
        Command::Events(args) => events::run(args, &mut context),
        Command::Explain(args) => explain::run(args, &mut context),
        Command::Check(args) => check::run(args, &mut context),
        Command::Lint(args) => lint::run(args, &mut context),
        Command::Test(args) => test::run(args, &mut context),
        Command::Overview(args) => overview::run(args, &mut context),
        Command::Policy(args) => policy::run(args, &mut context),
        Command::Profile(args) => profile::run(args, &mut context),
        Command::Launch(args) => launch::run(args, &mut context),
        Command::Schema(args) => Ok(schema::run(args)),
    };
    let report = result.unwrap_or_else(|failure| Report {
        stderr: errors(error_dress, &failure),
        code: exit::ERROR,
        ..Report::default()
    });
    let mut code = report.code;
    let mut remarks = report.stderr;
    if let Err(error) = write(&mut *stdout.writer, &report.stdout)
        && error.kind() != ErrorKind::BrokenPipe
    {
        let failure = Failure::new(format!("standard output could not be written: {error}"));
        remarks.push_str(&errors(error_dress, &failure));
        code = exit::ERROR;
    }
    // There is nobody left to tell.
    let _ = write(&mut *stderr.writer, &remarks);
    code
}

/// Help, the version, or a mistake in the arguments.
fn usage<'s>(error: &clap::Error, stdout: &mut Output<'s>, stderr: &mut Output<'s>) -> u8 {
    let output = if error.use_stderr() { stderr } else { stdout };
    let text = error.render();
    let text = if output.colour { text.ansi().to_string() } else { text.to_string() };
    let _ = write(&mut *output.writer, &text);
    u8::try_from(error.exit_code()).unwrap_or(exit::ERROR)
}

fn errors(dress: Dress, failure: &Failure) -> String {
    let label = dress.dressed(Role::Intercept, "error:");
    failure.sentences.iter().map(|sentence| format!("{label} {sentence}\n")).collect()
}

fn warnings_of(dress: Dress, warnings: &[String]) -> String {
    let label = dress.dressed(Role::Alarm, "warning:");
    warnings.iter().map(|sentence| format!("{label} {sentence}\n")).collect()
}

fn write(writer: &mut dyn Write, text: &str) -> std::io::Result<()> {
    writer.write_all(text.as_bytes())?;
    writer.flush()
}
