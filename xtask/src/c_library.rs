//! The C library beyond its Rust tests: the same C programs under a sanitizer and under Valgrind, and the library as
//! it is installed.

use crate::commands::{cargo, expect, output, root, run, target};
use crate::install::{Installed, Profile, install};
use crate::packages::provide;
use std::path::Path;
use std::process::Command;

type Done = Result<Option<String>, String>;

/// Finds errors in memory and leaks in the C programs of `ffi/c`, and compiles the header as C++ and with Clang.
pub fn watched() -> Done {
    let mut missing: Vec<&str> = Vec::new();
    for (program, package) in [("g++", "g++"), ("clang", "clang")] {
        if !provide(program, package) {
            missing.push(program);
        }
    }
    run(tests(&["--test", "header"]).env("IMAGEGATE_CFLAGS", ""))?;
    let programs = ["--test", "corpus", "--test", "programs"];
    let sanitizers = "-fsanitize=address,undefined -fno-sanitize-recover=all";
    run(tests(&programs).env("IMAGEGATE_CFLAGS", sanitizers))?;
    if provide("valgrind", "valgrind") {
        let kinds = "definite,indirect,possible";
        let valgrind = format!(
            "valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds={kinds} \
             --errors-for-leak-kinds={kinds}"
        );
        run(tests(&programs).env("IMAGEGATE_RUNNER", valgrind))?;
    } else {
        missing.push("valgrind");
    }
    let reason = format!("not installed, and could not be: {}", missing.join(", "));
    Ok((!missing.is_empty()).then_some(reason))
}

fn tests(names: &[&str]) -> Command {
    let mut command = cargo();
    // Of the workspace, as all other tests, so that nothing is built again with other features.
    command.args(["test", "--quiet", "--locked", "--workspace"]).args(names);
    command
}

/// Installs into a prefix, builds the example as its first lines say, and holds what it prints against the command.
pub fn installed() -> Done {
    if !provide("pkg-config", "pkg-config") {
        return Ok(Some("pkg-config is not installed and could not be".to_owned()));
    }
    let installed = install(&target().join("prefix"), Profile::Debug)?;
    for package in ["imagegate", "imagegate-static"] {
        let program = target().join(format!("agent-{package}"));
        let mut cc = Command::new("cc");
        cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror"]).arg(root().join("ffi/examples/agent.c"));
        run(cc.args(flags(&installed, package)?).arg("-o").arg(&program))?;
        same_as_the_command(&program, &installed)?;
    }
    Ok(None)
}

/// What pkg-config says.
fn flags(installed: &Installed, package: &str) -> Result<Vec<String>, String> {
    let mut command = Command::new("pkg-config");
    command.env("PKG_CONFIG_PATH", installed.pkg_config()).args(["--cflags", "--libs", package]);
    Ok(output(&mut command)?.split_whitespace().map(str::to_owned).collect())
}

/// An agent prints the decision that `imagegate decide` prints, and has its exit status.
pub fn same_as_the_command(agent: &Path, installed: &Installed) -> Result<(), String> {
    // 2026-11-24T06:00:00Z, and while the policy of the example still observes.
    for (image, profile, now, seconds) in [
        ("cart", true, "2026-11-24T06:00:00Z", "1795500000"),
        ("cart", true, "2026-11-10T06:00:00Z", "1794290400"),
        ("web", true, "2026-11-24T06:00:00Z", "1795500000"),
        ("web", false, "2026-11-24T06:00:00Z", "1795500000"),
    ] {
        let launch = format!("examples/{image}-docker-create.json");
        let report = format!("examples/{image}-trivy.json");
        let mut decide = cargo();
        decide.args(["run", "-q", "--locked", "--", "decide", "--policies", "examples/policies.json"]);
        decide.args(["--launch", &launch, "--now", now]);
        if profile {
            decide.args(["--profile", &report]);
        }
        let output = decide.output().map_err(|error| format!("{decide:?}: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let status = output.status.code().filter(|code| *code < 2);
        let status = status.ok_or_else(|| format!("{decide:?}: {}", output.status))?;
        let mut command = Command::new(agent);
        command.current_dir(root()).env("LD_LIBRARY_PATH", installed.lib());
        command.args(["examples/policies.json", if profile { &report } else { "-" }, &launch, seconds]);
        expect(&mut command, status, &[text.trim_end()])?;
    }
    // Where nothing can be decided, nothing reads as allowed.
    let mut command = Command::new(agent);
    command.current_dir(root()).env("LD_LIBRARY_PATH", installed.lib());
    command.args(["examples/policies.json", "examples/cart-docker-create.json", "README.md", "0"]);
    expect(&mut command, 2, &[])
}
