//! Exit codes, and what a subcommand hands back.

use crate::style::one_line;
use imagegate::{Error, Problem};

/// Done; the launch is allowed, or only alarmed.
pub(crate) const OK: u8 = 0;
/// The launch is intercepted; a test failed; there are findings.
pub(crate) const INTERCEPTED: u8 = 1;
/// A policy test failed.
pub(crate) const FAILED: u8 = 1;
/// `lint` found something.
pub(crate) const FINDINGS: u8 = 1;
/// Nothing was decided: an input is wrong or could not be read.
pub(crate) const ERROR: u8 = 2;

/// What a subcommand prints, and how the process ends.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: u8,
}

impl Report {
    /// Success with a text.
    pub(crate) fn of(stdout: String) -> Self {
        Self { stdout, ..Self::default() }
    }

    /// Success with a JSON document that does not end its line yet.
    pub(crate) fn of_json(mut json: String) -> Self {
        json.push('\n');
        Self::of(json)
    }

    pub(crate) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }
}

/// Why nothing was done: one sentence a problem.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    pub(crate) sentences: Vec<String>,
}

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentences: vec![sentence.into()] }
    }

    /// Every problem of a document, with its place.
    pub(crate) fn in_document(file: &str, error: &Error) -> Self {
        Self { sentences: error.problems().iter().map(|problem| sentence(file, problem)).collect() }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.sentences.extend(other.sentences);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }
}

/// `FILE:LINE:COLUMN: /pointer: message`
pub(crate) fn sentence(file: &str, problem: &Problem) -> String {
    let mut sentence = file.to_owned();
    if let Some(position) = problem.position {
        sentence.push_str(&format!(":{}:{}", position.line, position.column));
    }
    if !problem.pointer.is_empty() {
        sentence.push_str(": ");
        sentence.push_str(&one_line(&problem.pointer));
    }
    sentence.push_str(": ");
    sentence.push_str(&one_line(&problem.message));
    sentence
}

/// Collects failures, so that the mistakes of all inputs are told at once.
#[derive(Debug, Default)]
pub(crate) struct Failures(Failure);

impl Failures {
    /// The value, or `None` and the failure is kept.
    pub(crate) fn take<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.0.add(failure)).ok()
    }

    /// All that was kept.
    pub(crate) fn into_failure(self) -> Failure {
        self.0
    }

    /// An error if anything was kept.
    pub(crate) fn check(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
