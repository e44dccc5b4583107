//! Holds decisions about Kubernetes objects against the verdicts that others publish with their tests: a control is a
//! policy, `intercept` is "fail" and `allow` is "pass". The corpus is not part of the repository, see `corpus.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;
mod pod_security;

use corpus_support::{corpus, document, files, records};
use imagegate::{Action, Assessment, PolicySet, Timestamp};
use imagegate_readers::launch;
use pod_security::{
    BASELINE, CAPABILITIES_RESTRICTED, Control, RESTRICTED, SECCOMP_RESTRICTED, in_force, of_check,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Kyverno's policies beside Pod Security.
const DROP_ALL: Control = Control { name: "dropAll", words: &["capabilities_not_dropped"], allowed: &[] };
const ONLY_DATA: Control = Control {
    name: "hostPathData",
    words: &["host_path:**"],
    allowed: &["host_path:/data", "host_path:/data/**"],
};

/// The controls that a record of Pod Security admission or Kyverno is about.
fn controls_of(record: &Value) -> Vec<Control> {
    let standard = record["standard"].as_str().unwrap();
    let names: Vec<&str> =
        record["controls"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let checks = record["restricted_checks_in_force"].as_array().cloned().unwrap_or_default();
    match (standard, names.as_slice()) {
        ("custom", ["capabilities"]) => vec![DROP_ALL],
        ("custom", ["hostPath"]) => vec![ONLY_DATA],
        ("baseline", ["profile"]) => BASELINE.to_vec(),
        (_, ["profile"]) => {
            // The policy is the whole level without seccomp.
            RESTRICTED.iter().filter(|control| !control.name.starts_with("seccomp")).copied().collect()
        }
        _ => names
            .into_iter()
            .map(|name| {
                let is_restricted = checks.iter().any(|check| check == name)
                    || record["file"].as_str().unwrap().contains("_restricted");
                match name {
                    "seccomp" if is_restricted => SECCOMP_RESTRICTED,
                    "capabilities" if is_restricted => CAPABILITIES_RESTRICTED,
                    _ => Control::named(name),
                }
            })
            .collect(),
    }
}

fn assessments(controls: &[Control]) -> Vec<Assessment> {
    controls
        .iter()
        .map(|control| PolicySet::parse(control.policies().as_bytes()).unwrap().assess_unscanned())
        .collect()
}

/// Our verdict on an object, by all controls; an error if it cannot be read, in which case nothing is allowed.
fn verdict(text: &str, controls: &[Control]) -> Result<&'static str, String> {
    let launches =
        launch::parse_all(text.as_bytes(), &launch::Options::default()).map_err(|error| error.to_string())?;
    let now = Timestamp::parse("2026-02-01T00:00:00Z").unwrap();
    let mut verdict = "pass";
    for assessment in assessments(controls) {
        for launch in &launches {
            match assessment.decide(launch, now).unwrap().action() {
                Action::Intercept => verdict = "fail",
                Action::Allow => {}
                Action::Alarm => panic!("nothing only alarms"),
            }
        }
    }
    Ok(verdict)
}

fn text_of(corpus: &Path, record: &Value) -> String {
    let text = fs::read_to_string(corpus.join(record["file"].as_str().unwrap())).unwrap();
    document(&text, record["doc"].as_u64().unwrap() as usize)
}

/// Where we differ, and why.
const KNOWN: &[(&str, &str)] = &[(
    "files/k8s-psa/baseline/pass/procmount1.v1.35.yaml",
    "from 1.35 on an unmasked mount is allowed to a pod with `hostUsers: false`; the version is not in the document",
)];

#[test]
fn decisions_agree_with_pod_security_and_kyverno() {
    let Some(corpus) = corpus() else { return };
    let mut shares: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for name in ["psa.jsonl", "kyverno.jsonl"] {
        for record in records(&corpus, name) {
            let controls = controls_of(&record);
            let file = record["file"].as_str().unwrap();
            let found = verdict(&text_of(&corpus, &record), &controls);
            if let Err(error) = &found {
                *refused.entry(error.clone()).or_default() += 1;
            }
            let expected = record["expect"].as_str().unwrap();
            let label = if let [one] = controls.as_slice() { one.name } else { "several" };
            let share =
                shares.entry((record["suite"].as_str().unwrap().to_owned(), label.to_owned())).or_default();
            share.1 += 1;
            if found.as_deref().unwrap_or("fail") == expected {
                share.0 += 1;
            } else if !KNOWN.iter().any(|(known, _)| *known == file) {
                let object = record["object"]["name"].as_str().unwrap_or_default();
                differences.push(format!("{file} {object} {label}: expected {expected}, found {found:?}"));
            }
        }
    }
    for ((suite, control), (same, all)) in &shares {
        eprintln!("{suite} {control}: {same} of {all}");
    }
    assert!(differences.is_empty(), "{differences:#?}");
    // What is not read is not allowed: these are objects that the API server refuses, too.
    for (error, count) in &refused {
        eprintln!("refused, {count}: {error}");
        assert!(error.contains("is no profile: expected"), "{error}");
    }
}

#[test]
fn every_fixture_of_pod_security_comes_out_as_its_name_says() {
    let Some(corpus) = corpus() else { return };
    let (mut seen, mut differences) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for path in files(&corpus.join("files/k8s-psa")) {
        let parts: Vec<&str> = path.iter().rev().map(|part| part.to_str().unwrap()).collect();
        let [file, expected, level] = parts[..3] else { panic!("{}", path.display()) };
        let (check, version) = file.split_once(".v1.").unwrap();
        let check = check.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let minor: u32 = version.trim_end_matches(".yaml").parse().unwrap();
        // A fixture that fails fails one check; one that passes passes all of its level and version.
        let controls = if expected == "fail" { vec![of_check(check)] } else { in_force(level, minor) };
        *seen.entry(if expected == "fail" { controls[0].name } else { "all of a level" }).or_default() += 1;
        let found = verdict(&fs::read_to_string(&path).unwrap(), &controls);
        let is_known = KNOWN.iter().any(|(known, _)| path.ends_with(known));
        if found.as_deref() != Ok(expected) && !is_known {
            differences.push(format!("{level} {file}: expected {expected}, found {found:?}"));
        }
    }
    eprintln!("fixtures by control: {seen:?}");
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(seen.len() >= 18, "{seen:?}");
}

#[test]
fn the_policies_among_the_examples_are_these_controls() {
    for (name, controls) in [("baseline", BASELINE), ("restricted", RESTRICTED)] {
        let path = format!("{}/../examples/pod-security-{name}.json", env!("CARGO_MANIFEST_DIR"));
        let set: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        PolicySet::parse(set.to_string().as_bytes()).unwrap();
        let policy = &set["policies"][0];
        let strings = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
        };
        let mut words = strings(&policy["criteria"]["privileges"]);
        let exceptions = policy["exceptions"].as_array().unwrap().iter();
        let mut allowed: Vec<String> =
            exceptions.flat_map(|exception| strings(&exception["privileges"])).collect();
        let sorted = |list: &mut Vec<String>| {
            list.sort();
            list.dedup();
        };
        let of_controls = |of: fn(&Control) -> &'static [&'static str]| -> Vec<String> {
            let mut list = controls
                .iter()
                .flat_map(|control| of(control).iter().map(|word| (*word).to_owned()))
                .collect();
            sorted(&mut list);
            list
        };
        sorted(&mut words);
        sorted(&mut allowed);
        assert_eq!(words, of_controls(|control| control.words), "{name}");
        assert_eq!(allowed, of_controls(|control| control.allowed), "{name}");
    }
}
