//! The steps of each command.

use crate::c_library;
use crate::commands::{cargo, expect, run};
use crate::go;
use crate::packages::provide_subcommand;
use std::process::ExitCode;
use std::time::Instant;

/// A named check. `Ok(Some(reason))` means that it could not be shown here, and why.
pub struct Step {
    name: &'static str,
    run: fn() -> Result<Option<String>, String>,
}

pub const QUICK: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "lints", run: lints },
    Step { name: "Rust tests", run: rust_tests },
];

pub const TEST: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "lints", run: lints },
    Step { name: "Rust tests", run: rust_tests },
    Step { name: "events in PostgreSQL", run: crate::postgres::tests },
    C_WATCHED,
    C_INSTALLED,
    GO_PACKAGE,
    Step { name: "documentation", run: documentation },
    Step { name: "the README's examples", run: examples },
    Step { name: "runtimes refuse containers", run: crate::e2e::step },
    PYTHON_PACKAGE,
    GATE_IN_EVERY_ORDER,
    Step { name: "fuzz targets, a thousand inputs each", run: crate::fuzz::smoke },
    Step { name: "licences, bans and sources", run: supply_chain },
];

const C_WATCHED: Step = Step { name: "C library under ASan and Valgrind", run: c_library::watched };
const C_INSTALLED: Step = Step { name: "C library as installed", run: c_library::installed };
const GO_PACKAGE: Step = Step { name: "Go package", run: go::package };
const PYTHON_PACKAGE: Step = Step { name: "Python package", run: crate::python::package };

const GATE_IN_EVERY_ORDER: Step = Step { name: "the gate in every order of steps", run: crate::loom::gate };

pub const LOOM: &[Step] = &[GATE_IN_EVERY_ORDER];
pub const C: &[Step] = &[C_WATCHED, C_INSTALLED];
pub const GO: &[Step] = &[GO_PACKAGE];
pub const PYTHON: &[Step] = &[PYTHON_PACKAGE];

pub const BLESS: &[Step] = &[
    Step { name: "record the decisions of testdata/cases", run: bless },
    Step { name: "write include/*.h", run: bless_headers },
];

/// Runs all steps, also after a failure, and sums up.
pub fn run_all(steps: &[Step]) -> ExitCode {
    let (mut passed, mut failures, mut skipped) = (0_usize, Vec::new(), Vec::new());
    for step in steps {
        eprintln!("\n== {}", step.name);
        let start = Instant::now();
        match (step.run)() {
            Ok(None) => passed = passed.saturating_add(1),
            Ok(Some(reason)) => skipped.push(format!("{}: {reason}", step.name)),
            Err(error) => failures.push(format!("{}: {error}", step.name)),
        }
        eprintln!("== {} took {} s", step.name, start.elapsed().as_secs());
    }
    eprintln!();
    skipped.iter().for_each(|reason| eprintln!("NOT SHOWN HERE  {reason}"));
    failures.iter().for_each(|failure| eprintln!("FAILED  {failure}"));
    println!("{passed} passed, {} failed, {} skipped", failures.len(), skipped.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Done = Result<Option<String>, String>;

fn format() -> Done {
    run(cargo().args(["fmt", "--all", "--check"])).map(|()| None)
}

fn lints() -> Done {
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
        .map(|()| None)
}

fn rust_tests() -> Done {
    run(cargo().args(["test", "--workspace", "--locked"])).map(|()| None)
}

fn documentation() -> Done {
    let mut command = cargo();
    command.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--workspace", "--no-deps", "--locked"]);
    run(&mut command).map(|()| None)
}

/// The commands of the README, word for word in their arguments.
fn examples() -> Done {
    let decide = |image: &str, now: &str, format: &str| {
        let mut command = cargo();
        command.args(["run", "-q", "--locked", "--", "decide", "--policies", "examples/policies.json"]);
        command.args(["--profile", &format!("examples/{image}-trivy.json")]);
        command.args(["--launch", &format!("examples/{image}-docker-create.json")]);
        command.args(["--now", now, "--format", format]);
        command
    };
    let named =
        ["CVE-2022-0778", "openssl", "1.1.1k-1+deb11u2", "Critical and high vulnerabilities that have a fix"];
    expect(&mut decide("cart", "2026-11-24T06:00:00Z", "text"), 1, &[&["INTERCEPT"], &named[..]].concat())?;
    let json = ["\"action\":\"intercept\"", "\"aggregation_key\":\""];
    expect(&mut decide("cart", "2026-11-24T06:00:00Z", "json"), 1, &[&json[..], &named[..]].concat())?;
    expect(&mut decide("cart", "2026-11-10T06:00:00Z", "text"), 0, &["ALARM"])?;
    expect(&mut decide("web", "2026-11-24T06:00:00Z", "text"), 0, &["ALLOW"])?;
    let mut check = cargo();
    check.args(["run", "-q", "--locked", "--", "check", "examples/policies.json"]);
    expect(&mut check, 0, &["ok"])?;
    Ok(None)
}

fn supply_chain() -> Done {
    if let Err(error) = provide_subcommand("deny") {
        return Ok(Some(format!("cargo-deny is not installed and could not be: {error}")));
    }
    run(cargo().args(["deny", "--locked", "check", "licenses", "bans", "sources"]))?;
    eprintln!(
        "advisories are not part of this: they need a database from the network (cargo deny check advisories)"
    );
    Ok(None)
}

fn bless() -> Done {
    let mut command = cargo();
    command.env("IMAGEGATE_BLESS", "1").args(["test", "-q", "-p", "imagegate", "--test", "cases"]);
    run(&mut command).map(|()| None)
}

fn bless_headers() -> Done {
    let mut command = cargo();
    command.env("IMAGEGATE_BLESS", "1").args(["test", "-q", "-p", "imagegate-ffi", "--test", "header"]);
    run(&mut command).map(|()| None)
}
