//! The same tests against every database; the fold in memory says what is right.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, reason = "a test may panic")]

mod answers;
mod database;
mod faults;
#[cfg(feature = "postgres")]
mod fleet;
mod made;
mod migration;
mod packed;
mod retention;
mod shipping;
