//! Strict reading of imagegate's own JSON documents.
//!
//! A document is read once into a borrowed tree ([`Node`]), then walked with a [`Reader`] that collects every
//! problem. Positions in the text are looked up afterwards, and only if there is something to point at.

mod canonical;
mod locate;
mod node;
mod read;

pub(crate) use canonical::{canonical_sha256, write_string};
pub(crate) use locate::locate;
pub(crate) use node::{Node, parse};
pub(crate) use read::{Document, Path, Problems, Reader, read_document};
pub(crate) use read::{
    boolean, checked, count, integer, list, listed, nearest, number, owned_string, string, time, word,
    wrong_type,
};

/// A value of ours as one line of JSON.
pub(crate) fn to_string(value: &impl serde::Serialize) -> String {
    // Our documents have string keys and finite numbers only, so that serde_json has nothing to refuse.
    serde_json::to_string(value).unwrap_or_default()
}
