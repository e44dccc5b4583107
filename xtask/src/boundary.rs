//! What the boundary costs: the same questions in Rust, in C and in Go, in one run.

use crate::commands::{cargo, ended, output, root, run, target};
use crate::go::go;
use crate::install::{Installed, Profile, install};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// `cargo xtask boundary`
pub fn command() -> ExitCode {
    ended(measure())
}

/// Each language once a round, so that what else the machine does meets all of them; the least median counts.
const ROUNDS: usize = 5;
const LANGUAGES: [&str; 3] = ["Rust", "C", "Go"];
const QUESTIONS: [(&str, &str); 4] = [
    ("action", "action of a launch"),
    ("gate", "the same through a gate, by name"),
    ("key", "with the aggregation key"),
    ("whole", "action, key, JSON and text"),
];

fn measure() -> Result<(), String> {
    let installed = install(&target().join("prefix-release"), Profile::Release)?;
    let programs = build(&installed)?;
    let mut least: BTreeMap<(String, &str), f64> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (program, language) in programs.iter().zip(LANGUAGES) {
            for (question, time) in times(program, &installed)? {
                let known = least.entry((question, language)).or_insert(f64::MAX);
                *known = known.min(time);
            }
        }
    }
    println!("| nanoseconds a call | Rust | C | Go |\n|---|---:|---:|---:|");
    for (question, title) in QUESTIONS {
        let rust = least.get(&(question.to_owned(), "Rust")).copied();
        let cells: Vec<String> = LANGUAGES
            .iter()
            .map(|language| match (least.get(&(question.to_owned(), *language)), rust) {
                (Some(time), Some(rust)) if *language != "Rust" => format!("{time:.0} ({:+.0})", time - rust),
                (Some(time), _) => format!("{time:.0}"),
                (None, _) => "–".to_owned(),
            })
            .collect();
        println!("| {title} | {} |", cells.join(" | "));
    }
    size(&installed)
}

fn build(installed: &Installed) -> Result<[PathBuf; 3], String> {
    run(cargo().args([
        "build",
        "-q",
        "--release",
        "--locked",
        "-p",
        "imagegate-ffi",
        "--example",
        "boundary",
    ]))?;
    let c = target().join("boundary-c");
    let mut cc = Command::new("cc");
    cc.args(["-std=gnu11", "-O2"]).arg(root().join("ffi/boundary/boundary.c")).arg("-o").arg(&c);
    cc.arg("-I").arg(installed.prefix.join("include")).arg("-L").arg(installed.lib()).arg("-limagegate");
    run(&mut cc)?;
    let in_go = target().join("boundary-go");
    run(go(installed)?.arg("build").arg("-o").arg(&in_go).arg("./internal/boundary"))?;
    Ok([target().join("release/examples/boundary"), c, in_go])
}

/// Question and nanoseconds.
fn times(program: &Path, installed: &Installed) -> Result<Vec<(String, f64)>, String> {
    let mut command = Command::new(program);
    command.current_dir(root()).env("LD_LIBRARY_PATH", installed.lib());
    command.args(["examples/policies.json", "examples/cart-trivy.json", "examples/cart-docker-create.json"]);
    let text = output(command.arg("1795500000"))?;
    let line = |line: &str| {
        let (question, time) = line.split_once(' ')?;
        Some((question.to_owned(), time.parse().ok()?))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// Size, symbols and dependencies of the shared library.
fn size(installed: &Installed) -> Result<(), String> {
    let library = installed.lib().join("libimagegate.so");
    let stripped = target().join("stripped.so");
    run(Command::new("strip").arg("-o").arg(&stripped).arg(&library))?;
    let bytes =
        std::fs::metadata(&stripped).map_err(|error| format!("{}: {error}", stripped.display()))?.len();
    let lines = |program: &str, options: &[&str], needle: &str| -> Result<Vec<String>, String> {
        let output = Command::new(program).args(options).arg(&library).output();
        let output = output.map_err(|error| format!("{program}: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().filter(|line| line.contains(needle)).map(str::to_owned).collect())
    };
    let symbols = lines("nm", &["-D", "--defined-only"], " ")?.len();
    let needed = lines("readelf", &["-d", "-W"], "(NEEDED)")?;
    let names: Vec<&str> =
        needed.iter().filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0)).collect();
    println!(
        "libimagegate.so: {bytes} bytes stripped, {symbols} exported symbols, needs {}",
        names.join(", ")
    );
    Ok(())
}
