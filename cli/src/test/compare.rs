//! What came out against what was expected.

use super::file::{Case, ExpectedError, ExpectedEvidence};
use super::run::{Decided, Outcome};
use imagegate::Error;
use serde_json::Value;
use similar::TextDiff;
use std::collections::BTreeMap;

/// One text for each difference, of one line or several; none if the case passes.
pub(super) fn differences(outcome: &Outcome, case: &Case<'_>) -> Vec<String> {
    let mut out = Vec::new();
    match (outcome, &case.expect.error) {
        (Outcome::Refused(error), Some(expected)) => compare_error(error, expected, &mut out),
        (Outcome::Refused(error), None) => {
            for problem in error.problems() {
                out.push(format!("expected a decision, got {} ({}): {problem}", error.kind(), problem.code));
            }
        }
        (Outcome::Decided(decided), Some(_)) => {
            out.push(format!("expected an error, got the action {}", shown(decided.decision.get("action"))));
        }
        (Outcome::Undecided, _) => out.push("expected an error, but all documents are good".to_owned()),
        (Outcome::Decided(decided), None) => compare_decision(decided, case, &mut out),
    }
    out
}

fn compare_error(error: &Error, expected: &ExpectedError, out: &mut Vec<String>) {
    let mut same = |what: &str, got: &str, wanted: Option<&String>| {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != got) {
            out.push(format!("error.{what}: expected \"{wanted}\", got \"{got}\" ({error})"));
        }
    };
    same("kind", error.kind().as_str(), expected.kind.as_ref());
    same("code", error.code(), expected.code.as_ref());
    same("pointer", error.pointer().unwrap_or_default(), expected.pointer.as_ref());
    let Some(wanted) = &expected.problems else { return };
    let wanted: String = wanted.iter().map(|one| format!("{} {}\n", one.code, one.pointer)).collect();
    let got: String = error.problems().iter().map(|one| format!("{} {}\n", one.code, one.pointer)).collect();
    if wanted != got {
        out.push(format!("error.problems: - expected, + got\n{}", diff(&wanted, &got)));
    }
}

fn compare_decision(decided: &Decided, case: &Case<'_>, out: &mut Vec<String>) {
    let (decision, expect) = (&decided.decision, &case.expect);
    if let Some(action) = &expect.action {
        contained("action", decision.get("action"), &Value::from(action.as_str()), out);
    }
    for (id, wanted) in expect.policies.iter().flatten() {
        match decided.explanations.iter().find(|one| one.policy.id == *id) {
            None => out.push(format!("policies.{id}: there is no such policy")),
            Some(one) if one.outcome.as_str() != wanted => out.push(format!(
                "policies.{id}: expected \"{wanted}\", got \"{}\" ({})",
                one.outcome.as_str(),
                one.detail
            )),
            Some(_) => {}
        }
    }
    for (id, wanted) in expect.scope_part.iter().flatten() {
        match decided.explanations.iter().find(|one| one.policy.id == *id) {
            None => out.push(format!("scope_part.{id}: there is no such policy")),
            Some(one) if one.part.map(|part| part.as_str()) != Some(wanted.as_str()) => {
                let got = one.part.map_or("nothing", |part| part.as_str());
                out.push(format!("scope_part.{id}: expected \"{wanted}\", got {got} ({})", one.detail));
            }
            Some(_) => {}
        }
    }
    for (id, categories) in expect.evidence.iter().flatten() {
        compare_evidence(id, decision, categories, out);
    }
    if let Some(key) = &expect.aggregation_key {
        let wanted = key.as_deref().map_or(Value::Null, Value::from);
        contained("aggregation_key", decision.get("aggregation_key"), &wanted, out);
    }
    if let Some(events) = &expect.events {
        contained("events", decision.get("events"), events, out);
    }
    if let Some(members) = &expect.decision {
        contained("decision", Some(decision), members, out);
    }
    if let Some(golden) = &case.decision
        && golden != decision
    {
        let difference = diff(&pretty(golden), &pretty(decision));
        out.push(format!("decision: - expected, + got\n{difference}"));
    }
}

fn compare_evidence(
    id: &str,
    decision: &Value,
    categories: &BTreeMap<String, ExpectedEvidence>,
    out: &mut Vec<String>,
) {
    let events = decision.get("events").and_then(Value::as_array).into_iter().flatten();
    let event = events.into_iter().find(|event| event.pointer("/policy/id").is_some_and(|of| of == id));
    let Some(event) = event else {
        out.push(format!("evidence.{id}: the policy has no event"));
        return;
    };
    for (category, wanted) in categories {
        let place = format!("evidence.{id}.{category}");
        let mut entries = event.get("evidence").and_then(Value::as_array).into_iter().flatten();
        let Some(entry) =
            entries.find(|entry| entry.get("category").is_some_and(|of| of == category.as_str()))
        else {
            out.push(format!("{place}: the event has no evidence of this category"));
            continue;
        };
        for (member, wanted) in [("total", wanted.total), ("excused", wanted.excused)] {
            if let Some(wanted) = wanted {
                contained(&format!("{place}.{member}"), entry.get(member), &Value::from(wanted), out);
            }
        }
        if let Some(findings) = &wanted.findings {
            contained(&format!("{place}.findings"), entry.get("findings"), findings, out);
        }
    }
}

/// Notes where `got` lacks something of `wanted`: members that `wanted` does not name may be anything; lists must be
/// as long, item by item.
fn contained(place: &str, got: Option<&Value>, wanted: &Value, out: &mut Vec<String>) {
    match (got, wanted) {
        (Some(Value::Object(got)), Value::Object(wanted)) => {
            for (name, wanted) in wanted {
                contained(&format!("{place}.{name}"), got.get(name), wanted, out);
            }
        }
        (Some(Value::Array(got)), Value::Array(wanted)) => {
            if got.len() != wanted.len() {
                out.push(format!("{place}: expected {} items, got {}", wanted.len(), got.len()));
            }
            for (number, (got, wanted)) in got.iter().zip(wanted).enumerate() {
                contained(&format!("{place}[{number}]"), Some(got), wanted, out);
            }
        }
        (Some(got), wanted) if got == wanted => {}
        (got, wanted) => out.push(format!("{place}: expected {wanted}, got {}", shown(got))),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "no such member".to_owned(), Value::to_string)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn diff(wanted: &str, got: &str) -> String {
    TextDiff::from_lines(wanted, got).unified_diff().context_radius(2).missing_newline_hint(false).to_string()
}
