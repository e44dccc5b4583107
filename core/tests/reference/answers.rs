//! The answers of the engine in the form of the reference's, value by value: the quick way to compare the two, which
//! [`super::comparison`] checks through JSON.

use super::generator::Case;
use super::{Event, Evidence, Excuse, Explained, Finding, Outcome, Profile, decide};
use imagegate::{
    Action, Assessment, Decision, Error, ErrorKind, ExcuseSource, Explanation, Finding as Found, Launch,
    PolicySet, ScanProfile, Timestamp,
};
use serde_json::Value;

/// What the engine answers to every question, from one assessment; the error says which document is invalid.
pub fn by_engine(case: &Case) -> Result<Vec<Result<Outcome, String>>, String> {
    let set = parsed(&case.policies, PolicySet::parse)?;
    let assessment = match &case.profile {
        None => set.assess_unscanned(),
        Some(profile) => set.assess(&parsed(profile, ScanProfile::parse)?),
    };
    let mut answers = Vec::new();
    for question in &case.questions {
        let launch = parsed(&question.launch, Launch::parse)?;
        let now = Timestamp::parse(&question.now).map_err(|error| format!("{error:?}"))?;
        answers.push(answer(&case.policies, &assessment, &launch, now));
    }
    Ok(answers)
}

/// What the reference answers to every question.
pub fn by_reference(case: &Case) -> Vec<Result<Outcome, String>> {
    let profile = Profile::new(case.profile.as_ref());
    let questions = case.questions.iter();
    questions
        .map(|question| {
            decide(&case.policies, &profile, &question.launch, &question.now).map_err(str::to_owned)
        })
        .collect()
}

pub fn parsed<T>(
    document: &Value,
    parse: impl Fn(&[u8]) -> Result<T, imagegate::Error>,
) -> Result<T, String> {
    let text = serde_json::to_vec(document).unwrap();
    parse(&text).map_err(|error| format!("{error:?}"))
}

fn answer(
    policies: &Value,
    assessment: &Assessment,
    launch: &Launch,
    now: Timestamp,
) -> Result<Outcome, String> {
    // Of an image that this assessment may not have met before.
    let first = assessment.action(launch, now);
    match (assessment.decide(launch, now), assessment.explain(launch, now)) {
        (Ok(decision), Ok(explanation)) => {
            shorter_ways(&decision, &[first, assessment.action(launch, now)])?;
            Ok(outcome(policies, &decision, &explanation))
        }
        (Err(one), Err(other)) => {
            let kinds = [one.kind(), other.kind()];
            let mismatch = first.is_err() && kinds.iter().all(|kind| *kind == ErrorKind::ImageMismatch);
            Err(if mismatch { "image_mismatch".to_owned() } else { format!("{one:?} {other:?}") })
        }
        (decision, explanation) => {
            Err(format!("decide: {:?}, explain: {:?}", decision.err(), explanation.err()))
        }
    }
}

/// Holds the shorter ways to parts of an answer against it: the action by itself, key and count before the events.
pub fn shorter_ways(decision: &Decision, actions: &[Result<Action, Error>]) -> Result<(), String> {
    let (key, count) = (decision.aggregation_key().map(|key| key.to_string()), decision.event_count());
    let first = decision.events().first().map(|event| event.aggregation_key.clone());
    let actions_agree =
        actions.iter().all(|action| matches!(action, Ok(action) if *action == decision.action()));
    if !actions_agree {
        Err(format!("the action is {:?}, by itself {actions:?}", decision.action()))
    } else if key != first || key.is_none() != (decision.action() == Action::Allow) {
        Err(format!("the key is {first:?}, by itself {key:?}"))
    } else if count != decision.events().len() {
        Err(format!("{} events, counted as {count}", decision.events().len()))
    } else {
        Ok(())
    }
}

fn outcome(policies: &Value, decision: &Decision, explanation: &[Explanation]) -> Outcome {
    let events: Vec<Event> = decision.events().iter().map(|found| event(policies, found)).collect();
    let explained = |of: &Explanation| Explained {
        policy_id: of.policy.id.clone(),
        outcome: of.outcome.as_str().to_owned(),
        part: of.part.map(|part| part.as_str().to_owned()),
    };
    Outcome {
        action: decision.action().as_str(),
        aggregation_key: events.first().map(|event| event.key.clone()),
        events,
        explain: explanation.iter().map(explained).collect(),
    }
}

fn event(policies: &Value, event: &imagegate::Event) -> Event {
    let exceptions = format!("{}/exceptions/", policy_pointer(policies, &event.policy.id));
    let evidence = |of: &imagegate::Evidence| Evidence {
        category: of.category.as_str(),
        total: of.total,
        excused: of.excused,
        findings: of.findings.iter().map(|found| finding(found, &exceptions)).collect(),
    };
    Event {
        key: event.aggregation_key.clone(),
        event_type: event.event_type.as_str(),
        action: event.action.as_str(),
        policy_id: event.policy.id.clone(),
        status: event.policy.status.as_str(),
        intercepts_from: event.policy.intercepts_from.map(|from| from.to_string()),
        evidence: event.evidence.iter().map(evidence).collect(),
    }
}

fn policy_pointer(policies: &Value, id: &str) -> String {
    let number = policies["policies"].as_array().unwrap().iter().position(|policy| policy["id"] == id);
    format!("/policies/{}", number.unwrap())
}

fn finding(found: &Found, exceptions: &str) -> Finding {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (label, matched, unknown) = match found {
        Found::Vulnerability(of) => {
            let label = [text(&of.id), text(&of.package), text(&of.version), text(&of.path)].join("|");
            (label, &of.matched, &of.unknown)
        }
        Found::Malware(of) => ([text(&of.path), text(&of.family)].join("|"), &of.matched, &of.unknown),
        Found::Sensitive(of) => {
            let line = of.line.map(|line| line.to_string());
            ([text(&of.kind), text(&of.path), text(&line)].join("|"), &of.matched, &of.unknown)
        }
        Found::Privilege(of) => (of.privilege.to_string(), &of.matched, &of.unknown),
        Found::Scan(of) => (of.clause.clone(), &of.matched, &of.unknown),
    };
    let exception = found.exception().map(|excuse| {
        let number = |list: &str| {
            let pointer = excuse.pointer.as_deref().unwrap();
            pointer
                .strip_prefix(list)
                .unwrap_or_else(|| panic!("{pointer} is not in {list}"))
                .parse()
                .unwrap()
        };
        match excuse.source {
            ExcuseSource::Policy => Excuse::Policy(number(exceptions)),
            ExcuseSource::Set => Excuse::Set(number("/exceptions/")),
            ExcuseSource::Suppression => {
                assert_eq!(excuse.pointer, None);
                Excuse::Suppression
            }
        }
    });
    Finding { label, matched: matched.clone(), unknown: unknown.clone(), exception }
}

#[test]
fn times_are_printed_alike() {
    for text in ["2026-11-24T06:00:00Z", "2026-11-24T06:00:00.5Z", "2028-02-29T23:59:59.000000001Z"] {
        assert_eq!(
            Timestamp::parse(text).unwrap().to_string(),
            super::time::format(super::time::parse(text))
        );
    }
}
