//! What a policy found, by category.

use super::exceptions::{Excuse, Subject, excuse};
use super::findings::Profile;
use super::names::Image;
use super::privileges::{facts, satisfies};
use super::time::Instant;
use super::truth::tally_bool;
use super::values::{policy_field, policy_strings};
use super::{findings, unscanned};
use serde_json::Value;

/// At most so many findings of a category are shown.
pub const SHOWN: usize = 20;

#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    pub category: &'static str,
    pub total: usize,
    pub excused: usize,
    /// The first [`SHOWN`].
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Identifying text: `id|package|version|path`, `path|family`, `type|path|line`, the fact, or the clause.
    pub label: String,
    pub matched: Vec<String>,
    pub unknown: Vec<String>,
    pub exception: Option<Excuse>,
}

/// The categories in which something matched, whether or not all of it is excused.
pub fn evidence(
    policies: &Value,
    policy: &Value,
    profile: &Profile<'_>,
    image: &Image,
    launch: &Value,
    now: Instant,
) -> Vec<Evidence> {
    let criteria = &policy["criteria"];
    let excuse = |subject: Subject<'_>| excuse(policies, policy, subject, image, now);
    let categories = match policy["type"].as_str().unwrap() {
        "risk" => {
            let risk = |category: &'static str| {
                in_category(category, criteria, profile, now, |finding| match category {
                    "vulnerabilities" => excuse(Subject::Vulnerability(finding)),
                    "malware" => excuse(Subject::Malware(finding)),
                    _ => excuse(Subject::Sensitive(finding)),
                })
            };
            vec![risk("vulnerabilities"), risk("malware"), risk("sensitive")]
        }
        "privileged" => vec![of_privileges(criteria, launch, |fact| excuse(Subject::Privilege(fact)))],
        _ => vec![of_scan(criteria, profile, now, || excuse(Subject::Scan))],
    };
    categories.into_iter().filter(|category| category.total > 0).collect()
}

fn in_category(
    category: &'static str,
    criteria: &Value,
    profile: &Profile<'_>,
    now: Instant,
    excuse: impl Fn(&Value) -> Option<Excuse>,
) -> Evidence {
    let mut found = Vec::new();
    if let Some(criteria) = policy_field(criteria, category) {
        for (position, finding) in profile.findings(category).iter().enumerate() {
            if let Some(clauses) = findings::matches(category, criteria, finding, now) {
                let exception = excuse(finding);
                let order = (exception.is_some(), findings::rank(category, finding), position);
                let label = findings::label(category, finding);
                found.push((
                    order,
                    Finding { label, matched: clauses.matched, unknown: clauses.unknown, exception },
                ));
            }
        }
    }
    found.sort_by(|one, other| one.0.partial_cmp(&other.0).unwrap());
    summary(category, found.into_iter().map(|(_, finding)| finding).collect())
}

fn of_privileges(criteria: &Value, launch: &Value, excuse: impl Fn(&str) -> Option<Excuse>) -> Evidence {
    let mut unexcused = Vec::new();
    let mut excused = Vec::new();
    let entries = policy_strings(criteria, "privileges");
    for fact in facts(launch) {
        let matched: Vec<String> = entries
            .iter()
            .filter(|entry| {
                let word = entry.split(':').next().unwrap();
                tally_bool("privileged", word, satisfies(&fact, entry))
            })
            .map(|entry| (*entry).to_owned())
            .collect();
        if matched.is_empty() {
            continue;
        }
        let exception = excuse(&fact);
        let finding = Finding { label: fact, matched, unknown: Vec::new(), exception };
        if finding.exception.is_none() { unexcused.push(finding) } else { excused.push(finding) }
    }
    unexcused.append(&mut excused);
    summary("privileges", unexcused)
}

fn of_scan(
    criteria: &Value,
    profile: &Profile<'_>,
    now: Instant,
    excuse: impl Fn() -> Option<Excuse>,
) -> Evidence {
    let finding = |(clause, by_unknown): (&str, bool)| Finding {
        label: clause.to_owned(),
        matched: vec![clause.to_owned()],
        unknown: if by_unknown { vec![clause.to_owned()] } else { Vec::new() },
        exception: excuse(),
    };
    let held = unscanned::held_clauses(criteria, profile.document, now);
    summary("scan", held.into_iter().map(finding).collect())
}

fn summary(category: &'static str, mut findings: Vec<Finding>) -> Evidence {
    let total = findings.len();
    let excused = findings.iter().filter(|finding| finding.exception.is_some()).count();
    findings.truncate(SHOWN);
    Evidence { category, total, excused, findings }
}
