//! Debian: dpkg's deb-version(7).
//!
//! Own code: `debversion` brings chrono, regex and num-bigint into the core, and `deb-version` panics on text that
//! is not ASCII.

use super::{Number, split_digits, split_while};
use std::cmp::Ordering;

struct Version<'a> {
    epoch: Number<'a>,
    upstream: &'a str,
    revision: &'a str,
}

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let left = parse(left)?;
    let right = parse(right)?;
    Some(
        left.epoch
            .cmp(&right.epoch)
            .then_with(|| compare_part(left.upstream, right.upstream))
            .then_with(|| compare_part(left.revision, right.revision)),
    )
}

/// `[epoch:]upstream[-revision]`. What dpkg only warns about (odd characters, an upstream version that does not
/// start with a digit) is readable; what it refuses is not. No revision equals revision 0.
fn parse(text: &str) -> Option<Version<'_>> {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) => (Number::read(epoch)?, rest),
        None => (Number::ZERO, text),
    };
    let (upstream, revision) = match rest.rsplit_once('-') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (rest, ""),
    };
    (!upstream.is_empty()).then_some(Version { epoch, upstream, revision })
}

/// dpkg's `verrevcmp`: turns of non-digits, in dpkg's own alphabet, and digits, by value.
fn compare_part(mut left: &str, mut right: &str) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let (left_text, left_rest) = split_while(left, |character| !character.is_ascii_digit());
        let (right_text, right_rest) = split_while(right, |character| !character.is_ascii_digit());
        let (left_digits, left_rest) = split_digits(left_rest);
        let (right_digits, right_rest) = split_digits(right_rest);
        let ordering = compare_text(left_text, right_text)
            .then_with(|| Number::new(left_digits).cmp(&Number::new(right_digits)));
        if ordering.is_ne() {
            return ordering;
        }
        left = left_rest;
        right = right_rest;
    }
    Ordering::Equal
}

/// Tilde before the end, the end before letters, letters before everything else.
fn compare_text(left: &str, right: &str) -> Ordering {
    let rank = |byte: u8| match byte {
        b'~' => (0_u8, 0),
        b'A'..=b'Z' | b'a'..=b'z' => (2, byte),
        _ => (3, byte),
    };
    let end = std::iter::once((1_u8, 0_u8));
    left.bytes().map(rank).chain(end.clone()).cmp(right.bytes().map(rank).chain(end))
}
