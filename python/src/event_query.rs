//! What is asked of a list of events, from keyword arguments.

use crate::error::{exception, invalid_argument, wrong_type};
use crate::event_record::mode;
use crate::now::instant;
use imagegate::{Action, EventPlace, EventQuery, EventSearch, EventSort, EventType, SearchField, quote};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// The keyword arguments of `EventStore.list`.
pub(crate) struct Arguments<'py> {
    pub(crate) event_type: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) mode: Option<String>,
    pub(crate) since: Option<Bound<'py, PyAny>>,
    pub(crate) until: Option<Bound<'py, PyAny>>,
    pub(crate) search: Option<Bound<'py, PyAny>>,
    pub(crate) sort: String,
    pub(crate) ascending: bool,
    pub(crate) limit: Option<u32>,
    pub(crate) after: Option<String>,
    pub(crate) count_all: bool,
}

impl Arguments<'_> {
    pub(crate) fn query(&self, py: Python<'_>) -> PyResult<EventQuery> {
        let types = [EventType::RiskyImage, EventType::PrivilegedImage, EventType::UnscannedImage];
        let actions = [Action::Intercept, Action::Alarm];
        let time = |given: &Option<Bound<'_, PyAny>>| {
            given.as_ref().map(|given| instant(Some(given), py)).transpose()
        };
        Ok(EventQuery {
            event_type: word(py, "event type", self.event_type.as_deref(), &types, |kind| kind.as_str())?,
            action: word(py, "action of an event", self.action.as_deref(), &actions, |action| {
                action.as_str()
            })?,
            mode: self.mode.as_deref().map(|name| mode(py, name)).transpose()?,
            from: time(&self.since)?,
            until: time(&self.until)?,
            search: self.search.as_ref().map(searches).transpose()?.unwrap_or_default(),
            sort: match self.sort.as_str() {
                "latest" => EventSort::Latest,
                "count" => EventSort::Count,
                other => {
                    let message = format!("{} is no order: write `latest` or `count`", quote(other));
                    return Err(invalid_argument(py, "unknown_sort", message));
                }
            },
            ascending: self.ascending,
            limit: self.limit,
            after: self
                .after
                .as_deref()
                .map(|text| EventPlace::parse(text).map_err(|error| exception(py, &error)))
                .transpose()?,
            count_all: self.count_all,
        })
    }
}

/// One of a few words.
fn word<T: Copy>(
    py: Python<'_>,
    noun: &str,
    given: Option<&str>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> PyResult<Option<T>> {
    let Some(given) = given else { return Ok(None) };
    let found = all.iter().copied().find(|one| name(*one) == given);
    found.map(Some).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|one| quote(name(*one))).collect();
        let message = format!("{} is no {noun}: write one of {}", quote(given), names.join(", "));
        invalid_argument(py, "unknown_word", message)
    })
}

/// A keyword for any field, or keywords by field.
fn searches(given: &Bound<'_, PyAny>) -> PyResult<Vec<EventSearch>> {
    let py = given.py();
    if let Ok(keyword) = given.cast::<PyString>() {
        return Ok(vec![EventSearch { field: None, keyword: keyword.to_str()?.to_owned() }]);
    }
    let Ok(by_field) = given.cast::<PyDict>() else {
        return Err(wrong_type("a keyword, or a dict of keywords by field", given));
    };
    let mut searches = Vec::new();
    for (field, keyword) in by_field {
        let name: String = field.extract()?;
        let field = SearchField::from_name(&name).ok_or_else(|| {
            let names: Vec<String> = SearchField::ALL.iter().map(|field| quote(field.as_str())).collect();
            let message = format!("{} is no field: write one of {}", quote(&name), names.join(", "));
            invalid_argument(py, "unknown_field", message)
        })?;
        searches.push(EventSearch { field: Some(field), keyword: keyword.extract()? });
    }
    Ok(searches)
}
