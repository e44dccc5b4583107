//! The profile document: identity, scan state and findings.

use super::finding::{Malware, Sensitive, Vulnerability};
use crate::error::{Error, ErrorKind};
use crate::image::{Digest, ImageId};
use crate::time::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A scan profile as a document: what a reader fills in. Absent facts are unknown, never false.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileDocument {
    /// Which image this is about.
    pub image: ImageIdentity,
    /// The scan itself; `None` means that the image was not scanned.
    pub scan: Option<Scan>,
    /// Vulnerabilities of packages in the image.
    pub vulnerabilities: Vec<Vulnerability>,
    /// Trojans, viruses and other malware.
    pub malware: Vec<Malware>,
    /// Secrets and other sensitive information.
    pub sensitive: Vec<Sensitive>,
}

impl ProfileDocument {
    /// Brings what means the same to one spelling: empty groups are absent.
    pub(super) fn normalise(&mut self) {
        self.vulnerabilities.iter_mut().for_each(Vulnerability::normalise);
        if self.scan == Some(Scan::default()) {
            self.scan = None;
        }
    }
}

impl Serialize for ProfileDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("ProfileDocument", 6)?;
        document.serialize_field("version", &1)?;
        document.serialize_field("image", &self.image)?;
        match &self.scan {
            Some(scan) => document.serialize_field("scan", scan)?,
            None => document.skip_field("scan")?,
        }
        document.serialize_field("vulnerabilities", &self.vulnerabilities)?;
        document.serialize_field("malware", &self.malware)?;
        document.serialize_field("sensitive", &self.sensitive)?;
        document.end()
    }
}

/// What an image is known by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageIdentity {
    /// The image id (digest of its configuration): `sha256:` and 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Manifest digests, `sha256:<64 hex>` or `repository@sha256:<64 hex>`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<String>,
    /// Names, such as `registry.example.com/shop/cart:1.4.2`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// `os/architecture`, such as `linux/amd64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

impl ImageIdentity {
    /// The identity that a caller names with one word: an id (`sha256:<64 hex>` or 64 hex), else a reference,
    /// whose digest, if it has one, counts too.
    ///
    /// # Errors
    /// `invalid_argument` if it is neither.
    pub fn of(image: &str) -> Result<Self, Error> {
        if let Ok(id) = ImageId::parse(image) {
            return Ok(Self { id: Some(id.as_str().to_owned()), ..Self::default() });
        }
        let reference = crate::image::Reference::parse(image)
            .map_err(|message| Error::new(ErrorKind::InvalidArgument, "invalid_image", message))?;
        let digests = reference.digest().map(|_| image.to_owned()).into_iter().collect();
        Ok(Self { digests, names: vec![image.to_owned()], ..Self::default() })
    }

    /// Whether nothing is known: no id, no digest, no name.
    pub fn is_empty(&self) -> bool {
        self.id.is_none() && self.digests.is_empty() && self.names.is_empty()
    }

    /// This identity completed with what a caller says.
    ///
    /// # Errors
    /// `image_mismatch` if both state an id, or both state digests, and they differ.
    pub fn named(&self, by_caller: &Self) -> Result<Self, Error> {
        let mismatch = |what: &str, stated: &str, named: &str| {
            Err(Error::at(
                ErrorKind::ImageMismatch,
                "image_mismatch",
                "/image",
                format!("the report is about the image with {what} {stated}, but the image named is {named}"),
            ))
        };
        let canonical = |text: &String| ImageId::parse(text).map(|id| id.as_str().to_owned()).ok();
        if let (Some(stated), Some(named)) = (&self.id, &by_caller.id) {
            if canonical(stated) != canonical(named) {
                return mismatch("id", stated, named);
            }
        } else if let (Some(stated), Some(named)) = (self.digests.first(), by_caller.digests.first()) {
            let known = |text: &String| Digest::parse(text).ok();
            let shared = self
                .digests
                .iter()
                .any(|digest| by_caller.digests.iter().any(|by| known(by) == known(digest)));
            if !shared {
                return mismatch("digest", stated, named);
            }
        }
        let mut merged = self.clone();
        merged.id = merged.id.or_else(|| by_caller.id.clone());
        for digest in &by_caller.digests {
            if !merged.digests.contains(digest) {
                merged.digests.push(digest.clone());
            }
        }
        for name in &by_caller.names {
            if !merged.names.contains(name) {
                merged.names.push(name.clone());
            }
        }
        merged.platform = merged.platform.or_else(|| by_caller.platform.clone());
        Ok(merged)
    }
}

/// The scan itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// How far the scan got; `None` is the same as [`ScanState::NotScanned`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ScanState>,
    /// When the image was scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scanned_at: Option<Timestamp>,
    /// Name and version of the scanner, such as `trivy 0.59.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scanner: Option<String>,
    /// When the scanner's vulnerability data was last updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed_updated_at: Option<Timestamp>,
}

/// How far a scan got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanState {
    /// Everything the scanner can look at was looked at.
    Complete,
    /// Something was left out; what was found is real.
    Partial,
    /// The scan failed.
    Failed,
    /// The scanner cannot read images of this kind.
    Unsupported,
    /// Nobody scanned the image.
    NotScanned,
}

impl ScanState {
    pub(crate) const WORDS: [(&'static str, Self); 5] = [
        ("complete", Self::Complete),
        ("partial", Self::Partial),
        ("failed", Self::Failed),
        ("unsupported", Self::Unsupported),
        ("not_scanned", Self::NotScanned),
    ];

    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Unsupported => "unsupported",
            Self::NotScanned => "not_scanned",
        }
    }
}
