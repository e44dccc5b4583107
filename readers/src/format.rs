//! A format that a caller can name.

use crate::detect::Reader;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A format that this build reads. Formats are compared and printed by name.
pub struct Format<O: 'static, T: 'static>(pub(crate) &'static Reader<O, T>);

impl<O, T> Format<O, T> {
    /// The name of the format, such as `trivy` or `docker-create`.
    pub fn as_str(self) -> &'static str {
        self.0.name
    }
}

// Written out, since deriving would ask the same of options and results.
impl<O, T> Clone for Format<O, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, T> Copy for Format<O, T> {}

impl<O, T> fmt::Display for Format<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<O, T> fmt::Debug for Format<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({})", self.as_str())
    }
}

impl<O, T> PartialEq for Format<O, T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<O, T> Eq for Format<O, T> {}

impl<O, T> Hash for Format<O, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}
