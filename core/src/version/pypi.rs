//! Python: PEP 440.
//!
//! Own code: `pep440_rs` is correct but brings unicode-width, unscanny and once_cell for its error messages, builds
//! a shared library along with it, and reads no number beyond 64 bits.

use super::{Completeness, Number, split_digits, split_while};
use std::cmp::Ordering;

/// The fields stand in the order in which they decide.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version<'a> {
    epoch: Number<'a>,
    release: Vec<Number<'a>>,
    pre: Pre<'a>,
    post: Option<Number<'a>>,
    dev: Dev<'a>,
    /// No label is older than any.
    local: Vec<Local<'a>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Pre<'a> {
    /// A development release of the release itself, such as 1.0.dev1, which is older than 1.0a1.
    OnlyDev,
    Alpha(Number<'a>),
    Beta(Number<'a>),
    Candidate(Number<'a>),
    None,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Dev<'a> {
    Dev(Number<'a>),
    None,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Local<'a> {
    Text(&'a str),
    Number(Number<'a>),
}

/// The order of PEP 440. A bound without a local label takes a version with any.
pub(super) fn compare(left: &str, right: &str, completeness: Completeness) -> Option<Ordering> {
    let left = left.to_ascii_lowercase();
    let right = right.to_ascii_lowercase();
    let mut left = parse(&left)?;
    let right = parse(&right)?;
    if completeness == Completeness::AsBound && right.local.is_empty() {
        left.local.clear();
    }
    Some(left.cmp(&right))
}

/// Any spelling PEP 440 accepts (its appendix B), in lower case:
/// `v? (epoch!)? release pre? post? dev? (+local)?`
fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (epoch, text) = match text.split_once('!') {
        Some((epoch, rest)) => (Number::read(epoch)?, rest),
        None => (Number::ZERO, text),
    };
    let (text, local) = match text.split_once('+') {
        Some((text, local)) => (text, parse_local(local)?),
        None => (text, Vec::new()),
    };

    let (digits, mut rest) = split_digits(text);
    let mut release = vec![Number::read(digits)?];
    while let Some((digits, after)) = rest.strip_prefix('.').map(split_digits)
        && let Some(number) = Number::read(digits)
    {
        release.push(number);
        rest = after;
    }
    // 1.0 is 1.
    while release.last().is_some_and(|number| number.is_zero()) {
        release.pop();
    }

    type Stage<'a> = fn(Number<'a>) -> Pre<'a>;
    // Longer names first, so that "alpha" is not taken for "a".
    let stages: [(&str, Stage<'_>); 8] = [
        ("alpha", Pre::Alpha),
        ("beta", Pre::Beta),
        ("preview", Pre::Candidate),
        ("pre", Pre::Candidate),
        ("rc", Pre::Candidate),
        ("a", Pre::Alpha),
        ("b", Pre::Beta),
        ("c", Pre::Candidate),
    ];
    let mut pre = Pre::None;
    for (name, stage) in stages {
        if let Some((number, after)) = parse_stage(rest, name) {
            pre = stage(number);
            rest = after;
            break;
        }
    }
    let mut post = None;
    if let Some((digits, after)) = rest.strip_prefix('-').map(split_digits)
        && let Some(number) = Number::read(digits)
    {
        post = Some(number);
        rest = after;
    } else if let Some((number, after)) = ["post", "rev", "r"].iter().find_map(|name| parse_stage(rest, name))
    {
        post = Some(number);
        rest = after;
    }
    let mut dev = Dev::None;
    if let Some((number, after)) = parse_stage(rest, "dev") {
        dev = Dev::Dev(number);
        rest = after;
        if matches!(pre, Pre::None) && post.is_none() {
            pre = Pre::OnlyDev;
        }
    }
    rest.is_empty().then_some(Version { epoch, release, pre, post, dev, local })
}

/// `[-_.]? name [-_.]? number?`, where no number is 0.
fn parse_stage<'a>(text: &'a str, name: &str) -> Option<(Number<'a>, &'a str)> {
    let skip_separator = |text: &'a str| text.strip_prefix(['-', '_', '.']).unwrap_or(text);
    let (digits, rest) = split_digits(skip_separator(skip_separator(text).strip_prefix(name)?));
    Some((Number::new(digits), rest))
}

/// Letters and digits between separators; what is only digits is a number, and newer than any text.
fn parse_local(text: &str) -> Option<Vec<Local<'_>>> {
    text.split(['-', '_', '.'])
        .map(|part| {
            let (_, rest) = split_while(part, |character| character.is_ascii_alphanumeric());
            if part.is_empty() || !rest.is_empty() {
                return None;
            }
            Some(Number::read(part).map_or(Local::Text(part), Local::Number))
        })
        .collect()
}
