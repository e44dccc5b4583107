//! Facts about vulnerabilities that many scanners do not report, from two public sources: whether a vulnerability is
//! known to be exploited ([`kev`]), and how likely it is to be ([`epss`]).
//!
//! ```
//! use imagegate::Limits;
//! use imagegate_readers::{enrich::Enrichment, profile};
//!
//! let report = br#"{
//!     "SchemaVersion": 2, "ArtifactName": "shop/cart:1", "ArtifactType": "container_image",
//!     "Results": [{"Target": "app.jar", "Class": "lang-pkgs", "Type": "jar",
//!         "Vulnerabilities": [{"VulnerabilityID": "CVE-2021-44228", "PkgName": "log4j-core"}]}]
//! }"#;
//! let profile = profile::parse(report, &profile::Options::default())?;
//! let scores = b"cve,epss,percentile\nCVE-2021-44228,0.94358,0.99958\n";
//! let profile = Enrichment::parse(scores, &Limits::default())?.apply(&profile)?;
//! let epss = profile.document().vulnerabilities[0].epss.as_ref();
//! assert_eq!(epss.and_then(|epss| epss.score).map(|score| score.get()), Some(0.94358));
//! # Ok::<(), imagegate::Error>(())
//! ```
//!
//! # Decisions
//! - **By CVE.** A finding takes what is said of its id and of each of its aliases that is a CVE.
//! - **What the report already says.** As in merging, of two known facts the one counts that makes a policy stricter:
//!   listed before not listed, the earlier dates, the higher score with its percentile and its day.
//! - **Nothing looks safer.** What a source does not list stays as it was: a CVE that is not in the catalogue is not
//!   known to be unlisted (the copy may be old), and passes `only: {"known_exploited": true}` as an unknown fact does.
//!   `"unknown": {"known_exploited": "no_match"}` inside `only` is how a policy says that the catalogue is complete.
//! - **Suppressions** stay as they are.
//! - **Whole or not at all.** A source that is cut off, has no entry, or has a row that is no row is an error.
//!
//! Sources are recognised by their content: a JSON object is the catalogue, text with the columns `cve` and `epss` the
//! scores; both may be compressed with gzip. Limits count the bytes of the document as it is after unpacking.

pub mod epss;
pub mod kev;

use crate::cve::Cve;
use crate::input;
use flate2::read::MultiGzDecoder;
use imagegate::{Epss, Error, ErrorKind, KnownExploited, Limits, ScanProfile, Vulnerability};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

/// What one source says of vulnerabilities.
#[derive(Clone, Debug)]
pub struct Enrichment {
    facts: Facts,
}

#[derive(Clone, Debug)]
enum Facts {
    Kev(HashMap<Cve, KnownExploited>),
    Epss(HashMap<Cve, Epss>),
}

impl Enrichment {
    /// Reads a source.
    ///
    /// # Errors
    /// `syntax`, `invalid_profile` (with the place), `limit_exceeded`; `unsupported` with the code `unknown_format` if
    /// it is neither of the two.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let bytes = unpacked(bytes, limits)?;
        let text = input::text(&bytes, limits)?;
        let facts = if text.trim_ascii_start().starts_with('{') {
            Facts::Kev(kev::read(text)?)
        } else {
            Facts::Epss(epss::read(text)?)
        };
        Ok(Self { facts })
    }

    /// The profile with what the source says of its vulnerabilities.
    ///
    /// # Errors
    /// None that a profile which was read before can cause.
    pub fn apply(&self, profile: &ScanProfile) -> Result<ScanProfile, Error> {
        let mut document = profile.document().clone();
        for finding in &mut document.vulnerabilities {
            self.enrich(finding);
        }
        ScanProfile::new(document)
    }

    fn enrich(&self, finding: &mut Vulnerability) {
        let ids: Vec<Cve> =
            finding.id.iter().chain(&finding.aliases).filter_map(|id| Cve::parse(id)).collect();
        for id in ids {
            match &self.facts {
                Facts::Kev(listed) => {
                    if let Some(entry) = listed.get(&id) {
                        finding.known_exploited = Some(kev::joined(finding.known_exploited.take(), entry));
                    }
                }
                Facts::Epss(scores) => {
                    if let Some(entry) = scores.get(&id) {
                        finding.epss = Some(epss::joined(finding.epss.take(), entry));
                    }
                }
            }
        }
    }
}

/// The bytes without their compression, if they have one.
fn unpacked<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, Error> {
    if !bytes.starts_with(b"\x1F\x8B") {
        return Ok(Cow::Borrowed(bytes));
    }
    // One byte more than is read is enough to refuse it: a small file may unpack into a very large one.
    let limit = u64::try_from(limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut unpacked).map_err(|_| {
        let message = "the document is not whole gzip data: it is cut off or damaged";
        Error::new(ErrorKind::Syntax, "syntax", message)
    })?;
    Ok(Cow::Owned(unpacked))
}

/// A source of another kind, or with a mistake in it.
fn unknown(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, "unknown_format", message)
}
