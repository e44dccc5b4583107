//! The handles, and what holds of every call: what it writes where, and that an error is told.

use super::MOST_CALLS;
use super::call::Slot;
use imagegate_fuzz_boundary::assessment::*;
use imagegate_fuzz_boundary::buffer::*;
use imagegate_fuzz_boundary::decision::*;
use imagegate_fuzz_boundary::error::*;
use imagegate_fuzz_boundary::gate::*;
use imagegate_fuzz_boundary::launch::*;
use imagegate_fuzz_boundary::policy_set::*;
use imagegate_fuzz_boundary::profile::*;
use imagegate_fuzz_boundary::status::imagegate_status;
use imagegate_fuzz_boundary::str::imagegate_str;
use std::ptr::null_mut;

/// The handles that were handed out and not freed.
#[derive(Default)]
pub(super) struct Held {
    pub(super) policies: Vec<*mut imagegate_policy_set>,
    pub(super) profiles: Vec<*mut imagegate_scan_profile>,
    pub(super) launches: Vec<*mut imagegate_launch>,
    pub(super) assessments: Vec<*mut imagegate_assessment>,
    pub(super) decisions: Vec<*mut imagegate_decision>,
    pub(super) gates: Vec<*mut imagegate_gate>,
    pub(super) errors: Vec<*mut imagegate_error>,
}

pub(super) fn at<T>(handles: &[*mut T], slot: Slot) -> *mut T {
    // One more than there are: NULL.
    handles.get(usize::from(slot) % (handles.len() + 1)).copied().unwrap_or(null_mut())
}

fn taken<T>(handles: &mut Vec<*mut T>, slot: Slot) -> *mut T {
    let index = usize::from(slot) % (handles.len() + 1);
    if index == handles.len() { null_mut() } else { handles.swap_remove(index) }
}

/// Reads all of a text that was lent.
pub(super) fn seen(text: imagegate_str) -> Option<String> {
    if text.data.is_null() {
        assert_eq!(text.len, 0);
        return None;
    }
    // SAFETY: the library says so.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    Some(std::str::from_utf8(bytes).expect("text is UTF-8").to_owned())
}

impl Held {
    /// What is written where an error may go: NULL, or a place.
    unsafe fn failed(&mut self, status: imagegate_status, error: *mut imagegate_error, wanted: bool) -> bool {
        assert_ne!(status, imagegate_status::Internal, "the library is at fault");
        if status == imagegate_status::Ok {
            assert!(error.is_null(), "an error without a failure");
            return false;
        }
        assert_eq!(error.is_null(), !wanted, "an error where one is wanted");
        if wanted {
            // SAFETY: just handed out.
            unsafe {
                assert_eq!(imagegate_error_status(error), status);
                let message = seen(imagegate_error_message(error)).unwrap();
                crate::errors::line(&message);
                let count = imagegate_error_problem_count(error);
                assert!(count > 0);
                for index in [0, count - 1, count, usize::MAX] {
                    let code = seen(imagegate_error_problem_code(error, index));
                    let message = seen(imagegate_error_problem_message(error, index));
                    let pointer = seen(imagegate_error_problem_pointer(error, index));
                    assert!([code.is_some(), message.is_some(), pointer.is_some()] == [index < count; 3]);
                    let (line, column) = (
                        imagegate_error_problem_line(error, index),
                        imagegate_error_problem_column(error, index),
                    );
                    assert_eq!(line == 0, column == 0);
                }
            }
            self.errors.push(error);
        }
        true
    }

    /// Runs a call with one output handle.
    pub(super) unsafe fn made<T>(
        &mut self,
        (out, err): (bool, bool),
        call: impl FnOnce(*mut *mut T, *mut *mut imagegate_error) -> imagegate_status,
    ) -> Option<*mut T> {
        let (mut handle, mut error) = (null_mut(), null_mut());
        let status =
            call(if out { &mut handle } else { null_mut() }, if err { &mut error } else { null_mut() });
        // SAFETY: as promised to the caller.
        let failed = unsafe { self.failed(status, error, err) };
        assert_eq!(handle.is_null(), failed, "an output is written on success and only then");
        assert!(out || failed, "success without a place for it");
        (!failed).then_some(handle)
    }

    /// Runs a call that prints.
    pub(super) unsafe fn printed(
        &mut self,
        (out, err): (bool, bool),
        call: impl FnOnce(*mut imagegate_buffer, *mut *mut imagegate_error) -> imagegate_status,
    ) -> Option<String> {
        let (mut buffer, mut error) = (imagegate_buffer { data: null_mut(), len: 0 }, null_mut());
        let status =
            call(if out { &mut buffer } else { null_mut() }, if err { &mut error } else { null_mut() });
        // SAFETY: as promised to the caller.
        unsafe {
            if self.failed(status, error, err) {
                assert!(buffer.data.is_null());
                return None;
            }
            let bytes = std::slice::from_raw_parts(buffer.data.cast::<u8>(), buffer.len + 1);
            assert_eq!(bytes[buffer.len], 0, "a NUL follows");
            let text = std::str::from_utf8(&bytes[..buffer.len]).expect("text is UTF-8").to_owned();
            imagegate_buffer_free(&mut buffer);
            assert!(buffer.data.is_null() && buffer.len == 0);
            imagegate_buffer_free(&mut buffer);
            Some(text)
        }
    }

    pub(super) unsafe fn done(
        &mut self,
        err: bool,
        call: impl FnOnce(*mut *mut imagegate_error) -> imagegate_status,
    ) {
        let mut error = null_mut();
        let status = call(if err { &mut error } else { null_mut() });
        // SAFETY: as promised to the caller.
        unsafe { self.failed(status, error, err) };
    }

    pub(super) unsafe fn free_one(&mut self, kind: u8, slot: Slot) {
        // SAFETY: what is freed is held no more.
        unsafe {
            match kind % 7 {
                0 => imagegate_policy_set_free(taken(&mut self.policies, slot)),
                1 => imagegate_scan_profile_free(taken(&mut self.profiles, slot)),
                2 => imagegate_launch_free(taken(&mut self.launches, slot)),
                3 => imagegate_assessment_free(taken(&mut self.assessments, slot)),
                4 => imagegate_decision_free(taken(&mut self.decisions, slot)),
                5 => imagegate_gate_free(taken(&mut self.gates, slot)),
                _ => imagegate_error_free(taken(&mut self.errors, slot)),
            }
        }
    }

    pub(super) unsafe fn free_all(&mut self) {
        for kind in 0..7 {
            for _ in 0..=MOST_CALLS {
                // SAFETY: as promised to the caller.
                unsafe { self.free_one(kind, 0) };
            }
        }
    }
}
