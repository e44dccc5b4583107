//! Calling the library: no panic crosses into Python, and long work lets other threads run.

use crate::error::raise;
use imagegate::Error;
use pyo3::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a call gave no value.
pub(crate) enum Failure {
    Refused(Error),
    Panicked(String),
}

impl Failure {
    /// A thread ended without an answer.
    pub(crate) fn lost() -> Self {
        Self::Panicked("a bug in imagegate ended a thread".to_owned())
    }
}

/// Runs `work` detached from the interpreter: other Python threads run meanwhile. For parsing, assessing and batches.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    py.detach(|| caught(work)).map_err(|failure| raise(py, failure))
}

/// Runs `work` attached, for what takes less than a microsecond: detaching would hand the interpreter to another thread
/// for a whole switch interval (5 ms), ten thousand times as long as the decision.
pub(crate) fn attached<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    caught(work).map_err(|failure| raise(py, failure))
}

/// What `work` gives, or why it gives nothing. `PyO3` would turn a panic into an exception that is no `Exception`, which
/// slips past handlers.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Failure> {
    // Every type of the library is unwind safe; the closures only borrow such types and Python's bytes.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(Failure::Refused),
        Err(payload) => Err(Failure::Panicked(message(payload.as_ref()))),
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("a bug in imagegate stopped this call: {}", text.unwrap_or("no message"))
}
