//! What is asked of a list of events.

use super::mode::EventMode;
use super::row::EventRow;
use super::search::SearchField;
use crate::decision::{Action, AggregationKey, EventType};
use crate::error::{Error, ErrorKind, quote};
use crate::time::Timestamp;
use serde::Serialize;
use std::cmp::Ordering;
use std::fmt;

/// Which events are listed, in which order, and which page. The default is everything, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Only this type.
    pub event_type: Option<EventType>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only rows with a record of this mode.
    pub mode: Option<EventMode>,
    /// Latest time not before this.
    pub from: Option<Timestamp>,
    /// Latest time before this.
    pub until: Option<Timestamp>,
    /// Keywords; all must be found.
    pub search: Vec<EventSearch>,
    /// What comes first.
    pub sort: EventSort,
    /// The least first instead of the greatest.
    pub ascending: bool,
    /// Rows of a page, 1 to 1,000; `None` is 50.
    pub limit: Option<u32>,
    /// The page after this place: [`EventPage::next`] of the page before.
    pub after: Option<EventPlace>,
    /// Whether to count all rows that the query matches, which takes longer than a page.
    pub count_all: bool,
}

/// A keyword: a part of a text, without regard to case. `%`, `_`, `*` and quotes are plain characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSearch {
    /// Where; `None` is in any field.
    pub field: Option<SearchField>,
    /// What; the empty keyword is found everywhere.
    pub keyword: String,
}

/// What comes first in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventSort {
    /// By latest time, then by key.
    #[default]
    Latest,
    /// By count, then by latest time, then by key.
    Count,
}

/// A place in a list: where the next page begins. Printed and read as a short text that callers keep as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// Count of the row.
    pub count: u64,
    /// Its latest time.
    pub latest_at: Timestamp,
    /// Its key.
    pub key: AggregationKey,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// The rows.
    pub rows: Vec<EventRow>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<EventPlace>,
    /// How many rows the query matches, if that was asked.
    pub total: Option<u64>,
}

impl EventQuery {
    /// Rows of a page if the query does not say.
    pub const DEFAULT_LIMIT: u32 = 50;
    /// Most rows of a page.
    pub const MAX_LIMIT: u32 = 1_000;
    /// Longest keyword, in characters.
    pub const MAX_KEYWORD: usize = 256;

    /// Checks the query.
    ///
    /// # Errors
    /// `invalid_argument` for a limit out of range or a keyword that is too long.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |message: String| Err(Error::new(ErrorKind::InvalidArgument, "invalid_query", message));
        if self.limit.is_some_and(|limit| !(1..=Self::MAX_LIMIT).contains(&limit)) {
            return wrong(format!("the limit of a page must be 1 to {}", Self::MAX_LIMIT));
        }
        match self.search.iter().find(|search| search.keyword.chars().nth(Self::MAX_KEYWORD).is_some()) {
            Some(search) => wrong(format!(
                "the keyword {} is longer than {} characters",
                quote(&search.keyword),
                Self::MAX_KEYWORD
            )),
            None => Ok(()),
        }
    }

    /// Rows of a page.
    pub fn page_size(&self) -> usize {
        self.limit.unwrap_or(Self::DEFAULT_LIMIT) as usize
    }

    /// Whether the query selects the row, on whatever page.
    pub fn selects(&self, row: &EventRow) -> bool {
        let last = &row.last;
        self.event_type.is_none_or(|wanted| wanted == last.event_type())
            && self.action.is_none_or(|wanted| wanted == last.action())
            && self.mode.is_none_or(|wanted| row.modes.contains(&wanted))
            && self.from.is_none_or(|from| from <= row.latest_at())
            && self.until.is_none_or(|until| row.latest_at() < until)
            && self.search.iter().all(|search| search.finds(row))
    }

    /// Which of two places comes first.
    pub fn compare(&self, left: &EventPlace, right: &EventPlace) -> Ordering {
        let latest = |place: &EventPlace| (place.latest_at, place.key);
        let order = match self.sort {
            EventSort::Latest => latest(left).cmp(&latest(right)),
            EventSort::Count => (left.count, latest(left)).cmp(&(right.count, latest(right))),
        };
        if self.ascending { order } else { order.reverse() }
    }

    /// The page of rows that the query selects, in any order.
    pub(super) fn page<'r>(&self, rows: impl Iterator<Item = &'r EventRow>) -> EventPage {
        let mut rows: Vec<(EventPlace, &EventRow)> =
            rows.filter(|row| self.selects(row)).map(|row| (EventPlace::of(row), row)).collect();
        let total = self.count_all.then_some(rows.len() as u64);
        rows.sort_by(|(left, _), (right, _)| self.compare(left, right));
        if let Some(after) = &self.after {
            rows.retain(|(place, _)| self.compare(place, after) == Ordering::Greater);
        }
        let has_more = rows.len() > self.page_size();
        rows.truncate(self.page_size());
        let next = rows.last().map(|(place, _)| *place).filter(|_| has_more);
        let rows = rows.into_iter().map(|(_, row)| row.bounded(EventRow::LIST_NODES)).collect();
        EventPage { rows, next, total }
    }
}

impl EventSearch {
    fn finds(&self, row: &EventRow) -> bool {
        let keyword = SearchField::fold(&self.keyword);
        let holds = |field: SearchField| field.text(row).contains(&keyword);
        match self.field {
            Some(field) => holds(field),
            None => SearchField::ALL.into_iter().any(holds),
        }
    }
}

impl EventPlace {
    /// The place of a row.
    pub fn of(row: &EventRow) -> Self {
        Self { count: row.count, latest_at: row.latest_at(), key: row.aggregation_key() }
    }

    /// Reads what [`EventPlace`] prints.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parsed = || {
            let mut parts = text.split('_');
            let (key, time, count) = (parts.next()?, parts.next()?, parts.next()?);
            let key = AggregationKey::parse(key).ok()?;
            let latest_at = Timestamp::parse(time).ok()?;
            let count = count.parse().ok()?;
            parts.next().is_none().then_some(Self { count, latest_at, key })
        };
        parsed().ok_or_else(|| {
            let message = format!("{} is no place in a list: give the `next` of a page", quote(text));
            Error::new(ErrorKind::InvalidArgument, "invalid_place", message)
        })
    }
}

impl fmt::Display for EventPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.key, self.latest_at, self.count)
    }
}

impl EventPage {
    /// The page as one line of JSON: `version`, `events`, `next`, `total`.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'p> {
            version: u32,
            events: &'p [EventRow],
            next: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            total: Option<u64>,
        }
        let next = self.next.map(|next| next.to_string());
        crate::json::to_string(&Document { version: 1, events: &self.rows, next, total: self.total })
    }
}
