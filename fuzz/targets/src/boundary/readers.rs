//! Reports and launches have the same functions: one document, with or without its image, and all of a file.

use super::given::Given;
use super::held::Held;
use imagegate_fuzz_boundary::error::imagegate_error;
use imagegate_fuzz_boundary::launch::*;
use imagegate_fuzz_boundary::profile::*;
use imagegate_fuzz_boundary::status::imagegate_status;
use std::ffi::c_char;

type Read<T> = unsafe extern "C" fn(
    *const c_char,
    usize,
    *const c_char,
    usize,
    *mut *mut T,
    *mut *mut imagegate_error,
) -> imagegate_status;

type ReadFor<T> = unsafe extern "C" fn(
    *const c_char,
    usize,
    *const c_char,
    usize,
    *const c_char,
    usize,
    *mut *mut T,
    *mut *mut imagegate_error,
) -> imagegate_status;

/// The functions of a kind of documents.
pub(super) struct Readers<T, L> {
    one: Read<T>,
    one_for: ReadFor<T>,
    all: Read<L>,
    count: unsafe extern "C" fn(*const L) -> usize,
    at: unsafe extern "C" fn(*const L, usize) -> *const T,
    free: unsafe extern "C" fn(*mut L),
    clone: unsafe extern "C" fn(*const T, *mut *mut T, *mut *mut imagegate_error) -> imagegate_status,
}

pub(super) const PROFILES: Readers<imagegate_scan_profile, imagegate_scan_profiles> = Readers {
    one: imagegate_scan_profile_parse,
    one_for: imagegate_scan_profile_parse_for,
    all: imagegate_scan_profiles_parse,
    count: imagegate_scan_profiles_count,
    at: imagegate_scan_profiles_at,
    free: imagegate_scan_profiles_free,
    clone: imagegate_scan_profile_clone,
};

pub(super) const LAUNCHES: Readers<imagegate_launch, imagegate_launches> = Readers {
    one: imagegate_launch_parse,
    one_for: imagegate_launch_parse_for,
    all: imagegate_launches_parse,
    count: imagegate_launches_count,
    at: imagegate_launches_at,
    free: imagegate_launches_free,
    clone: imagegate_launch_clone,
};

impl Held {
    /// Reads a document; an empty image is none.
    pub(super) unsafe fn read_one<T, L>(
        &mut self,
        by: &Readers<T, L>,
        [text, format, image]: [Given; 3],
        places: (bool, bool),
    ) -> Option<*mut T> {
        // SAFETY: as promised to the caller.
        let made = unsafe {
            self.made(places, |out, err| {
                if image.len == 0 {
                    (by.one)(text.data, text.len, format.data, format.len, out, err)
                } else {
                    (by.one_for)(
                        image.data,
                        image.len,
                        text.data,
                        text.len,
                        format.data,
                        format.len,
                        out,
                        err,
                    )
                }
            })
        };
        [text, format, image].into_iter().for_each(Given::done);
        made
    }

    /// Reads all documents of a file, and keeps one.
    pub(super) unsafe fn read_one_of_several<T, L>(
        &mut self,
        by: &Readers<T, L>,
        [text, format]: [Given; 2],
        at: usize,
        err: bool,
    ) -> Option<*mut T> {
        // SAFETY: as promised to the caller.
        unsafe {
            let list = self.made((true, err), |out, err| {
                (by.all)(text.data, text.len, format.data, format.len, out, err)
            });
            [text, format].into_iter().for_each(Given::done);
            let list = list?;
            let count = (by.count)(list);
            assert!(count > 0);
            let lent = (by.at)(list, at);
            assert_eq!(lent.is_null(), at >= count);
            let made = self.made((true, err), |out, err| (by.clone)(lent, out, err));
            (by.free)(list);
            made
        }
    }
}
