//! Versions and ranges.

use crate::errors;
use crate::version::{Range, Scheme, compare};
use std::cmp::Ordering;

const ECOSYSTEMS: [&str; 15] = [
    "alpm", "apk", "cargo", "composer", "deb", "gem", "golang", "hex", "maven", "npm", "nuget", "pub",
    "pypi", "rpm", "swift",
];

/// The first byte picks the scheme; then come three versions and a range, a line each.
pub(crate) fn versions(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let ecosystem = ECOSYSTEMS[usize::from(*first) % ECOSYSTEMS.len()];
    let scheme = Scheme::of_ecosystem(ecosystem).unwrap();
    let mut lines = text.splitn(4, '\n').chain(std::iter::repeat(""));
    let [a, b, c, range] = std::array::from_fn(|_| lines.next().unwrap());

    // A total order of what the scheme reads.
    let of = |left: &str, right: &str| compare(scheme, left, right);
    let reads = |version: &str| of(version, version).is_some();
    for version in [a, b, c] {
        assert!(matches!(of(version, version), None | Some(Ordering::Equal)), "{ecosystem} {version:?}");
    }
    for (left, right) in [(a, b), (b, c), (a, c)] {
        assert_eq!(of(left, right).is_some(), reads(left) && reads(right), "{ecosystem} {left:?} {right:?}");
        assert_eq!(of(left, right), of(right, left).map(Ordering::reverse), "{ecosystem} {left:?} {right:?}");
    }
    // Maven's own relation is no order.
    let (ab, bc, ac) =
        if scheme == Scheme::Maven { (None, None, None) } else { (of(a, b), of(b, c), of(a, c)) };
    if let (Some(ab), Some(bc), Some(ac)) = (ab, bc, ac) {
        if ab == bc {
            assert_eq!(ac, ab, "{ecosystem} {a:?} {b:?} {c:?}");
        } else if ab == Ordering::Equal || bc == Ordering::Equal {
            assert_eq!(ac, ab.then(bc), "{ecosystem} {a:?} {b:?} {c:?}");
        }
    }

    match Range::parse(range) {
        Err(message) => errors::line(&message),
        Ok(range) => {
            range.contains(scheme, a);
        }
    }
    // What has a sign of ranges in it would be read as one.
    if b.contains([',', '|', '<', '>', '=']) {
        return;
    }
    // Of the same bound, one comparator or its opposite holds, unless it is not known.
    let holds = |comparator: &str| {
        let range = Range::parse(&format!("{comparator}{b}")).ok()?;
        range.contains(scheme, a)
    };
    for (one, opposite) in [("<", ">="), (">", "<=")] {
        if let (Some(one), Some(opposite)) = (holds(one), holds(opposite)) {
            assert_ne!(one, opposite, "{ecosystem} {a:?} {b:?}");
        }
    }
    if holds("=") == Some(true) {
        assert_eq!(
            (holds("<="), holds(">="), holds("<")),
            (Some(true), Some(true), Some(false)),
            "{a:?} {b:?}"
        );
    }
}
