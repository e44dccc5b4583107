//! The status of a policy at an instant.

use super::time::{self, Instant};
use super::values::policy_field;
use serde_json::Value;

/// The status, and from when on the policy blocks.
pub fn status(
    policy: &Value,
    activation_delay_seconds: i64,
    now: Instant,
) -> (&'static str, Option<Instant>) {
    if policy["enabled"] == false {
        return ("disabled", None);
    }
    let enabled_at = time::parse(policy_field(policy, "enabled_at").unwrap().as_str().unwrap());
    let active = enabled_at.plus_seconds(activation_delay_seconds);
    let enforcement = &policy["enforcement"];
    let blocks = match enforcement["mode"].as_str().unwrap() {
        "immediate" => Some(active),
        "observe" => Some(active.plus_days(enforcement["days"].as_f64().unwrap() as i64)),
        _ => None,
    };
    let status = if now < active {
        "pending"
    } else if blocks.is_some_and(|blocks| now >= blocks) {
        "effective"
    } else {
        "observing"
    };
    (status, blocks)
}

#[test]
fn at_the_boundaries() {
    let policy = serde_json::json!({
        "enabled": true, "enabled_at": "2026-01-01T00:00:00Z", "enforcement": {"mode": "observe", "days": 1}
    });
    let at = |now| status(&policy, 60, time::parse(now)).0;
    assert_eq!(at("2026-01-01T00:00:59.999999999Z"), "pending");
    assert_eq!(at("2026-01-01T00:01:00Z"), "observing");
    assert_eq!(at("2026-01-02T00:00:59.999999999Z"), "observing");
    assert_eq!(at("2026-01-02T00:01:00Z"), "effective");
}
