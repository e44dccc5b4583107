//! What every exported function runs in: a panic becomes a status and never reaches a frame of C.
//!
//! The panic hook is left alone, so that Rust's own message about the panic goes where the program wants it.

use crate::error::imagegate_error;
use crate::failure::Failure;
use crate::status::imagegate_status;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of a fallible function. On failure `err` gets an error, if the caller asked for one.
///
/// # Safety
/// `err` is null or can be written.
pub(crate) unsafe fn status(
    err: *mut *mut imagegate_error,
    body: impl FnOnce() -> Result<(), Failure>,
) -> imagegate_status {
    // Whatever a panic left half done is seen by nobody: outputs are written last, and handles are immutable or
    // made for panics (the gate).
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return imagegate_status::Ok,
        Ok(Err(failure)) => failure,
        Err(payload) => Failure::internal(message_of(payload)),
    };
    let status = failure.status();
    if !err.is_null() {
        // SAFETY: the caller's promise.
        unsafe { err.write(Box::into_raw(Box::new(imagegate_error::from(failure)))) };
    }
    status
}

/// Runs the body of a function that cannot report failure; `fallback` answers if it panics.
pub(crate) fn value<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            discard(payload);
            fallback
        }
    }
}

fn message_of(payload: Box<dyn Any + Send>) -> String {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "a panic without a message",
    };
    let message = format!("internal error, nothing was decided: {}", imagegate::quote(text));
    discard(payload);
    message
}

/// Dropping what was thrown runs code of whoever threw it, which may panic again.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::panic_any;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_any(Bomb);
        }
    }

    #[test]
    fn panics_become_statuses_and_messages() {
        let message = |body: fn()| {
            let mut err = std::ptr::null_mut();
            let run = || {
                body();
                Ok(())
            };
            // SAFETY: `err` is a local, and what it gets is a box.
            let error = unsafe {
                assert_eq!(status(&raw mut err, run), imagegate_status::Internal);
                Box::from_raw(err)
            };
            assert_eq!(error.status, imagegate_status::Internal);
            error.message
        };
        assert_eq!(message(|| panic!("one\ntwo")), "internal error, nothing was decided: `one\\ntwo`");
        assert!(message(|| panic!("{}", "x".repeat(10_000))).len() < 200);
        assert!(message(|| panic_any(7)).ends_with("`a panic without a message`"));
        assert!(message(|| panic_any(Bomb)).ends_with("`a panic without a message`"));
    }

    #[test]
    fn a_caller_who_wants_no_error_gets_the_status() {
        // SAFETY: null is allowed.
        let status = unsafe { status(std::ptr::null_mut(), || panic!("unseen")) };
        assert_eq!(status, imagegate_status::Internal);
    }

    #[test]
    fn getters_answer_with_their_fallback() {
        assert_eq!(value(1, || 2), 2);
        assert_eq!(value(1, || panic_any(Bomb)), 1);
    }
}
