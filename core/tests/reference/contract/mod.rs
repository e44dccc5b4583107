//! The documents by example that the contract prints, and the decision it prints for them.

use super::{Evidence, Explained, Finding, Outcome, Profile, decide};
use serde_json::Value;

pub const NOW: &str = "2026-11-24T06:00:00Z";

/// Policy set, profile and launch.
pub fn documents() -> [Value; 3] {
    [include_str!("policies.json"), include_str!("profile.json"), include_str!("launch.json")]
        .map(|text| serde_json::from_str(text).unwrap())
}

fn finding(label: &str, matched: &[&str]) -> Finding {
    Finding {
        label: label.to_owned(),
        matched: matched.iter().map(|&clause| clause.to_owned()).collect(),
        unknown: Vec::new(),
        exception: None,
    }
}

fn explained(policy_id: &str, outcome: &str, part: Option<&str>) -> Explained {
    Explained { policy_id: policy_id.to_owned(), outcome: outcome.to_owned(), part: part.map(str::to_owned) }
}

fn decided(change: impl Fn(&mut [Value; 3])) -> Result<Outcome, &'static str> {
    let mut documents = documents();
    change(&mut documents);
    let [policies, profile, launch] = documents;
    decide(&policies, &Profile::new(Some(&profile)), &launch, NOW)
}

#[test]
fn the_decision_that_the_contract_prints() {
    let outcome = decided(|_| {}).unwrap();
    assert_eq!(outcome.action, "intercept");
    assert_eq!(outcome.aggregation_key.as_deref(), Some("3e67de3a980d29302a8307756e4ae596"));
    assert_eq!(outcome.events.len(), 2);

    let event = &outcome.events[0];
    assert_eq!(event.key, "3e67de3a980d29302a8307756e4ae596");
    assert_eq!(
        (event.event_type, event.action, event.policy_id.as_str(), event.status),
        ("privileged_image", "intercept", "privileged", "effective")
    );
    assert_eq!(event.intercepts_from.as_deref(), Some("2026-11-01T00:00:00Z"));
    let findings = vec![
        finding("capability:SYS_ADMIN", &["capability:SYS_ADMIN"]),
        finding("host_path:/var/run/docker.sock", &["host_path:/var/run/docker.sock"]),
    ];
    assert_eq!(event.evidence, [Evidence { category: "privileges", total: 2, excused: 0, findings }]);

    let event = &outcome.events[1];
    assert_eq!(event.key, "6d95e4baab028e671255047334a7455d");
    assert_eq!(
        (event.event_type, event.action, event.policy_id.as_str(), event.status),
        ("risky_image", "alarm", "fixable-critical", "observing")
    );
    assert_eq!(event.intercepts_from.as_deref(), Some("2026-11-27T02:00:00Z"));
    let one = |category, finding| Evidence { category, total: 1, excused: 0, findings: vec![finding] };
    assert_eq!(
        event.evidence,
        [
            one(
                "vulnerabilities",
                finding(
                    "CVE-2022-0778|openssl|1.1.1k-1+deb11u1|",
                    &["severities", "labels", "known_exploited"]
                )
            ),
            one("malware", finding("/usr/bin/.x|Linux.Trojan.Mirai", &["any"])),
            one("sensitive", finding("private-key|/app/id_rsa|1", &["types", "severities"])),
        ]
    );
    assert_eq!(
        outcome.explain,
        [
            explained("fixable-critical", "alarm", None),
            explained("privileged", "intercept", None),
            explained("unscanned", "no_finding", None),
        ]
    );
}

#[test]
fn another_image_id_is_a_mismatch_even_with_no_policy() {
    let other = |documents: &mut [Value; 3]| {
        documents[0]["policies"] = Value::Null;
        documents[2]["image"]["id"] = format!("sha256:{}", "0".repeat(64)).into();
    };
    assert_eq!(decided(other), Err("image_mismatch"));
}

#[test]
fn explain_names_the_first_part_of_the_scope_that_failed() {
    let outcome = decided(|documents| {
        documents[0]["policies"][0]["scope"]["clusters"] = serde_json::json!(["test"]);
        documents[0]["policies"][0]["scope"]["namespaces"] = serde_json::json!(["test"]);
        documents[0]["policies"][1]["enabled"] = false.into();
        documents[0]["policies"][2]["enabled_at"] = "2026-11-24T06:00:00.1Z".into();
    });
    let outcome = outcome.unwrap();
    assert_eq!((outcome.action, outcome.aggregation_key), ("allow", None));
    assert_eq!(
        outcome.explain,
        [
            explained("fixable-critical", "out_of_scope", Some("clusters")),
            explained("privileged", "disabled", None),
            explained("unscanned", "pending", None),
        ]
    );
}

#[test]
fn an_image_that_nobody_scanned_is_judged_by_the_launch_and_by_what_is_missing() {
    let [policies, _, launch] = documents();
    let outcome = decide(&policies, &Profile::new(None), &launch, NOW).unwrap();
    assert_eq!(outcome.events.len(), 2);
    let event = &outcome.events[1];
    assert_eq!((event.event_type, event.action), ("unscanned_image", "alarm"));
    assert_eq!(event.intercepts_from, None);
    let by_unknown =
        |clause: &str| Finding { unknown: vec![clause.to_owned()], ..finding(clause, &[clause]) };
    let findings = vec![
        finding("states", &["states"]),
        by_unknown("max_scan_age_days"),
        by_unknown("max_feed_age_days"),
    ];
    assert_eq!(event.evidence, [Evidence { category: "scan", total: 3, excused: 0, findings }]);
}
