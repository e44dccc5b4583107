//! `decide --events` and `events`: figures equal a count of what was decided.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod common;

use common::{NOW, imagegate, json};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

/// One event of one decision, as the decision says it.
struct Raw {
    event: Value,
    decided_at: String,
    day: String,
    image: Value,
    node: Value,
}

/// A hundred decisions on mixed launches, recorded, and what they said.
fn hundred(folder: &TempDir) -> Vec<Raw> {
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let policy = |id: &str, name: &str, kind: &str, mode: &str, scope: Value, criteria: Value| {
        json!({"id": id, "name": name, "type": kind, "enabled": true, "enabled_at": "2020-01-01T00:00:00Z",
               "enforcement": {"mode": mode}, "scope": scope, "criteria": criteria})
    };
    let policies = json!({"version": 1, "day_utc_offset": "+08:00", "policies": [
        policy("fixable", "Fixable_100%", "risk", "immediate", json!({"images": "all"}),
               json!({"vulnerabilities": {"severities": ["critical"]}})),
        policy("privileged", "Privileged start", "privileged", "immediate", json!({"images": "all"}),
               json!({"privileges": ["privileged"]})),
        policy("unscanned", "Nobody scanned it", "unscanned", "alarm", json!({"images": "all", "exclude": {"names": ["**/trusted:*"]}}),
               json!({"states": ["not_scanned"]})),
    ]});
    fs::write(path("policies.json"), policies.to_string()).unwrap();
    let mut raw = Vec::new();
    for number in 0..100_u32 {
        let image = match number % 5 {
            0 => {
                json!({"reference": "registry.example.com/shop/cart:1.4.2", "id": format!("sha256:{:064x}", 1)})
            }
            1 => json!({"reference": "nginx:1.27"}),
            2 => json!({"reference": "ghcr.io/Team/API:2", "id": format!("sha256:{:064x}", 2)}),
            3 => json!({"reference": "registry.example.com/trusted:1"}),
            _ => json!({"digest": format!("sha256:{:064x}", 3)}),
        };
        let node = number % 3;
        let node = json!({"name": format!("node-{node}"), "internal_ip": format!("10.0.0.{node}"),
                          "public_ip": format!("203.0.113.{node}")});
        let launch = json!({"version": 1, "image": image, "node": node,
            "container": {"name": "c", "command": ["run", "--token", "hunter2"], "environment": ["TOKEN"]},
            "pod": {"namespace": "shop", "name": format!("pod-{number}")},
            "privileges": if number % 4 == 0 { vec!["privileged"] } else { vec![] }});
        fs::write(path("launch.json"), launch.to_string()).unwrap();
        let profile = json!({"version": 1, "image": {"id": format!("sha256:{:064x}", 1)}, "scan": {"state": "complete"},
            "vulnerabilities": [{"id": "CVE-1-1", "severity": "critical", "package": {"name": "zlib", "version": "1"}}]});
        fs::write(path("profile.json"), profile.to_string()).unwrap();
        // Nine days, up to this one.
        let (day, hour) = (16 + number % 9, number % 16);
        let now = format!("2026-11-{day:02}T{hour:02}:00:00Z");
        let scanned =
            if number % 5 == 0 { format!("--profile {}", path("profile.json")) } else { String::new() };
        let ran = imagegate(&format!(
            "decide --policies {} {scanned} --launch {} --now {now} --format json --events {}",
            path("policies.json"),
            path("launch.json"),
            path("events.db")
        ));
        assert_eq!(ran.stderr, "");
        let decision = json(&ran.stdout);
        for event in decision["events"].as_array().unwrap() {
            raw.push(Raw {
                event: event.clone(),
                decided_at: now.clone(),
                // Until 16:00 UTC it is the same day in +08:00.
                day: format!("2026-11-{day:02}"),
                image: decision["image"].clone(),
                node: decision["launch"]["node"].clone(),
            });
        }
    }
    raw
}

/// Counts by key of what `select` selects, by rows: a row is selected if one of its records is.
fn recount(raw: &[Raw], select: impl Fn(&Raw) -> bool) -> BTreeMap<String, u64> {
    let key = |one: &Raw| one.event["aggregation_key"].as_str().unwrap().to_owned();
    let selected: Vec<String> = raw.iter().filter(|one| select(one)).map(key).collect();
    let mut counts = BTreeMap::new();
    for one in raw.iter().filter(|one| selected.contains(&key(one))) {
        *counts.entry(key(one)).or_default() += 1;
    }
    counts
}

fn listed(db: &str, options: &str) -> BTreeMap<String, u64> {
    let ran = imagegate(&format!("events list --db {db} {NOW} --format json --limit 1000 --total {options}"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{options}");
    let page = json(&ran.stdout);
    let rows = page["events"].as_array().unwrap();
    assert_eq!(page["total"].as_u64(), Some(rows.len() as u64));
    rows.iter()
        .map(|row| (row["aggregation_key"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap()))
        .collect()
}

#[test]
fn figures_equal_a_recount_of_a_hundred_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let raw = hundred(&folder);
    let db = folder.path().join("events.db").to_string_lossy().into_owned();
    let contains =
        |value: &Value, text: &str| value.as_str().is_some_and(|value| value.to_lowercase().contains(text));
    assert!(raw.len() > 80 && recount(&raw, |_| true).len() > 30, "{} events", raw.len());

    let policies = folder.path().join("policies.json").to_string_lossy().into_owned();
    let ran = imagegate(&format!("events overview --db {db} --policies {policies} {NOW} --format json"));
    let overview = json(&ran.stdout);
    let count = |select: &dyn Fn(&Raw) -> bool| raw.iter().filter(|one| select(one)).count() as u64;
    let by_action = |day: Option<&str>, action: &str| {
        count(&|one: &Raw| day.is_none_or(|day| day == one.day) && one.event["action"] == action)
    };
    let figures =
        |value: &Value| (value["intercepted"].as_u64().unwrap(), value["alarmed"].as_u64().unwrap());
    let recounted = |day: Option<&str>| (by_action(day, "intercept"), by_action(day, "alarm"));
    assert_eq!(figures(&overview["events"]["total"]), recounted(None));
    assert_eq!(figures(&overview["events"]["today"]), recounted(Some("2026-11-24")));
    let series = overview["events"]["series"].as_array().unwrap();
    assert_eq!(series.len(), 7);
    for (day, number) in series.iter().zip(18..) {
        let name = format!("2026-11-{number}");
        assert_eq!((day["day"].as_str().unwrap(), figures(day)), (name.as_str(), recounted(Some(&name))));
    }
    assert_eq!(overview["policies"]["enabled"], 3);

    assert_eq!(listed(&db, ""), recount(&raw, |_| true));
    for action in ["intercept", "alarm"] {
        assert_eq!(
            listed(&db, &format!("--action {action}")),
            recount(&raw, |one| one.event["action"] == action)
        );
    }
    for kind in ["risky_image", "privileged_image", "unscanned_image"] {
        let expected = recount(&raw, |one| one.event["event_type"] == kind);
        assert!(!expected.is_empty());
        assert_eq!(listed(&db, &format!("--type {kind}")), expected);
    }
    assert_eq!(listed(&db, "--mode break_glass"), BTreeMap::new());
    assert_eq!(listed(&db, "--mode enforced"), recount(&raw, |_| true));
    let latest = |one: &Raw| {
        raw.iter()
            .filter(|other| other.event["aggregation_key"] == one.event["aggregation_key"])
            .map(|other| other.decided_at.clone())
            .max()
            .unwrap()
    };
    assert_eq!(
        listed(&db, "--from 2026-11-20T00:00:00Z --until 2026-11-22T05:00:00Z"),
        recount(&raw, |one| ("2026-11-20T00:00:00Z".."2026-11-22T05:00:00Z").contains(&latest(one).as_str()))
    );
    let in_policy = |one: &Raw, text: &str| {
        contains(&one.event["policy"]["id"], text) || contains(&one.event["policy"]["name"], text)
    };
    let in_image_id =
        |one: &Raw, text: &str| contains(&one.image["id"], text) || contains(&one.image["digest"], text);
    for text in ["fixable", "fixable_100%", "_", "%", "start", "nothing"] {
        assert_eq!(
            listed(&db, &format!("--policy {text}")),
            recount(&raw, |one| in_policy(one, text)),
            "{text}"
        );
    }
    for text in ["cart", "API", "docker.io/library", "shop/*"] {
        let folded = text.to_lowercase();
        assert_eq!(
            listed(&db, &format!("--image-name {text}")),
            recount(&raw, |one| contains(&one.image["name"], &folded)),
            "{text}"
        );
    }
    for text in ["0003", "sha256:00", "2"] {
        assert_eq!(
            listed(&db, &format!("--image-id {text}")),
            recount(&raw, |one| in_image_id(one, text)),
            "{text}"
        );
    }
    for (option, member, text) in [
        ("--node", "name", "node-1"),
        ("--internal-ip", "internal_ip", "10.0.0.2"),
        ("--public-ip", "public_ip", "113.0"),
    ] {
        let expected = recount(&raw, |one| contains(&one.node[member], text));
        assert!(!expected.is_empty());
        assert_eq!(listed(&db, &format!("{option} {text}")), expected, "{option}");
    }
    for text in ["0.113.1", "cart", "privileged", "0003"] {
        let expected = recount(&raw, |one| {
            in_policy(one, text)
                || in_image_id(one, text)
                || contains(&one.image["name"], text)
                || ["name", "internal_ip", "public_ip"]
                    .iter()
                    .any(|member| contains(&one.node[*member], text))
        });
        assert_eq!(listed(&db, &format!("--search {text}")), expected, "{text}");
    }

    for (key, count) in recount(&raw, |_| true) {
        let mine: Vec<&Raw> = raw.iter().filter(|one| one.event["aggregation_key"] == key.as_str()).collect();
        let shown = json(&imagegate(&format!("events show --db {db} {key} {NOW} --format json")).stdout);
        assert_eq!(shown["count"].as_u64(), Some(count));
        let times = mine.iter().map(|one| one.decided_at.as_str());
        assert_eq!(
            (shown["first_at"].as_str(), shown["latest_at"].as_str()),
            (times.clone().min(), times.max())
        );
        let nodes: std::collections::BTreeSet<String> =
            mine.iter().map(|one| one.node["name"].to_string()).collect();
        let of_shown = shown["nodes"].as_array().unwrap().iter().map(|node| node["name"].to_string());
        assert_eq!(of_shown.collect::<std::collections::BTreeSet<_>>(), nodes);
        assert_eq!(shown["policy"], mine[0].event["policy"]);
        let text = imagegate(&format!("events show --db {db} {key} {NOW}")).stdout;
        assert!(text.contains(&key) && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn tables_and_a_chart_for_people() {
    let folder = tempfile::tempdir().unwrap();
    hundred(&folder);
    let db = folder.path().join("events.db").to_string_lossy().into_owned();
    let overview = imagegate(&format!("events overview --db {db} {NOW}"));
    assert!(overview.stdout.starts_with("Today 2026-11-24  "), "{}", overview.stdout);
    assert!(
        overview.stdout.contains("2026-11-24 ")
            && overview.stdout.contains('█')
            && overview.stdout.contains('▒')
    );
    let list = imagegate(&format!("events list --db {db} {NOW} --limit 3 --sort count --total"));
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{}", list.stdout);
    assert!(lines[0].starts_with("LATEST") && lines[4].contains("in all, more: --after "));
    let after = lines[4].rsplit(' ').next().unwrap();
    let next = imagegate(&format!("events list --db {db} {NOW} --limit 3 --sort count --after {after}"));
    assert!(next.code == 0 && !next.stdout.contains(lines[3]));
}

#[test]
fn a_store_that_fails_changes_no_verdict_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(path("notes.txt"), "no database ".repeat(100)).unwrap();
    let decide = |options: &str, launch: &str| {
        imagegate(&format!(
            "decide --policies {{}}/policies.json {NOW} --launch {{}}/{launch}.json {options}"
        ))
    };
    for launch in ["launch", "quiet"] {
        let (without, with) =
            (decide("", launch), decide(&format!("--events {}", path("notes.txt")), launch));
        assert_eq!((with.code, &with.stdout), (without.code, &without.stdout));
        assert!(with.stderr.starts_with("error: events were not recorded: "), "{}", with.stderr);
        assert_eq!(with.stderr.lines().count(), 1);
    }
    // Nothing is lost: the records are kept, and imported once the store is there.
    let spool = path("missed.ndjson");
    let ran = decide(&format!("--events {} --events-spool {spool}", path("notes.txt")), "launch");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("are kept in"), "{}", ran.stderr);
    let import = format!("events import {spool} --db {}", path("events.db"));
    let events = decide("--format json", "launch").stdout;
    let number = json(&events)["events"].as_array().unwrap().len();
    assert!(imagegate(&import).stdout.contains(&format!("records: {number} added, 0 known")));
    assert!(imagegate(&import).stdout.contains(&format!("records: 0 added, {number} known")));
}

#[test]
fn an_allowed_launch_opens_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("events.db");
    let ran = imagegate(&format!(
        "decide --policies {{}}/none.json {NOW} --launch {{}}/launch.json --events {}",
        db.display()
    ));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(!db.exists());
}

#[test]
fn shipping_goes_on_from_its_cursor_and_purging_deletes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let rows = recount(&hundred(&folder), |_| true).len();
    let db = path("events.db");
    let ship =
        format!("events ship --db {db} --cursor-file {} --output {}", path("cursor"), path("out.ndjson"));
    assert_eq!(imagegate(&ship).stderr, format!("{rows} events shipped\n"));
    assert_eq!(imagegate(&ship).stderr, "0 events shipped\n");
    assert_eq!(fs::read_to_string(path("out.ndjson")).unwrap().lines().count(), rows);
    let ocsf = imagegate(&format!("events ship --db {db} --form ocsf"));
    assert_eq!(ocsf.stdout.lines().count(), rows);
    assert!(
        ocsf.stdout.lines().all(|line| json(line)["class_uid"] == 2004) && ocsf.stderr.contains("--after ")
    );
    // Into another store, and there the same.
    let other = path("other.db");
    imagegate(&format!("events import {} --db {other}", path("out.ndjson")));
    assert_eq!(listed(&other, ""), listed(&db, ""));
    let ran = imagegate(&format!(
        "events purge --db {db} --now 2027-06-30T00:00:00Z --ship-to {}",
        path("old.ndjson")
    ));
    assert!(ran.stdout.contains(&format!("{rows} events and ")), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(path("old.ndjson")).unwrap().lines().count(), rows);
    assert_eq!(listed(&db, ""), BTreeMap::new());
}

#[test]
fn a_purge_that_is_not_due_ships_nothing_and_what_is_too_old_then_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let rows = recount(&hundred(&folder), |_| true).len();
    let (db, old) = (path("events.db"), path("old.ndjson"));
    let purge =
        |now: &str| imagegate(&format!("events purge --db {db} --now {now} --if-due --ship-to {old}")).stdout;
    assert!(purge("2026-11-25T00:00:00Z").starts_with("0 expired events shipped"));
    // Half a year later, but the last time is not a day ago.
    let shipped = purge("2027-06-30T00:00:00Z");
    assert!(shipped.starts_with(&format!("{rows} expired events shipped")), "{shipped}");
    let decide = format!(
        "decide --policies {{}}/policies.json {NOW} --launch {{}}/launch.json --events {db} --events-spool {}",
        path("spool")
    );
    let ran = imagegate(&decide);
    assert!(ran.stderr.starts_with("error: events were not recorded: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("older than what the store has purged"), "{}", ran.stderr);
    assert_eq!((ran.code, ran.stderr.lines().count()), (1, 1));
    assert!(!folder.path().join("spool").exists());
    assert_eq!(purge("2027-06-30T12:00:00Z"), "not due\n");
    assert_eq!(fs::read_to_string(&old).unwrap().lines().count(), rows);
}

#[test]
fn mistakes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    for command in ["list", "overview", "purge", "ship"] {
        let ran = imagegate(&format!("events {command} --db {}", path("misspelt.db")));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command}");
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let ran = imagegate("events show --db x.db nonsense");
    assert!(ran.code == 2 && ran.stderr.contains("aggregation key"), "{}", ran.stderr);
}
