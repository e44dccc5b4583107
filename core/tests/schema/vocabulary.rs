//! Which members and words a schema knows, and which the loader knows.

use super::mutations::pointers;
use super::*;

/// The words that a schema has under `keywords`: member names, or values.
pub(super) fn schema_words(kind: Kind, keywords: &[&str]) -> BTreeSet<String> {
    fn collect(value: &Value, keywords: &[&str], words: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::Object(properties) if keywords.contains(&name.as_str()) => {
                            words.extend(properties.keys().cloned());
                        }
                        Value::Array(values) if keywords.contains(&name.as_str()) => {
                            words.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
                        }
                        Value::String(value) if keywords.contains(&name.as_str()) => {
                            words.insert(value.clone());
                        }
                        _ => {}
                    }
                    collect(member, keywords, words);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, keywords, words)),
            _ => {}
        }
    }
    let mut words = BTreeSet::new();
    collect(&parsed(kind.schema()), keywords, &mut words);
    words
}

/// The words that a message of the loader lists behind `start`.
pub(super) fn listed(message: &str, start: &str) -> BTreeSet<String> {
    let known = message.split_once(start).map_or("", |(_, known)| known);
    known.split(", ").map(|word| word.trim_matches('`').to_owned()).filter(|word| !word.is_empty()).collect()
}

pub(super) const NO_WORD: &str = "something else entirely";

/// The member names that the loader says it knows when it meets an unknown one.
pub(super) fn loader_members(kind: Kind, document: &Value, pointer: &str) -> BTreeSet<String> {
    let mut document = document.clone();
    document.pointer_mut(pointer).unwrap()[NO_WORD] = Value::Null;
    let error = kind.load(document.to_string().as_bytes()).unwrap_err();
    let problem = error.problems().iter().find(|problem| problem.code == "unknown_field").unwrap();
    let words = listed(&problem.message, "known are ");
    assert!(!words.is_empty(), "{problem}");
    words
}

/// The values that the loader says it knows when it meets an unknown one; none where it takes any text.
pub(super) fn loader_values(kind: Kind, document: &Value, pointer: &str) -> BTreeSet<String> {
    let document = changed(document.clone(), pointer, json!(NO_WORD));
    let Err(error) = kind.load(document.to_string().as_bytes()) else { return BTreeSet::new() };
    let words = |problem: &imagegate::Problem| match problem.code {
        "unknown_value" => listed(&problem.message, "expected one of "),
        "invalid_privilege" => listed(&problem.message, "known are "),
        _ => BTreeSet::new(),
    };
    error.problems().iter().find(|problem| problem.pointer == pointer).map(words).unwrap_or_default()
}

/// No member that only one of the two knows, at any place.
#[test]
pub(super) fn members_are_known_alike() {
    for kind in KINDS {
        let mut checker = Checker::new(kind);
        let by_schema = schema_words(kind, &["properties"]);
        let [document, _] = kind.documents();
        for pointer in pointers(&document) {
            if document.pointer(&pointer).unwrap().is_object() {
                for word in by_schema.union(&loader_members(kind, &document, &pointer)) {
                    for value in [json!(null), json!([])] {
                        let mut document = document.clone();
                        document.pointer_mut(&pointer).unwrap()[word] = value;
                        checker.check(&document, &format!("{pointer} with {word}"));
                    }
                }
            }
        }
        checker.finish(20);
    }
}

/// No word that only one of the two knows, at any place where the loader knows certain words only.
#[test]
pub(super) fn words_are_known_alike() {
    for kind in KINDS {
        let mut checker = Checker::new(kind);
        let by_schema = schema_words(kind, &["enum", "const"]);
        let [document, _] = kind.documents();
        let mut places = 0;
        for pointer in pointers(&document) {
            let by_loader = loader_values(kind, &document, &pointer);
            if by_loader.is_empty() {
                continue;
            }
            places += 1;
            for word in by_schema.union(&by_loader) {
                let document = changed(document.clone(), &pointer, json!(word));
                checker.check(&document, &format!("{pointer} = {word}"));
            }
        }
        assert!(places >= 4, "{kind:?}: {places}");
        checker.finish(10);
    }
}

/// Which members go together: every part of an object whose members depend on each other.
#[test]
pub(super) fn members_go_together_alike() {
    let exception = json!({
        "ids": ["x"], "packages": ["x"], "images": ["x"], "families": ["x"], "types": ["x"], "paths": ["/x"],
        "privileges": ["host_pid"], "until_fixed": true
    });
    let selectors = json!({
        "severities": ["high"], "ids": ["x"], "packages": [{"name": "x"}], "classes": ["x"], "labels": ["x"],
        "min_cvss": 0, "min_epss": 0, "known_exploited": true, "only": {"labels": ["x"]},
        "unknown": {"ids": "match"}
    });
    let filters = json!({
        "severities": ["high"], "ids": ["x"], "packages": [{"name": "x"}], "classes": ["x"], "labels": ["x"],
        "min_cvss": 0, "min_epss": 0, "known_exploited": false, "fix_available": false, "fix_states": ["fixed"],
        "grace": {"from": "fix", "days": {}}
    });
    let malware = json!({
        "md5": [MD5], "sha256": [HASH], "families": ["x"], "classes": ["x"], "severities": ["low"], "any": true,
        "unknown": {"md5": "match"}
    });
    let sensitive =
        json!({"types": ["x"], "severities": ["low"], "any": true, "unknown": {"types": "match"}});
    let risk =
        json!({"vulnerabilities": {"ids": ["x"]}, "malware": {"any": true}, "sensitive": {"any": true}});
    let unscanned = json!({
        "states": ["failed"], "max_scan_age_days": 0, "max_feed_age_days": 0,
        "unknown": {"max_scan_age_days": "match"}
    });
    let package = json!({"versions": ["1"], "range": "<1", "ecosystem": "npm"});
    let images = json!({"ids": [HASH], "digests": [HASH], "names": ["x"]});
    let image = json!({"id": HASH, "digests": [HASH], "names": ["x"], "platform": "linux/amd64"});
    let started = json!({"id": HASH, "digest": HASH, "reference": "x"});
    let mut risky = small_policy();
    risky["policies"][0]["criteria"] =
        json!({"vulnerabilities": {"packages": [{"name": "x"}], "only": {}}, "malware": {}, "sensitive": {}});
    let alone = |category: &str| {
        let mut document = risky.clone();
        document["policies"][0]["criteria"] = json!({category: {}});
        document
    };
    let mut only = small_policy();
    only["policies"][0]["criteria"]["vulnerabilities"]["only"] = json!({});
    let mut packages = small_policy();
    packages["policies"][0]["criteria"]["vulnerabilities"]["packages"] = json!([{"name": "x"}]);
    let mut of_scans = small_policy();
    of_scans["policies"][0]["type"] = json!("unscanned");
    let policy = "/policies/0";
    let cases = [
        (Kind::Policy, small_policy(), format!("{policy}/exceptions/0"), exception),
        (Kind::Policy, alone("vulnerabilities"), format!("{policy}/criteria/vulnerabilities"), selectors),
        (Kind::Policy, only, format!("{policy}/criteria/vulnerabilities/only"), filters),
        (Kind::Policy, alone("malware"), format!("{policy}/criteria/malware"), malware),
        (Kind::Policy, alone("sensitive"), format!("{policy}/criteria/sensitive"), sensitive),
        (Kind::Policy, risky, format!("{policy}/criteria"), risk),
        (Kind::Policy, of_scans, format!("{policy}/criteria"), unscanned),
        (Kind::Policy, packages, format!("{policy}/criteria/vulnerabilities/packages/0"), package),
        (Kind::Policy, small_policy(), format!("{policy}/scope/images"), images),
        (Kind::Profile, small_profile(), "/image".to_owned(), image),
        (Kind::Launch, small_launch(), "/image".to_owned(), started),
    ];
    for (kind, mut document, pointer, members) in cases {
        let mut checker = Checker::new(kind);
        let members = members.as_object().unwrap();
        for part in 0..1_u32 << members.len() {
            let object = document.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
            // What else is required stays.
            object.retain(|name, _| matches!(name.as_str(), "reason" | "name"));
            for (bit, (name, value)) in members.iter().enumerate() {
                if part >> bit & 1 == 1 {
                    object.insert(name.clone(), value.clone());
                }
            }
            checker.check(&document, &format!("{pointer}, part {part:b}"));
        }
        checker.finish(1);
    }
}
