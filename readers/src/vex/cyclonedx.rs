//! CycloneDX in JSON, from 1.4 on: the `analysis` of its vulnerabilities.
//!
//! `not_affected`, `false_positive`, `resolved` and `resolved_with_pedigree` suppress, `exploitable` and `in_triage` hold
//! against it; a vulnerability without an analysis states nothing. Ids are `id` and those of `references`.
//!
//! **Products** are what `affects` refers to: a package URL, or the `bom-ref` of a component of this document that has
//! one. If the document is about something (`metadata.component`), they are the packages of that, which must be an image
//! with a package URL. A BOM-Link to another document is about a component of what *that* document describes: whether it
//! is this image cannot be told, and nothing is suppressed. Where `versions` are listed, the package's must be one of
//! them, and for "resolved" one that is listed as `unaffected`: what is listed as affected is where the vulnerability is.
//! Ranges are not computed: nothing is suppressed by them, and what is exploitable in a range holds for every version.
//!
//! The author is the first of `metadata.authors`, else the manufacturer or the supplier, the source the serial number,
//! the time `analysis.lastUpdated`, else that of the document.
//!
//! The same document as a scan report is [`profile::cyclonedx`](crate::profile::cyclonedx).

use super::product::{Product, Subject, is_image};
use super::statement::{Statement, Status};
use super::{Vex, time};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use crate::profile::facts::{At, known};
use crate::purl::{Purl, percent_decoded};
use imagegate::{Error, ErrorKind, Limits, quote};
use serde::Deserialize;
use std::collections::HashMap;

pub(super) const READER: Reader<Limits, Vex> =
    Reader { name: "cyclonedx", title: "a CycloneDX document", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| members.text("bomFormat") == Some("CycloneDX"))
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Bom<'a> {
    #[serde(borrow, rename = "specVersion")]
    version: Option<Text<'a>>,
    #[serde(borrow, rename = "serialNumber")]
    serial: Option<Text<'a>>,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    components: Option<Vec<Part<'a>>>,
    #[serde(borrow)]
    vulnerabilities: Option<Vec<Row<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Metadata<'a> {
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    component: Option<Part<'a>>,
    #[serde(borrow)]
    authors: Option<Vec<Author<'a>>>,
    #[serde(borrow)]
    manufacturer: Option<Author<'a>>,
    #[serde(borrow)]
    supplier: Option<Author<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Author<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    email: Option<Text<'a>>,
}

/// A component.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Part<'a> {
    #[serde(borrow, rename = "bom-ref")]
    bom_ref: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    purl: Option<Text<'a>>,
    #[serde(borrow)]
    components: Option<Vec<Part<'a>>>,
}

/// A vulnerability.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Row<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    references: Option<Vec<Reference<'a>>>,
    #[serde(borrow)]
    analysis: Option<Analysis<'a>>,
    #[serde(borrow)]
    affects: Option<Vec<Affected<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Reference<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Analysis<'a> {
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    justification: Option<Text<'a>>,
    #[serde(borrow, rename = "lastUpdated")]
    updated: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Affected<'a> {
    #[serde(borrow, rename = "ref")]
    target: Option<Text<'a>>,
    #[serde(borrow)]
    versions: Option<Vec<AffectedVersion<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct AffectedVersion<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
}

fn read(text: &str, _: &Limits) -> Result<Vec<Vex>, Error> {
    let bom: Bom<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    let version = bom.version.as_deref().unwrap_or_default();
    let minor = version.strip_prefix("1.").and_then(|minor| minor.parse::<u32>().ok());
    if minor.is_none_or(|minor| minor < 4) {
        let message =
            format!("CycloneDX of version {} is not read: 1.4 and later versions 1.x are", quote(version));
        return Err(Error::at(ErrorKind::Unsupported, "unsupported_version", "/specVersion", message));
    }
    let parts = bom.parts();
    let metadata = bom.metadata.as_ref();
    let mut statements = Vec::new();
    for (index, row) in bom.vulnerabilities.iter().flatten().enumerate() {
        let pointer = format!("/vulnerabilities/{index}");
        let Some(analysis) = row.analysis.as_ref().filter(|analysis| analysis.state.is_some()) else {
            continue;
        };
        let references = row.references.iter().flatten().map(|reference| &reference.id);
        let ids: Vec<String> =
            [&row.id].into_iter().chain(references).filter_map(|id| known(id.as_ref())).collect();
        if ids.is_empty() {
            return Err(at.error("missing_field", format!("{pointer}/id"), "the vulnerability has no id"));
        }
        let justification = known(analysis.justification.as_ref());
        let affects = row.affects.iter().flatten();
        let status = analysis.status(&pointer, &at)?;
        let products = affects.flat_map(|affected| bom.products(affected, &status, &parts));
        let products = products.map(|product| Product { justification: justification.clone(), ..product });
        let products = products.collect();
        let updated = time(analysis.updated.as_deref());
        statements.push(Statement {
            ids,
            status,
            products,
            time: updated.or_else(|| time(metadata?.timestamp.as_deref())),
            pointer,
        });
    }
    let author = metadata.and_then(|metadata| {
        let mut authors =
            metadata.authors.iter().flatten().chain(&metadata.manufacturer).chain(&metadata.supplier);
        authors.find_map(|author| known(author.name.as_ref()).or_else(|| known(author.email.as_ref())))
    });
    Vex::of(author, known(bom.serial.as_ref()), statements)
}

impl Affected<'_> {
    /// The versions that a statement of this status is about; any if `None`.
    fn versions_of(&self, status: &Status) -> Option<Vec<String>> {
        let entries = self.versions.as_deref().filter(|entries| !entries.is_empty())?;
        if matches!(status, Status::Open)
            && entries.iter().any(|entry| known(entry.version.as_ref()).is_none())
        {
            return None;
        }
        let is_meant = |entry: &&AffectedVersion<'_>| match (status, entry.status.as_deref()) {
            (Status::Open, _) => true,
            (Status::Harmless(_), word) => word != Some("unknown"),
            (Status::Fixed(_), word) => word == Some("unaffected"),
        };
        Some(entries.iter().filter(is_meant).filter_map(|entry| known(entry.version.as_ref())).collect())
    }
}

impl Analysis<'_> {
    fn status(&self, pointer: &str, at: &At<'_>) -> Result<Status, Error> {
        match self.state.as_deref().unwrap_or_default() {
            "not_affected" => Ok(Status::Harmless("not_affected")),
            "false_positive" => Ok(Status::Harmless("false_positive")),
            "resolved" => Ok(Status::Fixed("resolved")),
            "resolved_with_pedigree" => Ok(Status::Fixed("resolved_with_pedigree")),
            "exploitable" | "in_triage" => Ok(Status::Open),
            other => {
                let message = format!(
                    "expected `not_affected`, `false_positive`, `resolved`, `resolved_with_pedigree`, `exploitable` or \
                     `in_triage`, found {}",
                    quote(other)
                );
                Err(at.error("unknown_word", format!("{pointer}/analysis/state"), message))
            }
        }
    }
}

impl<'a> Bom<'a> {
    /// All components by what they are referred to.
    fn parts(&self) -> HashMap<&str, Vec<&Part<'a>>> {
        let mut found: HashMap<&str, Vec<&Part<'a>>> = HashMap::new();
        let mut open: Vec<&Part<'a>> = self.components.iter().flatten().collect();
        open.extend(self.metadata.iter().filter_map(|metadata| metadata.component.as_ref()));
        while let Some(part) = open.pop() {
            if let Some(name) = part.bom_ref.as_deref() {
                found.entry(name).or_default().push(part);
            }
            open.extend(part.components.iter().flatten());
        }
        found
    }

    /// What the whole document is about.
    fn subject(&self) -> Subject {
        let Some(part) = self.metadata.as_ref().and_then(|metadata| metadata.component.as_ref()) else {
            return Subject::Any;
        };
        match part.purl.as_deref().and_then(Purl::parse).filter(is_image) {
            Some(purl) => Subject::Image(purl),
            None => Subject::Other(format!(
                "the document is about {}, which has no package URL of an image",
                quote(part.name.as_deref().unwrap_or_default())
            )),
        }
    }

    fn products(
        &self,
        affected: &Affected<'_>,
        status: &Status,
        parts: &HashMap<&str, Vec<&Part<'a>>>,
    ) -> Vec<Product> {
        let target = affected.target.as_deref().unwrap_or_default();
        let other = |why: String| {
            vec![Product { image: Subject::Other(why), components: Vec::new(), justification: None }]
        };
        let own = match target.strip_prefix("urn:cdx:").and_then(|link| link.split_once('#')) {
            Some((link, own)) => {
                let uuid = self.serial.as_deref().and_then(|serial| serial.strip_prefix("urn:uuid:"));
                if uuid.is_none() || link.split('/').next() != uuid {
                    return other(format!(
                        "{} links to another document, of what is not told",
                        quote(target)
                    ));
                }
                own
            }
            None => target,
        };
        let decoded = percent_decoded(own);
        let mut purls: Vec<&str> = Vec::new();
        match parts.get(own).or_else(|| parts.get(decoded.as_str())).map(Vec::as_slice) {
            // Which of several is meant is not told.
            Some([part]) => match part.purl.as_deref() {
                Some(purl) => purls.push(purl),
                None => return other(format!("{} has no package URL", quote(target))),
            },
            Some(_) => return other(format!("{} is the reference of several components", quote(target))),
            None => purls.push(own),
        }
        let versions = affected.versions_of(status);
        let product = |purl: &str| {
            let mut product = Product::of(purl);
            let of_image = matches!(product.image, Subject::Image(_));
            if of_image && versions.is_some() {
                product.image = Subject::Other("versions of an image are not compared".to_owned());
            }
            for component in &mut product.components {
                component.versions.clone_from(&versions);
            }
            match (&product.image, self.subject()) {
                (_, Subject::Any) | (Subject::Other(_), _) => product,
                // The document's own subject, or an image beside it, which is one by its own URL.
                (Subject::Image(_), _) => product,
                (Subject::Any, subject) => Product { image: subject, ..product },
            }
        };
        purls.into_iter().map(product).collect()
    }
}
