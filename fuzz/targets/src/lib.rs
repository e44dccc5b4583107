//! What each fuzz target does with its bytes: more than not to panic, each holds a law, and panics where it is broken.
//!
//! `fuzz/` runs them under libFuzzer; `tests/replay.rs` runs them on what fuzzing once found, in
//! `testdata/regressions/TARGET/`, and on their seeds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::duplicate_mod,
    reason = "a broken law panics"
)]

mod boundary;
mod canonical;
mod detection;
mod differential;
mod documents;
mod errors;
mod events;
mod globs;
mod launches;
mod options;
mod profiles;
mod queries;
mod seeds;
mod table;
mod versions;
mod vex;

// The second evaluator and two parts of the core that are no part of its interface.
#[path = "../../../core/src/glob/mod.rs"]
#[allow(dead_code, reason = "of the core, which uses all of it")]
mod glob;
#[path = "../../../core/tests/reference/mod.rs"]
#[allow(dead_code, missing_docs, reason = "of tests, which use all of it")]
mod reference;
#[path = "../../../core/tests/reference/globs.rs"]
#[allow(dead_code, missing_docs, reason = "of tests, which use all of it")]
mod reference_globs;
#[path = "../../../core/src/version/mod.rs"]
#[allow(dead_code, unfulfilled_lint_expectations, reason = "of the core, which uses another part of it")]
mod version;

use imagegate::quote;

/// What the sources of the core look for in its `error` module.
mod error {
    pub(crate) use imagegate::quote;
}

pub use seeds::{dictionary, seeds};
pub use table::{Target, all, by_name};
