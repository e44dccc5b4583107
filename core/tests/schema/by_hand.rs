//! Documents whose verdict is written by hand.

use super::*;

#[test]
fn what_a_schema_cannot_say_is_still_refused() {
    for kind in KINDS {
        let validator = validator(kind.schema());
        for rule in kind.beyond() {
            let document = (rule.example)();
            assert!(validator.is_valid(&document), "{kind:?} {}", rule.code);
            let error = kind.load(document.to_string().as_bytes()).unwrap_err();
            let problems = error.problems();
            assert!(
                problems.iter().all(|problem| rule.explains(&document, problem.code, &problem.pointer)),
                "{kind:?} {}: {problems:?}",
                rule.code
            );
        }
    }
}

#[test]
fn valid_and_invalid_documents() {
    let policies = |policies: Value| json!({"version": 1, "policies": policies});
    let with = |change: fn(&mut Value)| {
        let mut document = small_policy();
        change(&mut document["policies"][0]);
        document
    };
    let exception = |exception: Value| {
        let mut document = small_policy();
        document["exceptions"] = json!([exception]);
        document
    };
    let second_privileged = {
        let mut document = rich_policy();
        let mut second = document["policies"][1].clone();
        second["id"] = json!("second");
        second["name"] = json!("second");
        second["enabled"] = json!(false);
        document["policies"].as_array_mut().unwrap().push(second);
        document
    };
    let many: Vec<Value> = (0..20_000)
        .map(|number| {
            let mut policy = small_policy()["policies"][0].clone();
            policy["id"] = json!(number.to_string());
            policy["name"] = json!(number.to_string());
            policy
        })
        .collect();
    let too_many: Vec<Value> = many.iter().chain(many.first()).cloned().collect();
    let cases = [
        (Kind::Policy, true, policies(json!([]))),
        (
            Kind::Policy,
            true,
            json!({"version": 1.0, "policies": [], "exceptions": null, "trust": {}, "label": null}),
        ),
        (Kind::Policy, true, policies(many.into())),
        (Kind::Policy, false, policies(too_many.into())),
        (Kind::Policy, true, json!({"version": 1})),
        (Kind::Policy, false, json!({"version": 2, "policies": []})),
        (Kind::Policy, false, json!({"policies": []})),
        (Kind::Policy, false, json!([])),
        (Kind::Policy, true, policies(json!(null))),
        (Kind::Policy, false, second_privileged),
        (Kind::Policy, false, with(|policy| policy["enabled"] = json!(true))),
        (Kind::Policy, false, with(|policy| policy["type"] = json!("unscanned"))),
        (Kind::Policy, false, with(|policy| policy["enforcement"] = json!({"mode": "observe"}))),
        (Kind::Policy, false, with(|policy| policy["enforcement"] = json!({"mode": "alarm", "days": 7}))),
        (Kind::Policy, true, with(|policy| policy["enforcement"] = json!({"mode": "observe", "days": 365}))),
        (Kind::Policy, true, with(|policy| policy["scope"] = json!({"images": "all"}))),
        (Kind::Policy, false, with(|policy| policy["scope"] = json!({"images": "some"}))),
        (Kind::Policy, false, with(|policy| policy["scope"] = json!({"images": {"names": [], "ids": null}}))),
        (Kind::Policy, false, with(|policy| policy["criteria"] = json!({}))),
        (Kind::Policy, false, with(|policy| policy["criteria"] = json!({"vulnerabilities": {"only": {}}}))),
        (
            Kind::Policy,
            true,
            with(|policy| policy["criteria"] = json!({"sensitive": {"any": true}, "malware": null})),
        ),
        (Kind::Policy, false, with(|policy| policy["criteria"] = json!({"malware": {"any": false}}))),
        (Kind::Policy, true, exception(json!({"reason": "r", "paths": ["**"], "images": ["x"]}))),
        (Kind::Policy, false, exception(json!({"reason": "r"}))),
        (Kind::Policy, false, exception(json!({"reason": "r", "until_fixed": true}))),
        (Kind::Policy, false, exception(json!({"reason": "r", "ids": ["x"], "families": ["y"]}))),
        (Kind::Policy, true, exception(json!({"reason": "r", "ids": ["x"], "families": []}))),
        (Kind::Policy, false, exception(json!({"reason": "r", "paths": ["/x"], "privileges": ["host_pid"]}))),
        (Kind::Policy, false, exception(json!({"reason": "r", "types": ["x"], "until_fixed": true}))),
        (Kind::Policy, true, exception(json!({"reason": "r", "types": ["x"], "until_fixed": false}))),
        (Kind::Policy, true, exception(json!({"reason": "r", "images": ["sha256:12"]}))),
        (Kind::Profile, true, json!({"version": 1, "image": {"names": ["x"]}})),
        (Kind::Profile, true, json!({"version": 1, "image": {"id": HASH}, "scan": null, "malware": []})),
        (Kind::Profile, true, json!({"version": 1, "image": {"names": ["a".repeat(4_096)]}})),
        (Kind::Profile, false, json!({"version": 1, "image": {"names": ["a".repeat(4_097)]}})),
        (Kind::Profile, false, json!({"version": 1, "image": {}})),
        (Kind::Profile, false, json!({"version": 1, "image": {"names": [], "id": null}})),
        (Kind::Profile, false, json!({"version": 1, "image": {"names": [HASH]}})),
        (Kind::Profile, false, json!({"version": 1, "image": {"names": ["x"]}, "malwares": []})),
        (Kind::Profile, false, json!({"version": 1, "image": {"names": ["x"]}, "malware": [null]})),
        (Kind::Launch, true, json!({"version": 1, "image": {"id": HASH}, "privileges": []})),
        (Kind::Launch, true, json!({"version": 1, "image": {"reference": HASH}, "privileges": []})),
        (
            Kind::Launch,
            true,
            json!({"version": 1, "image": {"reference": "a".repeat(4_096)}, "privileges": []}),
        ),
        (
            Kind::Launch,
            false,
            json!({"version": 1, "image": {"reference": "a".repeat(4_097)}, "privileges": []}),
        ),
        (Kind::Launch, false, json!({"version": 1, "image": {"id": HASH}})),
        (Kind::Launch, false, json!({"version": 1, "image": {"id": HASH}, "privileges": null})),
        (Kind::Launch, false, json!({"version": 1, "image": {}, "privileges": []})),
        (Kind::Launch, false, json!({"version": 1, "image": {"id": HASH}, "privileges": ["SYS_ADMIN"]})),
    ];
    for (kind, is_valid, document) in cases {
        let text = document.to_string();
        let shown: String = text.chars().take(300).collect();
        assert_eq!(kind.load(text.as_bytes()).is_ok(), is_valid, "loader: {shown}");
        assert_eq!(validator(kind.schema()).is_valid(&document), is_valid, "schema: {shown}");
    }
}
