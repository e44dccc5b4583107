//! Hostile input as data: what is read, and what must become of it. `cargo xtask hostile` measures every case in a
//! process of its own; an ordinary test runs the small ones.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "cases are made, and a case that cannot be made is a mistake"
)]

mod cases;
mod make;
mod read;

pub use cases::cases;

use imagegate::Error;

/// One case.
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// What is hostile about it, for the table.
    pub what: &'static str,
    /// What must become of it.
    pub expect: Expect,
    /// Whether an ordinary test runs it.
    pub is_quick: bool,
    /// Makes the input.
    pub make: fn() -> Vec<u8>,
    /// Reads it, and does with it what is worst.
    pub read: fn(&[u8]) -> Result<(), Error>,
}

/// What must become of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is read.
    Read,
    /// It is refused with this code.
    Refused(&'static str),
}

impl Case {
    /// What became of an input of this case.
    ///
    /// # Errors
    /// What was expected, and what happened instead.
    pub fn judge(&self, result: &Result<(), Error>) -> Result<String, String> {
        match (self.expect, result) {
            (Expect::Read, Ok(())) => Ok("read".to_owned()),
            (Expect::Refused(code), Err(error)) if error.code() == code => {
                let told = error.to_string();
                let length = told.chars().count();
                if length > 1_000 || told.chars().any(char::is_control) {
                    return Err(format!(
                        "{}: the message is no bounded line: {length} characters",
                        self.name
                    ));
                }
                Ok(format!("`{code}`"))
            }
            (expected, Ok(())) => Err(format!("{}: read, expected {expected:?}", self.name)),
            (expected, Err(error)) => {
                Err(format!("{}: {}: {error}, expected {expected:?}", self.name, error.code()))
            }
        }
    }
}
