//! The fold of events: a union by record id, whatever comes when and how often.

use arbitrary::{Arbitrary, Unstructured};
use imagegate::{
    Assessment, EventFold, EventMode, EventRecord, EventRow, Launch, PolicySet, RecordContext, Retention,
    Timestamp,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What is varied between starts.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) struct Start {
    image: u8,
    node: Option<u8>,
    address: u8,
    pod: u8,
    minutes: i16,
    nanoseconds: u8,
    occurrence: u8,
    is_privileged: bool,
    is_break_glass: bool,
}

static ASSESSMENT: LazyLock<Assessment> = LazyLock::new(|| {
    let policy = |id: &str, name: &str, kind: &str, mode: &str, criteria: serde_json::Value| {
        json!({"id": id, "name": name, "type": kind, "enabled": true, "enabled_at": "2020-01-01T00:00:00Z",
               "enforcement": {"mode": mode}, "scope": {"images": "all"}, "criteria": criteria})
    };
    let document = json!({"version": 1, "day_utc_offset": "+08:00", "policies": [
        policy("privileged", "Privileged 100% of_the time", "privileged", "immediate", json!({"privileges": ["privileged"]})),
        policy("unscanned", "Nobody \"scanned\" ÄÖ", "unscanned", "alarm", json!({"states": ["not_scanned"]})),
    ]});
    PolicySet::parse(document.to_string().as_bytes()).unwrap().assess_unscanned()
});

/// So many minutes after a midnight of the policy set.
pub(crate) fn time(minutes: i16, nanoseconds: u8) -> Timestamp {
    Timestamp::from_unix(1_764_000_000 + i64::from(minutes) * 60, u32::from(nanoseconds)).unwrap()
}

pub(crate) fn at(start: &Start) -> Timestamp {
    time(start.minutes, start.nanoseconds)
}

pub(crate) fn records(start: &Start) -> Vec<EventRecord> {
    let node = start.node.map(|node| node % 8);
    let document = json!({
        "version": 1,
        "image": {"reference": format!("registry.example.com/Shop/app{}:1", start.image % 8)},
        "container": {"name": "main"},
        "privileges": if start.is_privileged { vec!["privileged"] } else { vec![] },
        "node": {"name": node.map(|node| format!("Node-{node}")),
                 "internal_ip": format!("10.0.{}.{}", node.unwrap_or(9), start.address % 4),
                 "public_ip": format!("203.0.113.{}", node.unwrap_or(9))},
        "pod": {"namespace": "shop", "name": format!("app-{}", start.pod % 4)}
    });
    let launch = Launch::parse(document.to_string().as_bytes()).unwrap();
    let context = RecordContext {
        occurrence: Some(start.occurrence % 4).filter(|number| *number > 0).map(|number| number.to_string()),
        mode: if start.is_break_glass { EventMode::BreakGlass } else { EventMode::Enforced },
        ..RecordContext::default()
    };
    EventRecord::of(&ASSESSMENT.decide(&launch, at(start)).unwrap(), &context)
}

pub(crate) fn folded<'r>(records: impl IntoIterator<Item = &'r EventRecord>) -> EventFold {
    let mut fold = EventFold::new();
    records.into_iter().for_each(|record| {
        fold.add(record);
    });
    fold
}

fn merged(left: &EventFold, right: &EventFold) -> EventFold {
    let mut merged = left.clone();
    merged.merge(right);
    merged
}

#[derive(Arbitrary, Debug)]
struct Case {
    starts: Vec<(Start, u8)>,
    order: u64,
}

pub(crate) fn fold(bytes: &[u8]) {
    let Ok(mut case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    case.starts.truncate(40);
    let mut groups = [const { Vec::new() }; 3];
    for (start, group) in &case.starts {
        groups[usize::from(group % 3)].extend(records(start));
    }
    let all: Vec<&EventRecord> = groups.iter().flatten().collect();
    let whole = folded(all.iter().copied());
    // In another order, and some twice.
    let mut shuffled: Vec<&EventRecord> =
        all.iter().chain(all.iter().take((case.order % 7) as usize)).copied().collect();
    shuffled.sort_by_key(|record| record.id().as_bytes()[(case.order >> 3) as usize % 16]);
    assert_eq!(folded(shuffled), whole);
    let [a, b, c] = groups.each_ref().map(folded);
    assert_eq!(merged(&a, &b), merged(&b, &a));
    assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
    assert_eq!(merged(&merged(&a, &b), &c), whole);
    assert_eq!(merged(&a, &a), a);
    recounted(&whole, &all);
    // What is purged does not come back, neither by a replay nor by a merge.
    if let Some((start, _)) = case.starts.first() {
        let retention = Retention::days(0);
        let mut purged = whole.clone();
        purged.purge(at(start), retention);
        let before = purged.clone();
        for record in &all {
            assert!(!purged.add(record));
        }
        assert_eq!(purged.rows().count(), before.rows().count());
        assert_eq!(merged(&before, &whole).rows().count(), before.rows().count());
    }
}

/// Each row counts its records once.
fn recounted(fold: &EventFold, records: &[&EventRecord]) {
    let mut by_key: BTreeMap<_, Vec<&EventRecord>> = BTreeMap::new();
    for record in records {
        by_key.entry(record.aggregation_key()).or_default().push(record);
    }
    assert_eq!(fold.rows().count(), by_key.len());
    for row in fold.rows() {
        let mine = &by_key[&row.aggregation_key()];
        let ids: BTreeSet<_> = mine.iter().map(|record| record.id()).collect();
        assert_eq!(row.count, ids.len() as u64);
        assert_eq!(row.first_at, mine.iter().map(|record| record.decided_at()).min().unwrap());
        assert_eq!(row.latest_at(), mine.iter().map(|record| record.decided_at()).max().unwrap());
        assert_eq!(&EventRow::parse(row.to_json().as_bytes()).unwrap(), row);
    }
}

/// Records or rows to start from.
pub(crate) fn documents(of_rows: bool) -> Vec<Vec<u8>> {
    let start = Start {
        image: 1,
        node: Some(1),
        address: 1,
        pod: 1,
        minutes: 0,
        nanoseconds: 1,
        occurrence: 1,
        is_privileged: true,
        is_break_glass: false,
    };
    let records =
        [records(&start), records(&Start { node: None, is_break_glass: true, ..start.clone() })].concat();
    match of_rows {
        true => folded(&records).rows().map(|row| row.to_json().into_bytes()).collect(),
        false => records.iter().map(|record| record.to_json().into_bytes()).collect(),
    }
}
