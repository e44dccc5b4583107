//! RubyGems: the rules of `Gem::Version`.
//!
//! Own code: `gem_version` brings the regex engine into the core and stops at 64 bits.

use super::{Number, is_digits, split_digits, split_while};
use std::cmp::Ordering;

/// A run of digits or of letters. Letters make a pre-release: they are older than any number and than the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Letters(&'a str),
    Number(Number<'a>),
}

const ZERO: Segment<'static> = Segment::Number(Number::ZERO);

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let left = parse(left)?;
    let right = parse(right)?;
    let longest = left.len().max(right.len());
    // What is missing is zero: 1.a is older than 1, and 1.1 newer.
    let padded = |segments: Vec<_>| segments.into_iter().chain(std::iter::repeat(ZERO)).take(longest);
    Some(padded(left).cmp(padded(right)))
}

/// `Gem::Version.correct?`, then its canonical segments: without the zeros that end the numbers before the first
/// letters, and without those at the very end.
fn parse(text: &str) -> Option<Vec<Segment<'_>>> {
    let (core, prerelease) = match text.split_once('-') {
        Some((core, prerelease)) => (core, Some(prerelease)),
        None => (text, None),
    };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_dashed = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let mut words = core.split('.');
    if !words.next().is_some_and(is_digits) || !words.all(is_word) {
        return None;
    }
    let mut segments = Vec::new();
    push_segments(core, &mut segments);
    if let Some(prerelease) = prerelease {
        if !prerelease.split('.').all(is_dashed) {
            return None;
        }
        // RubyGems reads a dash as ".pre.".
        for part in prerelease.split('-') {
            push_segments("pre", &mut segments);
            push_segments(part, &mut segments);
        }
    }
    drop_zeros(&mut segments);
    Some(segments)
}

fn push_segments<'a>(mut text: &'a str, segments: &mut Vec<Segment<'a>>) {
    while !text.is_empty() {
        let (digits, rest) = split_digits(text);
        let (letters, rest) = split_while(rest, |character| character.is_ascii_alphabetic());
        let (_, rest) = split_while(rest, |character| !character.is_ascii_alphanumeric());
        if let Some(number) = Number::read(digits) {
            segments.push(Segment::Number(number));
        }
        if !letters.is_empty() {
            segments.push(Segment::Letters(letters));
        }
        text = rest;
    }
}

fn drop_zeros(segments: &mut Vec<Segment<'_>>) {
    let is_letters = |segment: &Segment<'_>| matches!(segment, Segment::Letters(_));
    let numbers = segments.iter().position(is_letters).unwrap_or(segments.len());
    let mut rest = segments.split_off(numbers);
    for part in [&mut *segments, &mut rest] {
        while part.last() == Some(&ZERO) {
            part.pop();
        }
    }
    segments.append(&mut rest);
}
