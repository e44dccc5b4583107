//! A document whose format nobody names is read as one whose format is named.

use crate::{errors, options};
use imagegate::{Error, ErrorKind};
use imagegate_readers::{launch, profile};

pub(crate) fn profiles(bytes: &[u8]) {
    let options = options::profile();
    let named =
        profile::formats().map(|format| profile::parse_all(bytes, &options.clone().with_format(format)));
    is_one_of(profile::parse_all(bytes, &options), named);
}

pub(crate) fn launches(bytes: &[u8]) {
    let options = options::launch();
    let named =
        launch::formats().map(|format| launch::parse_all(bytes, &options.clone().with_format(format)));
    is_one_of(launch::parse_all(bytes, &options), named);
}

/// What was read, or why nothing was, is what its format, named, makes of it.
fn is_one_of<T: PartialEq>(found: Result<T, Error>, mut named: impl Iterator<Item = Result<T, Error>>) {
    match found {
        Ok(found) => assert!(named.any(|named| named.is_ok_and(|named| named == found))),
        Err(error) => {
            errors::is_told(&error);
            let is_of_no_format = error.kind() == ErrorKind::Syntax
                || matches!(error.code(), "unknown_format" | "ambiguous_format");
            let told = error.to_string();
            assert!(
                is_of_no_format || named.any(|named| named.is_err_and(|named| named.to_string() == told)),
                "no format says: {told}"
            );
        }
    }
}
