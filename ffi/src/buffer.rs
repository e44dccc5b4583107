//! Bytes on their way out that are the caller's.

use crate::guard;
use std::ffi::c_char;

/// Bytes that were made for the caller, who frees them with `imagegate_buffer_free`. Text is UTF-8. One NUL follows
/// that `len` does not count, so that text without a NUL of its own can be used as a C string.
#[repr(C)]
pub struct imagegate_buffer {
    /// First byte.
    pub data: *mut c_char,
    /// Length in bytes, without the NUL.
    pub len: usize,
}

impl imagegate_buffer {
    pub(crate) fn of(text: String) -> Self {
        let len = text.len();
        let mut bytes = text.into_bytes();
        bytes.push(0);
        let data = Box::into_raw(bytes.into_boxed_slice());
        Self { data: data.cast(), len }
    }
}

/// Frees the bytes and leaves the buffer empty, so that freeing it again does nothing. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_buffer_free(buffer: *mut imagegate_buffer) {
    guard::value((), || {
        // SAFETY: null, or a buffer of the caller.
        let Some(buffer) = (unsafe { buffer.as_mut() }) else { return };
        let empty = imagegate_buffer { data: std::ptr::null_mut(), len: 0 };
        let imagegate_buffer { data, len } = std::mem::replace(buffer, empty);
        if !data.is_null() {
            let bytes = std::ptr::slice_from_raw_parts_mut(data.cast::<u8>(), len.saturating_add(1));
            // SAFETY: a buffer that was filled by `imagegate_buffer::of` and not freed.
            drop(unsafe { Box::from_raw(bytes) });
        }
    });
}
