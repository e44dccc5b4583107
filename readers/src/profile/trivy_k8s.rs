//! Trivy's reports of a cluster (`trivy k8s --format json`).
//!
//! `ClusterName` and a list of resources: `Resources` in the full report, `Findings` in the summary, `Vulnerabilities`
//! and `Misconfigurations` in the first releases. A resource has results as an image report has, and they are read
//! the same way (see [`trivy`](super::trivy)). Results of class `config` are about the resource, not about an image.
//!
//! **Which images.** `Metadata` names the image of a resource, or, as a list, all its images (the summary joins the
//! containers of a workload). Where it names none, the target of a distribution's results does
//! (`nginx:1.27 (debian 12.8)`). The same image in several resources is one profile.
//!
//! **Which results are whose.** With one image, all are. With several, a result whose target names one of them
//! is that image's; any other (a lock file, a binary) could be of any of them and counts for **all** of them. An
//! image that such a result was counted for, or that no result names, is `partial`.
//!
//! **Resources without an image** (a service, a role, an image that could not be pulled) give no profile: nothing is
//! known of an image then, and it is judged as not scanned. If no image is named anywhere, but packages or secrets
//! were found, the report is refused until the caller names the image; if nothing was found either, there is no
//! profile, which is an error too. If the caller names an image, only the profile of that image is read.
//!
//! **State of the scan** as in an image report, and `failed` or `partial` if the resource states an `Error`. The
//! report has neither a date nor Trivy's version.

use super::Options;
use super::facts::At;
use super::images::{Images, is_same, keys};
use super::trivy::results::{Metadata, ScanResult, state};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use imagegate::{Error, ErrorKind, ImageIdentity, ProfileDocument, Scan, ScanProfile, ScanState};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "trivy-k8s", title: "a report of `trivy k8s`", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| members.text("ClusterName").is_some() && !members.has("apiVersion"))
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let report: Report<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    if report.cluster.is_none() {
        let message = "the document is no report of `trivy k8s`: it has no `ClusterName`";
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    }
    let at = At { text };
    let mut images = Images::default();
    let mut nameless = Images::default();
    for (member, resources) in [
        ("Resources", &report.resources),
        ("Findings", &report.findings),
        ("Vulnerabilities", &report.vulnerabilities),
        ("Misconfigurations", &report.misconfigurations),
    ] {
        for (index, resource) in resources.iter().flatten().enumerate() {
            let parts = resource.read(&format!("/{member}/{index}"), &at)?;
            for part in parts {
                let into = if part.image.is_empty() { &mut nameless } else { &mut images };
                into.add(part, options)?;
            }
        }
    }
    let chosen = if images.is_empty() { nameless } else { images };
    chosen.into_profiles(options, "the report of the cluster does not say which image its findings are of")
}

#[derive(serde::Deserialize)]
#[serde(expecting = "an object")]
struct Report<'a> {
    #[serde(borrow, rename = "ClusterName")]
    cluster: Option<Text<'a>>,
    #[serde(borrow, rename = "Resources")]
    resources: Option<Vec<Resource<'a>>>,
    #[serde(borrow, rename = "Findings")]
    findings: Option<Vec<Resource<'a>>>,
    #[serde(borrow, rename = "Vulnerabilities")]
    vulnerabilities: Option<Vec<Resource<'a>>>,
    #[serde(borrow, rename = "Misconfigurations")]
    misconfigurations: Option<Vec<Resource<'a>>>,
}

#[derive(serde::Deserialize)]
#[serde(expecting = "an object")]
struct Resource<'a> {
    #[serde(borrow, default, rename = "Metadata")]
    metadata: Metadatas<'a>,
    #[serde(borrow, rename = "Results")]
    results: Option<Vec<ScanResult<'a>>>,
    #[serde(borrow, rename = "Error")]
    error: Option<Text<'a>>,
}

/// One object, or a list of them; null is none.
#[derive(Default)]
struct Metadatas<'a> {
    is_list: bool,
    items: Vec<Metadata<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Metadatas<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MetadatasVisitor;
        impl<'de> Visitor<'de> for MetadatasVisitor {
            type Value = Metadatas<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E>(self) -> Result<Metadatas<'de>, E> {
                Ok(Metadatas::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Metadatas<'de>, A::Error> {
                let item = Deserialize::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Metadatas { is_list: false, items: vec![item] })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Metadatas<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Metadatas { is_list: true, items })
            }
        }
        deserializer.deserialize_any(MetadatasVisitor)
    }
}

impl<'a> Resource<'a> {
    /// What the resource says of each of its images. What it found in an image that it does not name is a part
    /// without an image.
    fn read(&self, pointer: &str, at: &At<'_>) -> Result<Vec<ProfileDocument>, Error> {
        let results = self.results.as_deref().unwrap_or_default();
        let images = self.images(pointer, at)?;
        let mut parts: Vec<Part<'_, 'a>> = images.into_iter().map(Part::of).collect();
        if parts.is_empty() {
            if !results.iter().any(|result| result.is_about_image() && result.has_findings()) {
                return Ok(Vec::new());
            }
            parts.push(Part::of(ImageIdentity::default()));
        }
        let owners = Owners::of(&parts);
        let mut unclear = ProfileDocument::default();
        let mut is_unclear = false;
        for (index, result) in results.iter().enumerate().filter(|(_, result)| result.is_about_image()) {
            let place = format!("{pointer}/Results/{index}");
            match owners.owner(result).and_then(|owner| parts.get_mut(owner)) {
                Some(part) => {
                    result.read_into(&mut part.document, &place, at)?;
                    part.results.push(result);
                }
                None => {
                    result.read_into(&mut unclear, &place, at)?;
                    is_unclear = true;
                }
            }
        }
        let one = parts.len() == 1;
        let documents = parts.into_iter().map(|part| {
            let mut document = part.document;
            let state = match self.error.as_deref() {
                Some(error) if !error.is_empty() => {
                    if results.is_empty() {
                        ScanState::Failed
                    } else {
                        ScanState::Partial
                    }
                }
                // Its resource was looked at, if only for its configuration.
                _ if one => state(results.iter()),
                _ if is_unclear || part.results.is_empty() => ScanState::Partial,
                _ => state(part.results.iter().copied()),
            };
            document.scan =
                Some(Scan { state: Some(state), scanner: Some("trivy".to_owned()), ..Scan::default() });
            document.vulnerabilities.extend(unclear.vulnerabilities.iter().cloned());
            document.sensitive.extend(unclear.sensitive.iter().cloned());
            document
        });
        Ok(documents.collect())
    }

    /// The images: those of the metadata, else those that targets name.
    fn images(&self, pointer: &str, at: &At<'_>) -> Result<Vec<ImageIdentity>, Error> {
        let mut images = Vec::new();
        for (index, metadata) in self.metadata.items.iter().enumerate() {
            let place = if self.metadata.is_list {
                format!("{pointer}/Metadata/{index}")
            } else {
                format!("{pointer}/Metadata")
            };
            let identity = metadata.identity(&place, at)?;
            if !identity.is_empty() {
                images.push(identity);
            }
        }
        if images.is_empty() {
            let mut seen = BTreeSet::new();
            let named = self.results.iter().flatten().filter_map(target_image);
            images.extend(named.filter(|image| seen.insert(keys(image))));
        }
        Ok(images)
    }
}

/// The image that the target of a distribution's results names.
fn target_image(result: &ScanResult<'_>) -> Option<ImageIdentity> {
    result.image().and_then(|name| ImageIdentity::of(name).ok())
}

/// An image of a resource, with what is known to be its own.
struct Part<'r, 'a> {
    document: ProfileDocument,
    results: Vec<&'r ScanResult<'a>>,
}

impl Part<'_, '_> {
    fn of(image: ImageIdentity) -> Self {
        Self { document: ProfileDocument { image, ..ProfileDocument::default() }, results: Vec::new() }
    }
}

/// Tells the images of a resource apart.
struct Owners {
    images: Vec<ImageIdentity>,
    known_by: BTreeMap<String, usize>,
}

impl Owners {
    fn of(parts: &[Part<'_, '_>]) -> Self {
        let images: Vec<_> = parts.iter().map(|part| part.document.image.clone()).collect();
        let mut known_by = BTreeMap::new();
        for (index, image) in images.iter().enumerate() {
            for key in keys(image) {
                known_by.entry(key).or_insert(index);
            }
        }
        Self { images, known_by }
    }

    /// Whose results these are: the only image's, or that of the target.
    fn owner(&self, result: &ScanResult<'_>) -> Option<usize> {
        if self.images.len() == 1 {
            return Some(0);
        }
        let target = target_image(result)?;
        let candidates = keys(&target).into_iter().filter_map(|key| self.known_by.get(&key).copied());
        candidates
            .into_iter()
            .find(|&index| self.images.get(index).is_some_and(|image| is_same(image, &target)))
    }
}
