//! Findings of a profile, and what the criteria of a risk policy make of them.

use super::globs::{self, Kind};
use super::packages;
use super::time::{self, Instant};
use super::truth::{Truth, tally};
use super::values::{fact, policy_field, text, texts};
use serde_json::{Map, Value};

pub const SEVERITIES: [&str; 6] = ["critical", "high", "medium", "low", "negligible", "unknown"];

/// The selectors of a category, in the order of the contract.
fn selectors(category: &str) -> &'static [&'static str] {
    match category {
        "vulnerabilities" => {
            &["severities", "ids", "packages", "classes", "labels", "min_cvss", "min_epss", "known_exploited"]
        }
        "malware" => &["md5", "sha256", "families", "classes", "severities", "any"],
        _ => &["types", "severities", "any"],
    }
}

/// What only filters can be, after the selectors' words.
const FURTHER_FILTERS: [&str; 3] = ["fix_available", "fix_states", "grace"];

/// A profile, and in each category its findings.
pub struct Profile<'a> {
    /// `None`: nobody scanned the image.
    pub document: Option<&'a Value>,
    findings: [(&'static str, Vec<&'a Value>); 3],
}

impl<'a> Profile<'a> {
    pub fn new(document: Option<&'a Value>) -> Self {
        let findings = |category| (category, of_profile(document, category));
        Self { document, findings: ["vulnerabilities", "malware", "sensitive"].map(findings) }
    }

    pub fn findings(&self, category: &str) -> &[&'a Value] {
        &self.findings.iter().find(|(name, _)| *name == category).unwrap().1
    }
}

/// The findings of a category: entries equal in all fields are one, the first keeps its place.
fn of_profile<'a>(document: Option<&'a Value>, category: &str) -> Vec<&'a Value> {
    let list = document.and_then(|profile| fact(profile, &[category]));
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for finding in list.into_iter().flat_map(|list| list.as_array().unwrap()) {
        let plain = plain(finding);
        if !seen.contains(&plain) {
            seen.push(plain);
            findings.push(finding);
        }
    }
    findings
}

/// A finding in the one spelling in which equal findings are equal: null, an empty group, an unknown severity or
/// fix state, and empty lists (except of labels) are absent; numbers and times are values, not text.
fn plain(value: &Value) -> Value {
    let Value::Object(members) = value else {
        return match value.as_f64() {
            Some(number) => number.into(),
            None => value.clone(),
        };
    };
    let mut kept = Map::new();
    for (name, member) in members {
        let member = plain(member);
        let absent = member.is_null()
            || member.as_object().is_some_and(Map::is_empty)
            || (matches!(name.as_str(), "severity" | "state") && member == "unknown")
            || (matches!(name.as_str(), "aliases" | "versions")
                && member.as_array().is_some_and(Vec::is_empty));
        if absent {
            continue;
        }
        let member = match (name.ends_with("_at"), member.as_str()) {
            (true, Some(instant)) => time::format(time::parse(instant)).into(),
            _ => member,
        };
        kept.insert(name.clone(), member);
    }
    Value::Object(kept)
}

/// Severity, `None` if unknown.
pub fn severity(finding: &Value) -> Option<&str> {
    text(finding, &["severity"]).filter(|severity| *severity != "unknown")
}

/// Whether a fix is available; `None` if unknown.
pub fn fix_available(finding: &Value) -> Option<bool> {
    let state = text(finding, &["fix", "state"]).filter(|state| *state != "unknown");
    if !texts(finding, &["fix", "versions"]).is_empty() || state == Some("fixed") {
        Some(true)
    } else {
        state.map(|_| false)
    }
}

/// The clauses by which a finding matches the criteria of its category.
pub struct Match {
    /// The selectors that it satisfies.
    pub matched: Vec<String>,
    /// The clauses that held only because of unknown.
    pub unknown: Vec<String>,
}

/// Whether a finding matches any of the selectors and all of the filters.
pub fn matches(category: &str, criteria: &Value, finding: &Value, now: Instant) -> Option<Match> {
    let mut found = Match { matched: Vec::new(), unknown: Vec::new() };
    let mut any_selector = false;
    for name in selectors(category) {
        let Some(argument) = policy_field(criteria, name) else {
            continue;
        };
        any_selector = true;
        let truth = tally(category, name, clause(category, name, argument, finding, now));
        let by_unknown = truth == Truth::Unknown && overridden(criteria, name) == Some("match");
        if truth == Truth::True || by_unknown {
            found.matched.push((*name).to_owned());
        }
        if by_unknown {
            found.unknown.push((*name).to_owned());
        }
    }
    let mut candidate = !any_selector || !found.matched.is_empty();
    if !candidate {
        return None;
    }
    if let Some(only) = policy_field(criteria, "only") {
        for name in selectors(category).iter().chain(&FURTHER_FILTERS) {
            let Some(argument) = policy_field(only, name) else {
                continue;
            };
            let truth = tally("only", name, clause(category, name, argument, finding, now));
            let by_unknown = truth == Truth::Unknown && overridden(only, name) != Some("no_match");
            if by_unknown {
                found.unknown.push(format!("only.{name}"));
            }
            candidate &= truth == Truth::True || by_unknown;
        }
    }
    candidate.then_some(found)
}

/// What `unknown` beside the clause says about it.
fn overridden<'a>(clauses: &'a Value, name: &str) -> Option<&'a str> {
    policy_field(policy_field(clauses, "unknown")?, name)?.as_str()
}

fn clause(category: &str, name: &str, argument: &Value, finding: &Value, now: Instant) -> Truth {
    match name {
        "severities" => with_unknown(argument, severity(finding)),
        "ids" => {
            let known = texts(finding, &["aliases"]).into_iter().chain(text(finding, &["id"]));
            if known.into_iter().any(|id| strings(argument).any(|wanted| wanted.eq_ignore_ascii_case(id))) {
                Truth::True
            } else if text(finding, &["id"]).is_none() {
                Truth::Unknown
            } else {
                Truth::False
            }
        }
        "packages" => packages::one_holds(argument, finding),
        "classes" => text_is(finding, "class", |class| strings(argument).any(|wanted| wanted == class)),
        "labels" => match fact(finding, &["labels"]) {
            None => Truth::Unknown,
            Some(_) => {
                texts(finding, &["labels"]).iter().any(|label| strings(argument).any(|w| w == *label)).into()
            }
        },
        "min_cvss" => at_least(argument, fact(finding, &["cvss", "score"])),
        "min_epss" => at_least(argument, fact(finding, &["epss", "score"])),
        "known_exploited" => equals(argument, fact(finding, &["known_exploited", "listed"])),
        "fix_available" => match fix_available(finding) {
            None => Truth::Unknown,
            Some(available) => (argument.as_bool() == Some(available)).into(),
        },
        "fix_states" => {
            with_unknown(argument, text(finding, &["fix", "state"]).filter(|state| *state != "unknown"))
        }
        "grace" => grace(argument, finding, now),
        "md5" | "sha256" => {
            text_is(finding, name, |hash| strings(argument).any(|wanted| wanted.eq_ignore_ascii_case(hash)))
        }
        "families" => text_is(finding, "family", |family| {
            strings(argument).any(|glob| globs::matches_ignoring_case(Kind::Plain, glob, family))
        }),
        "types" => text_is(finding, "type", |kind| {
            strings(argument).any(|glob| globs::matches(Kind::Plain, glob, kind))
        }),
        "any" => Truth::True,
        _ => panic!("no clause {name} in {category}"),
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap())
}

fn text_is(finding: &Value, name: &str, holds: impl Fn(&str) -> bool) -> Truth {
    match text(finding, &[name]) {
        None => Truth::Unknown,
        Some(text) => holds(text).into(),
    }
}

/// A list of words that may contain `unknown`, which an unknown fact matches.
fn with_unknown(list: &Value, known: Option<&str>) -> Truth {
    match known {
        Some(known) => strings(list).any(|word| word == known).into(),
        None if strings(list).any(|word| word == "unknown") => Truth::True,
        None => Truth::Unknown,
    }
}

fn at_least(minimum: &Value, score: Option<&Value>) -> Truth {
    match score {
        None => Truth::Unknown,
        Some(score) => (score.as_f64().unwrap() >= minimum.as_f64().unwrap()).into(),
    }
}

fn equals(wanted: &Value, known: Option<&Value>) -> Truth {
    match known {
        None => Truth::Unknown,
        Some(known) => (known == wanted).into(),
    }
}

/// Whether the days that were given for this severity are over.
fn grace(grace: &Value, finding: &Value, now: Instant) -> Truth {
    let days = policy_field(grace, "days")
        .and_then(|days| policy_field(days, severity(finding).unwrap_or("unknown")))
        .map_or(0, |days| days.as_f64().unwrap() as i64);
    if days == 0 {
        return Truth::True;
    }
    let from = grace["from"].as_str().unwrap();
    if from == "fix" && fix_available(finding) == Some(false) {
        return Truth::False;
    }
    let date = match from {
        "fix" => text(finding, &["fix", "available_at"]),
        "disclosure" => text(finding, &["published_at"]),
        _ => text(finding, &["first_seen_at"]),
    };
    match date {
        None => Truth::Unknown,
        Some(date) => (now >= time::parse(date).plus_days(days)).into(),
    }
}

/// Where a finding stands within its category, apart from whether it is excused and its position.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Rank {
    severity: usize,
    /// Negative, so that the higher score comes first; an absent one comes last.
    cvss: f64,
    texts: [String; 4],
}

pub fn rank(category: &str, finding: &Value) -> Rank {
    let known = |path: &[&str]| text(finding, path).unwrap_or_default().to_owned();
    let severity = severity(finding).unwrap_or("unknown");
    let path = if category == "vulnerabilities" { known(&["package", "path"]) } else { known(&["path"]) };
    Rank {
        severity: SEVERITIES.iter().position(|word| *word == severity).unwrap(),
        cvss: fact(finding, &["cvss", "score"]).map_or(1.0, |score| -score.as_f64().unwrap()),
        texts: [known(&["id"]), known(&["package", "name"]), known(&["package", "version"]), path],
    }
}

/// The identifying text of a finding.
pub fn label(category: &str, finding: &Value) -> String {
    let known = |path: &[&str]| text(finding, path).unwrap_or_default().to_owned();
    match category {
        "vulnerabilities" => [
            known(&["id"]),
            known(&["package", "name"]),
            known(&["package", "version"]),
            known(&["package", "path"]),
        ]
        .join("|"),
        "malware" => [known(&["path"]), known(&["family"])].join("|"),
        _ => {
            let line = fact(finding, &["line"]).map(Value::to_string).unwrap_or_default();
            [known(&["type"]), known(&["path"]), line].join("|")
        }
    }
}

#[test]
fn unknown_severity_in_the_list_is_a_match_whatever_the_override_says() {
    let criteria = serde_json::json!({"severities": ["unknown"], "unknown": {"severities": "no_match"}});
    let now = time::parse("2026-01-01T00:00:00Z");
    for finding in [serde_json::json!({}), serde_json::json!({"severity": "unknown"})] {
        assert!(matches("vulnerabilities", &criteria, &finding, now).is_some());
    }
    assert!(matches("vulnerabilities", &criteria, &serde_json::json!({"severity": "low"}), now).is_none());
}

#[test]
fn grace_counts_from_the_date_inclusive() {
    let grace_of = serde_json::json!({"from": "fix", "days": {"high": 1}});
    let at = |finding: Value, now| grace(&grace_of, &finding, time::parse(now));
    let fixed = serde_json::json!({"severity": "high", "fix": {"available_at": "2026-01-01T00:00:00Z"}});
    assert_eq!(at(fixed.clone(), "2026-01-02T00:00:00Z"), Truth::True);
    assert_eq!(at(fixed, "2026-01-01T23:59:59.999999999Z"), Truth::False);
    let not_fixed = serde_json::json!({"severity": "high", "fix": {"state": "not_fixed"}});
    assert_eq!(at(not_fixed, "2026-01-02T00:00:00Z"), Truth::False);
    assert_eq!(at(serde_json::json!({"severity": "high"}), "2026-01-02T00:00:00Z"), Truth::Unknown);
    assert_eq!(at(serde_json::json!({"severity": "low"}), "2026-01-02T00:00:00Z"), Truth::True);
}
