//! Typed, strict access to a [`Node`] that collects every problem instead of stopping at the first.

use super::node::{Member, Node, Number};
use super::{locate, parse};
use crate::error::{Error, ErrorKind, Position, Problem, quote};
use crate::limits::Limits;
use crate::time::{Timestamp, parse_rfc3339};
use std::fmt::Write as _;

/// Where the walk is, linked through the stack; a JSON Pointer is only written if there is a problem.
#[derive(Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Member(&'p str),
    Item(usize),
}

impl<'p> Path<'p> {
    pub(crate) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    pub(crate) fn member(&'p self, name: &'p str) -> Path<'p> {
        Path { parent: Some(self), step: Step::Member(name) }
    }

    pub(crate) fn item(&'p self, index: usize) -> Path<'p> {
        Path { parent: Some(self), step: Step::Item(index) }
    }

    /// The JSON Pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Path::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Member(name) => {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            Step::Item(index) => {
                let _ = write!(pointer, "/{index}");
            }
        }
        pointer
    }
}

/// Bytes that are searched for the positions of all problems of a document together.
const MAX_SEARCHED: usize = 1 << 28;

/// All problems found so far, up to a limit.
pub(crate) struct Problems {
    list: Vec<Problem>,
    /// Problems beyond the limit, only counted.
    more: usize,
    limit: usize,
}

impl Problems {
    pub(crate) fn new(limit: usize) -> Self {
        Self { list: Vec::new(), more: 0, limit: limit.max(1) }
    }

    pub(crate) fn add(&mut self, code: &'static str, path: &Path<'_>, message: impl Into<String>) {
        if self.list.len() < self.limit {
            let message = message.into();
            self.list.push(Problem { code, pointer: path.pointer(), message, position: None });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.list.len().saturating_add(self.more)
    }

    /// The error of all problems, with positions where the text is known.
    pub(crate) fn into_error(mut self, kind: ErrorKind, text: Option<&str>) -> Option<Error> {
        if self.list.is_empty() {
            return None;
        }
        if let Some(text) = text {
            // Each is looked for from the start: of a large document not all are, so that a mistake in every line of
            // it does not take minutes to tell.
            let most = MAX_SEARCHED.checked_div(text.len()).unwrap_or(usize::MAX).max(1);
            for problem in self.list.iter_mut().take(most) {
                let at_key = matches!(problem.code, "unknown_field" | "duplicate_key");
                problem.position = locate(text, &problem.pointer, at_key)
                    .map(|offset| Position::of_offset(text.as_bytes(), offset));
            }
            // In document order, as one reads the file; problems of one place stay in the order of the checks.
            self.list.sort_by_key(|problem| problem.position.map_or(usize::MAX, |position| position.offset));
        }
        if self.more > 0 {
            let message = format!("{} more problems are not listed", self.more);
            self.list.push(Problem {
                code: "more_problems",
                pointer: String::new(),
                message,
                position: None,
            });
        }
        let kind = match self.list.first() {
            Some(problem) if problem.code == "limit_exceeded" => ErrorKind::LimitExceeded,
            Some(problem) if problem.code == "unsupported_version" => ErrorKind::Unsupported,
            _ => kind,
        };
        Some(Error::from_problems(kind, self.list))
    }
}

/// Reports a value of the wrong type.
pub(crate) fn wrong_type(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems, expected: &str) {
    problems.add("wrong_type", path, format!("expected {expected}, found {}", node.describe()));
}

/// An object whose members are asked for by name; what nobody asked for is a problem.
pub(crate) struct Reader<'r, 'a, 'p> {
    members: &'r [Member<'a>],
    path: &'p Path<'p>,
    known: Names,
    /// After the member that was found last: documents mostly keep the order in which they are read.
    next: usize,
    /// A bit for each of the first members that was asked for.
    asked: u64,
}

/// The names that were asked for, to be listed in advice. Most objects have few, which take no allocation.
#[derive(Default)]
struct Names {
    first: [&'static str; 16],
    count: usize,
    more: Vec<&'static str>,
}

impl Names {
    fn add(&mut self, name: &'static str) {
        match self.first.get_mut(self.count) {
            Some(slot) => *slot = name,
            None => self.more.push(name),
        }
        self.count = self.count.saturating_add(1);
    }

    /// Each once, in the order of asking.
    fn list(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.first.iter().take(self.count).chain(&self.more) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        names
    }
}

impl<'r, 'a, 'p> Reader<'r, 'a, 'p> {
    /// Opens `node` as an object; reports another type and duplicate members.
    pub(crate) fn open(node: &'r Node<'a>, path: &'p Path<'p>, problems: &mut Problems) -> Option<Self> {
        let Node::Object(members) = node else {
            wrong_type(node, path, problems, "an object");
            return None;
        };
        report_duplicates(members, path, problems);
        Some(Self { members, path, known: Names::default(), next: 0, asked: 0 })
    }

    pub(crate) fn path(&self) -> &'p Path<'p> {
        self.path
    }

    /// The value of `name`; absent and null are the same.
    pub(crate) fn get(&mut self, name: &'static str) -> Option<&'r Node<'a>> {
        self.known.add(name);
        let is_it = |member: &Member<'_>| member.0 == name;
        let at = if self.members.get(self.next).is_some_and(is_it) {
            self.next
        } else {
            self.members.iter().position(is_it)?
        };
        self.next = at.saturating_add(1);
        self.asked |= 1_u64.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).unwrap_or(0);
        let (_, value) = self.members.get(at)?;
        (!matches!(value, Node::Null)).then_some(value)
    }

    /// The value of `name`, whose absence is a problem.
    pub(crate) fn required(&mut self, name: &'static str, problems: &mut Problems) -> Option<&'r Node<'a>> {
        let value = self.get(name);
        if value.is_none() {
            problems.add("missing_field", &self.path.member(name), format!("`{name}` is required"));
        }
        value
    }

    /// Reads `name` with `read` if it is there.
    pub(crate) fn field<T>(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(&'r Node<'a>, &Path<'_>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let node = self.get(name)?;
        read(node, &self.path.member(name), problems)
    }

    /// Reads `name` with `read`; its absence is a problem.
    pub(crate) fn required_field<T>(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(&'r Node<'a>, &Path<'_>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let node = self.required(name, problems)?;
        read(node, &self.path.member(name), problems)
    }

    /// Reads each item of the array `name`; items that do not read are reported and left out.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
        read: impl FnMut(&'r Node<'a>, &Path<'_>, &mut Problems) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = self.get(name) else { return Vec::new() };
        list(node, &self.path.member(name), problems, read)
    }

    /// A list of strings.
    pub(crate) fn strings(&mut self, name: &'static str, problems: &mut Problems) -> Vec<String> {
        self.list(name, problems, owned_string)
    }

    /// A string.
    pub(crate) fn string(&mut self, name: &'static str, problems: &mut Problems) -> Option<String> {
        self.field(name, problems, owned_string)
    }

    /// Reports members that nobody asked for.
    pub(crate) fn finish(self, problems: &mut Problems) {
        if self.asked.count_ones() as usize == self.members.len() {
            return;
        }
        let known = self.known.list();
        for (key, _) in self.members {
            if known.contains(&key.as_ref()) {
                continue;
            }
            let near = nearest(key, known.iter().copied());
            let advice = match near {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known are {}", listed(&known)),
            };
            problems.add(
                "unknown_field",
                &self.path.member(key),
                format!("unknown field {}: {advice}", quote(key)),
            );
        }
    }
}

fn report_duplicates(members: &[Member<'_>], path: &Path<'_>, problems: &mut Problems) {
    if are_certainly_different(members) {
        return;
    }
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    let mut last_reported = None;
    for (left, right) in keys.iter().zip(keys.iter().skip(1)) {
        if left == right && last_reported != Some(left) {
            problems.add(
                "duplicate_key",
                &path.member(left),
                format!("the member {} is given more than once: keep one", quote(left)),
            );
            last_reported = Some(left);
        }
    }
}

/// Whether no name repeats, as far as can be told without allocating; most objects are small.
fn are_certainly_different(members: &[Member<'_>]) -> bool {
    // Names of other lengths, beginnings or ends are others: often enough none shares a bit with another.
    let mut seen = 0_u64;
    let is_new = |(name, _): &Member<'_>| {
        let end = |byte: Option<&u8>| byte.copied().map_or(0, usize::from);
        let (first, last) = (end(name.as_bytes().first()), end(name.as_bytes().last()));
        let mixed = name.len().wrapping_mul(11) ^ first.wrapping_mul(7) ^ last;
        let bit = 1_u64 << (mixed & 63);
        let is_new = seen & bit == 0;
        seen |= bit;
        is_new
    };
    if members.iter().all(is_new) {
        return true;
    }
    let repeats =
        |(at, (name, _)): (usize, &Member<'_>)| members.iter().take(at).any(|(earlier, _)| earlier == name);
    members.len() <= 16 && !members.iter().enumerate().any(repeats)
}

/// Names in backticks, separated by commas.
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The one of `names` that `text` most likely meant.
pub(crate) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if text.len() > 64 {
        return None;
    }
    let distance = |name: &str| strsim::damerau_levenshtein(text, name);
    let (name, distance) = names.map(|name| (name, distance(name))).min_by_key(|(_, distance)| *distance)?;
    let is_begun = text.len() > 3 && name.starts_with(text);
    (is_begun || (distance <= 2 && distance < name.chars().count())).then_some(name)
}

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

/// What a kind of document needs to be read.
pub(crate) struct Document {
    /// The kind of its errors.
    pub(crate) kind: ErrorKind,
    /// Its name in messages.
    pub(crate) name: &'static str,
}

/// Reads a whole document: `version` is checked, all problems are collected, and there is either a value or an
/// error, never half of it.
pub(crate) fn read_document<T>(
    text: &[u8],
    limits: &Limits,
    document: &Document,
    read: impl FnOnce(&mut Reader<'_, '_, '_>, &Node<'_>, &mut Problems) -> Option<T>,
) -> Result<T, Error> {
    let node = parse(text, limits)?;
    let mut problems = Problems::new(limits.problems);
    let mut value = None;
    if let Some(mut reader) = Reader::open(&node, &Path::ROOT, &mut problems) {
        // Of a version that is not known nothing else can be said.
        if read_version(&mut reader, document, &mut problems) {
            value = read(&mut reader, &node, &mut problems);
            reader.finish(&mut problems);
        }
    }
    if value.is_none() && problems.count() == 0 {
        problems.add("invalid", &Path::ROOT, format!("this is no {}", document.name));
    }
    match problems.into_error(document.kind, std::str::from_utf8(text).ok()) {
        Some(error) => Err(error),
        None => {
            value.ok_or_else(|| Error::new(document.kind, "invalid", format!("this is no {}", document.name)))
        }
    }
}

/// Whether the rest of the document can be read.
fn read_version(reader: &mut Reader<'_, '_, '_>, document: &Document, problems: &mut Problems) -> bool {
    let path = reader.path().member("version");
    match reader.get("version") {
        Some(Node::Number(number)) if number.as_f64() == 1.0 => true,
        Some(node @ Node::Number(_)) => {
            let message = format!("version {} is not supported: this build reads version 1", node.describe());
            problems.add("unsupported_version", &path, message);
            false
        }
        Some(node) => {
            wrong_type(node, &path, problems, "the number 1");
            true
        }
        None => {
            let message =
                format!("`version` is required: a {} of this kind has `\"version\": 1`", document.name);
            problems.add("missing_field", &path, message);
            true
        }
    }
}
