//! Launch requests and descriptions of containers.
//!
//! Each format has a page of its own that says what is read of it and how: [`mod@imagegate`], [`docker_create`],
//! [`docker_inspect`], [`docker_service`], [`oci_runtime`], [`cri`], [`kubernetes`], [`admission`]; [`docker`] tells
//! which privileges follow from Docker's settings.

pub mod admission;
mod bind;
mod capabilities;
pub mod cri;
mod device;
pub mod docker;
pub mod docker_create;
pub mod docker_inspect;
pub mod docker_service;
pub mod imagegate;
pub mod kubernetes;
pub mod oci_runtime;

use crate::detect::{Reader, Wanted, choose, named, title};
use crate::json::Place;
use crate::look::Look;
use crate::{format, input, profile};
use ::imagegate::{Error, ErrorKind, ImageIdentity, Launch, LaunchDocument, LaunchImage, Limits, quote};
use std::str::FromStr;

/// All formats. A new one is a line here and a file beside this one.
static READERS: &[Reader<Options, Launch>] = &[
    imagegate::READER,
    docker_create::READER,
    docker_inspect::READER,
    docker_service::READER,
    oci_runtime::READER,
    cri::READER,
    kubernetes::READER,
    admission::READER,
];

const WANTED: Wanted = Wanted { noun: "launch", others: profile::title_of };

/// A format of launches.
pub type Format = format::Format<Options, Launch>;

/// All formats that this build reads.
pub fn formats() -> impl Iterator<Item = Format> {
    READERS.iter().map(format::Format)
}

impl FromStr for Format {
    type Err = Error;

    /// The format of that name; an error of kind `unsupported` that lists the known names.
    fn from_str(name: &str) -> Result<Self, Error> {
        named(READERS, name, "launch").map(format::Format)
    }
}

/// How to read a launch.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The format; recognised by the shape of the document if `None`.
    pub format: Option<Format>,
    /// What the caller knows of the image. It completes what the document says (a create request names the image,
    /// the daemon knows its id), and contradicting it is an error.
    pub image: Option<LaunchImage>,
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

    /// With what the caller knows of the image.
    #[must_use]
    pub fn with_image(mut self, image: LaunchImage) -> Self {
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

/// Reads one launch.
///
/// ```
/// use imagegate_readers::launch::{Options, parse};
///
/// let body = br#"{"Image": "alpine", "HostConfig": {"Binds": ["/var/run/docker.sock:/var/run/docker.sock"]}}"#;
/// let launch = parse(body, &Options::default())?;
/// assert_eq!(launch.document().privileges[0], "host_path:/var/run/docker.sock");
/// # Ok::<(), imagegate::Error>(())
/// ```
///
/// # Errors
/// `syntax`, `invalid_launch`, `limit_exceeded`; `unsupported` with the code `unknown_format` if no reader knows the
/// document; `image_mismatch` if the image named is another one; a document with several launches, which only
/// [`parse_all`] reads.
pub fn parse(bytes: &[u8], options: &Options) -> Result<Launch, Error> {
    let mut launches = parse_all(bytes, options)?;
    let count = launches.len();
    match launches.pop() {
        Some(launch) if count == 1 => Ok(launch),
        _ => {
            let message = format!("the document holds {count} launches: read it with `parse_all`");
            Err(Error::new(ErrorKind::InvalidLaunch, "several_launches", message))
        }
    }
}

/// Reads one launch or several, in the order of the document; never none.
///
/// # Errors
/// As [`parse`].
pub fn parse_all(bytes: &[u8], options: &Options) -> Result<Vec<Launch>, Error> {
    let input = input::open(bytes, &options.limits)?;
    let reader = match options.format {
        Some(format) => format.0,
        None => choose(READERS, input.look(), WANTED)?,
    };
    let launches = (reader.read)(input.text, options)?;
    if launches.is_empty() {
        return Err(Error::new(ErrorKind::InvalidLaunch, "no_launch", "the document holds no launch"));
    }
    Ok(launches)
}

/// What the document is, if it is a launch of a known format.
pub(crate) fn title_of(look: &Look<'_>) -> Option<&'static str> {
    title(READERS, look)
}

/// The launch, with what the caller knows of the image filled in.
fn complete(mut document: LaunchDocument, options: &Options) -> Result<Launch, Error> {
    if let Some(by_caller) = &options.image {
        let stated = &mut document.image;
        let id_of = |image: &LaunchImage| {
            let id = image.id.as_deref().or(image.reference.as_deref())?;
            ImageIdentity::of(id).ok()?.id
        };
        let digest_of = |image: &LaunchImage| {
            let in_reference = image.reference.as_deref().and_then(|reference| reference.split_once('@'));
            let digest = image.digest.as_deref().or(in_reference.map(|(_, digest)| digest))?;
            let (_, digest) = digest.rsplit_once('@').unwrap_or(("", digest));
            ImageIdentity::of(digest).ok()?.id
        };
        let pairs =
            [("id", id_of(stated), id_of(by_caller)), ("digest", digest_of(stated), digest_of(by_caller))];
        for (what, stated, named) in pairs {
            if let (Some(stated), Some(named)) = (stated, named)
                && stated != named
            {
                let message = format!(
                    "the launch is of the image with {what} {stated}, but the image named is {named}"
                );
                return Err(Error::new(ErrorKind::ImageMismatch, "image_mismatch", message));
            }
        }
        for (own, more) in [
            (&mut stated.reference, &by_caller.reference),
            (&mut stated.id, &by_caller.id),
            (&mut stated.digest, &by_caller.digest),
        ] {
            if own.is_none() {
                own.clone_from(more);
            }
        }
    }
    Launch::new(document)
}

/// The image reference at a place, checked here so that a mistake is shown where it stands.
fn reference(place: &Place<'_, '_>) -> Result<Option<String>, Error> {
    let Some(text) = place.word()? else { return Ok(None) };
    match ImageIdentity::of(text) {
        Ok(_) => Ok(Some(text.to_owned())),
        Err(error) => Err(place.error("invalid_name", error.to_string())),
    }
}

/// An image id, in its one spelling.
fn image_id(text: &str) -> Result<String, String> {
    ImageIdentity::of(text).ok().and_then(|of| of.id).ok_or_else(|| {
        format!("{} is no image id: expected `sha256:` and 64 hexadecimal digits", quote(text))
    })
}
