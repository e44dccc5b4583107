//! Milliseconds to answer.

use crate::made::{now, record};
use crate::summary;
use imagegate::*;
use imagegate_store::{EventBatch, EventStore};
use std::time::{Duration, Instant};

/// Runs of each question, with other values each time.
const RUNS: u32 = 100;

pub fn measure(store: &mut EventStore, rows: u32) {
    let mut batch = EventBatch::new();
    for key in 0..rows {
        batch.add(&record(key, 0));
        if batch.len() == 50_000 || key + 1 == rows {
            store.write(&batch).unwrap();
            batch.clear();
        }
    }
    store.maintain(now()).unwrap();
    assert_eq!(store.overview(now(), DayOffset::default()).unwrap().rows, u64::from(rows));
    println!("| | median | p99 |\n|---|---:|---:|");
    let mut line = |what: &str, ask: &mut dyn FnMut(&mut EventStore, u32)| {
        let times = (0..RUNS).map(|run| {
            let start = Instant::now();
            ask(store, run);
            start.elapsed()
        });
        let (median, p99) = summary(times.collect::<Vec<Duration>>());
        println!("| {what} | {median:.2} | {p99:.2} |");
    };
    line("overview", &mut |store, _| drop(store.overview(now(), DayOffset::default()).unwrap()));
    line("list, latest first", &mut |store, _| list(store, EventQuery::default(), Some(50)));
    line("list, by count", &mut |store, _| {
        list(store, EventQuery { sort: EventSort::Count, ..EventQuery::default() }, Some(50));
    });
    line("list, one action and one type", &mut |store, _| {
        let (action, event_type) = (Some(Action::Intercept), Some(EventType::UnscannedImage));
        list(store, EventQuery { action, event_type, ..EventQuery::default() }, Some(50));
    });
    line("list, one day of a hundred", &mut |store, run| {
        let from = now().unix_seconds() - i64::from(run) * 86_400;
        let time = |seconds| Some(Timestamp::from_unix(seconds, 0).unwrap());
        list(
            store,
            EventQuery { from: time(from - 43_200), until: time(from + 1), ..EventQuery::default() },
            Some(50),
        );
    });
    line("list, a page in the middle", &mut |store, run| {
        let place = EventPlace::of(&EventRow::of(&record(run * 1_000, 0)));
        list(store, EventQuery { after: Some(place), ..EventQuery::default() }, None);
    });
    let mut searching =
        |what: &str, field: Option<SearchField>, expected: Option<usize>, keyword: &dyn Fn(u32) -> String| {
            line(&format!("search, {what}"), &mut |store, run| {
                let search = vec![EventSearch { field, keyword: keyword(run) }];
                list(store, EventQuery { search, ..EventQuery::default() }, expected);
            });
        };
    let key = move |run: u32| (run * 9_973 + 100_001) % rows;
    searching("one image by its name", None, Some(1), &|run| {
        let key = key(run);
        format!("team-{}/app-{key}:1", key % 50)
    });
    searching("a part of an image's name", Some(SearchField::ImageName), None, &|run| {
        format!("app-{}", key(run) / 10)
    });
    searching("a part of an image id", Some(SearchField::ImageId), None, &|run| {
        record(key(run), 0).image().id.clone().unwrap_or_default().chars().skip(10).take(16).collect()
    });
    searching("a word that is in all", None, Some(50), &|_| "registry.example.com".to_owned());
    searching("a policy that a fifth has", Some(SearchField::Policy), Some(50), &|_| "strict".to_owned());
    searching("a word that is in none", None, Some(0), &|run| format!("nowhere-{run}"));
    searching("two characters", None, None, &|run| format!("{}{}", run / 10, run % 10));
    searching("a node by its name", Some(SearchField::Node), None, &|run| format!("node-{}", run * 25));
    searching("a node by its internal IP", Some(SearchField::InternalIp), None, &|run| {
        format!("10.{}.{}.7", run % 10, run)
    });
    searching("a public IP, in any field", None, None, &|run| format!("203.0.{}.{}", run % 10, run));
    line("detail", &mut |store, run| {
        let key = record(key(run), 0).aggregation_key();
        assert!(store.detail(key, now()).unwrap().is_some());
    });
}

fn list(store: &mut EventStore, query: EventQuery, expected: Option<usize>) {
    let page = store.list(&query, now()).unwrap();
    if let Some(expected) = expected {
        assert_eq!(page.rows.len(), expected, "{query:?}");
    }
}
