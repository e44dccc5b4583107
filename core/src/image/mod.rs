//! What an image is known by: ids, digests and names, each in one spelling.

mod compare;
mod keys;
mod reference;

pub use compare::ImageMatch;
pub(crate) use compare::check_same_image;
pub(crate) use reference::Reference;

use crate::error::quote;
use crate::hex;
use std::fmt;

/// An image id: `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ImageId(String);

impl ImageId {
    /// Reads `sha256:<64 hex>` or bare 64 hex, in either case.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        hex::canonical_sha256_id(text).map(Self).ok_or_else(|| {
            format!("{} is no image id: expected `sha256:` and 64 hexadecimal digits", quote(text))
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A manifest digest: `sha256:` and 64 lower-case hexadecimal digits, without a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest(String);

impl Digest {
    /// Reads `sha256:<64 hex>`, bare 64 hex, or either behind `repository@`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
        hex::canonical_sha256_id(digest).map(Self).ok_or_else(|| {
            format!(
                "{} is no digest: expected `sha256:` and 64 hexadecimal digits, or `repository@sha256:…`",
                quote(text)
            )
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
