//! The engine against the reference evaluator, on as many generated cases as asked for.

use crate::commands::{cargo, ended, run};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask differential [--cases N] [--seed S] [--threads T]";

pub fn command(arguments: &[String]) -> ExitCode {
    ended(test(arguments))
}

fn test(arguments: &[String]) -> Result<(), String> {
    let mut test = cargo();
    test.args(["test", "-q", "--release", "--locked", "-p", "imagegate", "--test", "differential"]);
    test.args(["--", "--nocapture", "the_engine_agrees_with_the_reference"]);
    test.env("IMAGEGATE_STATS", "1").env("IMAGEGATE_CASES", "1000000").env("IMAGEGATE_SEED", "1");
    for pair in arguments.chunks(2) {
        let (variable, value) = match pair {
            [name, value] if name == "--cases" => ("IMAGEGATE_CASES", value),
            [name, value] if name == "--seed" => ("IMAGEGATE_SEED", value),
            [name, value] if name == "--threads" => ("IMAGEGATE_THREADS", value),
            _ => return Err(USAGE.to_owned()),
        };
        value.parse::<u64>().map_err(|error| format!("{value:?}: {error}\n{USAGE}"))?;
        test.env(variable, value);
    }
    run(&mut test)
}
