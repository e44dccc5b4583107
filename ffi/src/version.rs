//! Which library this is.

use crate::guard;
use crate::str::imagegate_str;

/// Counts incompatible changes of this interface. A program that was compiled with one number works with libraries of
/// that number.
pub const IMAGEGATE_ABI_VERSION: u32 = 1;

/// Major version of this header.
pub const IMAGEGATE_VERSION_MAJOR: u32 = 0;
/// Minor version of this header.
pub const IMAGEGATE_VERSION_MINOR: u32 = 1;
/// Patch version of this header.
pub const IMAGEGATE_VERSION_PATCH: u32 = 0;

const _: () = {
    const fn number(text: &str) -> Option<u32> {
        match u32::from_str_radix(text, 10) {
            Ok(number) => Some(number),
            Err(_) => None,
        }
    }
    let is_that_of_the_package =
        matches!(number(env!("CARGO_PKG_VERSION_MAJOR")), Some(IMAGEGATE_VERSION_MAJOR))
            && matches!(number(env!("CARGO_PKG_VERSION_MINOR")), Some(IMAGEGATE_VERSION_MINOR))
            && matches!(number(env!("CARGO_PKG_VERSION_PATCH")), Some(IMAGEGATE_VERSION_PATCH));
    assert!(is_that_of_the_package, "the header has the version of the package");
};

/// `IMAGEGATE_ABI_VERSION` of the library that is linked.
#[unsafe(no_mangle)]
pub extern "C" fn imagegate_abi_version() -> u32 {
    IMAGEGATE_ABI_VERSION
}

/// The version of the library that is linked, such as "0.1.0". The text lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn imagegate_version() -> imagegate_str {
    guard::value(imagegate_str::NONE, || imagegate_str::of(env!("CARGO_PKG_VERSION")))
}
