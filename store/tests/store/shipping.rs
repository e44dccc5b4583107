//! Rows leave a store, come again when they change, and enter another.

use crate::database::databases;
use crate::made::*;
use imagegate::*;
use imagegate_store::{EventStore, Recorded, ShipCursor, ShipFormat};
use serde_json::Value;

fn ship(
    store: &mut EventStore,
    cursor: Option<&ShipCursor>,
    format: ShipFormat,
) -> (Vec<String>, ShipCursor) {
    let mut lines = Vec::new();
    let shipped = store.ship(cursor, format, &mut lines, |_| ()).unwrap();
    let lines: Vec<String> = String::from_utf8(lines).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(shipped.rows, lines.len() as u64);
    // A cursor survives being written down.
    (lines, ShipCursor::parse(&shipped.cursor.to_string()).unwrap())
}

fn starts(images: std::ops::Range<u16>, seconds: i64) -> Vec<EventRecord> {
    let start = |image| Start { image, seconds, node: Some(7), ..Start::default() };
    all(&images.map(start).collect::<Vec<_>>())
}

#[test]
fn a_row_comes_once_and_again_when_it_changes() {
    for database in databases() {
        let mut store = database.open();
        // More than a page of them.
        store.record_all(&starts(0..1_200, 0)).unwrap();
        let (lines, cursor) = ship(&mut store, None, ShipFormat::Imagegate);
        assert_eq!(lines.len(), 1_200);
        assert_eq!(ship(&mut store, Some(&cursor), ShipFormat::Imagegate).0.len(), 0);
        store.record_all(&starts(0..1_200, 0)).unwrap();
        assert_eq!(ship(&mut store, Some(&cursor), ShipFormat::Imagegate).0.len(), 0, "nothing changed");
        store.record_all(&starts(3..5, 1)).unwrap();
        let (lines, after) = ship(&mut store, Some(&cursor), ShipFormat::Imagegate);
        let counts: Vec<u64> = lines
            .iter()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"]["count"].as_u64().unwrap())
            .collect();
        assert_eq!(counts, [2, 2]);
        // The cursor of before is still good: lines come again.
        assert_eq!(ship(&mut store, Some(&cursor), ShipFormat::Imagegate), (lines, after));
    }
}

#[test]
fn another_store_s_cursor_is_refused() {
    for database in databases() {
        let other = tempfile::tempdir().unwrap();
        let mut other = EventStore::open(other.path().join("other.db")).unwrap();
        let (_, cursor) = ship(&mut other, None, ShipFormat::Imagegate);
        let error =
            database.open().ship(Some(&cursor), ShipFormat::Imagegate, &mut Vec::new(), |_| ()).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "foreign_cursor"));
    }
    assert_eq!(ShipCursor::parse("x:1").unwrap_err().code(), "invalid_cursor");
}

#[test]
fn a_cursor_of_a_later_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    EventStore::open(path("events.db")).unwrap().record_all(&starts(0..3, 0)).unwrap();
    std::fs::copy(path("events.db"), path("copy.db")).unwrap();
    let mut store = EventStore::open(path("events.db")).unwrap();
    store.record_all(&starts(3..5, 0)).unwrap();
    let (_, cursor) = ship(&mut store, None, ShipFormat::Imagegate);
    // The copy is put in place of the store, and what it records gets numbers that were shipped already.
    let mut restored = EventStore::open(path("copy.db")).unwrap();
    restored.record_all(&starts(7..8, 0)).unwrap();
    let error = restored.ship(Some(&cursor), ShipFormat::Imagegate, &mut Vec::new(), |_| ()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "foreign_cursor"), "{error}");
    assert_eq!(ship(&mut restored, None, ShipFormat::Imagegate).0.len(), 4);
}

#[test]
fn a_writer_that_fails_loses_nothing() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for database in databases() {
        let mut store = database.open();
        store.record_all(&starts(0..3, 0)).unwrap();
        assert_eq!(store.ship(None, ShipFormat::Ocsf, &mut Full, |_| ()).unwrap_err().code(), "not_shipped");
        assert_eq!(ship(&mut store, None, ShipFormat::Ocsf).0.len(), 3);
    }
}

#[test]
fn expired_rows_can_be_shipped_before_the_purge() {
    for database in databases() {
        let mut store = database.open();
        store.record_all(&starts(0..3, -180 * DAY)).unwrap();
        store.record_all(&starts(3..5, 0)).unwrap();
        let mut lines = Vec::new();
        assert_eq!(store.ship_expired(at(NOW), ShipFormat::Imagegate, &mut lines, |_| ()).unwrap().rows, 3);
        assert_eq!(store.purge(at(NOW), |_| ()).unwrap().rows, 3);
        assert_eq!(ship(&mut store, None, ShipFormat::Imagegate).0.len(), 2);
    }
}

#[test]
fn a_purge_that_ships_and_is_killed_half_way_ships_once() {
    for database in databases() {
        let ship = |store: &mut EventStore, now: i64| {
            let mut lines = Vec::new();
            store.ship_expired(at(now), ShipFormat::Imagegate, &mut lines, |_| ()).unwrap().rows
        };
        let mut store = database.open();
        store.record_all(&starts(0..3, -180 * DAY)).unwrap();
        store.record_all(&starts(3..5, -180 * DAY + 10)).unwrap();
        store.record_all(&starts(5..6, 0)).unwrap();
        // Killed before it is known that the lines are safe: they come again.
        assert_eq!(ship(&mut store, NOW), 3);
        assert_eq!(ship(&mut database.open(), NOW), 3);
        // What is that old is not accepted any more, so that no row is purged that was not shipped.
        assert_eq!(store.record_all(&starts(6..7, -180 * DAY)).unwrap().expired, 1);
        // Killed after that, with nothing deleted yet: they do not.
        assert_eq!(ship(&mut store, NOW), 3);
        store.keep_expired_shipped().unwrap();
        assert_eq!(ship(&mut database.open(), NOW), 0);
        assert_eq!(ship(&mut store, NOW + 10), 2, "only what expired since then");
        store.keep_expired_shipped().unwrap();
        assert_eq!(store.purge(at(NOW + 10), |_| ()).unwrap().rows, 5);
        assert_eq!(ship(&mut store, NOW + 10), 0);
    }
}

#[test]
fn an_import_is_written_by_bytes_not_only_by_lines() {
    for database in databases() {
        let mut lines = String::new();
        let document = serde_json::json!({"version": 1, "image": {"reference": "nginx"}, "privileges": [],
            "container": {"command": vec!["x".repeat(1_000); 64]}});
        let launch = Launch::parse(document.to_string().as_bytes()).unwrap();
        for second in 0..160 {
            let decision = policies().assess_unscanned().decide(&launch, at(NOW + second)).unwrap();
            lines.push_str(&EventRecord::of(&decision, &RecordContext::default())[0].to_json());
            lines.push('\n');
        }
        assert!(lines.len() > 9 << 20);
        lines.push_str("not a record");
        let mut store = database.open();
        assert!(store.import(&mut lines.as_bytes(), |_| ()).is_err());
        // Far fewer lines than a batch has, and most of them are written before the last is read.
        let row = store.list(&EventQuery::default(), at(NOW)).unwrap().rows.remove(0);
        assert!((100..160).contains(&row.count), "{}", row.count);
    }
}

#[test]
fn what_is_shipped_is_imported_once_and_then_what_is_new() {
    let local = tempfile::tempdir().unwrap();
    for database in databases() {
        let mut fleet = database.open();
        let path = local.path().join(format!("{}.db", fleet.id().unwrap()));
        let mut node = EventStore::open(path).unwrap();
        let import = |fleet: &mut EventStore, lines: &[String]| {
            fleet.import(&mut lines.join("\n").as_bytes(), |_| ()).unwrap().rows
        };
        let counts = |new, repeated, expired| Recorded { new, repeated, expired };
        node.record_all(&starts(0..4, 0)).unwrap();
        // The fleet has some of the rows already, of another node.
        let theirs = all(&[Start { image: 1, node: Some(9), seconds: 5, ..Start::default() }]);
        fleet.record_all(&theirs).unwrap();
        let (first, cursor) = ship(&mut node, None, ShipFormat::Imagegate);
        assert_eq!(import(&mut fleet, &first), counts(4, 0, 0));
        assert_eq!(import(&mut fleet, &first), counts(0, 4, 0));
        node.record_all(&starts(1..3, 1)).unwrap();
        let (second, _) = ship(&mut node, Some(&cursor), ShipFormat::Imagegate);
        assert_eq!(import(&mut fleet, &second), counts(2, 0, 0));
        assert_eq!(import(&mut fleet, &[first, second].concat()), counts(0, 6, 0));
        let mut expected = fold(&[starts(0..4, 0), starts(1..3, 1), theirs].concat());
        let retention = Retention::default();
        assert_eq!(
            fleet.list(&EventQuery::default(), at(NOW)).unwrap(),
            expected.list(&EventQuery::default(), at(NOW), retention).unwrap()
        );
        assert_eq!(expected.purge(at(NOW), retention), 0);
        let own = ship(&mut fleet, None, ShipFormat::Imagegate).0;
        assert!(fleet.import(&mut own.join("\n").as_bytes(), |_| ()).is_err(), "its own rows");
    }
}

#[test]
fn records_are_imported_by_line_and_mistakes_have_theirs() {
    for database in databases() {
        let mut store = database.open();
        let records = starts(0..3, 0);
        let mut lines: Vec<String> = records.iter().map(EventRecord::to_json).collect();
        lines.insert(1, String::new());
        let mut import = |lines: &[String]| store.import(&mut lines.join("\n").as_bytes(), |_| ());
        assert_eq!(import(&lines).unwrap().records.new, 3);
        lines.push(lines[0].replace("unscanned_image", "risky_image"));
        let error = import(&lines).unwrap_err();
        assert!(error.to_string().contains("line 5"), "{error}");
        assert_eq!(error.kind(), ErrorKind::InvalidEvent);
        assert!(import(&["{}".to_owned()]).is_err());
    }
}

#[test]
fn a_detection_finding_has_what_ocsf_requires() {
    for database in databases() {
        let mut store = database.open();
        store.record_all(&all(&[Start { is_privileged: true, node: Some(1), ..Start::default() }])).unwrap();
        let lines: Vec<Value> = ship(&mut store, None, ShipFormat::Ocsf)
            .0
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        for line in &lines {
            assert_eq!((line["class_uid"].as_u64(), line["category_uid"].as_u64()), (Some(2004), Some(2)));
            assert_eq!(line["type_uid"].as_u64().unwrap(), 200_400 + line["activity_id"].as_u64().unwrap());
            assert_eq!(line["time"].as_i64(), Some(NOW * 1_000));
            assert_eq!(line["metadata"]["version"], "1.3.0");
            assert!(line["finding_info"]["uid"].is_string() && line["finding_info"]["title"].is_string());
            assert!((0..=6).contains(&line["severity_id"].as_u64().unwrap()));
            assert!(EventRow::parse(line["unmapped"]["imagegate"].to_string().as_bytes()).is_ok());
        }
        let blocked = lines.iter().find(|line| line["disposition_id"] == 2).unwrap();
        assert_eq!((blocked["action_id"].as_u64(), &blocked["severity"]), (Some(2), &Value::from("High")));
    }
}
