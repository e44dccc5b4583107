//! Runs the corpus of decisions in `testdata/cases`. Adding a case needs no code.
//!
//! What a case expects is written by hand; its full `decision` is recorded by `IMAGEGATE_BLESS=1 cargo test -p
//! imagegate --test cases` and then reviewed in the diff. A recorded decision must come out byte for byte.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use imagegate::{Error, Launch, PolicySet, ScanProfile, Timestamp};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/cases")
}

#[test]
fn every_case_of_the_corpus_comes_out_as_expected() {
    let bless = std::env::var_os("IMAGEGATE_BLESS").is_some();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(!files.is_empty(), "the corpus is missing");
    let (mut cases, mut failures) = (0_usize, String::new());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut file: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let shared = file.get("policies").cloned();
        for case in file["cases"].as_array_mut().unwrap() {
            cases = cases.saturating_add(1);
            let outcome = Outcome::of(case, shared.as_ref());
            let mut problems = check(&outcome, &case["expect"]);
            if let Outcome::Decided { decision, .. } = &outcome {
                match case.get("decision") {
                    _ if bless => case["decision"] = serde_json::from_str(decision).unwrap(),
                    None => problems.push("no decision is recorded".to_owned()),
                    Some(golden) => {
                        let golden = golden.to_string();
                        if *decision != golden {
                            problems
                                .push(format!("the decision differs from the recorded one:\n    {decision}"));
                        }
                    }
                }
            }
            for problem in problems {
                let name = path.file_name().unwrap().to_string_lossy();
                writeln!(failures, "{name}: {}: {problem}", case["name"]).unwrap();
            }
        }
        if bless {
            std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&file).unwrap())).unwrap();
        }
    }
    assert!(failures.is_empty(), "{cases} cases, failures:\n{failures}");
    println!("{cases} cases");
}

enum Outcome {
    Decided {
        decision: String,
        explanation: Value,
    },
    Refused(Error),
    /// All documents were read, but there is not everything that a decision needs.
    OnlyRead,
}

impl Outcome {
    fn of(case: &Value, shared: Option<&Value>) -> Self {
        Self::try_of(case, shared).unwrap_or_else(Self::Refused)
    }

    fn try_of(case: &Value, shared: Option<&Value>) -> Result<Self, Error> {
        let text = |name: &str| {
            let raw = case.get(format!("{name}_text")).map(|text| text.as_str().unwrap().to_owned());
            raw.or_else(|| case.get(name).map(Value::to_string))
        };
        let policies = text("policies").or_else(|| shared.map(Value::to_string));
        // A case that is about one wrong document gives only that one.
        let policies = policies.map(|text| PolicySet::parse(text.as_bytes())).transpose()?;
        let profile = text("profile").map(|text| ScanProfile::parse(text.as_bytes())).transpose()?;
        let launch = text("launch").map(|text| Launch::parse(text.as_bytes())).transpose()?;
        let (Some(policies), Some(launch)) = (policies, launch) else {
            return Ok(Self::OnlyRead);
        };
        let now = Timestamp::parse(case["now"].as_str().unwrap())?;
        let assessment = match &profile {
            Some(profile) => policies.assess(profile),
            None => policies.assess_unscanned(),
        };
        let decision = assessment.decide(&launch, now)?;
        assert_eq!(assessment.action(&launch, now)?, decision.action());
        let json = decision.to_json();
        assert_eq!(json, assessment.decide(&launch, now)?.to_json(), "deciding twice gives the same bytes");
        let explanation = imagegate::Explanation::list_to_json(&assessment.explain(&launch, now)?);
        Ok(Self::Decided { decision: json, explanation: serde_json::from_str(&explanation).unwrap() })
    }
}

/// What differs from the hand-written expectation.
fn check(outcome: &Outcome, expect: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let known =
        ["action", "policies", "scope_part", "evidence", "aggregation_key", "error", "events", "decision"];
    for member in expect.as_object().unwrap().keys() {
        if !known.contains(&member.as_str()) {
            problems.push(format!("the expectation has an unknown member {member}"));
        }
    }
    match (outcome, expect.get("error")) {
        (Outcome::OnlyRead, _) => {
            problems.push("expected a document to be refused, but all were read".to_owned())
        }
        (Outcome::Refused(error), Some(expected)) => check_error(error, expected, &mut problems),
        (Outcome::Refused(error), None) => problems.push(format!("refused: {:?}", error.problems())),
        (Outcome::Decided { decision, .. }, Some(_)) => {
            problems.push(format!("expected an error, got {decision}"))
        }
        (Outcome::Decided { decision, explanation }, None) => {
            check_decision(&serde_json::from_str(decision).unwrap(), explanation, expect, &mut problems);
        }
    }
    problems
}

fn check_error(error: &Error, expected: &Value, problems: &mut Vec<String>) {
    if expected["kind"] != error.kind().as_str() {
        problems.push(format!("kind is {}, expected {} ({error})", error.kind(), expected["kind"]));
    }
    for problem in error.problems() {
        if problem.message.contains('\n') || problem.message.ends_with('.') || problem.message.len() > 1_000 {
            problems.push(format!(
                "the message is not one bounded line without a full stop: {}",
                problem.message
            ));
        }
    }
    let Some(listed) = expected.get("problems") else { return };
    let got: Vec<(&str, &str)> =
        error.problems().iter().map(|problem| (problem.code, problem.pointer.as_str())).collect();
    let wanted: Vec<(&str, &str)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (problem["code"].as_str().unwrap(), problem["pointer"].as_str().unwrap()))
        .collect();
    if got != wanted {
        problems.push(format!("problems are {got:?},\n    expected {wanted:?}"));
    }
}

fn check_decision(decision: &Value, explanation: &Value, expect: &Value, problems: &mut Vec<String>) {
    let mut same = |what: &str, got: &Value, wanted: Option<&Value>| {
        if let Some(wanted) = wanted
            && got != wanted
        {
            problems.push(format!("{what} is {got}, expected {wanted}"));
        }
    };
    same("action", &decision["action"], expect.get("action"));
    same("aggregation_key", &decision["aggregation_key"], expect.get("aggregation_key"));
    let policies = explanation["policies"].as_array().unwrap();
    let outcomes = |member: &str| -> Map<String, Value> {
        policies
            .iter()
            .filter(|policy| !policy[member].is_null())
            .map(|policy| (policy["id"].as_str().unwrap().to_owned(), policy[member].clone()))
            .collect()
    };
    if let Some(wanted) = expect.get("policies") {
        same("outcomes", &Value::Object(outcomes("outcome")), Some(wanted));
    }
    if let Some(wanted) = expect.get("scope_part") {
        same("scope parts", &Value::Object(outcomes("part")), Some(wanted));
    }
    let events = decision["events"].as_array().unwrap();
    let event_of = |policy: &str| events.iter().find(|event| event["policy"]["id"] == policy);
    for (what, got) in [("events", &decision["events"]), ("decision", decision)] {
        if let Some(wanted) = expect.get(what)
            && !contains(got, wanted)
        {
            problems.push(format!("{what} is {got}\n    expected {wanted}"));
        }
    }
    for (policy, categories) in expect.get("evidence").and_then(Value::as_object).into_iter().flatten() {
        match event_of(policy) {
            Some(event) => check_evidence(policy, &event["evidence"], categories, problems),
            None => problems.push(format!("policy {policy} has no event")),
        }
    }
}

fn check_evidence(policy: &str, evidence: &Value, categories: &Value, problems: &mut Vec<String>) {
    let evidence = evidence.as_array().unwrap();
    for category in categories.as_object().unwrap().keys() {
        if !evidence.iter().any(|entry| entry["category"] == **category) {
            problems.push(format!("{policy}: no evidence of category {category}"));
        }
    }
    for entry in evidence {
        let Some(wanted) = categories.get(entry["category"].as_str().unwrap()) else { continue };
        for (member, value) in wanted.as_object().unwrap() {
            let place = format!("{policy} {} {member}", entry["category"]);
            match (member.as_str(), value.as_array()) {
                ("findings", Some(wanted)) => {
                    let got = entry["findings"].as_array().unwrap();
                    if got.len() != wanted.len() {
                        problems.push(format!("{place}: {} findings, expected {}", got.len(), wanted.len()));
                    }
                    for (number, (got, wanted)) in got.iter().zip(wanted).enumerate() {
                        if !contains(got, wanted) {
                            problems.push(format!("{place} {number}: {got}\n    expected {wanted}"));
                        }
                    }
                }
                _ if entry[member] != *value => {
                    problems.push(format!("{place} is {}, expected {value}", entry[member]));
                }
                _ => {}
            }
        }
    }
}

/// Whether `got` has all members of `wanted`, at every depth; lists must be equally long.
fn contains(got: &Value, wanted: &Value) -> bool {
    match (got, wanted) {
        (Value::Object(got), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| got.get(name).is_some_and(|got| contains(got, wanted)))
        }
        (Value::Array(got), Value::Array(wanted)) => {
            got.len() == wanted.len() && got.iter().zip(wanted).all(|(got, wanted)| contains(got, wanted))
        }
        _ => got == wanted,
    }
}
