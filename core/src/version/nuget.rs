//! NuGet: the rules of `NuGetVersion`.
//!
//! Own code: there is no library, and `semver` reads three numbers where NuGet has up to four.

use super::{Number, is_digits};
use std::cmp::Ordering;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version<'a> {
    numbers: [Number<'a>; 4],
    release: Release<'a>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Release<'a> {
    Pre(Vec<Label<'a>>),
    Final,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Label<'a> {
    Number(Number<'a>),
    Text(String),
}

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp(&parse(right)?))
}

/// One to four numbers, `-` and pre-release labels, `+` and metadata, which does not count. Case does not count.
fn parse(text: &str) -> Option<Version<'_>> {
    let (text, metadata) = text.split_once('+').unwrap_or((text, "0"));
    let (core, labels) = match text.split_once('-') {
        Some((core, labels)) => (core, Some(labels)),
        None => (text, None),
    };
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !metadata.split('.').all(is_label) {
        return None;
    }
    let mut numbers = [Number::ZERO; 4];
    let mut slots = numbers.iter_mut();
    for part in core.split('.') {
        *slots.next()? = Number::read(part)?;
    }
    let release = match labels {
        None => Release::Final,
        Some(labels) => Release::Pre(
            labels
                .split('.')
                .map(|label| {
                    is_label(label).then(|| {
                        if is_digits(label) {
                            Label::Number(Number::new(label))
                        } else {
                            Label::Text(label.to_ascii_lowercase())
                        }
                    })
                })
                .collect::<Option<Vec<Label<'_>>>>()?,
        ),
    };
    Some(Version { numbers, release })
}
