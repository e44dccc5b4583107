//! `test`: cases that pass, fail, are misspelt, and what they cover.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{Ran, data, imagegate, with_stdin};
use std::fs;
use std::path::Path;

/// The good case file with one piece replaced, beside the files it names.
fn changed(from: &str, to: &str) -> Ran {
    let text = fs::read_to_string(data("cases/pass.json")).unwrap();
    assert!(text.contains(from), "{from}");
    let text =
        text.replace(from, to).replace("\"../", &format!("\"{}/", data("").display()).replace("//", "/"));
    with_stdin("test -", text.as_bytes())
}

#[test]
fn good_cases_pass() {
    let ran = imagegate("test {}/cases/pass.json");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "4 passed, 0 failed\n", ""));
    assert_eq!(ran, imagegate("test {}/cases"));
}

#[test]
fn the_corpus_of_the_repository_passes() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/cases");
    let ran = imagegate(&format!("test {}", corpus.display()));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
}

#[test]
fn a_failing_case_says_what_differs() {
    let ran = changed("\"fixable-critical\": \"alarm\"", "\"fixable-critical\": \"intercept\"");
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert_eq!(
        ran.stdout,
        "FAIL <stdin>: a risky image is alarmed while the policy observes\n  \
         policies.fixable-critical: expected \"intercept\", got \"alarm\" (its criteria match; it observes and \
         intercepts from 2026-11-27T02:00:00Z)\n\
         3 passed, 1 failed\n"
    );
    let differences = [
        (
            "\"action\": \"intercept\"",
            "\"action\": \"allow\"",
            "action: expected \"allow\", got \"intercept\"",
        ),
        ("\"total\": 1", "\"total\": 2", "vulnerabilities.total: expected 2, got 1"),
        ("[\"severities\"]", "[\"ids\"]", "findings[0].matched[0]: expected \"ids\", got \"severities\""),
        (
            "\"matched\": ",
            "\"mached\": ",
            "findings[0].mached: expected [\"severities\"], got no such member",
        ),
        ("\"vulnerabilities\"", "\"vulnerabilties\"", "has no evidence of this category"),
        ("\"privileged\": \"intercept\"", "\"privilegd\": \"intercept\"", "there is no such policy"),
        ("\"clusters\"}", "\"nodes\"}", "scope_part.fixable-critical: expected \"nodes\", got clusters"),
        ("\"image_mismatch\"", "\"syntax\"", "error.kind: expected \"syntax\", got \"image_mismatch\""),
        ("\"wrong_type\"", "\"bad_range\"", "-bad_range /label\n  +wrong_type /label\n"),
        (
            "{\"error\": {\"kind\": \"image_mismatch\"}}",
            "{\"action\": \"allow\"}",
            "expected a decision, got image_mis",
        ),
        ("\\\"label\\\": 7", "\\\"label\\\": null", "all documents are good"),
    ];
    for (from, to, says) in differences {
        let ran = changed(from, to);
        assert_eq!(ran.code, 1, "{to}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(says), "{}", ran.stdout);
        assert!(ran.stdout.ends_with("\n3 passed, 1 failed\n"), "{}", ran.stdout);
    }
}

#[test]
fn a_recorded_decision_is_compared_whole() {
    let ran = changed(
        "\"now\": \"2026-11-24T06:00:00Z\",\n      \"expect\": {\n",
        "\"now\": \"2026-11-24T06:00:00Z\", \"decision\": {\"version\": 1},\n      \"expect\": {\n",
    );
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("  decision: - expected, + got\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n  +  \"action\": \"intercept\",\n"), "{}", ran.stdout);
}

#[test]
fn what_is_misspelt_or_missing_is_an_error() {
    let mistakes = [
        ("\"expect\": {\"error\"", "\"expects\": {\"error\"", "unknown field `expects`"),
        ("\"action\": ", "\"acton\": ", "unknown field `acton`"),
        ("\"total\": 1", "\"totl\": 1", "unknown field `totl`"),
        ("\"note\": ", "\"notes\": ", "unknown field `notes`"),
        ("\"title\": ", "\"titel\": ", "unknown field `titel`"),
        ("{\"error\": {\"kind\": \"image_mismatch\"}}", "{}", "/cases/2: the case expects nothing"),
        ("\"policies\": \"../policies.json\",", "", "/cases/0: the case has no `policies`"),
        ("\"launch\": \"../create.json\",", "", "/cases/1: the case has no `launch`"),
        ("\"version\": 1,\n  \"title\"", "\"version\": 2,\n  \"title\"", "/version: 2 is no version"),
        (
            "\"../trivy.json\",\n      \"launch\": \"../create.json\"",
            "\"../gone.json\", \"launch\": \"../create.json\"",
            "gone.json cannot be read",
        ),
        ("another image is an error", "outside production nobody looks at risks", "the name is taken"),
        (
            "{\"kind\": \"image_mismatch\"}",
            "{\"kind\": \"image_mismatch\"}, \"action\": \"allow\"",
            "only one can come out",
        ),
    ];
    for (from, to, says) in mistakes {
        let ran = changed(from, to);
        assert_eq!(ran.code, 2, "{to}: {}", ran.stdout);
        assert!(
            ran.stderr.starts_with("error: <stdin>:") && ran.stderr.contains(says),
            "{to}: {}",
            ran.stderr
        );
    }
    assert_eq!(imagegate("test {}/missing.json").code, 2);
    assert_eq!(with_stdin("test -", b"{\"version\": 1, \"cases\": []}").code, 2);
}

#[test]
fn coverage_lists_what_no_case_exercised() {
    let ran = imagegate("test --coverage {}/cases");
    assert_eq!(ran.code, 0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("cases/../policies.json: "), "{}", lines[0]);
    assert!(lines[0].ends_with(" clauses exercised"), "{}", lines[0]);
    assert!(
        lines.contains(&"  not exercised: 27:23: /policies/0/criteria/vulnerabilities/min_cvss"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("/policies/0/scope/clusters"));
    assert_eq!(lines.last(), Some(&"4 passed, 0 failed"));
}

#[test]
fn other_files_of_a_folder_are_told_of() {
    let ran = imagegate("test {}");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "4 passed, 0 failed\n"));
    assert!(
        ran.stderr.starts_with("note: ") && ran.stderr.ends_with(" JSON files without `cases` skipped\n")
    );
}
