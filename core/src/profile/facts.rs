//! What an assessment asks of each vulnerability first, in one place: the documents' texts lie all over the memory.

use super::{FixState, ProfileDocument, Score, Severity, Vulnerability};
use crate::text_hash;

/// The facts of one vulnerability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Facts {
    /// Hash of the id without regard to case; 0 without an id.
    pub(crate) id: u64,
    /// Hash of the package name; 0 without a name.
    pub(crate) name: u64,
    /// Hash of the class; 0 without one.
    pub(crate) class: u64,
    pub(crate) cvss: Option<Score>,
    pub(crate) epss: Option<Score>,
    pub(crate) severity: Severity,
    pub(crate) fix_state: FixState,
    pub(crate) fix_available: Option<bool>,
    pub(crate) known_exploited: Option<bool>,
    /// Whether the document has more to look up: aliases, labels, or a Maven package.
    pub(crate) has_more: bool,
}

impl Eq for Facts {}

pub(super) fn of(document: &ProfileDocument) -> Vec<Facts> {
    document.vulnerabilities.iter().map(facts).collect()
}

fn facts(finding: &Vulnerability) -> Facts {
    let package = finding.package.as_ref();
    let is_maven = package
        .and_then(|package| package.ecosystem.as_ref())
        .is_some_and(|ecosystem| ecosystem.eq_ignore_ascii_case("maven"));
    Facts {
        id: finding.id.as_deref().map_or(0, text_hash::ignoring_case),
        name: package.and_then(|package| package.name.as_deref()).map_or(0, text_hash::exact),
        class: finding.class.as_deref().map_or(0, text_hash::exact),
        cvss: finding.cvss.as_ref().and_then(|cvss| cvss.score),
        epss: finding.epss.as_ref().and_then(|epss| epss.score),
        severity: finding.severity,
        fix_state: finding.fix.as_ref().map(|fix| fix.state).unwrap_or_default(),
        fix_available: finding.fix.as_ref().and_then(|fix| fix.available()),
        known_exploited: finding.known_exploited.as_ref().and_then(|known| known.listed),
        has_more: !finding.aliases.is_empty()
            || finding.labels.as_ref().is_some_and(|labels| !labels.is_empty())
            || is_maven,
    }
}
