//! Small steps that several readers share.

use super::Options;
use crate::json::{Text, locate};
use imagegate::{Error, ErrorKind, Position, ProfileDocument, Severity};

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
