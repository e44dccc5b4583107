//! A whole document, or an error with all that is wrong with it.

use super::node::{Node, parse};
use super::path::Path;
use super::problems::{Problems, wrong_type};
use super::reader::Reader;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;

/// What a kind of document needs to be read.
pub(crate) struct Document {
    /// The kind of its errors.
    pub(crate) kind: ErrorKind,
    /// Its name in messages.
    pub(crate) name: &'static str,
}

/// Reads a whole document: `version` is checked, all problems are collected, and there is either a value or an
/// error, never half of it.
pub(crate) fn read_document<T>(
    text: &[u8],
    limits: &Limits,
    document: &Document,
    read: impl FnOnce(&mut Reader<'_, '_, '_>, &Node<'_>, &mut Problems) -> Option<T>,
) -> Result<T, Error> {
    let node = parse(text, limits)?;
    let mut problems = Problems::new(limits.problems);
    let mut value = None;
    if let Some(mut reader) = Reader::open(&node, &Path::ROOT, &mut problems) {
        // Of a version that is not known nothing else can be said.
        if read_version(&mut reader, document, &mut problems) {
            value = read(&mut reader, &node, &mut problems);
            reader.finish(&mut problems);
        }
    }
    if value.is_none() && problems.count() == 0 {
        problems.add("invalid", &Path::ROOT, format!("this is no {}", document.name));
    }
    match problems.into_error(document.kind, std::str::from_utf8(text).ok()) {
        Some(error) => Err(error),
        None => {
            value.ok_or_else(|| Error::new(document.kind, "invalid", format!("this is no {}", document.name)))
        }
    }
}

/// Whether the rest of the document can be read.
fn read_version(reader: &mut Reader<'_, '_, '_>, document: &Document, problems: &mut Problems) -> bool {
    let path = reader.path().member("version");
    match reader.get("version") {
        Some(Node::Number(number)) if number.as_f64() == 1.0 => true,
        Some(node @ Node::Number(_)) => {
            let message = format!("version {} is not supported: this build reads version 1", node.describe());
            problems.add("unsupported_version", &path, message);
            false
        }
        Some(node) => {
            wrong_type(node, &path, problems, "the number 1");
            true
        }
        None => {
            let message =
                format!("`version` is required: a {} of this kind has `\"version\": 1`", document.name);
            problems.add("missing_field", &path, message);
            true
        }
    }
}
