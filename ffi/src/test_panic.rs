//! Exported functions that panic, so that a C program can see what comes of it. Only with the feature `test-panic`,
//! and in no header.

use crate::decision::imagegate_action;
use crate::error::imagegate_error;
use crate::guard;
use crate::status::imagegate_status;
use std::panic::panic_any;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Bomb);
    }
}

#[expect(clippy::panic, reason = "it is what this module is for")]
fn explode(kind: u32) {
    match kind {
        0 => panic!("a text"),
        1 => panic!("a formatted text: {kind}"),
        2 => panic_any(kind),
        _ => panic_any(Bomb),
    }
}

/// Panics with a payload of the kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_test_panic(kind: u32, err: *mut *mut imagegate_error) -> imagegate_status {
    let body = || {
        explode(kind);
        Ok(())
    };
    // SAFETY: the rules of the header.
    unsafe { guard::status(err, body) }
}

/// Panics in a function that returns an action.
#[unsafe(no_mangle)]
pub extern "C" fn imagegate_test_panic_action(kind: u32) -> imagegate_action {
    guard::value(imagegate_action::Intercept, || {
        explode(kind);
        imagegate_action::Allow
    })
}
