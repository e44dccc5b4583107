//! Programs that are installed where they are missing: Debian's, and cargo's own.

use crate::commands::{cargo, run};
use std::process::{Command, Stdio};

/// Whether a program is in the path.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Sees to it that `program` is there, installing `package` if it is missing and that is possible. Whether it is there
/// in the end.
pub fn provide(program: &str, package: &str) -> bool {
    if has(program) {
        return true;
    }
    eprintln!("installing {package}");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(arguments);
        run(command.stdout(Stdio::null()))
    };
    let install = ["install", "--no-install-recommends", package];
    // The lists of packages of a fresh machine may be old or missing.
    if let Err(error) = apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install))) {
        eprintln!("{package} could not be installed: {error}");
    }
    has(program)
}

/// Sees to it that `cargo NAME` works, installing `cargo-NAME` if it is missing.
pub fn provide_subcommand(name: &str) -> Result<(), String> {
    let mut version = cargo();
    version.args([name, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if version.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    eprintln!("installing cargo-{name}");
    run(cargo().args(["install", "--locked", &format!("cargo-{name}")]))
}
