//! VEX documents: what vendors state about vulnerabilities in their products, applied to scan profiles.
//!
//! Each format has a page of its own: [`openvex`], [`csaf`], [`cyclonedx`].
//!
//! ```
//! use imagegate::Limits;
//! use imagegate_readers::{profile, vex};
//!
//! let statement = br#"{
//!     "@context": "https://openvex.dev/ns/v0.2.0", "author": "Example Security Team", "timestamp": "2026-11-20T00:00:00Z",
//!     "statements": [{
//!         "vulnerability": {"name": "CVE-2021-44228"}, "status": "not_affected",
//!         "justification": "vulnerable_code_not_present",
//!         "products": [{"@id": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"}]
//!     }]
//! }"#;
//! let report = br#"{
//!     "SchemaVersion": 2, "ArtifactName": "shop/cart:1", "ArtifactType": "container_image",
//!     "Results": [{"Target": "app.jar", "Class": "lang-pkgs", "Type": "jar", "Vulnerabilities": [{
//!         "VulnerabilityID": "CVE-2021-44228", "PkgName": "org.apache.logging.log4j:log4j-core", "InstalledVersion": "2.14.1"}]}]
//! }"#;
//! let profile = profile::parse(report, &profile::Options::default())?;
//! let documents = [vex::Vex::parse(statement, &Limits::default())?];
//! let profile = vex::apply(&documents, &profile)?;
//! let suppressed = profile.document().vulnerabilities[0].suppressed.as_ref();
//! assert_eq!(suppressed.and_then(|how| how.author.as_deref()), Some("Example Security Team"));
//! # Ok::<(), imagegate::Error>(())
//! ```
//!
//! # Decisions
//! - **A mark, no verdict.** A statement marks findings as suppressed by VEX, with its status, justification, author and
//!   document. The mark excuses only where the policy set's `trust` accepts it, and facts (fix, severity) stay as they
//!   are.
//! - **Which findings.** Those whose id or aliases the statement names, if one of its products is known to be the
//!   finding's: its package in whatever image, or the image itself, and of that the subcomponents that are named, or
//!   all of it if none is. What cannot be compared does not match.
//! - **Packages** are compared by package URL: type, namespace and name are equal, the version too if the statement
//!   gives one, and the package has every qualifier and the subpath that the statement gives. A package of which the
//!   report gives no URL is known by its ecosystem, full name and version, if nothing more is asked; that says nothing
//!   of which distribution a package of deb, rpm or apk is from, and does not match.
//! - **Images** (`pkg:oci/…`, `pkg:docker/…`) are compared by digest if the statement gives one, else by repository
//!   (`repository_url`) and tag; a name without a registry is no identity. `os`, `arch` and `variant` are those of the
//!   profile's platform, and what else the URL asks for is not known of any image.
//! - **Which statuses.** `not_affected` and `fixed` (CycloneDX: `not_affected`, `false_positive`, `resolved`,
//!   `resolved_with_pedigree`) suppress. "Fixed" needs what is fixed: a product by digest, or packages with versions.
//! - **Several statements about a finding.** One that says that it is affected or still looked into holds until a later
//!   one says otherwise: later by its time, within a document also by its place. Where it is not known which is later,
//!   nothing is suppressed. It holds for the package and the image that it names, and also where the version, platform or
//!   qualifier that it gives is not known of them. Of several that suppress, the latest marks.
//! - **What a report has suppressed itself** is marked anew if a statement matches, and stays as it is if none does.
//! - **Partly understood is not understood.** A status that is no status, a product id that leads nowhere, a statement
//!   about no vulnerability are errors.

mod apply;
pub mod csaf;
pub mod cyclonedx;
mod open;
pub mod openvex;
mod product;
mod room;
mod statement;

pub use apply::{Unmatched, apply, unmatched};

use crate::detect::{Reader, Wanted, choose};
use crate::{input, launch, profile};
use imagegate::{Error, ErrorKind, Limits, Timestamp};
use statement::Statement;

/// All formats. A new one is a line here and a file beside this one.
static READERS: &[Reader<Limits, Vex>] = &[openvex::READER, csaf::READER, cyclonedx::READER];

const WANTED: Wanted = Wanted {
    noun: "VEX document",
    others: |look| profile::title_of(look).or_else(|| launch::title_of(look)),
};

/// The names of all formats that this build reads.
pub fn formats() -> impl Iterator<Item = &'static str> {
    READERS.iter().map(|reader| reader.name)
}

/// A VEX document.
#[derive(Clone, Debug)]
pub struct Vex {
    author: Option<String>,
    /// What the document is known by.
    source: Option<String>,
    statements: Vec<Statement>,
}

impl Vex {
    /// Reads a document, whose format is recognised by its shape.
    ///
    /// # Errors
    /// `syntax`, `invalid_profile` (with the place), `limit_exceeded` (statements count as findings do); `unsupported`
    /// with the code `unknown_format` if no reader knows the document.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let input = input::open(bytes, limits)?;
        let reader = choose(READERS, input.look(), WANTED)?;
        let mut documents = (reader.read)(input.text, limits)?;
        let Some(vex) = documents.pop() else {
            return Err(Error::new(ErrorKind::InvalidProfile, "no_statement", "the document states nothing"));
        };
        let products = vex.statements.iter().map(|statement| statement.products.len().saturating_add(1));
        if products.fold(0, usize::saturating_add) > limits.findings {
            let message = format!("the document has more statements than the limit of {}", limits.findings);
            return Err(Error::new(ErrorKind::LimitExceeded, "limit_exceeded", message));
        }
        Ok(vex)
    }

    /// The document, if it states anything: one without statements would pass for one that was applied.
    fn of(
        author: Option<String>,
        source: Option<String>,
        statements: Vec<Statement>,
    ) -> Result<Vec<Self>, Error> {
        if statements.is_empty() {
            let message = "the document makes no statement about a vulnerability";
            return Err(Error::new(ErrorKind::InvalidProfile, "no_statement", message));
        }
        Ok(vec![Self { author, source, statements }])
    }
}

/// A time; unknown if it is none.
fn time(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(profile::facts::time)
}
