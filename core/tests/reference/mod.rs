//! An evaluator written from the contract alone: slow and obvious, sharing nothing with the engine. It works on
//! JSON documents that are known to be valid.

pub mod answers;
pub mod comparison;
#[cfg(test)]
mod contract;
mod evidence;
mod exceptions;
mod explain;
mod findings;
pub mod generator;
mod globs;
mod key;
mod mismatch;
pub mod names;
mod packages;
mod privileges;
mod scope;
mod status;
pub mod time;
pub mod truth;
mod unscanned;
mod values;

pub use evidence::{Evidence, Finding};
pub use exceptions::Excuse;
pub use explain::Explained;
pub use findings::Profile;

use names::Image;
use serde_json::Value;

/// The answer for one launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// `intercept`, `alarm` or `allow`.
    pub action: &'static str,
    pub aggregation_key: Option<String>,
    pub events: Vec<Event>,
    /// One per policy, in the order of the document.
    pub explain: Vec<Explained>,
}

/// The record of one hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub key: String,
    pub event_type: &'static str,
    pub action: &'static str,
    pub policy_id: String,
    pub status: &'static str,
    pub intercepts_from: Option<String>,
    pub evidence: Vec<Evidence>,
}

/// Decides. The error is `image_mismatch`.
pub fn decide(
    policies: &Value,
    profile: &Profile<'_>,
    launch: &Value,
    now: &str,
) -> Result<Outcome, &'static str> {
    let now = time::parse(now);
    let image = Image::new(launch, profile.document);
    if mismatch::mismatch(&image, profile.document) {
        return Err("image_mismatch");
    }
    let mut events = Vec::new();
    let mut explained = Vec::new();
    for policy in values::policy_list(policies, "policies") {
        let judged = explain::judge(policies, policy, profile, &image, launch, now);
        if !judged.evidence.is_empty() {
            let action = if judged.status == "effective" { "intercept" } else { "alarm" };
            let event_type = match policy["type"].as_str().unwrap() {
                "risk" => "risky_image",
                "privileged" => "privileged_image",
                _ => "unscanned_image",
            };
            let policy_id = judged.explained.policy_id.clone();
            events.push(Event {
                key: key::aggregation_key(policies, &image, now, action, event_type, &policy_id),
                event_type,
                action,
                policy_id,
                status: judged.status,
                intercepts_from: judged.intercepts_from.map(time::format),
                evidence: judged.evidence,
            });
        }
        explained.push(judged.explained);
    }
    // A stable sort: what is equal here stays in the order of the document.
    events.sort_by_key(|event| {
        let action = ["intercept", "alarm"].iter().position(|action| *action == event.action);
        let types = ["risky_image", "privileged_image", "unscanned_image"];
        (action, types.iter().position(|event_type| *event_type == event.event_type))
    });
    Ok(Outcome {
        action: events.first().map_or("allow", |event| event.action),
        aggregation_key: events.first().map(|event| event.key.clone()),
        events,
        explain: explained,
    })
}
