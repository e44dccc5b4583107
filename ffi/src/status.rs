//! Statuses: the kinds of errors, as numbers.

use imagegate::ErrorKind;

/// What became of a call. Numbers are never used for anything else, and new ones may be added: treat a number that
/// you do not know as a failure.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum imagegate_status {
    /// It was done, and all outputs are written.
    Ok = 0,
    /// An argument is NULL that must not be.
    NullArgument = 1,
    /// An argument is not UTF-8. (A document that is not UTF-8 is a syntax error, with its place.)
    InvalidUtf8 = 2,
    /// An argument makes no sense: an impossible length, a time outside the years 0000 to 9999, an empty name.
    InvalidArgument = 3,
    /// The library is at fault; nothing was decided.
    Internal = 4,
    /// The bytes are no JSON document, or not the format that was named.
    Syntax = 5,
    /// A policy document breaks its rules.
    InvalidPolicy = 6,
    /// A scan profile or scanner report breaks its rules.
    InvalidProfile = 7,
    /// A launch document breaks its rules.
    InvalidLaunch = 8,
    /// The launch and the scan profile are about different images. Nothing was decided.
    ImageMismatch = 9,
    /// An input is larger than its limit.
    LimitExceeded = 10,
    /// A format or a version that this build cannot read.
    Unsupported = 11,
    /// The event store failed (`imagegate_events.h`).
    Storage = 12,
}

impl imagegate_status {
    pub(crate) const ALL: [(Self, &'static str); 13] = [
        (Self::Ok, "ok"),
        (Self::NullArgument, "null_argument"),
        (Self::InvalidUtf8, "invalid_utf8"),
        (Self::InvalidArgument, "invalid_argument"),
        (Self::Internal, "internal"),
        (Self::Syntax, "syntax"),
        (Self::InvalidPolicy, "invalid_policy"),
        (Self::InvalidProfile, "invalid_profile"),
        (Self::InvalidLaunch, "invalid_launch"),
        (Self::ImageMismatch, "image_mismatch"),
        (Self::LimitExceeded, "limit_exceeded"),
        (Self::Unsupported, "unsupported"),
        (Self::Storage, "storage"),
    ];
}

impl From<ErrorKind> for imagegate_status {
    /// By name, so that both lists say the same. A kind that this library does not know is its own fault.
    fn from(kind: ErrorKind) -> Self {
        let found = Self::ALL.iter().find(|(_, name)| *name == kind.as_str());
        found.map_or(Self::Internal, |(status, _)| *status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_core_has_its_status() {
        for (kind, status) in [
            (ErrorKind::Syntax, imagegate_status::Syntax),
            (ErrorKind::InvalidPolicy, imagegate_status::InvalidPolicy),
            (ErrorKind::InvalidProfile, imagegate_status::InvalidProfile),
            (ErrorKind::InvalidLaunch, imagegate_status::InvalidLaunch),
            (ErrorKind::ImageMismatch, imagegate_status::ImageMismatch),
            (ErrorKind::LimitExceeded, imagegate_status::LimitExceeded),
            (ErrorKind::Unsupported, imagegate_status::Unsupported),
            (ErrorKind::InvalidArgument, imagegate_status::InvalidArgument),
            (ErrorKind::Storage, imagegate_status::Storage),
        ] {
            assert_eq!(imagegate_status::from(kind), status);
        }
    }

    #[test]
    fn the_table_is_in_the_order_of_the_numbers() {
        for (number, (status, _)) in imagegate_status::ALL.iter().enumerate() {
            assert_eq!(*status as usize, number);
        }
    }
}
