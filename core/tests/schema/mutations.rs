//! Documents changed in one place, and in several.

use super::random::Random;
use super::vocabulary::schema_words;
use super::*;

pub(super) fn pointers(document: &Value) -> Vec<String> {
    fn collect(value: &Value, at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    collect(item, &format!("{at}/{index}"), out);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    collect(member, &format!("{at}/{name}"), out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    collect(document, "", &mut out);
    out
}

pub(super) fn removed(document: &Value, pointer: &str) -> Option<Value> {
    let mut document = document.clone();
    let (parent, last) = pointer.rsplit_once('/')?;
    match document.pointer_mut(parent)? {
        Value::Object(members) => drop(members.remove(last)),
        Value::Array(items) => drop(items.remove(last.parse().ok()?)),
        _ => return None,
    }
    Some(document)
}

/// Values that are right somewhere, or nearly.
pub(super) fn pool() -> Vec<Value> {
    let mut pool = vec![
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!([null]),
        json!([[]]),
        json!([{}]),
        json!({"x": 1}),
        json!([""]),
        json!(["x"]),
        json!(["x", "x"]),
        json!([1]),
        json!({"images": "all"}),
        json!({"mode": "immediate", "days": null}),
        json!({"mode": "observe"}),
        json!({"privileges": ["privileged"]}),
        json!({"states": ["complete"]}),
        json!({"max_scan_age_days": 0}),
        json!({"any": true}),
        json!({"severities": []}),
        json!({"name": "x", "versions": [], "range": null}),
        json!({"name": "x", "versions": ["1"], "range": "<1"}),
        json!({"name": "x", "versions": null, "range": "<1"}),
        json!({"by": "vex"}),
    ];
    let numbers = [
        -1.0,
        -0.0,
        0.0,
        0.5,
        1.0,
        1.5,
        7.0,
        10.0,
        10.000001,
        365.0,
        366.0,
        3600.0,
        3601.0,
        36500.0,
        36501.0,
        4_294_967_295.0,
        4_294_967_296.0,
        1e18,
        1e300,
    ];
    pool.extend(numbers.into_iter().map(Value::from));
    pool.extend([-1_i64, 0, 1, 366, 3_600, i64::MAX].map(Value::from));
    pool.push(Value::from(u64::MAX));
    let hash = HASH.to_uppercase();
    let texts = [
        "",
        "x",
        " ",
        "\n",
        "all",
        "ALL",
        "*",
        "**",
        "***",
        "a**/b",
        "[a]",
        "\\[a\\]",
        "a\\",
        "{",
        "}",
        "/a",
        "/**",
        "é",
        "risk",
        "privileged",
        "unscanned",
        "immediate",
        "observe",
        "alarm",
        "critical",
        "unknown",
        "Critical",
        "fixed",
        "match",
        "no_match",
        "disclosure",
        "vex",
        "scanner",
        "complete",
        "partial",
        "not_scanned",
        "main",
        "sidecar",
        "2026-11-24T06:00:00Z",
        "2026-11-24t06:00:00.123456789-23:59",
        "2026-11-24 06:00:00Z",
        "2026-11-24T06:00:00",
        "2026-11-24T24:00:00Z",
        "2026-11-24T23:59:60Z",
        "2026-11-31T00:00:00Z",
        "2024-02-29T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-01:00",
        "0000-01-01T00:00:00Z",
        "2026-11-24",
        "2026-11-31",
        "+14:00",
        "-14:01",
        "+00:00",
        "00:00",
        "+09:60",
        "host_path:/a",
        "host_path:",
        "host_path:a",
        "host_path",
        "device:/dev/*",
        "device:**",
        "capability:cap_net_raw",
        "capability:NET_ROW",
        "capability:ALL",
        "capability:",
        "capability:x",
        "run_as_root",
        "<1",
        ">=1.0, <2 || =3",
        "1.0",
        "==1",
        "<1||",
        "nginx",
        "r.io:5000/a/b:1",
        "a b",
        "a//b",
        "a:",
        "A=b",
        "registry.example.com/x@sha256:12",
        "@",
    ];
    pool.extend(texts.map(Value::from));
    pool.extend([128, 129, 256, 257, 1_024, 1_025].map(|length| json!("é".repeat(length))));
    pool.extend([
        json!(MD5),
        json!(HASH),
        json!(hash),
        json!(format!("sha256:{hash}")),
        json!(format!("SHA256:{HASH}")),
        json!(format!("sha256:{HASH}0")),
        json!(format!("nginx@sha256:{HASH}")),
        json!(format!("@sha256:{HASH}")),
        json!(format!("nginx:1@{HASH}")),
    ]);
    pool
}

/// Small changes of a text.
pub(super) fn edits(text: &str) -> Vec<String> {
    let mut edits = vec![text.to_uppercase(), text.to_lowercase()];
    for more in ["x", " ", "\n", "\u{0}", "\u{a0}", "*", "**", "[", "\\", "/", ":", "=", "@", "0", "é"] {
        edits.push(format!("{text}{more}"));
        edits.push(format!("{more}{text}"));
    }
    let mut characters = text.chars();
    edits.extend(characters.next().map(|_| characters.as_str().to_owned()));
    edits.extend(characters.next_back().map(|_| characters.as_str().to_owned()));
    edits
}

#[test]
pub(super) fn every_single_change_of_a_document_gets_one_verdict() {
    for kind in KINDS {
        let mut checker = Checker::new(kind);
        let documents = if kind == Kind::Policy { policy_parts() } else { kind.documents().to_vec() };
        for document in documents.iter().chain(&kind.documents()) {
            checker.check(document, "as it is");
            assert_eq!((checker.refused, checker.beyond), (0, 0), "{document}");
        }
        for document in documents {
            for pointer in pointers(&document) {
                let value = document.pointer(&pointer).unwrap();
                if let Some(without) = removed(&document, &pointer) {
                    checker.check(&without, &format!("{pointer} removed"));
                }
                for other in pool().into_iter().chain(variants(value)) {
                    let what = format!("{pointer} set to {other}");
                    checker.check(&changed(document.clone(), &pointer, other), &what);
                }
            }
        }
        checker.finish(500);
    }
}

/// Lists with an item more, less, or in another order; objects with a member of another spelling; edited texts.
pub(super) fn variants(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => edits(text).into_iter().map(Value::from).collect(),
        Value::Array(items) => {
            let mut variants = Vec::new();
            for extra in [Some(Value::Null), Some(json!("")), Some(json!({})), items.first().cloned()] {
                variants.push(Value::Array(items.iter().cloned().chain(extra).collect()));
            }
            variants.push(Value::Array(items.iter().rev().cloned().collect()));
            variants.push(Value::Array(items.iter().skip(1).cloned().collect()));
            variants
        }
        Value::Object(members) => {
            let respelt = members.keys().map(|name| {
                let spelling = |key: &String| if key == name { format!("{key}s") } else { key.clone() };
                members.iter().map(|(key, member)| (spelling(key), member.clone())).collect()
            });
            let null = members.keys().map(|name| {
                let member =
                    |key: &String, member: &Value| if key == name { Value::Null } else { member.clone() };
                members.iter().map(|(key, value)| (key.clone(), member(key, value))).collect()
            });
            respelt.chain(null).map(Value::Object).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
pub(super) fn documents_changed_in_several_places_get_one_verdict() {
    let pool = pool();
    for kind in KINDS {
        let mut checker = Checker::new(kind);
        let mut random = Random(0x0696_D616_7665);
        let originals = kind.documents();
        let words: Vec<String> = schema_words(kind, &["properties"]).into_iter().collect();
        for round in 0..4_000 {
            let mut document = random.pick(&originals).clone();
            for _ in 0..=random.below(5) {
                let places = pointers(&document);
                let pointer = random.pick(&places).clone();
                let value = document.pointer(&pointer).unwrap().clone();
                match random.below(8) {
                    // Most removals and nulls leave a document that is right.
                    0 | 1 => {
                        if let Some(without) = removed(&document, &pointer) {
                            document = without;
                        }
                    }
                    2 if !pointer.is_empty() => document = changed(document, &pointer, Value::Null),
                    3 if !pointer.is_empty() => {
                        document = changed(document, &pointer, random.pick(&pool).clone());
                    }
                    4 => {
                        let variants = variants(&value);
                        if !variants.is_empty() {
                            document = changed(document, &pointer, random.pick(&variants).clone());
                        }
                    }
                    5 => {
                        let from = random.pick(&places).clone();
                        let value = document.pointer(&from).unwrap().clone();
                        document = changed(document, &pointer, value);
                    }
                    6 => {
                        // A member of the same name from elsewhere is often of the right type.
                        let name = pointer.rsplit('/').next().unwrap();
                        let same: Vec<_> =
                            places.iter().filter(|place| place.rsplit('/').next() == Some(name)).collect();
                        let value = document.pointer(random.pick::<&String>(&same)).unwrap().clone();
                        document = changed(document, &pointer, value);
                    }
                    _ => {
                        if value.is_object() {
                            document.pointer_mut(&pointer).unwrap()[random.pick(&words)] =
                                random.pick(&pool).clone();
                        }
                    }
                }
            }
            checker.check(&document, &format!("round {round}"));
        }
        checker.finish(250);
    }
}
