//! The clauses of an unscanned policy.

use super::time::{self, Instant};
use super::truth::{Truth, tally};
use super::values::{policy_field, policy_strings, text};
use serde_json::Value;

/// The state of the scan; what is not said is not scanned.
pub fn state(profile: Option<&Value>) -> &str {
    profile.and_then(|profile| text(profile, &["scan", "state"])).unwrap_or("not_scanned")
}

/// The clauses that hold, in their order, each with whether it holds only because the date is unknown.
pub fn held_clauses(criteria: &Value, profile: Option<&Value>, now: Instant) -> Vec<(&'static str, bool)> {
    let mut held = Vec::new();
    let states = policy_strings(criteria, "states");
    if !states.is_empty()
        && tally("unscanned", "states", states.contains(&state(profile)).into()) == Truth::True
    {
        held.push(("states", false));
    }
    for (clause, date) in [("max_scan_age_days", "scanned_at"), ("max_feed_age_days", "feed_updated_at")] {
        let Some(days) = policy_field(criteria, clause) else {
            continue;
        };
        let date = profile.and_then(|profile| text(profile, &["scan", date]));
        let truth = match date {
            Some(date) => (now > time::parse(date).plus_days(days.as_f64().unwrap() as i64)).into(),
            None => Truth::Unknown,
        };
        match tally("unscanned", clause, truth) {
            Truth::True => held.push((clause, false)),
            Truth::False => {}
            Truth::Unknown => {
                let turned_off = policy_field(criteria, "unknown")
                    .and_then(|unknown| policy_field(unknown, clause))
                    .is_some_and(|word| word == "no_match");
                if !turned_off {
                    held.push((clause, true));
                }
            }
        }
    }
    held
}
