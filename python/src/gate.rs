//! `imagegate.Gate`

use crate::decision::Decision;
use crate::launch::Launch;
use crate::now::instant;
use crate::policy_set::PolicySet;
use crate::profile::ScanProfile;
use crate::results;
use crate::run::{attached, detached};
use pyo3::prelude::*;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};

/// The long-lived object of an agent: policies that can be swapped while other threads decide, and the scan profiles of
/// the images on the node.
#[pyclass(frozen, module = "imagegate")]
pub(crate) struct Gate {
    inner: imagegate::Gate,
    /// The policies in force with their document. Held while they are swapped, never while Python runs.
    policies: Mutex<PolicySet>,
}

#[derive(Serialize)]
struct StatsDocument {
    profiles: usize,
    bytes: usize,
    reloads: u64,
}

#[pymethods]
impl Gate {
    #[new]
    #[pyo3(signature = (policies, *, max_bytes=1_073_741_824))]
    fn new(policies: &Bound<'_, PolicySet>, max_bytes: usize) -> Self {
        let policies = policies.get().clone();
        Self {
            inner: imagegate::Gate::new(policies.inner.clone(), max_bytes),
            policies: Mutex::new(policies),
        }
    }

    #[getter]
    fn policies(&self, py: Python<'_>) -> PyResult<PolicySet> {
        detached(py, || Ok(self.policies.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    fn reload(&self, py: Python<'_>, policies: &Bound<'_, PolicySet>) -> PyResult<()> {
        let new = policies.get().clone();
        detached(py, || {
            let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
            self.inner.reload(new.inner.clone());
            *policies = new;
            Ok(())
        })
    }

    fn put_profile(&self, py: Python<'_>, profile: &Bound<'_, ScanProfile>) -> PyResult<()> {
        let profile = &profile.get().inner;
        detached(py, || self.inner.put_profile(profile))
    }

    fn remove_profile(&self, py: Python<'_>, image: &str) -> PyResult<bool> {
        detached(py, || Ok(self.inner.remove_profile(image)))
    }

    #[pyo3(signature = (launch, now=None))]
    fn decide(
        &self,
        py: Python<'_>,
        launch: &Bound<'_, Launch>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Decision> {
        let now = instant(now, py)?;
        let launch = &launch.get().inner;
        Ok(Decision::live(attached(py, || self.inner.decide(launch, now))?))
    }

    #[pyo3(signature = (launch, now=None))]
    fn action<'py>(
        &self,
        py: Python<'py>,
        launch: &Bound<'py, Launch>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = instant(now, py)?;
        let launch = &launch.get().inner;
        results::action(py, attached(py, || self.inner.action(launch, now))?.as_str())
    }

    #[pyo3(signature = (launch, now=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        launch: &Bound<'py, Launch>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = instant(now, py)?;
        let launch = &launch.get().inner;
        let explanations = attached(py, || self.inner.explain(launch, now))?;
        results::from_json(py, "explanations", &imagegate::Explanation::list_to_json(&explanations))
    }

    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stats = detached(py, || Ok(self.inner.stats()))?;
        let document = StatsDocument { profiles: stats.profiles, bytes: stats.bytes, reloads: stats.reloads };
        results::from_serialize(py, "gate_stats", &document)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let policies = self.policies(py)?;
        let stats = detached(py, || Ok(self.inner.stats()))?;
        Ok(format!(
            "Gate(policies={}, profiles={}, bytes={})",
            policies.__repr__(),
            stats.profiles,
            stats.bytes
        ))
    }
}
