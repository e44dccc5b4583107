//! What the library shows to the linker: exactly the functions of the header, its SONAME, and few dependencies.

mod common;

use common::{LIBRARY, PANICKING, functions_of, header, run, soname};
use std::path::Path;
use std::process::Command;

/// Names of the symbols that `nm` lists with these options.
fn symbols(options: &[&str], library: &Path) -> Vec<String> {
    let output = run(Command::new("nm").args(options).arg(library));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut names: Vec<String> =
        text.lines().filter_map(|line| line.split_whitespace().nth(2)).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// Values of the entries of this tag in the dynamic section.
fn dynamic(library: &Path, tag: &str) -> Vec<String> {
    let output = run(Command::new("readelf").args(["-d", "-W"]).arg(library));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter(|line| line.contains(&format!("({tag})")));
    let value = |line: &str| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    lines.filter_map(value).collect()
}

#[test]
fn the_shared_library_exports_the_functions_of_the_header_and_nothing_else() {
    let declared = functions_of(&header());
    assert!(declared.contains(&"imagegate_assessment_decide".to_owned()), "{declared:?}");
    assert_eq!(symbols(&["-D", "--defined-only"], &LIBRARY.join("libimagegate.so")), declared);
}

#[test]
fn the_archive_has_them_too() {
    let all = symbols(&["--defined-only", "--extern-only", "--quiet"], &LIBRARY.join("libimagegate.a"));
    let ours: Vec<String> = all.into_iter().filter(|name| name.starts_with("imagegate_")).collect();
    assert_eq!(ours, functions_of(&header()));
}

#[test]
fn the_test_only_functions_are_in_their_build_alone() {
    let panicking = symbols(&["-D", "--defined-only"], &PANICKING.join("libimagegate.so"));
    let more: Vec<&String> = panicking.iter().filter(|name| name.contains("test_panic")).collect();
    assert_eq!(more, ["imagegate_test_panic", "imagegate_test_panic_action"]);
}

#[test]
fn it_has_a_soname_and_needs_parts_of_glibc_and_libgcc_only() {
    let library = LIBRARY.join("libimagegate.so");
    assert_eq!(dynamic(&library, "SONAME"), [soname()]);
    let allowed = ["libgcc_s.so.1", "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-"];
    for needed in dynamic(&library, "NEEDED") {
        println!("needs {needed}");
        assert!(allowed.iter().any(|name| needed.starts_with(name)), "the library needs {needed}");
    }
}
