//! `imagegate.Assessment`

use crate::decision::Decision;
use crate::launch::Launch;
use crate::now::instant;
use crate::policy_set::PolicySet;
use crate::profile::ScanProfile;
use crate::results::{self, Reduced};
use crate::run::attached;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// What follows from a policy set and a scan profile alone: made once for an image, asked for every launch of it.
#[pyclass(frozen, module = "imagegate")]
#[derive(Clone)]
pub(crate) struct Assessment {
    pub(crate) inner: imagegate::Assessment,
    pub(crate) policies: PolicySet,
}

#[pymethods]
impl Assessment {
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

    #[pyo3(signature = (launch, now=None))]
    fn exercised(
        &self,
        py: Python<'_>,
        launch: &Bound<'_, Launch>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<String>> {
        let now = instant(now, py)?;
        let launch = &launch.get().inner;
        attached(py, || self.inner.exercised(launch, now))
    }

    #[getter]
    fn policies(&self) -> PolicySet {
        self.policies.clone()
    }

    #[getter]
    fn profile(&self) -> Option<ScanProfile> {
        self.inner.profile().cloned().map(|inner| ScanProfile { inner })
    }

    fn __repr__(&self) -> String {
        let profile = self.profile().map_or_else(|| "None".to_owned(), |profile| profile.__repr__());
        format!("Assessment(policies={}, profile={profile})", self.policies.__repr__())
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    #[classmethod]
    #[pyo3(signature = (policies, profile))]
    fn _restore(
        cls: &Bound<'_, PyType>,
        policies: &Bound<'_, PolicySet>,
        profile: Option<&Bound<'_, ScanProfile>>,
    ) -> PyResult<Self> {
        match profile {
            Some(profile) => policies.get().assess(cls.py(), profile.as_any()),
            None => policies.get().assess_unscanned(cls.py()),
        }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py, (PolicySet, Option<ScanProfile>)>> {
        Ok((py.get_type::<Self>().getattr("_restore")?, (self.policies(), self.profile())))
    }
}
