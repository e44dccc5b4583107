//! The aggregation key.

use super::names::Image;
use super::time::{self, Instant};
use super::values::policy_field;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub fn aggregation_key(
    policies: &Value,
    image: &Image,
    now: Instant,
    action: &str,
    event_type: &str,
    policy_id: &str,
) -> String {
    let offset = policy_field(policies, "day_utc_offset")
        .map_or(0, |offset| time::parse_offset(offset.as_str().unwrap()));
    let day = time::day(now, offset);
    let lines = ["imagegate/1", &day, action, event_type, policy_id, &image_line(image)].join("\n");
    let hash = Sha256::digest(lines.as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn image_line(image: &Image) -> String {
    let name = image
        .launch_reference
        .as_ref()
        .map(|name| format!("{}:{}", name.repository, name.tag.as_deref().unwrap_or_default()));
    [
        image.launch_id.clone(),
        image.profile_id.clone(),
        image.launch_digest.clone(),
        image.reference_digest(),
        image.profile_digests.iter().min().cloned(),
        name,
    ]
    .into_iter()
    .flatten()
    .next()
    .unwrap()
}
