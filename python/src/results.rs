//! Answers as the data classes of `_results.py`: the documents of the library, read by Python's own JSON reader, so
//! that their shape stands in one place.

use imagegate::Action;
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use serde::Serialize;

/// How to make an object again when it is unpickled: a callable and its arguments.
pub(crate) type Reduced<'py, Arguments> = (Bound<'py, PyAny>, Arguments);

/// What the function `name` of `_results.py` makes of a document.
pub(crate) fn from_json<'py>(py: Python<'py>, name: &str, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "imagegate._results"))?.getattr(name)?.call1((json,))
}

/// The same for what is serialised here.
pub(crate) fn from_serialize<'py>(
    py: Python<'py>,
    name: &str,
    value: &impl Serialize,
) -> PyResult<Bound<'py, PyAny>> {
    from_json(py, name, &to_json(value)?)
}

/// What is serialised here has string keys and finite numbers only.
fn to_json(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// What the function `name` of `_events.py` makes of a document.
pub(crate) fn event_json<'py>(py: Python<'py>, name: &str, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "imagegate._events"))?.getattr(name)?.call1((json,))
}

/// The same for what is serialised here.
pub(crate) fn event<'py>(py: Python<'py>, name: &str, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    event_json(py, name, &to_json(value)?)
}

/// The items of an iterable that may be left out.
pub(crate) fn items<'py>(given: Option<&Bound<'py, PyAny>>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    match given {
        Some(given) => given.try_iter()?.collect(),
        None => Ok(Vec::new()),
    }
}

/// A member of an enum of `_words.py`.
pub(crate) fn word<'py>(py: Python<'py>, class: &str, word: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "imagegate._words"))?.getattr(class)?.call1((word,))
}

/// The member of `Action`: looked up once, since every decision is asked for it.
pub(crate) fn action<'py>(py: Python<'py>, word: &str) -> PyResult<Bound<'py, PyAny>> {
    static ACTIONS: PyOnceLock<[Py<PyAny>; 3]> = PyOnceLock::new();
    let [intercept, alarm, allow] = ACTIONS.get_or_try_init(py, || {
        let member = |action: Action| Ok::<_, PyErr>(self::word(py, "Action", action.as_str())?.unbind());
        Ok::<_, PyErr>([member(Action::Intercept)?, member(Action::Alarm)?, member(Action::Allow)?])
    })?;
    let member = match word {
        "alarm" => alarm,
        "allow" => allow,
        // Whatever else it may be must not start.
        _ => intercept,
    };
    Ok(member.bind(py).clone())
}

/// A document as Python's own dicts and lists.
pub(crate) fn dict<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "json"))?.getattr(intern!(py, "loads"))?.call1((json,))
}

/// What notebooks show.
pub(crate) fn html<'py>(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    object.py().import(intern!(object.py(), "imagegate._html"))?.getattr(name)?.call1((object,))
}
