//! Small steps that several readers share.

use super::Options;
use crate::json::{Text, locate};
use imagegate::{Error, ErrorKind, Position, ProfileDocument, Score, Severity, Timestamp};

/// The text, for the positions of errors.
pub(super) struct At<'a> {
    pub(super) text: &'a str,
}

impl At<'_> {
    pub(super) fn error(&self, code: &'static str, pointer: String, message: impl Into<String>) -> Error {
        let position = Position::of_offset(self.text.as_bytes(), locate(self.text, &pointer));
        Error::at(ErrorKind::InvalidProfile, code, pointer, message).with_position(position)
    }
}

/// That the document has no more findings than allowed.
pub(super) fn bounded(document: &ProfileDocument, options: &Options) -> Result<(), Error> {
    let lists = [document.vulnerabilities.len(), document.malware.len(), document.sensitive.len()];
    within(lists.into_iter().fold(0, usize::saturating_add), options)
}

/// That so many findings are allowed.
pub(super) fn within(findings: usize, options: &Options) -> Result<(), Error> {
    if findings > options.limits.findings {
        let message = format!("the report has more findings than the limit of {}", options.limits.findings);
        return Err(Error::new(ErrorKind::LimitExceeded, "limit_exceeded", message));
    }
    Ok(())
}

/// A string that is there and not empty.
pub(super) fn known(text: Option<&Text<'_>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(|text| text.0.clone().into_owned())
}

/// The path written from the root of what was scanned.
pub(super) fn from_root(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// The severity of that name, in whatever case.
pub(super) fn severity(word: Option<&Text<'_>>) -> Severity {
    word.and_then(|word| severity_word(word)).unwrap_or_default()
}

/// The severity of that name, in whatever case, if it is one.
pub(super) fn severity_word(word: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| word.eq_ignore_ascii_case(severity.as_str()))
}

/// A time; unknown if it is none. So is one of the first years: programs write it for "not known", Go's in whatever
/// time zone. Unknown dates never make an image look safer.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok().filter(|_| !text.starts_with("000"))
}

/// A time, or the start of a day that is written `YYYY-MM-DD`.
pub(super) fn day_or_time(text: &str) -> Option<Timestamp> {
    time(text).or_else(|| time(&format!("{text}T00:00:00Z")))
}

/// A score from 0 to `limit`; any other is an error at `pointer`.
pub(super) fn in_range(value: f64, limit: f64, pointer: &str, at: &At<'_>) -> Result<Score, Error> {
    Score::new(value).filter(|score| score.get() <= limit).ok_or_else(|| {
        let message = format!("expected a number from 0 to {limit}, found {value}");
        at.error("out_of_range", pointer.to_owned(), message)
    })
}
