//! The C library: sequences of calls, right and wrong in the ways that the header answers.
//!
//! Handles are freed in any order while what was made of them is used; the sanitizer sees what outlives its owner.

mod call;
mod given;
mod held;
mod readers;

use arbitrary::{Arbitrary, Unstructured};
use call::Call;
use held::Held;
use imagegate_fuzz_boundary::version::{IMAGEGATE_ABI_VERSION, imagegate_abi_version};

/// Calls of one sequence.
const MOST_CALLS: usize = 60;

#[derive(Arbitrary, Debug)]
struct Case {
    calls: Vec<Call>,
    bytes: Vec<u8>,
}

pub(crate) fn boundary(bytes: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let mut held = Held::default();
    assert_eq!(imagegate_abi_version(), IMAGEGATE_ABI_VERSION);
    for call in case.calls.iter().take(MOST_CALLS) {
        // SAFETY: every handle is NULL or held, texts live through the call.
        unsafe { held.call(call, &case.bytes) };
    }
    // SAFETY: as above, and nothing is used afterwards.
    unsafe { held.free_all() };
}
