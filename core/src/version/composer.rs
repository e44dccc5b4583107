//! Composer: the version parser of composer/semver, whose result PHP's `version_compare` compares.
//!
//! Own code: there is no library.

use super::{Number, split_digits, split_while};
use std::cmp::Ordering;

/// One piece of a normalised version, in the order of `version_compare`: where one version ends, what goes on with
/// a pre-release is older, and what goes on with a number or a patch is newer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Dev,
    Alpha,
    Beta,
    Candidate,
    End,
    Number(Number<'a>),
    Patch,
}

/// What Composer puts for `x` in a branch such as `1.x-dev`.
const ANY: Piece<'static> = Piece::Number(Number { length: 7, digits: "9999999" });

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let left = left.to_ascii_lowercase();
    let right = right.to_ascii_lowercase();
    Some(parse(&left)?.cmp(&parse(&right)?))
}

/// A version in lower case. Named branches (`dev-main`) have no order and are unreadable.
fn parse(text: &str) -> Option<Vec<Piece<'_>>> {
    let text = text.split_once('@').map_or(text, |(text, _stability)| text);
    let text = text.split_once('+').map_or(text, |(text, _build)| text);
    let text = text.strip_prefix('v').unwrap_or(text);
    parse_numbers(text)
        .and_then(|(pieces, rest)| parse_modifier(pieces, rest))
        .or_else(|| parse_date(text).and_then(|(pieces, rest)| parse_modifier(pieces, rest)))
        .or_else(|| parse_branch(text))
}

/// One to four numbers, the first of at most five digits; what is missing is 0.
fn parse_numbers(text: &str) -> Option<(Vec<Piece<'_>>, &str)> {
    let (first, mut rest) = split_digits(text);
    if first.len() > 5 {
        return None;
    }
    let mut pieces = vec![Piece::Number(Number::read(first)?)];
    while pieces.len() < 4 {
        let Some((digits, after)) = rest.strip_prefix('.').map(split_digits) else { break };
        let Some(number) = Number::read(digits) else { break };
        pieces.push(Piece::Number(number));
        rest = after;
    }
    pieces.resize(4, Piece::Number(Number::ZERO));
    Some((pieces, rest))
}

/// A date such as `20240131` or `2024-01-31.1`: numbers, the first of at least four digits, as they are.
fn parse_date(text: &str) -> Option<(Vec<Piece<'_>>, &str)> {
    let (first, mut rest) = split_digits(text);
    if first.len() < 4 {
        return None;
    }
    let mut pieces = vec![Piece::Number(Number::read(first)?)];
    while let Some((digits, after)) = rest.strip_prefix(['.', ':', '-']).map(split_digits) {
        let Some(number) = Number::read(digits) else { break };
        pieces.push(Piece::Number(number));
        rest = after;
    }
    Some((pieces, rest))
}

/// A numbered branch, such as `1.x-dev`: it lies above all versions it may lead to.
fn parse_branch(text: &str) -> Option<Vec<Piece<'_>>> {
    let text = text.strip_suffix("-dev")?;
    let mut pieces = Vec::new();
    for part in text.split('.') {
        match part {
            "x" | "*" => pieces.push(ANY),
            _ if pieces.contains(&ANY) => return None,
            _ => pieces.push(Piece::Number(Number::read(part)?)),
        }
    }
    if pieces.len() > 4 || !pieces.contains(&ANY) {
        return None;
    }
    pieces.resize(4, ANY);
    pieces.extend([Piece::Dev, Piece::End]);
    Some(pieces)
}

/// `[._-]? (stability ([.-]? number)*)? ([.-]? dev)?` and the end.
fn parse_modifier<'a>(mut pieces: Vec<Piece<'a>>, text: &'a str) -> Option<Vec<Piece<'a>>> {
    let mut rest = text.strip_prefix(['.', '_', '-']).unwrap_or(text);
    let (name, after) = split_while(rest, |character| character.is_ascii_lowercase());
    // "beta1dev" and "betadev" are one word each up to here.
    let stability = name.strip_suffix("dev").unwrap_or(name);
    let stability_piece = match stability {
        "alpha" | "a" => Some(Piece::Alpha),
        "beta" | "b" => Some(Piece::Beta),
        "rc" => Some(Piece::Candidate),
        "patch" | "pl" | "p" => Some(Piece::Patch),
        _ => None,
    };
    let is_stable = stability == "stable";
    let mut tail = Vec::new();
    if is_stable || stability_piece.is_some() {
        tail.extend(stability_piece);
        rest = if stability.len() == name.len() { after } else { rest.strip_prefix(stability)? };
        loop {
            let (digits, after) = split_digits(rest.strip_prefix(['.', '-']).unwrap_or(rest));
            let Some(number) = Number::read(digits) else { break };
            tail.push(Piece::Number(number));
            rest = after;
        }
        rest = rest.strip_prefix(['.', '-']).filter(|after| *after == "dev").unwrap_or(rest);
    }
    if let Some(after) = rest.strip_prefix("dev") {
        tail.push(Piece::Dev);
        rest = after;
    }
    // Composer drops "stable" and whatever goes with it.
    if !is_stable {
        pieces.append(&mut tail);
    }
    pieces.push(Piece::End);
    rest.is_empty().then_some(pieces)
}
