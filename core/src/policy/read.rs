//! Reads the policy document: the set and the members that all policies share.

use super::criteria::Criteria;
use super::exception::{Exception, Trust};
use super::read_criteria::read_criteria;
use super::read_exception::{read_exception, read_trust};
use super::read_parts::{plain_globs, read_glob, read_privilege, read_strings_as, read_text, within};
use super::scope::{ImageSelectors, Scope};
use super::{Enforcement, Policy, PolicyType, Schedule};
use crate::error::{Error, ErrorKind, quote};
use crate::glob::Flavour;
use crate::image::{Digest, ImageId};
use crate::json::{
    Document, Node, Path, Problems, Reader, boolean, canonical_sha256, integer, read_document, string, time,
    word, wrong_type,
};
use crate::limits::Limits;
use crate::time::{DayOffset, Timestamp};
use std::collections::HashMap;

const DOCUMENT: Document = Document { kind: ErrorKind::InvalidPolicy, name: "policy document" };

/// A document that was read without a problem.
pub(super) struct SetDocument {
    pub(super) label: Option<String>,
    pub(super) revision: String,
    pub(super) day_offset: DayOffset,
    pub(super) policies: Vec<Policy>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) trust: Trust,
}

pub(super) fn read(text: &[u8], limits: &Limits) -> Result<SetDocument, Error> {
    read_document(text, limits, &DOCUMENT, |reader, root, problems| {
        let label = reader.string("label", problems);
        let delay = reader
            .field("activation_delay_seconds", problems, |node, path, problems| {
                integer(node, path, problems, 0..=3600)
            })
            .unwrap_or(0);
        let day_offset = reader.field("day_utc_offset", problems, read_day_offset).unwrap_or_default();
        let policies = read_policies(reader, delay, limits, problems);
        let exceptions = reader.list("exceptions", problems, |node, path, problems| {
            read_exception(node, path, limits, problems)
        });
        let trust = reader.field("trust", problems, read_trust).unwrap_or_default();
        // Hashing a document with mistakes would be work for nothing.
        let revision = if problems.count() == 0 { canonical_sha256(root) } else { String::new() };
        Some(SetDocument { label, revision, day_offset, policies: policies?, exceptions, trust })
    })
}

fn read_day_offset(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<DayOffset> {
    let text = string(node, path, problems)?;
    DayOffset::read(text).map_err(|message| problems.add("invalid_offset", path, message)).ok()
}

fn read_policies(
    reader: &mut Reader<'_, '_, '_>,
    delay: u32,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Vec<Policy>> {
    // An empty list and an absent one are the same, and a set without policies is valid: it allows.
    let Some(node) = reader.get("policies") else { return Some(Vec::new()) };
    let path = reader.path().member("policies");
    let Node::Array(items) = node else {
        wrong_type(node, &path, problems, "an array");
        return None;
    };
    if items.len() > limits.policies {
        let message = format!("the set has {} policies, the limit is {}", items.len(), limits.policies);
        problems.add("limit_exceeded", &path, message);
        return None;
    }
    let mut unique = Unique::default();
    let mut policies = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let path = path.item(index);
        policies.extend(read_policy(item, &path, index, delay, limits, &mut unique, problems));
    }
    Some(policies)
}

/// What may occur only once in a set, with the position of the first policy that has it.
#[derive(Default)]
struct Unique<'d> {
    ids: HashMap<&'d str, usize>,
    names: HashMap<&'d str, usize>,
    privileged: Option<(String, String)>,
}

fn read_policy<'d>(
    node: &'d Node<'_>,
    path: &Path<'_>,
    index: usize,
    delay: u32,
    limits: &Limits,
    unique: &mut Unique<'d>,
    problems: &mut Problems,
) -> Option<Policy> {
    let mut reader = Reader::open(node, path, problems)?;
    let id = reader.required_field("id", problems, |node, path, problems| {
        let id = read_id(node, path, problems)?;
        first_of(&mut unique.ids, index, ("id", "duplicate_id"), id, path, problems)
    });
    let name = reader.required_field("name", problems, |node, path, problems| {
        let name = read_text(node, path, problems, 128)?;
        first_of(&mut unique.names, index, ("name", "duplicate_name"), name, path, problems)
    });
    let description = reader.field("description", problems, |node, path, problems| {
        let text = string(node, path, problems)?;
        within(text, path, problems, 256).map(str::to_owned)
    });
    let kind = reader.required_field("type", problems, |node, path, problems| {
        let kind = word(node, path, problems, &TYPES)?;
        if kind == PolicyType::Privileged {
            let name = id.or(name).unwrap_or("another").to_owned();
            match &unique.privileged {
                None => unique.privileged = Some((name, path.pointer())),
                Some((first, place)) => {
                    let message = format!(
                        "a set has at most one privileged policy, and {} ({place}) is already one: join the two",
                        quote(first)
                    );
                    problems.add("second_privileged", path, message);
                }
            }
        }
        Some(kind)
    });
    let enabled = reader.required_field("enabled", problems, boolean);
    let enabled_at = reader.field("enabled_at", problems, time);
    if enabled == Some(true) && reader.get("enabled_at").is_none() {
        let message = "an enabled policy needs `enabled_at`, the time when it was switched on";
        problems.add("missing_enabled_at", &path.member("enabled_at"), message);
    }
    let enforcement = reader.required_field("enforcement", problems, read_enforcement);
    let scope = reader
        .required_field("scope", problems, |node, path, problems| read_scope(node, path, limits, problems));
    let criteria = read_criteria_of(&mut reader, kind, limits, problems);
    let exceptions = reader
        .list("exceptions", problems, |node, path, problems| read_exception(node, path, limits, problems));
    let solution = reader.string("solution", problems);
    reader.finish(problems);
    let active = enabled_at.filter(|_| enabled == Some(true));
    let schedule = read_schedule(active, delay, enforcement?, path, problems)?;
    Some(Policy {
        id: id?.to_owned(),
        name: name?.to_owned(),
        description,
        kind: kind?,
        enforcement: enforcement?,
        schedule,
        scope: scope?,
        criteria: criteria?,
        exceptions,
        solution,
    })
}

const TYPES: [(&str, PolicyType); 3] = [
    ("risk", PolicyType::Risk),
    ("privileged", PolicyType::Privileged),
    ("unscanned", PolicyType::Unscanned),
];

fn read_schedule(
    active: Option<Timestamp>,
    delay: u32,
    enforcement: Enforcement,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<Schedule> {
    let schedule = Schedule::new(active, delay, enforcement);
    if schedule.is_none() {
        let message =
            "with its delay and observation period this policy would start to block after year 9999";
        problems.add("out_of_range", &path.member("enabled_at"), message);
    }
    schedule
}

fn first_of<'d>(
    seen: &mut HashMap<&'d str, usize>,
    index: usize,
    (member, code): (&str, &'static str),
    value: &'d str,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<&'d str> {
    if let Some(first) = seen.get(value) {
        let first = Path::ROOT.member("policies").item(*first).member(member).pointer();
        problems.add(code, path, format!("{} is already used at {first}: it must be unique", quote(value)));
    } else {
        seen.insert(value, index);
    }
    Some(value)
}

fn read_id<'d>(node: &'d Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<&'d str> {
    let id = string(node, path, problems)?;
    match check_id(id) {
        Ok(()) => Some(id),
        Err(message) => {
            problems.add("invalid_id", path, message);
            None
        }
    }
}

/// Whether `id` may be a policy's, or what would be right.
pub(crate) fn check_id(id: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if (1..=128).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(());
    }
    Err(format!("{} is no policy id: use 1 to 128 of the characters `A-Z a-z 0-9 . _ -`", quote(id)))
}

fn read_enforcement(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Enforcement> {
    #[derive(Clone, Copy)]
    enum Mode {
        Immediate,
        Observe,
        Alarm,
    }
    const MODES: [(&str, Mode); 3] =
        [("immediate", Mode::Immediate), ("observe", Mode::Observe), ("alarm", Mode::Alarm)];
    let mut reader = Reader::open(node, path, problems)?;
    let mode =
        reader.required_field("mode", problems, |node, path, problems| word(node, path, problems, &MODES));
    let enforcement = match mode {
        Some(Mode::Immediate) => Some(Enforcement::Immediate),
        Some(Mode::Alarm) => Some(Enforcement::Alarm),
        Some(Mode::Observe) => reader
            .required_field("days", problems, |node, path, problems| integer(node, path, problems, 1..=365))
            .map(|days| Enforcement::Observe { days }),
        None => {
            // Without a known mode nothing is known of `days`.
            let _ = reader.get("days");
            None
        }
    };
    reader.finish(problems);
    enforcement
}

fn read_scope(node: &Node<'_>, path: &Path<'_>, limits: &Limits, problems: &mut Problems) -> Option<Scope> {
    let mut reader = Reader::open(node, path, problems)?;
    let images = reader.required_field("images", problems, |node, path, problems| match node {
        Node::String(text) if text == "all" => Some(None),
        Node::String(text) => {
            let message = format!(
                "{} is not known here: write `\"all\"` or an object with `ids`, `digests` or `names`",
                quote(text)
            );
            problems.add("unknown_value", path, message);
            None
        }
        node => {
            let before = problems.count();
            let selectors = read_image_selectors(node, path, limits, problems)?;
            if selectors.is_empty() && problems.count() == before {
                let message = "no image is selected: give `ids`, `digests` or `names`, or write `\"all\"`";
                problems.add("empty_scope", path, message);
            }
            Some(Some(selectors))
        }
    });
    let exclude = reader
        .field("exclude", problems, |node, path, problems| read_image_selectors(node, path, limits, problems))
        .unwrap_or_default();
    let nodes = plain_globs(&mut reader, "nodes", limits, problems);
    let clusters = plain_globs(&mut reader, "clusters", limits, problems);
    let namespaces = plain_globs(&mut reader, "namespaces", limits, problems);
    let privileges = reader
        .list("privileges", problems, |node, path, problems| read_privilege(node, path, limits, problems));
    reader.finish(problems);
    Some(Scope { images: images?, exclude, nodes, clusters, namespaces, privileges })
}

fn read_image_selectors(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<ImageSelectors> {
    let mut reader = Reader::open(node, path, problems)?;
    let ids = read_strings_as(&mut reader, "ids", "invalid_id", problems, ImageId::parse);
    let digests = read_strings_as(&mut reader, "digests", "invalid_digest", problems, Digest::parse);
    let names = reader.list("names", problems, |node, path, problems| {
        read_glob(node, path, Flavour::Path, limits, problems)
    });
    reader.finish(problems);
    Some(ImageSelectors { ids, digests, names })
}

fn read_criteria_of(
    reader: &mut Reader<'_, '_, '_>,
    kind: Option<PolicyType>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Criteria> {
    let node = reader.required("criteria", problems)?;
    // Without a known type there is nothing to hold the criteria against.
    read_criteria(node, &reader.path().member("criteria"), kind?, limits, problems)
}
