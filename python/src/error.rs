//! Errors of the library as Python exceptions. Their classes are written in Python (`_errors.py`): under the stable ABI
//! of Python 3.10 a native class cannot extend an exception.

use crate::run::Failure;
use imagegate::{Error, ErrorKind};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

/// The exception for a call that gave no value.
pub(crate) fn raise(py: Python<'_>, failure: Failure) -> PyErr {
    match failure {
        Failure::Refused(error) => exception(py, &error),
        Failure::Panicked(message) => {
            build(py, "InternalError", &message, "internal", None).unwrap_or_else(|error| error)
        }
    }
}

/// The exception of an error.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, class(error.kind()), &error.to_string(), error.code(), Some(error))
        .unwrap_or_else(|error| error)
}

/// An argument of the call that makes no sense.
pub(crate) fn invalid_argument(py: Python<'_>, code: &'static str, message: impl Into<String>) -> PyErr {
    exception(py, &Error::new(ErrorKind::InvalidArgument, code, message))
}

/// Text that cannot be written as UTF-8.
pub(crate) fn invalid_utf8(py: Python<'_>, message: &str) -> PyErr {
    build(py, "InvalidUtf8Error", message, "invalid_utf8", None).unwrap_or_else(|error| error)
}

/// A value of another type than the call takes.
pub(crate) fn wrong_type(expected: &str, got: &Bound<'_, PyAny>) -> PyErr {
    let name = got.get_type().qualname().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("expected {expected}, not `{name}`"))
}

/// The class in `_errors.py`.
fn class(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Syntax => "DocumentSyntaxError",
        ErrorKind::InvalidPolicy => "InvalidPolicyError",
        ErrorKind::InvalidProfile => "InvalidProfileError",
        ErrorKind::InvalidLaunch => "InvalidLaunchError",
        ErrorKind::InvalidEvent => "InvalidEventError",
        ErrorKind::ImageMismatch => "ImageMismatchError",
        ErrorKind::LimitExceeded => "LimitExceededError",
        ErrorKind::Unsupported => "UnsupportedError",
        ErrorKind::Storage => "StorageError",
        ErrorKind::InvalidArgument => "InvalidArgumentError",
        // A kind that this build does not know is still an error of the library.
        _ => "ImagegateError",
    }
}

fn build(py: Python<'_>, class: &str, message: &str, code: &str, error: Option<&Error>) -> PyResult<PyErr> {
    let module = py.import(intern!(py, "imagegate._errors"))?;
    let problem = module.getattr(intern!(py, "Problem"))?;
    let mut problems = Vec::new();
    for one in error.map(Error::problems).unwrap_or_default() {
        let position = one.position.map(|position| (position.line, position.column, position.offset));
        let (line, column, offset) = match position {
            Some((line, column, offset)) => (Some(line), Some(column), Some(offset)),
            None => (None, None, None),
        };
        problems.push(problem.call1((one.code, &one.pointer, &one.message, line, column, offset))?);
    }
    if problems.is_empty() {
        problems.push(problem.call1((code, "", message))?);
    }
    let class = module.getattr(class)?.cast_into::<PyType>()?;
    let value = class.call1((message, PyTuple::new(py, problems)?))?;
    Ok(PyErr::from_value(value))
}
