//! The cases.

mod count;
mod globs;
mod length;
mod nesting;
mod values;

use crate::{Case, Expect};
use imagegate::Error;

/// All cases.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    [nesting::CASES, length::CASES, count::CASES, globs::CASES, values::CASES].into_iter().flatten()
}

const fn case(
    name: &'static str,
    what: &'static str,
    expect: Expect,
    make: fn() -> Vec<u8>,
    read: fn(&[u8]) -> Result<(), Error>,
) -> Case {
    Case { name, what, expect, is_quick: true, make, read }
}

/// As [`case`], too large or too slow for an ordinary test.
const fn large(
    name: &'static str,
    what: &'static str,
    expect: Expect,
    make: fn() -> Vec<u8>,
    read: fn(&[u8]) -> Result<(), Error>,
) -> Case {
    Case { name, what, expect, is_quick: false, make, read }
}
