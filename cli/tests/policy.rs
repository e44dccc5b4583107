//! `policy`: edits that leave everything else as it was, and the file alone if they fail.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{NOW, Ran, imagegate, with_stdin};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Odd spacing, an order of members of its own, escapes, a number that does not print as it is written.
const DOCUMENT: &str = "{ \"version\":1,\r\n\t\"label\" : \"caf\\u00e9 🛡\",\n  \"policies\": [\n    {\"name\": \"One\", \
\"enabled\":false , \"id\": \"one\",\n     \"type\": \"risk\", \"enforcement\": { \"mode\" : \"immediate\" },\n     \
\"criteria\": {\"vulnerabilities\": {\"min_cvss\": 9.00}},   \"scope\": {\"images\": \"all\"}},\n\n    {\n      \
\"id\": \"two\",\n      \"name\": \"Two\",\n      \"type\": \"unscanned\",\n      \"enabled\": true,\n      \
\"enabled_at\": \"2026-11-01T08:00:00+08:00\",\n      \"enforcement\": {\n        \"mode\": \"observe\",\n        \
\"days\": 7\n      },\n      \"scope\": {\"images\": \"all\"},\n      \"criteria\": {\"states\": [\"failed\"]}\n    }\n  ]\n}";

struct File {
    _folder: TempDir,
    path: PathBuf,
}

impl File {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policies.json");
        fs::write(&path, text).unwrap();
        Self { _folder: folder, path }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }

    fn policy(&self, change: &str, rest: &str) -> Ran {
        imagegate(&format!("policy {change} {} {rest} {NOW}", self.path.display()))
    }
}

#[test]
fn enable_sets_the_instant_and_changes_nothing_else() {
    let file = File::new(DOCUMENT);
    let ran = file.policy("enable", "one two");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        ran.stdout,
        "`one` enabled; intercepts since 2026-11-24T06:00:00Z\n\
         `two` was enabled already, left alone; intercepts since 2026-11-08T00:00:00Z\n"
    );
    let expected = DOCUMENT
        .replace("\"enabled\":false ,", "\"enabled\":true, \"enabled_at\":\"2026-11-24T06:00:00Z\" ,");
    assert_eq!(file.text(), expected);
}

#[test]
fn disable_keeps_the_instant_and_enabling_again_restarts_it() {
    let file = File::new(DOCUMENT);
    let ran = file.policy("disable", "two");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "`two` disabled\n"));
    assert_eq!(file.text(), DOCUMENT.replace("\"enabled\": true", "\"enabled\": false"));
    assert_eq!(file.policy("disable", "two").stdout, "`two` was disabled already, left alone\n");
    file.policy("enable", "two");
    assert_eq!(file.text(), DOCUMENT.replace("2026-11-01T08:00:00+08:00", "2026-11-24T06:00:00Z"));
}

#[test]
fn observe_restarts_the_period_of_a_policy_that_is_on() {
    let file = File::new(DOCUMENT);
    let ran = file.policy("observe", "one two --days 14");
    assert_eq!(
        ran.stdout,
        "`one` observes; it is disabled\n`two` observes; observing, intercepts from 2026-12-08T06:00:00Z\n"
    );
    let expected = DOCUMENT
        .replace("{ \"mode\" : \"immediate\" }", "{\"mode\": \"observe\", \"days\": 14}")
        .replace("\"days\": 7", "\"days\": 14")
        .replace("2026-11-01T08:00:00+08:00", "2026-11-24T06:00:00Z");
    assert_eq!(file.text(), expected);
    assert_eq!(file.policy("observe", "two --days 0").code, 2);
    assert_eq!(file.text(), expected);
}

#[test]
fn immediate_and_alarm_replace_the_mode_only() {
    let file = File::new(DOCUMENT);
    let ran = file.policy("immediate", "one two");
    assert_eq!(
        ran.stdout,
        "`one` was immediate already, left alone; it is disabled\n\
         `two` is immediate; intercepts since 2026-11-01T00:00:00Z\n"
    );
    let observe = "{\n        \"mode\": \"observe\",\n        \"days\": 7\n      }";
    assert_eq!(file.text(), DOCUMENT.replace(observe, "{\"mode\": \"immediate\"}"));
    assert_eq!(file.policy("alarm", "two").stdout, "`two` only alarms; it never intercepts\n");
    assert_eq!(file.text(), DOCUMENT.replace(observe, "{\"mode\": \"alarm\"}"));
}

#[test]
fn a_dense_document_stays_dense() {
    let dense: String = DOCUMENT.chars().filter(|character| !" \r\n\t".contains(*character)).collect();
    let file = File::new(&dense);
    file.policy("alarm", "two");
    file.policy("enable", "one");
    let expected = dense
        .replace("{\"mode\":\"observe\",\"days\":7}", "{\"mode\":\"alarm\"}")
        .replace("\"enabled\":false", "\"enabled\":true,\"enabled_at\":\"2026-11-24T06:00:00Z\"");
    assert_eq!(file.text(), expected);
}

#[test]
fn an_unknown_id_names_the_nearest_and_changes_nothing() {
    let file = File::new(DOCUMENT);
    let ran = file.policy("enable", "one tow nonsense");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let name = file.path.display();
    assert_eq!(
        ran.stderr,
        format!(
            "error: {name}: there is no policy `tow`: did you mean `two`?\n\
             error: {name}: there is no policy `nonsense`\n"
        )
    );
    assert_eq!(file.text(), DOCUMENT);
}

#[test]
fn what_would_not_load_is_not_written() {
    let broken = DOCUMENT.replace("unscanned", "unscand");
    let file = File::new(&broken);
    let ran = file.policy("enable", "one");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("/policies/1/type: "), "{}", ran.stderr);
    assert_eq!(file.text(), broken);
    // Observation would end after the year 9999.
    let file = File::new(DOCUMENT);
    let path = file.path.display();
    let ran = imagegate(&format!("policy observe {path} two --days 300 --now 9999-06-01T00:00:00Z"));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.contains("(the edited document would not load; nothing was changed)"),
        "{}",
        ran.stderr
    );
    assert_eq!(file.text(), DOCUMENT);
}

#[test]
fn standard_output_in_place_of_the_file() {
    let file = File::new(DOCUMENT);
    let ran = file.policy("disable", "two --stdout");
    assert_eq!(ran.stdout, DOCUMENT.replace("\"enabled\": true", "\"enabled\": false"));
    assert_eq!(ran.stderr, "`two` disabled\n");
    assert_eq!(file.text(), DOCUMENT);
    assert_eq!(with_stdin(&format!("policy disable - two {NOW}"), DOCUMENT.as_bytes()), ran);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept_and_no_other_file_is_left() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let file = File::new(DOCUMENT);
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = file.path.with_file_name("link.json");
    symlink(&file.path, &link).unwrap();
    let ran = imagegate(&format!("policy disable {} two {NOW}", link.display()));
    assert_eq!(ran.code, 0);
    assert_ne!(file.text(), DOCUMENT);
    assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_dir(file.path.parent().unwrap()).unwrap().count(), 2);
}
