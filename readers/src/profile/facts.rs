//! Small steps that several readers share.

use super::Options;
use crate::json::{Text, locate};
use imagegate::{Error, ErrorKind, Position, ProfileDocument, Score, Severity, Timestamp, Vulnerability};

/// The text, for the positions of errors.
pub(crate) struct At<'a> {
    pub(crate) text: &'a str,
}

impl At<'_> {
    pub(crate) fn error(&self, code: &'static str, pointer: String, message: impl Into<String>) -> Error {
        let position = Position::of_offset(self.text.as_bytes(), locate(self.text, &pointer));
        Error::at(ErrorKind::InvalidProfile, code, pointer, message).with_position(position)
    }
}

/// A member name as a part of a JSON Pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Whether this is a manifest's digest, without a repository.
pub(crate) fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// That the document has no more findings than allowed.
pub(crate) fn bounded(document: &ProfileDocument, options: &Options) -> Result<(), Error> {
    let lists = [document.vulnerabilities.len(), document.malware.len(), document.sensitive.len()];
    within(lists.into_iter().fold(0, usize::saturating_add), options)
}

/// That so many findings are allowed.
pub(crate) fn within(findings: usize, options: &Options) -> Result<(), Error> {
    if findings > options.limits.findings {
        let message = format!("the report has more findings than the limit of {}", options.limits.findings);
        return Err(Error::new(ErrorKind::LimitExceeded, "limit_exceeded", message));
    }
    Ok(())
}

/// How much text the findings of a report may still hold: as many bytes as a document may have. Some reports say once
/// what is true of many findings, so that a small one would unfold to more than memory holds.
pub(crate) struct Texts {
    left: usize,
    limit: usize,
}

impl Texts {
    pub(crate) fn within(options: &Options) -> Self {
        Self { left: options.limits.bytes, limit: options.limits.bytes }
    }

    pub(crate) fn add(&mut self, found: &Vulnerability) -> Result<(), Error> {
        let versions = found.fix.iter().flat_map(|fix| &fix.versions);
        let package = found.package.iter().flat_map(|package| {
            [&package.name, &package.version, &package.ecosystem, &package.purl, &package.path]
        });
        let vector = found.cvss.as_ref().and_then(|cvss| cvss.vector.as_ref());
        let single = found.id.iter().chain(&found.severity_source).chain(vector).chain(package.flatten());
        let all = single.chain(&found.aliases).chain(versions);
        let size =
            all.map(|text| text.len().saturating_add(size_of::<String>())).fold(0, usize::saturating_add);
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            let message =
                format!("the findings of the report hold more text than the limit of {} bytes", self.limit);
            Error::new(ErrorKind::LimitExceeded, "limit_exceeded", message)
        })?;
        Ok(())
    }
}

/// A string that is there and not empty.
pub(crate) fn known(text: Option<&Text<'_>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(|text| text.0.clone().into_owned())
}

/// The path written from the root of what was scanned.
pub(crate) fn from_root(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// The severity of that name, in whatever case.
pub(crate) fn severity(word: Option<&Text<'_>>) -> Severity {
    word.and_then(|word| severity_word(word)).unwrap_or_default()
}

/// The severity of that name, in whatever case, if it is one.
pub(crate) fn severity_word(word: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| word.eq_ignore_ascii_case(severity.as_str()))
}

/// A time; unknown if it is none. So is one of the first years: programs write it for "not known", Go's in whatever
/// time zone. Unknown dates never make an image look safer.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok().filter(|_| !text.starts_with("000"))
}

/// A time, or the start of a day that is written `YYYY-MM-DD`.
pub(crate) fn day_or_time(text: &str) -> Option<Timestamp> {
    time(text).or_else(|| time(&format!("{text}T00:00:00Z")))
}

/// A score from 0 to `limit`; any other is an error at `pointer`.
pub(crate) fn in_range(value: f64, limit: f64, pointer: &str, at: &At<'_>) -> Result<Score, Error> {
    Score::new(value).filter(|score| score.get() <= limit).ok_or_else(|| {
        let message = format!("expected a number from 0 to {limit}, found {value}");
        at.error("out_of_range", pointer.to_owned(), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(day_or_time("2022-03-15").unwrap().to_string(), "2022-03-15T00:00:00Z");
        assert_eq!(day_or_time("2022-03-15T01:00:00+01:00").unwrap().to_string(), "2022-03-15T00:00:00Z");
        for none in ["", "soon", "0001-01-01", "0001-01-01T00:00:00Z", "0000-12-31T18:09:24-05:50"] {
            assert_eq!(day_or_time(none), None, "{none}");
        }
    }
}
