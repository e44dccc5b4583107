//! `cargo xtask overhead`: what the hosts cost. The hook alone, the time it adds to a container's start, and the
//! authorization plugin under load.
//!
//! Medians and intervals of runs that alternate, and instruction counts, since machines that do other work meanwhile
//! make everything slower, but not everything by the same.

mod authz;
mod hook;
mod load;
mod stats;

use crate::commands::{cargo, ended, run, target};
use crate::e2e::{Folder, machine};
use crate::packages;
use std::path::PathBuf;
use std::process::ExitCode;

/// The command. `--quick` takes a tenth of the runs, `--no-build` the programs as they are.
pub fn overhead(options: &[String]) -> ExitCode {
    let has = |name: &str| options.iter().any(|option| option == name);
    let packages = ["--package", "imagegate-hook", "--package", "imagegate-agent"];
    let built = if has("--no-build") {
        Ok(())
    } else {
        run(cargo().args(["build", "--release", "--locked"]).args(packages))
    };
    ended(built.and_then(|()| measure(if has("--quick") { QUICK } else { FULL })))
}

/// How often things are done.
#[derive(Clone, Copy)]
struct Runs {
    alone: usize,
    in_runc: usize,
    requests: usize,
    creates: usize,
}

const FULL: Runs = Runs { alone: 300, in_runc: 500, requests: 100_000, creates: 10_000 };
const QUICK: Runs = Runs { alone: 30, in_runc: 50, requests: 10_000, creates: 1_000 };

fn measure(runs: Runs) -> Result<(), String> {
    let folder = Folder::new()?;
    let site = load::site(&folder.0.join("site"))?;
    println!("policies 1000, findings 2000; times in ms, medians\n");
    hook::alone(&site, &built("imagegate-hook"), &built("imagegate-agent"), runs.alone)?;
    match machine::unfit() {
        Some(reason) => println!("not shown: {reason}"),
        None if !packages::has("runc") => println!("not shown: runc is not installed"),
        None => {
            let rootfs = machine::root_file_system(&folder.0)?;
            hook::in_runc(&site, &rootfs, &built("imagegate-hook"), &built("imagegate-agent"), runs.in_runc)?;
        }
    }
    authz::load(&site, &built("imagegate-agent"), runs.requests, runs.creates)
}

fn built(name: &str) -> PathBuf {
    target().join("release").join(name)
}
