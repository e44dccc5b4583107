//! The engine against an evaluator written from the contract alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod reference;

use reference::generator::{Case, case};
use reference::{comparison, truth};
use serde_json::Value;
use std::collections::BTreeMap;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn cases() -> impl Iterator<Item = Case> {
    let seed = from_environment("IMAGEGATE_SEED", 1).wrapping_mul(1_000_000_007);
    (0..from_environment("IMAGEGATE_CASES", 2_000)).map(move |number| case(seed.wrapping_add(number)))
}

/// How often what the generator makes has each outcome, each first reason, and each clause each value: agreement
/// about cases that never match proves nothing. `IMAGEGATE_STATS=1` prints the table.
#[test]
fn generated_cases_reach_every_outcome() {
    let mut actions: BTreeMap<&str, u64> = BTreeMap::new();
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut questions = 0;
    for case in cases() {
        for question in &case.questions {
            let outcome =
                reference::decide(&case.policies, case.profile.as_ref(), &question.launch, &question.now);
            let action = outcome.as_ref().map_or_else(|error| *error, |outcome| outcome.action);
            *actions.entry(action).or_default() += 1;
            questions += 1;
            for explained in outcome.into_iter().flat_map(|outcome| outcome.explain) {
                let part = explained.part.map(|part| format!(": {part}")).unwrap_or_default();
                *outcomes.entry(explained.outcome + &part).or_default() += 1;
            }
        }
    }
    let policies: u64 = outcomes.values().sum();
    if std::env::var_os("IMAGEGATE_STATS").is_some() {
        for (action, count) in &actions {
            println!("{action:28} {:5.1} %", share(*count, questions));
        }
        for (outcome, count) in &outcomes {
            println!("policy {outcome:21} {:5.1} %", share(*count, policies));
        }
        println!("{:36} {:>9} {:>9} {:>9}", "", "true", "false", "unknown");
        for (clause, [yes, no, unknown]) in truth::tallied() {
            println!("{clause:36} {yes:9} {no:9} {unknown:9}");
        }
    }
    for action in ["intercept", "alarm", "allow", "image_mismatch"] {
        let share = share(actions.get(action).copied().unwrap_or_default(), questions);
        assert!(share >= 10.0, "only {share:.1} % of the answers are {action}");
    }
}

fn share(count: u64, of: u64) -> f64 {
    100.0 * count as f64 / of as f64
}

/// `IMAGEGATE_CASES` and `IMAGEGATE_SEED` say how many cases and which.
#[test]
fn the_engine_agrees_with_the_reference() {
    for case in cases() {
        let case = comparison::document(&case);
        let by_engine = comparison::by_engine(&case);
        let by_engine = by_engine.unwrap_or_else(|error| panic!("an invalid document: {error}\n{case:#}"));
        if by_engine != comparison::by_reference(&case) {
            let case = comparison::smallest(case);
            panic!(
                "{case:#}\nthe engine says {:#}\nthe reference says {:#}",
                Value::Array(comparison::by_engine(&case).unwrap()),
                Value::Array(comparison::by_reference(&case))
            );
        }
    }
}
