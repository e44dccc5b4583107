//! What can go wrong with a file, and that it goes wrong clearly.

use crate::made::*;
use imagegate::*;
use imagegate_store::EventStore;
use std::fs;
use std::path::Path;
use std::process::Command;

fn some() -> Vec<EventRecord> {
    all(&[Start { node: Some(1), ..Start::default() }])
}

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn a_file_that_is_no_database_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "not a database, but long enough to be read as the header of one: ".repeat(20);
    fs::write(&path, &text).unwrap();
    for error in [EventStore::open(&path).unwrap_err(), EventStore::open_read_only(&path).unwrap_err()] {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "not_a_database"), "{error}");
    }
    assert_eq!(bytes(&path), text.as_bytes());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_database_of_another_program_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = bytes(&path);
    let error = EventStore::open(&path).unwrap_err();
    assert_eq!(error.code(), "not_a_database", "{error}");
    assert_eq!(bytes(&path), before);
}

#[test]
fn a_store_of_a_newer_version_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    EventStore::open(&path).unwrap().record_all(&some()).unwrap();
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = bytes(&path);
    for error in [EventStore::open(&path).unwrap_err(), EventStore::open_read_only(&path).unwrap_err()] {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "newer_schema"), "{error}");
        assert!(error.to_string().contains("99"), "{error}");
    }
    assert_eq!(bytes(&path), before);
}

#[test]
fn a_folder_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let error = EventStore::open(folder.path().join("missing/events.db")).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "cannot_open"), "{error}");
    let error = EventStore::open_read_only(folder.path().join("missing.db")).unwrap_err();
    assert_eq!(error.code(), "cannot_open", "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_path_is_never_a_database_that_is_gone_when_it_is_closed() {
    let error = EventStore::open("").unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "cannot_open"), "{error}");
    // Relative paths that mean something else to SQLite.
    for name in [":memory:", "file:events.db?mode=memory"] {
        let error = EventStore::open_read_only(name).unwrap_err();
        assert_eq!(error.code(), "cannot_open", "{name}: {error}");
    }
}

#[test]
fn a_store_that_is_only_looked_at_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    EventStore::open(&path).unwrap().record_all(&some()).unwrap();
    let mut store = EventStore::open_read_only(&path).unwrap();
    assert_eq!(store.list(&EventQuery::default(), at(NOW)).unwrap().rows.len(), 1);
    let error = store.record_all(&all(&[Start { image: 9, ..Start::default() }])).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "read_only"), "{error}");
    assert_eq!(store.list(&EventQuery::default(), at(NOW)).unwrap().rows.len(), 1);
}

#[test]
fn a_locked_store_says_so_and_works_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let mut store = EventStore::open(&path).unwrap();
    store.record_all(&some()).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let more = all(&[Start { image: 9, ..Start::default() }]);
    let error = store.record_all(&more).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "locked"), "{error}");
    // Readers do not wait.
    assert_eq!(store.list(&EventQuery::default(), at(NOW)).unwrap().rows.len(), 1);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.record_all(&more).unwrap().new, 1);
}

/// A small file system of its own, which only root can make.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "imagegate-test"]).arg(folder.path());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::new() else {
        eprintln!("NOT SHOWN HERE: a disk that is full, which takes root and `mount`");
        return;
    };
    let path = disk.0.path().join("events.db");
    let mut store = EventStore::open(&path).unwrap();
    let mut acknowledged = EventFold::new();
    let error = loop {
        let image = acknowledged.rows().count() as u16 + 1;
        let records = all(&[Start { image, node: Some(1), ..Start::default() }]);
        match store.record_all(&records) {
            Ok(_) => records.iter().for_each(|record| assert!(acknowledged.add(record))),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "disk_full"), "{error}");
    let query = EventQuery { limit: Some(1_000), ..EventQuery::default() };
    let expected = acknowledged.list(&query, at(NOW), Retention::default()).unwrap();
    assert!(!expected.rows.is_empty());
    assert_eq!(store.list(&query, at(NOW)).unwrap(), expected);
    drop(store);
    // What opens it next finds the same.
    assert_eq!(EventStore::open_read_only(&path).unwrap().list(&query, at(NOW)).unwrap(), expected);
}

#[test]
fn a_file_system_that_cannot_be_written() {
    let Some(disk) = SmallDisk::new() else {
        eprintln!("NOT SHOWN HERE: a file system that is read-only, which takes root and `mount`");
        return;
    };
    let path = disk.0.path().join("events #1?.db");
    EventStore::open(&path).unwrap().record_all(&some()).unwrap();
    let mut remount = Command::new("mount");
    assert!(remount.args(["-o", "remount,ro"]).arg(disk.0.path()).status().unwrap().success());
    let error = match EventStore::open(&path) {
        Ok(mut store) => store.record_all(&some()).unwrap_err(),
        Err(error) => error,
    };
    assert!(["read_only", "cannot_open"].contains(&error.code()), "{error}");
    let mut store = EventStore::open_read_only(&path).unwrap();
    assert_eq!(store.list(&EventQuery::default(), at(NOW)).unwrap().rows.len(), 1);
}

#[test]
fn a_damaged_store_is_told_and_not_answered_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    EventStore::open(&path).unwrap().record_all(&some()).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE records SET document = replace(document, '\"alarm\"', '\"allow\"')", []).unwrap();
    let error = EventStore::open(&path).unwrap().list(&EventQuery::default(), at(NOW)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "corrupt"), "{error}");
}

#[test]
fn many_processes_create_and_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    std::thread::scope(|scope| {
        for writer in 0..6_u32 {
            let path = &path;
            scope.spawn(move || {
                // Connections of one process are as far apart as processes: all they share is the file.
                let mut store = EventStore::open(path).unwrap();
                for occurrence in 0..10 {
                    let start =
                        Start { occurrence: writer * 100 + occurrence, node: Some(1), ..Start::default() };
                    assert_eq!(store.record_all(&all(&[start])).unwrap().new, 1);
                }
            });
        }
    });
    let rows = EventStore::open(&path).unwrap().list(&EventQuery::default(), at(NOW)).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [60]);
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let mut store = EventStore::open(&path).unwrap();
    store.record_all(&some()).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{entry:?}");
    }
}

#[test]
fn damaged_pieces_are_told_whoever_meets_them() {
    let keyword = |field, keyword: &str| EventQuery {
        search: vec![EventSearch { field: Some(field), keyword: keyword.to_owned() }],
        ..EventQuery::default()
    };
    let list = |store: &mut EventStore| store.list(&EventQuery::default(), at(NOW)).map(|_| ());
    let find = |store: &mut EventStore| {
        store.list(&keyword(SearchField::Node, "node-1"), at(NOW))?;
        store.list(&keyword(SearchField::Policy, "scanned"), at(NOW)).map(|_| ())
    };
    let write = |store: &mut EventStore| {
        let more = Start { node: Some(2), occurrence: 1, ..Start::default() };
        store.record_all(&all(&[more])).map(|_| ())
    };
    let purge = |store: &mut EventStore| store.purge(at(NOW + 181 * DAY), |_| ()).map(|_| ());
    type Use<'u> = &'u dyn Fn(&mut EventStore) -> Result<(), Error>;
    let damages: [(&str, &[Use<'_>]); 14] = [
        ("UPDATE seen SET ids = x'00'", &[&write, &purge]),
        ("UPDATE seen SET ids = x''", &[&purge]),
        ("UPDATE event_nodes SET nodes = x'000001'", &[&list, &write]),
        ("UPDATE event_nodes SET nodes = x'00000007'", &[&list, &write]),
        ("DELETE FROM event_nodes", &[&write]),
        ("UPDATE nodes SET node = x'03'", &[&list]),
        ("UPDATE nodes SET id = 5000000000", &[&find]),
        ("DELETE FROM nodes", &[&list]),
        ("UPDATE node_events SET events = x'80'", &[&find]),
        ("UPDATE grams SET events = x'80'", &[&find]),
        ("UPDATE events SET first = x'00'", &[&list, &write]),
        ("UPDATE events SET count = 1, latest = x'00', last = x'00'", &[&write]),
        ("DELETE FROM records", &[&list]),
        ("DELETE FROM meta", &[&write]),
    ];
    for (damage, uses) in damages {
        for (at_use, used) in uses.iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("events.db");
            drop(EventStore::open(&path).unwrap());
            let other = rusqlite::Connection::open(&path).unwrap();
            // As if many had been before: these texts go into the index at once.
            other.execute("UPDATE meta SET value = 5000 WHERE name = 'event'", []).unwrap();
            let mut store = EventStore::open(&path).unwrap();
            store.record_all(&some()).unwrap();
            assert!(other.execute(damage, []).unwrap() > 0);
            let error = used(&mut store).expect_err(damage);
            assert_eq!(
                (error.kind(), error.code()),
                (ErrorKind::Storage, "corrupt"),
                "{damage}, {at_use}: {error}"
            );
        }
    }
}
