//! `cargo xtask e2e`: real runtimes start, or refuse to start, real containers because imagegate says so.
//!
//! It needs root and Debian's packages, which it installs where they are missing. What cannot be shown on a machine is
//! named, never passed over.

pub mod bundles;
mod cases;
pub mod daemon;
mod docker;
pub mod machine;
mod podman;
pub mod site;
mod table;

use crate::commands::{cargo, run, target};
use crate::packages;
use site::Runtime;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use table::Table;

/// The command.
pub fn e2e() -> ExitCode {
    match step() {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(reason)) => {
            eprintln!("NOT SHOWN HERE  {reason}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("FAILED  {error}");
            ExitCode::FAILURE
        }
    }
}

/// All runtimes and cases; `Ok(Some(reason))` says what could not be shown here.
pub fn step() -> Result<Option<String>, String> {
    if let Some(reason) = machine::unfit() {
        return Ok(Some(reason));
    }
    let mut missing = machine::install();
    run(cargo().args([
        "build",
        "--quiet",
        "--locked",
        "--package",
        "imagegate-hook",
        "--package",
        "imagegate-agent",
    ]))?;
    let folder = Folder::new()?;
    let rootfs = machine::root_file_system(&folder.0)?;
    let mut table = Table::default();
    let candidates: [(&str, Make); 3] =
        [("runc", bundles::runc), ("crun", bundles::crun), ("podman", podman::podman)];
    for (name, make) in candidates {
        if !packages::has(name) {
            continue;
        }
        let of_runtime = folder.0.join(name);
        std::fs::create_dir_all(&of_runtime).map_err(|error| format!("{}: {error}", of_runtime.display()))?;
        let runtime = make(&of_runtime, &rootfs).map_err(|error| format!("{name}: {error}"))?;
        // A machine may have a runtime and not let it work: only one that starts a container can refuse one.
        if let Err(reason) = cases::works(runtime.as_ref()) {
            missing
                .push(format!("{name} starts no container on this machine, even without the hook: {reason}"));
            continue;
        }
        cases::run(
            runtime.as_ref(),
            &of_runtime,
            &built("imagegate-hook"),
            &built("imagegate-agent"),
            &mut table,
        );
        runtime.clean();
    }
    if packages::has("dockerd") && packages::has("docker") {
        let of_docker = folder.0.join("docker");
        std::fs::create_dir_all(&of_docker).map_err(|error| format!("{}: {error}", of_docker.display()))?;
        if let Err(reason) = docker::run(&of_docker, &rootfs, &built("imagegate-agent"), &mut table) {
            missing.push(format!("dockerd cannot be used on this machine: {reason}"));
        }
    } else {
        missing.push("dockerd and its client are not both installed".to_owned());
    }
    table.print();
    if !table.failures().is_empty() {
        return Err(format!("end-to-end cases failed: {}", table.failures().join("; ")));
    }
    Ok((!missing.is_empty()).then(|| missing.join("; ")))
}

/// Sets a runtime up in a folder, with a root file system for its images.
type Make = fn(&Path, &Path) -> Result<Box<dyn Runtime>, String>;

/// A program under test.
fn built(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// A folder that goes when it is dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new one.
    pub fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("imagegate-e2e-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} could not be removed: {error}", self.0.display());
        }
    }
}
