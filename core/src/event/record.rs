//! One policy that hit one launch.

use super::bound::{Bound, LONG, SHORT, TEXT};
use super::evidence::EventEvidence;
use super::id::{RecordId, RecordIdParts};
use super::mode::EventMode;
use super::read;
use crate::decision::{Action, AggregationKey, Decision, Event, EventType, PolicySnapshot};
use crate::error::Error;
use crate::launch::{Launch, LaunchDocument, mask_text};
use crate::policy::{PolicyType, Status};
use crate::time::{DayOffset, Timestamp};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// What a record says beside the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordContext {
    /// Tells two equal launches of one instant apart, such as a container id or a counter of the host.
    pub occurrence: Option<String>,
    /// How the record came to be.
    pub mode: EventMode,
    /// Why, where the mode needs a reason: who overrode, or what failed.
    pub reason: Option<String>,
    /// Who recorded: `hook`, `authz`, `admission`, `cli`, …
    pub source: Option<String>,
}

/// The image of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventImage {
    /// Image id.
    pub id: Option<String>,
    /// Normalised name.
    pub name: Option<String>,
    /// Manifest digest.
    pub digest: Option<String>,
}

impl EventImage {
    /// The image's line in aggregation keys.
    pub(super) fn key_line(&self) -> &str {
        let known = self.id.as_deref().or(self.digest.as_deref()).or(self.name.as_deref());
        known.unwrap_or_default()
    }
}

/// One policy that hit one launch, as it is kept: bounded, and without secrets. Cloning shares it.
///
/// ```
/// use imagegate::{EventRecord, Launch, PolicySet, RecordContext, Timestamp};
///
/// # let policies = PolicySet::parse(br#"{"version": 1, "policies": [{
/// #     "id": "nobody-scanned-it", "name": "Not scanned", "type": "unscanned",
/// #     "enabled": true, "enabled_at": "2026-11-01T08:00:00Z", "enforcement": {"mode": "immediate"},
/// #     "scope": {"images": "all"}, "criteria": {"states": ["not_scanned"]}
/// # }]}"#)?;
/// let launch = Launch::parse(br#"{"version": 1, "image": {"reference": "nginx"}, "privileges": []}"#)?;
/// let decision = policies.assess_unscanned().decide(&launch, Timestamp::parse("2026-11-24T06:00:00Z")?)?;
///
/// let context = RecordContext { source: Some("hook".to_owned()), ..RecordContext::default() };
/// let records = EventRecord::of(&decision, &context);
/// assert_eq!(records.len(), 1);
/// assert_eq!(EventRecord::parse(records[0].to_json().as_bytes())?, records[0]);
/// # Ok::<(), imagegate::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EventRecord {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    id: RecordId,
    key: AggregationKey,
    facts: Facts,
}

/// What a record says; key and id follow from it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) decided_at: Timestamp,
    pub(super) day: String,
    pub(super) event_type: EventType,
    pub(super) action: Action,
    pub(super) context: RecordContext,
    pub(super) policy: PolicySnapshot,
    pub(super) revision: Option<String>,
    pub(super) label: Option<String>,
    pub(super) image: EventImage,
    pub(super) evidence: Vec<EventEvidence>,
    pub(super) risk_description: String,
    pub(super) solution: String,
    pub(super) launch: LaunchDocument,
    pub(super) is_truncated: bool,
}

impl EventRecord {
    /// One record for each policy that hit; none of an allowed launch.
    ///
    /// Under [`EventMode::BreakGlass`] and [`EventMode::FailedOpen`] the container starts: the action of the records
    /// is `alarm`, and their key follows it.
    pub fn of(decision: &Decision, context: &RecordContext) -> Vec<Self> {
        let mut bound = Bound::default();
        let launch = bound.launch(decision.launch().document());
        let context = bounded_context(context, &mut bound);
        let label = decision.label().map(|label| bound.text(label, SHORT));
        let of_event = |event: &Event| {
            let mut bound = Bound { has_cut: bound.has_cut };
            let evidence = event.evidence.iter().map(|evidence| EventEvidence::of(evidence, &mut bound));
            let evidence = evidence.collect();
            let (risk_description, solution) =
                (bound.text(&event.risk_description, TEXT), bound.text(&event.solution, TEXT));
            Self::new(Facts {
                decided_at: decision.decided_at(),
                day: decision.day(),
                event_type: event.event_type,
                action: if context.mode == EventMode::Enforced { event.action } else { Action::Alarm },
                context: context.clone(),
                policy: event.policy.clone(),
                revision: Some(decision.revision().to_owned()),
                label: label.clone(),
                image: decision.image(),
                evidence,
                risk_description,
                solution,
                launch: launch.clone(),
                is_truncated: bound.has_cut,
            })
        };
        decision.events().iter().map(of_event).collect()
    }

    /// The record of a start that was not judged, because imagegate failed on a host that is told to start containers
    /// then. It is an alarm of type `unscanned_image` under the policy id `imagegate.failed-open`: nothing
    /// trustworthy was known. `reason` says what failed, and `offset` which day it is.
    pub fn failed_open(
        launch: &Launch,
        now: Timestamp,
        offset: DayOffset,
        reason: &str,
        context: &RecordContext,
    ) -> Self {
        let mut bound = Bound::default();
        let document = bound.launch(launch.document());
        let context =
            RecordContext { mode: EventMode::FailedOpen, reason: Some(reason.to_owned()), ..context.clone() };
        let context = bounded_context(&context, &mut bound);
        let why = context.reason.clone().unwrap_or_default();
        Self::new(Facts {
            decided_at: now,
            day: now.day(offset),
            event_type: EventType::UnscannedImage,
            action: Action::Alarm,
            policy: PolicySnapshot {
                id: "imagegate.failed-open".to_owned(),
                name: "Started without a decision".to_owned(),
                kind: PolicyType::Unscanned,
                status: Status::Observing,
                intercepts_from: None,
            },
            revision: None,
            label: None,
            image: launch.event_image(),
            evidence: Vec::new(),
            risk_description: bound.text(&format!("The container started without a decision: {why}"), TEXT),
            solution: "Find out why imagegate failed on this node, and decide about the container by hand."
                .to_owned(),
            launch: document,
            is_truncated: bound.has_cut,
            context,
        })
    }

    pub(super) fn new(facts: Facts) -> Self {
        let key = AggregationKey::of(
            &facts.day,
            facts.action,
            facts.event_type,
            &facts.policy.id,
            facts.image.key_line(),
        );
        let launch = &facts.launch;
        let or_empty = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let id = RecordId::of(&RecordIdParts {
            aggregation_key: key.as_str(),
            decided_at: facts.decided_at,
            node: &or_empty(&launch.node.name),
            pod_namespace: &or_empty(&launch.pod.namespace),
            pod_name: &or_empty(&launch.pod.name),
            container: &or_empty(&launch.container.name),
            occurrence: &or_empty(&facts.context.occurrence),
        });
        Self { inner: Arc::new(Inner { id, key, facts }) }
    }

    /// Reads a record document, strictly: an unknown member, or a key or id that does not follow from the rest, is an
    /// error.
    ///
    /// # Errors
    /// `syntax`, `invalid_event` with every problem, `limit_exceeded`, `unsupported`.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        read::record(text)
    }

    /// The record as one line of JSON.
    pub fn to_json(&self) -> String {
        crate::json::to_string(self)
    }

    /// Its id: sent twice, it is one record.
    pub fn id(&self) -> RecordId {
        self.inner.id
    }

    /// Records with the same key fold into one row.
    pub fn aggregation_key(&self) -> AggregationKey {
        self.inner.key
    }

    /// When it was decided.
    pub fn decided_at(&self) -> Timestamp {
        self.inner.facts.decided_at
    }

    /// The day of that, `YYYY-MM-DD`, in the policy set's `day_utc_offset`.
    pub fn day(&self) -> &str {
        &self.inner.facts.day
    }

    /// Type.
    pub fn event_type(&self) -> EventType {
        self.inner.facts.event_type
    }

    /// `intercept` or `alarm`: what happened to the launch because of this policy.
    pub fn action(&self) -> Action {
        self.inner.facts.action
    }

    /// How the record came to be.
    pub fn mode(&self) -> EventMode {
        self.inner.facts.context.mode
    }

    /// What was said beside the decision.
    pub fn context(&self) -> &RecordContext {
        &self.inner.facts.context
    }

    /// The policy that hit.
    pub fn policy(&self) -> &PolicySnapshot {
        &self.inner.facts.policy
    }

    /// The revision of the policy set; `None` if there was no decision.
    pub fn revision(&self) -> Option<&str> {
        self.inner.facts.revision.as_deref()
    }

    /// The image.
    pub fn image(&self) -> &EventImage {
        &self.inner.facts.image
    }

    /// Per category the counts and the worst findings.
    pub fn evidence(&self) -> &[EventEvidence] {
        &self.inner.facts.evidence
    }

    /// What is wrong, in one sentence.
    pub fn risk_description(&self) -> &str {
        &self.inner.facts.risk_description
    }

    /// What to do about it.
    pub fn solution(&self) -> &str {
        &self.inner.facts.solution
    }

    /// The launch, with bounded lists and texts.
    pub fn launch(&self) -> &LaunchDocument {
        &self.inner.facts.launch
    }

    /// Whether something was cut to its bound.
    pub fn is_truncated(&self) -> bool {
        self.inner.facts.is_truncated
    }

    /// Whether this one, rather than the other, is the last of the two. Two records of one id with different contents
    /// do not happen; if they do, it is the same one everywhere.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        let place = |record: &Self| (record.decided_at(), record.id());
        match place(self).cmp(&place(other)) {
            std::cmp::Ordering::Equal => self != other && self.to_json() > other.to_json(),
            order => order.is_gt(),
        }
    }

    pub(super) fn serialize_members<S: SerializeStruct>(&self, document: &mut S) -> Result<(), S::Error> {
        #[derive(Serialize)]
        struct PolicySetRef<'r> {
            revision: &'r str,
            label: Option<&'r str>,
        }
        let facts = &self.inner.facts;
        let context = &facts.context;
        let label = facts.label.as_deref();
        let set = facts.revision.as_deref().map(|revision| PolicySetRef { revision, label });
        document.serialize_field("version", &1)?;
        document.serialize_field("aggregation_key", self.inner.key.as_str())?;
        document.serialize_field("record_id", &self.inner.id)?;
        document.serialize_field("decided_at", &facts.decided_at)?;
        document.serialize_field("day", &facts.day)?;
        document.serialize_field("event_type", &facts.event_type)?;
        document.serialize_field("action", &facts.action)?;
        document.serialize_field("mode", &context.mode)?;
        for (name, text) in
            [("reason", &context.reason), ("source", &context.source), ("occurrence", &context.occurrence)]
        {
            match text {
                Some(text) => document.serialize_field(name, text)?,
                None => document.skip_field(name)?,
            }
        }
        document.serialize_field("policy", &facts.policy)?;
        document.serialize_field("policy_set", &set)?;
        document.serialize_field("image", &facts.image)?;
        document.serialize_field("evidence", &facts.evidence)?;
        document.serialize_field("risk_description", &facts.risk_description)?;
        document.serialize_field("solution", &facts.solution)?;
        document.serialize_field("launch", &facts.launch)?;
        if facts.is_truncated {
            document.serialize_field("truncated", &true)?;
        }
        Ok(())
    }
}

pub(super) fn bounded_context(context: &RecordContext, bound: &mut Bound) -> RecordContext {
    RecordContext {
        occurrence: bound.optional(&context.occurrence, SHORT),
        mode: context.mode,
        reason: context.reason.as_deref().map(|reason| bound.text(&mask_text(reason), LONG)),
        source: bound.optional(&context.source, SHORT),
    }
}

impl PartialEq for EventRecord {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner == other.inner
    }
}

impl Eq for EventRecord {}

impl Serialize for EventRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("EventRecord", 19)?;
        self.serialize_members(&mut document)?;
        document.end()
    }
}
