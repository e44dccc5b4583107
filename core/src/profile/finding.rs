//! Findings: vulnerabilities, malware and sensitive information. `None` is unknown.

use super::{Score, Severity};
use crate::time::Timestamp;
use serde::Serialize;

/// A vulnerability of one package in the image.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Vulnerability {
    /// CVE, GHSA or vendor id. A few scanner reports have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Other ids of the same vulnerability.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// How bad it is.
    #[serde(skip_serializing_if = "Severity::is_unknown")]
    pub severity: Severity,
    /// Who said so, such as `nvd` or `debian`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity_source: Option<String>,
    /// The package it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// Whether and how it is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// `os` or `library`, or a scanner's own class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Labels such as `exploit`. `Some` of an empty list is a known "none".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// CVSS base score and vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cvss: Option<Cvss>,
    /// Exploit Prediction Scoring System.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss: Option<Epss>,
    /// Known exploited vulnerabilities (KEV).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_exploited: Option<KnownExploited>,
    /// When it was disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// When it was first seen in this image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
    /// Set if a scanner or a VEX document suppressed the finding. It excuses only where the policy set trusts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppression>,
}

impl Vulnerability {
    pub(super) fn normalise(&mut self) {
        fn drop_empty<T: Default + PartialEq>(group: &mut Option<T>) {
            if *group == Some(T::default()) {
                *group = None;
            }
        }
        drop_empty(&mut self.package);
        drop_empty(&mut self.fix);
        drop_empty(&mut self.cvss);
        drop_empty(&mut self.epss);
        drop_empty(&mut self.known_exploited);
    }
}

/// The package that a vulnerability is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Package {
    /// Name; Maven's are `group:artifact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The installed version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Type of the package URL: `deb`, `rpm`, `apk`, `npm`, `pypi`, `maven`, `golang`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecosystem: Option<String>,
    /// Package URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// Where in the image the package was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Whether there is a fix.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fix {
    /// What the vendor says.
    #[serde(skip_serializing_if = "FixState::is_unknown")]
    pub state: FixState,
    /// Versions that fix it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Since when there is a fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_at: Option<Timestamp>,
}

impl Fix {
    /// Whether a fix is available: known yes, known no, or unknown.
    pub fn available(&self) -> Option<bool> {
        if !self.versions.is_empty() || self.state == FixState::Fixed {
            Some(true)
        } else if self.state == FixState::Unknown {
            None
        } else {
            Some(false)
        }
    }
}

/// What the vendor says of a fix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FixState {
    /// There is a fixed version.
    Fixed,
    /// Affected, no fix yet.
    NotFixed,
    /// The vendor will not fix it.
    WillNotFix,
    /// The fix is put off.
    Deferred,
    /// The product gets no fixes any more.
    EndOfLife,
    /// Nothing is known.
    #[default]
    Unknown,
}

impl FixState {
    pub(crate) const WORDS: [(&'static str, Self); 6] = [
        ("fixed", Self::Fixed),
        ("not_fixed", Self::NotFixed),
        ("will_not_fix", Self::WillNotFix),
        ("deferred", Self::Deferred),
        ("end_of_life", Self::EndOfLife),
        ("unknown", Self::Unknown),
    ];

    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// CVSS as the scanner states it; the score is never computed from the vector.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Cvss {
    /// Base score, 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Vector string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<String>,
}

/// EPSS: the probability of exploitation within 30 days.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Epss {
    /// Probability, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Percentile, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentile: Option<Score>,
    /// The day of the score, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// Whether the vulnerability is in a catalogue of known exploited ones (CISA KEV).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct KnownExploited {
    /// Whether it is listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed: Option<bool>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_at: Option<Timestamp>,
    /// By when it must be remedied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Whether ransomware is known to use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ransomware: Option<bool>,
}

/// That somebody suppressed the finding, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Suppression {
    /// Who.
    pub by: SuppressedBy,
    /// VEX status or the scanner's word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// VEX justification or the scanner's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// Author of the VEX document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Where the statement stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Who suppressed a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressedBy {
    /// A VEX statement.
    Vex,
    /// An ignore file of the scanner.
    IgnoreFile,
    /// The scanner itself.
    Scanner,
}

impl SuppressedBy {
    pub(crate) const WORDS: [(&'static str, Self); 3] =
        [("vex", Self::Vex), ("ignore_file", Self::IgnoreFile), ("scanner", Self::Scanner)];
}

/// A trojan, virus or other malware in a file of the image.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Malware {
    /// Path in the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// MD5 of the file, 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// SHA-256 of the file, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Family or signature name, such as `Linux.Trojan.Mirai`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Class, such as `trojan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// How bad it is.
    #[serde(skip_serializing_if = "Severity::is_unknown")]
    pub severity: Severity,
}

/// A secret or other sensitive information in a file of the image. The secret itself is never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Sensitive {
    /// Type, such as `private-key`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How bad it is.
    #[serde(skip_serializing_if = "Severity::is_unknown")]
    pub severity: Severity,
    /// Path in the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}
