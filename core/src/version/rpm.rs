//! rpm, and pacman, which parted from rpm before tildes and carets.
//!
//! rpm's comparison comes from `rpm-version`, by the maintainers of the `rpm` crate and without dependencies. The
//! text is taken apart here, because the crate splits at the first dash where rpm splits at the last. pacman's is
//! own code: `alpm-types` brings over fifty crates and needs a newer compiler.

use super::{Completeness, Number, is_digits, split_digits, split_while};
use rpm_version::Evr;
use std::cmp::Ordering;

struct Version<'a> {
    epoch: &'a str,
    version: &'a str,
    release: Option<&'a str>,
}

/// rpm's `rpmVersionCompare`: epoch (none is 0), version, release.
///
/// Against a bound a release counts only where both sides have one, as in rpm's dependencies.
pub(super) fn compare(left: &str, right: &str, completeness: Completeness) -> Option<Ordering> {
    compare_parts(&parse(left)?, &parse(right)?, completeness, |left, right| {
        Some(Evr::new("", left, "").cmp(&Evr::new("", right, "")))
    })
}

/// pacman's `vercmp`, see vercmp(8): epoch (none is 0), version, package release.
///
/// Against a bound a release counts only where both sides have one, as `vercmp` has it.
pub(super) fn compare_alpm(left: &str, right: &str, completeness: Completeness) -> Option<Ordering> {
    let (left, right) = (parse(left)?, parse(right)?);
    // Also where the other has no release to compare with: whether a version is readable must not depend on it.
    if ![&left, &right].iter().all(|version| version.release.is_none_or(ends_well)) {
        return None;
    }
    compare_parts(&left, &right, completeness, compare_alpm_part)
}

fn compare_parts(
    left: &Version<'_>,
    right: &Version<'_>,
    completeness: Completeness,
    compare_part: impl Fn(&str, &str) -> Option<Ordering>,
) -> Option<Ordering> {
    let ordering = Number::new(left.epoch).cmp(&Number::new(right.epoch));
    // The parts are read even where the epochs decide: whether a version is readable must not depend on the other.
    let ordering = ordering.then(compare_part(left.version, right.version)?);
    let releases = match (left.release, right.release) {
        (Some(left), Some(right)) => compare_part(left, right)?,
        (left, right) => match completeness {
            Completeness::Exact => left.is_some().cmp(&right.is_some()),
            Completeness::AsBound => Ordering::Equal,
        },
    };
    Some(ordering.then(releases))
}

/// `[epoch:]version[-release]`; a version holds no dash, and neither holds a colon.
fn parse(text: &str) -> Option<Version<'_>> {
    let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
    let (version, release) = match rest.rsplit_once('-') {
        Some((version, release)) => (version, Some(release)),
        None => (rest, None),
    };
    let readable = (epoch.is_empty() || is_digits(epoch))
        && !version.is_empty()
        && release != Some("")
        && !version.contains('-')
        && !rest.contains(':');
    readable.then_some(Version { epoch, version, release })
}

/// libalpm's `rpmvercmp`: separators, then digits or letters, in turn.
///
/// A part that ends in a separator is unreadable: libalpm's answers about those run in circles.
fn compare_alpm_part(mut left: &str, mut right: &str) -> Option<Ordering> {
    if !ends_well(left) || !ends_well(right) {
        return None;
    }
    while !left.is_empty() && !right.is_empty() {
        let is_separator = |character: char| !character.is_ascii_alphanumeric();
        let (left_separator, left_rest) = split_while(left, is_separator);
        let (right_separator, right_rest) = split_while(right, is_separator);
        let ordering = left_separator.len().cmp(&right_separator.len());
        if ordering.is_ne() {
            return Some(ordering);
        }
        let (left_digits, left_after) = split_digits(left_rest);
        let (right_digits, right_after) = split_digits(right_rest);
        let ordering = match (left_digits.is_empty(), right_digits.is_empty()) {
            (false, false) => {
                (left, right) = (left_after, right_after);
                Number::new(left_digits).cmp(&Number::new(right_digits))
            }
            (true, true) => {
                let (left_letters, left_after) = split_while(left_rest, |c| c.is_ascii_alphabetic());
                let (right_letters, right_after) = split_while(right_rest, |c| c.is_ascii_alphabetic());
                (left, right) = (left_after, right_after);
                left_letters.cmp(right_letters)
            }
            // Digits are newer than letters.
            (left_has_none, right_has_none) => right_has_none.cmp(&left_has_none),
        };
        if ordering.is_ne() {
            return Some(ordering);
        }
    }
    // What is left over is newer, unless it starts with a letter: 1.0rc is older than 1.0.
    let starts_with_letter = |part: &str| part.starts_with(|character: char| character.is_ascii_alphabetic());
    Some(match (left.is_empty(), right.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) if starts_with_letter(right) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, _) if starts_with_letter(left) => Ordering::Less,
        (false, _) => Ordering::Greater,
    })
}

fn ends_well(part: &str) -> bool {
    part.ends_with(|character: char| character.is_ascii_alphanumeric())
}
