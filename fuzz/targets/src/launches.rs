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

/// What was read has a document of ours, and that reads as the same.
#[track_caller]
pub(crate) fn reads_back(launch: &Launch) {
    let json = launch.to_json();
    let again = Launch::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(&again, launch, "{json}");
    assert_eq!(again.to_json(), json);
}
