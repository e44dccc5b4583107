//! The project's own documents: read strictly, and decided as the reference decides.

use crate::{errors, launches, profiles, reference};
use imagegate::{
    Action, Assessment, Error, ErrorKind, EventFold, EventRecord, EventRow, Launch, PolicySet, RecordContext,
    ScanProfile, Timestamp,
};
use reference::comparison;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const NOW: &str = "2026-11-24T06:00:00Z";

/// Documents that hit, to decide with those that are read here.
pub(crate) struct Fixed {
    pub(crate) policies: PolicySet,
    policies_value: Value,
    pub(crate) profile: ScanProfile,
    profile_value: Value,
    pub(crate) launch: Launch,
    launch_value: Value,
    pub(crate) now: Timestamp,
    assessment: Assessment,
}

/// The documents by example of the contract.
pub(crate) static FIXED: LazyLock<Fixed> = LazyLock::new(|| {
    let policies = include_str!("../../../core/tests/reference/contract/policies.json");
    let profile = include_str!("../../../core/tests/reference/contract/profile.json");
    let launch = include_str!("../../../core/tests/reference/contract/launch.json");
    let value = |text: &str| serde_json::from_str(text).unwrap();
    let set = PolicySet::parse(policies.as_bytes()).unwrap();
    let scan_profile = ScanProfile::parse(profile.as_bytes()).unwrap();
    Fixed {
        assessment: set.assess(&scan_profile),
        policies: set,
        policies_value: value(policies),
        profile: scan_profile,
        profile_value: value(profile),
        launch: Launch::parse(launch.as_bytes()).unwrap(),
        launch_value: value(launch),
        now: Timestamp::parse(NOW).unwrap(),
    }
});

/// A policy set: if it is read, what its members are written like makes no difference, and it decides as it should.
pub(crate) fn policies(bytes: &[u8]) {
    let set = match PolicySet::parse(bytes) {
        Ok(set) => set,
        Err(error) => return refused(&error, ErrorKind::InvalidPolicy),
    };
    let value: Value = serde_json::from_slice(bytes).expect("what is a policy set is JSON");
    let again = PolicySet::parse(rewritten(&value).to_string().as_bytes()).expect("the same members");
    assert_eq!(again.revision(), set.revision());
    let mut relabelled = value.clone();
    relabelled["label"] = json!(format!("{}x", set.label().unwrap_or_default()));
    if let Ok(other) = PolicySet::parse(relabelled.to_string().as_bytes()) {
        assert_ne!(other.revision(), set.revision());
    }
    let overview = set.overview(FIXED.now);
    assert_eq!(overview.all, set.policies().len());
    assert_eq!(overview.enabled, overview.pending + overview.observing + overview.effective);
    sound(&set.assess_unscanned(), &FIXED.launch);
    sound(&set.assess(&FIXED.profile), &FIXED.launch);
    set.lint(std::slice::from_ref(&FIXED.profile), std::slice::from_ref(&FIXED.launch), FIXED.now);
    as_the_reference(value.clone(), FIXED.profile_value.clone(), FIXED.launch_value.clone());
    as_the_reference(value, Value::Null, FIXED.launch_value.clone());
}

/// A scan profile.
pub(crate) fn profile(bytes: &[u8]) {
    let profile = match ScanProfile::parse(bytes) {
        Ok(profile) => profile,
        Err(error) => return refused(&error, ErrorKind::InvalidProfile),
    };
    profiles::reads_back(&profile);
    let value: Value = serde_json::from_slice(bytes).expect("what is a profile is JSON");
    sound(&FIXED.policies.assess(&profile), &FIXED.launch);
    as_the_reference(FIXED.policies_value.clone(), value, FIXED.launch_value.clone());
}

/// A launch.
pub(crate) fn launch(bytes: &[u8]) {
    let launch = match Launch::parse(bytes) {
        Ok(launch) => launch,
        Err(error) => return refused(&error, ErrorKind::InvalidLaunch),
    };
    launches::reads_back(&launch);
    let value: Value = serde_json::from_slice(bytes).expect("what is a launch is JSON");
    sound(&FIXED.assessment, &launch);
    sound(&FIXED.policies.assess_unscanned(), &launch);
    as_the_reference(FIXED.policies_value.clone(), FIXED.profile_value.clone(), value.clone());
    as_the_reference(FIXED.policies_value.clone(), Value::Null, value);
}

/// A record of an event.
pub(crate) fn record(bytes: &[u8]) {
    let record = match EventRecord::parse(bytes) {
        Ok(record) => record,
        Err(error) => return refused(&error, ErrorKind::InvalidEvent),
    };
    let again = EventRecord::parse(record.to_json().as_bytes()).expect("what was read");
    assert_eq!(again, record);
    assert_eq!((again.id(), again.aggregation_key()), (record.id(), record.aggregation_key()));
    assert_ne!(record.action(), Action::Allow);
    let mut fold = EventFold::new();
    assert!(fold.add(&record) && !fold.add(&record));
    row_reads_back(fold.rows().next().unwrap());
}

/// A row of events.
pub(crate) fn row(bytes: &[u8]) {
    match EventRow::parse(bytes) {
        Ok(row) => row_reads_back(&row),
        Err(error) => refused(&error, ErrorKind::InvalidEvent),
    }
}

fn row_reads_back(row: &EventRow) {
    let again = EventRow::parse(row.to_json().as_bytes()).expect("what was read");
    assert_eq!(&again, row);
}

#[track_caller]
fn refused(error: &Error, own: ErrorKind) {
    errors::is_told(error);
    let kinds = [own, ErrorKind::Syntax, ErrorKind::LimitExceeded, ErrorKind::Unsupported];
    assert!(kinds.contains(&error.kind()), "{:?}: {error}", error.kind());
}

/// A decision says the same in all its parts, and its records are read.
#[track_caller]
pub(crate) fn sound(assessment: &Assessment, launch: &Launch) {
    let now = FIXED.now;
    let decision = match assessment.decide(launch, now) {
        Ok(decision) => decision,
        Err(error) => {
            errors::is_told(&error);
            assert!(assessment.action(launch, now).is_err() && assessment.explain(launch, now).is_err());
            return;
        }
    };
    let action = decision.action();
    assert_eq!(assessment.action(launch, now).unwrap(), action);
    let strictest = decision.events().iter().map(|event| event.action).min();
    assert_eq!(strictest.unwrap_or(Action::Allow), action);
    assert_eq!(decision.aggregation_key().is_none(), action == Action::Allow);
    let json = decision.to_json();
    let shown: Value = serde_json::from_str(&json).expect("a decision is JSON");
    assert_eq!(shown["action"], action.as_str());
    assert_eq!(assessment.decide(launch, now).unwrap().to_json(), json, "asked twice");
    assert!(!decision.to_text().is_empty());
    let records = EventRecord::of(&decision, &RecordContext::default());
    assert_eq!(records.len(), decision.events().len());
    for record in records {
        assert_eq!(EventRecord::parse(record.to_json().as_bytes()).expect("a record is read"), record);
    }
    assert!(!assessment.explain(launch, now).unwrap().iter().any(|policy| policy.policy.id.is_empty()));
}

/// The engine decides as the reference does.
#[track_caller]
fn as_the_reference(policies: Value, profile: Value, launch: Value) {
    let case = json!({"policies": without_ranges(&policies), "profile": profile, "questions": [{"launch": launch, "now": NOW}]});
    // The reference matches globs by backtracking.
    if case.to_string().matches('*').count() > 60 {
        return;
    }
    comparison::hold(&case, "documents that were read");
}

/// The reference orders dotted numbers only: ranges become versions.
fn without_ranges(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_ranges).collect(),
        Value::Object(members) => {
            let changed = members.iter().map(|(name, value)| match (name.as_str(), value) {
                ("range", Value::String(_)) => ("versions".to_owned(), json!(["1.1.1k-1+deb11u1"])),
                _ => (name.clone(), without_ranges(value)),
            });
            Value::Object(changed.collect())
        }
        other => other.clone(),
    }
}

/// The same document with its members in another order and without null members.
fn rewritten(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(rewritten).collect(),
        Value::Object(members) => {
            let kept = members.iter().rev().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), rewritten(value))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
