//! The benchmarks, which live in a workspace of their own, and instruction counts, which do not drift.

use crate::commands::{cargo, is_installed, root, run};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

/// Builds and runs everything; with `--quick` without the peers.
pub fn bench(arguments: &[String]) -> ExitCode {
    match build().and_then(|program| measure(&program, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<PathBuf, String> {
    let folder = root().join("benches");
    run(cargo().current_dir(&folder).args(["build", "--release", "--locked"]))?;
    Ok(folder.join("target/release/imagegate-benches"))
}

fn measure(program: &PathBuf, arguments: &[String]) -> Result<(), String> {
    run(Command::new(program).args(arguments))?;
    println!("\n## Instructions\n");
    if !is_installed("valgrind") {
        println!("Not shown here: valgrind is not installed.");
        return Ok(());
    }
    println!("Counted by callgrind, 1,000 policies × 2,000 findings, one hit; the difference of two runs.\n");
    println!("| | instructions |");
    println!("|---|---:|");
    for (what, few, many) in
        [("assess", 5, 25), ("decide", 100, 1_100), ("key", 100, 1_100), ("json", 100, 1_100)]
    {
        let (before, after) = (instructions(program, what, few)?, instructions(program, what, many)?);
        println!(
            "| {what} | {} |",
            after.saturating_sub(before).checked_div(many.saturating_sub(few)).unwrap_or_default()
        );
    }
    Ok(())
}

/// Instructions of a run that does `what` so many times.
fn instructions(program: &PathBuf, what: &str, times: u64) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["loop", what, "1000", "2000", &times.to_string()])
        .stdout(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let collected = log.lines().find_map(|line| line.split_once("Collected :"));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    count.ok_or_else(|| format!("valgrind printed no count:\n{log}"))
}
