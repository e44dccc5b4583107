//! A report may hold any number of classes; what policies find is the same as with few.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{Action, Launch, PolicySet, ScanProfile, Timestamp};
use serde_json::{Value, json};

/// Findings without a class, of a class that is wanted, and of as many others.
fn profile(others: usize) -> ScanProfile {
    let finding = |number: usize, class: Value, severity: &str| {
        json!({"id": format!("CVE-2026-{number}"), "class": class, "severity": severity, "cvss": {"score": 5.0},
            "package": {"name": "x", "version": number.to_string()}})
    };
    let mut vulnerabilities = vec![
        finding(1, Value::Null, "high"),
        finding(2, json!("os"), "high"),
        finding(3, json!("os"), "low"),
        finding(4, json!("OS"), "high"),
    ];
    vulnerabilities
        .extend((0..others).map(|number| finding(number + 10, json!(format!("class-{number}")), "high")));
    let document = json!({"version": 1, "image": {"names": ["x"]}, "vulnerabilities": vulnerabilities});
    ScanProfile::parse(document.to_string().as_bytes()).unwrap()
}

/// How many findings each policy counts.
fn totals(profile: &ScanProfile) -> Vec<usize> {
    let policy = |name: &str, vulnerabilities: Value| {
        json!({"id": name, "name": name, "type": "risk", "enabled": true, "enabled_at": "2026-01-01T00:00:00Z",
            "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
            "criteria": {"vulnerabilities": vulnerabilities}})
    };
    let policies = json!({"version": 1, "policies": [
        policy("class", json!({"classes": ["os"]})),
        policy("filter", json!({"severities": ["high"], "only": {"classes": ["os"]}})),
        policy("unknown", json!({"severities": ["high"], "only": {"classes": ["os"], "unknown": {"classes": "no_match"}}})),
        policy("severity", json!({"severities": ["high"]})),
        policy("listed", json!({"ids": ["CVE-2026-2", "CVE-2026-12"], "only": {"classes": ["os", "class-2"]}})),
    ]});
    let policies = PolicySet::parse(policies.to_string().as_bytes()).unwrap();
    let launch = Launch::parse(br#"{"version": 1, "image": {"reference": "x"}, "privileges": []}"#).unwrap();
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let decision = policies.assess(profile).decide(&launch, now).unwrap();
    assert_eq!(decision.action(), Action::Intercept);
    decision.events().iter().map(|event| event.evidence[0].total).collect()
}

#[test]
fn classes_are_told_apart_however_many_there_are() {
    for others in [3, 250, 252, 253, 1_000] {
        assert_eq!(totals(&profile(others)), [2, 2, 1, 3 + others, 2], "{others} other classes");
    }
}
