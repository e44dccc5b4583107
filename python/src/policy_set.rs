//! `imagegate.PolicySet`

use crate::assessment::Assessment;
use crate::error::wrong_type;
use crate::launch::Launch;
use crate::limits::{as_read_before, bounds};
use crate::now::instant;
use crate::profile::ScanProfile;
use crate::results::{self, Reduced};
use crate::run::detached;
use crate::source::Source;
use imagegate::{Enforcement, PolicyType, Status, Timestamp};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};
use serde::Serialize;
use std::sync::Arc;

/// All policies, validated and compiled together. Immutable.
#[pyclass(frozen, module = "imagegate")]
#[derive(Clone)]
pub(crate) struct PolicySet {
    pub(crate) inner: imagegate::PolicySet,
    /// The document as it was read: what is pickled, and what `to_json` gives.
    text: Arc<[u8]>,
}

/// A policy, for `_results.py`.
#[derive(Serialize)]
struct PolicyDocument<'p> {
    id: &'p str,
    name: &'p str,
    description: Option<&'p str>,
    r#type: PolicyType,
    enabled: bool,
    enforcement: EnforcementDocument,
    intercepts_from: Option<Timestamp>,
}

#[derive(Serialize)]
struct EnforcementDocument {
    mode: &'static str,
    days: Option<u32>,
}

impl From<Enforcement> for EnforcementDocument {
    fn from(enforcement: Enforcement) -> Self {
        match enforcement {
            Enforcement::Immediate => Self { mode: "immediate", days: None },
            Enforcement::Observe { days } => Self { mode: "observe", days: Some(days) },
            Enforcement::Alarm => Self { mode: "alarm", days: None },
        }
    }
}

#[derive(Serialize)]
struct StatusDocument<'p> {
    id: &'p str,
    name: &'p str,
    r#type: PolicyType,
    status: Status,
    intercepts_from: Option<Timestamp>,
}

#[pymethods]
impl PolicySet {
    #[classmethod]
    #[pyo3(signature = (document, *, limits=None))]
    fn parse(
        cls: &Bound<'_, PyType>,
        document: &Bound<'_, PyAny>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let limits = bounds(limits)?;
        let source = Source::of(document, &limits)?;
        let (inner, text) = source.read(cls.py(), |bytes| {
            Ok((imagegate::PolicySet::parse_with(bytes, &limits)?, Arc::from(bytes)))
        })?;
        Ok(Self { inner, text })
    }

    #[classmethod]
    fn _restore(cls: &Bound<'_, PyType>, text: &Bound<'_, PyBytes>) -> PyResult<Self> {
        let bytes = text.as_bytes();
        let inner = detached(cls.py(), || imagegate::PolicySet::parse_with(bytes, &as_read_before()))?;
        Ok(Self { inner, text: Arc::from(bytes) })
    }

    pub(crate) fn assess(&self, py: Python<'_>, profile: &Bound<'_, PyAny>) -> PyResult<Assessment> {
        let Ok(scanned) = profile.cast::<ScanProfile>() else {
            let hint = if profile.is_none() {
                "an image that nobody scanned is judged by `assess_unscanned()`"
            } else {
                "read a report with `ScanProfile.parse(…)`"
            };
            return Err(wrong_type(&format!("a `ScanProfile` ({hint})"), profile));
        };
        let profile = &scanned.get().inner;
        let inner = detached(py, || Ok(self.inner.assess(profile)))?;
        Ok(Assessment { inner, policies: self.clone() })
    }

    pub(crate) fn assess_unscanned(&self, py: Python<'_>) -> PyResult<Assessment> {
        let inner = detached(py, || Ok(self.inner.assess_unscanned()))?;
        Ok(Assessment { inner, policies: self.clone() })
    }

    #[pyo3(signature = (now=None))]
    fn overview<'py>(&self, py: Python<'py>, now: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let now = instant(now, py)?;
        let overview = detached(py, || Ok(self.inner.overview(now)))?;
        results::from_serialize(py, "overview", &overview)
    }

    #[pyo3(signature = (now=None))]
    fn status<'py>(&self, py: Python<'py>, now: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let now = instant(now, py)?;
        let statuses: Vec<StatusDocument<'_>> = self
            .inner
            .policies()
            .iter()
            .map(|policy| StatusDocument {
                id: policy.id(),
                name: policy.name(),
                r#type: policy.policy_type(),
                status: policy.status(now),
                intercepts_from: policy.intercepts_from(),
            })
            .collect();
        results::from_serialize(py, "statuses", &statuses)
    }

    #[pyo3(signature = (profiles=None, launches=None, now=None))]
    fn lint<'py>(
        &self,
        py: Python<'py>,
        profiles: Option<&Bound<'py, PyAny>>,
        launches: Option<&Bound<'py, PyAny>>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = instant(now, py)?;
        let mut scanned = Vec::new();
        for profile in results::items(profiles)? {
            let profile =
                profile.cast::<ScanProfile>().map_err(|_| wrong_type("`ScanProfile`s", &profile))?;
            scanned.push(profile.get().inner.clone());
        }
        let mut started = Vec::new();
        for launch in results::items(launches)? {
            let launch = launch.cast::<Launch>().map_err(|_| wrong_type("`Launch`es", &launch))?;
            started.push(launch.get().inner.clone());
        }
        let lints = detached(py, || Ok(self.inner.lint(&scanned, &started, now)))?;
        results::from_serialize(py, "lints", &lints)
    }

    #[getter]
    fn revision(&self) -> &str {
        self.inner.revision()
    }

    #[getter]
    fn label(&self) -> Option<&str> {
        self.inner.label()
    }

    #[getter]
    fn policies<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let policies: Vec<PolicyDocument<'_>> = self
            .inner
            .policies()
            .iter()
            .map(|policy| PolicyDocument {
                id: policy.id(),
                name: policy.name(),
                description: policy.description(),
                r#type: policy.policy_type(),
                enabled: policy.is_enabled(),
                enforcement: policy.enforcement().into(),
                intercepts_from: policy.intercepts_from(),
            })
            .collect();
        results::from_serialize(py, "policies", &policies)
    }

    fn to_json(&self) -> String {
        // What was parsed is UTF-8.
        String::from_utf8_lossy(&self.text).into_owned()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::dict(py, &self.to_json())
    }

    fn __len__(&self) -> usize {
        self.inner.policies().len()
    }

    /// A set without policies is a set.
    fn __bool__(&self) -> bool {
        true
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> Option<bool> {
        let other = other.cast::<Self>().ok()?;
        Some(self.inner.revision() == other.get().inner.revision())
    }

    fn __hash__(&self) -> u64 {
        // A hash already.
        let digits = self.inner.revision().get(..15).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or_default()
    }

    pub(crate) fn __repr__(&self) -> String {
        let label = self.inner.label().map(|label| format!("label={label:?}, ")).unwrap_or_default();
        let revision = self.inner.revision().get(..12).unwrap_or_default();
        format!("PolicySet({label}policies={}, revision='{revision}…')", self.inner.policies().len())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        results::html(slf.as_any(), "policy_set")
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py, (Bound<'py, PyBytes>,)>> {
        let restore = py.get_type::<Self>().getattr("_restore")?;
        Ok((restore, (PyBytes::new(py, &self.text),)))
    }
}
