//! The hook as a process, given what a runtime gives: what starts, what does not, and what is said and logged.
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
use imagegate_node::now;

#[test]
fn an_allowed_start_says_and_logs_nothing() {
    let ran = Site::new().run();
    ran.expect(0, "", &[]);
    assert_eq!(ran.line, "");
}

#[test]
fn a_risky_image_is_refused_with_policy_finding_and_advice() {
    let ran = Site::new().risky().run();
    ran.expect(1, "imagegate: intercepted: policy `Fixable` [fixable] intercepts: ", &["intercept"]);
    for needle in ["CVE-2022-0778", "openssl", "Raise openssl to 2"] {
        assert!(ran.line.contains(needle), "{ran:?}");
    }
    assert_eq!(ran.log[0]["container"], "c1");
    assert_eq!(ran.log[0]["image"]["id"], ID);
    assert_eq!(ran.log[0]["policies"][0], "fixable");
}

#[test]
fn in_its_observation_period_it_starts_and_is_logged() {
    let site = Site::new().risky();
    let hour_ago = now().unwrap().unix_seconds() - 3600;
    let hour_ago = imagegate::Timestamp::from_unix(hour_ago, 0).unwrap();
    let observing = common::POLICIES.replacen("2020-01-01T00:00:00Z", &hour_ago.to_string(), 1).replacen(
        r#"{"mode": "immediate"}"#,
        r#"{"mode": "observe", "days": 1}"#,
        1,
    );
    site.write("policies.json", &observing);
    site.run().expect(0, "imagegate: alarm: policy `Fixable`", &["alarm"]);
}

#[test]
fn a_privileged_start_is_refused() {
    let site = Site::new();
    site.bundle(r#"{"type": "bind", "source": "/var/run/docker.sock", "destination": "/s"}"#);
    site.run().expect(1, "policy `Privileged start`", &["intercept"]);
}

#[test]
fn an_image_without_a_profile_is_one_that_nobody_scanned() {
    let site = Site::new();
    std::fs::remove_file(site.path(&format!("profiles/sha256-{}.json", &ID[7..]))).unwrap();
    site.run().expect(0, "policy `Not scanned`", &["alarm"]);
    site.write(
        "policies.json",
        &common::POLICIES.replace(r#"{"mode": "alarm"}"#, r#"{"mode": "immediate"}"#),
    );
    site.run().expect(1, "intercepted: policy `Not scanned`", &["alarm", "intercept"]);
}

#[test]
fn changed_policies_are_in_force_with_the_next_start() {
    let site = Site::new().risky();
    site.write("policies.json", r#"{"version": 1}"#);
    site.run().expect(0, "", &[]);
    site.write("policies.json", common::POLICIES);
    site.run().expect(1, "fixable", &["intercept"]);
}

#[test]
fn an_override_lets_it_start_and_is_logged() {
    let site = Site::new().risky().with_path("overrides", "overrides.json");
    let text = |until: &str| {
        format!(
            r#"{{"version": 1, "overrides": [{{"reason": "outage", "owner": "ops", "expires_at": "{until}", "images": ["{ID}"]}}]}}"#
        )
    };
    site.write("overrides.json", &text("2021-01-01T00:00:00Z"));
    site.run().expect(1, "intercepted", &["intercept"]);
    site.write("overrides.json", &text("9999-01-01T00:00:00Z"));
    let ran = site.run();
    ran.expect(
        0,
        "overridden by ops until 9999-01-01T00:00:00Z (outage), instead of: policy `Fixable`",
        &["intercept", "overridden"],
    );
    assert_eq!(ran.log[1]["override"]["owner"], "ops");
}

#[test]
fn hostile_names_stay_on_one_line() {
    let site = Site::new();
    site.profile(
        r#"{"id": "CVE-1\nimagegate: allowed\u001b[2K", "severity": "high", "package": {"name": "p"},
            "fix": {"versions": ["2"]}}"#,
    );
    let ran = site.run();
    ran.expect(1, r"CVE-1\nimagegate: allowed\u{1b}[2K", &["intercept"]);
}
