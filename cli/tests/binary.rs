//! The binary itself: streams and exit codes of a process.

use std::process::{Command, Stdio};

fn decide(launch: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imagegate"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"));
    command.args([
        "decide",
        "--policies",
        "policies.json",
        "--now",
        "2026-11-24T06:00:00Z",
        "--launch",
        launch,
    ]);
    command
}

#[test]
fn the_exit_code_is_that_of_the_process_and_a_file_has_no_colours() {
    let output = decide("launch.json").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.starts_with(b"INTERCEPT  registry"));
    assert_eq!(decide("missing.json").output().unwrap().status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_keeps_the_verdict_and_causes_no_panic() {
    let mut child = decide("launch.json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = decide("quiet.json").stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.starts_with(b"error: standard output could not be written: "));
}
