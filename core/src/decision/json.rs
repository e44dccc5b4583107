//! Decisions as JSON: equal inputs give equal bytes.

use super::{Action, Decision, Event, Explanation};
use crate::error::Error;
use crate::event::EventImage;
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
    image: EventImage,
    events: &'d [Event],
    launch: &'d LaunchDocument,
}

#[derive(Serialize)]
struct PolicySetRef<'d> {
    revision: &'d str,
    label: Option<&'d str>,
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let events = self.events();
        DecisionDocument {
            version: 1,
            action: self.action(),
            aggregation_key: events.first().map(|event| event.aggregation_key.as_str()),
            decided_at: self.now,
            policy_set: PolicySetRef { revision: self.revision(), label: self.label() },
            image: self.image(),
            events,
            launch: self.launch.document(),
        }
        .serialize(serializer)
    }
}

impl Decision {
    /// The image: as the launch says, else as the profile does.
    pub(crate) fn image(&self) -> EventImage {
        let of_launch = self.launch.event_image();
        let profile = self.owned.assessment.profile.as_ref();
        let of_profile = profile.map(|profile| EventImage {
            id: profile.id().map(|id| id.as_str().to_owned()),
            name: profile.names().first().map(|name| name.canonical()),
            digest: profile.digests().first().map(|digest| digest.as_str().to_owned()),
        });
        let of_profile = of_profile.unwrap_or_default();
        EventImage {
            id: of_launch.id.or(of_profile.id),
            name: of_launch.name.or(of_profile.name),
            digest: of_launch.digest.or(of_profile.digest),
        }
    }

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
