//! The one entry to checking this repository: `cargo xtask test` runs everything it can test, installs what it needs
//! for that, and names what it could not run.

mod commands;
mod steps;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

commands:
  test     everything: format, lints, tests of all languages, documentation, examples, licences
  quick    format, lints and the Rust tests
  bless    record the decisions of testdata/cases anew (review the diff)";

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let steps: &[steps::Step] = match command.as_str() {
        "test" => &steps::TEST,
        "quick" => &steps::QUICK,
        "bless" => &steps::BLESS,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    steps::run_all(steps)
}
