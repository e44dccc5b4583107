//! Records made by deciding launches.

use imagegate::*;
use serde_json::json;
use std::sync::LazyLock;

/// Three policies, of which each hits every image that nobody scanned and that starts privileged.
pub(super) fn policies(offset: &str) -> PolicySet {
    let policy = |id: &str, name: &str, kind: &str, mode: &str, criteria: serde_json::Value| {
        json!({"id": id, "name": name, "type": kind, "enabled": true, "enabled_at": "2020-01-01T00:00:00Z",
               "enforcement": {"mode": mode}, "scope": {"images": "all"}, "criteria": criteria})
    };
    let document = json!({"version": 1, "day_utc_offset": offset, "policies": [
        policy("privileged", "Privileged 100% of_the time", "privileged", "immediate", json!({"privileges": ["privileged"]})),
        policy("unscanned", "Nobody \"scanned\" it", "unscanned", "alarm", json!({"states": ["not_scanned"]})),
    ]});
    PolicySet::parse(document.to_string().as_bytes()).unwrap()
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds, 0).unwrap()
}

pub(super) fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// What is varied between launches.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    pub(super) image: u8,
    pub(super) node: u8,
    /// Of the same node.
    pub(super) address: u8,
    pub(super) seconds: i64,
    pub(super) occurrence: u8,
    pub(super) is_privileged: bool,
    pub(super) mode: EventMode,
}

pub(super) fn launch(start: &Start) -> Launch {
    let document = json!({
        "version": 1,
        "image": {"reference": format!("registry.example.com/Shop/app{}:1", start.image)},
        "container": {"name": "main", "command": ["serve", "--password", "hunter2"]},
        "privileges": if start.is_privileged { vec!["privileged"] } else { vec![] },
        "node": {"name": format!("Node-{}", start.node), "internal_ip": format!("10.0.{}.{}", start.node, start.address),
                 "public_ip": format!("203.0.113.{}", start.node), "cluster": "prod"},
        "pod": {"namespace": "shop", "name": format!("app-{}", start.occurrence)}
    });
    Launch::parse(document.to_string().as_bytes()).unwrap()
}

pub(super) fn records(start: &Start) -> Vec<EventRecord> {
    let now = at(1_764_000_000 + start.seconds);
    static ASSESSMENT: LazyLock<Assessment> = LazyLock::new(|| policies("+08:00").assess_unscanned());
    let decision = ASSESSMENT.decide(&launch(start), now).unwrap();
    let context = RecordContext {
        occurrence: (start.occurrence > 0).then(|| start.occurrence.to_string()),
        mode: start.mode,
        ..RecordContext::default()
    };
    EventRecord::of(&decision, &context)
}
