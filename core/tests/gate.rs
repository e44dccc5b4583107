//! The gate: which profile a launch gets, swapping under load, and its bound.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{Action, ErrorKind, Gate, Launch, PolicySet, ScanProfile, Timestamp};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A set that intercepts malware of `family`, and alarms of images that nobody scanned.
fn policies(family: &str) -> PolicySet {
    let policy = |id: &str, kind: &str, mode: &str, criteria: Value| {
        json!({"id": id, "name": id, "type": kind, "enabled": true, "enabled_at": "2026-01-01T00:00:00Z",
            "enforcement": {"mode": mode}, "scope": {"images": "all"}, "criteria": criteria})
    };
    let set = json!({"version": 1, "label": family, "policies": [
        policy("malware", "risk", "immediate", json!({"malware": {"families": [family]}})),
        policy("unscanned", "unscanned", "alarm", json!({"states": ["not_scanned"]})),
    ]});
    PolicySet::parse(set.to_string().as_bytes()).unwrap()
}

fn profile(image: &Value, family: &str) -> ScanProfile {
    let document =
        json!({"version": 1, "image": image, "scan": {"state": "complete"}, "malware": [{"family": family}]});
    ScanProfile::parse(document.to_string().as_bytes()).unwrap()
}

fn launch(image: &Value) -> Launch {
    Launch::parse(json!({"version": 1, "image": image, "privileges": []}).to_string().as_bytes()).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-24T06:00:00Z").unwrap()
}

fn hash(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

#[test]
fn a_launch_gets_the_profile_of_its_id_digest_or_name() {
    let gate = Gate::new(policies("A"), 1 << 20);
    let action = |image: Value| {
        let decided = gate.decide(&launch(&image), now()).map(|decision| decision.action());
        assert_eq!(gate.action(&launch(&image), now()).ok(), decided.as_ref().ok().copied());
        decided
    };
    assert_eq!(action(json!({"reference": "r.io/x:1"})).unwrap(), Action::Alarm);
    gate.put_profile(&profile(&json!({"id": hash('1'), "names": ["r.io/x:1"], "digests": [hash('d')]}), "A"))
        .unwrap();
    assert_eq!(action(json!({"reference": "R.io/x:1"})).unwrap(), Action::Intercept);
    assert_eq!(action(json!({"id": hash('1')})).unwrap(), Action::Intercept);
    assert_eq!(action(json!({"reference": format!("r.io/y@{}", hash('d'))})).unwrap(), Action::Intercept);
    // The tag has moved to an image that nobody scanned.
    assert_eq!(action(json!({"reference": "r.io/x:1", "id": hash('2')})).unwrap(), Action::Alarm);
    // Another image is scanned under the name: the old one is still known by its id.
    gate.put_profile(&profile(&json!({"id": hash('2'), "names": ["r.io/x:1"]}), "B")).unwrap();
    assert_eq!(action(json!({"reference": "r.io/x:1"})).unwrap(), Action::Allow);
    assert_eq!(action(json!({"reference": "r.io/x:1", "id": hash('1')})).unwrap(), Action::Intercept);
    assert_eq!(gate.stats().profiles, 2);
    assert!(gate.remove_profile(&hash('1')));
    assert!(!gate.remove_profile(&hash('1')));
    assert_eq!(action(json!({"id": hash('1')})).unwrap(), Action::Alarm);
}

#[test]
fn a_profile_is_replaced_whole() {
    let gate = Gate::new(policies("A"), 1 << 20);
    gate.put_profile(&profile(&json!({"id": hash('1'), "names": ["x:1", "x:2"]}), "A")).unwrap();
    let bytes = gate.stats().bytes;
    gate.put_profile(&profile(&json!({"id": hash('1'), "names": ["x:2", "x:3"]}), "A")).unwrap();
    assert_eq!((gate.stats().profiles, gate.stats().bytes), (1, bytes));
    let action = |name: &str| gate.decide(&launch(&json!({"reference": name})), now()).unwrap().action();
    assert_eq!(
        [action("x:1"), action("x:2"), action("x:3")],
        [Action::Alarm, Action::Intercept, Action::Intercept]
    );
}

#[test]
fn a_full_gate_refuses_and_keeps_what_it_has() {
    let one = profile(&json!({"names": ["x:1"]}), "A");
    let gate = Gate::new(policies("A"), 1_000);
    gate.put_profile(&one).unwrap();
    let error = (0..100)
        .find_map(|number| gate.put_profile(&profile(&json!({"names": [format!("y:{number}")]}), "A")).err());
    let error = error.unwrap();
    assert_eq!((error.kind(), error.code()), (ErrorKind::LimitExceeded, "gate_full"));
    assert!(gate.stats().bytes <= 1_000);
    assert_eq!(
        gate.decide(&launch(&json!({"reference": "x:1"})), now()).unwrap().action(),
        Action::Intercept
    );
    // Replacing what is there needs no more room.
    gate.put_profile(&one).unwrap();
}

#[test]
fn policies_are_swapped_while_others_decide() {
    let gate = Gate::new(policies("A"), 1 << 20);
    for number in 0..4 {
        gate.put_profile(&profile(&json!({"names": [format!("x:{number}")]}), "A")).unwrap();
    }
    let (stop, decisions) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (gate, stop, decisions) = (&gate, &stop, &decisions);
            scope.spawn(move || {
                let launches: Vec<Launch> =
                    (0..4).map(|number| launch(&json!({"reference": format!("x:{number}")}))).collect();
                // At least once each, however late the thread gets its turn.
                loop {
                    let decision = gate.decide(&launches[thread], now()).unwrap();
                    // A decision is wholly of one set.
                    let expected =
                        if decision.label() == Some("A") { Action::Intercept } else { Action::Allow };
                    assert_eq!(decision.action(), expected);
                    decisions.fetch_add(1, Ordering::Relaxed);
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let sets = [policies("B"), policies("A")];
        for round in 0..200 {
            gate.reload(sets[round % 2].clone());
            // Whoever asks after a swap gets the new policies.
            assert_eq!(
                gate.decide(&launch(&json!({"reference": "x:0"})), now()).unwrap().label(),
                Some(["B", "A"][round % 2])
            );
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(decisions.load(Ordering::Relaxed) >= 4);
    assert_eq!(gate.stats().reloads, 200);
}
