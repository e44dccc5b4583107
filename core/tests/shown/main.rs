//! What people see of a decision besides its document: its text, the clauses that played a part, the remarks on
//! a policy set, and what the public types say of themselves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{
    Action, Assessment, Enforcement, EventType, Launch, LaunchDecision, PolicySet, PolicyType, ScanProfile,
    Status, Timestamp,
};
use serde_json::Value;

struct Documents {
    set: PolicySet,
    profile: ScanProfile,
    launch: Launch,
    now: Timestamp,
}

fn documents() -> Documents {
    let documents: Value = serde_json::from_str(include_str!("documents.json")).unwrap();
    let text = |name: &str| documents[name].to_string().into_bytes();
    Documents {
        set: PolicySet::parse(&text("policies")).unwrap(),
        profile: ScanProfile::parse(&text("profile")).unwrap(),
        launch: Launch::parse(&text("launch")).unwrap(),
        now: Timestamp::parse(documents["now"].as_str().unwrap()).unwrap(),
    }
}

impl Documents {
    fn assess(&self) -> Assessment {
        self.set.assess(&self.profile)
    }
}

/// `IMAGEGATE_BLESS=1` records the texts anew; review the diff.
fn golden(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shown").join(name);
    if std::env::var_os("IMAGEGATE_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap());
}

#[test]
fn a_decision_as_text() {
    let documents = documents();
    let decision = documents.assess().decide(&documents.launch, documents.now).unwrap();
    golden("intercepted.txt", &decision.to_text());
    let nothing = PolicySet::parse(br#"{"version": 1}"#).unwrap().assess(&documents.profile);
    let decision = nothing.decide(&documents.launch, documents.now).unwrap();
    golden("allowed.txt", &decision.to_text());
    assert_eq!((decision.event_count(), decision.events().len()), (0, 0));
}

/// A file of any number of lines, each one item.
fn lines(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().map(|item| item + "\n").collect()
}

#[test]
fn the_clauses_that_played_a_part() {
    let documents = documents();
    let exercised = documents.assess().exercised(&documents.launch, documents.now).unwrap();
    golden("exercised.txt", &lines(exercised));
}

/// A place that only `*` or `**` restricts is no restriction.
#[test]
fn the_clauses_that_could_play_a_part() {
    golden("clauses.txt", &lines(documents().set.clauses()));
    let every = PolicySet::parse(include_bytes!("every-clause.json")).unwrap();
    golden("every-clause.txt", &lines(every.clauses()));
}

#[test]
fn why_each_policy_did_or_did_not_hit() {
    let documents = documents();
    let explained = documents.assess().explain(&documents.launch, documents.now).unwrap();
    let lines = lines(
        explained.iter().map(|one| format!("{}: {}: {}", one.policy.id, one.outcome.as_str(), one.detail)),
    );
    golden("explained.txt", &lines);
}

#[test]
fn remarks_on_a_policy_set() {
    let documents = documents();
    let lints = documents.set.lint(&[documents.profile], &[documents.launch], documents.now);
    let shown = lints.iter().map(|lint| {
        let misses: String = lint.near_misses.iter().map(|miss| format!("\n  {miss}")).collect();
        format!("{} {}: {}{misses}", lint.code, lint.pointer, lint.message)
    });
    golden("remarks.txt", &lines(shown));
}

#[test]
fn what_a_policy_set_says_of_itself() {
    let Documents { set, now, .. } = documents();
    assert_eq!(set.label(), Some("prod"));
    assert_eq!(set.revision().len(), 64);
    assert!(set.revision().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(set.policies().len(), 7);
    let policy = set.policy("start").unwrap();
    assert_eq!((policy.id(), policy.name(), policy.description()), ("start", "Start", None));
    assert_eq!(policy.policy_type().to_string(), "privileged");
    assert_eq!(policy.enforcement(), Enforcement::Observe { days: 30 });
    assert_eq!(policy.status(now), Status::Observing);
    assert_eq!(policy.intercepts_from().unwrap().to_string(), "2026-12-01T00:00:00Z");
    assert_eq!(policy.status(now).to_string(), "observing");
    assert!(policy.is_enabled() && !set.policy("off").unwrap().is_enabled());
    assert_eq!(set.policies()[0].description(), Some("Agreed with the platform team."));
    assert_eq!(set.policies()[0].policy_type(), PolicyType::Risk);
    assert!(set.policy("none").is_none());
    let overview = set.overview(now);
    assert_eq!((overview.all, overview.enabled, overview.pending), (7, 6, 1));
    assert_eq!((overview.observing, overview.effective), (2, 3));
}

#[test]
fn what_a_decision_says_of_itself() {
    let documents = documents();
    let assessment = documents.assess();
    let decision = assessment.decide(&documents.launch, documents.now).unwrap();
    assert_eq!(decision.revision(), documents.set.revision());
    assert_eq!((decision.label(), decision.decided_at()), (Some("prod"), documents.now));
    assert_eq!(*decision.launch(), documents.launch);
    let debug = format!("{decision:?}");
    assert!(debug.contains("Intercept") && debug.contains("events: 3"), "{debug}");
    for (word, of) in [
        ("risky_image", EventType::RiskyImage),
        ("privileged_image", EventType::PrivilegedImage),
        ("unscanned_image", EventType::UnscannedImage),
    ] {
        assert_eq!((EventType::from_name(word), of.as_str()), (Some(of), word));
    }
    assert_eq!(EventType::from_name("image"), None);
    assert_eq!(Action::Alarm.to_string(), "alarm");
}

#[test]
fn of_several_containers_the_strictest_counts_and_an_error_is_no_answer() {
    let documents = documents();
    let nothing = PolicySet::parse(br#"{"version": 1}"#).unwrap();
    let intercepted = || documents.assess().decide(&documents.launch, documents.now);
    let allowed = || nothing.assess(&documents.profile).decide(&documents.launch, documents.now);
    let another = Launch::parse(
        format!(r#"{{"version": 1, "image": {{"id": "{}"}}, "privileges": []}}"#, "b".repeat(64)).as_bytes(),
    );
    let refused = || documents.assess().decide(another.as_ref().unwrap(), documents.now);
    let overall = |results: Vec<_>| {
        let one = |result| LaunchDecision { container: None, result };
        LaunchDecision::overall(&results.into_iter().map(one).collect::<Vec<_>>())
    };
    assert_eq!(overall(vec![]), Some(Action::Allow));
    assert_eq!(overall(vec![allowed()]), Some(Action::Allow));
    assert_eq!(overall(vec![allowed(), intercepted(), allowed()]), Some(Action::Intercept));
    assert_eq!(overall(vec![intercepted(), refused()]), None);
    assert_eq!(overall(vec![refused(), intercepted()]), None);
}
