//! Why the body of an exported function did not come to its end.

use crate::status::imagegate_status;
use imagegate::Error;

/// Why the body of a function did not come to its end.
pub(crate) enum Failure {
    /// The library refused.
    Refused(Error),
    /// The call itself was wrong, or the library.
    Call { status: imagegate_status, code: &'static str, message: String },
}

impl Failure {
    pub(crate) fn new(status: imagegate_status, code: &'static str, message: String) -> Self {
        Self::Call { status, code, message }
    }

    pub(crate) fn null(argument: &'static str) -> Self {
        let message = format!("`{argument}` is NULL");
        Self::new(imagegate_status::NullArgument, "null_argument", message)
    }

    pub(crate) fn internal(message: String) -> Self {
        Self::new(imagegate_status::Internal, "internal", message)
    }

    pub(crate) fn status(&self) -> imagegate_status {
        match self {
            Self::Refused(error) => error.kind().into(),
            Self::Call { status, .. } => *status,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}
