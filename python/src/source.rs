//! Documents as Python users have them: text, bytes, parsed JSON, or a path.

use crate::error::{invalid_argument, invalid_utf8, wrong_type};
use crate::run::detached;
use imagegate::{Error, Limits, quote};
use pyo3::exceptions::PyOSError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyMapping, PyMemoryView, PyString, PyTuple};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const EXPECTED: &str = "a document as str, bytes, dict, list or path";

/// A document, kept alive while it is read without the interpreter.
pub(crate) enum Source {
    Text(PyBackedStr),
    Bytes(PyBackedBytes),
    File(Vec<u8>),
}

impl Source {
    /// What `document` holds. Files are read here; a bit more than the limit is enough to see that it is exceeded.
    pub(crate) fn of(document: &Bound<'_, PyAny>, limits: &Limits) -> PyResult<Self> {
        let py = document.py();
        if let Ok(text) = document.cast::<PyString>() {
            let text = PyBackedStr::try_from(text.clone()).map_err(|_| {
                invalid_utf8(py, "the text holds half of a surrogate pair, which is no character")
            })?;
            if looks_like_path(&text) {
                let message = format!(
                    "{} is the name of a file: give it as `pathlib.Path`, since text is taken as the document itself",
                    quote(&text)
                );
                return Err(invalid_argument(py, "path_as_text", message));
            }
            return Ok(Self::Text(text));
        }
        if let Ok(bytes) = document.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone().into()));
        }
        if let Ok(bytes) = document.cast::<PyByteArray>() {
            return Ok(Self::Bytes(bytes.clone().into()));
        }
        if document.is_instance_of::<PyMemoryView>() {
            let copied = py.get_type::<PyBytes>().call1((document,))?;
            return Ok(Self::Bytes(copied.cast_into::<PyBytes>()?.into()));
        }
        if document.is_instance_of::<PyDict>()
            || document.is_instance_of::<PyList>()
            || document.is_instance_of::<PyTuple>()
            || document.cast::<PyMapping>().is_ok()
        {
            let module = py.import(intern!(py, "imagegate._documents"))?;
            let bytes = module.call_method1(intern!(py, "to_json"), (document,))?;
            return Ok(Self::Bytes(bytes.cast_into::<PyBytes>()?.into()));
        }
        if document.hasattr(intern!(py, "__fspath__"))? {
            let path: PathBuf = document.extract()?;
            let most = u64::try_from(limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
            let read = py.detach(|| read(&path, most));
            return read.map(Self::File).map_err(|error| os_error(&error, &path));
        }
        Err(wrong_type(EXPECTED, document))
    }

    /// Reads the document while other threads run.
    pub(crate) fn read<T: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&[u8]) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let bytes = self.bytes();
        detached(py, || read(bytes))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
            Self::File(bytes) => bytes,
        }
    }
}

/// Whether somebody gave the path of a file as text. No document of any format is such a line.
fn looks_like_path(text: &str) -> bool {
    const ENDINGS: [&str; 6] = [".json", ".jsonl", ".yaml", ".yml", ".sarif", ".txt"];
    text.len() < 4_096 && !text.contains(['\n', '{', '[']) && ENDINGS.iter().any(|end| text.ends_with(end))
}

fn read(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Python picks the class (`FileNotFoundError`, …) by the number.
fn os_error(error: &std::io::Error, path: &Path) -> PyErr {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((number, text, path.as_os_str().to_owned()))
        }
        None => PyOSError::new_err(format!("{}: {error}", path.display())),
    }
}
