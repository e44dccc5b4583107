//! What a record keeps of the evidence: the counts, and the worst findings in a common short form.

use super::bound::{Bound, LONG, SHORT};
use crate::decision::{Evidence, Finding};
use crate::engine::Category;
use crate::profile::Severity;
use serde::Serialize;

/// Findings kept in a category.
pub(super) const MAX_FINDINGS: usize = 5;
/// Versions kept that fix a finding.
const MAX_FIXES: usize = 3;

/// What matched in one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventEvidence {
    /// The category.
    pub category: Category,
    /// All findings that matched, excused or not.
    pub total: u64,
    /// Those of them that are excused.
    pub excused: u64,
    /// The worst that are not excused, at most 5.
    pub findings: Vec<EventFinding>,
}

/// A finding in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventFinding {
    /// Vulnerability id, malware family, type of sensitive information, privilege, or clause; empty if unknown.
    pub name: String,
    /// Severity; `None` where there is no such thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Installed version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Versions that fix it, at most 3.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed_in: Vec<String>,
    /// Path in the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl EventEvidence {
    pub(super) fn of(evidence: &Evidence, bound: &mut Bound) -> Self {
        let unexcused = evidence.findings.iter().filter(|finding| finding.exception().is_none());
        Self {
            category: evidence.category,
            total: evidence.total as u64,
            excused: evidence.excused as u64,
            // That there are more is told by the counts.
            findings: unexcused.take(MAX_FINDINGS).map(|finding| short(finding, bound)).collect(),
        }
    }

    /// What somebody else wrote, as this version would have kept it.
    pub(super) fn bounded(mut self, bound: &mut Bound) -> Self {
        bound.has_cut |= self.findings.len() > MAX_FINDINGS;
        self.findings.truncate(MAX_FINDINGS);
        for finding in &mut self.findings {
            // Privileges are longer than other names.
            finding.name = bound.text(&finding.name, LONG);
            for text in [&mut finding.package, &mut finding.version, &mut finding.path] {
                *text = bound.optional(text, SHORT);
            }
            bound.has_cut |= finding.fixed_in.len() > MAX_FIXES;
            finding.fixed_in.truncate(MAX_FIXES);
            for version in &mut finding.fixed_in {
                *version = bound.text(version, SHORT);
            }
        }
        self
    }
}

fn short(finding: &Finding, bound: &mut Bound) -> EventFinding {
    let mut text = |text: &Option<String>| text.as_deref().map(|text| bound.text(text, SHORT));
    match finding {
        Finding::Vulnerability(found) => EventFinding {
            name: text(&found.id).unwrap_or_default(),
            severity: Some(found.severity),
            package: text(&found.package),
            version: text(&found.version),
            path: text(&found.path),
            fixed_in: found
                .fixed_in
                .iter()
                .take(MAX_FIXES)
                .map(|version| bound.text(version, SHORT))
                .collect(),
        },
        Finding::Malware(found) => EventFinding {
            name: text(&found.family).unwrap_or_default(),
            severity: Some(found.severity),
            path: text(&found.path),
            ..EventFinding::default()
        },
        Finding::Sensitive(found) => EventFinding {
            name: text(&found.kind).unwrap_or_default(),
            severity: Some(found.severity),
            path: text(&found.path),
            ..EventFinding::default()
        },
        Finding::Privilege(found) => {
            EventFinding { name: bound.text(&found.privilege.to_string(), LONG), ..EventFinding::default() }
        }
        Finding::Scan(found) => EventFinding { name: found.clause.clone(), ..EventFinding::default() },
    }
}
