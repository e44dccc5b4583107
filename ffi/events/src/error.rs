//! Errors.

use crate::failure::Failure;
use crate::status::imagegate_status;
use crate::str::imagegate_str;
use crate::{argument, guard};

/// Why a call failed.
pub struct imagegate_events_error {
    pub(crate) status: imagegate_status,
    pub(crate) message: String,
    code: &'static str,
}

/// By this name the files that both libraries share know it.
pub(crate) use imagegate_events_error as imagegate_error;

impl From<Failure> for imagegate_events_error {
    fn from(failure: Failure) -> Self {
        let status = failure.status();
        match failure {
            Failure::Refused(error) => Self { status, message: error.to_string(), code: error.code() },
            Failure::Call { code, message, .. } => Self { status, message, code },
        }
    }
}

/// The message, in one line. It belongs to the error; NULL if `error` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_events_error_message(
    error: *const imagegate_events_error,
) -> imagegate_str {
    guard::value(imagegate_str::NONE, || {
        // SAFETY: the rules of the header.
        let error = unsafe { error.as_ref() };
        imagegate_str::of_option(error.map(|error| error.message.as_str()))
    })
}

/// A word for the error that never changes, such as "locked" or "disk_full". It belongs to the error; NULL if `error`
/// is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_events_error_code(error: *const imagegate_events_error) -> imagegate_str {
    guard::value(imagegate_str::NONE, || {
        // SAFETY: the rules of the header.
        let error = unsafe { error.as_ref() };
        imagegate_str::of_option(error.map(|error| error.code))
    })
}

/// The status that the failed call returned. `IMAGEGATE_STATUS_NULL_ARGUMENT` if `error` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_events_error_status(
    error: *const imagegate_events_error,
) -> imagegate_status {
    guard::value(imagegate_status::NullArgument, || {
        // SAFETY: the rules of the header.
        let error = unsafe { error.as_ref() };
        error.map_or(imagegate_status::NullArgument, |error| error.status)
    })
}

/// Frees an error. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_events_error_free(error: *mut imagegate_events_error) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(error) };
}
