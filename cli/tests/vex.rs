//! `--vex`: what is trusted excuses and shows, what is about nothing is told by `lint`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{NOW, Ran, data, imagegate, json};
use std::path::PathBuf;

fn document() -> String {
    format!("{}/../testdata/vex/openvex.json", env!("CARGO_MANIFEST_DIR"))
}

/// Policies that intercept every vulnerability, with this trust, in a folder of their own.
fn policies(trust: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies.json");
    let text = format!(
        r#"{{"version": 1, "trust": {trust}, "policies": [{{"id": "p", "name": "p", "type": "risk", "enabled": true,
            "enabled_at": "2026-11-01T00:00:00Z", "enforcement": {{"mode": "immediate"}}, "scope": {{"images": "all"}},
            "criteria": {{"vulnerabilities": {{"severities": ["critical", "high"]}}}}}}]}}"#
    );
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn run(command: &str, trust: &str, rest: &str) -> Ran {
    let (_folder, path) = policies(trust);
    imagegate(&command.replace("POLICIES", &path.to_string_lossy()).replace("REST", rest))
}

const DECIDE: &str = "decide --policies POLICIES --now 2026-11-24T06:00:00Z --profile {}/profile.json --launch {}/launch.json REST";

#[test]
fn a_trusted_statement_excuses() {
    let vex = format!("--vex {}", document());
    let trusted = r#"{"by": ["vex"], "authors": ["Example Security Team"]}"#;
    assert_eq!(run(DECIDE, trusted, "").code, 1, "nothing is stated");
    assert_eq!(run(DECIDE, r#"{"by": []}"#, &vex).code, 1, "nothing is trusted");
    assert_eq!(
        run(DECIDE, r#"{"by": ["vex"], "authors": ["Somebody"]}"#, &vex).code,
        1,
        "somebody else is trusted"
    );
    let ran = run(DECIDE, trusted, &vex);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
}

#[test]
fn an_applied_statement_shows_in_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = json(&std::fs::read_to_string(data("profile.json")).unwrap());
    profile["vulnerabilities"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({"id": "CVE-1", "severity": "high"}));
    let path = folder.path().join("profile.json");
    std::fs::write(&path, profile.to_string()).unwrap();
    let command = DECIDE.replace("{}/profile.json", &path.to_string_lossy());
    let ran = run(&command, r#"{"by": ["vex"]}"#, &format!("--vex {} --format json", document()));
    assert_eq!(ran.code, 1);
    let evidence = &json(&ran.stdout)["events"][0]["evidence"][0];
    assert_eq!((&evidence["total"], &evidence["excused"]), (&2.into(), &1.into()));
    let finding = &evidence["findings"].as_array().unwrap()[1];
    assert_eq!(finding["id"], "CVE-2022-0778");
    let told = finding["exception"].to_string();
    for part in [
        "not_affected",
        "vulnerable_code_not_in_execute_path",
        "Example Security Team",
        "https://vex.example.com/shop/cart-7",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let text = run(&command, r#"{"by": ["vex"]}"#, &format!("--vex {}", document())).stdout;
    assert!(text.contains("1 excused") && text.contains("vulnerable_code_not_in_execute_path"), "{text}");
}

#[test]
fn lint_tells_what_is_about_nothing() {
    let lint = format!("lint POLICIES {NOW} REST --vex {}", document());
    let ran = run(&lint, r#"{"by": ["vex"]}"#, "--profile {}/profile.json");
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let told: Vec<_> = ran.stdout.lines().filter(|line| line.contains("dead_statement")).collect();
    assert_eq!(told.len(), 1, "{}", ran.stdout);
    assert!(
        told[0].contains("openvex.json: /statements/1: the statement that CVE-2021-44228 is `fixed`"),
        "{}",
        told[0]
    );
    let ran = run(&lint, r#"{"by": ["vex"]}"#, "--profile {}/profile.json --format json");
    let document = json(&ran.stdout);
    let dead: Vec<_> = document["lints"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|lint| lint["code"] == "dead_statement")
        .collect();
    assert!(dead[0]["file"].as_str().unwrap().ends_with("openvex.json"));
    // Nothing to hold them against is no reason to call them dead.
    assert!(!run(&lint, r#"{"by": ["vex"]}"#, "").stdout.contains("dead_statement"));
}

#[test]
fn a_document_that_is_none_is_an_error_and_nothing_is_decided() {
    let ran = run(DECIDE, r#"{"by": ["vex"]}"#, "--vex {}/trivy.json");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("trivy.json: the document looks like a Trivy report"), "{}", ran.stderr);
}
