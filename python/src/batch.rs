//! Many decisions at once.

use crate::assessment::Assessment;
use crate::decision::Decision;
use crate::error::{exception, invalid_argument, raise, wrong_type};
use crate::launch::Launch;
use crate::now::instant;
use crate::run::{Failure, caught};
use imagegate::{Error, Timestamp};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::thread;

/// Kept by Python's own counts, which cost less than those of the library while threads share them.
type Pair = (Py<Assessment>, Py<Launch>);
type Outcome = Result<imagegate::Decision, Error>;

/// So many are decided between two looks at Ctrl-C: some ten milliseconds.
const BETWEEN_SIGNALS: usize = 1 << 16;

const MAX_THREADS: usize = 256;

/// Decides each pair of an assessment and a launch, in their order, while other Python threads run.
#[pyfunction]
#[pyo3(signature = (pairs, now=None, threads=1, *, return_exceptions=false))]
pub(crate) fn decide_batch<'py>(
    py: Python<'py>,
    pairs: &Bound<'py, PyAny>,
    now: Option<&Bound<'py, PyAny>>,
    threads: usize,
    return_exceptions: bool,
) -> PyResult<Bound<'py, PyList>> {
    if threads == 0 || threads > MAX_THREADS {
        let message = format!("`threads` is {threads}, it must be between 1 and {MAX_THREADS}");
        return Err(invalid_argument(py, "invalid_threads", message));
    }
    let now = instant(now, py)?;
    let pairs = pairs.try_iter()?.map(|item| pair(&item?)).collect::<PyResult<Vec<Pair>>>()?;
    let mut decided: Vec<Bound<'py, PyAny>> = Vec::with_capacity(pairs.len());
    for chunk in pairs.chunks(BETWEEN_SIGNALS) {
        py.check_signals()?;
        let outcomes = py.detach(|| decide_all(chunk, now, threads)).map_err(|failure| raise(py, failure))?;
        for outcome in outcomes.into_iter().flatten() {
            let item = match outcome {
                Ok(decision) => Bound::new(py, Decision::live(decision))?.into_any(),
                Err(error) if return_exceptions => {
                    exception(py, &error).into_value(py).into_bound(py).into_any()
                }
                Err(error) => return Err(at_pair(py, &error, decided.len())),
            };
            decided.push(item);
        }
    }
    PyList::new(py, decided)
}

fn pair(item: &Bound<'_, PyAny>) -> PyResult<Pair> {
    let Ok(pair) = item.cast::<PyTuple>() else {
        return Err(wrong_type("a tuple of an `Assessment` and a `Launch` for each pair", item));
    };
    if pair.len() != 2 {
        return Err(wrong_type("two items in each pair", item));
    }
    let assessment = pair
        .get_item(0)?
        .cast_into::<Assessment>()
        .map_err(|error| wrong_type("an `Assessment` first in each pair", &error.into_inner()))?;
    let launch = pair
        .get_item(1)?
        .cast_into::<Launch>()
        .map_err(|error| wrong_type("a `Launch` second in each pair", &error.into_inner()))?;
    Ok((assessment.unbind(), launch.unbind()))
}

/// The outcomes in the order of the pairs, in parts. All threads have ended when this returns.
fn decide_all(pairs: &[Pair], now: Timestamp, threads: usize) -> Result<Vec<Vec<Outcome>>, Failure> {
    let decide = |part: &[Pair]| {
        let decide = |(assessment, launch): &Pair| assessment.get().inner.decide(&launch.get().inner, now);
        caught(|| Ok(part.iter().map(decide).collect::<Vec<_>>()))
    };
    let size = pairs.len().div_ceil(threads).max(1);
    let mut parts = pairs.chunks(size);
    // One part is for this thread.
    let own = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = parts
            .map(|part| {
                let spawned = thread::Builder::new().spawn_scoped(scope, move || decide(part));
                // Where the system gives no further thread this one does its work, below.
                (part, spawned.ok())
            })
            .collect();
        let mut decided = vec![decide(own)?];
        for (part, thread) in others {
            decided.push(match thread {
                // A panic was caught inside; another one cannot be.
                Some(thread) => thread.join().unwrap_or_else(|_| Err(Failure::lost()))?,
                None => decide(part)?,
            });
        }
        Ok(decided)
    })
}

/// The exception of one pair, which says which one it is.
fn at_pair(py: Python<'_>, error: &Error, index: usize) -> PyErr {
    let raised = exception(py, error);
    let note = format!("in pair {index} of the batch (`return_exceptions=True` keeps the other decisions)");
    // Shown by Python 3.11 and later.
    if let Ok(notes) = PyList::new(py, [note]) {
        let _ = raised.value(py).setattr(intern!(py, "__notes__"), notes);
    }
    raised
}
