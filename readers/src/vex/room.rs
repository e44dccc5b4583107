//! How far a document may unfold.

use imagegate::{Error, ErrorKind, Limits};

/// What is left of the products and parts that a document may name. Formats let it name each part once and use it in many
/// products, so that a small one would unfold to more than memory holds.
pub(super) struct Room {
    left: usize,
    limit: usize,
}

impl Room {
    pub(super) fn of(limits: &Limits) -> Self {
        Self { left: limits.findings, limit: limits.findings }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<(), Error> {
        self.left = self.left.checked_sub(count).ok_or_else(|| {
            let message = format!(
                "the document names more products and parts of them than the limit of {}",
                self.limit
            );
            Error::new(ErrorKind::LimitExceeded, "limit_exceeded", message)
        })?;
        Ok(())
    }
}
