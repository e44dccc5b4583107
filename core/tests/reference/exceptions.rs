//! Which exception, if any, excuses a finding.

use super::findings::fix_available;
use super::globs::{self, Kind};
use super::names::Image;
use super::packages::name_matches;
use super::privileges::matches_itself;
use super::time::{self, Instant};
use super::truth::{Truth, tally, tally_bool};
use super::values::{policy_field, policy_list, policy_strings, text, texts};
use serde_json::Value;

/// What excused a finding. The number is the position in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excuse {
    Policy(usize),
    Set(usize),
    Suppression,
}

/// What an exception is asked about.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    Vulnerability(&'a Value),
    Malware(&'a Value),
    Sensitive(&'a Value),
    /// A fact of the launch.
    Privilege(&'a str),
    /// A clause of an unscanned policy.
    Scan,
}

/// The first excuse: exceptions of the policy, then of the set, then what was suppressed by somebody trusted.
pub fn excuse(
    policies: &Value,
    policy: &Value,
    subject: Subject<'_>,
    image: &Image,
    now: Instant,
) -> Option<Excuse> {
    let first = |owner: &Value| {
        let exceptions = policy_list(owner, "exceptions");
        exceptions
            .into_iter()
            .position(|exception| active(exception, now) && excuses(exception, subject, image))
    };
    if let Some(index) = first(policy) {
        return Some(Excuse::Policy(index));
    }
    if let Some(index) = first(policies) {
        return Some(Excuse::Set(index));
    }
    match subject {
        Subject::Vulnerability(finding) if trusted(policies, finding) => Some(Excuse::Suppression),
        _ => None,
    }
}

fn active(exception: &Value, now: Instant) -> bool {
    let end = |name: &str| policy_field(exception, name).map(|date| time::parse(date.as_str().unwrap()));
    let begun =
        end("not_before").is_none_or(|not_before| tally_bool("exception", "not_before", not_before <= now));
    let lasts =
        end("expires_at").is_none_or(|expires_at| tally_bool("exception", "expires_at", now < expires_at));
    begun && lasts
}

/// Whether all fields of the exception hold for the finding.
fn excuses(exception: &Value, subject: Subject<'_>, image: &Image) -> bool {
    let mut all = true;
    for field in ["ids", "packages", "images", "families", "types", "paths", "privileges"] {
        let values = policy_strings(exception, field);
        if !values.is_empty() {
            let holds = values.into_iter().any(|value| value_holds(field, value, subject, image));
            tally_field(field, subject, holds);
            all &= holds;
        }
    }
    if policy_field(exception, "until_fixed").is_some_and(|until_fixed| until_fixed == true) {
        let available = match subject {
            Subject::Vulnerability(finding) => fix_available(finding),
            _ => None,
        };
        let holds = available != Some(true);
        tally_field("until_fixed", subject, holds);
        all &= holds;
    }
    all
}

/// Whether one value of a field holds; a field that the finding does not have never does.
fn value_holds(field: &str, value: &str, subject: Subject<'_>, image: &Image) -> bool {
    let plain = |text: Option<&str>| text.is_some_and(|text| globs::matches(Kind::Plain, value, text));
    match (field, subject) {
        ("images", _) => image.excepted_by(value),
        ("ids", Subject::Vulnerability(finding)) => texts(finding, &["aliases"])
            .into_iter()
            .chain(text(finding, &["id"]))
            .any(|id| id.eq_ignore_ascii_case(value)),
        ("packages", Subject::Vulnerability(finding)) => name_matches(value, finding),
        ("families", Subject::Malware(finding)) => text(finding, &["family"])
            .is_some_and(|family| globs::matches_ignoring_case(Kind::Plain, value, family)),
        ("types", Subject::Sensitive(finding)) => plain(text(finding, &["type"])),
        ("paths", subject) => {
            let path = match subject {
                Subject::Vulnerability(finding) => text(finding, &["package", "path"]),
                Subject::Malware(finding) | Subject::Sensitive(finding) => text(finding, &["path"]),
                Subject::Privilege(_) | Subject::Scan => None,
            };
            path.is_some_and(|path| globs::matches(Kind::Path, value, path))
        }
        ("privileges", Subject::Privilege(fact)) => matches_itself(fact, value),
        _ => false,
    }
}

/// Counts a field for the findings that can have it; it is unknown where the finding does not say.
fn tally_field(field: &str, subject: Subject<'_>, holds: bool) {
    let known = match (field, subject) {
        ("images", _) | ("privileges", Subject::Privilege(_)) => true,
        ("ids", Subject::Vulnerability(finding)) => text(finding, &["id"]).is_some() || holds,
        ("packages", Subject::Vulnerability(finding)) => text(finding, &["package", "name"]).is_some(),
        ("families", Subject::Malware(finding)) => text(finding, &["family"]).is_some(),
        ("types", Subject::Sensitive(finding)) => text(finding, &["type"]).is_some(),
        ("paths", Subject::Vulnerability(finding)) => text(finding, &["package", "path"]).is_some(),
        ("paths", Subject::Malware(finding) | Subject::Sensitive(finding)) => {
            text(finding, &["path"]).is_some()
        }
        ("until_fixed", Subject::Vulnerability(finding)) => fix_available(finding).is_some(),
        _ => return,
    };
    tally("exception", field, if known { holds.into() } else { Truth::Unknown });
}

/// Whether the finding was suppressed by somebody whom the policy set trusts.
fn trusted(policies: &Value, finding: &Value) -> bool {
    let Some(by) = text(finding, &["suppressed", "by"]) else {
        return false;
    };
    let Some(trust) = policy_field(policies, "trust") else {
        return tally_bool("trust", "by", false);
    };
    let accepts = |list: &str, member: &str| {
        let accepted = policy_strings(trust, list);
        if accepted.is_empty() {
            return true;
        }
        let stated = text(finding, &["suppressed", member]);
        let holds = stated.is_some_and(|stated| accepted.contains(&stated));
        tally("trust", list, if stated.is_none() { Truth::Unknown } else { holds.into() });
        holds
    };
    tally_bool("trust", "by", policy_strings(trust, "by").contains(&by))
        && (by != "vex" || (accepts("authors", "author") && accepts("justifications", "justification")))
}
