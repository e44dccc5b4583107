//! The aggregation key, which any database or language can recompute.

use super::{Action, EventType};
use sha2::{Digest, Sha256};

/// The first 16 bytes of SHA-256 over six lines, in lower-case hex.
pub(crate) fn aggregation_key(
    day: &str,
    action: Action,
    event_type: EventType,
    policy_id: &str,
    image: &str,
) -> String {
    let mut hasher = Sha256::new();
    for (number, line) in
        ["imagegate/1", day, action.as_str(), event_type.as_str(), policy_id, image].into_iter().enumerate()
    {
        if number > 0 {
            hasher.update(b"\n");
        }
        hasher.update(line.as_bytes());
    }
    let mut key = crate::hex::lower(&hasher.finalize());
    key.truncate(32);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_s_example() {
        let image = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
        let key =
            |action, event_type, policy| aggregation_key("2026-11-24", action, event_type, policy, image);
        assert_eq!(
            key(Action::Intercept, EventType::PrivilegedImage, "privileged"),
            "3e67de3a980d29302a8307756e4ae596"
        );
        assert_eq!(
            key(Action::Alarm, EventType::RiskyImage, "fixable-critical"),
            "6d95e4baab028e671255047334a7455d"
        );
    }
}
