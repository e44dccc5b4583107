//! The one error type of the library.
//!
//! An [`Error`] has a [`kind`](Error::kind) to match on, a [`code`](Error::code) that never changes once
//! published, and, where a document is to blame, a JSON Pointer and a position. A document with several
//! mistakes reports all of them at once, in [`problems`](Error::problems).

use std::fmt;

/// What went wrong, in the few classes a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are no JSON document (or not the text format that was named).
    Syntax,
    /// A policy document breaks its rules.
    InvalidPolicy,
    /// A scan profile or scanner report breaks its rules.
    InvalidProfile,
    /// A launch document breaks its rules.
    InvalidLaunch,
    /// An event record or row breaks its rules.
    InvalidEvent,
    /// The launch and the scan profile are about different images.
    ImageMismatch,
    /// An input is larger than its documented limit.
    LimitExceeded,
    /// A format or a version this build cannot read.
    Unsupported,
    /// An argument of the call itself makes no sense (a `now` outside the years 0000 to 9999).
    InvalidArgument,
    /// Events could not be stored or read: a file, a disk, a database.
    Storage,
}

impl ErrorKind {
    /// The stable name of the kind, as every language and the command line print it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::InvalidPolicy => "invalid_policy",
            Self::InvalidProfile => "invalid_profile",
            Self::InvalidLaunch => "invalid_launch",
            Self::InvalidEvent => "invalid_event",
            Self::ImageMismatch => "image_mismatch",
            Self::LimitExceeded => "limit_exceeded",
            Self::Unsupported => "unsupported",
            Self::InvalidArgument => "invalid_argument",
            Self::Storage => "storage",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place in a text: line and column are counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
    /// Offset in bytes, from 0.
    pub offset: usize,
}

impl Position {
    /// The position of the byte at `offset` in `text`.
    pub fn of_offset(text: &[u8], offset: usize) -> Self {
        let offset = offset.min(text.len());
        let (before, _) = text.split_at(offset);
        let line = before.iter().filter(|&&byte| byte == b'\n').count();
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at.saturating_add(1));
        // Continuation bytes of UTF-8 start with the bits 10 and are no column of their own.
        let column =
            before.get(start..).unwrap_or_default().iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        let from_one = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
        Self { line: from_one(line), column: from_one(column), offset }
    }
}

/// One mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A slug that never changes: `unknown_field`, `bad_glob`, …
    pub code: &'static str,
    /// Where, as a JSON Pointer (RFC 6901) into the document. `""` is the document itself.
    pub pointer: String,
    /// What was wrong and what would be right, in one line.
    pub message: String,
    /// Where in the text, if the text is known.
    pub position: Option<Position>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "line {} column {}: ", position.line, position.column)?;
        }
        if !self.pointer.is_empty() {
            write_line(f, &self.pointer)?;
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// Names of members are the document's: they neither break the line of a message nor make it long.
const MAX_POINTER_CHARS: usize = 400;

/// A pointer on one line, its start left out if it is long.
fn write_line(f: &mut fmt::Formatter<'_>, pointer: &str) -> fmt::Result {
    let start = pointer.char_indices().rev().nth(MAX_POINTER_CHARS.saturating_sub(1)).map_or(0, |(at, _)| at);
    if start > 0 {
        f.write_str("…")?;
    }
    for character in pointer.get(start..).unwrap_or_default().chars() {
        if character.is_control() {
            write!(f, "{}", character.escape_default())?;
        } else {
            write!(f, "{character}")?;
        }
    }
    Ok(())
}

/// What every fallible call of the library returns.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{repr}")]
pub struct Error {
    repr: Box<Repr>,
}

#[derive(Clone, Debug)]
struct Repr {
    kind: ErrorKind,
    problems: Vec<Problem>,
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut problems = self.problems.iter();
        match problems.next() {
            Some(first) => write!(f, "{first}")?,
            None => write!(f, "{}", self.kind)?,
        }
        match problems.len() {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more problem)"),
            more => write!(f, " (and {more} more problems)"),
        }
    }
}

/// Values quoted in a message are cut here, so that a hostile document cannot write a novel into a log.
const MAX_QUOTED_CHARS: usize = 80;

/// User text in backticks, on one line and bounded, for a message.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == MAX_QUOTED_CHARS {
            quoted.push('…');
            break;
        }
        if character.is_control() {
            quoted.extend(character.escape_default());
        } else {
            quoted.push(character);
        }
    }
    quoted.push('`');
    quoted
}

impl Error {
    /// An error with a single problem. `code` must be a slug that stays.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self::at(kind, code, "", message)
    }

    /// An error with a single problem at a JSON Pointer.
    pub fn at(
        kind: ErrorKind,
        code: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let problem = Problem { code, pointer: pointer.into(), message: message.into(), position: None };
        Self::from_problems(kind, vec![problem])
    }

    /// An error that carries all the problems of one document.
    pub fn from_problems(kind: ErrorKind, problems: Vec<Problem>) -> Self {
        Self { repr: Box::new(Repr { kind, problems }) }
    }

    /// The same error with the position of its first problem set.
    #[must_use]
    pub fn with_position(mut self, position: Position) -> Self {
        if let Some(first) = self.repr.problems.first_mut() {
            first.position = Some(position);
        }
        self
    }

    /// The class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.repr.kind
    }

    /// The slug of the first problem. It never changes once published.
    pub fn code(&self) -> &'static str {
        self.repr.problems.first().map_or(self.repr.kind.as_str(), |problem| problem.code)
    }

    /// Where the first problem is, as a JSON Pointer; `None` if the error is not about a place.
    pub fn pointer(&self) -> Option<&str> {
        self.repr
            .problems
            .first()
            .map(|problem| problem.pointer.as_str())
            .filter(|pointer| !pointer.is_empty())
    }

    /// Where the first problem is in the text, if known.
    pub fn position(&self) -> Option<Position> {
        self.repr.problems.first().and_then(|problem| problem.position)
    }

    /// All problems, in document order. Never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.repr.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_bounded_line_whatever_members_are_called() {
        let shown = |pointer: &str| {
            Error::at(ErrorKind::InvalidPolicy, "unknown_field", pointer, "unknown field").to_string()
        };
        assert_eq!(shown("/a\nb/c"), "/a\\nb/c: unknown field");
        let long = shown(&format!("/policies/0/{}", "ä".repeat(1_000_000)));
        assert!(long.starts_with('…') && long.ends_with("ä: unknown field"));
        assert_eq!(long.chars().count(), 1 + MAX_POINTER_CHARS + ": unknown field".len());
    }
}
