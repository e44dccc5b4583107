//! The names of clauses, and what is said of unknown facts.

/// A selector or filter of a risk category, in the order of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Clause {
    Severities,
    Ids,
    Packages,
    Classes,
    Labels,
    MinCvss,
    MinEpss,
    KnownExploited,
    FixAvailable,
    FixStates,
    Grace,
    Md5,
    Sha256,
    Families,
    Types,
    Any,
    ScanAge,
    FeedAge,
}

impl Clause {
    pub(crate) const VULNERABILITY_SELECTORS: [Self; 8] = [
        Self::Severities,
        Self::Ids,
        Self::Packages,
        Self::Classes,
        Self::Labels,
        Self::MinCvss,
        Self::MinEpss,
        Self::KnownExploited,
    ];
    pub(crate) const VULNERABILITY_FILTERS: [Self; 11] = [
        Self::Severities,
        Self::Ids,
        Self::Packages,
        Self::Classes,
        Self::Labels,
        Self::MinCvss,
        Self::MinEpss,
        Self::KnownExploited,
        Self::FixAvailable,
        Self::FixStates,
        Self::Grace,
    ];
    pub(crate) const MALWARE_SELECTORS: [Self; 5] =
        [Self::Md5, Self::Sha256, Self::Families, Self::Classes, Self::Severities];
    pub(crate) const SENSITIVE_SELECTORS: [Self; 2] = [Self::Types, Self::Severities];
    pub(crate) const AGES: [Self; 2] = [Self::ScanAge, Self::FeedAge];

    /// The word in policy documents.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Severities => "severities",
            Self::Ids => "ids",
            Self::Packages => "packages",
            Self::Classes => "classes",
            Self::Labels => "labels",
            Self::MinCvss => "min_cvss",
            Self::MinEpss => "min_epss",
            Self::KnownExploited => "known_exploited",
            Self::FixAvailable => "fix_available",
            Self::FixStates => "fix_states",
            Self::Grace => "grace",
            Self::Md5 => "md5",
            Self::Sha256 => "sha256",
            Self::Families => "families",
            Self::Types => "types",
            Self::Any => "any",
            Self::ScanAge => "max_scan_age_days",
            Self::FeedAge => "max_feed_age_days",
        }
    }

    /// The word for evidence when the clause stands under `only`.
    pub(crate) const fn as_filter(self) -> &'static str {
        match self {
            Self::Severities => "only.severities",
            Self::Ids => "only.ids",
            Self::Packages => "only.packages",
            Self::Classes => "only.classes",
            Self::Labels => "only.labels",
            Self::MinCvss => "only.min_cvss",
            Self::MinEpss => "only.min_epss",
            Self::KnownExploited => "only.known_exploited",
            Self::FixAvailable => "only.fix_available",
            Self::FixStates => "only.fix_states",
            Self::Grace => "only.grace",
            other => other.as_str(),
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of clauses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClauseSet(u32);

impl ClauseSet {
    pub(crate) fn insert(&mut self, clause: Clause) {
        self.0 |= clause.bit();
    }

    pub(crate) fn contains(self, clause: Clause) -> bool {
        self.0 & clause.bit() != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The `unknown` map of a place: which clauses are satisfied by an unknown fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownRule {
    overridden: ClauseSet,
    default_matches: bool,
}

impl UnknownRule {
    /// For selectors: an unknown fact satisfies nothing.
    pub(crate) const SELECTORS: Self = Self { overridden: ClauseSet(0), default_matches: false };
    /// For filters, and for the ages of scan and feed: an unknown fact passes.
    pub(crate) const FILTERS: Self = Self { overridden: ClauseSet(0), default_matches: true };

    pub(crate) fn set(&mut self, clause: Clause, matches: bool) {
        if matches != self.default_matches {
            self.overridden.insert(clause);
        }
    }

    /// Whether an unknown fact satisfies `clause`.
    pub(crate) fn matches(self, clause: Clause) -> bool {
        self.default_matches != self.overridden.contains(clause)
    }

    /// Whether some clause is answered differently from the default.
    pub(crate) fn has_overrides(self) -> bool {
        !self.overridden.is_empty()
    }
}
