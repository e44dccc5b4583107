//! Comparing package versions by the rules of the ecosystem they come from.
//!
//! Every scheme answers one question, which of two versions is older, and answers it the way the ecosystem's
//! own tool does. A version a scheme cannot read is no error here: the answer is `None`, unknown.

mod apk;
mod composer;
mod deb;
mod gem;
mod maven;
mod nuget;
mod pypi;
mod range;
mod rpm;
mod semver;

#[cfg(test)]
mod tests;

pub(crate) use range::Range;

use std::cmp::Ordering;

/// The longest version that is read, in bytes. What is longer is unknown, so that the work stays small.
const MAX_VERSION: usize = 1_024;

/// The rules by which versions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    /// Alpine's apk-tools.
    Apk,
    /// Arch Linux' `vercmp`.
    Alpm,
    /// Composer's version parser on top of PHP's `version_compare`.
    Composer,
    /// Debian's dpkg.
    Deb,
    /// Ruby's `Gem::Version`.
    Gem,
    /// Go modules, and the Go releases themselves.
    Golang,
    /// Maven's `ComparableVersion`.
    Maven,
    /// NuGet's `NuGetVersion`: Semantic Versioning with up to four numbers and without case.
    NuGet,
    /// Dart's `pub_semver`: Semantic Versioning where build metadata counts.
    Pub,
    /// Python's PEP 440.
    Pypi,
    /// rpm.
    Rpm,
    /// Semantic Versioning 2.0, as Cargo, Hex, npm and SwiftPM use it.
    SemVer,
}

impl Scheme {
    /// The rules of a purl type, in any ASCII case; `None` for a type without rules here.
    pub(crate) fn of_ecosystem(ecosystem: &str) -> Option<Self> {
        const TABLE: [(&str, Scheme); 15] = [
            ("alpm", Scheme::Alpm),
            ("apk", Scheme::Apk),
            ("cargo", Scheme::SemVer),
            ("composer", Scheme::Composer),
            ("deb", Scheme::Deb),
            ("gem", Scheme::Gem),
            ("golang", Scheme::Golang),
            ("hex", Scheme::SemVer),
            ("maven", Scheme::Maven),
            ("npm", Scheme::SemVer),
            ("nuget", Scheme::NuGet),
            ("pub", Scheme::Pub),
            ("pypi", Scheme::Pypi),
            ("rpm", Scheme::Rpm),
            ("swift", Scheme::SemVer),
        ];
        TABLE.iter().find(|(name, _)| name.eq_ignore_ascii_case(ecosystem)).map(|(_, scheme)| *scheme)
    }
}

/// How `left` compares with `right`; `None` where the scheme cannot read one of them.
///
/// The total order, on which the laws are tested; ranges ask with a bound.
#[cfg_attr(not(test), expect(dead_code, reason = "the library itself only compares with bounds"))]
pub(crate) fn compare(scheme: Scheme, left: &str, right: &str) -> Option<Ordering> {
    order(scheme, left, right, Completeness::Exact)
}

/// How `version` compares with the bound of a range.
///
/// This differs from [`compare`] in what a bound leaves out: rpm's release, pacman's package release and
/// PEP 440's local label are looked at only where the bound (for the first two, each side) names one, as
/// those tools do when they test a dependency.
fn compare_with_bound(scheme: Scheme, version: &str, bound: &str) -> Option<Ordering> {
    order(scheme, version, bound, Completeness::AsBound)
}

/// What a part means that one of the two versions leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Completeness {
    /// Nothing, which sorts before anything: the order is total.
    Exact,
    /// Any, where the ecosystem says so: the right side is a bound.
    AsBound,
}

fn order(scheme: Scheme, left: &str, right: &str, completeness: Completeness) -> Option<Ordering> {
    let readable = |version: &str| {
        !version.is_empty()
            && version.len() <= MAX_VERSION
            // No scheme below gives a meaning to white space, control characters or what is not ASCII.
            && version.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !readable(left) || !readable(right) {
        return None;
    }
    match scheme {
        Scheme::Apk => apk::compare(left, right),
        Scheme::Alpm => rpm::compare_alpm(left, right, completeness),
        Scheme::Composer => composer::compare(left, right),
        Scheme::Deb => deb::compare(left, right),
        Scheme::Gem => gem::compare(left, right),
        Scheme::Golang => semver::compare_golang(left, right),
        Scheme::Maven => Some(maven::compare(left, right)),
        Scheme::NuGet => nuget::compare(left, right),
        Scheme::Pub => semver::compare_pub(left, right),
        Scheme::Pypi => pypi::compare(left, right, completeness),
        Scheme::Rpm => rpm::compare(left, right, completeness),
        Scheme::SemVer => semver::compare(left, right),
    }
}

/// A number of any length, compared by value: leading zeros do not count, and no digits at all are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Number<'a> {
    // The order of the fields is the order of the numbers: more digits are more.
    length: usize,
    digits: &'a str,
}

impl<'a> Number<'a> {
    const ZERO: Number<'static> = Number { length: 0, digits: "" };

    /// The number these ASCII digits write; the caller has made sure that they are digits.
    fn new(digits: &'a str) -> Self {
        let digits = digits.trim_start_matches('0');
        Self { length: digits.len(), digits }
    }

    /// The number a text writes, if it is one or more ASCII digits and nothing else.
    fn read(text: &'a str) -> Option<Self> {
        is_digits(text).then(|| Self::new(text))
    }

    fn is_zero(self) -> bool {
        self.length == 0
    }
}

/// Whether a text is one or more ASCII digits.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The longest start of `text` whose characters all satisfy `wanted`, and the rest.
fn split_while(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|character| !wanted(character)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// The ASCII digits a text starts with, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    split_while(text, |character| character.is_ascii_digit())
}
