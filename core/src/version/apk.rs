//! Alpine: apk-package(5) and the comparison of apk-tools.
//!
//! Own code: `apk-version` is a binding to C.

use super::{Number, split_digits, split_while};
use std::cmp::Ordering;

/// One piece of a version. Where two versions differ in kind, the kind that stands later here is the newer one;
/// so a pre-release suffix is older than the end, and anything else newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    /// `_alpha`, `_beta`, `_pre`, `_rc`
    PreSuffix(u8),
    End,
    /// `-r` and a number
    Revision(Number<'a>),
    /// `~` and hexadecimal digits
    Commit(&'a str),
    /// The number after a suffix.
    SuffixNumber(Number<'a>),
    /// `_cvs`, `_svn`, `_git`, `_hg`, `_p`
    PostSuffix(u8),
    Letter(char),
    /// A number after the first that starts with 0 and is compared as text; always less than one that does not.
    ZeroDigits(&'a str),
    Digits(Number<'a>),
}

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp(&parse(right)?))
}

/// `digits(.digits)*letter?(_suffix digits?)*(~hash)?(-rdigits)?`
fn parse(text: &str) -> Option<Vec<Piece<'_>>> {
    let (first, mut rest) = split_digits(text);
    let mut pieces = vec![Piece::Digits(Number::read(first)?)];
    while let Some(after) = rest.strip_prefix('.') {
        let (digits, after) = split_digits(after);
        let number = Number::read(digits)?;
        pieces.push(if digits.starts_with('0') { Piece::ZeroDigits(digits) } else { Piece::Digits(number) });
        rest = after;
    }
    let mut characters = rest.chars();
    if let Some(letter) = characters.next().filter(char::is_ascii_lowercase) {
        pieces.push(Piece::Letter(letter));
        rest = characters.as_str();
    }
    while let Some(after) = rest.strip_prefix('_') {
        let (name, after) = split_while(after, |character| character.is_ascii_lowercase());
        pieces.push(suffix(name)?);
        let (digits, after) = split_digits(after);
        if let Some(number) = Number::read(digits) {
            pieces.push(Piece::SuffixNumber(number));
        }
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('~') {
        let (hash, after) = split_while(after, |character| character.is_ascii_hexdigit());
        if hash.is_empty() {
            return None;
        }
        pieces.push(Piece::Commit(hash));
        rest = after;
    }
    if let Some(digits) = rest.strip_prefix("-r") {
        pieces.push(Piece::Revision(Number::read(digits)?));
        rest = "";
    }
    pieces.push(Piece::End);
    rest.is_empty().then_some(pieces)
}

fn suffix(name: &str) -> Option<Piece<'static>> {
    Some(match name {
        "alpha" => Piece::PreSuffix(0),
        "beta" => Piece::PreSuffix(1),
        "pre" => Piece::PreSuffix(2),
        "rc" => Piece::PreSuffix(3),
        "cvs" => Piece::PostSuffix(0),
        "svn" => Piece::PostSuffix(1),
        "git" => Piece::PostSuffix(2),
        "hg" => Piece::PostSuffix(3),
        "p" => Piece::PostSuffix(4),
        _ => return None,
    })
}
