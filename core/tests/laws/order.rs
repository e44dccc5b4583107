//! Order changes nothing but what is defined by order.

use super::documents::{Documents, by_assessment};
use super::reference::Outcome;
use super::reference::generator::{Case, Random};
use super::{asked, cases, decisions, list};
use serde_json::{Map, Value};

fn shuffled<T>(mut list: Vec<T>, random: &mut Random) -> Vec<T> {
    for last in (1..list.len()).rev() {
        list.swap(last, random.below(last + 1));
    }
    list
}

/// Events and explanations come in the order of policies, and the key of a decision is that of its first event.
#[test]
fn the_order_of_policies() {
    let by_id = |outcome: &Outcome| {
        assert_eq!(outcome.aggregation_key, outcome.events.first().map(|event| event.key.clone()));
        let mut outcome = Outcome { aggregation_key: None, ..outcome.clone() };
        outcome.events.sort_by(|one, other| one.policy_id.cmp(&other.policy_id));
        outcome.explain.sort_by(|one, other| one.policy_id.cmp(&other.policy_id));
        outcome
    };
    let mut effects = 0;
    for (mut case, mut random) in cases() {
        let before = asked(&case).unwrap();
        let policies = shuffled(list(&case.policies, "policies"), &mut random);
        case.policies["policies"] = policies.into();
        for (before, after) in decisions(&before, &asked(&case).unwrap()) {
            effects += usize::from(before != after);
            assert_eq!(by_id(before), by_id(after), "{case:#?}");
        }
    }
    assert!(effects > 0, "no policy came elsewhere");
}

/// Findings that are alike in all by which evidence is sorted come in the order of the document; of more than are
/// shown that decides which are.
#[test]
fn the_order_of_findings() {
    let as_sets = |outcome: &Outcome| {
        let mut outcome = outcome.clone();
        for evidence in outcome.events.iter_mut().flat_map(|event| &mut event.evidence) {
            if evidence.total > evidence.findings.len() {
                evidence.findings.clear();
            }
            evidence.findings.sort_by_cached_key(|finding| format!("{finding:?}"));
        }
        outcome
    };
    let mut changed = 0;
    for (mut case, mut random) in cases() {
        let before = asked(&case).unwrap();
        let Some(profile) = &mut case.profile else { continue };
        let profile_before = profile.clone();
        for category in ["vulnerabilities", "malware", "sensitive"] {
            profile[category] = shuffled(list(profile, category), &mut random).into();
        }
        let is_changed = *profile != profile_before;
        for (before, after) in decisions(&before, &asked(&case).unwrap()) {
            changed += usize::from(is_changed && before.action != "allow");
            assert_eq!(as_sets(before), as_sets(after), "{case:#?}");
        }
    }
    assert!(changed > 0, "no finding of a hit came elsewhere");
}

/// Alternatives of a list in a policy set; a policy's own `privileges` are shown in its order.
#[test]
fn the_order_of_alternatives() {
    let mut changed = 0;
    for (mut case, mut random) in cases() {
        let (before, policies) = (asked(&case).unwrap(), case.policies.clone());
        shuffle_alternatives(&mut case.policies, &mut random);
        for (before, after) in decisions(&before, &asked(&case).unwrap()) {
            changed += usize::from(case.policies != policies && before.action != "allow");
            assert_eq!(before, after, "{case:#?}");
        }
    }
    assert!(changed > 0, "no policy that hit was changed");
}

fn shuffle_alternatives(value: &mut Value, random: &mut Random) {
    match value {
        Value::Object(members) => {
            let is_privileged = members.get("type").is_some_and(|kind| kind == "privileged");
            for (name, member) in members.iter_mut() {
                let has_order = ["policies", "exceptions"].contains(&name.as_str());
                match member {
                    Value::Array(list) if !has_order => *list = shuffled(std::mem::take(list), random),
                    Value::Object(_) if is_privileged && name == "criteria" => continue,
                    _ => {}
                }
                shuffle_alternatives(member, random);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| shuffle_alternatives(item, random)),
        _ => {}
    }
}

/// The bytes of the decision and the revision are the same.
#[test]
fn the_order_of_members() {
    let mut changed = 0;
    for (case, mut random) in cases() {
        let (before, policies) = (texts(&case), case.policies.to_string());
        let case = Case {
            policies: with_members_shuffled(&case.policies, &mut random),
            profile: case.profile.map(|profile| with_members_shuffled(&profile, &mut random)),
            questions: case
                .questions
                .into_iter()
                .map(|mut question| {
                    question.launch = with_members_shuffled(&question.launch, &mut random);
                    question
                })
                .collect(),
        };
        assert_eq!(before, texts(&case), "{case:#?}");
        let after = case.policies.to_string();
        changed += usize::from(after != policies);
    }
    assert!(changed > 0, "no member came elsewhere");
}

/// The revision, and every answer as text.
fn texts(case: &Case) -> Vec<String> {
    let documents = Documents::of(case);
    let assessment = documents.assess();
    let answers = documents.questions.iter().flat_map(|question| by_assessment(&assessment, question));
    [documents.set.revision().to_owned()].into_iter().chain(answers).collect()
}

fn with_members_shuffled(value: &Value, random: &mut Random) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, member)| (name.clone(), member)).collect();
            let members = shuffled(members, random).into_iter();
            members
                .map(|(name, member)| (name, with_members_shuffled(member, random)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(list) => list.iter().map(|item| with_members_shuffled(item, random)).collect(),
        other => other.clone(),
    }
}
