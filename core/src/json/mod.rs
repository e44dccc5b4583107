//! Strict reading of imagegate's own JSON documents.
//!
//! A document is read once into a borrowed tree ([`Node`]), then walked with a [`Reader`] that collects every
//! problem. Positions in the text are looked up afterwards, and only if there is something to point at.

mod canonical;
mod document;
mod locate;
mod node;
mod path;
mod problems;
mod reader;
mod values;
mod words;

pub(crate) use canonical::{canonical_sha256, write_string};
pub(crate) use document::{Document, read_document};
pub(crate) use locate::locate;
pub(crate) use node::Node;
pub(crate) use path::Path;
pub(crate) use problems::{Problems, wrong_type};
pub(crate) use reader::Reader;
pub(crate) use values::{boolean, checked, count, integer, list, number, owned_string, string, time, word};
pub(crate) use words::{listed, nearest};

/// A value of ours as one line of JSON.
pub(crate) fn to_string(value: &impl serde::Serialize) -> String {
    // Our documents have string keys and finite numbers only, so that serde_json has nothing to refuse.
    serde_json::to_string(value).unwrap_or_default()
}
