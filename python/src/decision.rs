//! `imagegate.Decision`

use crate::error::invalid_argument;
use crate::launch::Launch;
use crate::limits::as_read_before;
use crate::results::{self, Reduced};
use crate::run::{attached, detached};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The answer for one launch. It owns what it shows.
#[pyclass(frozen, module = "imagegate")]
pub(crate) struct Decision {
    made: Made,
    /// Built when somebody looks.
    events: PyOnceLock<Py<PyTuple>>,
}

enum Made {
    Here(imagegate::Decision),
    /// In another process, perhaps by another version: a decision is not made again when it is unpickled.
    Elsewhere(Box<Record>),
}

/// A decision that was pickled.
struct Record {
    action: String,
    aggregation_key: Option<String>,
    event_count: usize,
    revision: String,
    label: Option<String>,
    decided_at: String,
    launch: imagegate::Launch,
    json: String,
    text: String,
}

/// Decisions with more events than this take long enough to write for other threads to run meanwhile.
const MANY_EVENTS: usize = 16;

impl Decision {
    pub(crate) fn live(decision: imagegate::Decision) -> Self {
        Self { made: Made::Here(decision), events: PyOnceLock::new() }
    }

    /// The decision itself, unless it was unpickled.
    pub(crate) fn made_here(&self) -> Option<&imagegate::Decision> {
        match &self.made {
            Made::Here(decision) => Some(decision),
            Made::Elsewhere(_) => None,
        }
    }

    fn action_word(&self) -> &str {
        match &self.made {
            Made::Here(decision) => decision.action().as_str(),
            Made::Elsewhere(record) => &record.action,
        }
    }

    fn json(&self, py: Python<'_>) -> PyResult<Cow<'_, str>> {
        match &self.made {
            Made::Here(decision) if decision.event_count() > MANY_EVENTS => {
                detached(py, || Ok(decision.to_json())).map(Cow::Owned)
            }
            Made::Here(decision) => attached(py, || Ok(decision.to_json())).map(Cow::Owned),
            Made::Elsewhere(record) => Ok(Cow::Borrowed(&record.json)),
        }
    }
}

#[pymethods]
impl Decision {
    #[getter]
    fn action<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::action(py, self.action_word())
    }

    #[getter]
    fn aggregation_key(&self) -> Option<String> {
        match &self.made {
            Made::Here(decision) => decision.aggregation_key().map(|key| key.as_str().to_owned()),
            Made::Elsewhere(record) => record.aggregation_key.clone(),
        }
    }

    #[getter]
    fn decided_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = match &self.made {
            Made::Here(decision) => decision.decided_at().to_string(),
            Made::Elsewhere(record) => record.decided_at.clone(),
        };
        results::from_json(py, "instant", &text)
    }

    #[getter]
    fn event_count(&self) -> usize {
        match &self.made {
            Made::Here(decision) => decision.event_count(),
            Made::Elsewhere(record) => record.event_count,
        }
    }

    #[getter]
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let events = self.events.get_or_try_init(py, || {
            let events = results::from_json(py, "events", &self.json(py)?)?;
            Ok::<_, PyErr>(events.cast_into::<PyTuple>()?.unbind())
        })?;
        Ok(events.bind(py).clone())
    }

    #[getter]
    fn image<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::from_json(py, "decided_image", &self.json(py)?)
    }

    #[getter]
    fn launch(&self) -> Launch {
        let inner = match &self.made {
            Made::Here(decision) => decision.launch().clone(),
            Made::Elsewhere(record) => record.launch.clone(),
        };
        Launch { inner }
    }

    #[getter]
    fn revision(&self) -> &str {
        match &self.made {
            Made::Here(decision) => decision.revision(),
            Made::Elsewhere(record) => &record.revision,
        }
    }

    #[getter]
    fn label(&self) -> Option<&str> {
        match &self.made {
            Made::Here(decision) => decision.label(),
            Made::Elsewhere(record) => record.label.as_deref(),
        }
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.json(py).map(Cow::into_owned)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::dict(py, &self.json(py)?)
    }

    fn to_text(&self, py: Python<'_>) -> PyResult<String> {
        match &self.made {
            Made::Here(decision) => attached(py, || Ok(decision.to_text())),
            Made::Elsewhere(record) => Ok(record.text.clone()),
        }
    }

    fn to_row<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::from_json(py, "decision_row", &self.json(py)?)
    }

    fn finding_rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::from_json(py, "finding_rows", &self.json(py)?)
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(PyTypeError::new_err(
            "a decision is neither true nor false: compare `decision.action` with `Action.INTERCEPT`",
        ))
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Option<bool>> {
        let Ok(other) = other.cast::<Self>() else { return Ok(None) };
        Ok(Some(self.json(py)? == other.get().json(py)?))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        let mut hasher = DefaultHasher::new();
        self.json(py)?.hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        results::from_json(py, "decision_repr", &self.json(py)?)?.extract()
    }

    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        self.to_text(py)
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        results::html(slf.as_any(), "decision")
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    #[classmethod]
    fn _restore(cls: &Bound<'_, PyType>, json: String, text: String) -> PyResult<Self> {
        let py = cls.py();
        let wrong = || invalid_argument(py, "invalid_pickle", "this is no pickled decision");
        let document: serde_json::Value = serde_json::from_str(&json).map_err(|_| wrong())?;
        let member = |pointer| document.pointer(pointer).and_then(serde_json::Value::as_str);
        let required = |pointer| member(pointer).map(str::to_owned).ok_or_else(wrong);
        let launch = document.pointer("/launch").map(ToString::to_string).ok_or_else(wrong)?;
        let events = document.pointer("/events").and_then(serde_json::Value::as_array).ok_or_else(wrong)?;
        let record = Record {
            action: required("/action")?,
            aggregation_key: member("/aggregation_key").map(str::to_owned),
            event_count: events.len(),
            revision: required("/policy_set/revision")?,
            label: member("/policy_set/label").map(str::to_owned),
            decided_at: required("/decided_at")?,
            launch: attached(py, || imagegate::Launch::parse_with(launch.as_bytes(), &as_read_before()))?,
            json,
            text,
        };
        Ok(Self { made: Made::Elsewhere(Box::new(record)), events: PyOnceLock::new() })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py, (String, String)>> {
        let restore = py.get_type::<Self>().getattr("_restore")?;
        Ok((restore, (self.to_json(py)?, self.to_text(py)?)))
    }
}
