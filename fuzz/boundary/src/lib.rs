//! The sources of the C library as a library of Rust: a fuzz target calls its functions as C does, in one program with
//! their callers, where a sanitizer sees both sides.
#![allow(non_camel_case_types, reason = "types are named as C sees them")]
#![allow(clippy::missing_safety_doc, reason = "the rules are those of the header")]

macro_rules! sources {
    ($($name:ident $path:literal),*) => { $(#[path = $path] #[allow(missing_docs)] pub mod $name;)* };
}

sources! {
    argument "../../../ffi/src/argument.rs",
    assessment "../../../ffi/src/assessment.rs",
    buffer "../../../ffi/src/buffer.rs",
    decision "../../../ffi/src/decision.rs",
    error "../../../ffi/src/error.rs",
    failure "../../../ffi/src/failure.rs",
    gate "../../../ffi/src/gate.rs",
    guard "../../../ffi/src/guard.rs",
    launch "../../../ffi/src/launch.rs",
    policy_set "../../../ffi/src/policy_set.rs",
    profile "../../../ffi/src/profile.rs",
    status "../../../ffi/src/status.rs",
    str "../../../ffi/src/str.rs",
    version "../../../ffi/src/version.rs"
}
