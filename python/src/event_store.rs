//! `imagegate.EventStore`

use crate::decision::Decision;
use crate::error::{exception, invalid_argument};
use crate::event_query::Arguments;
use crate::event_record::{all, context, records};
use crate::now::instant;
use crate::policy_set::PolicySet;
use crate::results;
use crate::run::detached;
use imagegate::{AggregationKey, Error, ErrorKind, EventPage, EventRow, Retention};
use imagegate_store::{Purged, Recorded, ShipCursor, ShipFormat};
use pyo3::prelude::*;
use pyo3::types::PyType;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A file of events, for any number of threads, one at a time. Python never runs while it is held.
#[pyclass(frozen, module = "imagegate")]
pub(crate) struct EventStore {
    path: PathBuf,
    /// A connection must not be used on both sides of a fork.
    process: u32,
    inner: Mutex<Option<imagegate_store::EventStore>>,
}

impl EventStore {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut imagegate_store::EventStore) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        detached(py, || {
            let refused = |code, message| Err(Error::new(ErrorKind::InvalidArgument, code, message));
            if self.process != std::process::id() {
                return refused(
                    "other_process",
                    "the store was opened before a fork: open it again in this process",
                );
            }
            match self.inner.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                Some(store) => work(store),
                None => refused("closed", "the store is closed"),
            }
        })
    }
}

#[derive(Serialize)]
struct RecordedDocument {
    new: u64,
    repeated: u64,
    expired: u64,
}

impl From<Recorded> for RecordedDocument {
    fn from(Recorded { new, repeated, expired }: Recorded) -> Self {
        Self { new, repeated, expired }
    }
}

fn recorded(py: Python<'_>, recorded: Recorded) -> PyResult<Bound<'_, PyAny>> {
    results::event(py, "recorded", &RecordedDocument::from(recorded))
}

fn purged(py: Python<'_>, purged: Purged) -> PyResult<Bound<'_, PyAny>> {
    results::event(py, "purged", &[purged.rows, purged.records])
}

fn page<'py>(py: Python<'py>, page: &EventPage) -> PyResult<Bound<'py, PyAny>> {
    #[derive(Serialize)]
    struct Document<'p> {
        rows: &'p [EventRow],
        next: Option<String>,
        total: Option<u64>,
    }
    let next = page.next.map(|place| place.to_string());
    results::event(py, "event_page", &Document { rows: &page.rows, next, total: page.total })
}

fn not_readable(path: &Path, error: &std::io::Error) -> Error {
    let message = format!("{}: {error}", imagegate::quote(&path.display().to_string()));
    Error::new(ErrorKind::Storage, "io", message)
}

#[pymethods]
impl EventStore {
    #[classmethod]
    #[pyo3(signature = (path, *, read_only=false, retention_days=180))]
    fn open(cls: &Bound<'_, PyType>, path: PathBuf, read_only: bool, retention_days: u32) -> PyResult<Self> {
        let store = detached(cls.py(), || {
            let store = if read_only {
                imagegate_store::EventStore::open_read_only(&path)
            } else {
                imagegate_store::EventStore::open(&path)
            };
            Ok(store?.with_retention(Retention::days(retention_days)))
        })?;
        Ok(Self { path, process: std::process::id(), inner: Mutex::new(Some(store)) })
    }

    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, imagegate_store::EventStore::id)
    }

    #[pyo3(signature = (decision, *, occurrence=None, mode="enforced", reason=None, source=None))]
    fn record<'py>(
        &self,
        py: Python<'py>,
        decision: &Bound<'py, Decision>,
        occurrence: Option<String>,
        mode: &str,
        reason: Option<String>,
        source: Option<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let records = records(py, decision.get(), &context(py, occurrence, mode, reason, source)?)?;
        recorded(py, self.with(py, |store| store.record_all(&records))?)
    }

    fn record_all<'py>(&self, py: Python<'py>, records: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let records = all(records)?;
        recorded(py, self.with(py, |store| store.record_all(&records))?)
    }

    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    #[pyo3(signature = (*, event_type=None, action=None, mode=None, since=None, until=None, search=None,
        sort="latest", ascending=false, limit=None, after=None, count_all=false, now=None))]
    fn list<'py>(
        &self,
        py: Python<'py>,
        event_type: Option<String>,
        action: Option<String>,
        mode: Option<String>,
        since: Option<Bound<'py, PyAny>>,
        until: Option<Bound<'py, PyAny>>,
        search: Option<Bound<'py, PyAny>>,
        sort: &str,
        ascending: bool,
        limit: Option<u32>,
        after: Option<String>,
        count_all: bool,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = Arguments {
            event_type,
            action,
            mode,
            since,
            until,
            search,
            sort: sort.to_owned(),
            ascending,
            limit,
            after,
            count_all,
        };
        let (query, now) = (arguments.query(py)?, instant(now, py)?);
        page(py, &self.with(py, |store| store.list(&query, now))?)
    }

    #[pyo3(signature = (aggregation_key, now=None))]
    fn detail<'py>(
        &self,
        py: Python<'py>,
        aggregation_key: &str,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let now = instant(now, py)?;
        let key = AggregationKey::parse(aggregation_key).map_err(|error| exception(py, &error))?;
        let row = self.with(py, |store| store.detail(key, now))?;
        row.map(|row| results::event_json(py, "event_row", &row.to_json())).transpose()
    }

    #[pyo3(signature = (now=None, *, policies=None))]
    fn overview<'py>(
        &self,
        py: Python<'py>,
        now: Option<&Bound<'py, PyAny>>,
        policies: Option<&Bound<'py, PolicySet>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = instant(now, py)?;
        let offset = policies.map(|policies| policies.get().inner.day_offset()).unwrap_or_default();
        let overview = self.with(py, |store| store.overview(now, offset))?;
        results::event_json(py, "event_overview", &overview.to_json())
    }

    #[pyo3(signature = (now=None))]
    fn purge<'py>(&self, py: Python<'py>, now: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let now = instant(now, py)?;
        purged(py, self.with(py, |store| store.purge(now, |_| ()))?)
    }

    #[pyo3(signature = (now=None))]
    fn maintain<'py>(
        &self,
        py: Python<'py>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let now = instant(now, py)?;
        self.with(py, |store| store.maintain(now))?.map(|done| purged(py, done)).transpose()
    }

    #[pyo3(signature = (path, *, cursor=None, format="imagegate"))]
    fn ship<'py>(
        &self,
        py: Python<'py>,
        path: PathBuf,
        cursor: Option<&str>,
        format: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        #[derive(Serialize)]
        struct Document {
            rows: u64,
            cursor: String,
        }
        let cursor = cursor.map(ShipCursor::parse).transpose().map_err(|error| exception(py, &error))?;
        let format = match format {
            "imagegate" => ShipFormat::Imagegate,
            "ocsf" => ShipFormat::Ocsf,
            other => {
                let message = format!("{} is no form: write `imagegate` or `ocsf`", imagegate::quote(other));
                return Err(invalid_argument(py, "unknown_form", message));
            }
        };
        let shipped = self.with(py, |store| {
            let file = OpenOptions::new().append(true).create(true).open(&path);
            let mut writer = BufWriter::new(file.map_err(|error| not_readable(&path, &error))?);
            let shipped = store.ship(cursor.as_ref(), format, &mut writer, |_| ())?;
            // Who keeps the cursor relies on the lines.
            let synced = writer.flush().and_then(|()| writer.get_ref().sync_data());
            synced.map_err(|error| not_readable(&path, &error))?;
            Ok(Document { rows: shipped.rows, cursor: shipped.cursor.to_string() })
        })?;
        results::event(py, "shipped", &shipped)
    }

    fn import_file<'py>(&self, py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyAny>> {
        let imported = self.with(py, |store| {
            let file = File::open(&path).map_err(|error| not_readable(&path, &error))?;
            store.import(&mut BufReader::new(file), |_| ())
        })?;
        let parts: [RecordedDocument; 2] = [imported.records.into(), imported.rows.into()];
        results::event(py, "imported", &parts)
    }

    /// Closed is closed, also in a child that only inherited it.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.process != std::process::id() {
            return Ok(());
        }
        detached(py, || {
            drop(self.inner.lock().unwrap_or_else(PoisonError::into_inner).take());
            Ok(())
        })
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("EventStore({:?})", self.path.display().to_string())
    }
}
