//! The library as a C program gets it: built by cargo with nothing but its own features, in a folder with the file
//! that its SONAME names.
//!
//! `IMAGEGATE_CFLAGS` adds flags to every compilation, such as those of a sanitizer, and `IMAGEGATE_RUNNER` runs every
//! program, such as `valgrind`.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic, and not each of them uses all"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The committed header of the library.
pub fn header() -> PathBuf {
    root().join("include/imagegate.h")
}

/// Everything that is made for these tests is here.
pub fn scratch() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ffi");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder with the shared library, its SONAME and the archive, as `cargo build -p imagegate-ffi` makes them.
pub static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    // In this order, since both builds write to the same place in the target folder, where others look for the
    // library as it is.
    LazyLock::force(&PANICKING);
    build("plain", &[])
});

/// As [`LIBRARY`], with the functions that panic.
pub static PANICKING: LazyLock<PathBuf> = LazyLock::new(|| build("panicking", &["--features", "test-panic"]));

/// As [`LIBRARY`], of the events.
pub static EVENTS: LazyLock<PathBuf> =
    LazyLock::new(|| build_package("events", "imagegate-events-ffi", "libimagegate_events", &[]));

fn build(name: &str, options: &[&str]) -> PathBuf {
    build_package(name, "imagegate-ffi", "libimagegate", options)
}

fn build_package(name: &str, package: &str, library: &str, options: &[&str]) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["build", "--quiet", "--locked", "--package", package]).args(options);
    assert!(cargo.status().unwrap().success(), "{cargo:?}");
    // `CARGO_TARGET_TMPDIR` is `tmp` in the target folder.
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("debug");
    let folder = scratch().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let (shared, archive) = (format!("{library}.so"), format!("{library}.a"));
    for (from, to) in [(&shared, shared.clone()), (&shared, soname(library)), (&archive, archive.clone())] {
        // Tests of other binaries may have the old file open: it is replaced, not written over.
        let new = folder.join(format!("{to}.{}", std::process::id()));
        std::fs::copy(built.join(from), &new).unwrap();
        std::fs::rename(&new, folder.join(to)).unwrap();
    }
    folder
}

/// What the contract says the SONAME is, spelt out here again.
pub fn soname(library: &str) -> String {
    let version: Vec<&str> = env!("CARGO_PKG_VERSION").split('.').collect();
    if version[0] == "0" {
        format!("{library}.so.0.{}", version[1])
    } else {
        format!("{library}.so.{}", version[0])
    }
}

/// Compiles a program of `ffi/c` against the library in `folder`.
pub fn compile(source: &str, folder: &Path) -> PathBuf {
    compile_with(&Path::new("c").join(source), &[(folder, "imagegate")])
}

/// Compiles a program of `ffi` against libraries in their folders.
pub fn compile_with(source: &Path, libraries: &[(&Path, &str)]) -> PathBuf {
    let name = source.file_stem().unwrap().to_string_lossy();
    let program = scratch().join(format!("{name}.{}", std::process::id()));
    let mut cc = cc();
    cc.args(["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-g", "-O1", "-pthread"]);
    cc.args(["-Wall", "-Wextra", "-Wpedantic", "-Werror"]).arg(root().join("ffi").join(source));
    cc.arg("-o").arg(&program).arg("-I").arg(root().join("include"));
    for (folder, library) in libraries {
        cc.arg("-L").arg(folder).arg(format!("-l{library}")).arg(format!("-Wl,-rpath,{}", folder.display()));
    }
    run(&mut cc);
    program
}

/// The C compiler with the flags that the caller of the tests adds.
pub fn cc() -> Command {
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(std::env::var("IMAGEGATE_CFLAGS").unwrap_or_default().split_whitespace());
    cc
}

/// The program, run by what the caller of the tests names.
pub fn program(path: &Path) -> Command {
    let runner = std::env::var("IMAGEGATE_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    match words.next() {
        Some(runner) => {
            let mut command = Command::new(runner);
            command.args(words).arg(path);
            command
        }
        None => Command::new(path),
    }
}

/// Whether programs are watched, and therefore slow.
pub fn is_watched() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("IMAGEGATE_RUNNER") || is_set("IMAGEGATE_CFLAGS")
}

/// Runs the command, which must succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    output
}

/// The functions that a header declares, sorted.
pub fn functions_of(header: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(header).unwrap();
    let mut functions: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '/']))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(before, _)| before.rsplit([' ', '*']).next())
        .map(str::to_owned)
        .collect();
    functions.sort();
    functions
}

/// Names of the symbols that `nm` lists with these options.
pub fn symbols(options: &[&str], library: &Path) -> Vec<String> {
    let output = run(Command::new("nm").args(options).arg(library));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut names: Vec<String> =
        text.lines().filter_map(|line| line.split_whitespace().nth(2)).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// Values of the entries of this tag in the dynamic section.
pub fn dynamic(library: &Path, tag: &str) -> Vec<String> {
    let output = run(Command::new("readelf").args(["-d", "-W"]).arg(library));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter(|line| line.contains(&format!("({tag})")));
    let value = |line: &str| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    lines.filter_map(value).collect()
}
