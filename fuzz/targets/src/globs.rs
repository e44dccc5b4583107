//! Globs, against one that backtracks.

use crate::errors;
use crate::glob::{Flavour, Glob};
use crate::reference_globs::{self, Kind};
use imagegate::Limits;

/// What a backtracking matcher can be asked.
const MOST_STARS: usize = 6;
const LONGEST_TEXT: usize = 64;

/// A glob, and after a line feed a text.
pub(crate) fn globs(bytes: &[u8]) {
    let Ok(both) = std::str::from_utf8(bytes) else { return };
    let (source, text) = both.split_once('\n').unwrap_or((both, ""));
    for (flavour, kind) in [(Flavour::Path, Kind::Path), (Flavour::Plain, Kind::Plain)] {
        let glob = match Glob::parse(source, flavour, Limits::default().pattern) {
            Ok(glob) => glob,
            Err(message) => {
                errors::line(&message);
                assert!(!is_well_formed(source), "{message}");
                continue;
            }
        };
        assert!(is_well_formed(source), "{source:?}");
        let matches = glob.matches(text);
        if source.matches('*').count() <= MOST_STARS && text.len() <= LONGEST_TEXT {
            assert_eq!(matches, reference_globs::matches(kind, source, text), "{source:?} {text:?}");
        }
        if let Some(literal) = glob.literal() {
            assert_eq!(matches, literal == text);
        }
        let literal: String = text.chars().flat_map(|character| ['\\', character]).collect();
        if !text.is_empty() && text.chars().count() * 2 <= Limits::default().pattern {
            assert!(Glob::parse(&literal, flavour, Limits::default().pattern).unwrap().matches(text));
        }
    }
}

/// The rules of the contract once more: what a backslash escapes is aside.
fn is_well_formed(source: &str) -> bool {
    let (mut plain, mut characters) = (String::new(), source.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next().is_none() => return false,
            '\\' => plain.push('x'),
            other => plain.push(other),
        }
    }
    !source.is_empty()
        && source.chars().count() <= Limits::default().pattern
        && !plain.contains("***")
        && !plain.contains(['[', ']', '{', '}'])
}
