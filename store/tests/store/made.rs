//! Records made by deciding launches.

use imagegate::*;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// 2026-11-24T06:00:00Z
pub(super) const NOW: i64 = 1_795_500_000;
pub(super) const DAY: i64 = 86_400;

pub(super) fn policies() -> PolicySet {
    let policy = |id: &str, name: &str, kind: &str, mode: &str, criteria: serde_json::Value| {
        json!({"id": id, "name": name, "type": kind, "enabled": true, "enabled_at": "2020-01-01T00:00:00Z",
               "enforcement": {"mode": mode}, "scope": {"images": "all"}, "criteria": criteria})
    };
    let document = json!({"version": 1, "day_utc_offset": "+08:00", "policies": [
        policy("privileged", "Privileged 100% of_the Zeit", "privileged", "immediate", json!({"privileges": ["privileged"]})),
        policy("unscanned", "Nobody \"scanned\" 'it' ÄÖ", "unscanned", "alarm", json!({"states": ["not_scanned"]})),
    ]});
    PolicySet::parse(document.to_string().as_bytes()).unwrap()
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds, 0).unwrap()
}

/// What is varied between launches.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    pub(super) image: u16,
    /// Of an image with an id, which is the same whatever the tag.
    pub(super) tag: u8,
    pub(super) node: Option<u8>,
    /// Of the same node.
    pub(super) address: u8,
    /// From [`NOW`].
    pub(super) seconds: i64,
    pub(super) occurrence: u32,
    pub(super) is_privileged: bool,
    pub(super) mode: EventMode,
}

fn tag(tag: u8) -> String {
    if tag == 0 { String::new() } else { format!(".{tag}") }
}

pub(super) fn launch(start: &Start) -> Launch {
    let node = match start.node {
        Some(node) => {
            json!({"name": format!("Node-{node}"), "internal_ip": format!("10.0.{node}.{}", start.address),
                   "public_ip": format!("203.0.113.{node}"), "cluster": "prod"})
        }
        None => json!({}),
    };
    let image = match start.image % 3 {
        0 => json!({"reference": format!("registry.example.com/Shop/app{}:1{}", start.image, tag(start.tag)),
                    "id": format!("sha256:{:064x}", start.image)}),
        1 => json!({"reference": format!("nginx:{}", start.image)}),
        _ => json!({"digest": format!("sha256:{:064x}", start.image)}),
    };
    let document = json!({
        "version": 1, "image": image,
        "container": {"name": "main", "command": ["serve", "--password", "hunter2"]},
        "privileges": if start.is_privileged { vec!["privileged"] } else { vec![] },
        "node": node,
        "pod": {"namespace": "shop", "name": format!("app-{}", start.occurrence)}
    });
    Launch::parse(document.to_string().as_bytes()).unwrap()
}

pub(super) fn records(start: &Start) -> Vec<EventRecord> {
    static ASSESSMENT: LazyLock<Assessment> = LazyLock::new(|| policies().assess_unscanned());
    let decision = ASSESSMENT.decide(&launch(start), at(NOW + start.seconds)).unwrap();
    EventRecord::of(&decision, &RecordContext { mode: start.mode, ..RecordContext::default() })
}

prop_compose! {
    pub(super) fn any_start()(
        image in 0_u16..7,
        tag in 0_u8..3,
        node in prop::option::weighted(0.9, 0_u8..4),
        address in 0_u8..2,
        seconds in prop_oneof![
            -3_i64..3,
            // Midnights of the policy set's offset, for some days.
            (0_i64..9, -2_i64..2).prop_map(|(day, second)| 36_000 - day * DAY + second),
        ],
        occurrence in 0_u32..3,
        is_privileged: bool,
        mode in prop_oneof![4 => Just(EventMode::Enforced), 1 => Just(EventMode::BreakGlass)],
    ) -> Start {
        Start { image, tag, node, address, seconds, occurrence, is_privileged, mode }
    }
}

/// What comes of all starts, in the order of the starts.
pub(super) fn all(starts: &[Start]) -> Vec<EventRecord> {
    starts.iter().flat_map(records).collect()
}

pub(super) fn fold(records: &[EventRecord]) -> EventFold {
    let mut fold = EventFold::new();
    for record in records {
        fold.add(record);
    }
    fold
}
