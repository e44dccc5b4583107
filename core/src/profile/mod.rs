//! What scanners found in one image.

mod document;
mod facts;
mod finding;
mod merge;
mod read;
mod score;
mod severity;
mod unique;

pub use document::{ImageIdentity, ProfileDocument, Scan, ScanState};
pub(crate) use facts::{Facts, Group, Keys, MalwareKeys};
pub use finding::{
    Cvss, Epss, Fix, FixState, KnownExploited, Malware, Package, Sensitive, SuppressedBy, Suppression,
    Vulnerability,
};
pub use score::Score;
pub use severity::Severity;

use crate::error::{Error, ErrorKind};
use crate::image::{Digest, ImageId, Reference};
use crate::limits::Limits;
use std::sync::Arc;
use unique::unique;

/// A validated scan profile: the facts about one image. Immutable; cloning shares it.
///
/// Own documents are read by [`ScanProfile::parse`]; readers of other formats fill a [`ProfileDocument`] and hand
/// it to [`ScanProfile::new`].
///
/// ```
/// use imagegate::ScanProfile;
///
/// let profile = ScanProfile::parse(br#"{
///     "version": 1,
///     "image": {"names": ["registry.example.com/shop/cart:1.4.2"]},
///     "scan": {"state": "complete", "scanned_at": "2026-11-23T22:10:00Z"},
///     "vulnerabilities": [{"id": "CVE-2022-0778", "severity": "high", "package": {"name": "openssl"}}]
/// }"#)?;
/// assert_eq!(profile.document().vulnerabilities.len(), 1);
/// # Ok::<(), imagegate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanProfile {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    document: ProfileDocument,
    id: Option<ImageId>,
    /// Sorted, without repetition.
    digests: Vec<Digest>,
    names: Vec<Reference>,
    facts: Facts,
}

impl ScanProfile {
    /// Reads imagegate's own profile document with the default [`Limits`].
    ///
    /// # Errors
    /// `syntax`, `invalid_profile` with every problem, `limit_exceeded`, `unsupported`.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        Self::parse_with(text, &Limits::default())
    }

    /// Reads imagegate's own profile document.
    ///
    /// # Errors
    /// As [`ScanProfile::parse`].
    pub fn parse_with(text: &[u8], limits: &Limits) -> Result<Self, Error> {
        Self::new(read::read(text, limits, false)?)
    }

    /// As [`ScanProfile::parse_with`], for a document that does not say which image it is about.
    ///
    /// # Errors
    /// As [`ScanProfile::parse`], and if `image` contradicts an identity the document states.
    pub fn parse_for(image: &ImageIdentity, text: &[u8], limits: &Limits) -> Result<Self, Error> {
        let mut document = read::read(text, limits, true)?;
        document.image = document.image.named(image)?;
        Self::new(document)
    }

    /// Validates a document that a reader filled in, and folds entries that are equal in all fields into one.
    ///
    /// # Errors
    /// `invalid_profile` if the image has no id, digest or name, or an id or digest is malformed.
    pub fn new(mut document: ProfileDocument) -> Result<Self, Error> {
        document.normalise();
        unique(&mut document.vulnerabilities);
        unique(&mut document.malware);
        unique(&mut document.sensitive);
        let invalid =
            |code, pointer: String, message| Error::at(ErrorKind::InvalidProfile, code, pointer, message);
        let id = match &document.image.id {
            None => None,
            Some(text) => {
                let id = ImageId::parse(text);
                Some(id.map_err(|message| invalid("invalid_id", "/image/id".to_owned(), message))?)
            }
        };
        let mut digests = Vec::with_capacity(document.image.digests.len());
        for (index, text) in document.image.digests.iter().enumerate() {
            let digest = Digest::parse(text);
            digests.push(
                digest.map_err(|message| {
                    invalid("invalid_digest", format!("/image/digests/{index}"), message)
                })?,
            );
        }
        digests.sort_unstable();
        digests.dedup();
        let mut names = Vec::with_capacity(document.image.names.len());
        for (index, text) in document.image.names.iter().enumerate() {
            let name = Reference::parse(text);
            names.push(
                name.map_err(|message| invalid("invalid_name", format!("/image/names/{index}"), message))?,
            );
        }
        if id.is_none() && digests.is_empty() && names.is_empty() {
            return Err(invalid("missing_identity", "/image".to_owned(), read::MISSING_IDENTITY.to_owned()));
        }
        let facts = Facts::of(&document);
        Ok(Self { inner: Arc::new(Inner { document, id, digests, names, facts }) })
    }

    /// The facts, as a document.
    pub fn document(&self) -> &ProfileDocument {
        &self.inner.document
    }

    /// The state of the scan; a profile that does not say is not scanned.
    pub fn scan_state(&self) -> ScanState {
        self.inner.document.scan.as_ref().and_then(|scan| scan.state).unwrap_or(ScanState::NotScanned)
    }

    /// The profile in imagegate's own form, one line of JSON.
    pub fn to_json(&self) -> String {
        crate::json::to_string(&self.inner.document)
    }

    /// About how much memory the profile takes: the lengths of its texts and the sizes of its entries.
    pub(crate) fn approximate_bytes(&self) -> usize {
        let document = &self.inner.document;
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = |list: &[String]| {
            list.iter().map(|text| text.len().saturating_add(size_of::<String>())).sum::<usize>()
        };
        let vulnerabilities = document.vulnerabilities.iter().map(|finding| {
            let package = finding.package.as_ref().map_or(0, |package| {
                [&package.name, &package.version, &package.ecosystem, &package.purl, &package.path]
                    .into_iter()
                    .map(text)
                    .sum()
            });
            let fix = finding.fix.as_ref().map_or(0, |fix| texts(&fix.versions));
            [
                size_of::<Vulnerability>(),
                text(&finding.id),
                texts(&finding.aliases),
                text(&finding.severity_source),
                text(&finding.class),
                finding.labels.as_deref().map_or(0, texts),
                finding.cvss.as_ref().map_or(0, |cvss| text(&cvss.vector)),
                package,
                fix,
            ]
            .into_iter()
            .fold(0, usize::saturating_add)
        });
        let malware = document.malware.iter().map(|finding| {
            [&finding.path, &finding.md5, &finding.sha256, &finding.family, &finding.class]
                .into_iter()
                .map(text)
                .fold(size_of::<Malware>(), usize::saturating_add)
        });
        let sensitive = document.sensitive.iter().map(|finding| {
            size_of::<Sensitive>().saturating_add(text(&finding.kind)).saturating_add(text(&finding.path))
        });
        let identity = texts(&document.image.digests).saturating_add(texts(&document.image.names));
        vulnerabilities
            .chain(malware)
            .chain(sensitive)
            .chain([self.inner.facts.approximate_bytes(), identity])
            .fold(size_of::<Inner>(), usize::saturating_add)
    }

    pub(crate) fn id(&self) -> Option<&ImageId> {
        self.inner.id.as_ref()
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.inner.facts
    }

    pub(crate) fn digests(&self) -> &[Digest] {
        &self.inner.digests
    }

    pub(crate) fn names(&self) -> &[Reference] {
        &self.inner.names
    }
}
