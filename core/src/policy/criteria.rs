//! What policies look for, as read from the document.

use super::clause::UnknownRule;
use super::privilege::PrivilegePattern;
use super::texts::Texts;
use crate::glob::Glob;
use crate::profile::{FixState, ScanState, Score, Severity};
use crate::version::{Range, Scheme};

/// The criteria of a policy, by its type.
#[derive(Clone, Debug)]
pub(crate) enum Criteria {
    Risk(Box<RiskCriteria>),
    Privileged(Vec<PrivilegePattern>),
    Unscanned(UnscannedCriteria),
}

/// At least one category is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct RiskCriteria {
    pub(crate) vulnerabilities: Option<VulnerabilityCriteria>,
    pub(crate) malware: Option<MalwareCriteria>,
    pub(crate) sensitive: Option<SensitiveCriteria>,
}

/// Selectors, of which one must hold (if there are any), and filters, which must all hold.
#[derive(Clone, Debug)]
pub(crate) struct VulnerabilityCriteria {
    pub(crate) select: VulnerabilityClauses,
    pub(crate) unknown: UnknownRule,
    pub(crate) only: Option<VulnerabilityFilters>,
}

/// The words that selectors and filters share.
#[derive(Clone, Debug, Default)]
pub(crate) struct VulnerabilityClauses {
    pub(crate) severities: Option<SeveritySet>,
    pub(crate) ids: Texts,
    pub(crate) packages: Vec<PackagePattern>,
    pub(crate) classes: Vec<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) min_cvss: Option<Score>,
    pub(crate) min_epss: Option<Score>,
    pub(crate) known_exploited: Option<bool>,
}

impl VulnerabilityClauses {
    pub(crate) fn is_empty(&self) -> bool {
        self.severities.is_none()
            && self.ids.is_empty()
            && self.packages.is_empty()
            && self.classes.is_empty()
            && self.labels.is_empty()
            && self.min_cvss.is_none()
            && self.min_epss.is_none()
            && self.known_exploited.is_none()
    }
}

/// What is under `only`.
#[derive(Clone, Debug)]
pub(crate) struct VulnerabilityFilters {
    pub(crate) clauses: VulnerabilityClauses,
    pub(crate) fix_available: Option<bool>,
    pub(crate) fix_states: Vec<FixState>,
    pub(crate) grace: Option<Grace>,
    pub(crate) unknown: UnknownRule,
}

impl VulnerabilityFilters {
    pub(crate) fn is_empty(&self) -> bool {
        self.clauses.is_empty()
            && self.fix_available.is_none()
            && self.fix_states.is_empty()
            && self.grace.is_none()
    }
}

/// Days of grace by severity, counted from a date of the finding.
#[derive(Clone, Debug)]
pub(crate) struct Grace {
    pub(crate) from: GraceFrom,
    /// By [`Severity`] in its order; 0 is no grace.
    pub(crate) days: [u32; 6],
}

impl Grace {
    pub(crate) fn days_for(&self, severity: Severity) -> u32 {
        self.days.get(severity as usize).copied().unwrap_or(0)
    }
}

/// The date that a grace period is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GraceFrom {
    Fix,
    Disclosure,
    FirstSeen,
}

impl GraceFrom {
    pub(crate) const WORDS: [(&'static str, Self); 3] =
        [("fix", Self::Fix), ("disclosure", Self::Disclosure), ("first_seen", Self::FirstSeen)];
}

/// One entry of `packages`: all given parts must hold for the same package.
#[derive(Clone, Debug)]
pub(crate) struct PackagePattern {
    pub(crate) name: Glob,
    pub(crate) versions: Vec<String>,
    pub(crate) range: Option<Range>,
    /// ASCII lower case.
    pub(crate) ecosystem: Option<String>,
    /// The version rules of the entry's own ecosystem; `None` without an ecosystem, or if it is unknown.
    pub(crate) scheme: Option<Scheme>,
}

/// A set of severities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeveritySet(u8);

impl SeveritySet {
    /// `None` if there are none.
    pub(crate) fn new(severities: impl IntoIterator<Item = Severity>) -> Option<Self> {
        let bits = severities.into_iter().fold(0_u8, |bits, severity| bits | 1 << severity as u8);
        (bits != 0).then_some(Self(bits))
    }

    pub(crate) fn contains(self, severity: Severity) -> bool {
        self.0 & (1 << severity as u8) != 0
    }
}

#[derive(Clone, Debug)]
pub(crate) struct MalwareCriteria {
    pub(crate) md5: Texts,
    pub(crate) sha256: Texts,
    pub(crate) families: Vec<FamilyGlob>,
    pub(crate) classes: Vec<String>,
    pub(crate) severities: Option<SeveritySet>,
    pub(crate) any: bool,
    pub(crate) unknown: UnknownRule,
}

/// A glob on malware families, which are compared without regard to ASCII case.
#[derive(Clone, Debug)]
pub(crate) struct FamilyGlob {
    /// The glob in ASCII lower case.
    pub(crate) lower: Glob,
}

#[derive(Clone, Debug)]
pub(crate) struct SensitiveCriteria {
    pub(crate) types: Vec<Glob>,
    pub(crate) severities: Option<SeveritySet>,
    pub(crate) any: bool,
    pub(crate) unknown: UnknownRule,
}

#[derive(Clone, Debug)]
pub(crate) struct UnscannedCriteria {
    pub(crate) states: Vec<ScanState>,
    pub(crate) max_scan_age_days: Option<u32>,
    pub(crate) max_feed_age_days: Option<u32>,
    pub(crate) unknown: UnknownRule,
}
