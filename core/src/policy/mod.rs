//! Policies: the documents that operators write, validated and compiled together.

pub(crate) mod clause;
mod clauses;
pub(crate) mod criteria;
pub(crate) mod exception;
pub(crate) mod privilege;
mod read;
mod read_criteria;
mod read_exception;
mod read_parts;
pub(crate) mod scope;
mod status;
pub(crate) mod texts;

pub(crate) use read::check_id;
pub use scope::ScopePart;
pub(crate) use status::Schedule;
pub use status::{Enforcement, Overview, Status};

use crate::engine::Index;
use crate::error::Error;
use crate::limits::Limits;
use crate::time::{DayOffset, Timestamp};
use criteria::Criteria;
use exception::{Exception, Trust};
use scope::Scope;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// The type of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyType {
    /// Vulnerabilities, malware, sensitive information.
    Risk,
    /// How the container starts.
    Privileged,
    /// Nothing trustworthy is known about the image.
    Unscanned,
}

impl PolicyType {
    pub(crate) const WORDS: [(&'static str, Self); 3] = [
        (Self::Risk.as_str(), Self::Risk),
        (Self::Privileged.as_str(), Self::Privileged),
        (Self::Unscanned.as_str(), Self::Unscanned),
    ];

    /// The word in policy documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Privileged => "privileged",
            Self::Unscanned => "unscanned",
        }
    }
}

impl fmt::Display for PolicyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule that an operator created.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: PolicyType,
    pub(crate) enforcement: Enforcement,
    pub(crate) schedule: Schedule,
    pub(crate) scope: Scope,
    pub(crate) criteria: Criteria,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) solution: Option<String>,
}

impl Policy {
    /// The id, unique in its set.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, unique in its set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The description, if the document has one.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The type.
    pub fn policy_type(&self) -> PolicyType {
        self.kind
    }

    /// What a hit does once the policy is on.
    pub fn enforcement(&self) -> Enforcement {
        self.enforcement
    }

    /// Whether the policy is switched on.
    pub fn is_enabled(&self) -> bool {
        self.schedule.active_from.is_some()
    }

    /// The status at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        self.schedule.status(now)
    }

    /// From when hits intercept; `None` if they never do.
    pub fn intercepts_from(&self) -> Option<Timestamp> {
        self.schedule.intercepts_from
    }
}

/// All policies, validated and compiled together. Immutable; cloning shares it.
///
/// ```
/// use imagegate::{PolicySet, Timestamp};
///
/// let policies = PolicySet::parse(br#"{
///     "version": 1,
///     "policies": [{
///         "id": "kev", "name": "Known exploited", "type": "risk",
///         "enabled": true, "enabled_at": "2026-11-01T00:00:00Z", "enforcement": {"mode": "observe", "days": 7},
///         "scope": {"images": "all"},
///         "criteria": {"vulnerabilities": {"known_exploited": true}}
///     }]
/// }"#)?;
/// let overview = policies.overview(Timestamp::parse("2026-11-05T00:00:00Z")?);
/// assert_eq!((overview.observing, overview.effective), (1, 0));
/// # Ok::<(), imagegate::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PolicySet {
    inner: Arc<SetInner>,
}

#[derive(Debug)]
pub(crate) struct SetInner {
    pub(crate) label: Option<String>,
    pub(crate) revision: String,
    pub(crate) day_offset: DayOffset,
    pub(crate) policies: Vec<Policy>,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) trust: Trust,
    pub(crate) index: Index,
}

impl PolicySet {
    /// Reads a policy document with the default [`Limits`].
    ///
    /// # Errors
    /// `syntax`, `invalid_policy` with every problem, `limit_exceeded`, `unsupported`.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        Self::parse_with(text, &Limits::default())
    }

    /// Reads a policy document.
    ///
    /// # Errors
    /// As [`PolicySet::parse`].
    pub fn parse_with(text: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = read::read(text, limits)?;
        let index = Index::build(&document.policies);
        Ok(Self {
            inner: Arc::new(SetInner {
                label: document.label,
                revision: document.revision,
                day_offset: document.day_offset,
                policies: document.policies,
                exceptions: document.exceptions,
                trust: document.trust,
                index,
            }),
        })
    }

    /// Lower-case hex SHA-256 of the document in RFC 8785 form, null members dropped.
    pub fn revision(&self) -> &str {
        &self.inner.revision
    }

    /// The label, if the document has one.
    pub fn label(&self) -> Option<&str> {
        self.inner.label.as_deref()
    }

    /// The offset that decides which day an instant belongs to.
    pub fn day_offset(&self) -> DayOffset {
        self.inner.day_offset
    }

    /// The policies in the order of the document.
    pub fn policies(&self) -> &[Policy] {
        &self.inner.policies
    }

    /// The policy with this id.
    pub fn policy(&self, id: &str) -> Option<&Policy> {
        self.inner.policies.iter().find(|policy| policy.id == id)
    }

    /// How many policies are in which status at `now`.
    pub fn overview(&self, now: Timestamp) -> Overview {
        Overview::of(self.inner.policies.iter().map(|policy| policy.status(now)))
    }

    pub(crate) fn inner(&self) -> &Arc<SetInner> {
        &self.inner
    }
}
