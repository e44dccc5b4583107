//! Semantic Versioning 2.0 and the ecosystems that use it, with the `semver` crate: small, without dependencies,
//! and what Cargo itself uses. `node-semver` brings a parser framework and an error reporter.
//!
//! All of them read a leading `v` and fewer than three numbers (`v1.2` is `1.2.0`), as Go and SwiftPM do and as
//! people write bounds. A number before the pre-release that does not fit 64 bits is unreadable, as it is for
//! Cargo, npm and Swift.

use super::{is_digits, split_while};
use semver::Version;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Precedence as the specification has it: build metadata does not count.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp_precedence(&parse(right)?))
}

/// Dart's `pub_semver`: build metadata counts.
pub(super) fn compare_pub(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp(&parse(right)?))
}

/// Go's modules (golang.org/x/mod/semver, where pseudo-versions are pre-releases and `+incompatible` is build
/// metadata), and Go's own releases, such as `go1.22rc1`, for the standard library.
pub(super) fn compare_golang(left: &str, right: &str) -> Option<Ordering> {
    Some(parse_golang(left)?.cmp_precedence(&parse_golang(right)?))
}

fn parse_golang(text: &str) -> Option<Version> {
    let release = text.strip_prefix("go").unwrap_or(text);
    for stage in ["beta", "rc"] {
        if let Some((number, count)) = release.split_once(stage)
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && is_digits(count)
        {
            return parse(&format!("{number}-{stage}.{count}"));
        }
    }
    // After "go" there is no "v".
    if release.len() < text.len() && release.starts_with('v') { None } else { parse(release) }
}

fn parse(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (core, rest) = split_while(text, |character| !matches!(character, '-' | '+'));
    let complete = match core.bytes().filter(|byte| *byte == b'.').count() {
        0 => Cow::Owned(format!("{core}.0.0{rest}")),
        1 => Cow::Owned(format!("{core}.0{rest}")),
        _ => Cow::Borrowed(text),
    };
    Version::parse(&complete).ok()
}
