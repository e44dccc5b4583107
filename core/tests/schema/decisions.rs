//! What the library writes, against the schema of decisions.

use super::mutations::{pointers, removed};
use super::*;

pub(super) fn policy_set(document: &Value) -> PolicySet {
    PolicySet::parse(document.to_string().as_bytes()).unwrap()
}

pub(super) fn scan_profile(document: &Value) -> ScanProfile {
    ScanProfile::parse(document.to_string().as_bytes()).unwrap()
}

pub(super) fn launch_of(document: &Value) -> Launch {
    Launch::parse(document.to_string().as_bytes()).unwrap()
}

pub(super) fn now() -> Timestamp {
    Timestamp::parse(NOW).unwrap()
}

/// A set whose three policies look for everything, in the given enforcement.
pub(super) fn everything(enforcement: &Value, exceptions: &Value) -> Value {
    let policy = |id: &str, kind: &str, criteria: Value| {
        json!({
            "id": id, "name": id, "type": kind, "enabled": true, "enabled_at": "2026-11-01T00:00:00Z",
            "enforcement": enforcement, "scope": {"images": "all"}, "criteria": criteria, "exceptions": exceptions
        })
    };
    let selectors = json!({
        "severities": ["high"], "ids": ["CVE-2022-0778"], "packages": [{"name": "openssl"}], "classes": ["os"],
        "labels": ["exploit"], "min_cvss": 0, "min_epss": 0, "known_exploited": true,
        "unknown": {
            "severities": "match", "ids": "match", "packages": "match", "classes": "match", "labels": "match",
            "min_cvss": "match", "min_epss": "match", "known_exploited": "match"
        },
        "only": {
            "severities": ["high"], "ids": ["CVE-2022-0778"], "packages": [{"name": "openssl"}], "classes": ["os"],
            "labels": ["exploit"], "min_cvss": 0, "min_epss": 0, "known_exploited": true, "fix_available": true,
            "fix_states": ["fixed"], "grace": {"from": "fix", "days": {"high": 1, "unknown": 1}}
        }
    });
    json!({
        "version": 1,
        "label": "prod",
        "policies": [
            policy("risk", "risk", json!({
                "vulnerabilities": selectors,
                "malware": {
                    "md5": [MD5], "sha256": [HASH], "families": ["*"], "classes": ["trojan"],
                    "severities": ["critical"], "any": true,
                    "unknown": {
                        "md5": "match", "sha256": "match", "families": "match", "classes": "match",
                        "severities": "match"
                    }
                },
                "sensitive": {
                    "types": ["*"], "severities": ["high"], "any": true,
                    "unknown": {"types": "match", "severities": "match"}
                }
            })),
            policy("privileged", "privileged", json!({
                "privileges": ["capability:SYS_ADMIN", "host_path:/var/run/docker.sock", "run_as_root"]
            })),
            policy("unscanned", "unscanned", json!({
                "states": ["not_scanned", "partial"], "max_scan_age_days": 0, "max_feed_age_days": 0
            }))
        ]
    })
}

pub(super) fn known_profile() -> Value {
    let mut profile = rich_profile();
    profile["scan"]["state"] = json!("partial");
    profile["vulnerabilities"][0].as_object_mut().unwrap().remove("suppressed");
    profile
}

/// Findings of which nothing is known, but for their paths, which tell them apart.
pub(super) fn unknown_profile() -> Value {
    let vulnerabilities: Vec<Value> =
        (0..30).map(|at| json!({"package": {"path": format!("/{at}")}})).collect();
    json!({
        "version": 1, "image": {"id": HASH},
        "vulnerabilities": vulnerabilities, "malware": [{}], "sensitive": [{}]
    })
}

/// Decisions with every category, action, source of an excuse, and with known and unknown facts.
pub(super) fn decisions() -> Vec<(&'static str, Action, Value)> {
    let decide = |name, policies: &Value, profile: Option<&Value>, launch: &Value| {
        let policies = policy_set(policies);
        let assessment = match profile {
            Some(profile) => policies.assess(&scan_profile(profile)),
            None => policies.assess_unscanned(),
        };
        let decision = assessment.decide(&launch_of(launch), now()).unwrap();
        (name, decision.action(), serde_json::from_str(&decision.to_json()).unwrap())
    };
    let immediate = json!({"mode": "immediate"});
    let none = json!([]);
    let all = everything(&immediate, &none);
    let alarm = everything(&json!({"mode": "alarm"}), &none);
    let observe = everything(&json!({"mode": "observe", "days": 365}), &none);
    let excuses = json!([
        {"reason": "a", "owner": "o", "ticket": "t", "expires_at": "2027-01-01T00:00:00.5+01:00", "ids": ["CVE-2022-0778"]},
        {"reason": "b", "families": ["*"]},
        {"reason": "c", "privileges": ["capability:SYS_ADMIN"]}
    ]);
    let excused = everything(&immediate, &excuses);
    let mut set_wide = all.clone();
    set_wide["exceptions"] = excuses.clone();
    let mut trusting = all.clone();
    trusting["trust"] = json!({"by": ["vex", "scanner"]});
    trusting["policies"][0]["solution"] = json!("");
    let mut by_scanner = rich_profile();
    by_scanner["vulnerabilities"][0]["suppressed"] = json!({"by": "scanner"});
    let empty = json!({"version": 1, "policies": []});
    let mut inferred = rich_launch();
    inferred["privileges"] = json!(["privileged", "host_path:/", "device:c:/x", "capability:cap_bpf"]);
    inferred["inferred"] = json!(["privileged"]);
    let mut by_reference = small_launch();
    by_reference["image"] = json!({"reference": format!("nginx@sha256:{HASH}")});
    by_reference["privileges"] = json!(["run_as_root"]);
    let (known, unknown, suppressed) = (known_profile(), unknown_profile(), rich_profile());
    let (rich, small) = (rich_launch(), small_launch());
    vec![
        decide("everything known", &all, Some(&known), &rich),
        decide("nothing known", &all, Some(&unknown), &rich),
        decide("alarm", &alarm, Some(&known), &rich),
        decide("observing", &observe, Some(&known), &rich),
        decide("unscanned", &all, None, &by_reference),
        decide("unscanned, small", &all, None, &small),
        decide("excused by the policy", &excused, Some(&known), &rich),
        decide("excused by the set", &set_wide, Some(&known), &rich),
        decide("suppressed by VEX", &trusting, Some(&suppressed), &rich),
        decide("suppressed by the scanner", &trusting, Some(&by_scanner), &rich),
        decide("inferred", &all, Some(&known), &inferred),
        decide("allowed", &empty, Some(&known), &rich),
        decide("allowed, unscanned", &empty, None, &small),
    ]
}

/// The decisions of a pod with one launch for each profile, as a document.
pub(super) fn pod(profiles: &[&Value]) -> Value {
    let policies = policy_set(&everything(&json!({"mode": "immediate"}), &json!([])));
    let mut launch = rich_launch();
    launch["image"]["digest"] = Value::Null;
    let decisions = profiles.iter().enumerate().map(|(at, profile)| LaunchDecision {
        container: (at > 0).then(|| at.to_string()),
        result: policies.assess(&scan_profile(profile)).decide(&launch_of(&launch), now()),
    });
    serde_json::from_str(&decisions_to_json(&decisions.collect::<Vec<_>>())).unwrap()
}

pub(super) fn assert_valid(validator: &Validator, name: &str, document: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

#[test]
pub(super) fn decisions_keep_to_their_schema() {
    let validator = validator(schema::DECISION);
    let mut seen = BTreeSet::new();
    for (name, action, document) in decisions() {
        assert_valid(&validator, name, &document);
        seen.insert(format!("action {action}"));
        for event in document["events"].as_array().unwrap() {
            for evidence in event["evidence"].as_array().unwrap() {
                seen.insert(format!("category {}", evidence["category"]));
                for finding in evidence["findings"].as_array().unwrap() {
                    if let Value::Object(exception) = &finding["exception"] {
                        seen.insert(format!("source {}", exception["source"]));
                    }
                    for word in ["matched", "unknown"] {
                        let words = finding[word].as_array().unwrap();
                        seen.extend(
                            words.iter().map(|clause| format!("{word} {} {clause}", evidence["category"])),
                        );
                    }
                }
            }
        }
    }
    let counted = |start: &str| seen.iter().filter(|what| what.starts_with(start)).count();
    // So that the test does not grow blind: every action, category and source, and every clause both ways.
    assert_eq!((counted("action"), counted("category"), counted("source")), (3, 5, 3), "{seen:#?}");
    assert_eq!(counted("matched \"vulnerabilities\""), 8, "{seen:#?}");
    assert_eq!(counted("unknown \"vulnerabilities\""), 8 + 11, "{seen:#?}");
    assert_eq!((counted("matched \"malware\""), counted("unknown \"malware\"")), (6, 5), "{seen:#?}");
    assert_eq!((counted("matched \"sensitive\""), counted("unknown \"sensitive\"")), (3, 2), "{seen:#?}");
    assert_eq!((counted("matched \"scan\""), counted("unknown \"scan\"")), (3, 2), "{seen:#?}");
    assert_eq!(counted("unknown \"privileges\""), 0);
}

#[test]
pub(super) fn decisions_of_several_launches_keep_to_their_schema() {
    let validator = validator(schema::DECISION);
    let known = known_profile();
    let mut other = unknown_profile();
    other["image"] = json!({"id": "0".repeat(64)});
    for (name, action, document) in [
        ("none", json!("allow"), pod(&[])),
        ("one", json!("intercept"), pod(&[&known])),
        ("two", json!("intercept"), pod(&[&known, &unknown_profile()])),
        ("one cannot be judged", json!(null), pod(&[&known, &other])),
    ] {
        assert_valid(&validator, name, &document);
        assert_eq!(document["action"], action, "{name}");
        let lie = if action.is_null() { json!("allow") } else { json!(null) };
        assert!(!validator.is_valid(&changed(document, "/action", lie)), "{name}");
    }
    let error =
        Error::at(ErrorKind::InvalidLaunch, "missing_field", "/privileges", "`privileges` is required");
    for kind in [
        ErrorKind::Syntax,
        ErrorKind::InvalidPolicy,
        ErrorKind::InvalidProfile,
        ErrorKind::InvalidLaunch,
        ErrorKind::ImageMismatch,
        ErrorKind::LimitExceeded,
        ErrorKind::Unsupported,
        ErrorKind::InvalidArgument,
    ] {
        let error = Error::from_problems(kind, error.problems().to_vec());
        let document = decisions_to_json(&[LaunchDecision { container: None, result: Err(error) }]);
        assert_valid(&validator, kind.as_str(), &serde_json::from_str(&document).unwrap());
    }
}

/// Members that are left out where nothing is known.
pub(super) fn may_be_absent(pointer: &str) -> bool {
    let places = ["/suppressed", "/launch/image/", "/launch/container/", "/launch/node/", "/launch/pod/"];
    let is_item =
        |pointer: &str| pointer.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok());
    places.iter().any(|place| pointer.contains(place)) && !pointer.ends_with("/by") || is_item(pointer)
}

#[test]
pub(super) fn a_member_more_or_less_is_noticed() {
    let validator = validator(schema::DECISION);
    let mut documents = decisions();
    let mut other = unknown_profile();
    other["image"] = json!({"id": "0".repeat(64)});
    documents.push(("pod", Action::Allow, pod(&[&known_profile(), &other])));
    for (name, _, document) in documents {
        for pointer in pointers(&document) {
            // One finding of a category stands for the others.
            if pointer.contains("/findings/") && !pointer.contains("/findings/0") {
                continue;
            }
            if document.pointer(&pointer).unwrap().is_object() {
                let mut more = document.clone();
                more.pointer_mut(&pointer).unwrap()["added"] = json!(null);
                assert!(!validator.is_valid(&more), "{name}: {pointer} takes a further member");
            }
            if !may_be_absent(&pointer)
                && let Some(less) = removed(&document, &pointer)
            {
                assert!(!validator.is_valid(&less), "{name}: {pointer} may be left out");
            }
        }
    }
}
