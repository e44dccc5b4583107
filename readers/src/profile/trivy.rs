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

use super::ecosystem::{self, Origin};
use super::{Options, identify};
use crate::detect::Reader;
use crate::json::{Text, locate, read as read_json};
use crate::look::Look;
use imagegate::{
    Cvss, Error, ErrorKind, Fix, FixState, ImageIdentity, Package, Position, ProfileDocument, Scan,
    ScanProfile, ScanState, Score, Sensitive, Severity, SuppressedBy, Suppression, Timestamp, Vulnerability,
    quote,
};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "trivy", title: "a Trivy report", detect, read };

fn detect(look: &Look<'_>) -> bool {
    if let Some(members) = look.object() {
        let unversioned =
            members.is_list("Results") && members.has_any(&["ImageID", "RepoTags", "RepoDigests"]);
        return members.is_number("SchemaVersion") || unversioned;
    }
    let of_a_result = ["Vulnerabilities", "Type", "Class", "Packages", "Misconfigurations", "Secrets"];
    look.first_item().is_some_and(|members| members.text("Target").is_some() && members.has_any(&of_a_result))
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let top: Top<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = Place { text };
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
            state: Some(state(&results)),
            scanned_at: head.created_at.as_deref().and_then(time),
            scanner: Some(scanner(&head)),
            feed_updated_at: None,
        }),
        ..ProfileDocument::default()
    };
    for (index, result) in results.iter().enumerate() {
        result.read_into(&mut document, &format!("{root}/{index}"), &at)?;
        let findings = document.vulnerabilities.len().saturating_add(document.sensitive.len());
        if findings > options.limits.findings {
            let message =
                format!("the report has more findings than the limit of {}", options.limits.findings);
            return Err(Error::new(ErrorKind::LimitExceeded, "limit_exceeded", message));
        }
    }
    Ok(vec![ScanProfile::new(document)?])
}

/// The text, for the positions of errors.
struct Place<'a> {
    text: &'a str,
}

impl Place<'_> {
    fn error(&self, code: &'static str, pointer: String, message: impl Into<String>) -> Error {
        let position = Position::of_offset(self.text.as_bytes(), locate(self.text, &pointer));
        Error::at(ErrorKind::InvalidProfile, code, pointer, message).with_position(position)
    }
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

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Metadata<'a> {
    #[serde(borrow, rename = "ImageID")]
    image_id: Option<Text<'a>>,
    #[serde(borrow, rename = "RepoTags")]
    repo_tags: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "RepoDigests")]
    repo_digests: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "ImageConfig")]
    image_config: Option<ImageConfig<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ImageConfig<'a> {
    #[serde(borrow)]
    architecture: Option<Text<'a>>,
    #[serde(borrow)]
    os: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ScanResult<'a> {
    #[serde(borrow, rename = "Target")]
    target: Option<Text<'a>>,
    #[serde(borrow, rename = "Class")]
    class: Option<Text<'a>>,
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, rename = "Vulnerabilities")]
    vulnerabilities: Option<Vec<Row<'a>>>,
    #[serde(borrow, rename = "Secrets")]
    secrets: Option<Vec<Secret<'a>>>,
    #[serde(borrow, rename = "ExperimentalModifiedFindings")]
    modified: Option<Vec<Modified<'a>>>,
}

/// A vulnerability of one package.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Row<'a> {
    #[serde(borrow, rename = "VulnerabilityID")]
    id: Option<Text<'a>>,
    #[serde(borrow, rename = "VendorIDs")]
    vendor_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "PkgName")]
    name: Option<Text<'a>>,
    #[serde(borrow, rename = "PkgPath")]
    path: Option<Text<'a>>,
    #[serde(borrow, rename = "PkgIdentifier")]
    identifier: Option<Identifier<'a>>,
    #[serde(borrow, rename = "InstalledVersion")]
    version: Option<Text<'a>>,
    #[serde(borrow, rename = "FixedVersion")]
    fixed_version: Option<Text<'a>>,
    #[serde(borrow, rename = "Status")]
    status: Option<Text<'a>>,
    #[serde(borrow, rename = "Severity")]
    severity: Option<Text<'a>>,
    #[serde(borrow, rename = "SeveritySource")]
    severity_source: Option<Text<'a>>,
    #[serde(borrow, rename = "CVSS")]
    cvss: Option<BTreeMap<Text<'a>, Scores<'a>>>,
    #[serde(borrow, rename = "PublishedDate")]
    published: Option<Text<'a>>,
    /// Set if this is not a vulnerability but a secret that was suppressed.
    #[serde(borrow, rename = "RuleID")]
    rule: Option<Text<'a>>,
    #[serde(rename = "StartLine")]
    line: Option<u32>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Identifier<'a> {
    #[serde(borrow, rename = "PURL")]
    purl: Option<Text<'a>>,
}

/// What one source says of CVSS.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Scores<'a> {
    #[serde(rename = "V2Score")]
    v2: Option<f64>,
    #[serde(borrow, rename = "V2Vector")]
    v2_vector: Option<Text<'a>>,
    #[serde(rename = "V3Score")]
    v3: Option<f64>,
    #[serde(borrow, rename = "V3Vector")]
    v3_vector: Option<Text<'a>>,
    #[serde(rename = "V40Score")]
    v4: Option<f64>,
    #[serde(borrow, rename = "V40Vector")]
    v4_vector: Option<Text<'a>>,
}

/// A secret. `Match` and `Code` hold parts of it and are never read.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Secret<'a> {
    #[serde(borrow, rename = "RuleID")]
    rule: Option<Text<'a>>,
    #[serde(borrow, rename = "Severity")]
    severity: Option<Text<'a>>,
    #[serde(rename = "StartLine")]
    line: Option<u32>,
}

/// A finding that VEX or an ignore file took out of the list.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Modified<'a> {
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, rename = "Status")]
    status: Option<Text<'a>>,
    #[serde(borrow, rename = "Statement")]
    statement: Option<Text<'a>>,
    #[serde(borrow, rename = "Source")]
    source: Option<Text<'a>>,
    #[serde(borrow, rename = "Finding")]
    finding: Option<Row<'a>>,
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

fn state(results: &[ScanResult<'_>]) -> ScanState {
    if results.is_empty() {
        ScanState::Unsupported
    } else if results.iter().any(ScanResult::is_about_packages) {
        ScanState::Complete
    } else {
        ScanState::Partial
    }
}

fn scanner(head: &Head<'_>) -> String {
    let version = head.trivy.as_ref().and_then(|trivy| trivy.version.as_deref());
    version.filter(|version| !version.is_empty()).map_or_else(|| "trivy".to_owned(), |v| format!("trivy {v}"))
}

/// A time; unknown if it is none, or if it is the zero time of Go, which Trivy writes for "not known". Unknown
/// dates never make an image look safer.
fn time(text: &str) -> Option<Timestamp> {
    if text.starts_with("0001-01-01T00:00:00") {
        return None;
    }
    Timestamp::parse(text).ok()
}

fn known(text: Option<&Text<'_>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(|text| text.0.clone().into_owned())
}

/// What the report says of its image.
fn identity(head: &Head<'_>, results: &[ScanResult<'_>], at: &Place<'_>) -> Result<ImageIdentity, Error> {
    let mut identity = ImageIdentity::default();
    let metadata = &head.metadata;
    let pointer = |member: &str| format!("{}/{member}", head.metadata_at);
    if let Some(id) = metadata.image_id.as_deref().filter(|id| !id.is_empty()) {
        let read = ImageIdentity::of(id).ok().and_then(|of| of.id);
        let message =
            || format!("{} is no image id: expected `sha256:` and 64 hexadecimal digits", quote(id));
        identity.id = Some(read.ok_or_else(|| at.error("invalid_id", pointer("ImageID"), message()))?);
    }
    for (index, digest) in metadata.repo_digests.iter().flatten().enumerate() {
        if is_none(digest) {
            continue;
        }
        match ImageIdentity::of(digest) {
            Ok(of) if !of.digests.is_empty() => identity.digests.extend(of.digests),
            _ => {
                let message = format!(
                    "{} is no digest: expected `repository@sha256:` and 64 hexadecimal digits",
                    quote(digest)
                );
                return Err(at.error(
                    "invalid_digest",
                    format!("{}/{index}", pointer("RepoDigests")),
                    message,
                ));
            }
        }
    }
    for (index, tag) in metadata.repo_tags.iter().flatten().enumerate() {
        if is_none(tag) {
            continue;
        }
        let named = ImageIdentity::of(tag).map_err(|error| {
            at.error("invalid_name", format!("{}/{index}", pointer("RepoTags")), error.to_string())
        })?;
        identity.names.extend(named.names);
    }
    if head.artifact_type.as_deref() == Some("container_image") {
        add_name(&mut identity, head.artifact_name.as_deref().unwrap_or_default());
    }
    if !head.is_object {
        for result in results {
            add_name(&mut identity, result.tagged_image().unwrap_or_default());
        }
    }
    if let Some(config) = &metadata.image_config
        && let (Some(os), Some(architecture)) =
            (known(config.os.as_ref()), known(config.architecture.as_ref()))
    {
        identity.platform = Some(format!("{os}/{architecture}"));
    }
    Ok(identity)
}

/// Docker's placeholder for "no name", and the empty name.
fn is_none(name: &str) -> bool {
    name.is_empty() || name.contains("<none>")
}

/// Adds what Trivy was asked to scan, if it is an image's name: it is a path if an archive or a folder was.
fn add_name(identity: &mut ImageIdentity, name: &str) {
    let lower = name.to_ascii_lowercase();
    let is_path = lower.starts_with(['.', '/', '~'])
        || [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".oci"].iter().any(|end| lower.ends_with(end));
    if name.is_empty() || is_path {
        return;
    }
    // An image asked for by its id, or the start of it, has no name.
    let hex = identity.id.as_deref().and_then(|id| id.strip_prefix("sha256:")).unwrap_or_default();
    if name.len() >= 4 && hex.starts_with(&lower) {
        return;
    }
    if let Ok(of) = ImageIdentity::of(name) {
        identity.id = identity.id.take().or(of.id);
        for (known, more) in [(&mut identity.digests, of.digests), (&mut identity.names, of.names)] {
            more.into_iter().for_each(|text| {
                if !known.contains(&text) {
                    known.push(text);
                }
            });
        }
    }
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

impl ScanResult<'_> {
    fn target(&self) -> &str {
        self.target.as_deref().unwrap_or_default()
    }

    /// `alpine:3.10` of the target `alpine:3.10 (alpine 3.10.2)`.
    ///
    /// A list report names its image nowhere else. Without a tag or digest the word may as well be the host name
    /// of a scanned file system, so that it does not count.
    fn tagged_image(&self) -> Option<&str> {
        let (name, rest) = self.target().split_once(" (")?;
        let (_, last) = name.rsplit_once('/').unwrap_or(("", name));
        (rest.ends_with(')') && last.contains([':', '@'])).then_some(name)
    }

    fn is_about_packages(&self) -> bool {
        match self.class.as_deref() {
            Some(class) => matches!(class, "os-pkgs" | "lang-pkgs"),
            // Before v0.19 there was no class, and nothing but packages.
            None => true,
        }
    }

    /// What the packages of this result are, as far as it says.
    fn packages(&self) -> (Option<&'static str>, Option<Origin>) {
        // Before v0.7 there was no type either; `(debian 10.1)` in the target still names the distribution.
        let distribution = || self.target().split_once(" (").and_then(|(_, rest)| rest.split(' ').next());
        let word = self.kind.as_deref().filter(|kind| !kind.is_empty()).or_else(distribution);
        let known = word.and_then(ecosystem::of_word);
        let origin = match self.class.as_deref() {
            Some("os-pkgs") => Some(Origin::Os),
            Some("lang-pkgs") => Some(Origin::Library),
            _ => known.map(|(_, origin)| origin),
        };
        (known.map(|(ecosystem, _)| ecosystem), origin)
    }

    fn read_into(&self, document: &mut ProfileDocument, pointer: &str, at: &Place<'_>) -> Result<(), Error> {
        if self.target.is_none() {
            let message = "a result of Trivy has a `Target`: this is no Trivy report, or a broken one";
            return Err(at.error("missing_field", format!("{pointer}/Target"), message));
        }
        for (index, row) in self.vulnerabilities.iter().flatten().enumerate() {
            let place = format!("{pointer}/Vulnerabilities/{index}");
            document.vulnerabilities.push(row.vulnerability(self, &place, at)?);
        }
        for secret in self.secrets.iter().flatten() {
            document.sensitive.push(self.sensitive(
                secret.rule.as_ref(),
                secret.severity.as_ref(),
                secret.line,
            ));
        }
        for (index, modified) in self.modified.iter().flatten().enumerate() {
            let Some(finding) = &modified.finding else { continue };
            let place = format!("{pointer}/ExperimentalModifiedFindings/{index}/Finding");
            match modified.kind.as_deref() {
                Some("misconfiguration" | "license") => {}
                // The profile has no word for a suppressed secret; it stays one that was found.
                Some("secret") => {
                    let severity = finding.severity.as_ref();
                    document.sensitive.push(self.sensitive(finding.rule.as_ref(), severity, finding.line));
                }
                _ => {
                    let mut vulnerability = finding.vulnerability(self, &place, at)?;
                    vulnerability.suppressed = Some(modified.suppression());
                    document.vulnerabilities.push(vulnerability);
                }
            }
        }
        Ok(())
    }

    fn sensitive(&self, rule: Option<&Text<'_>>, word: Option<&Text<'_>>, line: Option<u32>) -> Sensitive {
        Sensitive {
            kind: known(rule),
            severity: severity(word),
            path: Some(self.target()).filter(|target| !target.is_empty()).map(from_root),
            line: line.filter(|&line| line > 0),
        }
    }
}

fn from_root(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

fn severity(word: Option<&Text<'_>>) -> Severity {
    let word = word.map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    Severity::ALL.into_iter().find(|severity| severity.as_str() == word).unwrap_or_default()
}

impl Modified<'_> {
    fn suppression(&self) -> Suppression {
        // Trivy writes `ignored` for its ignore file and ignore policies, and VEX statuses for VEX.
        let by = match self.status.as_deref() {
            Some("ignored") => SuppressedBy::IgnoreFile,
            Some("not_affected" | "fixed" | "affected" | "under_investigation") => SuppressedBy::Vex,
            _ => SuppressedBy::Scanner,
        };
        Suppression {
            by,
            status: known(self.status.as_ref()),
            justification: known(self.statement.as_ref()),
            author: None,
            source: known(self.source.as_ref()),
        }
    }
}

impl Row<'_> {
    fn vulnerability(
        &self,
        result: &ScanResult<'_>,
        pointer: &str,
        at: &Place<'_>,
    ) -> Result<Vulnerability, Error> {
        let (ecosystem, origin) = result.packages();
        let purl = self.identifier.as_ref().and_then(|identifier| known(identifier.purl.as_ref()));
        let path = known(self.path.as_ref()).or_else(|| {
            // Packages that are no lines of a lock file are listed together under the language's name.
            let target = result.target();
            let is_file = !matches!(target, "" | "Java" | "Python" | "Node.js" | "Ruby" | "Conda" | "PHP");
            (origin == Some(Origin::Library) && is_file).then(|| target.to_owned())
        });
        let package = Package {
            name: known(self.name.as_ref()),
            version: known(self.version.as_ref()),
            ecosystem: purl.as_deref().and_then(ecosystem::of_purl).or(ecosystem.map(str::to_owned)),
            purl,
            path: path.as_deref().map(from_root),
        };
        let class = origin.map(|origin| match origin {
            Origin::Os => "os".to_owned(),
            Origin::Library => "library".to_owned(),
        });
        Ok(Vulnerability {
            id: known(self.id.as_ref()),
            aliases: self.vendor_ids.iter().flatten().filter_map(|id| known(Some(id))).collect(),
            severity: severity(self.severity.as_ref()),
            severity_source: known(self.severity_source.as_ref()),
            package: Some(package),
            fix: Some(self.fix()),
            class,
            cvss: self.cvss(pointer, at)?,
            published_at: self.published.as_deref().and_then(time),
            ..Vulnerability::default()
        })
    }

    fn fix(&self) -> Fix {
        let versions = versions(self.fixed_version.as_deref().unwrap_or_default());
        let state = match self.status.as_deref() {
            Some("affected") => FixState::NotFixed,
            Some("fixed") => FixState::Fixed,
            Some("will_not_fix") => FixState::WillNotFix,
            Some("fix_deferred") => FixState::Deferred,
            Some("end_of_life") => FixState::EndOfLife,
            // `not_affected` too: it says nothing of a fix, and what Trivy lists stays a finding.
            _ if versions.is_empty() => FixState::Unknown,
            _ => FixState::Fixed,
        };
        Fix { state, versions, available_at: None }
    }

    fn cvss(&self, pointer: &str, at: &Place<'_>) -> Result<Option<Cvss>, Error> {
        let Some(sources) = &self.cvss else { return Ok(None) };
        for (source, scores) in sources {
            for (member, score) in [("V2Score", scores.v2), ("V3Score", scores.v3), ("V40Score", scores.v4)] {
                if score.is_some_and(|score| !(0.0..=10.0).contains(&score)) {
                    let place =
                        format!("{pointer}/CVSS/{}/{member}", source.replace('~', "~0").replace('/', "~1"));
                    return Err(at.error("invalid_score", place, "a CVSS score lies between 0 and 10"));
                }
            }
        }
        let of = |source: &str, pick: Pick| {
            let (_, scores) = sources.iter().find(|(name, _)| &***name == source)?;
            pick(scores)
        };
        let picks: [Pick; 2] = [|scores| scores.current(), |scores| scores.v2()];
        let chosen = picks.into_iter().find_map(|pick| {
            let by_severity = self.severity_source.as_deref().and_then(|source| of(source, pick));
            // `max_by` would keep the last of equals.
            let worse = |best: Cvss, next: Cvss| if next.score > best.score { next } else { best };
            by_severity
                .or_else(|| of("nvd", pick))
                .or_else(|| sources.values().filter_map(pick).reduce(worse))
        });
        Ok(chosen)
    }
}

type Pick = fn(&Scores<'_>) -> Option<Cvss>;

impl Scores<'_> {
    /// The higher of v3 and v4.
    fn current(&self) -> Option<Cvss> {
        let v3 = stated(self.v3, self.v3_vector.as_ref());
        let v4 = stated(self.v4, self.v4_vector.as_ref());
        match (v3, v4) {
            (Some(v3), Some(v4)) => Some(if v4.score > v3.score { v4 } else { v3 }),
            (v3, v4) => v3.or(v4),
        }
    }

    fn v2(&self) -> Option<Cvss> {
        stated(self.v2, self.v2_vector.as_ref())
    }
}

fn stated(score: Option<f64>, vector: Option<&Text<'_>>) -> Option<Cvss> {
    score.and_then(Score::new).map(|score| Cvss { score: Some(score), vector: known(vector) })
}

/// `FixedVersion` is free text: a list if it is nothing but versions, else one entry as it stands.
fn versions(text: &str) -> Vec<String> {
    let is_version =
        |part: &str| !part.is_empty() && !part.contains([' ', '<', '>', '=', '|', '*', '(', ')']);
    if text.is_empty() {
        Vec::new()
    } else if text.split(", ").all(is_version) {
        text.split(", ").map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    }
}
