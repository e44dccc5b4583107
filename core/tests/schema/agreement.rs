//! Whether a schema and its loader agree, and where they may not.

use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Policy,
    Profile,
    Launch,
}

/// A rule that a schema cannot say: it may accept what the loader refuses with this code, at this place.
pub(super) struct Beyond {
    pub(super) code: &'static str,
    /// The end of the JSON Pointer, `*` for any member or index.
    pub(super) at: &'static str,
    /// What must be so of the document, and the value at the place, for the rule to be the reason.
    pub(super) when: fn(&Value, &Value) -> bool,
    /// A document that the schema accepts and the loader refuses for this alone.
    pub(super) example: fn() -> Value,
}

pub(super) const KINDS: [Kind; 3] = [Kind::Policy, Kind::Profile, Kind::Launch];

impl Kind {
    pub(super) fn schema(self) -> &'static str {
        match self {
            Self::Policy => schema::POLICY,
            Self::Profile => schema::PROFILE,
            Self::Launch => schema::LAUNCH,
        }
    }

    pub(super) fn load(self, text: &[u8]) -> Result<(), Error> {
        match self {
            Self::Policy => PolicySet::parse(text).map(drop),
            Self::Profile => ScanProfile::parse(text).map(drop),
            Self::Launch => Launch::parse(text).map(drop),
        }
    }

    pub(super) fn documents(self) -> [Value; 2] {
        match self {
            Self::Policy => [rich_policy(), small_policy()],
            Self::Profile => [rich_profile(), small_profile()],
            Self::Launch => [rich_launch(), small_launch()],
        }
    }

    pub(super) fn beyond(self) -> &'static [Beyond] {
        match self {
            Self::Policy => &BEYOND_POLICY,
            Self::Profile => &BEYOND_PROFILE,
            Self::Launch => &BEYOND_LAUNCH,
        }
    }
}

/// A leap day that is none, or an instant that may lie outside the years 0000 to 9999 in UTC.
pub(super) fn calendar(_: &Value, value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.contains("-02-29") || text.starts_with("0000-01-01") || text.starts_with("9999-12-31")
}

pub(super) fn is_twice(document: &Value, member: &str, value: &Value) -> bool {
    let policies = document["policies"].as_array().unwrap();
    policies.iter().filter(|policy| policy[member] == *value).count() > 1
}

/// A path glob is looked at after `//`, `.` and `..` are gone.
pub(super) fn is_cleaned(_: &Value, value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.contains(r"\/") || text.chars().count() > 1_024
}

pub(super) fn changed(mut document: Value, pointer: &str, value: Value) -> Value {
    *document.pointer_mut(pointer).unwrap() = value;
    document
}

pub(super) const BEYOND_POLICY: [Beyond; 7] = [
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

pub(super) const BEYOND_PROFILE: [Beyond; 4] = [
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

pub(super) const BEYOND_LAUNCH: [Beyond; 2] = [
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
    pub(super) fn explains(&self, document: &Value, code: &str, pointer: &str) -> bool {
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
pub(super) struct Checker {
    pub(super) kind: Kind,
    pub(super) validator: Validator,
    pub(super) disagreements: Vec<String>,
    /// How many documents both accepted, both refused, and only the loader refused.
    pub(super) accepted: usize,
    pub(super) refused: usize,
    pub(super) beyond: usize,
}

impl Checker {
    pub(super) fn new(kind: Kind) -> Self {
        let validator = validator(kind.schema());
        Self { kind, validator, disagreements: Vec::new(), accepted: 0, refused: 0, beyond: 0 }
    }

    pub(super) fn check(&mut self, document: &Value, what: &str) {
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

    pub(super) fn disagree(&mut self, mut text: String) {
        if text.len() > 1_500 {
            let end = (0..=1_500).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.truncate(end);
        }
        self.disagreements.push(text);
    }

    /// Fails if there was a disagreement, or so few documents of one verdict that the test would mean little.
    pub(super) fn finish(self, at_least: usize) {
        let shown = self.disagreements.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(self.disagreements.is_empty(), "{} disagreements:\n{shown}", self.disagreements.len());
        let counts = (self.accepted, self.refused);
        assert!(self.accepted >= at_least && self.refused >= at_least, "{:?}: {counts:?}", self.kind);
    }
}
