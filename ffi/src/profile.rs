//! Scan profiles.

use crate::argument::{self, Out, handle};
use crate::buffer::imagegate_buffer;
use crate::error::imagegate_error;
use crate::failure::Failure;
use crate::guard;
use crate::status::imagegate_status;
use imagegate::{ImageIdentity, ScanProfile};
use imagegate_readers::profile::{self, Options};
use std::ffi::c_char;

/// What scanners found in one image. It never changes.
pub struct imagegate_scan_profile(pub(crate) ScanProfile);

/// The scan profiles of one document.
pub struct imagegate_scan_profiles(Vec<imagegate_scan_profile>);

/// How to read a report.
///
/// # Safety
/// As [`argument::bytes`].
unsafe fn options(format: *const c_char, format_len: usize) -> Result<Options, Failure> {
    // SAFETY: the caller's promise.
    let format = unsafe { argument::word(format, format_len, "format") }?;
    Ok(match format {
        Some(format) => Options::default().with_format(format.parse()?),
        None => Options::default(),
    })
}

/// Reads what a scanner says about one image: a report of a scanner (Trivy, Grype, SARIF, …) or imagegate's own
/// profile document.
///
/// `format` names the format, such as "trivy"; it is recognised by the shape of the document if `format` is empty.
/// A document that no reader knows is an error, never a clean profile. A report that does not say which image it is
/// about is refused: see `imagegate_scan_profile_parse_for`. Limits: 256 MiB, 64 levels, 1,000,000 findings.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_scan_profile_parse(
    text: *const c_char,
    text_len: usize,
    format: *const c_char,
    format_len: usize,
    profile: *mut *mut imagegate_scan_profile,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(profile, "profile")?;
            let text = argument::bytes(text, text_len, "text")?;
            let options = options(format, format_len)?;
            out.give(imagegate_scan_profile(profile::parse(text, &options)?));
            Ok(())
        })
    }
}

/// As `imagegate_scan_profile_parse`, for an image that the caller names: by its id ("sha256:" and 64 hexadecimal
/// digits) or by a reference. It completes what the report says; contradicting it is `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_scan_profile_parse_for(
    image: *const c_char,
    image_len: usize,
    text: *const c_char,
    text_len: usize,
    format: *const c_char,
    format_len: usize,
    profile: *mut *mut imagegate_scan_profile,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(profile, "profile")?;
            let image = ImageIdentity::of(argument::required_word(image, image_len, "image")?)?;
            let text = argument::bytes(text, text_len, "text")?;
            let options = options(format, format_len)?.with_image(image);
            out.give(imagegate_scan_profile(profile::parse(text, &options)?));
            Ok(())
        })
    }
}

/// As `imagegate_scan_profile_parse`, for a document that is about one image or several (a report of a cluster).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_scan_profiles_parse(
    text: *const c_char,
    text_len: usize,
    format: *const c_char,
    format_len: usize,
    profiles: *mut *mut imagegate_scan_profiles,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(profiles, "profiles")?;
            let text = argument::bytes(text, text_len, "text")?;
            let all = profile::parse_all(text, &options(format, format_len)?)?;
            out.give(imagegate_scan_profiles(all.into_iter().map(imagegate_scan_profile).collect()));
            Ok(())
        })
    }
}

/// How many there are; never none. 0 if `profiles` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_scan_profiles_count(profiles: *const imagegate_scan_profiles) -> usize {
    // SAFETY: the rules of the header.
    guard::value(0, || unsafe { profiles.as_ref() }.map_or(0, |profiles| profiles.0.len()))
}

/// One of them, counted from 0; NULL if there is none at `index`. It belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_scan_profiles_at(
    profiles: *const imagegate_scan_profiles,
    index: usize,
) -> *const imagegate_scan_profile {
    guard::value(std::ptr::null(), || {
        // SAFETY: the rules of the header.
        let profiles = unsafe { profiles.as_ref() };
        profiles.and_then(|profiles| profiles.0.get(index)).map_or(std::ptr::null(), std::ptr::from_ref)
    })
}

/// Frees the list with all in it. Clones and what was made of them stay valid. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_scan_profiles_free(profiles: *mut imagegate_scan_profiles) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(profiles) };
}

/// A second handle to the same profile, to be freed by itself. It costs next to nothing.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_scan_profile_clone(
    profile: *const imagegate_scan_profile,
    clone: *mut *mut imagegate_scan_profile,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let profile = handle(profile, "profile")?;
            Out::new(clone, "clone")?.give(imagegate_scan_profile(profile.0.clone()));
            Ok(())
        })
    }
}

/// One profile from two of the same image, of two scanners for example. Profiles that state different identities are
/// `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_scan_profile_merge(
    profile: *const imagegate_scan_profile,
    other: *const imagegate_scan_profile,
    merged: *mut *mut imagegate_scan_profile,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let profile = handle(profile, "profile")?;
            let other = handle(other, "other")?;
            let out = Out::new(merged, "merged")?;
            out.give(imagegate_scan_profile(profile.0.merge(&other.0)?));
            Ok(())
        })
    }
}

/// The profile in imagegate's own form, one line of JSON.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_scan_profile_to_json(
    profile: *const imagegate_scan_profile,
    json: *mut imagegate_buffer,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let profile = handle(profile, "profile")?;
            Out::new(json, "json")?.write(imagegate_buffer::of(profile.0.to_json()));
            Ok(())
        })
    }
}

/// Frees a scan profile. What was made of it stays valid. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_scan_profile_free(profile: *mut imagegate_scan_profile) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(profile) };
}
