//! What Quay's API says of a manifest (`…/manifest/<digest>/security?vulnerabilities=true`): `status` and `data`, or
//! the `Layer` in it alone, which is also how Clair up to v2 answers.
//!
//! **State of the scan** is `status`: `scanned` is `complete`, `queued` `not_scanned`, `failed` `failed`, `unsupported`
//! and `manifest_layer_too_large` are `unsupported`; any other word is an error. Of what was scanned, a list of features
//! that is empty or missing is `unsupported`, since nothing was found that can be analysed; and if no feature has a
//! list of vulnerabilities, not even an empty one, the report is `partial`: nobody asked for them. When Quay looked,
//! it does not say.
//!
//! **Which image.** The name of the layer, if it is a digest. A report without data, and one of Clair up to v2, whose
//! layers have other names, is refused until the caller names the image.
//!
//! **Findings** are the vulnerabilities of each feature. Id, alias, severity and fix are read as Clair's, which they
//! are ([`clair`](super::clair)); CVSS is `Metadata.NVD`, v3 before v2. The ecosystem is that of the repository
//! (`RepoName`), else of the distribution (`DistroName`, the feature's `NamespaceName`). There are no paths.

use super::clair::{class, fix, ids, severity};
use super::facts::{At, bounded, in_range, is_digest, known};
use super::{Options, ecosystem, identify};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::{Look, Shape};
use imagegate::{
    Cvss, Error, ErrorKind, ImageIdentity, Package, ProfileDocument, Scan, ScanProfile, ScanState,
    Vulnerability, quote,
};
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "quay", title: "a report of Quay", detect, read };

/// The words of `status`; `None` leaves the state to what was found.
const STATES: [(&str, Option<ScanState>); 5] = [
    ("scanned", None),
    ("queued", Some(ScanState::NotScanned)),
    ("failed", Some(ScanState::Failed)),
    ("unsupported", Some(ScanState::Unsupported)),
    ("manifest_layer_too_large", Some(ScanState::Unsupported)),
];

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        let status =
            members.text("status").is_some_and(|word| STATES.iter().any(|(known, _)| *known == word));
        let is_data = matches!(members.get("data"), Some(Shape::Object | Shape::Null));
        members.is_object("Layer") || status && is_data
    })
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let answer: Answer<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    if answer.layer.is_some() && answer.data.as_ref().is_some_and(|data| data.layer.is_some()) {
        let message = "the document has a `Layer` and another in `data`, and does not say which counts: give one of them";
        return Err(at.error("several_reports", "/data/Layer".to_owned(), message));
    }
    let (layer, root) = match (answer.layer, answer.data) {
        (Some(layer), _) => (Some(layer), "/Layer"),
        (None, data) => (data.and_then(|data| data.layer), "/data/Layer"),
    };
    let stated = match answer.status.as_deref() {
        None if layer.is_none() => {
            let message = "the document is no report of Quay: it has neither `status` nor `Layer`";
            return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
        }
        None => None,
        Some(word) => {
            STATES.iter().find(|(known, _)| *known == word).map(|(_, state)| *state).ok_or_else(|| {
                let words: Vec<String> = STATES.iter().map(|(word, _)| quote(word)).collect();
                let message = format!("expected one of {}, found {}", words.join(", "), quote(word));
                at.error("unknown_word", "/status".to_owned(), message)
            })?
        }
    };
    if layer.is_none() && stated.is_none() {
        let message = "`Layer` is missing: without it the report says nothing of the image";
        return Err(at.error("missing_field", root.to_owned(), message));
    }
    let layer = layer.unwrap_or_default();
    let name = known(layer.name.as_ref()).filter(|name| is_digest(name));
    let image = ImageIdentity { digests: name.into_iter().collect(), ..ImageIdentity::default() };
    let state = stated.unwrap_or_else(|| layer.state());
    let mut document = ProfileDocument {
        image: identify(&image, options, "the report does not say of which image it is")?,
        scan: Some(Scan { state: Some(state), scanner: Some("quay".to_owned()), ..Scan::default() }),
        ..ProfileDocument::default()
    };
    for (index, feature) in layer.features.iter().flatten().enumerate() {
        for (row_index, row) in feature.vulnerabilities.iter().flatten().enumerate() {
            let place = format!("{root}/Features/{index}/Vulnerabilities/{row_index}");
            document.vulnerabilities.push(row.vulnerability(feature, &place, &at)?);
            bounded(&document, options)?;
        }
    }
    Ok(vec![ScanProfile::new(document)?])
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Answer<'a> {
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
    #[serde(borrow, rename = "Layer")]
    layer: Option<Layer<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Data<'a> {
    #[serde(borrow, rename = "Layer")]
    layer: Option<Layer<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Layer<'a> {
    #[serde(borrow, rename = "Name")]
    name: Option<Text<'a>>,
    #[serde(borrow, rename = "Features")]
    features: Option<Vec<Feature<'a>>>,
}

/// A package.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Feature<'a> {
    #[serde(borrow, rename = "Name")]
    name: Option<Text<'a>>,
    #[serde(borrow, rename = "NamespaceName")]
    namespace: Option<Text<'a>>,
    #[serde(borrow, rename = "Version")]
    version: Option<Text<'a>>,
    #[serde(borrow, rename = "Vulnerabilities")]
    vulnerabilities: Option<Vec<Row<'a>>>,
}

/// A vulnerability of one package.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Row<'a> {
    #[serde(borrow, rename = "Name")]
    name: Option<Text<'a>>,
    #[serde(borrow, rename = "Severity")]
    severity: Option<Text<'a>>,
    #[serde(borrow, rename = "FixedBy")]
    fixed_by: Option<Text<'a>>,
    #[serde(borrow, rename = "Link")]
    link: Option<Text<'a>>,
    #[serde(borrow, rename = "Metadata")]
    metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Metadata<'a> {
    #[serde(borrow, rename = "UpdatedBy")]
    updated_by: Option<Text<'a>>,
    #[serde(borrow, rename = "RepoName")]
    repository: Option<Text<'a>>,
    #[serde(borrow, rename = "DistroName")]
    distribution: Option<Text<'a>>,
    #[serde(borrow, rename = "NVD")]
    nvd: Option<Nvd<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Nvd<'a> {
    #[serde(borrow, rename = "CVSSv3")]
    v3: Option<Scored<'a>>,
    #[serde(borrow, rename = "CVSSv2")]
    v2: Option<Scored<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Scored<'a> {
    #[serde(default, rename = "Score")]
    score: Number,
    #[serde(borrow, rename = "Vectors")]
    vector: Option<Text<'a>>,
}

/// A number; Quay writes an empty string for none.
#[derive(Default)]
struct Number(Option<f64>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("f64")
            }

            fn visit_unit<E>(self) -> Result<Number, E> {
                Ok(Number(None))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
                Ok(Number(Some(number)))
            }

            #[expect(clippy::cast_precision_loss, reason = "what is not small is out of range anyway")]
            fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
                Ok(Number(Some(number as f64)))
            }

            #[expect(clippy::cast_precision_loss, reason = "what is not small is out of range anyway")]
            fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
                Ok(Number(Some(number as f64)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                if text.is_empty() {
                    return Ok(Number(None));
                }
                Err(E::invalid_type(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

impl Layer<'_> {
    /// How far the scan got, by what it found.
    fn state(&self) -> ScanState {
        let features = self.features.as_deref().unwrap_or_default();
        if features.is_empty() {
            ScanState::Unsupported
        } else if features.iter().all(|feature| feature.vulnerabilities.is_none()) {
            ScanState::Partial
        } else {
            ScanState::Complete
        }
    }
}

impl Row<'_> {
    fn vulnerability(
        &self,
        feature: &Feature<'_>,
        pointer: &str,
        at: &At<'_>,
    ) -> Result<Vulnerability, Error> {
        let name = self.name.as_deref().unwrap_or_default();
        let (id, aliases) = ids(name, self.link.as_deref().unwrap_or_default());
        let metadata = self.metadata.as_ref();
        // `debian:10`
        let namespace = feature.namespace.as_deref().and_then(|namespace| namespace.split(':').next());
        let words = [
            metadata.and_then(|metadata| metadata.repository.as_deref()),
            metadata.and_then(|metadata| metadata.distribution.as_deref()),
            namespace,
        ];
        let (ecosystem, origin) = words.into_iter().flatten().find_map(ecosystem::of_name).unzip();
        let package = Package {
            name: known(feature.name.as_ref()),
            version: known(feature.version.as_ref()),
            ecosystem: ecosystem.map(str::to_owned),
            ..Package::default()
        };
        Ok(Vulnerability {
            id,
            aliases,
            severity: severity(self.severity.as_deref().unwrap_or_default()),
            severity_source: metadata.and_then(|metadata| known(metadata.updated_by.as_ref())),
            package: Some(package),
            fix: Some(fix(self.fixed_by.as_deref().unwrap_or_default())),
            class: origin.map(class),
            cvss: self.cvss(pointer, at)?,
            ..Vulnerability::default()
        })
    }

    fn cvss(&self, pointer: &str, at: &At<'_>) -> Result<Option<Cvss>, Error> {
        let Some(nvd) = self.metadata.as_ref().and_then(|metadata| metadata.nvd.as_ref()) else {
            return Ok(None);
        };
        for (member, entry) in [("CVSSv3", &nvd.v3), ("CVSSv2", &nvd.v2)] {
            let Some(entry) = entry else { continue };
            let vector = known(entry.vector.as_ref());
            // Clair up to v2 writes 0 for none.
            let Some(score) = entry.score.0.filter(|score| *score != 0.0 || vector.is_some()) else {
                continue;
            };
            let score = in_range(score, 10.0, &format!("{pointer}/Metadata/NVD/{member}/Score"), at)?;
            return Ok(Some(Cvss { score: Some(score), vector }));
        }
        Ok(None)
    }
}
