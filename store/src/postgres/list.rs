//! Lists: along an index that has the order of the answer, or from the few rows that can hold a keyword.

use super::Result;
use super::read::{COLUMNS, load};
use crate::encode;
use ::postgres::Transaction;
use ::postgres::types::ToSql;
use imagegate::{
    EventMode, EventPage, EventPlace, EventQuery, EventRow, EventSearch, EventSort, SearchField, Timestamp,
};
use std::fmt::Write;

/// As many rows are looked up and sorted; a keyword that more rows may hold is common, and rows that hold it come
/// soon in any order.
const FEW: usize = 5_000;
/// Of so many of the latest rows…
const SAMPLE: i64 = 400;
/// … as many hold a keyword that is common.
const COMMON: i64 = 8;

pub(super) fn list(
    transaction: &mut Transaction<'_>,
    query: &EventQuery,
    cutoff: Timestamp,
) -> Result<EventPage> {
    let mut selection = Selection::default();
    selection.filters(query, cutoff);
    let mut few: Option<Vec<Vec<u8>>> = None;
    for search in query.search.iter().filter(|search| !search.keyword.is_empty()) {
        let keyword = SearchField::fold(&search.keyword);
        let nodes = matching_nodes(transaction, search.field, &keyword)?;
        if let Some(found) = candidates(transaction, search.field, &keyword, &nodes)?
            && few.as_ref().is_none_or(|few| found.len() < few.len())
        {
            few = Some(found);
        }
        selection.keyword(search, keyword, nodes);
    }
    if let Some(few) = few {
        selection.add("e.key = ANY (?::bytea[])", [Box::new(few) as Box<dyn ToSql + Sync>]);
    }
    let total = match query.count_all {
        true => {
            let row = transaction.query_one(&selection.sql("count(*)", ""), &selection.parameters())?;
            Some(encode::read_count(row.get(0)))
        }
        false => None,
    };
    if let Some(after) = &query.after {
        selection.after(query, after);
    }
    let limit = query.page_size().saturating_add(1);
    let sql = selection.sql(COLUMNS, &format!("ORDER BY {} LIMIT {limit}", order(query)));
    let mut found = transaction.query(&sql, &selection.parameters())?;
    let has_more = found.len() > query.page_size();
    found.truncate(query.page_size());
    let rows = load(transaction, &found, EventRow::LIST_NODES)?;
    let next = rows.last().map(EventPlace::of).filter(|_| has_more);
    Ok(EventPage { rows, next, total })
}

fn order(query: &EventQuery) -> String {
    let columns: &[&str] = match query.sort {
        EventSort::Latest => &["e.latest", "e.key"],
        EventSort::Count => &["e.count", "e.latest", "e.key"],
    };
    let direction = if query.ascending { "ASC" } else { "DESC" };
    columns.iter().map(|column| format!("{column} {direction}")).collect::<Vec<_>>().join(", ")
}

/// Conditions on events, with their parameters.
#[derive(Default)]
struct Selection {
    conditions: Vec<String>,
    parameters: Vec<Box<dyn ToSql + Sync>>,
}

impl Selection {
    /// Adds a condition in which each `?` stands for the next of the parameters.
    fn add(&mut self, condition: &str, parameters: impl IntoIterator<Item = Box<dyn ToSql + Sync>>) {
        let mut pieces = condition.split('?');
        let mut numbered = pieces.next().unwrap_or_default().to_owned();
        for (piece, parameter) in pieces.zip(parameters) {
            self.parameters.push(parameter);
            // Writing into a string cannot fail.
            let _ = write!(numbered, "${}{piece}", self.parameters.len());
        }
        self.conditions.push(numbered);
    }

    fn filters(&mut self, query: &EventQuery, cutoff: Timestamp) {
        let time = |at: Timestamp| -> [Box<dyn ToSql + Sync>; 1] { [Box::new(encode::time(at).to_vec())] };
        let number = |number: i32| -> [Box<dyn ToSql + Sync>; 1] { [Box::new(number)] };
        self.add("e.latest > ?", time(cutoff));
        if let Some(event_type) = query.event_type {
            self.add("e.event_type = ?", number(encode::event_type(event_type)));
        }
        if let Some(action) = query.action {
            self.add("e.action = ?", number(encode::action(action)));
        }
        if let Some(mode) = query.mode {
            self.add("e.modes & ? <> 0", number(encode::mode(mode)));
            if mode != EventMode::Enforced {
                self.add("e.modes <> 1", []);
            }
        }
        if let Some(from) = query.from {
            self.add("e.latest >= ?", time(from));
        }
        if let Some(until) = query.until {
            self.add("e.latest < ?", time(until));
        }
    }

    fn keyword(&mut self, search: &EventSearch, keyword: String, nodes: Vec<i32>) {
        let mut alternatives = Vec::new();
        let mut parameters: Vec<Box<dyn ToSql + Sync>> = Vec::new();
        let wanted = |field| search.field.is_none_or(|wanted| wanted == field);
        for (field, column) in [
            (SearchField::Policy, "policy_text"),
            (SearchField::ImageName, "image_name_text"),
            (SearchField::ImageId, "image_id_text"),
        ] {
            if wanted(field) {
                alternatives.push(format!("strpos(e.{column}, ?::text COLLATE \"C\") > 0"));
                parameters.push(Box::new(keyword.clone()));
            }
        }
        if !nodes.is_empty() {
            alternatives.push("e.nodes && ?::int[]".to_owned());
            parameters.push(Box::new(nodes));
        }
        let any = if alternatives.is_empty() { "false".to_owned() } else { alternatives.join(" OR ") };
        self.add(&format!("({any})"), parameters);
    }

    /// Only what comes after a place.
    fn after(&mut self, query: &EventQuery, place: &EventPlace) {
        let sign = if query.ascending { ">" } else { "<" };
        let (time, key) = (encode::time(place.latest_at).to_vec(), place.key.to_bytes().to_vec());
        match query.sort {
            EventSort::Latest => {
                let condition = format!("(e.latest, e.key) {sign} (?::bytea, ?::bytea)");
                self.add(&condition, [Box::new(time) as Box<dyn ToSql + Sync>, Box::new(key)]);
            }
            EventSort::Count => {
                let condition = format!("(e.count, e.latest, e.key) {sign} (?::bigint, ?::bytea, ?::bytea)");
                let count = encode::count(place.count);
                self.add(
                    &condition,
                    [Box::new(count) as Box<dyn ToSql + Sync>, Box::new(time), Box::new(key)],
                );
            }
        }
    }

    fn sql(&self, columns: &str, tail: &str) -> String {
        format!("SELECT {columns} FROM imagegate_events AS e WHERE {} {tail}", self.conditions.join(" AND "))
    }

    fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.parameters.iter().map(AsRef::as_ref).collect()
    }
}

/// The nodes that hold the keyword in a field that is searched.
fn matching_nodes(
    transaction: &mut Transaction<'_>,
    field: Option<SearchField>,
    keyword: &str,
) -> Result<Vec<i32>> {
    let columns: &[&str] = match field {
        None => &["name_text", "internal_ip_text", "public_ip_text"],
        Some(SearchField::Node) => &["name_text"],
        Some(SearchField::InternalIp) => &["internal_ip_text"],
        Some(SearchField::PublicIp) => &["public_ip_text"],
        Some(_) => return Ok(Vec::new()),
    };
    let holds =
        columns.iter().map(|column| format!("strpos({column}, $1) > 0")).collect::<Vec<_>>().join(" OR ");
    let rows = transaction.query(&format!("SELECT id FROM imagegate_nodes WHERE {holds}"), &[&keyword])?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The keys of the rows that can hold the keyword, if they are few.
fn candidates(
    transaction: &mut Transaction<'_>,
    field: Option<SearchField>,
    keyword: &str,
    nodes: &[i32],
) -> Result<Option<Vec<Vec<u8>>>> {
    let limit = i64::try_from(FEW.saturating_add(1)).unwrap_or(i64::MAX);
    let mut few: Vec<Vec<u8>> = Vec::new();
    let in_texts =
        !matches!(field, Some(SearchField::Node | SearchField::InternalIp | SearchField::PublicIp));
    if in_texts {
        if keyword.chars().count() < 3 || is_common(transaction, keyword)? {
            return Ok(None);
        }
        let sql = "SELECT key FROM imagegate_events WHERE search_text LIKE $1 LIMIT $2";
        few.extend(
            transaction.query(sql, &[&pattern(keyword), &limit])?.iter().map(|row| row.get::<_, Vec<u8>>(0)),
        );
    }
    if !nodes.is_empty() && few.len() <= FEW {
        let sql = "SELECT key FROM imagegate_events WHERE nodes && $1::int[] LIMIT $2";
        few.extend(transaction.query(sql, &[&nodes, &limit])?.iter().map(|row| row.get::<_, Vec<u8>>(0)));
    }
    Ok((few.len() <= FEW).then_some(few))
}

/// Whether so many of the latest rows hold the keyword that a page of them is found soon in any order: the index would
/// be read for all of them.
fn is_common(transaction: &mut Transaction<'_>, keyword: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM (SELECT search_text FROM imagegate_events ORDER BY latest DESC LIMIT $2) AS newest
               WHERE strpos(search_text, $1::text COLLATE \"C\") > 0";
    let found: i64 = transaction.query_one(sql, &[&keyword, &SAMPLE])?.get(0);
    Ok(found >= COMMON)
}

/// A pattern for `LIKE` in which every character stands for itself.
fn pattern(keyword: &str) -> String {
    let mut pattern = String::from("%");
    for character in keyword.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
