//! The one entry to checking this repository: `cargo xtask test` runs everything it can test, installs what it needs
//! for that, and names what it could not run.

mod bench;
mod boundary;
mod c_library;
mod commands;
mod coverage;
mod differential;
mod e2e;
mod fuzz;
mod go;
mod hostile;
mod install;
mod loom;
mod mutants;
mod overhead;
mod packages;
mod postgres;
mod python;
mod sbom;
mod steps;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

commands:
  test     everything: format, lints, tests of all languages, documentation, examples, licences
  quick    format, lints and the Rust tests
  c        the C library under ASan and Valgrind, and as it is installed
  go       the Go package
  bench    the benchmarks in one table, and instruction counts (--quick leaves the peers out)
  boundary what a decision costs in Rust, in C and in Go
  e2e      real runtimes and containers (as root; installs the runtimes)
  python   the Python wheel and its tests; python-bench measures it beside other ways to decide
  postgres COMMAND   runs it with a temporary PostgreSQL in $IMAGEGATE_POSTGRES
  kill-test   kills writers of events, 200 times for each database (--kills N)
  events-bench   how fast events are written and found (--rows N)
  overhead what the hook and the agent cost (as root, with runc; --quick)
  differential   the engine against the reference (--cases N, --seed S, --threads T)
  mutants   which changes of the core no test notices (cargo-mutants; --shard K/N)
  coverage   lines of the core that its tests run (installs llvm-tools)
  sbom     what is released as CycloneDX, in target/sbom (cargo-cyclonedx)
  fuzz     runs the fuzz targets (--seconds N of CPU time each, --target T, --unwatched: without ASan)
  hostile  measures hostile input, and writes docs/hostile-input.md
  loom     the gate's threads, in every order of their steps
  bless    record the decisions of testdata/cases and the C headers anew (review the diff)
  install  the C library into a prefix (--prefix DIR)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, options) =
        arguments.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let steps: &[steps::Step] = match command {
        "test" => steps::TEST,
        "quick" => steps::QUICK,
        "c" => steps::C,
        "go" => steps::GO,
        "python" => steps::PYTHON,
        "python-bench" => return python::bench(options),
        "loom" => steps::LOOM,
        "bless" => steps::BLESS,
        "boundary" => return boundary::command(),
        "bench" => return bench::bench(options),
        "postgres" => return postgres::with_postgres(options),
        "kill-test" => return postgres::kill_test(options),
        "events-bench" => return postgres::bench(options),
        "differential" => return differential::command(options),
        "mutants" => return mutants::command(options),
        "coverage" => return coverage::command(),
        "sbom" => return sbom::command(),
        "e2e" => return e2e::e2e(),
        "hostile" => return hostile::command(options),
        "fuzz" => return fuzz::command(options),
        "overhead" => return overhead::overhead(options),
        "install" => return install::command(options),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    steps::run_all(steps)
}
