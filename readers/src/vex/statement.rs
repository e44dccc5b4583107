//! What all formats state.

use super::product::Product;
use imagegate::Timestamp;

/// What one author states about one vulnerability.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The vulnerability's id and other ids of it.
    pub(super) ids: Vec<String>,
    pub(super) status: Status,
    pub(super) products: Vec<Product>,
    pub(super) time: Option<Timestamp>,
    /// Where the statement stands in its document.
    pub(super) pointer: String,
}

/// What is stated, in the format's own word.
#[derive(Clone, Debug)]
pub(super) enum Status {
    /// The vulnerability does no harm.
    Harmless(&'static str),
    /// The product is a version in which the vulnerability is fixed.
    Fixed(&'static str),
    /// It does harm, or nobody knows yet.
    Open,
}

impl Status {
    /// The word of a status that suppresses.
    pub(super) fn suppressing(&self) -> Option<&'static str> {
        match self {
            Self::Harmless(word) | Self::Fixed(word) => Some(word),
            Self::Open => None,
        }
    }
}
