//! The committed header is the one that the sources give, and compiles wherever C does.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{cc, root, run, scratch};
use std::path::Path;
use std::process::Command;

/// The files of the interface in the order in which the header shows them.
const SOURCES: &[&str] = &[
    "version",
    "str",
    "buffer",
    "status",
    "error",
    "policy_set",
    "profile",
    "launch",
    "assessment",
    "decision",
    "gate",
];

/// The same of the events.
const EVENT_SOURCES: &[&str] = &["buffer", "error", "store"];

fn generate(folder: &Path, sources: &[&str]) -> String {
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in sources {
        builder = builder.with_src(folder.join(format!("src/{source}.rs")));
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn the_header_is_fresh() {
    for (name, folder, sources) in
        [("imagegate.h", "ffi", SOURCES), ("imagegate_events.h", "ffi/events", EVENT_SOURCES)]
    {
        let fresh = generate(&root().join(folder), sources);
        let path = root().join("include").join(name);
        if std::env::var_os("IMAGEGATE_BLESS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == fresh,
            "include/{name} is not what the sources give: `cargo xtask bless` writes it anew"
        );
    }
}

#[test]
fn it_compiles_as_c_and_as_cpp_included_twice() {
    let source = scratch().join("twice.c");
    let text = "#include <imagegate_events.h>\n#include <imagegate.h>\n#include <imagegate_events.h>\n\
                #include <imagegate.h>\nimagegate_action zero;\n\
                int main(void) { return zero == IMAGEGATE_ACTION_INTERCEPT ? 0 : 1; }\n";
    std::fs::write(&source, text).unwrap();
    let trivial = scratch().join("trivial.c");
    std::fs::write(&trivial, "extern int nothing;\n").unwrap();
    for compiler in [cc().get_program().to_owned(), "clang".into()] {
        for (language, standard) in [("c", "c99"), ("c", "c11"), ("c++", "c++17")] {
            let with = |source: &Path| {
                let mut command = Command::new(&compiler);
                command.args(["-x", language, &format!("-std={standard}"), "-fsyntax-only"]);
                command.args(["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wundef", "-Werror"]);
                command.arg("-I").arg(root().join("include")).arg(source);
                command
            };
            // A compiler for C is always there, since Rust links with it; one for C++ need not be.
            if with(&trivial).output().is_ok_and(|output| output.status.success()) {
                run(&mut with(&source));
            } else {
                println!("not shown: {} does not compile {standard} here", compiler.to_string_lossy());
                assert!(language != "c" || compiler == "clang");
            }
        }
    }
}

#[test]
fn a_status_cannot_be_overlooked() {
    let source = scratch().join("overlooked.c");
    let text = "#include <imagegate.h>\nvoid f(void) { imagegate_policy_set_parse(NULL, 0, NULL, NULL); }\n";
    std::fs::write(&source, text).unwrap();
    let mut compiler = cc();
    compiler
        .args(["-std=c11", "-c", "-o", "/dev/null", "-Wall", "-Werror", "-I"])
        .arg(root().join("include"));
    let output = compiler.arg(&source).output().unwrap();
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("unused-result"));
}
