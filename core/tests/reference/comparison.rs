//! The same questions to the engine and to the reference, answers in one form, and the smallest case on which they
//! differ.

use super::answers::shorter_ways;
use super::{Event, Evidence, Excuse, Explained, Finding, Outcome, Profile, decide, time};
use crate::reference::generator::Case;
use imagegate::{ErrorKind, Launch, PolicySet, ScanProfile, Timestamp};
use serde_json::{Value, json};

/// A case as one document, parts of which can be left out: `policies`, `profile` (null: nobody scanned the image),
/// and `questions` of `launch` and `now`.
pub fn document(case: &Case) -> Value {
    let questions = case.questions.iter();
    let questions: Vec<Value> =
        questions.map(|question| json!({"launch": question.launch, "now": question.now})).collect();
    json!({"policies": case.policies, "profile": case.profile, "questions": questions})
}

/// Panics with the smallest case on which the two differ, if they do on this one.
#[track_caller]
pub fn hold(case: &Value, place: &str) {
    let by_engine =
        by_engine(case).unwrap_or_else(|error| panic!("{place}: an invalid document: {error}\n{case:#}"));
    if by_engine != by_reference(case) {
        let case = smallest(case.clone());
        panic!(
            "{place}: {case:#}\nthe engine says {:#}\nthe reference says {:#}",
            Value::Array(self::by_engine(&case).unwrap()),
            Value::Array(by_reference(&case))
        );
    }
}

/// What the engine answers to every question, from one assessment; the error says which document is invalid.
pub fn by_engine(case: &Value) -> Result<Vec<Value>, String> {
    let text = |value: &Value| value.to_string().into_bytes();
    let invalid = |error: imagegate::Error| format!("{error:?}");
    let set = PolicySet::parse(&text(&case["policies"])).map_err(invalid)?;
    let assessment = match &case["profile"] {
        Value::Null => set.assess_unscanned(),
        profile => set.assess(&ScanProfile::parse(&text(profile)).map_err(invalid)?),
    };
    let mut answers = Vec::new();
    for question in case["questions"].as_array().ok_or("no questions")? {
        let launch = Launch::parse(&text(&question["launch"])).map_err(invalid)?;
        let now =
            Timestamp::parse(question["now"].as_str().ok_or("no instant")?).map_err(|e| format!("{e:?}"))?;
        // Of an image that this assessment may not have met before.
        let action = assessment.action(&launch, now);
        answers.push(match (assessment.decide(&launch, now), assessment.explain(&launch, now)) {
            (Ok(decision), Ok(explanation)) => {
                match shorter_ways(&decision, &[action, assessment.action(&launch, now)]) {
                    Err(difference) => json!(difference),
                    Ok(()) => {
                        let decision = serde_json::from_str(&decision.to_json()).unwrap();
                        engine_answer(&decision, &serde_json::to_value(explanation).unwrap())
                    }
                }
            }
            (Err(one), Err(other)) => {
                let mismatch =
                    [one.kind(), other.kind()].iter().all(|kind| *kind == ErrorKind::ImageMismatch);
                if mismatch { json!("image_mismatch") } else { json!(format!("{one:?} {other:?}")) }
            }
            (decision, explanation) => {
                json!(format!("decide: {:?}, explain: {:?}", decision.err(), explanation.err()))
            }
        });
    }
    Ok(answers)
}

/// What the reference answers to every question.
pub fn by_reference(case: &Value) -> Vec<Value> {
    let policies = &case["policies"];
    let profile = Profile::new(Some(&case["profile"]).filter(|profile| !profile.is_null()));
    let questions = case["questions"].as_array().unwrap().iter();
    questions
        .map(|question| {
            let now = question["now"].as_str().unwrap();
            match decide(policies, &profile, &question["launch"], now) {
                Ok(outcome) => reference_answer(policies, now, &outcome),
                Err(error) => error.into(),
            }
        })
        .collect()
}

fn reference_answer(policies: &Value, now: &str, outcome: &Outcome) -> Value {
    let explained = |explained: &Explained| json!({"id": explained.policy_id, "outcome": explained.outcome, "part": explained.part});
    json!({
        "action": outcome.action,
        "aggregation_key": outcome.aggregation_key,
        "decided_at": time::format(time::parse(now)),
        "events": outcome.events.iter().map(|event| reference_event(policies, event)).collect::<Vec<_>>(),
        "explain": outcome.explain.iter().map(explained).collect::<Vec<_>>(),
    })
}

fn reference_event(policies: &Value, event: &Event) -> Value {
    let policy = policies["policies"].as_array().unwrap().iter();
    let policy = policy.clone().position(|policy| policy["id"] == event.policy_id).unwrap();
    let finding = |finding: &Finding| {
        json!({
            "label": finding.label,
            "matched": finding.matched,
            "unknown": finding.unknown,
            "exception": finding.exception.map(|excuse| match excuse {
                Excuse::Policy(index) => {
                    json!({"source": "policy", "pointer": format!("/policies/{policy}/exceptions/{index}")})
                }
                Excuse::Set(index) => json!({"source": "set", "pointer": format!("/exceptions/{index}")}),
                Excuse::Suppression => json!({"source": "suppression", "pointer": null}),
            }),
        })
    };
    let category = |evidence: &Evidence| {
        json!({
            "category": evidence.category,
            "total": evidence.total,
            "excused": evidence.excused,
            "findings": evidence.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    };
    json!({
        "aggregation_key": event.key,
        "event_type": event.event_type,
        "action": event.action,
        "id": event.policy_id,
        "status": event.status,
        "intercepts_from": event.intercepts_from,
        "evidence": event.evidence.iter().map(category).collect::<Vec<_>>(),
    })
}

fn engine_answer(decision: &Value, explanation: &Value) -> Value {
    let event = |event: &Value| {
        let category = |evidence: &Value| {
            let finding = |finding: &Value| {
                json!({
                    "label": engine_label(&evidence["category"], finding),
                    "matched": finding["matched"],
                    "unknown": finding["unknown"],
                    "exception": members(&finding["exception"], &["source", "pointer"]),
                })
            };
            let mut kept = members(evidence, &["category", "total", "excused"]);
            kept["findings"] = each(&evidence["findings"], finding);
            kept
        };
        let mut kept = members(event, &["aggregation_key", "event_type", "action"]);
        for name in ["id", "status", "intercepts_from"] {
            kept[name] = event["policy"][name].clone();
        }
        kept["evidence"] = each(&event["evidence"], category);
        kept
    };
    let mut answer = members(decision, &["action", "aggregation_key", "decided_at"]);
    answer["events"] = each(&decision["events"], event);
    answer["explain"] = each(explanation, |policy| members(policy, &["id", "outcome", "part"]));
    answer
}

fn engine_label(category: &Value, finding: &Value) -> String {
    let names: &[&str] = match category.as_str().unwrap() {
        "vulnerabilities" => &["id", "package", "version", "path"],
        "malware" => &["path", "family"],
        "sensitive" => &["type", "path", "line"],
        "privileges" => &["privilege"],
        _ => &["clause"],
    };
    let known = names.iter().map(|name| match &finding[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    known.collect::<Vec<_>>().join("|")
}

/// Some members of an object; null stays null.
fn members(object: &Value, names: &[&str]) -> Value {
    if object.is_null() {
        return Value::Null;
    }
    names.iter().map(|&name| (name.to_owned(), object[name].clone())).collect()
}

fn each(list: &Value, convert: impl Fn(&Value) -> Value) -> Value {
    list.as_array().unwrap().iter().map(convert).collect()
}

/// Leaves out members and elements as long as the case stays valid and the two still differ.
pub fn smallest(mut case: Value) -> Value {
    let differs = |case: &Value| by_engine(case).is_ok_and(|answers| answers != by_reference(case));
    loop {
        let without = pointers(&case).into_iter().map(|pointer| removed(&case, &pointer)).find(&differs);
        match without {
            Some(without) => case = without,
            None => return case,
        }
    }
}

/// Everything that can be left out, the largest parts first.
fn pointers(value: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    let mut waiting = vec![(String::new(), value)];
    while !waiting.is_empty() {
        let mut next = Vec::new();
        for (pointer, value) in waiting {
            match value {
                Value::Array(list) => {
                    next.extend(
                        list.iter().enumerate().map(|(index, item)| (format!("{pointer}/{index}"), item)),
                    );
                }
                Value::Object(object) => {
                    next.extend(object.iter().map(|(name, member)| (format!("{pointer}/{name}"), member)));
                }
                _ => {}
            }
        }
        pointers.extend(next.iter().map(|(pointer, _)| pointer.clone()));
        waiting = next;
    }
    pointers
}

fn removed(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Array(list) => {
            list.remove(last.parse().unwrap());
        }
        Value::Object(object) => {
            object.remove(last);
        }
        _ => {}
    }
    value
}

#[test]
fn everything_can_be_left_out() {
    let value = json!({"a": [1, {"b": 2}], "c": null});
    assert_eq!(pointers(&value), ["/a", "/c", "/a/0", "/a/1", "/a/1/b"]);
    assert_eq!(removed(&value, "/a/0"), json!({"a": [{"b": 2}], "c": null}));
}
