//! Changed documents of every kind.

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

/// SplitMix64: the same documents in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(super) fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
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

/// A place of a document whose text has a form of its own.
pub(super) struct Slot {
    pub(super) kind: Kind,
    pub(super) pointer: &'static str,
    /// Texts that are right there, to start from.
    pub(super) seeds: &'static [&'static str],
    /// What is put in and appended.
    pub(super) pieces: &'static [&'static str],
}

pub(super) const GLOB_PIECES: &[&str] =
    &["*", "**", "?", "\\", "[", "]", "{", "}", "/", "a", "é", "\n", ".", "@"];
pub(super) const TIME_PIECES: &[&str] =
    &["0", "1", "2", "3", "9", "-", ":", ".", "T", "t", "Z", "z", "+", " ", "02-29", "60", "24"];
pub(super) const HASH_PIECES: &[&str] =
    &["0", "a", "F", "g", "sha256:", "SHA256:", "Sha512:", "@", "r.io/x", ":", "/", " ", "\n"];
pub(super) const NAME_PIECES: &[&str] = &[
    "a", "A", "/", ":", "@", ".", "5000", "r.io", "é", " ", "\t", "\u{85}", "\u{a0}", "\u{2028}", "\u{feff}",
    "\u{200b}",
];
pub(super) const PRIVILEGE_PIECES: &[&str] = &[
    "privileged",
    "host_pid",
    "capability:",
    "host_path:",
    "device:",
    "CAP_",
    "cap_",
    "SYS_ADMIN",
    "sys_Time",
    "ALL",
    "/",
    "a",
    "*",
    "**",
    "\\",
    "[",
    ":",
    " ",
    "\n",
    "e",
];
pub(super) const RANGE_PIECES: &[&str] = &[
    "<", "<=", ">", ">=", "=", ",", "|", "||", " ", "1.0", "a", "~", "^", "!", "\t", "\u{a0}", "\u{7f}", "-",
    "*",
];
pub(super) const HASHES: &[&str] = &[
    "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "44d88612fea8a8f36de82e1278abb02f",
    "",
];
pub(super) const TIMES: &[&str] =
    &["2026-11-24T06:00:00Z", "2024-02-28T23:59:59.123456789+14:30", "9999-12-31T23:59:59.9z"];
pub(super) const NAMES: &[&str] = &[
    "nginx",
    "r.io:5000/a/b:1",
    "r.io/a:1@sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "",
];

pub(super) const fn policy(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Policy, pointer, seeds, pieces }
}

pub(super) const fn profile(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Profile, pointer, seeds, pieces }
}

pub(super) const fn launch(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Launch, pointer, seeds, pieces }
}

pub(super) const SLOTS: [Slot; 24] = [
    policy(
        "/day_utc_offset",
        &["+08:00", "-14:00", "+13:59"],
        &["0", "1", "4", "5", "6", "9", "+", "-", ":", " "],
    ),
    policy("/policies/0/id", &["a", ""], &["a", "Z", "0", ".", "_", "-", " ", "\n", "é", "/", "~"]),
    policy("/policies/0/enabled_at", TIMES, TIME_PIECES),
    policy("/policies/0/scope/images/names/0", &["a/**", ""], GLOB_PIECES),
    policy("/policies/0/scope/images/ids/0", HASHES, HASH_PIECES),
    policy("/policies/0/scope/images/digests/0", HASHES, HASH_PIECES),
    policy("/policies/0/scope/nodes/0", &["a*", ""], GLOB_PIECES),
    policy(
        "/policies/0/scope/privileges/0",
        &["", "host_path:/", "device:**", "capability:"],
        PRIVILEGE_PIECES,
    ),
    policy(
        "/policies/0/criteria/vulnerabilities/packages/0/range",
        &["<1", ">=1.0, <2 || =3", ""],
        RANGE_PIECES,
    ),
    policy("/policies/0/criteria/malware/md5/0", HASHES, HASH_PIECES),
    policy("/policies/0/criteria/malware/sha256/0", HASHES, HASH_PIECES),
    policy("/policies/0/criteria/malware/families/0", &["a", ""], GLOB_PIECES),
    policy("/policies/0/exceptions/0/images/0", HASHES, HASH_PIECES),
    policy("/policies/0/exceptions/0/images/0", &["", "sha256", "sha256:"], GLOB_PIECES),
    policy("/policies/0/exceptions/0/paths/0", &["", "/", "**"], GLOB_PIECES),
    profile("/image/id", HASHES, HASH_PIECES),
    profile("/image/digests/0", HASHES, HASH_PIECES),
    profile("/image/names/0", NAMES, NAME_PIECES),
    profile("/vulnerabilities/0/epss/date", &["2026-11-23", "2026-02-28", "0000-12-31"], TIME_PIECES),
    profile("/malware/0/md5", HASHES, HASH_PIECES),
    profile("/scan/scanned_at", TIMES, TIME_PIECES),
    launch("/image/reference", NAMES, NAME_PIECES),
    launch("/privileges/0", &["", "host_path:", "capability:"], PRIVILEGE_PIECES),
    launch("/container/environment/0", &["PATH", ""], &["A", "=", "\n", " ", "é"]),
];

#[test]
pub(super) fn every_form_of_text_is_read_alike() {
    for (number, slot) in SLOTS.iter().enumerate() {
        let mut checker = Checker::new(slot.kind);
        let mut random = Random(u64::try_from(number).unwrap());
        let [mut document, _] = slot.kind.documents();
        if slot.kind == Kind::Policy {
            document["policies"].as_array_mut().unwrap().truncate(1);
        }
        if slot.kind == Kind::Launch {
            document["inferred"] = json!([]);
        }
        for _ in 0..1_000 {
            let mut text: Vec<char> = random.pick(slot.seeds).chars().collect();
            for _ in 0..random.below(6) {
                let piece = random.pick(slot.pieces).chars();
                // Towards the ends, where more rules are.
                let at = match random.below(3) {
                    0 => text.len(),
                    1 => 0,
                    _ => random.below(text.len() + 1),
                };
                let end = text.len().min(at + [0, 0, 0, 1][random.below(4)]);
                text.splice(at..end, piece);
            }
            if random.below(4) == 0 && !text.is_empty() {
                text.remove(random.below(text.len()));
            }
            let text: String = text.into_iter().collect();
            // `..` takes away the component before it, whatever that is.
            if text.contains("..") {
                continue;
            }
            let what = format!("{} = {text:?}", slot.pointer);
            *document.pointer_mut(slot.pointer).unwrap() = text.into();
            checker.check(&document, &what);
        }
        checker.finish(10);
    }
}

#[test]
pub(super) fn what_a_schema_cannot_say_is_still_refused() {
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
pub(super) fn valid_and_invalid_documents() {
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
