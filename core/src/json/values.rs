//! Typed values; what is of another type, or not allowed, is a problem.

use super::node::{Node, Number};
use super::path::Path;
use super::problems::{Problems, wrong_type};
use super::words::{listed, nearest};
use crate::error::quote;
use crate::time::{Timestamp, parse_rfc3339};

pub(crate) fn list<'r, 'a, T>(
    node: &'r Node<'a>,
    path: &Path<'_>,
    problems: &mut Problems,
    mut read: impl FnMut(&'r Node<'a>, &Path<'_>, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let Node::Array(items) = node else {
        wrong_type(node, path, problems, "an array");
        return Vec::new();
    };
    let mut list = Vec::with_capacity(items.len());
    list.extend(items.iter().enumerate().filter_map(|(index, item)| read(item, &path.item(index), problems)));
    list
}

pub(crate) fn string<'r>(node: &'r Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<&'r str> {
    if let Node::String(text) = node {
        return Some(text);
    }
    wrong_type(node, path, problems, "a string");
    None
}

pub(crate) fn owned_string(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<String> {
    string(node, path, problems).map(str::to_owned)
}

pub(crate) fn boolean(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<bool> {
    if let Node::Bool(value) = node {
        return Some(*value);
    }
    wrong_type(node, path, problems, "true or false");
    None
}

pub(crate) fn integer(
    node: &Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
    range: std::ops::RangeInclusive<u32>,
) -> Option<u32> {
    let expected = || format!("a whole number from {} to {}", range.start(), range.end());
    let value = match node {
        Node::Number(Number::Unsigned(value)) => u32::try_from(*value).ok(),
        // RFC 8785 has only doubles: 7.0 is the number 7.
        Node::Number(Number::Float(value)) if value.fract() == 0.0 => whole(*value),
        Node::Number(Number::Negative(_)) => None,
        _ => {
            wrong_type(node, path, problems, &expected());
            return None;
        }
    };
    let value = value.filter(|value| range.contains(value));
    if value.is_none() {
        problems.add("out_of_range", path, format!("expected {}, found {}", expected(), node.describe()));
    }
    value
}

/// A count, which may be larger than an [`integer`].
pub(crate) fn count(
    node: &Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
    range: std::ops::RangeInclusive<u64>,
) -> Option<u64> {
    let value = match node {
        Node::Number(Number::Unsigned(value)) => Some(*value).filter(|value| range.contains(value)),
        _ => None,
    };
    if value.is_none() {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        problems.add("out_of_range", path, format!("expected {expected}, found {}", node.describe()));
    }
    value
}

fn whole(value: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole and in range"
    )]
    (0.0..=f64::from(u32::MAX)).contains(&value).then_some(value as u32)
}

pub(crate) fn number(
    node: &Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
    range: std::ops::RangeInclusive<f64>,
) -> Option<f64> {
    let expected = || format!("a number from {} to {}", range.start(), range.end());
    let Node::Number(number) = node else {
        wrong_type(node, path, problems, &expected());
        return None;
    };
    let value = number.as_f64();
    if !range.contains(&value) {
        problems.add("out_of_range", path, format!("expected {}, found {}", expected(), node.describe()));
        return None;
    }
    Some(value)
}

pub(crate) fn time(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Timestamp> {
    let text = string(node, path, problems)?;
    match parse_rfc3339(text) {
        Ok(instant) => Some(instant),
        Err(message) => {
            problems.add("invalid_time", path, message);
            None
        }
    }
}

/// A string that must pass `check`, which says what would be right.
pub(crate) fn checked(
    node: &Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
    code: &'static str,
    check: impl FnOnce(&str) -> Result<(), String>,
) -> Option<String> {
    let text = string(node, path, problems)?;
    match check(text) {
        Ok(()) => Some(text.to_owned()),
        Err(message) => {
            problems.add(code, path, message);
            None
        }
    }
}

/// One of a fixed set of words.
pub(crate) fn word<T: Copy>(
    node: &Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
    words: &[(&'static str, T)],
) -> Option<T> {
    let text = string(node, path, problems)?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let advice = match nearest(text, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", listed(&names)),
    };
    problems.add("unknown_value", path, format!("{} is not known here: {advice}", quote(text)));
    None
}
