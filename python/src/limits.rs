//! Bounds on what is read.

use crate::error::{invalid_argument, wrong_type};
use imagegate::Limits;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyInt;

/// A deeper document could exhaust the stack of a Python thread, which nothing can catch.
const MAX_DEPTH: usize = 256;

/// The bounds of a Python `Limits`, or the defaults.
pub(crate) fn bounds(given: Option<&Bound<'_, PyAny>>) -> PyResult<Limits> {
    let mut limits = Limits::default();
    let Some(given) = given else { return Ok(limits) };
    let py = given.py();
    if !given.is_instance(&py.import("imagegate._results")?.getattr("Limits")?)? {
        return Err(wrong_type("`imagegate.Limits` or None", given));
    }
    for (name, bound) in [
        ("bytes", &mut limits.bytes),
        ("depth", &mut limits.depth),
        ("policies", &mut limits.policies),
        ("findings", &mut limits.findings),
        ("pattern", &mut limits.pattern),
        ("problems", &mut limits.problems),
    ] {
        let value = given.getattr(name)?;
        let number =
            value.cast::<PyInt>().map_err(|_| wrong_type(&format!("an int as limit `{name}`"), &value))?;
        *bound = number.extract().map_err(|error: PyErr| {
            if error.is_instance_of::<PyOverflowError>(py) {
                invalid_argument(
                    py,
                    "invalid_limit",
                    format!("the limit `{name}` must not be negative or beyond 64 bits"),
                )
            } else {
                error
            }
        })?;
    }
    if limits.depth > MAX_DEPTH {
        let message = format!("the limit `depth` is {}, it must not be more than {MAX_DEPTH}", limits.depth);
        return Err(invalid_argument(py, "invalid_limit", message));
    }
    Ok(limits)
}

/// For what was read before, within whatever bounds: unpickling.
pub(crate) fn as_read_before() -> Limits {
    let most = usize::MAX;
    Limits { bytes: most, depth: MAX_DEPTH, policies: most, findings: most, pattern: most, problems: 1 }
}

/// The default bounds, for `Limits()` in Python.
#[pyfunction]
pub(crate) fn default_limits() -> [usize; 6] {
    let Limits { bytes, depth, policies, findings, pattern, problems } = Limits::default();
    [bytes, depth, policies, findings, pattern, problems]
}
