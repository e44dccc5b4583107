//! Fuzzing: builds `fuzz/` once with coverage counters, and runs its targets one after the other.

use crate::commands::{cargo, ended, output, root, run, target};
use crate::packages::provide;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{fs, io};

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What libFuzzer needs of every crate, as `cargo fuzz` sets it; all of it is stable.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// How long each target runs.
#[derive(Clone, Copy)]
enum Effort {
    /// So many seconds of CPU time, from what was learnt before.
    Seconds(u64),
    /// A thousand inputs from the seeds, in an order that is always the same.
    Same,
}

struct Options {
    effort: Effort,
    /// None named: all.
    targets: Vec<String>,
    /// Whether memory is watched as well, which takes a flag that stable compilers hide.
    is_watched: bool,
}

/// `cargo xtask fuzz --seconds N [--target T]… [--unwatched]`
pub fn command(arguments: &[String]) -> ExitCode {
    ended(options(arguments).and_then(|options| fuzz(&options)))
}

/// The same few inputs of every target each time, so that a change is not refused for what was wrong before it; without
/// the sanitizer, which takes long to build.
pub fn smoke() -> Result<Option<String>, String> {
    if !provide("g++", "g++") {
        return Ok(Some("g++, which builds libFuzzer, is not installed and could not be".to_owned()));
    }
    fuzz(&Options { effort: Effort::Same, targets: Vec::new(), is_watched: false }).map(|()| None)
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options { effort: Effort::Seconds(60), targets: Vec::new(), is_watched: true };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--seconds" => {
                let seconds = value()?.parse().map_err(|error| format!("--seconds: {error}"))?;
                options.effort = Effort::Seconds(seconds);
            }
            "--target" => options.targets.push(value()?.clone()),
            "--unwatched" => options.is_watched = false,
            other => {
                return Err(format!("unknown option {other}: known are --seconds, --target, --unwatched"));
            }
        }
    }
    Ok(options)
}

/// Runs the targets and prints the table; the error says how many of them crashed.
fn fuzz(options: &Options) -> Result<(), String> {
    let folder = target().join("fuzz");
    let known = seeds(&folder.join("seeds"))?;
    if let Some(wrong) = options.targets.iter().find(|name| !known.contains(name)) {
        return Err(format!("{wrong} is no target: known are {}", known.join(", ")));
    }
    let program = build(&folder, options.is_watched)?;
    let mut table = String::from(
        "| target | executions | coverage edges | corpus | crashes | CPU s |\n|---|---|---|---|---|---|\n",
    );
    let mut crashes = 0_usize;
    for name in known.iter().filter(|name| options.targets.is_empty() || options.targets.contains(name)) {
        let ran = run_target(&program, &folder, name, options.effort)?;
        let row = format!(
            "| {name} | {} | {} | {} | {} | {} |\n",
            ran.executions, ran.edges, ran.corpus, ran.crashes, ran.cpu_seconds
        );
        eprint!("{row}");
        table.push_str(&row);
        crashes = crashes.saturating_add(usize::from(ran.crashes > 0));
    }
    println!("{table}");
    if crashes == 0 { Ok(()) } else { Err(format!("{crashes} targets crashed")) }
}

/// Writes the seeds, and returns the names of the targets.
fn seeds(folder: &Path) -> Result<Vec<String>, String> {
    let mut command = cargo();
    command.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "imagegate-fuzz-targets",
        "--bin",
        "fuzz-seeds",
        "--",
    ]);
    Ok(output(command.arg(root()).arg(folder))?.lines().map(str::to_owned).collect())
}

fn build(folder: &Path, is_watched: bool) -> Result<PathBuf, String> {
    let built = folder.join(if is_watched { "watched" } else { "unwatched" });
    let mut command = cargo();
    command.current_dir(root().join("fuzz")).args(["build", "--release", "--locked", "--target", TRIPLE]);
    command.arg("--target-dir").arg(&built);
    if is_watched {
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", format!("{COVERAGE} -Zsanitizer=address"));
    } else {
        command.env("RUSTFLAGS", COVERAGE);
    }
    run(&mut command)?;
    Ok(built.join(TRIPLE).join("release/imagegate-fuzz"))
}

#[derive(Default)]
struct Ran {
    executions: u64,
    edges: u64,
    corpus: u64,
    crashes: u64,
    cpu_seconds: u64,
}

/// Runs one target until it has had its CPU time: libFuzzer itself counts the time of the clock on the wall.
fn run_target(program: &Path, folder: &Path, name: &str, effort: Effort) -> Result<Ran, String> {
    let (learnt, seconds) = match effort {
        Effort::Seconds(seconds) => ("corpus", seconds),
        Effort::Same => ("corpus-of-the-same", 1),
    };
    let (corpus, artifacts, seeds) =
        (folder.join(learnt).join(name), folder.join("artifacts").join(name), folder.join("seeds"));
    if matches!(effort, Effort::Same) && corpus.exists() {
        fs::remove_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    }
    for made in [&corpus, &artifacts] {
        fs::create_dir_all(made).map_err(|error| format!("{}: {error}", made.display()))?;
    }
    let mut ran = Ran::default();
    while ran.cpu_seconds < seconds {
        let left = seconds.saturating_sub(ran.cpu_seconds);
        let mut command = Command::new(program);
        command.env("IMAGEGATE_FUZZ_TARGET", name).env("RUST_BACKTRACE", "0");
        match effort {
            Effort::Seconds(_) => command.arg(format!("-max_total_time={left}")),
            Effort::Same => command.args(["-seed=1", "-runs=1000"]),
        };
        command.arg("-print_final_stats=1");
        command.args(["-timeout=20", "-rss_limit_mb=2560", "-verbosity=1"]);
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        let dictionary = seeds.join(format!("{name}.dict"));
        if fs::metadata(&dictionary).is_ok_and(|file| file.len() > 0) {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let before = children_seconds();
        let output = command.arg(&corpus).arg(seeds.join(name)).stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("{command:?}: {error}"))?;
        // At least one, so that this ends.
        let used = children_seconds().saturating_sub(before).max(1);
        ran.cpu_seconds = ran.cpu_seconds.saturating_add(used);
        let log = String::from_utf8_lossy(&output.stderr);
        ran.read(&log);
        if !output.status.success() {
            ran.crashes = ran.crashes.saturating_add(1);
            eprintln!("{name} crashed; what made it crash is in {}\n{}", artifacts.display(), end_of(&log));
            break;
        }
    }
    Ok(ran)
}

impl Ran {
    /// Takes the figures from what libFuzzer printed.
    fn read(&mut self, log: &str) {
        let number =
            |text: &str| text.split_whitespace().next().and_then(|word| word.split('/').next()?.parse().ok());
        for line in log.lines().filter(|line| line.starts_with('#')) {
            for (mark, figure) in [(" cov: ", &mut self.edges), (" corp: ", &mut self.corpus)] {
                if let Some(value) = line.split_once(mark).and_then(|(_, rest)| number(rest)) {
                    *figure = value;
                }
            }
        }
        let executions =
            log.lines().find_map(|line| number(line.strip_prefix("stat::number_of_executed_units:")?));
        self.executions = self.executions.saturating_add(executions.unwrap_or(0));
    }
}

/// What it said last, without the words that libFuzzer recommends.
fn end_of(log: &str) -> String {
    let mut end = String::new();
    let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with(['#', '"', '\t'])).collect();
    for line in lines.iter().skip(lines.len().saturating_sub(60)) {
        let _ = writeln!(end, "{}", line.chars().take(2_000).collect::<String>());
    }
    end
}

/// CPU time of all children that have ended, in seconds.
fn children_seconds() -> u64 {
    let read = || -> io::Result<u64> {
        let stat = fs::read_to_string("/proc/self/stat")?;
        let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
        // The user and system time of children, in hundredths.
        let times = fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<u64>().ok());
        Ok(times.sum::<u64>().div_euclid(100))
    };
    read().unwrap_or(0)
}
