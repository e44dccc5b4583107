//! Event records, the fold, and what it answers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, reason = "a test may panic")]

mod answers;
mod fold;
mod made;
mod record;
