//! Readers of launches.

use crate::{errors, options};
use imagegate::{ErrorKind, Launch, Limits};
use imagegate_readers::launch::{self, Format};

/// A document that is named as one of `format`.
pub(crate) fn read(bytes: &[u8], format: Format) {
    let options = options::launch().with_format(format);
    let launches = match launch::parse_all(bytes, &options) {
        Ok(launches) => launches,
        Err(error) => return errors::is_told(&error),
    };
    assert!(!launches.is_empty(), "read as no launch");
    launches.iter().for_each(reads_back);
    let limits = Limits { bytes: bytes.len() - 1, ..Limits::default() };
    let error = launch::parse_all(bytes, &options.with_limits(limits)).expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

/// A document whose format nobody names is what its format, named, makes of it.
pub(crate) fn detection(bytes: &[u8]) {
    let options = options::launch();
    let same = |format: Format| launch::parse_all(bytes, &options.clone().with_format(format));
    match launch::parse_all(bytes, &options) {
        Ok(launches) => {
            assert!(launch::formats().any(|format| same(format).is_ok_and(|named| named == launches)));
        }
        Err(error) => {
            errors::is_told(&error);
            if error.kind() != ErrorKind::Syntax
                && !matches!(error.code(), "unknown_format" | "ambiguous_format")
            {
                let told = error.to_string();
                assert!(
                    launch::formats()
                        .any(|format| same(format).is_err_and(|named| named.to_string() == told)),
                    "no format says: {told}"
                );
            }
        }
    }
}

/// What was read has a document of ours, and that reads as the same.
#[track_caller]
pub(crate) fn reads_back(launch: &Launch) {
    let json = launch.to_json();
    let again = Launch::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(&again, launch, "{json}");
    assert_eq!(again.to_json(), json);
}
