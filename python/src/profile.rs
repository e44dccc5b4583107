//! `imagegate.ScanProfile`

use crate::error::{exception, wrong_type};
use crate::limits::{as_read_before, bounds};
use crate::results::{self, Reduced};
use crate::run::detached;
use crate::source::Source;
use imagegate::{Error, ImageIdentity};
use imagegate_readers::profile::{Format, Options, formats, parse, parse_all};
use imagegate_readers::vex::{Vex, apply};
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What scanners found in one image. Immutable.
#[pyclass(frozen, module = "imagegate")]
#[derive(Clone)]
pub(crate) struct ScanProfile {
    pub(crate) inner: imagegate::ScanProfile,
}

fn options(
    py: Python<'_>,
    format: Option<&str>,
    image: Option<&str>,
    limits: Option<&Bound<'_, PyAny>>,
) -> PyResult<Options> {
    let given = || -> Result<Options, Error> {
        let mut options = Options::default();
        if let Some(format) = format {
            options = options.with_format(format.parse::<Format>()?);
        }
        if let Some(image) = image {
            options = options.with_image(ImageIdentity::of(image)?);
        }
        Ok(options)
    };
    let options = given().map_err(|error| exception(py, &error))?;
    Ok(options.with_limits(bounds(limits)?))
}

impl ScanProfile {
    fn read(py: Python<'_>, document: &Bound<'_, PyAny>, options: &Options) -> PyResult<Self> {
        let source = Source::of(document, &options.limits)?;
        let inner = source.read(py, |bytes| parse(bytes, options))?;
        Ok(Self { inner })
    }
}

#[pymethods]
impl ScanProfile {
    #[classmethod]
    #[pyo3(signature = (document, *, format=None, limits=None))]
    fn parse(
        cls: &Bound<'_, PyType>,
        document: &Bound<'_, PyAny>,
        format: Option<&str>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Self::read(cls.py(), document, &options(cls.py(), format, None, limits)?)
    }

    #[classmethod]
    #[pyo3(signature = (image, document, *, format=None, limits=None))]
    fn parse_for(
        cls: &Bound<'_, PyType>,
        image: &str,
        document: &Bound<'_, PyAny>,
        format: Option<&str>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Self::read(cls.py(), document, &options(cls.py(), format, Some(image), limits)?)
    }

    #[classmethod]
    #[pyo3(signature = (document, *, image=None, format=None, limits=None))]
    fn parse_all(
        cls: &Bound<'_, PyType>,
        document: &Bound<'_, PyAny>,
        image: Option<&str>,
        format: Option<&str>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Self>> {
        let options = options(cls.py(), format, image, limits)?;
        let source = Source::of(document, &options.limits)?;
        let profiles = source.read(cls.py(), |bytes| parse_all(bytes, &options))?;
        Ok(profiles.into_iter().map(|inner| Self { inner }).collect())
    }

    #[classmethod]
    fn _restore(cls: &Bound<'_, PyType>, json: &str) -> PyResult<Self> {
        let inner =
            detached(cls.py(), || imagegate::ScanProfile::parse_with(json.as_bytes(), &as_read_before()))?;
        Ok(Self { inner })
    }

    #[staticmethod]
    fn formats(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, formats().map(Format::as_str).collect::<Vec<_>>())
    }

    #[pyo3(signature = (*others))]
    fn merge(&self, py: Python<'_>, others: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let mut parts = Vec::new();
        for other in others {
            let other = other.cast::<Self>().map_err(|_| wrong_type("`ScanProfile`s", &other))?;
            parts.push(other.get().inner.clone());
        }
        let inner =
            detached(py, || parts.iter().try_fold(self.inner.clone(), |merged, part| merged.merge(part)))?;
        Ok(Self { inner })
    }

    #[pyo3(signature = (*documents))]
    fn with_vex(&self, py: Python<'_>, documents: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let limits = bounds(None)?;
        let mut read = Vec::new();
        for document in documents {
            read.push(Source::of(&document, &limits)?.read(py, |bytes| Vex::parse(bytes, &limits))?);
        }
        Ok(Self { inner: detached(py, || apply(&read, &self.inner))? })
    }

    #[getter]
    fn scan_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::word(py, "ScanState", self.inner.scan_state().as_str())
    }

    #[getter]
    fn image_id(&self) -> Option<&str> {
        self.inner.document().image.id.as_deref()
    }

    #[getter]
    fn image_digests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.inner.document().image.digests)
    }

    #[getter]
    fn image_names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.inner.document().image.names)
    }

    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let document = self.inner.document();
        let counts = [document.vulnerabilities.len(), document.malware.len(), document.sensitive.len()];
        results::from_serialize(py, "counts", &counts)
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        detached(py, || Ok(self.inner.to_json()))
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        results::dict(py, &self.to_json(py)?)
    }

    /// A profile without findings is a profile.
    fn __bool__(&self) -> bool {
        true
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> Option<bool> {
        Some(self.inner == other.cast::<Self>().ok()?.get().inner)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let document = self.inner.document();
        (&document.image.id, &document.image.digests, &document.image.names).hash(&mut hasher);
        (&document.vulnerabilities, &document.malware, &document.sensitive).hash(&mut hasher);
        hasher.finish()
    }

    pub(crate) fn __repr__(&self) -> String {
        let document = self.inner.document();
        let image = &document.image;
        let name = image.names.first().or(image.id.as_ref()).or(image.digests.first());
        format!(
            "ScanProfile(image={:?}, scan_state='{}', vulnerabilities={}, malware={}, sensitive={})",
            name.map(String::as_str).unwrap_or_default(),
            self.inner.scan_state().as_str(),
            document.vulnerabilities.len(),
            document.malware.len(),
            document.sensitive.len()
        )
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        results::html(slf.as_any(), "scan_profile")
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py, (String,)>> {
        Ok((py.get_type::<Self>().getattr("_restore")?, (self.to_json(py)?,)))
    }
}
