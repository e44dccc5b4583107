//! Texts that are one JSON document a line.

use super::read;
use imagegate::{Error, ErrorKind, Position};
use serde::Deserialize;

/// A line that is not blank.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// What it says, without white space around it.
    pub(crate) text: &'a str,
    /// Where that starts in the whole text.
    pub(crate) offset: usize,
}

/// The lines of `text` that are not blank.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut next = 0_usize;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = next;
        next = next.saturating_add(line.len());
        let blank = line.len().saturating_sub(line.trim_ascii_start().len());
        let text = line.trim_ascii();
        (!text.is_empty()).then(|| Line { text, offset: start.saturating_add(blank) })
    })
}

impl<'a> Line<'a> {
    /// An error about this line; `offset` is counted from its start.
    pub(crate) fn error(self, error: Error, whole: &str, offset: usize) -> Error {
        error.with_position(Position::of_offset(whole.as_bytes(), self.offset.saturating_add(offset)))
    }

    /// Reads the line as a `T`; errors tell where in `whole` they are.
    pub(crate) fn read<T: Deserialize<'a>>(self, whole: &str, kind: ErrorKind) -> Result<T, Error> {
        read(self.text, kind).map_err(|error| {
            let offset = error.position().map_or(0, |position| position.offset);
            self.error(error, whole, offset)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let text = "{\"a\": 1}\r\n\n  {\"a\": 2}\n {\"ä\": tru";
        let read = |line: Line<'_>| line.read::<BTreeMap<String, u32>>(text, ErrorKind::InvalidProfile);
        let mut all = lines(text);
        assert_eq!(read(all.next().unwrap()).unwrap()["a"], 1);
        assert_eq!(read(all.next().unwrap()).unwrap()["a"], 2);
        let error = read(all.next().unwrap()).unwrap_err();
        assert!(all.next().is_none());
        let position = error.position().unwrap();
        assert_eq!((error.kind(), position.line), (ErrorKind::Syntax, 4));
        assert_eq!(text.len() - 1, position.offset);
        assert!(error.to_string().contains("cut off"), "{error}");
    }
}
