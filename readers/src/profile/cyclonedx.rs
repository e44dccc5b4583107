//! CycloneDX documents in JSON, from 1.4 on, that list `vulnerabilities`.
//!
//! **What is no scan.** A document without `vulnerabilities` is a bill of materials: it says what is in an image, not
//! what is wrong with it, and is refused (`not_a_scan`). With the list it is a report whose **state** is `complete`,
//! but
//! - `not_scanned` if the list is empty, unless Grype is among the `tools`: writers of bills of materials put an empty
//!   list where nobody looked for vulnerabilities, as Trivy does by default; Grype writes none without having looked,
//! - `unsupported` if neither vulnerabilities nor `components` are listed: nothing was found that can be analysed,
//! - `partial` if there are vulnerabilities and no `components`, as in VEX: the statements are real, but what else was
//!   looked at is not said.
//!
//! **Findings.** One for each component that a vulnerability affects, and one without a package if it names none. A
//! `ref` is the `bom-ref` of a component (of `metadata.component` too; of all that share it), or a package URL, or a
//! BOM-Link, whose part after `#` is a package URL or, if it links to this document, one of both; one that leads
//! nowhere, as in VEX about other documents, is a finding of an unknown package. What `references` list are aliases:
//! CycloneDX puts equal vulnerabilities there.
//!
//! **Severity** is the worst of all `ratings`, whatever their order, and its source that of the first such rating;
//! `none` and `info` are negligible. A rating with a score and no severity says no severity: it is not computed.
//! **CVSS** is the highest score of the ratings by CVSS v3 and v4, else of those by v2; a rating is by CVSS if its
//! `method` says so or its `vector` starts with `CVSS:`. Scores of other methods are not read.
//!
//! **Analysis.** A finding that is `not_affected`, `false_positive`, `resolved` or `resolved_with_pedigree` is kept and
//! marked as suppressed by VEX, with this status, the `justification`, the serial number as the source, and the
//! document's first author (else its manufacturer) as the author. So is one whose component has a version that
//! `affects[].versions` lists as `unaffected` and not as anything else (status `unaffected`); ranges are not computed.
//! Where versions are listed, "resolved" is about those that are `unaffected` alone. `exploitable`, `in_triage`, any
//! other word and none leave it a finding.
//!
//! **Fixes.** A `recommendation` in the words of Trivy (`Upgrade NAME to version X`) names the fixed versions. Else a
//! `response` of `update` means fixed. All else says nothing: `will_not_fix` and `can_not_fix` are statements of VEX,
//! which `trust` has not accepted.
//!
//! **Which image.** `metadata.component`, if its type is `container`: a package URL of type `oci` or `docker`, a version
//! that is a digest or a tag, a name that has one itself, and the id, digests and names that Trivy puts into
//! `properties`. A bare name without any of these may be that of a project, and the document is refused until the
//! caller names the image.
//!
//! **Packages.** Names of Maven are `group:artifact`, of npm, Go and Composer `group/name`. Class and ecosystem come
//! from the package URL. Libraries have the path that Trivy or Syft put into `properties`.
//!
//! **Not read:** XML; services; `compositions`; EPSS and catalogues of exploited vulnerabilities, for which CycloneDX
//! has no place.

use super::facts::{At, Texts, bounded, is_digest, known, time};
use super::{Options, identify};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use crate::purl::Purl;
use imagegate::{
    Error, ErrorKind, ImageIdentity, ProfileDocument, Scan, ScanProfile, ScanState, SuppressedBy,
    Suppression, Vulnerability, quote,
};
use rows::{Analysis, Row};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::{HashMap, HashSet};
use std::fmt;

mod rows;

/// The tool of which an empty list says that nothing was found.
const ALWAYS_LOOKS: &str = "grype";

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "cyclonedx", title: "a CycloneDX document", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| members.text("bomFormat") == Some("CycloneDX"))
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let bom: Bom<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    let rows = bom.check()?;
    let because = "the document does not say of which image it is";
    let mut document = ProfileDocument {
        image: identify(&bom.identity(&at)?, options, because)?,
        scan: Some(bom.scan(rows)),
        ..ProfileDocument::default()
    };
    let components = bom.by_ref();
    let mut texts = Texts::within(options);
    for (index, row) in rows.iter().enumerate() {
        let found = row.vulnerability(&format!("/vulnerabilities/{index}"), &at)?;
        let fixes = row.fixes();
        let stated = row.analysis.as_ref().and_then(Analysis::suppression);
        let affects = row.affects.as_deref().unwrap_or_default();
        if affects.is_empty() {
            let suppressed = stated.clone().map(|stated| bom.suppression(stated));
            let fix = Some(fixes.of(None));
            document.vulnerabilities.push(Vulnerability { fix, suppressed, ..found.clone() });
        }
        for affected in affects {
            let unaffected_versions = affected.unaffected();
            for (package, class) in affected.packages(&components, bom.serial.as_deref()) {
                let version = package.version.as_deref();
                let is_unaffected = version.is_some_and(|version| unaffected_versions.contains(version));
                let unaffected = || is_unaffected.then(|| ("unaffected".to_owned(), None));
                // "Resolved" is about the versions that are listed as unaffected, if any are listed.
                let is_meant =
                    |word: &str| is_unaffected || !word.starts_with("resolved") || !affected.lists_versions();
                let stated = stated.clone().filter(|(word, _)| is_meant(word));
                let suppressed = stated.or_else(unaffected).map(|stated| bom.suppression(stated));
                let found = Vulnerability {
                    fix: Some(fixes.of(package.name.as_deref())),
                    class: class.map(str::to_owned),
                    suppressed,
                    package: Some(package),
                    ..found.clone()
                };
                texts.add(&found)?;
                document.vulnerabilities.push(found);
                bounded(&document, options)?;
            }
        }
        bounded(&document, options)?;
    }
    Ok(vec![ScanProfile::new(document)?])
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Bom<'a> {
    #[serde(borrow, rename = "bomFormat")]
    format: Option<Text<'a>>,
    #[serde(borrow, rename = "specVersion")]
    version: Option<Text<'a>>,
    #[serde(borrow, rename = "serialNumber")]
    serial: Option<Text<'a>>,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    components: Option<Vec<Component<'a>>>,
    #[serde(borrow)]
    vulnerabilities: Option<Vec<Row<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Metadata<'a> {
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    tools: Option<Tools<'a>>,
    #[serde(borrow)]
    component: Option<Component<'a>>,
    #[serde(borrow)]
    authors: Option<Vec<Author<'a>>>,
    #[serde(borrow)]
    manufacturer: Option<Author<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Author<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    email: Option<Text<'a>>,
}

/// What wrote the document: a list up to 1.4, an object with lists since 1.5.
struct Tools<'a>(Vec<Tool<'a>>);

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Tool<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ToolLists<'a> {
    #[serde(borrow)]
    components: Option<Vec<Tool<'a>>>,
    #[serde(borrow)]
    services: Option<Vec<Tool<'a>>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Tools<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ToolsVisitor;
        impl<'de> Visitor<'de> for ToolsVisitor {
            type Value = Tools<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Tools<'de>, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(Tools)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tools<'de>, A::Error> {
                let lists: ToolLists<'de> = Deserialize::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Tools(lists.components.into_iter().chain(lists.services).flatten().collect()))
            }
        }
        deserializer.deserialize_any(ToolsVisitor)
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Component<'a> {
    #[serde(borrow, rename = "bom-ref")]
    bom_ref: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    group: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    purl: Option<Text<'a>>,
    #[serde(borrow)]
    properties: Option<Vec<Property<'a>>>,
    #[serde(borrow)]
    components: Option<Vec<Component<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Property<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

impl<'a> Bom<'a> {
    /// The vulnerabilities of a document that is a scan at all.
    fn check(&self) -> Result<&[Row<'a>], Error> {
        let unsupported = |code, message: &str| Err(Error::new(ErrorKind::Unsupported, code, message));
        if self.format.as_deref() != Some("CycloneDX") {
            let message = "the document is no CycloneDX document: its `bomFormat` is not `CycloneDX`";
            return unsupported("unknown_format", message);
        }
        let Some(rows) = &self.vulnerabilities else {
            let message = "the CycloneDX document has no `vulnerabilities`: it lists what is in the image, not what is \
                           wrong with it; scan it, and give what the scanner says";
            return unsupported("not_a_scan", message);
        };
        let version = self.version.as_deref().unwrap_or_default();
        let minor = version.strip_prefix("1.").and_then(|minor| minor.parse::<u32>().ok());
        if minor.is_none_or(|minor| minor < 4) {
            let message = format!(
                "CycloneDX of version {} is not read: 1.4 and later versions 1.x are",
                quote(version)
            );
            return Err(Error::at(ErrorKind::Unsupported, "unsupported_version", "/specVersion", message));
        }
        Ok(rows)
    }

    fn tools(&self) -> &[Tool<'a>] {
        let tools = self.metadata.as_ref().and_then(|metadata| metadata.tools.as_ref());
        tools.map_or(&[], |tools| tools.0.as_slice())
    }

    fn scan(&self, rows: &[Row<'_>]) -> Scan {
        let is_empty = self.components.as_deref().unwrap_or_default().is_empty();
        let is_scanner = |tool: &Tool<'_>| {
            tool.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(ALWAYS_LOOKS))
        };
        let state = match (rows.is_empty(), is_empty) {
            (true, _) if !self.tools().iter().any(is_scanner) => ScanState::NotScanned,
            (true, true) => ScanState::Unsupported,
            (false, true) => ScanState::Partial,
            (_, false) => ScanState::Complete,
        };
        let tools = self.tools().iter().filter_map(|tool| {
            let name = known(tool.name.as_ref())?;
            Some(known(tool.version.as_ref()).map_or(name.clone(), |version| format!("{name} {version}")))
        });
        let tools: Vec<String> = tools.collect();
        let timestamp = self.metadata.as_ref().and_then(|metadata| metadata.timestamp.as_deref());
        Scan {
            state: Some(state),
            scanned_at: timestamp.and_then(time),
            scanner: (!tools.is_empty()).then(|| tools.join(", ")),
            feed_updated_at: None,
        }
    }

    /// All components by what they are referred to.
    fn by_ref(&self) -> HashMap<&str, Vec<&Component<'a>>> {
        let mut found: HashMap<&str, Vec<&Component<'a>>> = HashMap::new();
        let mut open: Vec<&Component<'a>> = Vec::new();
        open.extend(self.components.iter().flatten().rev());
        open.extend(self.metadata.iter().filter_map(|metadata| metadata.component.as_ref()));
        while let Some(component) = open.pop() {
            if let Some(name) = component.bom_ref.as_deref() {
                found.entry(name).or_default().push(component);
            }
            open.extend(component.components.iter().flatten().rev());
        }
        found
    }

    fn suppression(&self, (status, justification): (String, Option<String>)) -> Suppression {
        let metadata = self.metadata.as_ref();
        let mut authors = metadata.into_iter().flat_map(|metadata| metadata.authors.iter().flatten());
        let manufacturer = metadata.and_then(|metadata| metadata.manufacturer.as_ref());
        let author = authors.next().or(manufacturer);
        Suppression {
            by: SuppressedBy::Vex,
            status: Some(status),
            justification,
            author: author
                .and_then(|author| known(author.name.as_ref()).or_else(|| known(author.email.as_ref()))),
            source: known(self.serial.as_ref()),
        }
    }

    fn identity(&self, at: &At<'_>) -> Result<ImageIdentity, Error> {
        let mut identity = ImageIdentity::default();
        let component = self.metadata.as_ref().and_then(|metadata| metadata.component.as_ref());
        let Some(component) = component.filter(|component| component.kind.as_deref() == Some("container"))
        else {
            return Ok(identity);
        };
        for (index, property) in component.properties.iter().flatten().enumerate() {
            let (Some(name), Some(value)) = (property.name.as_deref(), property.value.as_deref()) else {
                continue;
            };
            let Some(name) = name.strip_prefix("aquasecurity:trivy:").filter(|_| !value.is_empty()) else {
                continue;
            };
            let of = ImageIdentity::of(value);
            let wrong = |code, what: &str| {
                let pointer = format!("/metadata/component/properties/{index}/value");
                at.error(code, pointer, format!("{} is no {what}", quote(value)))
            };
            match name {
                "ImageID" => {
                    let id = of.ok().and_then(|of| of.id).ok_or_else(|| wrong("invalid_id", "image id"))?;
                    identity.id = Some(id);
                }
                "RepoDigest" => match of {
                    Ok(of) if !of.digests.is_empty() => identity.digests.extend(of.digests),
                    _ => return Err(wrong("invalid_digest", "digest")),
                },
                "RepoTag" | "Reference" => {
                    let of = of.map_err(|_| wrong("invalid_name", "image name"))?;
                    identity.digests.extend(of.digests);
                    identity.names.extend(of.names);
                }
                _ => {}
            }
        }
        for list in [&mut identity.digests, &mut identity.names] {
            let mut seen = HashSet::new();
            list.retain(|text| seen.insert(text.clone()));
        }
        let purl = component.purl.as_deref().and_then(Purl::parse);
        if let Some(purl) = purl.filter(|purl| matches!(purl.kind.as_str(), "oci" | "docker")) {
            add_purl(&mut identity, &purl);
        }
        let name = component.name.as_deref().unwrap_or_default();
        let version = component.version.as_deref().unwrap_or_default();
        let (_, last) = name.rsplit_once('/').unwrap_or(("", name));
        if is_digest(version) {
            add(&mut identity.digests, vec![version.to_owned()]);
        }
        match version {
            _ if is_path(name) => {}
            _ if last.contains([':', '@']) => add_name(&mut identity, name),
            "" => {}
            digest if is_digest(digest) => add_name(&mut identity, &format!("{name}@{digest}")),
            tag => add_name(&mut identity, &format!("{name}:{tag}")),
        }
        Ok(identity)
    }
}

/// The path of an archive or a folder, which Trivy and Syft write in the place of a name.
fn is_path(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".oci"];
    name.is_empty() || name.starts_with(['.', '/', '~']) || ends.iter().any(|end| lower.ends_with(end))
}

fn add(list: &mut Vec<String>, more: Vec<String>) {
    for text in more {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}

/// Adds an image's name, and the digest in it, if it is one.
fn add_name(identity: &mut ImageIdentity, name: &str) {
    if let Ok(of) = ImageIdentity::of(name)
        && of.id.is_none()
    {
        add(&mut identity.digests, of.digests);
        add(&mut identity.names, of.names);
    }
}

/// `pkg:oci/cart@sha256:…?repository_url=registry.example.com/shop/cart&tag=1.4.2`, or
/// `pkg:docker/shop/cart@1.4.2?repository_url=registry.example.com`.
fn add_purl(identity: &mut ImageIdentity, purl: &Purl) {
    let version = purl.version.as_deref().unwrap_or_default();
    let url = purl.qualifier("repository_url").map(|url| {
        let url = url.split_once("://").map_or(url, |(_, url)| url);
        url.trim_end_matches('/').to_owned()
    });
    let repository = if purl.kind == "oci" {
        url
    } else {
        let parts = [url.as_deref(), purl.namespace.as_deref(), Some(purl.name.as_str())];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join("/"))
    };
    if is_digest(version) {
        match &repository {
            Some(repository) => add_name(identity, &format!("{repository}@{version}")),
            None => add(&mut identity.digests, vec![version.to_owned()]),
        }
    }
    let of_docker = Some(version).filter(|tag| purl.kind == "docker" && !tag.is_empty() && !is_digest(tag));
    if let (Some(repository), Some(tag)) = (&repository, purl.qualifier("tag").or(of_docker)) {
        add_name(identity, &format!("{repository}:{tag}"));
    }
}
