//! The answer for one launch, with everything that an operator needs to know.

mod advice;
mod event;
mod json;
mod key;
mod text;

pub use event::{
    Event, EventType, Evidence, Excuse, ExcuseSource, Explanation, Finding, FoundMalware, FoundPrivilege,
    FoundScan, FoundSensitive, FoundVulnerability, Outcome, PolicySnapshot,
};
pub use json::{LaunchDecision, decisions_to_json};
pub use text::{Plain, Role, Style};

pub(crate) use advice::{risk_description, solution};
pub use key::AggregationKey;

use crate::engine::{
    AssessmentHandle, Hits, LastKey, Owned, action, decide, exercised, explain, first_hit, hits,
    render_events,
};
use crate::error::Error;
use crate::launch::Launch;
use crate::policy::PolicySet;
use crate::profile::ScanProfile;
use crate::time::Timestamp;
use serde::Serialize;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What happens to a start, strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The container must not start.
    Intercept,
    /// The container starts, and somebody is told.
    Alarm,
    /// The container starts.
    Allow,
}

impl Action {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intercept => "intercept",
            Self::Alarm => "alarm",
            Self::Allow => "allow",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What follows from a policy set and a scan profile alone: made once for an image, asked for every launch of it,
/// at any `now`. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Assessment {
    inner: Arc<AssessmentHandle>,
}

impl PolicySet {
    /// Holds a scan profile against the set.
    pub fn assess(&self, profile: &ScanProfile) -> Assessment {
        Assessment { inner: Arc::new(crate::engine::assess(self, Some(profile))) }
    }

    /// The assessment of an image that nobody scanned.
    pub fn assess_unscanned(&self) -> Assessment {
        Assessment { inner: Arc::new(crate::engine::assess(self, None)) }
    }
}

impl Assessment {
    /// Decides one launch at `now`.
    ///
    /// # Errors
    /// `image_mismatch` if the launch and the assessed profile are about different images.
    pub fn decide(&self, launch: &Launch, now: Timestamp) -> Result<Decision, Error> {
        let (owned, action) = decide(&self.inner, launch, now)?;
        let launch = launch.clone();
        Ok(Decision { owned, launch, now, action, hits: OnceLock::new(), events: OnceLock::new() })
    }

    /// The action of [`Assessment::decide`] alone, for who needs nothing else at first: nothing is kept and, once the
    /// image was launched before, nothing is allocated.
    ///
    /// # Errors
    /// As [`Assessment::decide`].
    pub fn action(&self, launch: &Launch, now: Timestamp) -> Result<Action, Error> {
        action(&self.inner, launch, now)
    }

    /// Every policy of the set, in its order, and why it did or did not hit.
    ///
    /// # Errors
    /// As [`Assessment::decide`].
    pub fn explain(&self, launch: &Launch, now: Timestamp) -> Result<Vec<Explanation>, Error> {
        explain(&self.inner, launch, now)
    }

    /// The clauses and exceptions that played a part in the decision, as JSON Pointers into the policy document,
    /// sorted: what tests of policies use to find clauses that no case exercised.
    ///
    /// # Errors
    /// As [`Assessment::decide`].
    pub fn exercised(&self, launch: &Launch, now: Timestamp) -> Result<Vec<String>, Error> {
        exercised(&self.inner, launch, now)
    }

    pub(crate) fn handle(&self) -> &AssessmentHandle {
        &self.inner
    }

    /// The profile that was assessed; `None` if nobody scanned the image.
    pub fn profile(&self) -> Option<&ScanProfile> {
        self.inner.inner.profile.as_ref()
    }
}

/// The answer for one launch. It owns what it shows, whatever is dropped before it.
///
/// There is no conversion to `bool` that could mean "allow" by accident: look at [`Decision::action`].
#[derive(Clone)]
pub struct Decision {
    owned: Arc<Owned>,
    launch: Launch,
    now: Timestamp,
    action: Action,
    /// Found when somebody asks for more than the action and the key.
    hits: OnceLock<Hits>,
    /// Built when somebody looks.
    events: OnceLock<Arc<[Event]>>,
}

impl Decision {
    /// The strictest action over the policies that hit.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The aggregation key of the first event; `None` for an allowed launch.
    pub fn aggregation_key(&self) -> Option<AggregationKey> {
        if self.action == Action::Allow {
            return None;
        }
        let hit = match self.hits.get() {
            Some(hits) => *hits.first()?,
            None => first_hit(&self.owned, &self.launch, self.now, self.action)?,
        };
        let offset = self.owned.assessment.set.day_offset;
        let day = self.now.day_number(offset);
        // The next start of the same image on the same day has the same key.
        if let Some(last) = self.owned.image.last_key.load().as_ref()
            && (last.policy, last.action, last.day) == (hit.policy, hit.action, day)
        {
            return Some(last.key);
        }
        let policy = self.owned.assessment.set.policies.get(hit.policy)?;
        let kind = policy.kind.into();
        let key = AggregationKey::of(
            &self.now.day(offset),
            hit.action,
            kind,
            &policy.id,
            &self.owned.image.key_image,
        );
        let last = LastKey { policy: hit.policy, action: hit.action, day, key };
        self.owned.image.last_key.store(Some(Arc::new(last)));
        Some(key)
    }

    /// When it was decided: the `now` of the caller.
    pub fn decided_at(&self) -> Timestamp {
        self.now
    }

    /// The day of the decision, in the set's `day_utc_offset`.
    pub(crate) fn day(&self) -> String {
        self.now.day(self.owned.assessment.set.day_offset)
    }

    /// How many policies hit: one event each.
    pub fn event_count(&self) -> usize {
        self.hits().len()
    }

    fn hits(&self) -> &Hits {
        self.hits.get_or_init(|| match self.action {
            Action::Allow => Hits::new(),
            _ => hits(&self.owned, &self.launch, self.now),
        })
    }

    /// One event for each policy that hit: intercepting ones first, then by type, then in the set's order.
    pub fn events(&self) -> &[Event] {
        self.events.get_or_init(|| {
            render_events(&self.owned.assessment, &self.launch, &self.owned.image, self.now, self.hits())
                .into()
        })
    }

    /// The launch that was decided.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// The revision of the policy set.
    pub fn revision(&self) -> &str {
        &self.owned.assessment.set.revision
    }

    /// The label of the policy set.
    pub fn label(&self) -> Option<&str> {
        self.owned.assessment.set.label.as_deref()
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("action", &self.action())
            .field("decided_at", &self.now)
            .field("events", &self.event_count())
            .finish_non_exhaustive()
    }
}
