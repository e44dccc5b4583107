//! Every problem of a document, instead of the first.

use super::locate;
use super::node::Node;
use super::path::Path;
use crate::error::{Error, ErrorKind, Position, Problem};

/// Bytes that are searched for the positions of all problems of a document together.
const MAX_SEARCHED: usize = 1 << 28;

/// All problems found so far, up to a limit.
pub(crate) struct Problems {
    list: Vec<Problem>,
    /// Problems beyond the limit, only counted.
    more: usize,
    limit: usize,
}

impl Problems {
    pub(crate) fn new(limit: usize) -> Self {
        Self { list: Vec::new(), more: 0, limit: limit.max(1) }
    }

    pub(crate) fn add(&mut self, code: &'static str, path: &Path<'_>, message: impl Into<String>) {
        if self.list.len() < self.limit {
            let message = message.into();
            self.list.push(Problem { code, pointer: path.pointer(), message, position: None });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.list.len().saturating_add(self.more)
    }

    /// The error of all problems, with positions where the text is known.
    pub(crate) fn into_error(mut self, kind: ErrorKind, text: Option<&str>) -> Option<Error> {
        if self.list.is_empty() {
            return None;
        }
        if let Some(text) = text {
            // Each is looked for from the start: of a large document not all are, so that a mistake in every line of
            // it does not take minutes to tell.
            let most = MAX_SEARCHED.checked_div(text.len()).unwrap_or(usize::MAX).max(1);
            for problem in self.list.iter_mut().take(most) {
                let at_key = matches!(problem.code, "unknown_field" | "duplicate_key");
                problem.position = locate(text, &problem.pointer, at_key)
                    .map(|offset| Position::of_offset(text.as_bytes(), offset));
            }
            // In document order, as one reads the file; problems of one place stay in the order of the checks.
            self.list.sort_by_key(|problem| problem.position.map_or(usize::MAX, |position| position.offset));
        }
        if self.more > 0 {
            let message = format!("{} more problems are not listed", self.more);
            self.list.push(Problem {
                code: "more_problems",
                pointer: String::new(),
                message,
                position: None,
            });
        }
        let kind = match self.list.first() {
            Some(problem) if problem.code == "limit_exceeded" => ErrorKind::LimitExceeded,
            Some(problem) if problem.code == "unsupported_version" => ErrorKind::Unsupported,
            _ => kind,
        };
        Some(Error::from_problems(kind, self.list))
    }
}

/// Reports a value of the wrong type.
pub(crate) fn wrong_type(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems, expected: &str) {
    problems.add("wrong_type", path, format!("expected {expected}, found {}", node.describe()));
}
