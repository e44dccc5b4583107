//! What must hold between two decisions, whatever the documents: laws on generated cases.
//!
//! The reference says what one decision must be; these say how a change of the documents may change it, and need no
//! second evaluator. `IMAGEGATE_LAW_CASES` says for how many pairs of policy set and profile, `IMAGEGATE_SEED` which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod adding;
mod documents;
mod order;
#[path = "../reference/mod.rs"]
#[allow(dead_code, reason = "the generator and the form of answers are what is needed of it")]
mod reference;
mod same;
mod without_effect;

use reference::generator::{Case, Random, case};
use reference::{Outcome, answers};
use serde_json::Value;

type Answer = Result<Outcome, String>;

/// Generated cases, each with a source of choices.
fn cases() -> impl Iterator<Item = (Case, Random)> {
    let from_environment =
        |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let first = from_environment("IMAGEGATE_SEED", 1).wrapping_mul(1_000_000_007);
    let count = from_environment("IMAGEGATE_LAW_CASES", 150);
    (0..count).map(move |number| {
        let seed = first.wrapping_add(number);
        (case(seed), Random::new(!seed))
    })
}

/// What the engine answers to the questions of a case; `None` if a changed document is not valid.
fn asked(case: &Case) -> Option<Vec<Answer>> {
    answers::by_engine(case).ok()
}

/// A list of a document, which may be absent or null.
fn list(object: &Value, name: &str) -> Vec<Value> {
    object.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// 0 allows, 1 alarms, 2 intercepts.
fn strictness(outcome: &Outcome) -> usize {
    ["allow", "alarm", "intercept"].iter().position(|action| *action == outcome.action).unwrap()
}

/// Pairs of answers where both are decisions. A mismatch stays one: no law here changes what an image is.
fn decisions<'a>(
    before: &'a [Answer],
    after: &'a [Answer],
) -> impl Iterator<Item = (&'a Outcome, &'a Outcome)> {
    assert_eq!(before.len(), after.len());
    before.iter().zip(after).filter_map(|(before, after)| match (before, after) {
        (Ok(before), Ok(after)) => Some((before, after)),
        (Err(before), Err(after)) => {
            assert_eq!(before, after);
            None
        }
        _ => panic!("{before:?} became {after:?}"),
    })
}
