//! Exceptions and trust, as read from the document.

use super::criteria::FamilyGlob;
use super::privilege::PrivilegePattern;
use super::texts::Texts;
use crate::glob::Glob;
use crate::profile::{SuppressedBy, Suppression};
use crate::time::Timestamp;

/// What an exception excuses, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) reason: String,
    pub(crate) owner: Option<String>,
    pub(crate) ticket: Option<String>,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) until_fixed: bool,
    pub(crate) ids: Texts,
    pub(crate) packages: Vec<Glob>,
    pub(crate) images: Vec<ExceptedImage>,
    pub(crate) families: Vec<FamilyGlob>,
    pub(crate) types: Vec<Glob>,
    pub(crate) paths: Vec<Glob>,
    pub(crate) privileges: Vec<PrivilegePattern>,
    /// JSON Pointer of the exception in its document.
    pub(crate) pointer: String,
}

impl Exception {
    pub(crate) fn active_at(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|start| start <= now) && self.expires_at.is_none_or(|end| now < end)
    }
}

/// One entry of an exception's `images`.
#[derive(Clone, Debug)]
pub(crate) enum ExceptedImage {
    /// `sha256:<64 hex>`, compared with ids and digests.
    Hash(String),
    Name(Glob),
}

/// Whose suppressions a policy set accepts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    pub(crate) by: Vec<SuppressedBy>,
    pub(crate) authors: Vec<String>,
    pub(crate) justifications: Vec<String>,
}

impl Trust {
    /// Whether a suppression excuses. Lists of authors and justifications restrict VEX only, and an author or
    /// justification that is unknown is in no list.
    pub(crate) fn accepts(&self, suppression: &Suppression) -> bool {
        let listed = |list: &[String], value: &Option<String>| {
            list.is_empty() || value.as_ref().is_some_and(|value| list.contains(value))
        };
        self.by.contains(&suppression.by)
            && (suppression.by != SuppressedBy::Vex
                || (listed(&self.authors, &suppression.author)
                    && listed(&self.justifications, &suppression.justification)))
    }
}
