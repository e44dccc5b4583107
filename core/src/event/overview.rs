//! What happened, in figures.

use super::row::EventRow;
use crate::decision::Action;
use crate::time::{DayOffset, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// Days of the series.
const SERIES_DAYS: i64 = 7;

/// Counts of events by action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventCounts {
    /// Starts that were intercepted: the sum of the counts of the rows.
    pub intercepted: u64,
    /// Starts that were only alarmed.
    pub alarmed: u64,
}

impl EventCounts {
    /// Adds the count of rows of an action.
    pub fn add(&mut self, action: Action, count: u64) {
        let sum = match action {
            Action::Intercept => &mut self.intercepted,
            Action::Alarm => &mut self.alarmed,
            Action::Allow => return,
        };
        *sum = sum.saturating_add(count);
    }
}

/// Counts of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayCounts {
    /// `YYYY-MM-DD`
    pub day: String,
    /// Its counts.
    #[serde(flatten)]
    pub counts: EventCounts,
}

/// What happened, in figures: today, the last days, and everything that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventOverview {
    /// At which instant.
    pub at: Timestamp,
    /// Today.
    pub today: DayCounts,
    /// The last seven days, today included, earliest first; days without events are zeros.
    pub series: Vec<DayCounts>,
    /// All that is not expired.
    pub total: EventCounts,
    /// How many rows that is.
    pub rows: u64,
}

impl EventOverview {
    /// The overview of the counts that rows have by day and action. `offset` decides which day `now` is.
    pub fn of_counts(
        now: Timestamp,
        offset: DayOffset,
        counts: impl IntoIterator<Item = (String, Action, u64)>,
        rows: u64,
    ) -> Self {
        let mut total = EventCounts::default();
        let mut by_day: BTreeMap<String, EventCounts> = BTreeMap::new();
        for (day, action, count) in counts {
            total.add(action, count);
            by_day.entry(day).or_default().add(action, count);
        }
        let series: Vec<DayCounts> = (0..SERIES_DAYS)
            .rev()
            .map(|back| {
                let day = now.day_before(offset, back);
                DayCounts { counts: by_day.get(&day).copied().unwrap_or_default(), day }
            })
            .collect();
        let day = now.day(offset);
        let today = DayCounts { counts: by_day.get(&day).copied().unwrap_or_default(), day };
        Self { at: now, today, series, total, rows }
    }

    /// The overview of rows; the caller leaves out what is expired.
    pub fn of_rows<'r>(
        now: Timestamp,
        offset: DayOffset,
        rows: impl IntoIterator<Item = &'r EventRow>,
    ) -> Self {
        let mut number = 0_u64;
        let counts = rows.into_iter().map(|row| {
            number = number.saturating_add(1);
            (row.last.day().to_owned(), row.last.action(), row.count)
        });
        let counts: Vec<_> = counts.collect();
        Self::of_counts(now, offset, counts, number)
    }

    /// The overview as one line of JSON.
    pub fn to_json(&self) -> String {
        crate::json::to_string(self)
    }
}
