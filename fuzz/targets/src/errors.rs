//! What holds of every error.

use imagegate::{Error, Limits};

/// Longest text that an error is printed as, in characters. Pointers hold names of the document.
const LONGEST: usize = 4_096;

/// An error is one bounded line, and has a problem to show; no more problems than the limit.
#[track_caller]
pub(crate) fn is_told(error: &Error) {
    line(&error.to_string());
    assert!(!error.problems().is_empty(), "an error without a problem");
    assert!(error.problems().len() <= Limits::default().problems, "{} problems", error.problems().len());
    assert_eq!(error.problems()[0].code, error.code());
    for problem in error.problems() {
        assert!(
            !problem.code.is_empty() && problem.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        );
        assert!(problem.pointer.is_empty() || problem.pointer.starts_with('/'), "{:?}", problem.pointer);
        let message = problem.message.as_str();
        line(message);
        assert!(!message.ends_with('.'), "{message}");
    }
}

#[track_caller]
pub(crate) fn line(text: &str) {
    assert!(!text.is_empty(), "an empty message");
    assert!(text.chars().count() <= LONGEST, "a message of {} characters", text.chars().count());
    assert!(!text.chars().any(char::is_control), "more than a line: {text:?}");
}
