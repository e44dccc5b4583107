//! Holds the published JSON Schemas against the loaders and the writer.
//!
//! What a schema refuses the loader refuses; what a schema accepts the loader accepts, but for the rules listed in
//! [`Kind::beyond`], which a schema cannot say. Members that are given twice are no matter here: they are lost
//! before a schema is asked.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{
    Action, Error, ErrorKind, Launch, LaunchDecision, PolicySet, ScanProfile, Timestamp, decisions_to_json,
    schema,
};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const HASH: &str = "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const NOW: &str = "2026-11-24T06:00:00Z";

const SCHEMAS: [(&str, &str); 4] = [
    ("policy", schema::POLICY),
    ("profile", schema::PROFILE),
    ("launch", schema::LAUNCH),
    ("decision", schema::DECISION),
];

fn parsed(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap()
}

fn validator(schema: &str) -> Validator {
    jsonschema::draft202012::new(&parsed(schema)).unwrap()
}

// ---------------------------------------------------------------------------------------------------------------
// Documents

/// Every member that a policy set may have, with a value.
fn rich_policy() -> Value {
    json!({
        "version": 1,
        "label": "prod",
        "activation_delay_seconds": 300,
        "day_utc_offset": "+08:00",
        "policies": [
            {
                "id": "fixable-critical",
                "name": "Critical and high vulnerabilities that have a fix",
                "description": "Agreed with the platform team.",
                "type": "risk",
                "enabled": true,
                "enabled_at": "2026-11-20T02:00:00Z",
                "enforcement": {"mode": "observe", "days": 7},
                "scope": {
                    "images": {
                        "ids": [format!("sha256:{HASH}")],
                        "digests": [format!("registry.example.com/shop/cart@sha256:{HASH}")],
                        "names": ["registry.example.com/shop/**"]
                    },
                    "exclude": {"ids": [HASH], "digests": [HASH], "names": ["**/debug-*"]},
                    "nodes": ["*"], "clusters": ["prod-*"], "namespaces": ["shop"],
                    "privileges": ["host_network", "device:/dev/**"]
                },
                "criteria": {
                    "vulnerabilities": {
                        "severities": ["critical", "high"],
                        "ids": ["CVE-2021-44228"],
                        "packages": [
                            {"name": "log4j-core", "range": "<2.17.1", "ecosystem": "maven"},
                            {"name": "zlib*", "versions": ["1.2.11"]}
                        ],
                        "classes": ["os"],
                        "labels": ["exploit"],
                        "min_cvss": 9.0,
                        "min_epss": 0.5,
                        "known_exploited": true,
                        "only": {
                            "severities": ["low"], "ids": ["GHSA-1"], "packages": [{"name": "*"}],
                            "classes": ["os", "library"], "labels": ["x"], "min_cvss": 1, "min_epss": 0,
                            "known_exploited": false, "fix_available": true, "fix_states": ["fixed", "unknown"],
                            "grace": {
                                "from": "disclosure",
                                "days": {"critical": 0, "high": 7, "medium": 30, "low": 90, "negligible": 365, "unknown": 1}
                            },
                            "unknown": {
                                "severities": "match", "ids": "match", "packages": "no_match", "classes": "match",
                                "labels": "match", "min_cvss": "match", "min_epss": "no_match",
                                "known_exploited": "match", "fix_available": "match", "fix_states": "match",
                                "grace": "no_match"
                            }
                        },
                        "unknown": {
                            "severities": "match", "ids": "match", "packages": "match", "classes": "match",
                            "labels": "match", "min_cvss": "match", "min_epss": "no_match", "known_exploited": "match"
                        }
                    },
                    "malware": {
                        "md5": [MD5], "sha256": [HASH], "families": ["Linux.*"], "classes": ["trojan"],
                        "severities": ["critical"], "any": true,
                        "unknown": {
                            "md5": "match", "sha256": "match", "families": "match", "classes": "match",
                            "severities": "no_match"
                        }
                    },
                    "sensitive": {
                        "types": ["private-key*"], "severities": ["high"], "any": true,
                        "unknown": {"types": "match", "severities": "match"}
                    }
                },
                "exceptions": [
                    {
                        "reason": "not reachable", "owner": "shop", "ticket": "OPS-7",
                        "not_before": "2026-11-01T00:00:00Z", "expires_at": "2026-12-31T00:00:00Z", "until_fixed": true,
                        "ids": ["CVE-2023-45853"], "packages": ["zlib1g"],
                        "images": [format!("sha256:{HASH}"), "registry.example.com/**"], "paths": ["/usr/**"]
                    },
                    {"reason": "a sample", "families": ["eicar*"], "paths": ["/test/*"]},
                    {"reason": "a test key", "types": ["private-key"]},
                    {"reason": "the agent", "privileges": ["host_path:/var/run/docker.sock"], "images": ["agent"]}
                ],
                "solution": "Ask the platform team."
            },
            {
                "id": "privileged", "name": "Privileged start", "type": "privileged",
                "enabled": true, "enabled_at": "2026-11-01T00:00:00+01:00", "enforcement": {"mode": "immediate"},
                "scope": {"images": "all"},
                "criteria": {"privileges": ["privileged", "capability:SYS_ADMIN", "host_path:/var/run/docker.sock"]}
            },
            {
                "id": "unscanned", "name": "Images nobody has scanned", "type": "unscanned",
                "enabled": false, "enforcement": {"mode": "alarm"},
                "scope": {"images": {"names": ["*"]}},
                "criteria": {
                    "states": ["not_scanned", "failed", "unsupported", "partial"],
                    "max_scan_age_days": 30, "max_feed_age_days": 14,
                    "unknown": {"max_scan_age_days": "match", "max_feed_age_days": "no_match"}
                }
            }
        ],
        "exceptions": [{"reason": "the base image", "images": ["base/*"]}],
        "trust": {
            "by": ["vex", "ignore_file", "scanner"],
            "authors": ["vendor"],
            "justifications": ["vulnerable_code_not_present"]
        }
    })
}

/// The same members in several smaller sets, which are quicker to look at.
fn policy_parts() -> Vec<Value> {
    let mut set = rich_policy();
    set["policies"].as_array_mut().unwrap().remove(0);
    let mut vulnerabilities = rich_policy();
    vulnerabilities["policies"].as_array_mut().unwrap().truncate(1);
    let mut others = vulnerabilities.clone();
    let policy = &mut vulnerabilities["policies"][0];
    policy["scope"] = json!({"images": "all"});
    policy["exceptions"] = json!([]);
    policy["criteria"] = json!({"vulnerabilities": policy["criteria"]["vulnerabilities"]});
    others["policies"][0]["criteria"].as_object_mut().unwrap().remove("vulnerabilities");
    vec![set, vulnerabilities, others, small_policy()]
}

/// One policy with little in it, so that what is left out matters.
fn small_policy() -> Value {
    json!({
        "version": 1,
        "policies": [{
            "id": "a", "name": "b", "type": "risk", "enabled": false, "enforcement": {"mode": "alarm"},
            "scope": {"images": {"names": ["a"]}},
            "criteria": {"vulnerabilities": {"only": {"fix_available": true}}},
            "exceptions": [{"reason": "r", "ids": ["x"]}]
        }]
    })
}

fn rich_profile() -> Value {
    json!({
        "version": 1,
        "image": {
            "id": format!("sha256:{HASH}"),
            "digests": [format!("registry.example.com/shop/cart@sha256:{HASH}")],
            "names": ["registry.example.com/shop/cart:1.4.2"],
            "platform": "linux/amd64"
        },
        "scan": {
            "state": "complete", "scanned_at": "2026-11-23T22:10:00Z", "scanner": "trivy 0.59.1",
            "feed_updated_at": "2026-11-23T18:00:00Z"
        },
        "vulnerabilities": [{
            "id": "CVE-2022-0778", "aliases": ["DSA-5103-1"], "severity": "high", "severity_source": "debian",
            "package": {
                "name": "openssl", "version": "1.1.1k-1+deb11u1", "ecosystem": "deb",
                "purl": "pkg:deb/debian/openssl@1.1.1k-1%2Bdeb11u1", "path": "/usr/lib"
            },
            "fix": {"state": "fixed", "versions": ["1.1.1k-1+deb11u2"], "available_at": "2022-03-15T00:00:00Z"},
            "class": "os", "labels": ["exploit"],
            "cvss": {"score": 7.5, "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},
            "epss": {"score": 0.012, "percentile": 0.85, "date": "2026-11-23"},
            "known_exploited": {
                "listed": true, "added_at": "2022-04-01T00:00:00Z", "due_at": "2022-04-22T00:00:00Z",
                "ransomware": false
            },
            "published_at": "2022-03-15T17:15:00Z", "first_seen_at": "2026-11-01T00:00:00Z",
            "suppressed": {
                "by": "vex", "status": "not_affected", "justification": "vulnerable_code_not_present",
                "author": "vendor", "source": "https://vendor.example.com/vex.json"
            }
        }],
        "malware": [{
            "path": "/usr/bin/.x", "md5": MD5, "sha256": HASH, "family": "Linux.Trojan.Mirai", "class": "trojan",
            "severity": "critical"
        }],
        "sensitive": [{"type": "private-key", "severity": "high", "path": "/app/id_rsa", "line": 1}]
    })
}

fn small_profile() -> Value {
    json!({"version": 1, "image": {"names": ["a"]}, "vulnerabilities": [{}], "malware": [{}], "sensitive": [{}]})
}

fn rich_launch() -> Value {
    json!({
        "version": 1,
        "image": {
            "reference": "registry.example.com/shop/cart:1.4.2",
            "id": format!("sha256:{HASH}"),
            "digest": format!("sha256:{HASH}")
        },
        "container": {
            "name": "cart", "kind": "main", "command": ["/app/cart", "--password", "x"], "user": "0",
            "environment": ["PATH", "TOKEN"], "mounts": ["/var/run/docker.sock:/var/run/docker.sock:rw"],
            "devices": ["/dev/kvm"], "ports": ["8080/tcp"]
        },
        "privileges": ["capability:SYS_ADMIN", "host_path:/var/run/docker.sock", "run_as_root"],
        "inferred": ["capability:SYS_ADMIN"],
        "node": {"name": "node-7", "internal_ip": "10.0.3.7", "public_ip": "203.0.113.7", "cluster": "prod-eu"},
        "pod": {"namespace": "shop", "name": "cart-5d9c"}
    })
}

fn small_launch() -> Value {
    json!({"version": 1, "image": {"reference": "a"}, "privileges": []})
}

// ---------------------------------------------------------------------------------------------------------------
// Agreement

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Policy,
    Profile,
    Launch,
}

/// A rule that a schema cannot say: it may accept what the loader refuses with this code, at this place.
struct Beyond {
    code: &'static str,
    /// The end of the JSON Pointer, `*` for any member or index.
    at: &'static str,
    /// What must be so of the document, and the value at the place, for the rule to be the reason.
    when: fn(&Value, &Value) -> bool,
    /// A document that the schema accepts and the loader refuses for this alone.
    example: fn() -> Value,
}

const KINDS: [Kind; 3] = [Kind::Policy, Kind::Profile, Kind::Launch];

impl Kind {
    fn schema(self) -> &'static str {
        match self {
            Self::Policy => schema::POLICY,
            Self::Profile => schema::PROFILE,
            Self::Launch => schema::LAUNCH,
        }
    }

    fn load(self, text: &[u8]) -> Result<(), Error> {
        match self {
            Self::Policy => PolicySet::parse(text).map(drop),
            Self::Profile => ScanProfile::parse(text).map(drop),
            Self::Launch => Launch::parse(text).map(drop),
        }
    }

    fn documents(self) -> [Value; 2] {
        match self {
            Self::Policy => [rich_policy(), small_policy()],
            Self::Profile => [rich_profile(), small_profile()],
            Self::Launch => [rich_launch(), small_launch()],
        }
    }

    fn beyond(self) -> &'static [Beyond] {
        match self {
            Self::Policy => &BEYOND_POLICY,
            Self::Profile => &BEYOND_PROFILE,
            Self::Launch => &BEYOND_LAUNCH,
        }
    }
}

/// A leap day that is none, or an instant that may lie outside the years 0000 to 9999 in UTC.
fn calendar(_: &Value, value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.contains("-02-29") || text.starts_with("0000-01-01") || text.starts_with("9999-12-31")
}

fn is_twice(document: &Value, member: &str, value: &Value) -> bool {
    let policies = document["policies"].as_array().unwrap();
    policies.iter().filter(|policy| policy[member] == *value).count() > 1
}

/// A path glob is looked at after `//`, `.` and `..` are gone.
fn is_cleaned(_: &Value, value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.contains(r"\/") || text.chars().count() > 1_024
}

fn changed(mut document: Value, pointer: &str, value: Value) -> Value {
    *document.pointer_mut(pointer).unwrap() = value;
    document
}

const BEYOND_POLICY: [Beyond; 7] = [
    Beyond {
        code: "duplicate_id",
        at: "policies/*/id",
        when: |document, value| is_twice(document, "id", value),
        example: || changed(rich_policy(), "/policies/2/id", json!("privileged")),
    },
    Beyond {
        code: "duplicate_name",
        at: "policies/*/name",
        when: |document, value| is_twice(document, "name", value),
        example: || changed(rich_policy(), "/policies/2/name", json!("Privileged start")),
    },
    Beyond {
        code: "invalid_time",
        at: "*",
        when: calendar,
        example: || changed(rich_policy(), "/policies/1/enabled_at", json!("2026-02-29T00:00:00Z")),
    },
    Beyond {
        code: "out_of_range",
        at: "policies/*/enabled_at",
        when: |_, value| value.as_str().unwrap().starts_with("9999-"),
        example: || changed(rich_policy(), "/policies/0/enabled_at", json!("9999-12-30T00:00:00Z")),
    },
    Beyond {
        code: "empty_window",
        at: "exceptions/*/expires_at",
        when: |_, _| true,
        example: || {
            changed(rich_policy(), "/policies/0/exceptions/0/expires_at", json!("2026-11-01T01:00:00+01:00"))
        },
    },
    Beyond {
        code: "bad_glob",
        at: "paths/*",
        when: is_cleaned,
        example: || changed(rich_policy(), "/policies/0/exceptions/1/paths/0", json!(r"/a\/")),
    },
    Beyond {
        code: "bad_glob",
        at: "privileges/*",
        when: is_cleaned,
        example: || changed(rich_policy(), "/policies/0/scope/privileges/0", json!(r"device:/a\/")),
    },
];

const BEYOND_PROFILE: [Beyond; 4] = [
    Beyond {
        code: "invalid_time",
        at: "*",
        when: calendar,
        example: || changed(rich_profile(), "/scan/scanned_at", json!("0000-01-01T00:00:00+01:00")),
    },
    Beyond {
        code: "invalid_date",
        at: "epss/date",
        when: calendar,
        example: || changed(rich_profile(), "/vulnerabilities/0/epss/date", json!("2100-02-29")),
    },
    Beyond {
        code: "invalid_name",
        at: "image/names/*",
        // The bound counts bytes.
        when: |_, value| value.as_str().unwrap().len() > 4_096,
        example: || changed(rich_profile(), "/image/names/0", json!("é".repeat(2_049))),
    },
    Beyond {
        code: "limit_exceeded",
        at: "",
        when: |_, _| true,
        example: || {
            let findings: Vec<Value> = vec![json!({}); 500_001];
            json!({"version": 1, "image": {"names": ["a"]}, "malware": findings, "sensitive": findings})
        },
    },
];

const BEYOND_LAUNCH: [Beyond; 2] = [
    Beyond {
        code: "invalid_privilege",
        at: "inferred/*",
        when: |document, value| !document["privileges"].as_array().unwrap().contains(value),
        example: || changed(rich_launch(), "/inferred/0", json!("host_pid")),
    },
    Beyond {
        code: "invalid_name",
        at: "image/reference",
        when: |_, value| value.as_str().unwrap().len() > 4_096,
        example: || changed(rich_launch(), "/image/reference", json!("é".repeat(2_049))),
    },
];

impl Beyond {
    fn explains(&self, document: &Value, code: &str, pointer: &str) -> bool {
        let is_here = |(expected, actual): (&str, &str)| expected == "*" || expected == actual;
        code == self.code
            && pointer
                .rsplit('/')
                .zip(self.at.rsplit('/'))
                .all(|(actual, expected)| is_here((expected, actual)))
            && document.pointer(pointer).is_some_and(|value| (self.when)(document, value))
    }
}

/// Compares the verdicts of a schema and its loader.
struct Checker {
    kind: Kind,
    validator: Validator,
    disagreements: Vec<String>,
    /// How many documents both accepted, both refused, and only the loader refused.
    accepted: usize,
    refused: usize,
    beyond: usize,
}

impl Checker {
    fn new(kind: Kind) -> Self {
        let validator = validator(kind.schema());
        Self { kind, validator, disagreements: Vec::new(), accepted: 0, refused: 0, beyond: 0 }
    }

    fn check(&mut self, document: &Value, what: &str) {
        let text = document.to_string();
        let by_schema = self.validator.is_valid(document);
        match (by_schema, self.kind.load(text.as_bytes())) {
            (true, Ok(())) => self.accepted += 1,
            (false, Err(_)) => self.refused += 1,
            (false, Ok(())) => {
                let why: Vec<String> = self.validator.iter_errors(document).map(|e| e.to_string()).collect();
                self.disagree(format!("{what}: only the schema refuses, {why:?}: {text}"));
            }
            (true, Err(error)) => {
                self.beyond += 1;
                for problem in error.problems() {
                    let mut rules = self.kind.beyond().iter();
                    if !rules.any(|rule| rule.explains(document, problem.code, &problem.pointer)) {
                        self.disagree(format!(
                            "{what}: only the loader refuses, {}: {problem}",
                            problem.code
                        ));
                    }
                }
            }
        }
    }

    fn disagree(&mut self, mut text: String) {
        if text.len() > 1_500 {
            let end = (0..=1_500).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.truncate(end);
        }
        self.disagreements.push(text);
    }

    /// Fails if there was a disagreement, or so few documents of one verdict that the test would mean little.
    fn finish(self, at_least: usize) {
        let shown = self.disagreements.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(self.disagreements.is_empty(), "{} disagreements:\n{shown}", self.disagreements.len());
        let counts = (self.accepted, self.refused);
        assert!(self.accepted >= at_least && self.refused >= at_least, "{:?}: {counts:?}", self.kind);
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Mutations

fn pointers(document: &Value) -> Vec<String> {
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

fn removed(document: &Value, pointer: &str) -> Option<Value> {
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
fn pool() -> Vec<Value> {
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
fn edits(text: &str) -> Vec<String> {
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
fn schema_words(kind: Kind, keywords: &[&str]) -> BTreeSet<String> {
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
fn listed(message: &str, start: &str) -> BTreeSet<String> {
    let known = message.split_once(start).map_or("", |(_, known)| known);
    known.split(", ").map(|word| word.trim_matches('`').to_owned()).filter(|word| !word.is_empty()).collect()
}

const NO_WORD: &str = "something else entirely";

/// The member names that the loader says it knows when it meets an unknown one.
fn loader_members(kind: Kind, document: &Value, pointer: &str) -> BTreeSet<String> {
    let mut document = document.clone();
    document.pointer_mut(pointer).unwrap()[NO_WORD] = Value::Null;
    let error = kind.load(document.to_string().as_bytes()).unwrap_err();
    let problem = error.problems().iter().find(|problem| problem.code == "unknown_field").unwrap();
    let words = listed(&problem.message, "known are ");
    assert!(!words.is_empty(), "{problem}");
    words
}

/// The values that the loader says it knows when it meets an unknown one; none where it takes any text.
fn loader_values(kind: Kind, document: &Value, pointer: &str) -> BTreeSet<String> {
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
fn every_single_change_of_a_document_gets_one_verdict() {
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
fn members_are_known_alike() {
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
fn words_are_known_alike() {
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
fn members_go_together_alike() {
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
fn variants(value: &Value) -> Vec<Value> {
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
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}

#[test]
fn documents_changed_in_several_places_get_one_verdict() {
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
struct Slot {
    kind: Kind,
    pointer: &'static str,
    /// Texts that are right there, to start from.
    seeds: &'static [&'static str],
    /// What is put in and appended.
    pieces: &'static [&'static str],
}

const GLOB_PIECES: &[&str] = &["*", "**", "?", "\\", "[", "]", "{", "}", "/", "a", "é", "\n", ".", "@"];
const TIME_PIECES: &[&str] =
    &["0", "1", "2", "3", "9", "-", ":", ".", "T", "t", "Z", "z", "+", " ", "02-29", "60", "24"];
const HASH_PIECES: &[&str] =
    &["0", "a", "F", "g", "sha256:", "SHA256:", "Sha512:", "@", "r.io/x", ":", "/", " ", "\n"];
const NAME_PIECES: &[&str] = &[
    "a", "A", "/", ":", "@", ".", "5000", "r.io", "é", " ", "\t", "\u{85}", "\u{a0}", "\u{2028}", "\u{feff}",
    "\u{200b}",
];
const PRIVILEGE_PIECES: &[&str] = &[
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
const RANGE_PIECES: &[&str] = &[
    "<", "<=", ">", ">=", "=", ",", "|", "||", " ", "1.0", "a", "~", "^", "!", "\t", "\u{a0}", "\u{7f}", "-",
    "*",
];
const HASHES: &[&str] = &[
    "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "44d88612fea8a8f36de82e1278abb02f",
    "",
];
const TIMES: &[&str] =
    &["2026-11-24T06:00:00Z", "2024-02-28T23:59:59.123456789+14:30", "9999-12-31T23:59:59.9z"];
const NAMES: &[&str] = &[
    "nginx",
    "r.io:5000/a/b:1",
    "r.io/a:1@sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "",
];

const fn policy(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Policy, pointer, seeds, pieces }
}

const fn profile(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Profile, pointer, seeds, pieces }
}

const fn launch(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Launch, pointer, seeds, pieces }
}

const SLOTS: [Slot; 24] = [
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
fn every_form_of_text_is_read_alike() {
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

// ---------------------------------------------------------------------------------------------------------------
// The schemas themselves

#[test]
fn schemas_are_valid_and_named() {
    for (name, text) in SCHEMAS {
        let schema = parsed(text);
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            panic!("{name}: {error}");
        }
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("https://imagegate.dev/schemas/{name}.schema.json"));
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
    }
}

/// An editor shows the description of the member under the cursor.
#[test]
fn every_member_is_described() {
    fn walk(name: &str, value: &Value, at: &str) {
        match value {
            Value::Object(members) => {
                if let (Some(false), Some(Value::Object(properties))) =
                    (members.get("additionalProperties").and_then(Value::as_bool), members.get("properties"))
                {
                    for (member, schema) in properties {
                        let described =
                            schema["description"].as_str().is_some_and(|text| text.ends_with('.'));
                        assert!(described, "{name}: {at}/properties/{member} has no description");
                    }
                }
                for (key, member) in members {
                    walk(name, member, &format!("{at}/{key}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(name, item, at)),
            _ => {}
        }
    }
    for (name, text) in SCHEMAS {
        walk(name, &parsed(text), "");
    }
}

/// Validators bring different regular expressions: no look-around, no classes that differ between them.
#[test]
fn patterns_are_portable() {
    fn walk(name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(pattern)) = members.get("pattern") {
                    assert_eq!(
                        pattern.matches("(?").count(),
                        pattern.matches("(?:").count(),
                        "{name}: {pattern}"
                    );
                    let bare = pattern.replace(r"[\s\S]", "").replace(r"\\", "");
                    for class in [r"\s", r"\S", r"\w", r"\d", r"\p", r"\b", r"\u", r"\x", "."] {
                        // A dot is meant only as itself.
                        let is_used = match class {
                            "." => bare.replace(r"\.", "").replace("._-", "").contains('.'),
                            class => bare.contains(class),
                        };
                        assert!(!is_used, "{name}: {class} in {pattern}");
                    }
                    assert!(pattern.starts_with('^'), "{name}: {pattern} is not anchored");
                }
                members.values().for_each(|member| walk(name, member));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(name, item)),
            _ => {}
        }
    }
    for (name, text) in SCHEMAS {
        walk(name, &parsed(text));
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Decisions

fn policy_set(document: &Value) -> PolicySet {
    PolicySet::parse(document.to_string().as_bytes()).unwrap()
}

fn scan_profile(document: &Value) -> ScanProfile {
    ScanProfile::parse(document.to_string().as_bytes()).unwrap()
}

fn launch_of(document: &Value) -> Launch {
    Launch::parse(document.to_string().as_bytes()).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse(NOW).unwrap()
}

/// A set whose three policies look for everything, in the given enforcement.
fn everything(enforcement: &Value, exceptions: &Value) -> Value {
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

fn known_profile() -> Value {
    let mut profile = rich_profile();
    profile["scan"]["state"] = json!("partial");
    profile["vulnerabilities"][0].as_object_mut().unwrap().remove("suppressed");
    profile
}

/// Findings of which nothing is known, but for their paths, which tell them apart.
fn unknown_profile() -> Value {
    let vulnerabilities: Vec<Value> =
        (0..30).map(|at| json!({"package": {"path": format!("/{at}")}})).collect();
    json!({
        "version": 1, "image": {"id": HASH},
        "vulnerabilities": vulnerabilities, "malware": [{}], "sensitive": [{}]
    })
}

/// Decisions with every category, action, source of an excuse, and with known and unknown facts.
fn decisions() -> Vec<(&'static str, Action, Value)> {
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
fn pod(profiles: &[&Value]) -> Value {
    let policies = policy_set(&everything(&json!({"mode": "immediate"}), &json!([])));
    let mut launch = rich_launch();
    launch["image"]["digest"] = Value::Null;
    let decisions = profiles.iter().enumerate().map(|(at, profile)| LaunchDecision {
        container: (at > 0).then(|| at.to_string()),
        result: policies.assess(&scan_profile(profile)).decide(&launch_of(&launch), now()),
    });
    serde_json::from_str(&decisions_to_json(&decisions.collect::<Vec<_>>())).unwrap()
}

fn assert_valid(validator: &Validator, name: &str, document: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

#[test]
fn decisions_keep_to_their_schema() {
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
fn decisions_of_several_launches_keep_to_their_schema() {
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
fn may_be_absent(pointer: &str) -> bool {
    let places = ["/suppressed", "/launch/image/", "/launch/container/", "/launch/node/", "/launch/pod/"];
    let is_item =
        |pointer: &str| pointer.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok());
    places.iter().any(|place| pointer.contains(place)) && !pointer.ends_with("/by") || is_item(pointer)
}

#[test]
fn a_member_more_or_less_is_noticed() {
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
