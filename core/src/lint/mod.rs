//! What is allowed in a policy set but probably not meant.

mod exceptions;
mod facts;
mod gaps;

use crate::launch::Launch;
use crate::policy::PolicySet;
use crate::profile::ScanProfile;
use crate::time::Timestamp;
use serde::Serialize;

/// One remark on a policy set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// A slug that never changes: `dead_exception`, `missing_fact`, `no_unscanned_policy`, …
    pub code: &'static str,
    /// The place in the policy document, as a JSON Pointer.
    pub pointer: String,
    /// What was noticed and what would help, in one line.
    pub message: String,
    /// What an exception that excused nothing nearly excused.
    pub near_misses: Vec<String>,
}

impl PolicySet {
    /// Remarks on the set at `now`, in document order.
    ///
    /// Without profiles only the document itself is looked at. With profiles, exceptions that excuse nothing in any of
    /// them are listed with near misses, and clauses on facts that none of the scanners reports. Exceptions about
    /// privileges need launches to be judged; without any they are left alone.
    pub fn lint(&self, profiles: &[ScanProfile], launches: &[Launch], now: Timestamp) -> Vec<Lint> {
        let mut lints = gaps::lint(self);
        lints.extend(exceptions::lint(self, profiles, launches, now));
        lints.extend(facts::lint(self, profiles));
        lints.sort_by(|left, right| left.pointer.cmp(&right.pointer));
        lints
    }
}
