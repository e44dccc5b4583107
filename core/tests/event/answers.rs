//! Lists, details, overviews and retention.

use crate::made::*;
use imagegate::*;

const KEPT: Retention = Retention::days(180);

fn fold() -> EventFold {
    let mut fold = EventFold::new();
    for image in 0..12 {
        for occurrence in 0..=image {
            let start = Start {
                image,
                node: image % 5,
                occurrence,
                is_privileged: image % 2 == 0,
                seconds: i64::from(image) * 3_600,
                ..Start::default()
            };
            for record in records(&start) {
                fold.add(&record);
            }
        }
    }
    fold
}

fn now() -> Timestamp {
    at(1_764_000_000 + 12 * 3_600)
}

fn list(query: &EventQuery) -> EventPage {
    fold().list(query, now(), KEPT).unwrap()
}

fn find(field: Option<SearchField>, keyword: &str) -> usize {
    let search = vec![EventSearch { field, keyword: keyword.to_owned() }];
    let page = list(&EventQuery { search, count_all: true, ..EventQuery::default() });
    assert_eq!(page.total, Some(page.rows.len() as u64));
    page.rows.len()
}

#[test]
fn filters() {
    let rows = |query: EventQuery| list(&query).rows.len();
    assert_eq!(rows(EventQuery::default()), 18);
    assert_eq!(rows(EventQuery { action: Some(Action::Intercept), ..EventQuery::default() }), 6);
    assert_eq!(rows(EventQuery { event_type: Some(EventType::UnscannedImage), ..EventQuery::default() }), 12);
    assert_eq!(rows(EventQuery { mode: Some(EventMode::BreakGlass), ..EventQuery::default() }), 0);
    let (from, until) = (Some(at(1_764_000_000 + 3_600)), Some(at(1_764_000_000 + 2 * 3_600)));
    assert_eq!(rows(EventQuery { from, until, ..EventQuery::default() }), 1);
}

#[test]
fn keywords_are_plain_text_without_case() {
    assert_eq!(find(None, ""), 18);
    assert_eq!(find(None, "APP1:"), 1);
    assert_eq!(find(Some(SearchField::Policy), "100% OF_the"), 6);
    assert_eq!(find(Some(SearchField::Policy), "\"scanned\""), 12);
    assert_eq!(find(Some(SearchField::ImageName), "shop/app"), 18);
    assert_eq!(find(Some(SearchField::Node), "shop"), 0);
    assert_eq!(find(Some(SearchField::Node), "node-3"), 3);
    assert_eq!(find(Some(SearchField::InternalIp), "10.0.3."), 3);
    assert_eq!(find(Some(SearchField::PublicIp), "113.4"), 3);
    assert_eq!(find(None, "203.0.113.4"), 3);
    for wild in ["%", "_"] {
        assert_eq!(find(None, wild), 6, "{wild}");
    }
    assert_eq!(find(None, "*"), 0);
    assert_eq!(find(None, "d\nNobody"), 0);
}

#[test]
fn pages_show_every_row_once_in_order() {
    for sort in [EventSort::Latest, EventSort::Count] {
        for ascending in [false, true] {
            let query = EventQuery { sort, ascending, limit: Some(5), ..EventQuery::default() };
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = list(&EventQuery { after, ..query.clone() });
                seen.extend(page.rows);
                let Some(next) = page.next else { break };
                after = Some(EventPlace::parse(&next.to_string()).unwrap());
            }
            let all = list(&EventQuery { limit: Some(1_000), ..query.clone() }).rows;
            assert_eq!(seen, all);
            let values: Vec<(u64, Timestamp)> = all
                .iter()
                .map(|row| (if sort == EventSort::Count { row.count } else { 0 }, row.latest_at()))
                .collect();
            let mut sorted = values.clone();
            sorted.sort();
            if !ascending {
                sorted.reverse();
            }
            assert_eq!(values, sorted);
        }
    }
    assert!(fold().list(&EventQuery { limit: Some(0), ..EventQuery::default() }, now(), KEPT).is_err());
    assert!(EventPlace::parse("nowhere").is_err());
}

#[test]
fn the_overview_counts_launches_by_day() {
    let overview = fold().overview(now(), DayOffset::parse("+08:00").unwrap(), KEPT);
    // Midnight of +08:00 is 16:00 UTC; the first start is at 16:00 UTC.
    assert_eq!(overview.today.day, "2025-11-25");
    let total: u64 = (0..12).map(|image| image + 1).sum();
    let intercepted: u64 = (0..12).step_by(2).map(|image| image + 1).sum();
    assert_eq!(overview.total, EventCounts { intercepted, alarmed: total });
    assert_eq!(overview.today.counts, overview.total);
    let days: Vec<&str> = overview.series.iter().map(|day| day.day.as_str()).collect();
    assert_eq!((days[0], days[6], days.len()), ("2025-11-19", "2025-11-25", 7));
    assert!(overview.series[..6].iter().all(|day| day.counts == EventCounts::default()));
    assert_eq!(overview.rows, 18);
}

#[test]
fn what_is_180_days_old_is_gone_before_the_purge_and_after() {
    let mut fold = EventFold::new();
    let now = time("2026-11-24T06:00:00Z");
    for (image, age_seconds) in [(0, -1), (1, 0), (2, 1)] {
        let seconds = now.unix_seconds() - 180 * 86_400 - age_seconds - 1_764_000_000;
        for record in records(&Start { image, seconds, ..Start::default() }) {
            fold.add(&record);
        }
    }
    let offset = DayOffset::default();
    let names = |fold: &EventFold| {
        let page = fold.list(&EventQuery::default(), now, KEPT).unwrap();
        page.rows.iter().map(|row| row.last.image().name.clone().unwrap()).collect::<Vec<_>>()
    };
    let before = (names(&fold), fold.overview(now, offset, KEPT));
    assert_eq!(before.0, ["registry.example.com/Shop/app0:1"]);
    assert_eq!(before.1.total, EventCounts { intercepted: 0, alarmed: 1 });
    let gone: Vec<AggregationKey> = fold.rows().map(EventRow::aggregation_key).collect();
    assert_eq!(gone.iter().filter(|key| fold.detail(**key, now, KEPT).is_some()).count(), 1);
    assert_eq!(fold.purge(now, KEPT), 2);
    assert_eq!(fold.purge(now, KEPT), 0);
    assert_eq!(before, (names(&fold), fold.overview(now, offset, KEPT)));
    assert_eq!(fold.rows().count(), 1);
    // A replay brings nothing back, even for somebody who keeps events longer.
    let purged = fold.clone();
    let seconds = now.unix_seconds() - 180 * 86_400 - 1_764_000_000;
    let old = records(&Start { image: 1, seconds, ..Start::default() });
    assert!(!fold.add(&old[0]));
    assert_eq!(fold, purged);
    let mut other = EventFold::new();
    assert!(other.add(&old[0]));
    fold.merge(&other);
    assert_eq!(fold, purged);
}
