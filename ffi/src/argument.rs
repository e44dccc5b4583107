//! Arguments from C: what is null, too long or no text is refused here, before anything is done.

use crate::failure::Failure;
use crate::status::imagegate_status;
use imagegate::Timestamp;
use std::ffi::c_char;

/// What a handle points to.
///
/// # Safety
/// `handle` is null or was handed out by this library and not freed.
pub(crate) unsafe fn handle<'a, T>(handle: *const T, name: &'static str) -> Result<&'a T, Failure> {
    // SAFETY: the caller's promise.
    unsafe { handle.as_ref() }.ok_or_else(|| Failure::null(name))
}

/// The bytes of a text; null with length 0 is empty.
///
/// # Safety
/// `text` is null or points to `len` bytes.
pub(crate) unsafe fn bytes<'a>(
    text: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a [u8], Failure> {
    if text.is_null() {
        return if len == 0 { Ok(&[]) } else { Err(Failure::null(name)) };
    }
    if isize::try_from(len).is_err() {
        return Err(Failure::new(
            imagegate_status::InvalidArgument,
            "invalid_length",
            format!("the length of `{name}` is {len}, which is more than any object in memory has"),
        ));
    }
    // SAFETY: the caller's promise, and the length is one that an object can have.
    Ok(unsafe { std::slice::from_raw_parts(text.cast(), len) })
}

/// A word that must be UTF-8; `None` if it is null or empty.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn word<'a>(
    text: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a str>, Failure> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(text, len, name) }?;
    match std::str::from_utf8(bytes) {
        Ok("") => Ok(None),
        Ok(word) => Ok(Some(word)),
        Err(error) => Err(Failure::new(
            imagegate_status::InvalidUtf8,
            "invalid_utf8",
            format!("`{name}` is not UTF-8 at byte {}", error.valid_up_to()),
        )),
    }
}

/// As [`word`], for a word that must be there.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn required_word<'a>(
    text: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a str, Failure> {
    // SAFETY: the caller's promise.
    unsafe { word(text, len, name) }?.ok_or_else(|| {
        let message = format!("`{name}` is empty");
        Failure::new(imagegate_status::InvalidArgument, "invalid_argument", message)
    })
}

/// An instant.
pub(crate) fn now(seconds: i64, nanoseconds: u32) -> Result<Timestamp, Failure> {
    Ok(Timestamp::from_unix(seconds, nanoseconds)?)
}

/// A place for a result. It is written once, when nothing can fail any more.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    /// `place` is null or can be written.
    pub(crate) unsafe fn new(place: *mut T, name: &'static str) -> Result<Self, Failure> {
        if place.is_null() { Err(Failure::null(name)) } else { Ok(Self(place)) }
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: promised to `new`.
        unsafe { self.0.write(value) };
    }
}

impl<T> Out<*mut T> {
    /// Hands the value to the caller, who frees it.
    pub(crate) fn give(self, value: T) {
        self.write(Box::into_raw(Box::new(value)));
    }
}

/// Writes to a place that the caller may leave out.
///
/// # Safety
/// `place` is null or can be written.
pub(crate) unsafe fn write_if_wanted<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: the caller's promise.
        unsafe { place.write(value) };
    }
}

/// Takes back what was handed out, and drops it.
///
/// # Safety
/// `handle` is null or was handed out by [`Out::give`] and not freed.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: the caller's promise.
        crate::guard::value((), || drop(unsafe { Box::from_raw(handle) }));
    }
}
