//! More findings are never laxer, more exceptions never stricter.

use super::reference::generator::{Case, Random, case};
use super::reference::{Event, Outcome};
use super::{asked, cases, decisions, list, strictness};
use serde_json::Value;

fn event<'o>(outcome: &'o Outcome, policy: &str) -> Option<&'o Event> {
    outcome.events.iter().find(|event| event.policy_id == policy)
}

/// Of an image that somebody scanned: a profile in place of none is no longer "nobody scanned it", and may well be
/// laxer where a policy looks for just that. The state of the scan is stated, and no number of findings changes it.
#[test]
fn adding_a_finding_never_makes_a_decision_laxer() {
    let mut effects = 0;
    for (mut case, mut random) in cases() {
        let before = asked(&case).unwrap();
        let Some(profile) = &mut case.profile else { continue };
        let category = random.pick(&["vulnerabilities", "vulnerabilities", "malware", "sensitive"]);
        let Some(finding) = finding_of_another_profile(category, &mut random) else { continue };
        let mut findings = list(profile, category);
        findings.insert(random.below(findings.len() + 1), finding);
        profile[category] = findings.into();
        for (before, after) in decisions(&before, &asked(&case).unwrap()) {
            assert!(strictness(after) >= strictness(before), "{case:#?}");
            effects += usize::from(after != before);
            for event_before in &before.events {
                let event_after = event(after, &event_before.policy_id).expect("a hit stays a hit");
                assert_eq!(event_after.action, event_before.action);
                for evidence in &event_before.evidence {
                    let mut of_category = event_after.evidence.iter();
                    let now = of_category.find(|now| now.category == evidence.category).unwrap();
                    assert!(now.total >= evidence.total && now.excused >= evidence.excused, "{case:#?}");
                    assert!(now.total - now.excused >= evidence.total - evidence.excused, "{case:#?}");
                }
            }
        }
    }
    assert!(effects > 0, "no finding had an effect");
}

fn finding_of_another_profile(category: &str, random: &mut Random) -> Option<Value> {
    let findings = list(&case(random.next()).profile?, category);
    if findings.is_empty() { None } else { Some(random.pick(&findings)) }
}

#[test]
fn adding_an_exception_never_makes_a_decision_stricter() {
    let mut effects = 0;
    for (mut case, mut random) in cases() {
        let before = asked(&case).unwrap();
        if !add_exception(&mut case, &mut random) {
            continue;
        }
        for (before, after) in decisions(&before, &asked(&case).unwrap()) {
            assert!(strictness(after) <= strictness(before), "{case:#?}");
            effects += usize::from(after != before);
            for (one, other) in before.explain.iter().zip(&after.explain) {
                // All that an exception can do is turn a hit into one that is excused.
                let hit = matches!(one.outcome.as_str(), "intercept" | "alarm");
                assert!(one == other || (hit && other.outcome == "excused"), "{one:?} {other:?} {case:#?}");
            }
            for event_after in &after.events {
                let event_before = event(before, &event_after.policy_id).expect("a hit was a hit");
                for (one, other) in event_before.evidence.iter().zip(&event_after.evidence) {
                    // Findings stay in the evidence, marked.
                    assert_eq!((one.category, one.total), (other.category, other.total));
                    assert!(one.excused <= other.excused, "{case:#?}");
                }
            }
        }
    }
    assert!(effects > 0, "no exception had an effect");
}

/// Adds an exception of another case, to the set or to a policy of the same type, anywhere in the list.
fn add_exception(to: &mut Case, random: &mut Random) -> bool {
    let other = case(random.next()).policies;
    let mut owners = vec![(other.clone(), None)];
    for policy in list(&other, "policies") {
        let kind = policy["type"].clone();
        owners.push((policy, Some(kind)));
    }
    owners.retain(|(owner, _)| !list(owner, "exceptions").is_empty());
    if owners.is_empty() {
        return false;
    }
    let (owner, kind) = random.pick(&owners);
    let exception = random.pick(&list(&owner, "exceptions"));
    let receiver = match kind {
        None => &mut to.policies,
        Some(kind) => {
            let policies = to.policies["policies"].as_array_mut().unwrap();
            let Some(policy) = policies.iter_mut().find(|policy| policy["type"] == kind) else {
                return false;
            };
            policy
        }
    };
    let mut exceptions = list(receiver, "exceptions");
    exceptions.insert(random.below(exceptions.len() + 1), exception);
    receiver["exceptions"] = exceptions.into();
    true
}
