//! What the machine has, and what it can get.

use crate::commands::run;
use crate::packages::provide;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs, and the packages of Debian that have them.
const PACKAGES: [(&str, &str); 5] = [
    ("runc", "runc"),
    ("crun", "crun"),
    ("podman", "podman"),
    ("dockerd", "docker.io"),
    ("busybox", "busybox-static"),
];

/// Why nothing can be shown on this machine at all.
pub fn unfit() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("containers of Linux start only on Linux".to_owned());
    }
    let is_root = fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t0\t")));
    (!is_root).then(|| {
        "runtimes that really refuse a container need root: run `cargo xtask e2e` as root".to_owned()
    })
}

/// Installs what is missing, as far as that is possible. What is still missing.
pub fn install() -> Vec<String> {
    let missing = PACKAGES.into_iter().filter(|(program, package)| !provide(program, package));
    missing
        .map(|(program, package)| format!("{program} (Debian's {package}) could not be installed"))
        .collect()
}

/// A root file system with the static busybox and nothing else.
pub fn root_file_system(folder: &Path) -> Result<PathBuf, String> {
    let told = |error: std::io::Error| format!("no root file system: {error}");
    let rootfs = folder.join("rootfs");
    for name in ["bin", "dev", "etc", "proc", "sys", "tmp"] {
        fs::create_dir_all(rootfs.join(name)).map_err(told)?;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let busybox =
        std::env::split_paths(&path).map(|folder| folder.join("busybox")).find(|file| file.is_file());
    let busybox = busybox.ok_or("no busybox (Debian's package busybox-static) to put into containers")?;
    fs::copy(busybox, rootfs.join("bin/busybox")).map_err(told)?;
    std::os::unix::fs::symlink("busybox", rootfs.join("bin/sh")).map_err(told)?;
    Ok(rootfs)
}

/// The root file system as an archive, with a file that makes it differ from others.
pub fn archive(rootfs: &Path, name: &str, archive: &str) -> Result<(), String> {
    fs::write(rootfs.join("etc/image"), name).map_err(|error| error.to_string())?;
    run(Command::new("tar").args(["--create", "--file", archive, "--directory"]).arg(rootfs).arg("."))
}
