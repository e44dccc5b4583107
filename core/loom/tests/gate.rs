//! The gate in every order in which its threads can take their steps, as loom makes them (`cargo xtask loom`), if no
//! more than three times a thread is interrupted that could go on.
//!
//! Loads, stores and exchanges of a pointer are single steps here, as arc-swap makes them; assessing is a single step
//! too, as `OnceLock` makes it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use imagegate::{Action, Gate, Launch, PolicySet, ScanProfile, Timestamp};
use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;

/// A set that intercepts malware of this family, and alarms of images that nobody scanned.
fn policies(family: &str) -> PolicySet {
    let policy = |id: &str, kind: &str, mode: &str, criteria: String| {
        format!(
            r#"{{"id": "{id}", "name": "{id}", "type": "{kind}", "enabled": true, "enabled_at": "2026-01-01T00:00:00Z",
                "enforcement": {{"mode": "{mode}"}}, "scope": {{"images": "all"}}, "criteria": {criteria}}}"#
        )
    };
    let malware =
        policy("malware", "risk", "immediate", format!(r#"{{"malware": {{"families": ["{family}"]}}}}"#));
    let unscanned = policy("unscanned", "unscanned", "alarm", r#"{"states": ["not_scanned"]}"#.to_owned());
    let set = format!(r#"{{"version": 1, "label": "{family}", "policies": [{malware}, {unscanned}]}}"#);
    PolicySet::parse(set.as_bytes()).unwrap()
}

fn profile(names: &str, family: &str) -> ScanProfile {
    let id = "1".repeat(64);
    let document = format!(
        r#"{{"version": 1, "image": {{"id": "{id}", "names": [{names}]}}, "scan": {{"state": "complete"}},
            "malware": [{{"family": "{family}"}}]}}"#
    );
    ScanProfile::parse(document.as_bytes()).unwrap()
}

/// What is decided of the image, and by which set.
fn ask(gate: &Gate) -> (Action, String) {
    let launch =
        Launch::parse(br#"{"version": 1, "image": {"reference": "x:1"}, "privileges": []}"#).unwrap();
    let decision = gate.decide(&launch, Timestamp::parse("2026-11-24T06:00:00Z").unwrap()).unwrap();
    (decision.action(), decision.label().unwrap().to_owned())
}

/// Of a set as a whole.
fn is_whole((action, label): &(Action, String)) -> bool {
    *action == if label == "A" { Action::Intercept } else { Action::Allow }
}

fn in_every_order(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

#[test]
fn after_a_swap_nobody_gets_the_old_policies_and_the_image_is_assessed_once() {
    in_every_order(|| {
        let gate = Arc::new(Gate::new(policies("A"), 1 << 20));
        gate.put_profile(&profile("\"x:1\"", "A")).unwrap();
        let asking = Arc::clone(&gate);
        let asker = thread::spawn(move || {
            let (first, second) = (ask(&asking), ask(&asking));
            assert!(is_whole(&first) && is_whole(&second));
            assert!(first.1 == "A" || second.1 == "B", "from new policies back to old ones");
        });
        gate.reload(policies("B"));
        assert_eq!(ask(&gate), (Action::Allow, "B".to_owned()));
        asker.join().unwrap();
        assert_eq!(ask(&gate).1, "B");
        assert_eq!(gate.assessments(1), 1, "assessed more than once after the swap");
    });
}

#[test]
fn two_that_ask_at_once_share_one_assessment() {
    in_every_order(|| {
        let gate = Arc::new(Gate::new(policies("A"), 1 << 20));
        gate.put_profile(&profile("\"x:1\"", "A")).unwrap();
        ask(&gate);
        gate.reload(policies("B"));
        let asking = Arc::clone(&gate);
        let asker = thread::spawn(move || assert_eq!(ask(&asking).1, "B"));
        assert_eq!(ask(&gate).1, "B");
        asker.join().unwrap();
        assert_eq!((gate.assessments(0), gate.assessments(1)), (1, 1));
    });
}

#[test]
fn an_image_stays_known_while_its_profile_is_replaced() {
    in_every_order(|| {
        let gate = Arc::new(Gate::new(policies("A"), 1 << 20));
        gate.put_profile(&profile("\"x:1\", \"y:1\"", "A")).unwrap();
        let bytes = gate.stats().bytes;
        let asking = Arc::clone(&gate);
        let asker = thread::spawn(move || {
            let (action, _) = ask(&asking);
            // The old profile or the new one, never none, which would alarm.
            assert!(action == Action::Intercept || action == Action::Allow, "{action}");
        });
        gate.put_profile(&profile("\"x:1\", \"z:1\"", "B")).unwrap();
        assert_eq!(ask(&gate).0, Action::Allow);
        asker.join().unwrap();
        assert_eq!((gate.stats().profiles, gate.stats().bytes), (1, bytes));
    });
}

#[test]
fn bytes_are_counted_whoever_writes_when() {
    in_every_order(|| {
        let gate = Arc::new(Gate::new(policies("A"), 1 << 20));
        let writing = Arc::clone(&gate);
        let writer = thread::spawn(move || {
            writing.put_profile(&profile("\"x:1\"", "A")).unwrap();
            writing.remove_profile("x:1");
        });
        gate.put_profile(&profile("\"x:1\", \"y:1\"", "B")).unwrap();
        gate.reload(policies("A"));
        writer.join().unwrap();
        let stats = gate.stats();
        assert_eq!(stats.profiles == 0, stats.bytes == 0);
        assert_eq!(stats.reloads, 1);
        assert!(stats.profiles < 2);
        gate.remove_profile(&"1".repeat(64));
        assert_eq!((gate.stats().profiles, gate.stats().bytes), (0, 0));
        assert_eq!(ask(&gate).0, Action::Alarm);
    });
}

#[test]
fn a_full_gate_lets_one_of_two_in() {
    in_every_order(|| {
        let one = profile("\"x:1\"", "A");
        let gate = Gate::new(policies("A"), 1 << 20);
        gate.put_profile(&one).unwrap();
        let room = gate.stats().bytes;
        // Room for one and a half of them: by their ids they are different images.
        let gate = Arc::new(Gate::new(policies("A"), room + room / 2));
        let other =
            ScanProfile::parse(one.to_json().replace(&"1".repeat(64), &"2".repeat(64)).as_bytes()).unwrap();
        let writing = Arc::clone(&gate);
        let writer = thread::spawn(move || writing.put_profile(&other).is_ok());
        let mine = gate.put_profile(&one).is_ok();
        assert!(mine != writer.join().unwrap(), "both or none");
        assert_eq!(gate.stats().bytes, room);
    });
}
