//! Reads records and rows, strictly.

use super::bound::{Bound, SHORT, TEXT};
use super::evidence::{EventEvidence, EventFinding};
use super::mode::EventMode;
use super::record::{EventImage, EventRecord, Facts, RecordContext, bounded_context};
use super::row::EventRow;
use crate::decision::{Action, EventType, PolicySnapshot};
use crate::engine::Category;
use crate::error::{Error, ErrorKind};
use crate::image::{Digest, ImageId, Reference};
use crate::json::{
    self, Document, Node, Path, Problems, Reader, boolean, checked, count, read_document, time, word,
};
use crate::launch::{self, LaunchDocument};
use crate::limits::Limits;
use crate::policy::{PolicyType, Status, check_id};
use crate::profile::Severity;
use crate::time::is_day_of;
use std::collections::BTreeSet;

const RECORD: Document = Document { kind: ErrorKind::InvalidEvent, name: "event record" };
const ROW: Document = Document { kind: ErrorKind::InvalidEvent, name: "event row" };

/// Actions that leave an event.
const ACTIONS: [(&str, Action); 2] = [("intercept", Action::Intercept), ("alarm", Action::Alarm)];

pub(super) fn record(text: &[u8]) -> Result<EventRecord, Error> {
    read_document(text, &Limits::default(), &RECORD, |reader, _, problems| record_members(reader, problems))
}

pub(super) fn row(text: &[u8]) -> Result<EventRow, Error> {
    read_document(text, &Limits::default(), &ROW, |reader, _, problems| {
        let last = record_members(reader, problems);
        let number = reader.required_field("count", problems, |node, path, problems| {
            count(node, path, problems, 1..=MAX_COUNT)
        });
        let first_at = reader.required_field("first_at", problems, time);
        let latest_at = reader.required_field("latest_at", problems, time);
        let modes = reader
            .list("modes", problems, |node, path, problems| word(node, path, problems, &EventMode::WORDS));
        let nodes: BTreeSet<launch::Node> =
            reader.list("nodes", problems, bounded_node).into_iter().collect();
        let total = reader.required_field("nodes_total", problems, |node, path, problems| {
            count(node, path, problems, 0..=MAX_COUNT)
        });
        let (last, count, first_at, latest_at, total) = (last?, number?, first_at?, latest_at?, total?);
        let path = reader.path();
        if latest_at != last.decided_at() {
            let message = "`latest_at` is the `decided_at` of the last record";
            problems.add("inconsistent", &path.member("latest_at"), message);
        }
        if first_at > latest_at {
            problems.add("inconsistent", &path.member("first_at"), "`first_at` is not after `latest_at`");
        }
        let mut modes: BTreeSet<EventMode> = modes.into_iter().collect();
        modes.insert(last.mode());
        let Some(more_nodes) = total.checked_sub(nodes.len() as u64) else {
            problems.add("inconsistent", &path.member("nodes_total"), "there are more nodes than that");
            return None;
        };
        Some(EventRow { last, count, first_at, modes, nodes, more_nodes })
    })
}

/// One for each category, and room for those of later versions.
const MAX_EVIDENCE: usize = 16;

/// Counts are exact as JSON numbers up to here.
const MAX_COUNT: u64 = 1 << 53;

fn record_members(reader: &mut Reader<'_, '_, '_>, problems: &mut Problems) -> Option<EventRecord> {
    let stated_key = reader.required_field("aggregation_key", problems, json::owned_string);
    let stated_id = reader.required_field("record_id", problems, json::owned_string);
    let decided_at = reader.required_field("decided_at", problems, time);
    let day = reader.required_field("day", problems, |node, path, problems| {
        checked(node, path, problems, "invalid_day", |text| match decided_at {
            Some(at) => is_day_of(text, at),
            None => Ok(()),
        })
    });
    let event_type = reader.required_field("event_type", problems, |node, path, problems| {
        word(node, path, problems, &EventType::WORDS)
    });
    let action = reader
        .required_field("action", problems, |node, path, problems| word(node, path, problems, &ACTIONS));
    let mode = reader.required_field("mode", problems, |node, path, problems| {
        word(node, path, problems, &EventMode::WORDS)
    });
    let (reason, source, occurrence) = (
        reader.string("reason", problems),
        reader.string("source", problems),
        reader.string("occurrence", problems),
    );
    let policy = reader.required_field("policy", problems, policy);
    let set = reader.field("policy_set", problems, policy_set);
    let image = reader.required_field("image", problems, image);
    let evidence = reader.list("evidence", problems, evidence);
    let risk_description = reader.required_field("risk_description", problems, json::owned_string);
    let solution = reader.required_field("solution", problems, json::owned_string);
    let launch = reader.required_field("launch", problems, launch_document);
    let is_truncated = reader.field("truncated", problems, boolean).unwrap_or_default();
    let (revision, label) = set.map_or((None, None), |(revision, label)| (Some(revision), label));
    // Whoever wrote the record may not have bounded and masked it as this version does.
    let mut bound = Bound { has_cut: is_truncated };
    bound.has_cut |= evidence.len() > MAX_EVIDENCE;
    let evidence =
        evidence.into_iter().take(MAX_EVIDENCE).map(|evidence| evidence.bounded(&mut bound)).collect();
    let mut policy: PolicySnapshot = policy?;
    policy.name = bound.text(&policy.name, SHORT);
    let record = EventRecord::new(Facts {
        decided_at: decided_at?,
        day: day?,
        event_type: event_type?,
        action: action?,
        context: bounded_context(&RecordContext { occurrence, mode: mode?, reason, source }, &mut bound),
        policy,
        revision: bound.optional(&revision, SHORT),
        label: bound.optional(&label, SHORT),
        image: image?,
        evidence,
        risk_description: bound.text(&risk_description?, TEXT),
        solution: bound.text(&solution?, TEXT),
        launch: bound.launch(&launch?),
        is_truncated: bound.has_cut,
    });
    let mut same = |name: &'static str, stated: &str, computed: &str| {
        if stated != computed {
            let message = format!("does not follow from the rest of the record, which gives `{computed}`");
            problems.add("inconsistent", &reader.path().member(name), message);
        }
    };
    same("aggregation_key", &stated_key?, record.aggregation_key().as_str());
    same("record_id", &stated_id?, &record.id().to_string());
    if EventType::from(record.policy().kind) != record.event_type() {
        let message = "the event type is that of the policy's type";
        problems.add("inconsistent", &reader.path().member("event_type"), message);
    }
    if record.mode() != EventMode::Enforced && record.action() != Action::Alarm {
        let message = "what started is an `alarm`: only mode `enforced` intercepts";
        problems.add("inconsistent", &reader.path().member("action"), message);
    }
    Some(record)
}

fn bounded_node(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<launch::Node> {
    launch::read_node(node, path, problems).map(|node| Bound::default().node(&node))
}

fn policy(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<PolicySnapshot> {
    let mut reader = Reader::open(node, path, problems)?;
    let id = reader.required_field("id", problems, |node, path, problems| {
        checked(node, path, problems, "invalid_id", check_id)
    });
    let name = reader.required_field("name", problems, json::owned_string);
    let kind = reader.required_field("type", problems, |node, path, problems| {
        word(node, path, problems, &PolicyType::WORDS)
    });
    let status = reader.required_field("status", problems, |node, path, problems| {
        word(node, path, problems, &Status::WORDS)
    });
    let intercepts_from = reader.field("intercepts_from", problems, time);
    reader.finish(problems);
    Some(PolicySnapshot { id: id?, name: name?, kind: kind?, status: status?, intercepts_from })
}

fn policy_set(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<(String, Option<String>)> {
    let mut reader = Reader::open(node, path, problems)?;
    let revision = reader.required_field("revision", problems, json::owned_string);
    let label = reader.string("label", problems);
    reader.finish(problems);
    Some((revision?, label))
}

fn image(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<EventImage> {
    let mut reader = Reader::open(node, path, problems)?;
    let image = EventImage {
        id: reader.field("id", problems, |node, path, problems| {
            checked(node, path, problems, "invalid_id", |text| ImageId::parse(text).map(|_| ()))
        }),
        name: reader.field("name", problems, |node, path, problems| {
            checked(node, path, problems, "invalid_name", |text| Reference::parse(text).map(|_| ()))
        }),
        digest: reader.field("digest", problems, |node, path, problems| {
            checked(node, path, problems, "invalid_digest", |text| Digest::parse(text).map(|_| ()))
        }),
    };
    if image.key_line().is_empty() {
        let message = "the record does not say which image started: give `id`, `digest` or `name`";
        problems.add("missing_identity", path, message);
    }
    reader.finish(problems);
    Some(image)
}

fn evidence(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<EventEvidence> {
    let mut reader = Reader::open(node, path, problems)?;
    let category = reader.required_field("category", problems, |node, path, problems| {
        word(node, path, problems, &Category::WORDS)
    });
    let mut number = |name: &'static str, problems: &mut Problems| {
        reader
            .required_field(name, problems, |node, path, problems| count(node, path, problems, 0..=MAX_COUNT))
    };
    let (total, excused) = (number("total", problems), number("excused", problems));
    let findings = reader.list("findings", problems, finding);
    reader.finish(problems);
    Some(EventEvidence { category: category?, total: total?, excused: excused?, findings })
}

fn finding(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<EventFinding> {
    let mut reader = Reader::open(node, path, problems)?;
    let finding = EventFinding {
        name: reader.required_field("name", problems, json::owned_string).unwrap_or_default(),
        severity: reader
            .field("severity", problems, |node, path, problems| word(node, path, problems, &Severity::WORDS)),
        package: reader.string("package", problems),
        version: reader.string("version", problems),
        fixed_in: reader.strings("fixed_in", problems),
        path: reader.string("path", problems),
    };
    reader.finish(problems);
    Some(finding)
}

fn launch_document(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<LaunchDocument> {
    let mut reader = Reader::open(node, path, problems)?;
    reader.required_field("version", problems, |node, path, problems| {
        json::integer(node, path, problems, 1..=1)
    });
    let document = launch::read_members(&mut reader, problems);
    reader.finish(problems);
    // Whoever wrote the record may not have masked what this version masks.
    document.map(launch::masked)
}
