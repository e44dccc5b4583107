//! Errors: what was wrong, where, and what would be right.

use crate::failure::Failure;
use crate::status::imagegate_status;
use crate::str::imagegate_str;
use crate::{argument, guard};
use imagegate::Problem;

/// Why a call failed. A policy document with several mistakes reports all of them, as problems.
pub struct imagegate_error {
    pub(crate) status: imagegate_status,
    pub(crate) message: String,
    problems: Vec<Problem>,
}

impl From<Failure> for imagegate_error {
    fn from(failure: Failure) -> Self {
        let status = failure.status();
        match failure {
            Failure::Refused(error) => {
                Self { status, message: error.to_string(), problems: error.problems().to_vec() }
            }
            Failure::Call { code, message, .. } => {
                let pointer = String::new();
                let problem = Problem { code, pointer, message: message.clone(), position: None };
                Self { status, message, problems: vec![problem] }
            }
        }
    }
}

/// The name of a status, such as "image_mismatch", as the command line and the other languages print it. "unknown"
/// for a number that is none. The text lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn imagegate_status_name(status: u32) -> imagegate_str {
    guard::value(imagegate_str::NONE, || {
        let found = imagegate_status::ALL.iter().find(|(known, _)| *known as u32 == status);
        imagegate_str::of(found.map_or("unknown", |(_, name)| name))
    })
}

/// What to answer about the error; `fallback` if there is none.
///
/// # Safety
/// `error` is null or was handed out by this library and not freed.
unsafe fn about<T>(
    error: *const imagegate_error,
    fallback: T,
    ask: impl FnOnce(&imagegate_error) -> Option<T>,
) -> T
where
    T: Copy,
{
    guard::value(fallback, || {
        // SAFETY: the caller's promise.
        let error = unsafe { error.as_ref() };
        error.and_then(ask).unwrap_or(fallback)
    })
}

/// The status that the failed call returned. `IMAGEGATE_STATUS_NULL_ARGUMENT` if `error` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_status(error: *const imagegate_error) -> imagegate_status {
    // SAFETY: as the header says.
    unsafe { about(error, imagegate_status::NullArgument, |error| Some(error.status)) }
}

/// The message, in one line: the first problem with its place, and how many more there are. It belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_message(error: *const imagegate_error) -> imagegate_str {
    // SAFETY: as the header says.
    unsafe { about(error, imagegate_str::NONE, |error| Some(imagegate_str::of(&error.message))) }
}

/// How many problems there are: at least 1, and 0 if `error` is NULL. The functions below count them from 0, in the
/// order of the document; an index that is too large is answered with NULL and 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_problem_count(error: *const imagegate_error) -> usize {
    // SAFETY: as the header says.
    unsafe { about(error, 0, |error| Some(error.problems.len())) }
}

/// A word for the problem that never changes, such as "unknown_field". It belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_problem_code(
    error: *const imagegate_error,
    index: usize,
) -> imagegate_str {
    // SAFETY: as the header says.
    unsafe {
        about(error, imagegate_str::NONE, |error| Some(imagegate_str::of(error.problems.get(index)?.code)))
    }
}

/// Where the problem is, as a JSON Pointer (RFC 6901) into the document; empty for the document as a whole. It
/// belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_problem_pointer(
    error: *const imagegate_error,
    index: usize,
) -> imagegate_str {
    let pointer = |error: &imagegate_error| Some(imagegate_str::of(&error.problems.get(index)?.pointer));
    // SAFETY: as the header says.
    unsafe { about(error, imagegate_str::NONE, pointer) }
}

/// What was wrong and what would be right, in one line. It belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_problem_message(
    error: *const imagegate_error,
    index: usize,
) -> imagegate_str {
    let message = |error: &imagegate_error| Some(imagegate_str::of(&error.problems.get(index)?.message));
    // SAFETY: as the header says.
    unsafe { about(error, imagegate_str::NONE, message) }
}

/// The line of the problem in the document, from 1; 0 if it is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_problem_line(error: *const imagegate_error, index: usize) -> u32 {
    // SAFETY: as the header says.
    unsafe { about(error, 0, |error| Some(error.problems.get(index)?.position?.line)) }
}

/// The column of the problem in its line, from 1, in characters; 0 if it is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_problem_column(error: *const imagegate_error, index: usize) -> u32 {
    // SAFETY: as the header says.
    unsafe { about(error, 0, |error| Some(error.problems.get(index)?.position?.column)) }
}

/// Frees an error. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_error_free(error: *mut imagegate_error) {
    // SAFETY: as the header says.
    unsafe { argument::free(error) };
}
