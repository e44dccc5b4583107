//! What became of one policy.

use super::evidence::{Evidence, evidence};
use super::findings::Profile;
use super::names::Image;
use super::scope::failed_part;
use super::status::status;
use super::time::Instant;
use super::values::policy_field;
use serde_json::Value;

/// What became of one policy: `outcome` is the action of a hit, or the first reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub policy_id: String,
    pub outcome: String,
    /// The part of the scope that failed.
    pub part: Option<String>,
}

/// What one policy says about a launch.
pub struct Judged {
    pub explained: Explained,
    pub status: &'static str,
    pub intercepts_from: Option<Instant>,
    /// Empty unless the policy hits.
    pub evidence: Vec<Evidence>,
}

pub fn judge(
    policies: &Value,
    policy: &Value,
    profile: &Profile<'_>,
    image: &Image,
    launch: &Value,
    now: Instant,
) -> Judged {
    let delay =
        policy_field(policies, "activation_delay_seconds").map_or(0, |delay| delay.as_f64().unwrap() as i64);
    let (status, intercepts_from) = status(policy, delay, now);
    // What is not asked cannot play a part: a policy whose time has not come, or that does not cover the launch.
    let asked = !matches!(status, "disabled" | "pending");
    let part = if asked { failed_part(policy, image, launch) } else { None };
    let found = if asked && part.is_none() {
        evidence(policies, policy, profile, image, launch, now)
    } else {
        Vec::new()
    };
    let hit = found.iter().any(|category| category.total > category.excused);
    let outcome = match status {
        "disabled" | "pending" => status,
        _ if part.is_some() => "out_of_scope",
        _ if found.is_empty() => "no_finding",
        _ if !hit => "excused",
        "effective" => "intercept",
        _ => "alarm",
    };
    let is_hit = matches!(outcome, "intercept" | "alarm");
    Judged {
        explained: Explained {
            policy_id: policy["id"].as_str().unwrap().to_owned(),
            outcome: outcome.to_owned(),
            part: part.map(str::to_owned),
        },
        status,
        intercepts_from,
        evidence: if is_hit { found } else { Vec::new() },
    }
}
