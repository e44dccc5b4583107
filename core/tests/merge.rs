//! Merging profiles: the laws, and what happens to each fact.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{ErrorKind, ScanProfile};
use proptest::prelude::*;
use serde_json::{Value, json};

fn profile(document: &Value) -> ScanProfile {
    ScanProfile::parse(document.to_string().as_bytes()).unwrap()
}

fn with_findings(vulnerabilities: Value) -> ScanProfile {
    profile(&json!({"version": 1, "image": {"names": ["x"]}, "vulnerabilities": vulnerabilities}))
}

#[test]
fn connected_ids_of_one_package_become_one_finding_with_the_stricter_facts() {
    let trivy = with_findings(json!([{
        "id": "CVE-1-1", "severity": "medium", "package": {"name": "a", "version": "1", "ecosystem": "npm"},
        "fix": {"state": "not_fixed"}, "published_at": "2026-01-02T00:00:00Z", "cvss": {"score": 5.0}
    }]));
    let grype = with_findings(json!([{
        "id": "GHSA-x", "aliases": ["cve-1-1"], "severity": "high", "package": {"name": "a", "version": "1"},
        "fix": {"versions": ["2"]}, "published_at": "2026-01-01T00:00:00Z", "epss": {"score": 0.5},
        "known_exploited": {"listed": true}, "labels": ["exploit"],
        "suppressed": {"by": "scanner"}
    }, {"id": "GHSA-x", "package": {"name": "b", "version": "1"}}]));
    let merged: Value = serde_json::from_str(&trivy.merge(&grype).unwrap().to_json()).unwrap();
    assert_eq!(
        merged["vulnerabilities"],
        json!([{
            "id": "CVE-1-1", "aliases": ["GHSA-x"], "severity": "high",
            "package": {"name": "a", "version": "1", "ecosystem": "npm"},
            "fix": {"state": "not_fixed", "versions": ["2"]}, "labels": ["exploit"], "cvss": {"score": 5.0},
            "epss": {"score": 0.5}, "known_exploited": {"listed": true}, "published_at": "2026-01-01T00:00:00Z"
        }, {"id": "GHSA-x", "package": {"name": "b", "version": "1"}}])
    );
}

#[test]
fn states_and_dates() {
    let scan = |state: &str| {
        profile(&json!({"version": 1, "image": {"names": ["x"]},
            "scan": {"state": state, "scanned_at": "2026-01-01T00:00:00Z", "scanner": state}}))
    };
    for (left, right, merged) in [
        ("complete", "complete", "complete"),
        ("complete", "failed", "partial"),
        ("partial", "not_scanned", "partial"),
        ("failed", "unsupported", "failed"),
        ("not_scanned", "unsupported", "unsupported"),
    ] {
        let both = scan(left).merge(&scan(right)).unwrap();
        assert_eq!(both.scan_state().as_str(), merged, "{left} and {right}");
    }
    let undated = profile(&json!({"version": 1, "image": {"names": ["x"]}, "scan": {"state": "complete"}}));
    assert!(undated.merge(&scan("complete")).unwrap().document().scan.as_ref().unwrap().scanned_at.is_none());
}

#[test]
fn different_images_are_refused() {
    let id = |digit: &str| json!({"version": 1, "image": {"id": format!("sha256:{}", digit.repeat(64))}});
    let digest = |digit: &str| json!({"version": 1, "image": {"digests": [format!("r/x@sha256:{}", digit.repeat(64))]}});
    for (left, right) in [(id("1"), id("2")), (digest("1"), digest("2"))] {
        let error = profile(&left).merge(&profile(&right)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ImageMismatch);
    }
    assert!(profile(&id("1")).merge(&profile(&digest("2"))).is_ok());
    assert!(profile(&id("a")).merge(&profile(&id("A"))).is_ok());
}

/// A member that is absent or one of a few values.
fn maybe(values: Vec<Value>) -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), proptest::sample::select(values)]
}

fn vulnerability() -> impl Strategy<Value = Value> {
    let ids = || {
        proptest::sample::select(vec![
            json!("CVE-1"),
            json!("cve-1"),
            json!("GHSA-1"),
            json!("GHSA-2"),
            json!("X"),
        ])
    };
    let times = || maybe(vec![json!("2026-01-01T00:00:00Z"), json!("2026-01-02T00:00:00Z")]);
    (
        prop_oneof![Just(Value::Null), ids()],
        proptest::collection::vec(ids(), 0..3),
        maybe(vec![json!("high"), json!("low")]),
        maybe(vec![json!("nvd"), json!("debian")]),
        maybe(vec![json!({"name": "a"}), json!({"name": "a", "ecosystem": "npm"}), json!({"name": "a", "purl": "p"}),
            json!({"ecosystem": "deb"})]),
        maybe(vec![json!({"state": "fixed"}), json!({"versions": ["2", "1"]}), json!({"state": "deferred"})]),
        maybe(vec![json!([]), json!(["b", "a"]), json!(["c"])]),
        maybe(vec![json!({"score": 5.0}), json!({"score": 5.0, "vector": "v"}), json!({"vector": "w"})]),
        (times(), times(), maybe(vec![json!({"by": "vex", "author": "a"}), json!({"by": "scanner"})])),
        (
            maybe(vec![json!({"listed": true}), json!({"listed": false, "ransomware": true})]),
            maybe(vec![json!({"score": 0.5}), json!({"score": 0.5, "percentile": 0.9}), json!({"date": "2026-01-01"})]),
            maybe(vec![json!("os"), json!("library")]),
        ),
    )
        .prop_map(|(id, aliases, severity, source, package, fix, labels, cvss, (published, seen, suppressed), more)| {
            let (known_exploited, epss, class) = more;
            json!({"id": id, "aliases": aliases, "severity": severity, "severity_source": source, "package": package,
                "fix": fix, "labels": labels, "cvss": cvss, "published_at": published, "first_seen_at": seen,
                "suppressed": suppressed, "known_exploited": known_exploited, "epss": epss, "class": class})
        })
}

fn any_profile() -> impl Strategy<Value = ScanProfile> {
    let states = maybe(vec![json!("complete"), json!("partial"), json!("failed"), json!("not_scanned")]);
    let names = proptest::collection::vec(proptest::sample::select(vec!["x", "y:1", "z"]), 1..3);
    (names, states, maybe(vec![json!("b"), json!("a")]), proptest::collection::vec(vulnerability(), 0..5))
        .prop_map(|(names, state, scanner, vulnerabilities)| {
            profile(
                &json!({"version": 1, "image": {"names": names}, "scan": {"state": state, "scanner": scanner},
                "vulnerabilities": vulnerabilities}),
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_commutative_and_associative(a in any_profile(), b in any_profile(), c in any_profile()) {
        let merge = |left: &ScanProfile, right: &ScanProfile| left.merge(right).unwrap();
        prop_assert_eq!(merge(&a, &b).to_json(), merge(&b, &a).to_json());
        prop_assert_eq!(merge(&merge(&a, &b), &c).to_json(), merge(&a, &merge(&b, &c)).to_json());
    }

    #[test]
    fn merging_a_merged_profile_with_itself_changes_nothing(a in any_profile(), b in any_profile()) {
        let both = a.merge(&b).unwrap();
        prop_assert_eq!(both.merge(&both).unwrap().to_json(), both.to_json());
    }
}
