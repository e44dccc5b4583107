//! The Python package: a wheel is built and installed as users do it, then tested from outside.

use crate::commands::{ended, root, run, target};
use crate::packages::provide;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const OLDEST: &str = "3.10";

/// Builds the wheel, installs it into a new virtual environment and runs the tests, mypy and stubtest there.
pub fn package() -> Result<Option<String>, String> {
    let interpreter = std::env::var_os("IMAGEGATE_PYTHON").unwrap_or_else(|| "python3".into());
    let probe = format!("import sys; sys.exit(sys.version_info < ({}))", OLDEST.replace('.', ","));
    let is_new = Command::new(&interpreter).args(["-c", &probe]).stderr(Stdio::null()).status();
    if !is_new.is_ok_and(|status| status.success()) {
        return Ok(Some(format!("{} is no Python {OLDEST} or later", interpreter.to_string_lossy())));
    }
    let venv = target().join("python/venv");
    let make = || run(Command::new(&interpreter).args(["-m", "venv", "--clear"]).arg(&venv));
    // Debian packages this part of Python on its own; there is no program of that name to look for.
    if let Err(error) = make().or_else(|_| {
        provide("python3-venv", "python3-venv");
        make()
    }) {
        return Ok(Some(format!("no virtual environment could be made (python3-venv missing?): {error}")));
    }
    let python = venv.join("bin/python");
    // Tables are part of the documentation; polars is large, and its example is left out where it is not installed.
    if let Err(error) = run(&mut pip(&python, &["install", "pytest", "mypy", "pandas"])) {
        return Ok(Some(format!(
            "pytest, mypy and pandas could not be installed from the package index: {error}"
        )));
    }
    // Optimised, but not linked as tightly as a release: that takes minutes, and changes nothing that is tested here.
    install_wheel(
        &python,
        &[("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")],
    )?;
    in_package(&python, &["-m", "pytest", "-q"])?;
    in_package(&python, &["-m", "mypy", "tests", "benches", "../examples"])?;
    in_package(&python, &["-m", "mypy", "python/imagegate"])?;
    let allowed = "tests/stubtest-allowlist.txt";
    in_package(&python, &["-m", "mypy.stubtest", "imagegate", "--allowlist", allowed])?;
    Ok(None)
}

/// The cost of a decision from Python, beside other ways to get one.
pub fn bench(arguments: &[String]) -> ExitCode {
    ended(measure(arguments))
}

fn measure(arguments: &[String]) -> Result<(), String> {
    let python = target().join("python/venv/bin/python");
    if !python.exists() {
        return Err("there is no wheel yet: run `cargo xtask python` first".to_owned());
    }
    run(&mut pip(&python, &["install", "cedarpy"]))?;
    install_wheel(&python, &[])?;
    run(Command::new(&python).current_dir(root()).arg("python/benches/decide.py").args(arguments))
}

/// Builds the wheel as users do, with `environment` beside the usual one, and installs it.
fn install_wheel(python: &Path, environment: &[(&str, &str)]) -> Result<(), String> {
    let wheels = target().join("python/wheels");
    // Only the wheel of this run may be found there.
    let _ = std::fs::remove_dir_all(&wheels);
    let path = wheels.display().to_string();
    let mut build = pip(python, &["wheel", "--no-deps", "--wheel-dir", &path, "./python"]);
    run(build.envs(environment.iter().copied()))?;
    let wheel = only_file(&wheels)?.display().to_string();
    run(&mut pip(python, &["install", "--no-deps", "--force-reinstall", &wheel]))
}

fn pip(python: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(python);
    command.current_dir(root()).args(["-m", "pip", "--disable-pip-version-check", "-q"]).args(arguments);
    command
}

fn in_package(python: &Path, arguments: &[&str]) -> Result<(), String> {
    // Not from a folder that holds a package `imagegate`: what is tested is what the wheel installed.
    run(Command::new(python).current_dir(root().join("python")).args(arguments))
}

fn only_file(folder: &Path) -> Result<PathBuf, String> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    match list() {
        Ok(mut files) if files.len() == 1 => files.pop().ok_or_else(String::new),
        Ok(files) => Err(format!("{} should hold one wheel: {files:?}", folder.display())),
        Err(error) => Err(format!("{}: {error}", folder.display())),
    }
}
