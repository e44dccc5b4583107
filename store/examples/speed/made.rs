//! Records of a fleet: images, nodes and half a year.

use imagegate::*;
use std::sync::LazyLock;

/// 2026-11-24T06:00:00Z
pub const NOW: i64 = 1_795_500_000;

pub fn now() -> Timestamp {
    Timestamp::from_unix(NOW, 0).unwrap()
}

fn policies(id: &str, name: &str, mode: &str) -> Assessment {
    let document = format!(
        r#"{{"version": 1, "policies": [{{"id": "{id}", "name": "{name}", "type": "unscanned", "enabled": true,
           "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {{"mode": "{mode}"}}, "scope": {{"images": "all"}},
           "criteria": {{"states": ["not_scanned"]}}}}]}}"#
    );
    PolicySet::parse(document.as_bytes()).unwrap().assess_unscanned()
}

/// A record of the key `key`; `occurrence` tells those of one key apart.
pub fn record(key: u32, occurrence: u32) -> EventRecord {
    static ALARM: LazyLock<Assessment> =
        LazyLock::new(|| policies("unscanned", "Images nobody has scanned", "alarm"));
    static INTERCEPT: LazyLock<Assessment> =
        LazyLock::new(|| policies("strict", "Nothing unscanned in production", "immediate"));
    let assessment = if key.is_multiple_of(5) { &INTERCEPT } else { &ALARM };
    // A node has 40 of the images.
    let node = (key / 40 + occurrence) % 2_500;
    let launch = Launch::new(LaunchDocument {
        image: LaunchImage {
            reference: Some(format!("registry.example.com/team-{}/app-{key}:1.{}", key % 50, key % 7)),
            id: Some(format!(
                "sha256:{:032x}{:032x}",
                u128::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
                key
            )),
            ..LaunchImage::default()
        },
        container: Container {
            name: Some("main".to_owned()),
            command: vec!["/app/serve".to_owned(), "--port".to_owned(), "8080".to_owned()],
            ..Container::default()
        },
        node: Node {
            name: Some(format!("node-{node}")),
            internal_ip: Some(format!("10.{}.{}.{}", node / 250, node % 250, 7)),
            public_ip: Some(format!("203.0.{}.{}", node / 250, node % 250)),
            cluster: Some("prod".to_owned()),
        },
        pod: Pod { namespace: Some("shop".to_owned()), name: Some(format!("app-{key}-{occurrence}")) },
        ..LaunchDocument::default()
    });
    // A key has its day; its records are spread over some hours of it.
    let seconds =
        NOW - i64::from(key % 170) * 86_400 - i64::from((key / 170) % 3_600) - i64::from(occurrence);
    let decision = assessment.decide(&launch.unwrap(), Timestamp::from_unix(seconds, 0).unwrap()).unwrap();
    EventRecord::of(&decision, &RecordContext::default()).remove(0)
}
