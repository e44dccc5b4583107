//! `imagegate-hook`: an OCI runtime hook that decides whether a container starts.
//!
//! The runtime gives the container's state on standard input. Exit status 0 lets the container start; any other
//! refuses it, with the reason in one line on standard error and in the log of starts.
#![forbid(unsafe_code)]

mod args;
mod deadline;
mod local;

use args::{Args, Wish};
use imagegate_node::{Config, OnError, Outcome, Start, StartLog, Verdict};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match args::parse() {
        Ok(Wish::Decide(args)) => answer(&decide(&args)),
        // Nothing was decided, and a hook's exit status of 0 would be a decision.
        Ok(Wish::Print(text)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(3)
        }
        Err(error) => {
            say(&format!("{error} (--help tells what there is)"));
            ExitCode::from(2)
        }
    }
}

fn decide(args: &Args) -> Verdict {
    match Config::load(&args.config) {
        Ok(mut config) => {
            config.on_error = args.on_error.unwrap_or(config.on_error);
            deadline::decide(config)
        }
        Err(error) => {
            // Where the log is, is in the file that could not be read.
            let mut start = Start::new(local::HOST, None, Err(error));
            start.settle(args.on_error.unwrap_or(OnError::Intercept), None);
            start.finish(&StartLog::new(Path::new(Config::DEFAULT_LOG).to_owned()))
        }
    }
}

fn answer(verdict: &Verdict) -> ExitCode {
    let reason = &verdict.reason;
    match verdict.outcome {
        Outcome::Allow => {}
        Outcome::Alarm => say(&format!("alarm: {reason}")),
        Outcome::Intercept => say(&format!("intercepted: {reason}")),
        Outcome::Overridden => say(reason),
        Outcome::FailedOpen => say(&format!("not decided, started since on_error says so: {reason}")),
        Outcome::FailedClosed => say(&format!("not decided, not started: {reason}")),
    }
    if verdict.outcome.starts() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One line on standard error. If nobody reads it, the exit status still says it.
fn say(line: &str) {
    let _ = std::io::stderr().write_all(format!("imagegate: {line}\n").as_bytes());
}
