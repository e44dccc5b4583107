//! The parameters with which one container is about to start.

mod document;
mod mask;
pub(crate) mod privilege;
mod read;

pub use document::{Container, ContainerKind, LaunchDocument, LaunchImage, Node, Pod};
pub(crate) use mask::mask_text;
pub use privilege::Privilege;
pub(crate) use read::{read_members, read_node};

use crate::error::{Error, ErrorKind};
use crate::event::EventImage;
use crate::image::{Digest, ImageId, Reference};
use crate::limits::Limits;
use std::sync::Arc;

/// A validated launch. Immutable; cloning shares it.
///
/// ```
/// use imagegate::{Launch, Privilege};
///
/// let launch = Launch::parse(br#"{
///     "version": 1,
///     "image": {"reference": "nginx:1.27"},
///     "privileges": ["cap_sys_admin", "host_network"]
/// }"#);
/// // A capability is written `capability:NAME`; the error says so.
/// assert!(launch.is_err());
///
/// let launch = Launch::parse(br#"{
///     "version": 1,
///     "image": {"reference": "nginx:1.27"},
///     "privileges": ["capability:cap_sys_admin", "host_network"]
/// }"#)?;
/// assert_eq!(launch.privileges()[0], Privilege::Capability("SYS_ADMIN".to_owned()));
/// # Ok::<(), imagegate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    document: LaunchDocument,
    id: Option<ImageId>,
    digest: Option<Digest>,
    reference: Option<Reference>,
    /// Distinct facts in the order of the document.
    privileges: Vec<Privilege>,
    /// For each of `privileges`, whether a reader inferred it.
    inferred: Vec<bool>,
}

impl Launch {
    /// Reads imagegate's own launch document with the default [`Limits`].
    ///
    /// # Errors
    /// `syntax`, `invalid_launch` with every problem, `limit_exceeded`, `unsupported`.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        Self::parse_with(text, &Limits::default())
    }

    /// Reads imagegate's own launch document.
    ///
    /// # Errors
    /// As [`Launch::parse`].
    pub fn parse_with(text: &[u8], limits: &Limits) -> Result<Self, Error> {
        Self::new(read::read(text, limits)?)
    }

    /// Validates a document that a reader filled in. Arguments that look like credentials are masked.
    ///
    /// # Errors
    /// `invalid_launch` if the image has no reference, id or digest, or one of them, or a privilege, is malformed.
    pub fn new(mut document: LaunchDocument) -> Result<Self, Error> {
        let invalid = |code, pointer: &str, message: String| {
            Error::at(ErrorKind::InvalidLaunch, code, pointer, message)
        };
        let image = &document.image;
        let stated_id = image.id.as_deref().map(ImageId::parse).transpose();
        let mut id = stated_id.map_err(|message| invalid("invalid_id", "/image/id", message))?;
        let digest = image.digest.as_deref().map(Digest::parse).transpose();
        let digest = digest.map_err(|message| invalid("invalid_digest", "/image/digest", message))?;
        let mut reference = None;
        if let Some(text) = image.reference.as_deref() {
            // A reference that is an id is no name: it is the launch's id if none is given.
            match ImageId::parse(text) {
                Ok(by_reference) => id = id.or(Some(by_reference)),
                Err(_) => {
                    let parsed = Reference::parse(text);
                    reference =
                        Some(parsed.map_err(|message| invalid("invalid_name", "/image/reference", message))?);
                }
            }
        }
        if id.is_none() && digest.is_none() && reference.is_none() {
            return Err(invalid(
                "missing_identity",
                "/image",
                "the launch does not say which image starts: give `reference`, `id` or `digest`".to_owned(),
            ));
        }
        let mut privileges = Vec::with_capacity(document.privileges.len());
        for (index, text) in document.privileges.iter().enumerate() {
            let fact = Privilege::parse_fact(text)
                .map_err(|message| invalid("invalid_privilege", &format!("/privileges/{index}"), message))?;
            if !privileges.contains(&fact) {
                privileges.push(fact);
            }
        }
        let mut inferred = vec![false; privileges.len()];
        for (index, text) in document.inferred.iter().enumerate() {
            let fact = Privilege::parse_fact(text)
                .map_err(|message| invalid("invalid_privilege", &format!("/inferred/{index}"), message))?;
            let Some(flag) =
                privileges.iter().position(|known| *known == fact).and_then(|at| inferred.get_mut(at))
            else {
                return Err(invalid(
                    "invalid_privilege",
                    &format!("/inferred/{index}"),
                    format!(
                        "{} is not among `privileges`: what is inferred must be listed there",
                        crate::error::quote(text)
                    ),
                ));
            };
            *flag = true;
        }
        document.container.command = mask::mask_credentials(&document.container.command);
        Ok(Self { inner: Arc::new(Inner { document, id, digest, reference, privileges, inferred }) })
    }

    /// The launch as a document.
    pub fn document(&self) -> &LaunchDocument {
        &self.inner.document
    }

    /// The distinct privilege facts, in the order of the document.
    pub fn privileges(&self) -> &[Privilege] {
        &self.inner.privileges
    }

    /// The launch in imagegate's own form, one line of JSON.
    pub fn to_json(&self) -> String {
        crate::json::to_string(&self.inner.document)
    }

    /// The image as far as the launch alone tells it.
    pub(crate) fn event_image(&self) -> EventImage {
        let digest = self.digest().or_else(|| self.reference().and_then(Reference::digest));
        EventImage {
            id: self.id().map(|id| id.as_str().to_owned()),
            name: self.reference().map(Reference::canonical),
            digest: digest.map(|digest| digest.as_str().to_owned()),
        }
    }

    pub(crate) fn id(&self) -> Option<&ImageId> {
        self.inner.id.as_ref()
    }

    pub(crate) fn digest(&self) -> Option<&Digest> {
        self.inner.digest.as_ref()
    }

    pub(crate) fn reference(&self) -> Option<&Reference> {
        self.inner.reference.as_ref()
    }

    /// Facts with whether a reader inferred them.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&Privilege, bool)> {
        self.inner.privileges.iter().zip(self.inner.inferred.iter().copied())
    }
}

/// A document of somebody else with its command masked.
pub(crate) fn masked(mut document: LaunchDocument) -> LaunchDocument {
    document.container.command = mask::mask_credentials(&document.container.command);
    document
}
