//! The C programs in `ffi/c` that judge themselves.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{
    EVENTS, LIBRARY, PANICKING, compile, compile_with, header, is_watched, program, root, run, scratch,
};
use std::path::Path;

#[test]
fn arguments_that_are_wrong_are_refused() {
    run(&mut program(&compile("arguments.c", &LIBRARY)));
    let source = std::fs::read_to_string(root().join("ffi/c/arguments.c")).unwrap();
    for function in common::functions_of(&header()) {
        // By name in a call, or pasted together from the name of its type.
        let is_called = source.contains(&format!("{function}("));
        assert!(is_called, "arguments.c does not call {function}");
    }
}

#[test]
fn a_panic_is_a_status() {
    let output = run(&mut program(&compile("panic.c", &PANICKING)));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("internal error, nothing was decided: `a formatted text: 1`"), "{text}");
}

#[test]
fn threads_decide_while_another_swaps_the_policies() {
    let swaps = if is_watched() { "20" } else { "2000" };
    let output = run(program(&compile("threads.c", &LIBRARY)).arg(swaps));
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn memory_does_not_grow() {
    let mut command = program(&compile("memory.c", &LIBRARY));
    if is_watched() {
        command.args(["500", "5", "unmeasured"]);
    } else {
        command.args(["1000000", "200"]);
    }
    print!("{}", String::from_utf8_lossy(&run(&mut command).stdout));
}

#[test]
fn what_watches_the_programs_sees_a_leak() {
    let output = program(&compile("leak.c", &LIBRARY)).output().unwrap();
    if is_watched() {
        assert!(!output.status.success(), "a leak went unnoticed");
    } else {
        assert!(output.status.success());
    }
}

#[test]
fn decisions_become_kept_events() {
    let source = Path::new("events/c/events.c");
    let libraries = [(LIBRARY.as_path(), "imagegate"), (EVENTS.as_path(), "imagegate_events")];
    let folder = scratch().join(format!("store.{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    run(program(&compile_with(source, &libraries)).arg(&folder));
    std::fs::remove_dir_all(&folder).unwrap();
    let text = std::fs::read_to_string(root().join("ffi").join(source)).unwrap();
    for function in common::functions_of(&root().join("include/imagegate_events.h")) {
        assert!(text.contains(&format!("{function}(")), "events.c does not call {function}");
    }
}
