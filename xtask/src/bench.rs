//! The benchmarks, which live in a workspace of their own, and instruction counts, which do not drift.

use crate::commands::{cargo, ended, root, run};
use crate::packages::has;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

/// Builds and runs everything; with `--quick` without the peers.
pub fn bench(arguments: &[String]) -> ExitCode {
    let is_quick = arguments.iter().any(|argument| argument == "--quick");
    ended(build(is_quick).and_then(|program| measure(&program, arguments)))
}

fn build(is_quick: bool) -> Result<PathBuf, String> {
    let folder = root().join("benches");
    let mut command = cargo();
    command.current_dir(&folder).args(["build", "--release", "--locked"]);
    if is_quick {
        command.arg("--no-default-features");
    }
    run(&mut command)?;
    Ok(folder.join("target/release/imagegate-benches"))
}

fn measure(program: &PathBuf, arguments: &[String]) -> Result<(), String> {
    run(Command::new(program).args(arguments))?;
    let counted = [
        ("assess", 5, 25),
        ("action", 100, 1_100),
        ("decide", 100, 1_100),
        ("key", 100, 1_100),
        ("json", 100, 1_100),
    ];
    let names = counted.map(|(what, ..)| format!("**{what}**"));
    println!("| **instructions, 1,000 × 2,000, one hit** | {} | | |", names.join(" | "));
    if !has("valgrind") {
        println!("| not counted here: valgrind is not installed | | | | | | | |");
        return Ok(());
    }
    let mut counts = Vec::new();
    for (what, few, many) in counted {
        let (before, after) = (instructions(program, what, few)?, instructions(program, what, many)?);
        let count = after.saturating_sub(before).checked_div(u64::saturating_sub(many, few));
        counts.push(count.unwrap_or_default().to_string());
    }
    println!("| callgrind, the difference of two runs | {} | | |", counts.join(" | "));
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
