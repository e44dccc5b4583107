//! The instant of a decision: what the caller gives, or the clock. No other part of the binding reads it.

use crate::error::{exception, invalid_argument, wrong_type};
use imagegate::Timestamp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDelta, PyString};
use std::time::{SystemTime, UNIX_EPOCH};

const EXPECTED: &str =
    "an aware datetime, an RFC 3339 string such as `2026-11-24T06:00:00Z`, or None for the current time";

/// Reads `now`: an aware `datetime`, an RFC 3339 string, or nothing.
pub(crate) fn instant(now: Option<&Bound<'_, PyAny>>, py: Python<'_>) -> PyResult<Timestamp> {
    let Some(now) = now else { return clock(py) };
    if let Ok(text) = now.cast::<PyString>() {
        let text = text.to_str().map_err(|_| wrong_type(EXPECTED, now))?;
        return Timestamp::parse(text).map_err(|error| exception(py, &error));
    }
    if !now.is_instance(datetime(py)?)? {
        return Err(wrong_type(EXPECTED, now));
    }
    // Python knows the offset of every zone; what is left is a duration. A naive datetime cannot be subtracted.
    let since = now.sub(epoch(py)?).map_err(|error| {
        if error.is_instance_of::<PyTypeError>(py) {
            let text = now.str().map_or_else(|_| String::new(), |text| text.to_string());
            PyTypeError::new_err(format!(
                "the datetime `{text}` has no time zone: give an aware one, such as `datetime.now(timezone.utc)`"
            ))
        } else {
            error
        }
    })?;
    let part = |name| since.getattr(name)?.extract::<i64>();
    let days = part(intern!(py, "days"))?;
    let seconds = days.saturating_mul(86_400).saturating_add(part(intern!(py, "seconds"))?);
    let mut nanoseconds = part(intern!(py, "microseconds"))?.saturating_mul(1_000);
    if !since.is_exact_instance_of::<PyDelta>()
        && let Ok(more) = part(intern!(py, "nanoseconds"))
    {
        // pandas counts finer than Python.
        nanoseconds = nanoseconds.saturating_add(more);
    }
    let nanoseconds = u32::try_from(nanoseconds).map_err(|_| PyValueError::new_err("no duration"))?;
    Timestamp::from_unix(seconds, nanoseconds).map_err(|error| exception(py, &error))
}

fn clock(py: Python<'_>) -> PyResult<Timestamp> {
    let wrong =
        || invalid_argument(py, "invalid_time", "the clock of this machine cannot be read: give `now`");
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| wrong())?;
    let seconds = i64::try_from(since.as_secs()).map_err(|_| wrong())?;
    Timestamp::from_unix(seconds, since.subsec_nanos()).map_err(|error| exception(py, &error))
}

fn datetime(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class =
        CLASS.get_or_try_init(py, || Ok::<_, PyErr>(py.import("datetime")?.getattr("datetime")?.unbind()))?;
    Ok(class.bind(py))
}

fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static EPOCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let epoch = EPOCH.get_or_try_init(py, || {
        let utc = py.import("datetime")?.getattr("timezone")?.getattr("utc")?;
        Ok::<_, PyErr>(datetime(py)?.call1((1970, 1, 1, 0, 0, 0, 0, utc))?.unbind())
    })?;
    Ok(epoch.bind(py))
}
