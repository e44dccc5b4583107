//! Lists: along an index that has the order of the answer, or from the few rows that can hold a keyword.

use super::read::Head;
use super::{Result, grams, nodes};
use crate::encode;
use imagegate::{
    EventMode, EventPage, EventPlace, EventQuery, EventRow, EventSearch, EventSort, SearchField, Timestamp,
};
use rusqlite::{Connection, ToSql};
use std::fmt::Write;

/// As many rows are looked up and sorted; a keyword that more rows may hold is common, and rows that hold it come
/// soon in any order.
const FEW: usize = 5_000;

pub(super) fn list(connection: &Connection, query: &EventQuery, cutoff: Timestamp) -> Result<EventPage> {
    let mut selection = Selection::default();
    selection.filters(query, cutoff);
    let mut few: Option<Vec<i64>> = None;
    for search in query.search.iter().filter(|search| !search.keyword.is_empty()) {
        let keyword = SearchField::fold(&search.keyword);
        let nodes = matching_nodes(connection, search.field, &keyword)?;
        if let Some(found) = candidates(connection, search.field, &keyword, &nodes)?
            && few.as_ref().is_none_or(|few| found.len() < few.len())
        {
            few = Some(found);
        }
        selection.keyword(search, keyword, &nodes);
    }
    let total = match query.count_all {
        true => Some(total(connection, &selection, few.as_deref())?),
        false => None,
    };
    if let Some(after) = &query.after {
        selection.after(query, after);
    }
    let limit = query.page_size().saturating_add(1);
    let sql =
        selection.sql(few.as_deref(), Head::COLUMNS, &format!("ORDER BY {} LIMIT {limit}", order(query)));
    let mut heads = connection
        .prepare(&sql)?
        .query_map(selection.parameters().as_slice(), Head::of)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let has_more = heads.len() > query.page_size();
    heads.truncate(query.page_size());
    let mut nodes = nodes::Read::default();
    let rows = heads.iter().map(|head| head.load(connection, &mut nodes, EventRow::LIST_NODES));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let next = rows.last().map(EventPlace::of).filter(|_| has_more);
    Ok(EventPage { rows, next, total })
}

fn total(connection: &Connection, selection: &Selection, few: Option<&[i64]>) -> Result<u64> {
    let sql = selection.sql(few, "count(*)", "");
    let count = connection.prepare(&sql)?.query_row(selection.parameters().as_slice(), |row| row.get(0))?;
    Ok(encode::read_count(count))
}

fn order(query: &EventQuery) -> String {
    let columns: &[&str] = match query.sort {
        EventSort::Latest => &["events.latest", "events.key"],
        EventSort::Count => &["events.count", "events.latest", "events.key"],
    };
    let direction = if query.ascending { "ASC" } else { "DESC" };
    columns.iter().map(|column| format!("{column} {direction}")).collect::<Vec<_>>().join(", ")
}

/// Conditions on `events`, with their parameters.
#[derive(Default)]
struct Selection {
    conditions: Vec<String>,
    parameters: Vec<Box<dyn ToSql>>,
}

impl Selection {
    /// Adds a condition in which each `?` stands for the next of the parameters.
    fn add(&mut self, condition: &str, parameters: impl IntoIterator<Item = Box<dyn ToSql>>) {
        let mut numbered = String::new();
        let mut pieces = condition.split('?');
        numbered.push_str(pieces.next().unwrap_or_default());
        for (piece, parameter) in pieces.zip(parameters) {
            self.parameters.push(parameter);
            // Writing into a string cannot fail.
            let _ = write!(numbered, "?{}{piece}", self.parameters.len());
        }
        self.conditions.push(numbered);
    }

    fn filters(&mut self, query: &EventQuery, cutoff: Timestamp) {
        let time = |at: Timestamp| -> [Box<dyn ToSql>; 1] { [Box::new(encode::time(at))] };
        let number = |number: i32| -> [Box<dyn ToSql>; 1] { [Box::new(number)] };
        self.add("events.latest > ?", time(cutoff));
        if let Some(event_type) = query.event_type {
            // The plus keeps SQLite from thinking of an index.
            self.add("+events.event_type = ?", number(encode::event_type(event_type)));
        }
        if let Some(action) = query.action {
            self.add("+events.action = ?", number(encode::action(action)));
        }
        if let Some(mode) = query.mode {
            self.add("events.modes & ? <> 0", number(encode::mode(mode)));
            if mode != EventMode::Enforced {
                self.add("events.modes <> 1", []);
            }
        }
        if let Some(from) = query.from {
            self.add("events.latest >= ?", time(from));
        }
        if let Some(until) = query.until {
            self.add("events.latest < ?", time(until));
        }
    }

    fn keyword(&mut self, search: &EventSearch, keyword: String, nodes: &[u32]) {
        let mut alternatives = Vec::new();
        let mut parameters: Vec<Box<dyn ToSql>> = Vec::new();
        let wanted = |field| search.field.is_none_or(|wanted| wanted == field);
        for (field, column) in [
            (SearchField::Policy, "policy_text"),
            (SearchField::ImageName, "image_name_text"),
            (SearchField::ImageId, "image_id_text"),
        ] {
            if wanted(field) {
                alternatives.push(format!("instr(events.{column}, ?) > 0"));
                parameters.push(Box::new(keyword.clone()));
            }
        }
        if !nodes.is_empty() {
            alternatives
                .push("on_any((SELECT nodes FROM event_nodes WHERE event = events.id), ?)".to_owned());
            parameters.push(Box::new(nodes::packed(nodes)));
        }
        let any = if alternatives.is_empty() { "0".to_owned() } else { alternatives.join(" OR ") };
        self.add(&format!("({any})"), parameters);
    }

    /// Only what comes after a place.
    fn after(&mut self, query: &EventQuery, place: &EventPlace) {
        let sign = if query.ascending { ">" } else { "<" };
        let (time, key) = (encode::time(place.latest_at), place.key.to_bytes());
        match query.sort {
            EventSort::Latest => {
                let condition = format!("(events.latest, events.key) {sign} (?, ?)");
                self.add(&condition, [Box::new(time) as Box<dyn ToSql>, Box::new(key)]);
            }
            EventSort::Count => {
                let condition = format!("(events.count, events.latest, events.key) {sign} (?, ?, ?)");
                let count = encode::count(place.count);
                self.add(&condition, [Box::new(count) as Box<dyn ToSql>, Box::new(time), Box::new(key)]);
            }
        }
    }

    fn sql(&self, few: Option<&[i64]>, columns: &str, tail: &str) -> String {
        let conditions = self.conditions.join(" AND ");
        let among = few.map(|few| {
            let ids = few.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            format!("events.id IN ({ids}) AND ")
        });
        format!("SELECT {columns} FROM events WHERE {}{conditions} {tail}", among.unwrap_or_default())
    }

    fn parameters(&self) -> Vec<&dyn ToSql> {
        self.parameters.iter().map(AsRef::as_ref).collect()
    }
}

/// The texts of nodes in which a keyword for the field is looked for.
fn node_columns(field: Option<SearchField>) -> &'static [&'static str] {
    match field {
        None => &["name_text", "internal_ip_text", "public_ip_text"],
        Some(SearchField::Node) => &["name_text"],
        Some(SearchField::InternalIp) => &["internal_ip_text"],
        Some(SearchField::PublicIp) => &["public_ip_text"],
        Some(_) => &[],
    }
}

/// The nodes that hold the keyword in a field that is searched, ascending.
fn matching_nodes(connection: &Connection, field: Option<SearchField>, keyword: &str) -> Result<Vec<u32>> {
    let columns = node_columns(field);
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let holds =
        columns.iter().map(|column| format!("instr({column}, ?1) > 0")).collect::<Vec<_>>().join(" OR ");
    let mut statement =
        connection.prepare_cached(&format!("SELECT id FROM nodes WHERE {holds} ORDER BY id"))?;
    Ok(statement.query_map([keyword], |row| row.get(0))?.collect::<rusqlite::Result<Vec<_>>>()?)
}

/// The rows that can hold the keyword, if they are few.
fn candidates(
    connection: &Connection,
    field: Option<SearchField>,
    keyword: &str,
    nodes: &[u32],
) -> Result<Option<Vec<i64>>> {
    let in_texts =
        !matches!(field, Some(SearchField::Node | SearchField::InternalIp | SearchField::PublicIp));
    let mut found = Vec::new();
    if in_texts {
        let Some(some) = grams::candidates(connection, keyword, FEW)? else { return Ok(None) };
        found = some;
    }
    let Some(some) = nodes::events_on(connection, nodes, FEW)? else { return Ok(None) };
    found.extend(some);
    found.sort_unstable();
    found.dedup();
    Ok((found.len() <= FEW).then_some(found))
}
