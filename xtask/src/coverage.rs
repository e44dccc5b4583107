//! How much of the core its tests run, by lines.

use crate::commands::{cargo, ended, output, root, run, target};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Lines that were run, and all lines that have code.
type Lines = (u32, u32);

/// `cargo xtask coverage`: runs all tests of the core, its reference and its laws among them, and prints a table of
/// the folders of `core/src`.
pub fn command() -> ExitCode {
    ended(measure())
}

fn measure() -> Result<(), String> {
    let tools = tools()?;
    let folder = target().join("coverage");
    let raw = folder.join("raw");
    let written = raw.join("%p-%m.profraw");
    let mut tests = cargo();
    tests
        .args(["test", "--locked", "--package", "imagegate", "--lib", "--tests", "--target-dir"])
        .arg(&folder);
    tests.env("RUSTFLAGS", "-Cinstrument-coverage").env("LLVM_PROFILE_FILE", written);
    let programs = programs(&tests)?;
    // Of former runs, and of build scripts and macros, which are instrumented as well.
    let _ = fs::remove_dir_all(&raw);
    run(&mut tests)?;
    let merged = folder.join("merged.profdata");
    let mut merge = Command::new(tools.join("llvm-profdata"));
    merge.args(["merge", "--sparse", "-o"]).arg(&merged);
    let profiles = fs::read_dir(&raw).map_err(|error| format!("{}: {error}", raw.display()))?;
    run(merge.args(profiles.filter_map(|entry| Some(entry.ok()?.path()))))?;
    let mut export = Command::new(tools.join("llvm-cov"));
    export.args(["export", "--format=lcov", "--instr-profile"]).arg(&merged);
    for program in programs {
        export.arg("--object").arg(program);
    }
    let sources = root().join("core/src");
    print(&by_folder(&output(export.arg("--sources").arg(&sources))?, &sources)?);
    Ok(())
}

/// The folder of LLVM's tools in the toolchain.
fn tools() -> Result<PathBuf, String> {
    let libraries = output(Command::new("rustc").args(["--print", "target-libdir"]))?;
    let tools = Path::new(libraries.trim()).with_file_name("bin");
    if !tools.join("llvm-cov").is_file() {
        eprintln!("adding llvm-tools");
        run(Command::new("rustup").args(["component", "add", "llvm-tools"]))?;
    }
    Ok(tools)
}

/// Builds the programs of the tests; cargo says where they are.
fn programs(tests: &Command) -> Result<Vec<PathBuf>, String> {
    let mut build = cargo();
    build.args(tests.get_args()).args(["--no-run", "--message-format=json-render-diagnostics"]);
    build.envs(tests.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let messages = output(&mut build)?;
    let paths = messages.lines().filter_map(|line| line.split_once("\"executable\":\"")?.1.split('"').next());
    Ok(paths.map(PathBuf::from).collect())
}

/// Sums the lines of files by the folders that they are in, from LLVM's list in the form of lcov. Tests in the sources
/// are left out: they are run, whatever they test.
fn by_folder(list: &str, sources: &Path) -> Result<BTreeMap<String, Lines>, String> {
    let mut folders: BTreeMap<String, Lines> = BTreeMap::new();
    let mut of = (String::new(), 0);
    for line in list.lines() {
        if let Some(file) = line.strip_prefix("SF:") {
            let within = Path::new(file).strip_prefix(sources).map_err(|error| format!("{file}: {error}"))?;
            let folder = within.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
            of = (folder, lines_before_tests(Path::new(file))?);
            continue;
        }
        let Some((number, count)) = line.strip_prefix("DA:").and_then(|line| line.split_once(',')) else {
            continue;
        };
        let (folder, before_tests) = &of;
        if number.parse::<usize>().is_ok_and(|number| number <= *before_tests) {
            let (covered, all) = folders.entry(folder.clone()).or_default();
            *covered = covered.saturating_add(u32::from(count != "0"));
            *all = all.saturating_add(1);
        }
    }
    Ok(folders)
}

/// How many lines of a source come before its tests, which stand at its end or are all of it.
fn lines_before_tests(file: &Path) -> Result<usize, String> {
    if file.ends_with("tests.rs") {
        return Ok(0);
    }
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(text.lines().take_while(|line| *line != "#[cfg(test)]").count())
}

fn print(folders: &BTreeMap<String, Lines>) {
    println!("| folder | lines covered | of |  % |\n|---|---|---|---|");
    let mut sum: Lines = (0, 0);
    for (folder, (covered, all)) in folders {
        println!("{}", row(&format!("core/src/{folder}"), (*covered, *all)));
        sum = (sum.0.saturating_add(*covered), sum.1.saturating_add(*all));
    }
    println!("{}", row("**all**", sum));
}

fn row(name: &str, (covered, all): Lines) -> String {
    format!("| {name} | {covered} | {all} | {:.1} |", 100.0 * f64::from(covered) / f64::from(all.max(1)))
}
