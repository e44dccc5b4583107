//! Programs that Debian's packages bring.

use crate::commands::run;
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
