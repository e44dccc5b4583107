//! `imagegate.Launch`

use crate::error::exception;
use crate::limits::{as_read_before, bounds};
use crate::results::{self, Reduced};
use crate::run::attached;
use crate::source::Source;
use imagegate::{Error, LaunchImage};
use imagegate_readers::launch::{Format, Options, formats, parse, parse_all};
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The parameters with which one container is about to start. Immutable.
#[pyclass(frozen, module = "imagegate")]
#[derive(Clone)]
pub(crate) struct Launch {
    pub(crate) inner: imagegate::Launch,
}

fn options(
    py: Python<'_>,
    format: Option<&str>,
    image: [Option<String>; 3],
    limits: Option<&Bound<'_, PyAny>>,
) -> PyResult<Options> {
    let given = || -> Result<Options, Error> {
        let mut options = Options::default();
        if let Some(format) = format {
            options = options.with_format(format.parse::<Format>()?);
        }
        if image.iter().any(Option::is_some) {
            let [reference, id, digest] = image;
            options = options.with_image(LaunchImage { reference, id, digest });
        }
        Ok(options)
    };
    let options = given().map_err(|error| exception(py, &error))?;
    Ok(options.with_limits(bounds(limits)?))
}

#[pymethods]
impl Launch {
    #[classmethod]
    #[pyo3(signature = (document, *, format=None, reference=None, id=None, digest=None, limits=None))]
    fn parse(
        cls: &Bound<'_, PyType>,
        document: &Bound<'_, PyAny>,
        format: Option<&str>,
        reference: Option<String>,
        id: Option<String>,
        digest: Option<String>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let options = options(cls.py(), format, [reference, id, digest], limits)?;
        let source = Source::of(document, &options.limits)?;
        Ok(Self { inner: source.read(cls.py(), |bytes| parse(bytes, &options))? })
    }

    #[classmethod]
    #[pyo3(signature = (document, *, format=None, reference=None, id=None, digest=None, limits=None))]
    fn parse_all(
        cls: &Bound<'_, PyType>,
        document: &Bound<'_, PyAny>,
        format: Option<&str>,
        reference: Option<String>,
        id: Option<String>,
        digest: Option<String>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Self>> {
        let options = options(cls.py(), format, [reference, id, digest], limits)?;
        let source = Source::of(document, &options.limits)?;
        let launches = source.read(cls.py(), |bytes| parse_all(bytes, &options))?;
        Ok(launches.into_iter().map(|inner| Self { inner }).collect())
    }

    #[classmethod]
    fn _restore(cls: &Bound<'_, PyType>, json: &str) -> PyResult<Self> {
        let read = || imagegate::Launch::parse_with(json.as_bytes(), &as_read_before());
        Ok(Self { inner: attached(cls.py(), read)? })
    }

    #[staticmethod]
    fn formats(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, formats().map(Format::as_str).collect::<Vec<_>>())
    }

    #[getter]
    fn image_reference(&self) -> Option<&str> {
        self.inner.document().image.reference.as_deref()
    }

    #[getter]
    fn image_id(&self) -> Option<&str> {
        self.inner.document().image.id.as_deref()
    }

    #[getter]
    fn image_digest(&self) -> Option<&str> {
        self.inner.document().image.digest.as_deref()
    }

    #[getter]
    fn container(&self) -> Option<&str> {
        self.inner.document().container.name.as_deref()
    }

    #[getter]
    fn privileges<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.inner.privileges().iter().map(ToString::to_string).collect::<Vec<_>>())
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
        let document = self.inner.document();
        (&document.image.reference, &document.image.id, &document.image.digest).hash(&mut hasher);
        (&document.privileges, &document.container.name, &document.container.command).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let document = self.inner.document();
        let image = &document.image;
        let name = image.reference.as_ref().or(image.id.as_ref()).or(image.digest.as_ref());
        let container =
            document.container.name.as_ref().map(|name| format!(", container={name:?}")).unwrap_or_default();
        format!(
            "Launch(image={:?}{container}, privileges={:?})",
            name.map(String::as_str).unwrap_or_default(),
            document.privileges
        )
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        results::html(slf.as_any(), "launch")
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
