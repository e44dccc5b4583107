//! Strict access to the members of an object.

use super::node::{Member, Node};
use super::path::Path;
use super::problems::{Problems, wrong_type};
use super::values::{list, owned_string};
use super::words::{listed, nearest};
use crate::error::quote;

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
