//! Trivy's JSON reports (`trivy image --format json`).
//!
//! Trivy has written four kinds of top level: a bare list of results (up to v0.19), an object with
//! `SchemaVersion` 2 (from v0.20), an object without a version but with `ImageID` or `RepoTags` (of a server, for a
//! while), and `null` for "nothing found". `null` and `[]` say nothing about what they are, so they are only read
//! if the format and the image are named.
//!
//! **State of the scan.** A report with at least one result about packages is `complete`. A report whose results
//! are all about something else (secrets, misconfigurations, licences) is `partial`: nobody looked for
//! vulnerabilities. A report without any result, or `null`, is `unsupported`: Trivy lists the distribution's
//! packages of every image it understands, so no result means that it found nothing it can analyse, not that it
//! found nothing wrong.
//!
//! **CVSS.** Of the sources in `CVSS` one is chosen: the one that the severity is from, else `nvd`, else the one
//! with the highest score (of equals the first by name). Of one source the higher of the v3 and v4 score counts,
//! v3 if they are equal. Only if no source has either, v2 is looked at, by the same rule.
//!
//! **Which image.** `Metadata` names it (id, digests, names), and so does `ArtifactName` if an image was scanned by
//! name; an archive's path is no name. A list report names it only in a target such as `alpine:3.10 (alpine 3.10.2)`,
//! and there only with a tag or digest: a bare word may be the name of a host. The rest is refused until the caller
//! names the image.
//!
//! **Fixes.** `Status` decides the state (`affected` is `not_fixed`); without one, a version means `fixed` and none
//! means `unknown`. `FixedVersion` is free text: it is split at `, ` if it is nothing but versions. A vulnerability
//! that Trivy lists as `not_affected` stays a finding.
//!
//! **Suppressed findings** (`ExperimentalModifiedFindings`) are kept and marked: by an ignore file if their status is
//! `ignored`, else by VEX. A suppressed secret is kept without a mark, for which the profile has no word.
//!
//! **Not read:** misconfigurations and licences, which are no findings of a profile; whether the distribution is out
//! of support (`EOSL`); the age of the vulnerability data, which the report does not tell.
//!
//! **Paths** are written from the root of what was scanned, with a leading `/`, so that the globs of policies and
//! the reports of other scanners meet them.

pub(super) mod results;

use self::results::{Metadata, ScanResult, add_name, state, time};
use super::facts::{At, bounded};
use super::{Options, identify};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use imagegate::{Error, ErrorKind, ImageIdentity, ProfileDocument, Scan, ScanProfile, quote};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "trivy", title: "a Trivy report", detect, read };

fn detect(look: &Look<'_>) -> bool {
    if let Some(members) = look.object() {
        let unversioned =
            members.is_list("Results") && members.has_any(&["ImageID", "RepoTags", "RepoDigests"]);
        // A report of a cluster may get a schema version too.
        return (members.is_number("SchemaVersion") || unversioned) && !members.has("ClusterName");
    }
    let of_a_result = ["Vulnerabilities", "Type", "Class", "Packages", "Misconfigurations", "Secrets"];
    look.first_item().is_some_and(|members| members.text("Target").is_some() && members.has_any(&of_a_result))
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let top: Top<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    let (head, results, root) = match top {
        Top::Nothing => (Head::default(), Vec::new(), ""),
        Top::Results(results) => (Head::default(), results, ""),
        Top::Report(report) => {
            report.check()?;
            (report.head, report.results.unwrap_or_default(), "/Results")
        }
    };
    let mut document = ProfileDocument {
        image: identify(&identity(&head, &results, &at)?, options, &why_no_identity(&head))?,
        scan: Some(Scan {
            state: Some(state(results.iter())),
            scanned_at: head.created_at.as_deref().and_then(time),
            scanner: Some(scanner(&head)),
            feed_updated_at: None,
        }),
        ..ProfileDocument::default()
    };
    for (index, result) in results.iter().enumerate() {
        result.read_into(&mut document, &format!("{root}/{index}"), &at)?;
        bounded(&document, options)?;
    }
    Ok(vec![ScanProfile::new(document)?])
}

/// The four kinds of top level.
enum Top<'a> {
    Nothing,
    Results(Vec<ScanResult<'a>>),
    Report(Box<Report<'a>>),
}

impl<'de> Deserialize<'de> for Top<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TopVisitor;
        impl<'de> Visitor<'de> for TopVisitor {
            type Value = Top<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a report")
            }

            fn visit_unit<E>(self) -> Result<Top<'de>, E> {
                Ok(Top::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Top<'de>, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(Top::Results)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Top<'de>, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(Top::Report)
            }
        }
        deserializer.deserialize_any(TopVisitor)
    }
}

/// The report, without what every result says. `results` stands apart since it is the only large part.
struct Report<'a> {
    head: Head<'a>,
    schema_version: Option<u64>,
    results: Option<Vec<ScanResult<'a>>>,
}

#[derive(Default)]
struct Head<'a> {
    created_at: Option<Text<'a>>,
    artifact_name: Option<Text<'a>>,
    artifact_type: Option<Text<'a>>,
    trivy: Option<Trivy<'a>>,
    metadata: Metadata<'a>,
    /// Where the members of `metadata` stand.
    metadata_at: &'static str,
    /// Whether the report is an object, which could have named its image.
    is_object: bool,
}

/// The members as they stand, before the two kinds of objects are told apart.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Members<'a> {
    #[serde(rename = "SchemaVersion")]
    schema_version: Option<u64>,
    #[serde(borrow, rename = "CreatedAt")]
    created_at: Option<Text<'a>>,
    #[serde(borrow, rename = "ArtifactName")]
    artifact_name: Option<Text<'a>>,
    #[serde(borrow, rename = "ArtifactType")]
    artifact_type: Option<Text<'a>>,
    #[serde(borrow, rename = "Trivy")]
    trivy: Option<Trivy<'a>>,
    #[serde(borrow, rename = "Metadata")]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow, rename = "ImageID")]
    image_id: Option<Text<'a>>,
    #[serde(borrow, rename = "RepoTags")]
    repo_tags: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "RepoDigests")]
    repo_digests: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "Results")]
    results: Option<Vec<ScanResult<'a>>>,
}

impl<'de> Deserialize<'de> for Report<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::deserialize(deserializer)?;
        let (metadata, metadata_at) = match members.metadata {
            Some(metadata) => (metadata, "/Metadata"),
            None => {
                let metadata = Metadata {
                    image_id: members.image_id,
                    repo_tags: members.repo_tags,
                    repo_digests: members.repo_digests,
                    image_config: None,
                };
                (metadata, "")
            }
        };
        let head = Head {
            created_at: members.created_at,
            artifact_name: members.artifact_name,
            artifact_type: members.artifact_type,
            trivy: members.trivy,
            metadata,
            metadata_at,
            is_object: true,
        };
        Ok(Self { head, schema_version: members.schema_version, results: members.results })
    }
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Trivy<'a> {
    #[serde(borrow, rename = "Version")]
    version: Option<Text<'a>>,
}

impl Report<'_> {
    /// That this is a report at all: with the format named, nobody has looked at the shape yet.
    fn check(&self) -> Result<(), Error> {
        let metadata = &self.head.metadata;
        let names_image =
            metadata.image_id.is_some() || metadata.repo_tags.is_some() || metadata.repo_digests.is_some();
        match self.schema_version {
            Some(2) => Ok(()),
            None if self.results.is_some() && names_image => Ok(()),
            None => Err(Error::new(
                ErrorKind::Unsupported,
                "unknown_format",
                "the document is no Trivy report: it has neither `SchemaVersion` nor `Results` and the image's names",
            )),
            Some(version) => {
                let message = format!("Trivy's schema version {version} is unknown: version 2 is read");
                Err(Error::at(ErrorKind::Unsupported, "unsupported_version", "/SchemaVersion", message))
            }
        }
    }
}

fn scanner(head: &Head<'_>) -> String {
    let version = head.trivy.as_ref().and_then(|trivy| trivy.version.as_deref());
    version.filter(|version| !version.is_empty()).map_or_else(|| "trivy".to_owned(), |v| format!("trivy {v}"))
}

/// What the report says of its image.
fn identity(head: &Head<'_>, results: &[ScanResult<'_>], at: &At<'_>) -> Result<ImageIdentity, Error> {
    let mut identity = head.metadata.identity(head.metadata_at, at)?;
    if head.artifact_type.as_deref() == Some("container_image") {
        add_name(&mut identity, head.artifact_name.as_deref().unwrap_or_default());
    }
    if !head.is_object {
        for result in results {
            add_name(&mut identity, result.tagged_image().unwrap_or_default());
        }
    }
    Ok(identity)
}

fn why_no_identity(head: &Head<'_>) -> String {
    match head.artifact_type.as_deref() {
        Some("container_image") => {
            "the report is of an image archive and does not say which image it was".to_owned()
        }
        Some(kind) if !kind.is_empty() => format!("the report is of type {}, not of an image", quote(kind)),
        _ => "the report does not say which image it is about".to_owned(),
    }
}
