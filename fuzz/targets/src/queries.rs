//! Lists of events: filters, keywords, order and pages, against a list that is made in the plainest way.

use crate::events::{Start, at, folded, records, time};
use arbitrary::{Arbitrary, Unstructured};
use imagegate::{
    Action, EventMode, EventPlace, EventQuery, EventRow, EventSearch, EventSort, EventType, Retention,
    SearchField,
};

#[derive(Arbitrary, Debug)]
struct Case {
    starts: Vec<Start>,
    event_type: u8,
    action: u8,
    mode: u8,
    from: Option<i16>,
    until: Option<i16>,
    search: Vec<(u8, Word)>,
    by_count: bool,
    ascending: bool,
    limit: u8,
    retention: u8,
}

#[derive(Arbitrary, Debug)]
enum Word {
    Any(String),
    /// A part of a text that is there.
    Part {
        field: u8,
        row: u8,
        start: u8,
        length: u8,
        upper: bool,
    },
}

pub(crate) fn queries(bytes: &[u8]) {
    let Ok(mut case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    case.starts.truncate(30);
    case.search.truncate(3);
    let all: Vec<_> = case.starts.iter().flat_map(records).collect();
    let fold = folded(&all);
    let rows: Vec<EventRow> = fold.rows().cloned().collect();
    let time = |minutes| time(minutes, 0);
    let now = case.starts.first().map_or_else(|| time(0), at);
    let retention = Retention::days(u32::from(case.retention % 32));
    let field = |number: u8| SearchField::ALL.get(usize::from(number % 8)).copied();
    let keyword = |word: &Word| match word {
        Word::Any(text) => text.clone(),
        Word::Part { field: of, row, start, length, upper } => {
            let Some(row) = rows.get(usize::from(*row) % rows.len().max(1)) else { return String::new() };
            let text = texts(field(of % 6).unwrap(), row).concat();
            let part = text.chars().skip(usize::from(*start)).take(usize::from(*length)).collect::<String>();
            if *upper { part.to_uppercase() } else { part }
        }
    };
    let query = EventQuery {
        event_type: [
            None,
            Some(EventType::PrivilegedImage),
            Some(EventType::UnscannedImage),
            Some(EventType::RiskyImage),
        ][usize::from(case.event_type % 4)],
        action: [None, Some(Action::Intercept), Some(Action::Alarm), Some(Action::Allow)]
            [usize::from(case.action % 4)],
        mode: [None, Some(EventMode::Enforced), Some(EventMode::BreakGlass)][usize::from(case.mode % 3)],
        from: case.from.map(time),
        until: case.until.map(time),
        search: case
            .search
            .iter()
            .map(|(at, word)| EventSearch { field: field(*at), keyword: keyword(word) })
            .collect(),
        sort: if case.by_count { EventSort::Count } else { EventSort::Latest },
        ascending: case.ascending,
        limit: Some(u32::from(case.limit)),
        after: None,
        count_all: true,
    };
    let is_wrong = case.limit == 0
        || query.search.iter().any(|search| search.keyword.chars().count() > EventQuery::MAX_KEYWORD);
    let Ok(first) = fold.list(&query, now, retention) else {
        assert!(is_wrong, "{query:?}");
        return;
    };
    assert!(!is_wrong, "{query:?}");

    let mut expected: Vec<&EventRow> =
        rows.iter().filter(|row| !row.is_expired(now, retention) && selects(&query, row)).collect();
    expected.sort_by_key(|row| {
        (if case.by_count { row.count } else { 0 }, row.latest_at(), row.aggregation_key())
    });
    if !case.ascending {
        expected.reverse();
    }
    assert_eq!(first.total, Some(expected.len() as u64));
    let (mut shown, mut page) = (Vec::new(), first);
    loop {
        assert!(page.rows.len() <= usize::from(case.limit));
        shown.extend(page.rows.iter().map(EventRow::aggregation_key));
        let Some(next) = page.next else { break };
        let after = Some(EventPlace::parse(&next.to_string()).expect("a place that was printed"));
        page = fold.list(&EventQuery { after, ..query.clone() }, now, retention).unwrap();
        assert!(!page.rows.is_empty(), "an empty page");
    }
    assert_eq!(shown, expected.iter().map(|row| row.aggregation_key()).collect::<Vec<_>>(), "{query:?}");
}

fn selects(query: &EventQuery, row: &EventRow) -> bool {
    let last = &row.last;
    query.event_type.is_none_or(|wanted| wanted == last.event_type())
        && query.action.is_none_or(|wanted| wanted == last.action())
        && query.mode.is_none_or(|wanted| row.modes.contains(&wanted))
        && query.from.is_none_or(|from| row.latest_at() >= from)
        && query.until.is_none_or(|until| row.latest_at() < until)
        && query.search.iter().all(|search| {
            let fields = search.field.map_or(SearchField::ALL.to_vec(), |field| vec![field]);
            let keyword = plain(&search.keyword);
            keyword.is_empty()
                || fields
                    .into_iter()
                    .any(|field| texts(field, row).iter().any(|text| plain(text).contains(&keyword)))
        })
}

/// The texts of a field; no keyword reaches over two of them.
fn texts(field: SearchField, row: &EventRow) -> Vec<String> {
    let (last, text) = (&row.last, |text: &Option<String>| text.clone().unwrap_or_default());
    match field {
        SearchField::Policy => vec![last.policy().id.clone(), last.policy().name.clone()],
        SearchField::ImageName => vec![text(&last.image().name)],
        SearchField::ImageId => vec![text(&last.image().id), text(&last.image().digest)],
        SearchField::Node => row.nodes.iter().map(|node| text(&node.name)).collect(),
        SearchField::InternalIp => row.nodes.iter().map(|node| text(&node.internal_ip)).collect(),
        SearchField::PublicIp => row.nodes.iter().map(|node| text(&node.public_ip)).collect(),
    }
}

/// Without regard to case; control characters are spaces.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).flat_map(char::to_lowercase).collect()
}
