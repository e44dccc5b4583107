//! Events and their evidence, as data.

use super::Action;
use crate::engine::Category;
use crate::launch::Privilege;
use crate::policy::{Policy, PolicyType, ScopePart, Status};
use crate::profile::{FixState, ScanState, Score, Severity, Suppression};
use crate::time::Timestamp;
use serde::Serialize;

/// The type of an event: the type of the policy that hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum EventType {
    RiskyImage,
    PrivilegedImage,
    UnscannedImage,
}

impl EventType {
    pub(crate) const WORDS: [(&'static str, Self); 3] = [
        (Self::RiskyImage.as_str(), Self::RiskyImage),
        (Self::PrivilegedImage.as_str(), Self::PrivilegedImage),
        (Self::UnscannedImage.as_str(), Self::UnscannedImage),
    ];

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(word, _)| *word == name).map(|(_, value)| value)
    }

    /// The word in documents and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RiskyImage => "risky_image",
            Self::PrivilegedImage => "privileged_image",
            Self::UnscannedImage => "unscanned_image",
        }
    }
}

impl From<PolicyType> for EventType {
    fn from(kind: PolicyType) -> Self {
        match kind {
            PolicyType::Risk => Self::RiskyImage,
            PolicyType::Privileged => Self::PrivilegedImage,
            PolicyType::Unscanned => Self::UnscannedImage,
        }
    }
}

/// A policy as it was when the decision was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicySnapshot {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: PolicyType,
    /// Status at the decision's `now`.
    pub status: Status,
    /// From when hits intercept; `None` if they never do.
    pub intercepts_from: Option<Timestamp>,
}

impl PolicySnapshot {
    pub(crate) fn of(policy: &Policy, status: Status) -> Self {
        Self {
            id: policy.id.clone(),
            name: policy.name.clone(),
            kind: policy.kind,
            status,
            intercepts_from: policy.intercepts_from(),
        }
    }
}

/// One policy that hit, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Equal events of a day share it.
    pub aggregation_key: String,
    /// Type.
    pub event_type: EventType,
    /// What this policy alone would do.
    pub action: Action,
    /// The policy.
    pub policy: PolicySnapshot,
    /// Per category what matched.
    pub evidence: Vec<Evidence>,
    /// What is wrong, in one sentence.
    pub risk_description: String,
    /// What to do about it.
    pub solution: String,
}

/// What matched in one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The category.
    pub category: Category,
    /// All findings that matched, excused or not.
    pub total: usize,
    /// Those of them that are excused.
    pub excused: usize,
    /// The worst of them, at most 20, unexcused first.
    pub findings: Vec<Finding>,
}

/// One finding of any category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each carries its own type")]
pub enum Finding {
    Vulnerability(FoundVulnerability),
    Malware(FoundMalware),
    Sensitive(FoundSensitive),
    Privilege(FoundPrivilege),
    Scan(FoundScan),
}

impl Finding {
    /// What excuses the finding, if something does.
    pub fn exception(&self) -> Option<&Excuse> {
        match self {
            Self::Vulnerability(found) => found.exception.as_ref(),
            Self::Malware(found) => found.exception.as_ref(),
            Self::Sensitive(found) => found.exception.as_ref(),
            Self::Privilege(found) => found.exception.as_ref(),
            Self::Scan(found) => found.exception.as_ref(),
        }
    }
}

/// A vulnerability that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundVulnerability {
    /// CVE, GHSA or vendor id.
    pub id: Option<String>,
    /// Package name.
    pub package: Option<String>,
    /// Installed version.
    pub version: Option<String>,
    /// Versions that fix it.
    pub fixed_in: Vec<String>,
    /// What the vendor says of a fix.
    pub fix_state: FixState,
    /// Severity.
    pub severity: Severity,
    /// CVSS base score.
    pub cvss: Option<Score>,
    /// Path of the package in the image.
    pub path: Option<String>,
    /// Selectors that are satisfied.
    pub matched: Vec<String>,
    /// Clauses that held only because a fact is unknown.
    pub unknown: Vec<String>,
    /// What excuses it.
    pub exception: Option<Excuse>,
}

/// Malware that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundMalware {
    /// Path in the image.
    pub path: Option<String>,
    /// Family.
    pub family: Option<String>,
    /// Class.
    pub class: Option<String>,
    /// Severity.
    pub severity: Severity,
    /// MD5 of the file.
    pub md5: Option<String>,
    /// SHA-256 of the file.
    pub sha256: Option<String>,
    /// Selectors that are satisfied.
    pub matched: Vec<String>,
    /// Clauses that held only because a fact is unknown.
    pub unknown: Vec<String>,
    /// What excuses it.
    pub exception: Option<Excuse>,
}

/// Sensitive information that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundSensitive {
    /// Type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Path in the image.
    pub path: Option<String>,
    /// Line in the file.
    pub line: Option<u32>,
    /// Severity.
    pub severity: Severity,
    /// Selectors that are satisfied.
    pub matched: Vec<String>,
    /// Clauses that held only because a fact is unknown.
    pub unknown: Vec<String>,
    /// What excuses it.
    pub exception: Option<Excuse>,
}

/// A privilege fact of the launch that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundPrivilege {
    /// The fact.
    pub privilege: Privilege,
    /// Whether a reader inferred it.
    pub inferred: bool,
    /// The policy's entries that it satisfies.
    pub matched: Vec<String>,
    /// Always empty: a launch's facts are known.
    pub unknown: Vec<String>,
    /// What excuses it.
    pub exception: Option<Excuse>,
}

/// A clause of an unscanned policy that held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundScan {
    /// `states`, `max_scan_age_days` or `max_feed_age_days`.
    pub clause: String,
    /// The state of the scan.
    pub state: ScanState,
    /// When the image was scanned, or the scanner's data updated; `None` if unknown or not what the clause is about.
    pub date: Option<Timestamp>,
    /// The days that the policy allows.
    pub max_days: Option<u32>,
    /// The clause.
    pub matched: Vec<String>,
    /// The clause, if it held only because its date is unknown.
    pub unknown: Vec<String>,
    /// What excuses it.
    pub exception: Option<Excuse>,
}

/// What excuses a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excuse {
    /// Where it stands.
    pub source: ExcuseSource,
    /// JSON Pointer of the exception in the policy document; `None` for a suppression.
    pub pointer: Option<String>,
    /// The reason given.
    pub reason: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Ticket.
    pub ticket: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The trusted suppression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppression>,
}

/// Where an excuse stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcuseSource {
    /// Among the exceptions of the policy.
    Policy,
    /// Among the exceptions of the set.
    Set,
    /// In the profile, trusted by the set.
    Suppression,
}

/// What became of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It hits and intercepts.
    Intercept,
    /// It hits and alarms.
    Alarm,
    /// It is switched off.
    Disabled,
    /// Its time has not come.
    Pending,
    /// The launch is outside its scope.
    OutOfScope,
    /// Nothing matches its criteria.
    NoFinding,
    /// All that matches is excused.
    Excused,
}

impl Outcome {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intercept => "intercept",
            Self::Alarm => "alarm",
            Self::Disabled => "disabled",
            Self::Pending => "pending",
            Self::OutOfScope => "out_of_scope",
            Self::NoFinding => "no_finding",
            Self::Excused => "excused",
        }
    }
}

/// Why one policy did or did not hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The policy.
    #[serde(flatten)]
    pub policy: PolicySnapshot,
    /// What became of it.
    pub outcome: Outcome,
    /// The first part of the scope that failed.
    pub part: Option<ScopePart>,
    /// The same in words.
    pub detail: String,
}
