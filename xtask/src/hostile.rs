//! Hostile input: each case in a process of its own, and the table in `docs/hostile-input.md`.

use crate::commands::{cargo, ended, output, root, run, target};
use std::fmt::Write as _;
use std::fs;
use std::process::{Command, ExitCode};

const HEAD: &str = "\
# Hostile input

What becomes of documents that are made to hurt, as `cargo xtask hostile` measured it and wrote it here: every case in a
process of its own, in a release build. Time is that of reading, assessing and deciding. Memory is the most that the
process ever had, the input included. `Limits` bounds what is read; what a limit refuses is told in one line of at most
1,000 characters. The cases are in `fuzz/hostile/src/cases`, and `cargo test` runs the small ones.

";

/// `cargo xtask hostile [NAME]…`: measures the cases, and writes the table if none is named.
pub fn command(names: &[String]) -> ExitCode {
    ended(measure(names))
}

fn measure(names: &[String]) -> Result<(), String> {
    run(cargo().args(["build", "--release", "--locked", "--package", "imagegate-hostile"]))?;
    let program = target().join("release/hostile");
    let cases = output(&mut Command::new(&program))?;
    let cases: Vec<(&str, &str)> = cases.lines().filter_map(|line| line.split_once('\t')).collect();
    if let Some(wrong) = names.iter().find(|name| cases.iter().all(|(known, _)| known != name)) {
        return Err(format!("{wrong} is no case"));
    }
    let mut table = String::from(HEAD);
    table.push_str("| case | input | becomes | time | memory |\n|---|---|---|---|---|\n");
    let mut failures = Vec::new();
    for (name, what) in cases {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let row = match output(Command::new(&program).arg(name)) {
            Ok(measured) => row(what, &measured),
            Err(error) => {
                failures.push(error);
                continue;
            }
        };
        eprint!("{row}");
        table.push_str(&row);
    }
    if names.is_empty() && failures.is_empty() {
        let file = root().join("docs/hostile-input.md");
        fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn row(what: &str, measured: &str) -> String {
    let mut fields = measured.trim_end().split('\t');
    let mut next = || fields.next().unwrap_or_default();
    let (input, outcome, time, memory) = (next(), next(), next(), next());
    let bytes = input.parse::<u64>().unwrap_or_default();
    let size =
        if bytes < 1_000_000 { format!("{bytes} B") } else { format!("{} MB", bytes.div_euclid(1_000_000)) };
    let memory = memory.parse::<u64>().unwrap_or_default().div_euclid(1_024);
    let mut row = String::new();
    let _ = writeln!(row, "| {what} | {size} | {outcome} | {time} ms | {memory} MiB |");
    row
}
