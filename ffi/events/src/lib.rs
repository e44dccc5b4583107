//! The C library `libimagegate_events`: the embedded store of events, by JSON. Its header is
//! `include/imagegate_events.h`.
//!
//! What keeps C safe is that of `libimagegate`, file by file: guard, arguments, statuses.
#![allow(non_camel_case_types, reason = "types are named as C sees them")]
#![allow(
    clippy::missing_safety_doc,
    reason = "what callers must heed is said once for all functions, at the top of the header"
)]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "a panic must not abort the program that links this library: build it with panic = \"unwind\""
);

#[path = "../../src/argument.rs"]
#[allow(dead_code, reason = "not all of it is needed here")]
mod argument;
mod buffer;
mod error;
#[path = "../../src/failure.rs"]
mod failure;
#[path = "../../src/guard.rs"]
mod guard;
mod query;
#[path = "../../src/status.rs"]
#[allow(dead_code, reason = "its names are printed by libimagegate")]
mod status;
mod store;
#[path = "../../src/str.rs"]
#[allow(dead_code, reason = "not all of it is needed here")]
mod str;
