//! What is asked of a list, as a JSON document.

use crate::failure::Failure;
use crate::status::imagegate_status;
use imagegate::{
    Action, EventMode, EventPlace, EventQuery, EventSearch, EventSort, EventType, SearchField, Timestamp,
    quote,
};
use serde::Deserialize;

/// A misspelt member must not list everything.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Document {
    event_type: Option<String>,
    action: Option<String>,
    mode: Option<String>,
    from: Option<String>,
    until: Option<String>,
    search: Vec<Search>,
    sort: Option<String>,
    ascending: bool,
    limit: Option<u32>,
    after: Option<String>,
    count_all: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(default)]
    field: Option<String>,
    keyword: String,
}

/// The query; an empty text is everything, latest first.
pub(crate) fn parse(text: &[u8]) -> Result<EventQuery, Failure> {
    if text.is_empty() {
        return Ok(EventQuery::default());
    }
    let document: Document = serde_json::from_slice(text)
        .map_err(|error| invalid(format!("the query does not read: {}", quote(&error.to_string()))))?;
    let sorts = [("latest", EventSort::Latest), ("count", EventSort::Count)];
    let search = |search: Search| {
        let fields = SearchField::ALL.map(|field| (field.as_str(), field));
        Ok(EventSearch { field: word("field", search.field.as_deref(), &fields)?, keyword: search.keyword })
    };
    let query = EventQuery {
        event_type: word(
            "event_type",
            document.event_type.as_deref(),
            &[EventType::RiskyImage, EventType::PrivilegedImage, EventType::UnscannedImage]
                .map(|kind| (kind.as_str(), kind)),
        )?,
        action: word(
            "action",
            document.action.as_deref(),
            &[Action::Intercept, Action::Alarm].map(|action| (action.as_str(), action)),
        )?,
        mode: word("mode", document.mode.as_deref(), &EventMode::ALL.map(|mode| (mode.as_str(), mode)))?,
        from: document.from.as_deref().map(Timestamp::parse).transpose()?,
        until: document.until.as_deref().map(Timestamp::parse).transpose()?,
        search: document.search.into_iter().map(search).collect::<Result<_, Failure>>()?,
        sort: word("sort", document.sort.as_deref(), &sorts)?.unwrap_or_default(),
        ascending: document.ascending,
        limit: document.limit,
        after: document.after.as_deref().map(EventPlace::parse).transpose()?,
        count_all: document.count_all,
    };
    query.check()?;
    Ok(query)
}

/// The value of a word, if there is one.
fn word<T: Copy>(member: &str, word: Option<&str>, known: &[(&str, T)]) -> Result<Option<T>, Failure> {
    let Some(word) = word else { return Ok(None) };
    match known.iter().find(|(name, _)| *name == word) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let names = names.join("`, `");
            Err(invalid(format!("`{member}` is {} in the query: known are `{names}`", quote(word))))
        }
    }
}

fn invalid(message: String) -> Failure {
    Failure::new(imagegate_status::InvalidArgument, "invalid_query", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<EventQuery, String> {
        parse(text.as_bytes()).map_err(|failure| crate::error::imagegate_events_error::from(failure).message)
    }

    #[test]
    fn reads_what_may_be_asked() {
        assert_eq!(query("").unwrap(), EventQuery::default());
        assert_eq!(query("{}").unwrap(), EventQuery::default());
        let full = query(
            r#"{"event_type": "risky_image", "action": "alarm", "mode": "break_glass", "sort": "count",
                "from": "2026-11-24T00:00:00Z", "until": "2026-11-25T00:00:00Z", "ascending": true, "limit": 7,
                "search": [{"keyword": "x"}, {"field": "node", "keyword": "y"}], "count_all": true}"#,
        );
        let full = full.unwrap();
        assert_eq!((full.event_type, full.action), (Some(EventType::RiskyImage), Some(Action::Alarm)));
        assert_eq!((full.mode, full.sort), (Some(EventMode::BreakGlass), EventSort::Count));
        assert_eq!((full.limit, full.ascending, full.count_all), (Some(7), true, true));
        assert_eq!(full.search[1].field, Some(SearchField::Node));
        assert!(full.from < full.until);
    }

    #[test]
    fn refuses_what_would_list_something_else() {
        for (text, part) in [
            (r#"{"actoin": "alarm"}"#, "unknown field"),
            (r#"{"action": "allow"}"#, "known are `intercept`, `alarm`"),
            (r#"{"search": [{"field": "host", "keyword": "x"}]}"#, "known are `policy`"),
            (r#"{"from": "yesterday"}"#, "RFC 3339"),
            (r#"{"limit": 0}"#, "1 to 1000"),
            (r#"{"after": "x"}"#, "no place in a list"),
            ("[", "does not read"),
        ] {
            let message = query(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
