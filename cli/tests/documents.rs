//! `check`, `lint`, `overview`, `profile` and `launch`.

mod common;

use common::{NOW, imagegate, json, with_stdin};

#[test]
fn check_points_at_every_mistake_of_every_file() {
    let ran = imagegate("check {}/mistakes.json {}/policies.json {}/missing.json");
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.starts_with("policies.json: ok: 3 policies (3 enabled), revision efe3964b986a"));
    assert_eq!(ran.stderr.matches("\nerror[").count() + 1, 13, "{}", ran.stderr);
    let glob = concat!(
        "error[bad_glob]: `shop/[a-z]*` is no glob: `[` has no meaning here; write `\\[` for the character itself\n",
        "  --> mistakes.json:12:38\n",
        "   |\n",
        "12 |       \"scope\": {\"images\": {\"names\": [\"shop/[a-z]*\"]}},\n",
        "   |                                      ^^^^^^^^^^^^^ /policies/0/scope/images/names/0\n",
    );
    // The path of the fixtures is cut from the output, so that only here and there the gutter is as wide as shown.
    assert!(ran.stderr.contains(glob), "{}", ran.stderr);
    assert!(ran.stderr.contains("error: mistakes.json: 13 problems\n"));
    assert!(ran.stderr.contains("error: missing.json: cannot be read: "));
}

#[test]
fn check_as_json_says_the_same() {
    let args = "check --format json {}/mistakes.json {}/none.json {}/missing.json";
    let ran = imagegate(args);
    assert_eq!((ran.code, ran.stderr.as_str()), (2, ""));
    let document = json(&ran.stdout);
    let problems = document["files"][0]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 13);
    assert_eq!(problems[6]["code"], "bad_glob");
    assert_eq!((&problems[6]["line"], &problems[6]["column"]), (&12.into(), &38.into()));
    assert_eq!(document["files"][1]["ok"], true);
    assert_eq!(document["files"][2]["problems"][0]["code"], "unreadable");
    assert_eq!(ran, imagegate(args));
}

#[test]
fn check_of_good_files_and_of_no_json() {
    let ran = imagegate("check {}/none.json");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for text in ["", "{", "[1", "{\"version\": 1, \"policies\": [\"\u{1b}[31m\"", "\u{feff}{}", "{\"a\"\n:é}"]
    {
        let ran = with_stdin("check -", text.as_bytes());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{text}");
        assert!(ran.stderr.contains("<stdin>:") && !ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
    assert_eq!(with_stdin("check -", b"\xff\xfe").code, 2);
    // A line too long to show is named.
    let long = format!("{{\"version\": 1, \"label\": \"{}\", \"policies\": 1}}", "x".repeat(5_000));
    let ran = with_stdin("check -", long.as_bytes());
    assert!(ran.stderr.contains("error[wrong_type]: <stdin>:1:5041: /policies: "), "{}", ran.stderr);
}

#[test]
fn lint_ends_with_1_if_there_is_something_to_remark() {
    let args = format!("lint {{}}/policies.json --profile {{}}/profile.json --launch {{}}/launch.json {NOW}");
    let ran = imagegate(&args);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.starts_with("remark[dead_exception]: policies.json:37:9: /policies/0/exceptions/0: "),
        "{}",
        ran.stdout
    );
    let ran = imagegate(&format!("{args} --format json"));
    assert_eq!(ran.code, 1);
    assert_eq!(json(&ran.stdout)["lints"][0]["line"], 37);
    assert_eq!(imagegate("lint {}/mistakes.json").code, 2);
}

#[test]
fn lint_of_nothing_to_remark_ends_with_0() {
    let text = br#"{"version": 1, "policies": [{
        "id": "u", "name": "U", "type": "unscanned", "enabled": true, "enabled_at": "2026-11-01T00:00:00Z",
        "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
        "criteria": {"states": ["not_scanned", "failed", "unsupported", "partial"]}
    }, {
        "id": "p", "name": "P", "type": "privileged", "enabled": true, "enabled_at": "2026-11-01T00:00:00Z",
        "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
        "criteria": {"privileges": ["privileged", "host_path:/**"]}
    }]}"#;
    let ran = with_stdin(&format!("lint - {NOW}"), text);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "<stdin>: nothing to remark\n"));
}

#[test]
fn overview_counts_and_lists() {
    let ran = imagegate(&format!("overview {{}}/policies.json {NOW}"));
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.starts_with("3 policies, 3 enabled: 0 pending, 2 observing, 1 effective\n"));
    assert!(ran.stdout.contains("\nunscanned         unscanned   observing  alarm           never"));
    let ran = imagegate("overview {}/policies.json --now 2026-11-27T02:00:00Z --format json");
    let document = json(&ran.stdout);
    assert_eq!(document["overview"]["effective"], 2);
    assert_eq!(document["policies"][0]["status"], "effective");
    assert_eq!(imagegate("overview {}/mistakes.json").code, 2);
}

#[test]
fn profile_and_launch_show_documents_that_are_read_again() {
    let ran = imagegate("profile {}/trivy.json");
    assert_eq!(ran.code, 0);
    assert_eq!(json(&ran.stdout)["vulnerabilities"][0]["id"], "CVE-2022-0778");
    assert_eq!(with_stdin("profile --profile-format imagegate -", ran.stdout.as_bytes()), ran);
    let ran = imagegate("launch {}/create.json");
    assert_eq!(json(&ran.stdout)["privileges"][0], "privileged");
    assert_eq!(with_stdin("launch --launch-format imagegate -", ran.stdout.as_bytes()), ran);
    let several = imagegate("launch {}/inspect.json");
    assert_eq!(json(&several.stdout)[1]["container"]["name"], "quiet");
    for wrong in ["profile {}/create.json", "launch {}/trivy.json", "profile {}/filesystem.json", "launch {}"]
    {
        let ran = imagegate(wrong);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{wrong}");
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
}

#[test]
fn schema_prints_a_json_schema() {
    for document in ["policy", "profile", "launch", "decision"] {
        let ran = imagegate(&format!("schema {document}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(json(&ran.stdout)["$schema"].as_str().unwrap().contains("json-schema.org"));
    }
    assert_eq!(imagegate("schema polici").code, 2);
}
