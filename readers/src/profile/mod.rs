//! Scanner reports.
//!
//! Each format has a page of its own that says what is read of it and how: [`mod@imagegate`], [`trivy`],
//! [`trivy_k8s`], [`grype`], [`harbor`], [`clair`], [`quay`], [`cyclonedx`], [`clamav`], [`gitleaks`], [`trufflehog`],
//! [`sarif`].

pub mod clair;
pub mod clamav;
pub mod cyclonedx;
mod ecosystem;
pub(crate) mod facts;
pub mod gitleaks;
pub mod grype;
pub mod harbor;
pub mod imagegate;
pub(crate) mod images;
pub mod quay;
pub mod sarif;
pub mod trivy;
pub mod trivy_k8s;
pub mod trufflehog;

use crate::detect::{Reader, Wanted, choose, named, title};
use crate::look::Look;
use crate::{format, input, launch};
use ::imagegate::{Error, ErrorKind, ImageIdentity, Limits, ScanProfile};
use std::str::FromStr;

/// All formats. A new one is a line here and a file beside this one.
static READERS: &[Reader<Options, ScanProfile>] = &[
    imagegate::READER,
    trivy::READER,
    trivy_k8s::READER,
    clair::READER,
    clamav::READER,
    cyclonedx::READER,
    gitleaks::READER,
    grype::READER,
    harbor::READER,
    quay::READER,
    trufflehog::READER,
    sarif::READER,
];

const WANTED: Wanted = Wanted { noun: "scan report", others: launch::title_of };

/// A format of scanner reports.
pub type Format = format::Format<Options, ScanProfile>;

/// All formats that this build reads.
pub fn formats() -> impl Iterator<Item = Format> {
    READERS.iter().map(format::Format)
}

impl FromStr for Format {
    type Err = Error;

    /// The format of that name; an error of kind `unsupported` that lists the known names.
    fn from_str(name: &str) -> Result<Self, Error> {
        named(READERS, name, "scan report").map(format::Format)
    }
}

/// How to read a report.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The format; recognised by the shape of the document if `None`.
    pub format: Option<Format>,
    /// Which image the report is about, for reports that do not say. It completes what a report does say, and
    /// contradicting it is an error.
    pub image: Option<ImageIdentity>,
    /// Bounds.
    pub limits: Limits,
}

impl Options {
    /// With the format named.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// With the image named, as [`ImageIdentity::of`] reads it from one word.
    #[must_use]
    pub fn with_image(mut self, image: ImageIdentity) -> Self {
        self.image = Some(image);
        self
    }

    /// With other bounds.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// Reads a report about one image.
///
/// ```
/// use imagegate::ImageIdentity;
/// use imagegate_readers::profile::{Options, parse};
///
/// // A report of a file system does not say which image it is about.
/// let report = br#"{"SchemaVersion": 2, "ArtifactName": "rootfs", "ArtifactType": "filesystem", "Results": []}"#;
/// assert_eq!(parse(report, &Options::default()).unwrap_err().code(), "missing_identity");
/// let options = Options::default().with_image(ImageIdentity::of("registry.example.com/shop/cart:1.4.2")?);
/// assert!(parse(report, &options).is_ok());
/// # Ok::<(), imagegate::Error>(())
/// ```
///
/// # Errors
/// `syntax` (a document that is cut off, too), `invalid_profile`, `limit_exceeded`; `unsupported` with the code
/// `unknown_format` if no reader knows the document; `image_mismatch` if the image named is another one; a document
/// about several images, which only [`parse_all`] reads.
pub fn parse(bytes: &[u8], options: &Options) -> Result<ScanProfile, Error> {
    let mut profiles = parse_all(bytes, options)?;
    let count = profiles.len();
    match profiles.pop() {
        Some(profile) if count == 1 => Ok(profile),
        _ => {
            let message = format!("the document is about {count} images: read it with `parse_all`");
            Err(Error::new(ErrorKind::InvalidProfile, "several_profiles", message))
        }
    }
}

/// Reads a report about one image or several, in the order of the document; never none.
///
/// # Errors
/// As [`parse`].
pub fn parse_all(bytes: &[u8], options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let input = input::open(bytes, &options.limits)?;
    let reader = match options.format {
        Some(format) => format.0,
        None => choose(READERS, input.look(), WANTED)?,
    };
    let profiles = (reader.read)(input.text, options)?;
    if profiles.is_empty() {
        let message = format!("the document is about no image: a {} must be about one", WANTED.noun);
        return Err(Error::new(ErrorKind::InvalidProfile, "no_profile", message));
    }
    Ok(profiles)
}

/// What the document is, if it is a report of a known format.
pub(crate) fn title_of(look: &Look<'_>) -> Option<&'static str> {
    title(READERS, look)
}

/// What a report says of its image, completed with what the caller says. `because` tells why a report of its kind
/// may name none.
fn identify(stated: &ImageIdentity, options: &Options, because: &str) -> Result<ImageIdentity, Error> {
    let identity = match &options.image {
        Some(image) => stated.named(image)?,
        None => stated.clone(),
    };
    if identity.is_empty() {
        let message = format!(
            "{because}: name the image it is about (`--image REF|ID`, `parse_for`), as an image id or a reference"
        );
        return Err(Error::new(ErrorKind::InvalidProfile, "missing_identity", message));
    }
    Ok(identity)
}
