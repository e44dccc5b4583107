//! Launches.

use crate::argument::{self, Out, handle};
use crate::buffer::imagegate_buffer;
use crate::error::imagegate_error;
use crate::failure::Failure;
use crate::guard;
use crate::status::imagegate_status;
use crate::str::imagegate_str;
use imagegate::{ImageIdentity, Launch, LaunchImage};
use imagegate_readers::launch::{self, Options};
use std::ffi::c_char;

/// The parameters with which one container is about to start. It never changes.
pub struct imagegate_launch(pub(crate) Launch);

/// The launches of one document.
pub struct imagegate_launches(Vec<imagegate_launch>);

/// How to read a launch.
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

/// An image that is named by one word: its id or a reference.
fn image_of(word: &str) -> Result<LaunchImage, Failure> {
    let id = ImageIdentity::of(word)?.id;
    let reference = id.is_none().then(|| word.to_owned());
    Ok(LaunchImage { reference, id, ..LaunchImage::default() })
}

/// Reads how one container is about to start: Docker's create body or inspection, an OCI `config.json`, a CRI
/// configuration, a pod or workload of Kubernetes, an AdmissionReview, or imagegate's own launch document.
///
/// `format` names the format, such as "docker-create"; it is recognised by the shape of the document if `format` is
/// empty. A document with several launches is an error here: see `imagegate_launches_parse`. Limits: 256 MiB, 64
/// levels.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_launch_parse(
    text: *const c_char,
    text_len: usize,
    format: *const c_char,
    format_len: usize,
    launch: *mut *mut imagegate_launch,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(launch, "launch")?;
            let text = argument::bytes(text, text_len, "text")?;
            let options = options(format, format_len)?;
            out.give(imagegate_launch(launch::parse(text, &options)?));
            Ok(())
        })
    }
}

/// As `imagegate_launch_parse`, for an image that the caller names: by its id ("sha256:" and 64 hexadecimal digits)
/// or by a reference. It completes what the document says (a create request names the image, the runtime knows its
/// id); contradicting it is `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_launch_parse_for(
    image: *const c_char,
    image_len: usize,
    text: *const c_char,
    text_len: usize,
    format: *const c_char,
    format_len: usize,
    launch: *mut *mut imagegate_launch,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(launch, "launch")?;
            let image = image_of(argument::required_word(image, image_len, "image")?)?;
            let text = argument::bytes(text, text_len, "text")?;
            let options = options(format, format_len)?.with_image(image);
            out.give(imagegate_launch(launch::parse(text, &options)?));
            Ok(())
        })
    }
}

/// As `imagegate_launch_parse`, for a document with one launch or several (the containers of a pod).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_launches_parse(
    text: *const c_char,
    text_len: usize,
    format: *const c_char,
    format_len: usize,
    launches: *mut *mut imagegate_launches,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(launches, "launches")?;
            let text = argument::bytes(text, text_len, "text")?;
            let all = launch::parse_all(text, &options(format, format_len)?)?;
            out.give(imagegate_launches(all.into_iter().map(imagegate_launch).collect()));
            Ok(())
        })
    }
}

/// How many there are; never none. 0 if `launches` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_launches_count(launches: *const imagegate_launches) -> usize {
    // SAFETY: the rules of the header.
    guard::value(0, || unsafe { launches.as_ref() }.map_or(0, |launches| launches.0.len()))
}

/// One of them, counted from 0; NULL if there is none at `index`. It belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_launches_at(
    launches: *const imagegate_launches,
    index: usize,
) -> *const imagegate_launch {
    guard::value(std::ptr::null(), || {
        // SAFETY: the rules of the header.
        let launches = unsafe { launches.as_ref() };
        launches.and_then(|launches| launches.0.get(index)).map_or(std::ptr::null(), std::ptr::from_ref)
    })
}

/// Frees the list with all in it. Clones and what was made of them stay valid. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_launches_free(launches: *mut imagegate_launches) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(launches) };
}

/// A second handle to the same launch, to be freed by itself. It costs next to nothing.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_launch_clone(
    launch: *const imagegate_launch,
    clone: *mut *mut imagegate_launch,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let launch = handle(launch, "launch")?;
            Out::new(clone, "clone")?.give(imagegate_launch(launch.0.clone()));
            Ok(())
        })
    }
}

/// The name of the container; NULL if the document has none. It belongs to the launch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_launch_container(launch: *const imagegate_launch) -> imagegate_str {
    guard::value(imagegate_str::NONE, || {
        // SAFETY: the rules of the header.
        let launch = unsafe { launch.as_ref() };
        imagegate_str::of_option(launch.and_then(|launch| launch.0.document().container.name.as_deref()))
    })
}

/// The launch in imagegate's own form, one line of JSON.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_launch_to_json(
    launch: *const imagegate_launch,
    json: *mut imagegate_buffer,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let launch = handle(launch, "launch")?;
            Out::new(json, "json")?.write(imagegate_buffer::of(launch.0.to_json()));
            Ok(())
        })
    }
}

/// Frees a launch. What was decided of it stays valid. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_launch_free(launch: *mut imagegate_launch) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(launch) };
}
