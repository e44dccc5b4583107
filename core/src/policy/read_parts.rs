//! The parts that policies, criteria and exceptions have in common.

use super::criteria::FamilyGlob;
use super::privilege::PrivilegePattern;
use super::texts::Texts;
use crate::glob::{Flavour, Glob};
use crate::json::{Node, Path, Problems, Reader, string};
use crate::limits::Limits;

/// A text of 1 to `max` characters.
pub(super) fn read_text<'d>(
    node: &'d Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
    max: usize,
) -> Option<&'d str> {
    let text = string(node, path, problems)?;
    if text.is_empty() {
        problems.add("empty_text", path, "this text must not be empty");
        return None;
    }
    within(text, path, problems, max)
}

pub(super) fn within<'d>(
    text: &'d str,
    path: &Path<'_>,
    problems: &mut Problems,
    max: usize,
) -> Option<&'d str> {
    let count = text.chars().count();
    if count > max {
        problems.add("too_long", path, format!("the text has {count} characters, at most {max} are allowed"));
        return None;
    }
    Some(text)
}

pub(super) fn read_glob(
    node: &Node<'_>,
    path: &Path<'_>,
    flavour: Flavour,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Glob> {
    let text = string(node, path, problems)?;
    Glob::parse(text, flavour, limits.pattern).map_err(|message| problems.add("bad_glob", path, message)).ok()
}

pub(super) fn read_privilege(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<PrivilegePattern> {
    let text = string(node, path, problems)?;
    PrivilegePattern::parse(text, limits.pattern)
        .map_err(|(code, message)| problems.add(code, path, message))
        .ok()
}

/// Strings that `parse` turns into values; its error says what would be right.
pub(super) fn read_strings_as<T>(
    reader: &mut Reader<'_, '_, '_>,
    name: &'static str,
    code: &'static str,
    problems: &mut Problems,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    reader.list(name, problems, |node, path, problems| {
        let text = string(node, path, problems)?;
        parse(text).map_err(|message| problems.add(code, path, message)).ok()
    })
}

/// Strings that pass `check`, which says what would be right; kept in ASCII lower case.
pub(super) fn read_texts(
    reader: &mut Reader<'_, '_, '_>,
    name: &'static str,
    code: &'static str,
    problems: &mut Problems,
    check: impl Fn(&str) -> Result<(), String>,
) -> Texts {
    let texts = reader.list(name, problems, |node, path, problems| {
        let text = string(node, path, problems)?;
        check(text).map_err(|message| problems.add(code, path, message)).ok().map(|()| text)
    });
    Texts::in_lower_case(&texts)
}

/// Whether `id` can be a vulnerability's, or what is wrong.
pub(super) fn check_finding_id(id: &str) -> Result<(), String> {
    if id.is_empty() { Err("an id must not be empty".to_owned()) } else { Ok(()) }
}

/// Malware families are compared without regard to ASCII case, so that the glob is compiled in lower case.
pub(super) fn read_family(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<FamilyGlob> {
    let source = string(node, path, problems)?;
    // The message quotes the glob as written.
    let glob = read_glob(node, path, Flavour::Plain, limits, problems)?;
    if !source.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some(FamilyGlob { lower: glob });
    }
    let lower = Glob::parse(&source.to_ascii_lowercase(), Flavour::Plain, limits.pattern).ok()?;
    Some(FamilyGlob { lower })
}

pub(super) fn plain_globs(
    reader: &mut Reader<'_, '_, '_>,
    name: &'static str,
    limits: &Limits,
    problems: &mut Problems,
) -> Vec<Glob> {
    reader
        .list(name, problems, |node, path, problems| read_glob(node, path, Flavour::Plain, limits, problems))
}
