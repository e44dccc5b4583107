//! The C library `libimagegate`. What C callers read is generated from here: the comments of exported items are the
//! comments of `include/imagegate.h`, and the rules at its top (`ffi/cbindgen.toml`) hold for every function.
//!
//! One file for each type of the header. Each exported function checks its arguments through [`argument`], and does
//! its work inside [`guard`], which turns a panic into a status.
#![allow(non_camel_case_types, reason = "types are named as C sees them")]
#![allow(
    clippy::missing_safety_doc,
    reason = "what callers must heed is said once for all functions, at the top of the header"
)]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "a panic must not abort the program that links this library: build it with panic = \"unwind\""
);

mod argument;
mod assessment;
mod buffer;
mod decision;
mod error;
mod failure;
mod gate;
mod guard;
mod launch;
mod policy_set;
mod profile;
mod status;
mod str;
#[cfg(feature = "test-panic")]
mod test_panic;
mod version;
