//! Mutation testing of what decides: cargo-mutants changes the core, and a fast part of its tests must notice.
//! Files, tests and profile are in `.cargo/mutants.toml`.

use crate::commands::{cargo, ended, run, target};
use crate::packages::provide_subcommand;
use std::process::{Command, ExitCode};

/// A third of all mutants; further arguments are those of cargo-mutants.
pub fn command(arguments: &[String]) -> ExitCode {
    ended(test(arguments))
}

fn test(arguments: &[String]) -> Result<(), String> {
    provide_subcommand("mutants")?;
    let mut mutants: Command = cargo();
    mutants.args(["mutants", "--package", "imagegate", "--output"]).arg(target());
    if !arguments.iter().any(|argument| argument == "--shard") {
        mutants.args(["--shard", "0/3"]);
    }
    // Enough to notice, few enough to be done with hundreds of mutants within hours.
    mutants.env("IMAGEGATE_CASES", "3000").env("IMAGEGATE_LAW_CASES", "100");
    run(mutants.args(arguments))
}
