//! Harbor's vulnerability reports, as its API hands them out (`…/additions/vulnerabilities`) and as scanner adapters
//! write them.
//!
//! The report stands under a member that is named after its media type
//! (`application/vnd.security.vulnerability.report; version=1.1`), or is not wrapped. A document with several such
//! members is refused: which of them counts, it does not say.
//!
//! **Which image.** `artifact.digest`, else the one digest that the `artifact_digests` of all findings name.
//! `artifact.repository` is no name, since it leaves out the registry's host. A report without either (older ones,
//! and those of an index of several images) is refused until the caller names the image.
//!
//! **State of the scan.** `complete`; `vulnerabilities: null` is how Go writes an empty list. A report whose
//! own overall `severity` is worse than that of all it lists is `partial`: findings got lost on the way. The overall
//! severity is not read otherwise.
//!
//! **Severity** is Harbor's word; `None` is negligible, as Harbor itself equates them, and what Harbor does not know
//! is unknown.
//!
//! **Fixes.** A `fix_version` means fixed, an empty one says nothing: adapters write it for "no fix" and for "not
//! known". A `status` decides if an adapter writes one; the words are Trivy's.
//!
//! **CVSS.** `preferred_cvss`, v3 before v2. Older releases write 0 for "none", so that a score of 0 without a vector
//! is unknown. What `vendor_attributes` hold is not read.
//!
//! **Packages** have a name and a version. Harbor does not say of which ecosystem or class they are, or where they lie.

use super::facts::{At, bounded, escaped, in_range, is_digest, known, severity, severity_word, time};
use super::{Options, identify};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use imagegate::{
    Cvss, Error, ErrorKind, Fix, FixState, ImageIdentity, Package, ProfileDocument, Scan, ScanProfile,
    ScanState, Severity, Vulnerability, quote,
};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "harbor", title: "a Harbor report", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        members.names().any(is_media_type)
            || members.is_object("scanner") && members.has_all(&["generated_at", "vulnerabilities"])
    })
}

/// Whether a member is named after the media type of a vulnerability report.
fn is_media_type(name: &str) -> bool {
    let (kind, _) = name.split_once(';').unwrap_or((name, ""));
    matches!(
        kind.trim(),
        "application/vnd.security.vulnerability.report"
            | "application/vnd.scanner.adapter.vuln.report.harbor+json"
    )
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let at = At { text };
    let is_wrapped = Look::at(text).object().is_some_and(|members| members.names().any(is_media_type));
    let (report, root) = if is_wrapped {
        let Wrapped(mut reports) = read_json(text, ErrorKind::InvalidProfile)?;
        match (reports.pop(), reports.pop()) {
            (Some((name, report)), None) => (report, format!("/{}", escaped(&name))),
            _ => {
                let message =
                    "the document holds several reports and does not say which counts: give one of them";
                return Err(Error::new(ErrorKind::InvalidProfile, "several_reports", message));
            }
        }
    } else {
        (read_json::<Report<'_>>(text, ErrorKind::InvalidProfile)?, String::new())
    };
    if report.scanner.is_none() && report.generated_at.is_none() {
        let message = "the document is no Harbor report: it has neither `scanner` nor `generated_at`";
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    }
    let Some(rows) = &report.vulnerabilities else {
        let message = "`vulnerabilities` is missing: without it the report says nothing of the image";
        return Err(at.error("missing_field", format!("{root}/vulnerabilities"), message));
    };
    let rows = rows.as_deref().unwrap_or_default();
    let because = "the report does not say of which image it is";
    let mut document = ProfileDocument {
        image: identify(&report.identity(rows, &root, &at)?, options, because)?,
        scan: Some(report.scan(rows)),
        ..ProfileDocument::default()
    };
    for (index, row) in rows.iter().enumerate() {
        let place = format!("{root}/vulnerabilities/{index}");
        document.vulnerabilities.push(row.vulnerability(&place, &at)?);
        bounded(&document, options)?;
    }
    Ok(vec![ScanProfile::new(document)?])
}

/// The reports under their media types.
struct Wrapped<'a>(Vec<(String, Report<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Wrapped<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WrappedVisitor;
        impl<'de> Visitor<'de> for WrappedVisitor {
            type Value = Wrapped<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wrapped<'de>, A::Error> {
                let mut reports = Vec::new();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if is_media_type(&key) {
                        reports.push((key.0.into_owned(), map.next_value()?));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Wrapped(reports))
            }
        }
        deserializer.deserialize_map(WrappedVisitor)
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Report<'a> {
    #[serde(borrow)]
    generated_at: Option<Text<'a>>,
    #[serde(borrow)]
    artifact: Option<Artifact<'a>>,
    #[serde(borrow)]
    scanner: Option<Scanner<'a>>,
    #[serde(borrow)]
    severity: Option<Text<'a>>,
    /// `None` if there is no such member, `Some(None)` if it is null.
    #[serde(borrow, default, deserialize_with = "present")]
    vulnerabilities: Option<Option<Vec<Row<'a>>>>,
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Artifact<'a> {
    #[serde(borrow)]
    digest: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Scanner<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
}

/// A vulnerability of one package.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Row<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    package: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    fix_version: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    severity: Option<Text<'a>>,
    #[serde(borrow)]
    preferred_cvss: Option<Scores<'a>>,
    #[serde(borrow)]
    artifact_digests: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Scores<'a> {
    score_v3: Option<f64>,
    #[serde(borrow)]
    vector_v3: Option<Text<'a>>,
    score_v2: Option<f64>,
    #[serde(borrow)]
    vector_v2: Option<Text<'a>>,
}

impl Report<'_> {
    fn identity(&self, rows: &[Row<'_>], root: &str, at: &At<'_>) -> Result<ImageIdentity, Error> {
        let digests =
            |digest: &str| ImageIdentity { digests: vec![digest.to_owned()], ..ImageIdentity::default() };
        let stated = self.artifact.as_ref().and_then(|artifact| artifact.digest.as_deref());
        if let Some(digest) = stated.filter(|digest| !digest.is_empty()) {
            if !is_digest(digest) {
                let message =
                    format!("{} is no digest: expected `sha256:` and 64 hexadecimal digits", quote(digest));
                return Err(at.error("invalid_digest", format!("{root}/artifact/digest"), message));
            }
            return Ok(digests(digest));
        }
        // Findings of an index of images name several.
        let mut named = rows.iter().map(|row| row.artifact_digests.as_deref().unwrap_or_default());
        let Some([digest]) = named.next() else { return Ok(ImageIdentity::default()) };
        let is_same = is_digest(digest) && named.all(|others| matches!(others, [other] if other == digest));
        Ok(if is_same { digests(digest) } else { ImageIdentity::default() })
    }

    fn scan(&self, rows: &[Row<'_>]) -> Scan {
        let overall = self.severity.as_deref().and_then(severity_word).unwrap_or_default();
        // The worst is the smallest.
        let worst = rows.iter().map(Row::severity).min().unwrap_or_default();
        let is_lost = overall < worst;
        let scanner = self.scanner.as_ref();
        let name = scanner.and_then(|scanner| known(scanner.name.as_ref()));
        let version = scanner.and_then(|scanner| known(scanner.version.as_ref()));
        Scan {
            state: Some(if is_lost { ScanState::Partial } else { ScanState::Complete }),
            scanned_at: self.generated_at.as_deref().and_then(time),
            scanner: match (name, version) {
                (Some(name), Some(version)) => Some(format!("{name} {version}")),
                (name, _) => name,
            },
            feed_updated_at: None,
        }
    }
}

impl Row<'_> {
    fn vulnerability(&self, pointer: &str, at: &At<'_>) -> Result<Vulnerability, Error> {
        Ok(Vulnerability {
            id: known(self.id.as_ref()),
            severity: self.severity(),
            package: Some(Package {
                name: known(self.package.as_ref()),
                version: known(self.version.as_ref()),
                ..Package::default()
            }),
            fix: Some(self.fix()),
            cvss: self.cvss(pointer, at)?,
            ..Vulnerability::default()
        })
    }

    fn severity(&self) -> Severity {
        let is_none = self.severity.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("none"));
        if is_none { Severity::Negligible } else { severity(self.severity.as_ref()) }
    }

    fn fix(&self) -> Fix {
        let versions: Vec<String> = known(self.fix_version.as_ref()).into_iter().collect();
        let state = match self.status.as_deref().unwrap_or_default() {
            "fixed" => FixState::Fixed,
            "affected" => FixState::NotFixed,
            "will_not_fix" => FixState::WillNotFix,
            "fix_deferred" => FixState::Deferred,
            "end_of_life" => FixState::EndOfLife,
            _ if versions.is_empty() => FixState::Unknown,
            _ => FixState::Fixed,
        };
        Fix { state, versions, available_at: None }
    }

    fn cvss(&self, pointer: &str, at: &At<'_>) -> Result<Option<Cvss>, Error> {
        let Some(scores) = &self.preferred_cvss else { return Ok(None) };
        let entries = [
            ("score_v3", scores.score_v3, scores.vector_v3.as_ref()),
            ("score_v2", scores.score_v2, scores.vector_v2.as_ref()),
        ];
        for (member, score, vector) in entries {
            let vector = known(vector);
            let Some(score) = score.filter(|score| *score != 0.0 || vector.is_some()) else { continue };
            let score = in_range(score, 10.0, &format!("{pointer}/preferred_cvss/{member}"), at)?;
            return Ok(Some(Cvss { score: Some(score), vector }));
        }
        Ok(None)
    }
}
