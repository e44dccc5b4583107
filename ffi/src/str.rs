//! Text and bytes on their way out: the two structs whose members callers see.

use crate::guard;
use std::ffi::c_char;

/// Text that belongs to something else: valid until its owner is freed, never freed by itself. UTF-8, not ended by a
/// NUL. What is absent has `data` NULL and `len` 0; what is empty has `len` 0 and `data` not NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct imagegate_str {
    /// First byte, or NULL.
    pub data: *const c_char,
    /// Length in bytes.
    pub len: usize,
}

impl imagegate_str {
    pub(crate) const NONE: Self = Self { data: std::ptr::null(), len: 0 };

    pub(crate) fn of(text: &str) -> Self {
        // An empty text of Rust may point nowhere, which tools for C object to.
        let data = if text.is_empty() { c"".as_ptr() } else { text.as_ptr().cast() };
        Self { data, len: text.len() }
    }

    pub(crate) fn of_option(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::of)
    }
}

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
