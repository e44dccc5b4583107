//! Text on its way out that belongs to something else.

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
