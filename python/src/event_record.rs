//! `imagegate.EventRecord`

use crate::decision::Decision;
use crate::error::{invalid_argument, wrong_type};
use crate::launch::Launch;
use crate::limits::bounds;
use crate::now::instant;
use crate::policy_set::PolicySet;
use crate::results::{self, Reduced};
use crate::run::{attached, detached};
use crate::source::Source;
use imagegate::{EventMode, RecordContext};
use pyo3::prelude::*;
use pyo3::types::PyType;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One policy that hit one launch, as it is kept: bounded, and without secrets. Immutable.
#[pyclass(frozen, module = "imagegate")]
#[derive(Clone)]
pub(crate) struct EventRecord {
    pub(crate) inner: imagegate::EventRecord,
}

/// The mode of this name.
pub(crate) fn mode(py: Python<'_>, name: &str) -> PyResult<EventMode> {
    EventMode::ALL.into_iter().find(|mode| mode.as_str() == name).ok_or_else(|| {
        let message = format!(
            "{} is no mode: write `enforced`, `break_glass` or `failed_open`",
            imagegate::quote(name)
        );
        invalid_argument(py, "unknown_mode", message)
    })
}

/// What a record says beside the decision.
pub(crate) fn context(
    py: Python<'_>,
    occurrence: Option<String>,
    mode: &str,
    reason: Option<String>,
    source: Option<String>,
) -> PyResult<RecordContext> {
    Ok(RecordContext { occurrence, mode: self::mode(py, mode)?, reason, source })
}

/// The records of a decision.
pub(crate) fn records(
    py: Python<'_>,
    decision: &Decision,
    context: &RecordContext,
) -> PyResult<Vec<imagegate::EventRecord>> {
    let decision = decision.made_here().ok_or_else(|| {
        let message = "a decision that was unpickled cannot be recorded: pickle its `EventRecord`s instead";
        invalid_argument(py, "unpickled_decision", message)
    })?;
    attached(py, || Ok(imagegate::EventRecord::of(decision, context)))
}

#[pymethods]
impl EventRecord {
    #[classmethod]
    #[pyo3(signature = (decision, *, occurrence=None, mode="enforced", reason=None, source=None))]
    fn of(
        cls: &Bound<'_, PyType>,
        decision: &Bound<'_, Decision>,
        occurrence: Option<String>,
        mode: &str,
        reason: Option<String>,
        source: Option<String>,
    ) -> PyResult<Vec<Self>> {
        let context = context(cls.py(), occurrence, mode, reason, source)?;
        let records = records(cls.py(), decision.get(), &context)?;
        Ok(records.into_iter().map(|inner| Self { inner }).collect())
    }

    #[classmethod]
    #[pyo3(signature = (launch, reason, now=None, *, policies=None, occurrence=None, source=None))]
    fn failed_open(
        cls: &Bound<'_, PyType>,
        launch: &Bound<'_, Launch>,
        reason: &str,
        now: Option<&Bound<'_, PyAny>>,
        policies: Option<&Bound<'_, PolicySet>>,
        occurrence: Option<String>,
        source: Option<String>,
    ) -> PyResult<Self> {
        let now = instant(now, cls.py())?;
        let offset = policies.map(|policies| policies.get().inner.day_offset()).unwrap_or_default();
        let context = RecordContext { occurrence, source, ..RecordContext::default() };
        let launch = &launch.get().inner;
        let inner = attached(cls.py(), || {
            Ok(imagegate::EventRecord::failed_open(launch, now, offset, reason, &context))
        })?;
        Ok(Self { inner })
    }

    #[classmethod]
    fn parse(cls: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        let source = Source::of(document, &bounds(None)?)?;
        Ok(Self { inner: source.read(cls.py(), imagegate::EventRecord::parse)? })
    }

    #[classmethod]
    fn _restore(cls: &Bound<'_, PyType>, json: &str) -> PyResult<Self> {
        Ok(Self { inner: detached(cls.py(), || imagegate::EventRecord::parse(json.as_bytes()))? })
    }

    #[getter]
    fn id(&self) -> String {
        self.inner.id().to_string()
    }

    #[getter]
    fn aggregation_key(&self) -> String {
        self.inner.aggregation_key().to_string()
    }

    #[getter]
    fn action<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::action(py, self.inner.action().as_str())
    }

    #[getter]
    fn mode<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::word(py, "EventMode", self.inner.mode().as_str())
    }

    #[getter]
    fn event_type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::word(py, "EventType", self.inner.event_type().as_str())
    }

    #[getter]
    fn decided_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::from_json(py, "instant", &self.inner.decided_at().to_string())
    }

    fn to_json(&self) -> String {
        self.inner.to_json()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::dict(py, &self.to_json())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> Option<bool> {
        Some(self.inner == other.cast::<Self>().ok()?.get().inner)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.inner.id().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let record = &self.inner;
        let image = record.image();
        let name = image.name.as_ref().or(image.id.as_ref()).or(image.digest.as_ref());
        format!(
            "EventRecord({}, policy={:?}, image={:?}, decided_at='{}')",
            record.action(),
            record.policy().id,
            name.map(String::as_str).unwrap_or_default(),
            record.decided_at()
        )
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py, (String,)>> {
        Ok((py.get_type::<Self>().getattr("_restore")?, (self.to_json(),)))
    }
}

/// The records among `items`.
pub(crate) fn all(items: &Bound<'_, PyAny>) -> PyResult<Vec<imagegate::EventRecord>> {
    let record = |item: PyResult<Bound<'_, PyAny>>| {
        let item = item?;
        let record = item.cast::<EventRecord>().map_err(|_| wrong_type("`EventRecord`s", &item))?;
        Ok(record.get().inner.clone())
    };
    items.try_iter()?.map(record).collect()
}
