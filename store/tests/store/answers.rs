//! Databases answer what the fold in memory answers.

use crate::database::databases;
use crate::made::*;
use imagegate::*;
use imagegate_store::{EventStore, Recorded};
use proptest::prelude::*;

const KEPT: Retention = Retention::days(180);

/// Every page of the query from the store, which must be that of the fold.
fn same_list(store: &mut EventStore, fold: &EventFold, query: &EventQuery, now: Timestamp) {
    let mut query = query.clone();
    loop {
        let (got, expected) = (store.list(&query, now).unwrap(), fold.list(&query, now, KEPT).unwrap());
        assert_eq!(got, expected, "{query:?}");
        let Some(next) = got.next else { break };
        query.after = Some(next);
    }
}

fn same(store: &mut EventStore, fold: &EventFold, now: Timestamp) {
    let offset = policies().day_offset();
    assert_eq!(store.overview(now, offset).unwrap(), fold.overview(now, offset, KEPT));
    for row in fold.rows() {
        let key = row.aggregation_key();
        assert_eq!(store.detail(key, now).unwrap(), fold.detail(key, now, KEPT));
    }
    let all = EventQuery { limit: Some(1_000), count_all: true, ..EventQuery::default() };
    same_list(store, fold, &all, now);
}

prop_compose! {
    fn any_query()(
        event_type in prop::option::of(prop_oneof![Just(EventType::PrivilegedImage), Just(EventType::UnscannedImage)]),
        action in prop::option::of(prop_oneof![Just(Action::Intercept), Just(Action::Alarm)]),
        mode in prop::option::of(prop_oneof![Just(EventMode::Enforced), Just(EventMode::BreakGlass)]),
        from in prop::option::of(-2 * DAY..2),
        until in prop::option::of(-2 * DAY..2),
        search in prop::collection::vec(any_search(), 0..3),
        sort in prop_oneof![Just(EventSort::Latest), Just(EventSort::Count)],
        ascending: bool,
        limit in 1_u32..9,
        count_all: bool,
    ) -> EventQuery {
        let time = |seconds: i64| at(NOW + seconds);
        EventQuery {
            event_type, action, mode, from: from.map(time), until: until.map(time), search, sort, ascending,
            limit: Some(limit), after: None, count_all,
        }
    }
}

fn any_search() -> impl Strategy<Value = EventSearch> {
    let keywords = [
        "",
        "%",
        "_",
        "*",
        "\"",
        "'",
        "a",
        "äö",
        "ÄÖ",
        "nginx:4",
        "NGINX",
        "shop/app",
        "0.113.2",
        "10.0.1.",
        "node-",
        "Node-3",
        "100% of_the",
        "\"scanned\" 'it'",
        "sha256:",
        "00006",
        "d\nNobody",
        "registry.example.com/shop/app3:1",
        "zeit",
        "unscanned",
        "\\",
        "a OR b",
        "NEAR(a b)",
        "-x",
        "text:a",
    ];
    let field = prop::option::of(prop::sample::select(&SearchField::ALL));
    (field, prop::sample::select(keywords.to_vec()))
        .prop_map(|(field, keyword)| EventSearch { field, keyword: keyword.to_owned() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_store_is_the_fold_whatever_comes_when(
        (starts, order) in prop::collection::vec(any_start(), 1..25)
            .prop_flat_map(|starts| {
                let twice = [starts.clone(), starts.clone()].concat();
                (Just(starts), Just(twice).prop_shuffle())
            }),
        queries in prop::collection::vec(any_query(), 12),
        batch in 1_usize..20,
    ) {
        let now = at(NOW + DAY);
        let fold = fold(&all(&starts));
        for database in databases() {
            // Two handles, as two processes have.
            let mut stores = [database.open(), database.open()];
            let mut sum = 0;
            for (number, batch) in all(&order).chunks(batch).enumerate() {
                sum += stores[number % 2].record_all(batch).unwrap().new;
            }
            prop_assert_eq!(sum, fold.rows().map(|row| row.count).sum::<u64>());
            same(&mut stores[0], &fold, now);
            for query in &queries {
                same_list(&mut stores[1], &fold, query, now);
            }
        }
    }
}

#[test]
fn what_is_recorded_twice_counts_once() {
    for database in databases() {
        let mut store = database.open();
        let once = all(&[Start { is_privileged: true, ..Start::default() }]);
        let counts = |new, repeated, expired| Recorded { new, repeated, expired };
        assert_eq!(store.record_all(&once).unwrap(), counts(2, 0, 0));
        assert_eq!(
            database.open().record_all(&[once.clone(), once.clone()].concat()).unwrap(),
            counts(0, 4, 0)
        );
        assert_eq!(store.record_all(&[]).unwrap(), counts(0, 0, 0));
        same(&mut store, &fold(&once), at(NOW));
    }
}

#[test]
fn a_row_with_many_nodes_shows_the_first() {
    for database in databases() {
        let mut store = database.open();
        let starts: Vec<Start> = (0..=255)
            .flat_map(|node| {
                (0..5).map(move |address| Start { node: Some(node), address, ..Start::default() })
            })
            .collect();
        let records = all(&starts);
        store.record_all(&records).unwrap();
        let fold = fold(&records);
        same(&mut store, &fold, at(NOW));
        let row = store.list(&EventQuery::default(), at(NOW)).unwrap().rows.remove(0);
        assert_eq!((row.nodes.len(), row.nodes_total()), (EventRow::LIST_NODES, 1_280));
        let row = store.detail(row.aggregation_key(), at(NOW)).unwrap().unwrap();
        assert_eq!((row.nodes.len(), row.nodes_total()), (EventRow::DETAIL_NODES, 1_280));
        for (field, keyword) in [
            (SearchField::Node, "node-255"),
            (SearchField::PublicIp, "113.9"),
            (SearchField::Node, "x"),
            (SearchField::Node, "ode-"),
            (SearchField::InternalIp, "10.0."),
        ] {
            let search = vec![EventSearch { field: Some(field), keyword: keyword.to_owned() }];
            same_list(&mut store, &fold, &EventQuery { search, ..EventQuery::default() }, at(NOW));
        }
    }
}

#[test]
fn many_rows_and_keywords_that_are_in_all_of_them() {
    let starts: Vec<Start> = (0..6_000)
        .map(|image| Start { image, node: Some(0), seconds: -i64::from(image % 1_000), ..Start::default() })
        .collect();
    let records = all(&starts);
    let fold = fold(&records);
    for database in databases() {
        let mut store = database.open();
        store.record_all(&records).unwrap();
        for (field, keyword) in [
            (None, "node-0"),
            (Some(SearchField::Node), "node-0"),
            (None, "scanned"),
            (None, "shop/app5999:1"),
            (None, "00000000000000001"),
            (None, "5999"),
            (None, "e"),
            (None, "nothing"),
            (Some(SearchField::Policy), "nginx"),
        ] {
            let search = vec![EventSearch { field, keyword: keyword.to_owned() }];
            let query = EventQuery { search, limit: Some(700), count_all: true, ..EventQuery::default() };
            assert_eq!(
                store.list(&query, at(NOW)).unwrap(),
                fold.list(&query, at(NOW), KEPT).unwrap(),
                "{keyword}"
            );
        }
    }
}
