//! What fails is never an allowed start.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod common;

use common::{ID, Site};
use std::time::{Duration, Instant};

#[test]
fn whatever_is_broken_refuses_the_start_and_says_what() {
    let profile = format!("profiles/sha256-{}.json", &ID[7..]);
    for (file, text, needle) in [
        ("policies.json", "{", "policies.json: line 1"),
        ("policies.json", r#"{"version": 1, "polices": []}"#, "polices"),
        ("policies.json", "", "policies.json"),
        (profile.as_str(), "", "sha256-b7c6"),
        (&profile, r#"{"version": 1, "image": {"names": ["cart:1"]}, "malwares": []}"#, "malwares"),
        (
            &profile,
            r#"{"version": 1, "image": {"id": "sha256:1111111111111111111111111111111111111111111111111111111111111111"}}"#,
            "1111",
        ),
        ("bundle/config.json", "", "config.json"),
        ("bundle/config.json", "{}", "ociVersion"),
        ("bundle/config.json", r#"{"ociVersion": "1.0.2"}"#, "names the image"),
        ("bundle/config.json", r#"{"ociVersion": "1.0.2", "annotations": []}"#, "config.json"),
    ] {
        let site = Site::new();
        site.write(file, text);
        let ran = site.run();
        ran.expect(1, "imagegate: not decided, not started: ", &["failed_closed"]);
        assert!(ran.line.contains(needle), "{file} {text}: {}", ran.line);
        // Where the operator wants it, it starts, and that is no decision.
        let ran = site.run_with(&["--on-error", "start"], &site.state());
        ran.expect(0, "not decided, started since on_error says so", &["failed_closed", "failed_open"]);
    }
    for gone in ["policies.json", "profiles", "bundle"] {
        let site = Site::new();
        std::fs::rename(site.path(gone), site.path("elsewhere")).unwrap();
        if gone == "profiles" {
            // A folder that is gone is not the same as an image that nobody scanned.
            site.run().expect(1, "profiles", &["failed_closed"]);
        } else {
            site.run().expect(1, "not decided", &["failed_closed"]);
        }
    }
}

#[test]
fn states_that_are_none() {
    let site = Site::new();
    for state in ["", "{}", "null", "[]", r#"{"id": "c1", "bundle": "relative"}"#] {
        assert_eq!(site.run_with(&[], state).code, Some(1), "{state}");
    }
    let running = site.state().replace("creating", "running");
    let ran = site.run_with(&[], &running);
    assert!(ran.line.contains("createRuntime"), "{ran:?}");
    assert!(ran.outcomes().iter().all(|outcome| *outcome == "failed_closed"));
}

#[test]
fn arguments_that_decide_nothing_do_not_exit_with_0() {
    let site = Site::new();
    assert_eq!(site.run_with(&["--on-error", "allow"], "").code, Some(2));
    assert_eq!(site.run_with(&["--nonsense"], "").code, Some(2));
    for (flag, needle) in [("--help", "Usage"), ("--version", "imagegate-hook ")] {
        let output = site.spawn(&[flag]).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8(output.stdout).unwrap().contains(needle));
    }
    // No configuration, no decision.
    let ran = site.run_with(&["--config", "/nowhere/node.json"], &site.state());
    assert_eq!(ran.code, Some(1));
    assert!(ran.line.contains("/nowhere/node.json"), "{ran:?}");
    // A relative one would be looked for in the bundle, which belongs to the container.
    let ran = site.run_with(&["--config", "node.json"], &site.state());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.line.contains("absolute"), "{ran:?}");
}

#[test]
fn without_an_answer_in_time_it_does_not_start() {
    for (on_error, code, outcome) in [("intercept", 1, "failed_closed"), ("start", 0, "failed_open")] {
        let site = Site::new().with("deadline_ms", "100");
        let begin = Instant::now();
        // Standard input stays open, so that the state never ends.
        let mut child = site.spawn(&["--on-error", on_error]);
        let stdin = child.stdin.take();
        let status = child.wait().unwrap();
        drop(stdin);
        assert!(begin.elapsed() < Duration::from_secs(60));
        assert_eq!(status.code(), Some(code));
        let log = std::fs::read_to_string(site.path("starts.log")).unwrap();
        assert!(log.contains(outcome) && log.contains("no decision within 100 ms"), "{log}");
    }
}

/// The exit status of a hook that does not hang.
fn within_a_minute(mut child: std::process::Child) -> Option<i32> {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the hook hangs");
}

#[test]
fn a_pipe_where_a_file_should_be_holds_nothing_up() {
    let pipe = |site: &Site, name: &str| {
        let made = std::process::Command::new("mkfifo").arg(site.path(name)).status().unwrap();
        assert!(made.success());
    };
    let run = |site: &Site, args: &[&str]| {
        let mut child = site.spawn(args);
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), site.state().as_bytes());
        within_a_minute(child)
    };
    // Nobody writes to it, and nobody reads from it.
    for name in ["policies.json", "overrides.json", "starts.log"] {
        let site = Site::new().risky().with_path("overrides", "overrides.json");
        let _ = std::fs::remove_file(site.path(name));
        pipe(&site, name);
        assert_eq!(run(&site, &[]), Some(1), "{name}");
    }
    let site = Site::new();
    pipe(&site, "pipe.json");
    let config = site.path("pipe.json");
    assert_eq!(run(&site, &["--config", config.to_str().unwrap()]), Some(1));
}

#[test]
fn a_failure_that_cannot_be_written_down_does_not_start() {
    let site = Site::new().with("on_error", "\"start\"").with_path("events", "events.db");
    site.write("policies.json", "{");
    std::fs::create_dir(site.path("starts.log")).unwrap();
    // What is in the store is trace enough.
    assert_eq!(site.run().code, Some(0));
    std::fs::remove_file(site.path("events.db")).unwrap();
    std::fs::create_dir(site.path("events.db")).unwrap();
    let ran = site.run();
    assert_eq!(ran.code, Some(1));
    assert!(ran.line.contains("cannot be written down"), "{ran:?}");
}

#[test]
fn a_hook_that_is_killed_does_not_succeed() {
    let site = Site::new();
    let mut child = site.spawn(&[]);
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None);
}

#[test]
fn broken_policies_leave_the_last_good_ones_in_force() {
    let site = Site::new().risky().with_path("last_good", "last-good.json");
    site.run().expect(1, "fixable", &["intercept"]);
    site.write("policies.json", "{");
    let ran = site.run();
    ran.expect(1, "fixable", &["intercept", "intercept"]);
    assert!(
        ran.log[1]["notes"][0].as_str().unwrap().contains("the last good policies are in force"),
        "{ran:?}"
    );
    // An allowed start under them is logged, too, since somebody should look.
    site.profile("");
    let ran = site.run();
    ran.expect(0, "", &["intercept", "intercept", "allow"]);
}
