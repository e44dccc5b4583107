//! The `imagegate` command in this process, on its own streams.

use anstream::{AutoStream, ColorChoice};
use imagegate_cli::{Output, Streams, run};
use pyo3::prelude::*;
use std::ffi::OsString;
use std::io::{stderr, stdin, stdout};

/// Runs the command as the binary does, and gives the exit code. Python's own buffers are not looked at: who wrote into
/// them flushes them first.
#[pyfunction]
pub(crate) fn run_cli(py: Python<'_>, args: Vec<OsString>) -> PyResult<u8> {
    crate::run::detached(py, || {
        let coloured = |choice: ColorChoice| choice != ColorChoice::Never;
        let (to_stdout, to_stderr) = (AutoStream::choice(&stdout()), AutoStream::choice(&stderr()));
        let mut streams = Streams {
            stdin: &mut stdin().lock(),
            stdout: Output { writer: &mut stdout().lock(), colour: coloured(to_stdout) },
            stderr: Output { writer: &mut stderr().lock(), colour: coloured(to_stderr) },
        };
        Ok(run(args, &mut streams))
    })
}
