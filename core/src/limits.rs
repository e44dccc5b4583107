//! How much the library is willing to read.

/// Bounds on untrusted input. A breach is an error of kind
/// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) that names the limit and its value; nothing is ever cut
/// silently.
///
/// ```
/// use imagegate::{Limits, PolicySet};
///
/// let limits = Limits { policies: 1, ..Limits::default() };
/// assert!(PolicySet::parse_with(br#"{"version": 1, "policies": []}"#, &limits).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of one document, in bytes. Default 256 MiB.
    pub bytes: usize,
    /// Nesting of arrays and objects. Default 64.
    pub depth: usize,
    /// Policies in one set. Default 20,000.
    pub policies: usize,
    /// Findings in one scan profile. Default 1,000,000.
    pub findings: usize,
    /// Length of one glob, in characters. Default 1,024.
    pub pattern: usize,
    /// Problems reported for one document; the rest is only counted. Default 1,000.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            depth: 64,
            policies: 20_000,
            findings: 1_000_000,
            pattern: 1_024,
            problems: 1_000,
        }
    }
}
