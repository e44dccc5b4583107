//! Decisions as JSON: equal inputs give equal bytes.

use super::{Action, Decision, Event, Explanation};
use crate::error::Error;
use crate::launch::LaunchDocument;
use crate::time::Timestamp;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct DecisionDocument<'d> {
    version: u32,
    action: Action,
    aggregation_key: Option<&'d str>,
    decided_at: Timestamp,
    policy_set: PolicySetRef<'d>,
    image: ImageRef<'d>,
    events: &'d [Event],
    launch: &'d LaunchDocument,
}

#[derive(Serialize)]
struct PolicySetRef<'d> {
    revision: &'d str,
    label: Option<&'d str>,
}

#[derive(Serialize)]
struct ImageRef<'d> {
    id: Option<&'d str>,
    name: Option<String>,
    digest: Option<&'d str>,
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let launch = &self.launch;
        let profile = self.owned.assessment.profile.as_ref();
        let id = launch.id().or_else(|| profile.and_then(|profile| profile.id()));
        let name = launch.reference().or_else(|| profile.and_then(|profile| profile.names().first()));
        let digest = launch
            .digest()
            .or_else(|| launch.reference().and_then(|reference| reference.digest()))
            .or_else(|| profile.and_then(|profile| profile.digests().first()));
        let events = self.events();
        DecisionDocument {
            version: 1,
            action: self.action(),
            aggregation_key: events.first().map(|event| event.aggregation_key.as_str()),
            decided_at: self.now,
            policy_set: PolicySetRef { revision: self.revision(), label: self.label() },
            image: ImageRef {
                id: id.map(|id| id.as_str()),
                name: name.map(|name| name.canonical()),
                digest: digest.map(|digest| digest.as_str()),
            },
            events,
            launch: launch.document(),
        }
        .serialize(serializer)
    }
}

impl Decision {
    /// The decision as one line of JSON. Equal inputs give equal bytes.
    pub fn to_json(&self) -> String {
        crate::json::to_string(self)
    }
}

impl Explanation {
    /// The explanations of a set as one line of JSON.
    pub fn list_to_json(explanations: &[Self]) -> String {
        #[derive(Serialize)]
        struct Document<'e> {
            version: u32,
            policies: &'e [Explanation],
        }
        crate::json::to_string(&Document { version: 1, policies: explanations })
    }
}

/// One container of a document with several launches.
#[derive(Debug)]
pub struct LaunchDecision {
    /// The container's name.
    pub container: Option<String>,
    /// The decision, or why there is none.
    pub result: Result<Decision, Error>,
}

impl LaunchDecision {
    /// The strictest action over all; `None` if one could not be judged.
    pub fn overall(decisions: &[Self]) -> Option<Action> {
        decisions.iter().try_fold(Action::Allow, |strictest, one| {
            one.result.as_ref().ok().map(|decision| strictest.min(decision.action()))
        })
    }
}

impl Serialize for LaunchDecision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct One<'d> {
            container: Option<&'d str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            decision: Option<&'d Decision>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<ErrorDocument<'d>>,
        }
        One {
            container: self.container.as_deref(),
            decision: self.result.as_ref().ok(),
            error: self.result.as_ref().err().map(ErrorDocument),
        }
        .serialize(serializer)
    }
}

struct ErrorDocument<'e>(&'e Error);

impl Serialize for ErrorDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'e> {
            kind: &'static str,
            code: &'static str,
            pointer: Option<&'e str>,
            message: String,
        }
        Document {
            kind: self.0.kind().as_str(),
            code: self.0.code(),
            pointer: self.0.pointer(),
            message: self.0.to_string(),
        }
        .serialize(serializer)
    }
}

/// The decisions of a document with several launches, as one line of JSON.
pub fn decisions_to_json(decisions: &[LaunchDecision]) -> String {
    #[derive(Serialize)]
    struct Document<'d> {
        version: u32,
        action: Option<Action>,
        decisions: &'d [LaunchDecision],
    }
    crate::json::to_string(&Document { version: 1, action: LaunchDecision::overall(decisions), decisions })
}
