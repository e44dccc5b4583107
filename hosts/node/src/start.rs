//! From a decision, or from a failure to decide, to what happens to the start and what is written down about it.

use crate::clock::now;
use crate::config::OnError;
use crate::log::StartLog;
use crate::overrides::{Override, Overrides};
use crate::reason::{one_line, reason};
use imagegate::{Action, DayOffset, Decision, EventMode, EventRecord, Launch, RecordContext, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What happened to a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No policy objects.
    Allow,
    /// It starts, and that is recorded.
    Alarm,
    /// It does not start.
    Intercept,
    /// It starts because an operator overrode the interception or the failure.
    Overridden,
    /// imagegate failed, and the start happens because the operator wants it so. This is no decision.
    FailedOpen,
    /// imagegate failed, and the start does not happen. This is no decision.
    FailedClosed,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 6] =
        [Self::Allow, Self::Alarm, Self::Intercept, Self::Overridden, Self::FailedOpen, Self::FailedClosed];

    /// Whether the container starts.
    pub fn starts(self) -> bool {
        match self {
            Self::Allow | Self::Alarm | Self::Overridden | Self::FailedOpen => true,
            Self::Intercept | Self::FailedClosed => false,
        }
    }

    /// The word in logs, metrics and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Alarm => "alarm",
            Self::Intercept => "intercept",
            Self::Overridden => "overridden",
            Self::FailedOpen => "failed_open",
            Self::FailedClosed => "failed_closed",
        }
    }
}

/// What the host does, and why, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What happened.
    pub outcome: Outcome,
    /// Why; empty for an allowed start.
    pub reason: String,
}

/// One start, from the decision on.
#[derive(Debug)]
pub struct Start {
    host: &'static str,
    container: Option<String>,
    launch: Option<Launch>,
    decision: Option<Decision>,
    used: Option<Override>,
    verdict: Verdict,
    recorded: bool,
    store_failed: bool,
    notes: Vec<String>,
}

impl Start {
    /// A start that was decided, or why it could not be. `host` is what asked: `hook`, `authz`, …
    pub fn new(host: &'static str, launch: Option<Launch>, result: Result<Decision, String>) -> Self {
        let (decision, verdict) = match result {
            Ok(decision) => {
                let outcome = match decision.action() {
                    Action::Intercept => Outcome::Intercept,
                    Action::Alarm => Outcome::Alarm,
                    Action::Allow => Outcome::Allow,
                };
                let reason = reason(&decision);
                (Some(decision), Verdict { outcome, reason })
            }
            Err(error) => (None, Verdict { outcome: Outcome::FailedClosed, reason: one_line(&error) }),
        };
        Self {
            host,
            container: None,
            launch,
            decision,
            used: None,
            verdict,
            recorded: false,
            store_failed: false,
            notes: Vec::new(),
        }
    }

    /// With the id of the container.
    #[must_use]
    pub fn of_container(mut self, id: Option<String>) -> Self {
        self.container = id;
        self
    }

    /// Adds something that should be looked at.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Applies overrides and what the operator wants of failures. The overrides are only read where the start would
    /// not happen.
    pub fn settle(&mut self, on_error: OnError, overrides: Option<&Path>) {
        if self.verdict.outcome.starts() {
            return;
        }
        if let Some(path) = overrides {
            match self.find_override(path) {
                Ok(Some(used)) => {
                    let Override { owner, reason, expires_at, .. } = &used;
                    let instead = std::mem::take(&mut self.verdict.reason);
                    self.verdict = Verdict {
                        outcome: Outcome::Overridden,
                        reason: one_line(&format!(
                            "overridden by {owner} until {expires_at} ({reason}), instead of: {instead}"
                        )),
                    };
                    self.used = Some(used);
                    return;
                }
                Ok(None) => {}
                Err(error) => self.note(format!("overrides are not in force: {error}")),
            }
        }
        if self.verdict.outcome == Outcome::FailedClosed && on_error == OnError::Start {
            self.verdict.outcome = Outcome::FailedOpen;
        }
    }

    fn find_override(&self, path: &Path) -> Result<Option<Override>, String> {
        let overrides = Overrides::load(path)?;
        let at = match &self.decision {
            Some(decision) => decision.decided_at(),
            None => now().map_err(|error| error.to_string())?,
        };
        Ok(overrides.find(self.launch.as_ref(), at).cloned())
    }

    /// What happens to the start, as far as is known now.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Whether the store could not take the events.
    pub fn store_failed(&self) -> bool {
        self.store_failed
    }

    /// What the event store is to keep: a record for each policy that hit, or for a start that happens without a
    /// decision. None of an allowed start, and none of a failure that starts nothing.
    pub fn records(&self) -> Vec<EventRecord> {
        let mode = match self.verdict.outcome {
            Outcome::Allow | Outcome::FailedClosed => return Vec::new(),
            Outcome::Alarm | Outcome::Intercept => EventMode::Enforced,
            Outcome::Overridden => EventMode::BreakGlass,
            Outcome::FailedOpen => EventMode::FailedOpen,
        };
        let reason = (mode != EventMode::Enforced).then(|| self.verdict.reason.clone());
        let context = RecordContext {
            occurrence: self.container.clone(),
            mode,
            reason,
            source: Some(self.host.to_owned()),
        };
        match (&self.decision, &self.launch) {
            (Some(decision), _) => EventRecord::of(decision, &context),
            (None, Some(launch)) => {
                // Without policies nobody knows what day it is to the operator: it is that of UTC.
                let record = |now| {
                    EventRecord::failed_open(
                        launch,
                        now,
                        DayOffset::default(),
                        &self.verdict.reason,
                        &context,
                    )
                };
                now().map(record).into_iter().collect()
            }
            // Nothing is known of the image: the log has it.
            (None, None) => Vec::new(),
        }
    }

    /// Says how recording went. A store that fails changes nothing about a decision.
    pub fn recorded(&mut self, result: Result<(), String>) {
        match result {
            Ok(()) => self.recorded = true,
            Err(error) => {
                self.store_failed = true;
                self.note(format!("events are not recorded: {error}"));
            }
        }
    }

    /// Writes the start down, and gives the last word on it. What happens without a decision behind it leaves a trace
    /// or does not happen.
    pub fn finish(mut self, log: &StartLog) -> Verdict {
        if self.verdict.outcome == Outcome::Allow && self.notes.is_empty() {
            return self.verdict;
        }
        let logged = log.append(&self.entry());
        let needs_trace = match self.verdict.outcome {
            Outcome::FailedOpen | Outcome::Overridden => !self.recorded,
            Outcome::Allow | Outcome::Alarm | Outcome::Intercept | Outcome::FailedClosed => false,
        };
        if let Err(error) = logged {
            let path = log.path().display();
            if needs_trace {
                self.verdict.outcome = Outcome::FailedClosed;
                let reason = &self.verdict.reason;
                self.verdict.reason =
                    one_line(&format!("{reason}; and that cannot be written down: {path}: {error}"));
            } else if self.verdict.outcome != Outcome::Allow {
                self.verdict.reason.push_str(&format!(" (not logged: {path}: {error})"));
            }
        }
        self.verdict
    }

    fn entry(&self) -> Entry<'_> {
        let events = self.decision.as_ref().map(Decision::events).unwrap_or_default();
        let image = self.launch.as_ref().map(|launch| &launch.document().image);
        Entry {
            time: now().ok(),
            host: self.host,
            outcome: self.verdict.outcome,
            container: self.container.as_deref(),
            name: self.launch.as_ref().and_then(|launch| launch.document().container.name.as_deref()),
            image,
            reason: &self.verdict.reason,
            policies: events.iter().map(|event| event.policy.id.as_str()).collect(),
            aggregation_keys: events.iter().map(|event| event.aggregation_key.as_str()).collect(),
            revision: self.decision.as_ref().map(Decision::revision),
            r#override: self.used.as_ref(),
            store_failed: self.store_failed,
            notes: &self.notes,
        }
    }
}

/// A line of the log.
#[derive(Serialize)]
struct Entry<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    host: &'static str,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'s imagegate::LaunchImage>,
    reason: &'s str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policies: Vec<&'s str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aggregation_keys: Vec<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#override: Option<&'s Override>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    store_failed: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'s [String],
}

#[cfg(test)]
mod tests {
    use super::*;
    use imagegate::PolicySet;

    /// A privileged launch, decided by a policy of this enforcement.
    fn decided(enforcement: &str) -> Start {
        let policies = format!(
            r#"{{"version": 1, "policies": [{{"id": "p", "name": "Privileged\nstart", "type": "privileged",
                "enabled": true, "enabled_at": "2026-11-01T00:00:00Z", "enforcement": {enforcement},
                "scope": {{"images": "all"}}, "criteria": {{"privileges": ["privileged"]}}}}]}}"#
        );
        let launch = br#"{"version": 1, "image": {"reference": "nginx"}, "privileges": ["privileged"]}"#;
        let launch = Launch::parse(launch).unwrap();
        let assessment = PolicySet::parse(policies.as_bytes()).unwrap().assess_unscanned();
        let decision = assessment.decide(&launch, now().unwrap()).unwrap();
        Start::new("test", Some(launch), Ok(decision)).of_container(Some("c1".to_owned()))
    }

    fn failed() -> Start {
        Start::new("test", None, Err("no\nluck".to_owned()))
    }

    fn log() -> (tempfile::TempDir, StartLog) {
        let folder = tempfile::tempdir().unwrap();
        let log = StartLog::new(folder.path().join("log/starts.log"));
        (folder, log)
    }

    fn lines(log: &StartLog) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(log.path()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn overrides(folder: &tempfile::TempDir, images: &str, expires_at: &str) -> std::path::PathBuf {
        let path = folder.path().join("overrides.json");
        let text = format!(
            r#"{{"version": 1, "overrides": [{{"reason": "outage", "owner": "ops", "expires_at": "{expires_at}", "images": {images}}}]}}"#
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn decisions_are_what_they_are() {
        let (_folder, log) = log();
        for (enforcement, outcome) in
            [(r#"{"mode": "immediate"}"#, Outcome::Intercept), (r#"{"mode": "alarm"}"#, Outcome::Alarm)]
        {
            let mut start = decided(enforcement);
            // What is wanted of failures has no part in decisions.
            start.settle(OnError::Start, None);
            let verdict = start.finish(&log);
            assert_eq!(verdict.outcome, outcome);
            assert!(verdict.reason.starts_with(r"policy `Privileged\nstart` [p] "), "{}", verdict.reason);
            assert_eq!(lines(&log).last().unwrap()["policies"][0], "p");
        }
    }

    #[test]
    fn failures_are_closed_unless_wanted_open_and_never_allowed() {
        let (_folder, log) = log();
        let mut start = failed();
        start.settle(OnError::Intercept, None);
        assert_eq!(
            start.finish(&log),
            Verdict { outcome: Outcome::FailedClosed, reason: r"no\nluck".to_owned() }
        );
        let mut start = failed();
        start.settle(OnError::Start, None);
        assert_eq!(start.finish(&log).outcome, Outcome::FailedOpen);
        let outcomes: Vec<_> = lines(&log).iter().map(|line| line["outcome"].clone()).collect();
        assert_eq!(outcomes, ["failed_closed", "failed_open"]);
    }

    #[test]
    fn what_happens_without_a_decision_leaves_a_trace_or_does_not_happen() {
        let nowhere = StartLog::new("/proc/nowhere/log".into());
        let mut start = failed();
        start.settle(OnError::Start, None);
        let verdict = start.finish(&nowhere);
        assert_eq!(verdict.outcome, Outcome::FailedClosed);
        assert!(verdict.reason.contains("cannot be written down"));
        let (folder, _log) = log();
        let file = overrides(&folder, r#""all""#, "9999-01-01T00:00:00Z");
        let mut start = decided(r#"{"mode": "immediate"}"#);
        start.settle(OnError::Intercept, Some(&file));
        assert_eq!(start.verdict().outcome, Outcome::Overridden);
        assert_eq!(start.finish(&nowhere).outcome, Outcome::FailedClosed);
        // A decision needs no log.
        assert_eq!(decided(r#"{"mode": "immediate"}"#).finish(&nowhere).outcome, Outcome::Intercept);
        assert_eq!(decided(r#"{"mode": "alarm"}"#).finish(&nowhere).outcome, Outcome::Alarm);
    }

    #[test]
    fn an_override_is_used_written_down_and_ends() {
        let (folder, log) = log();
        let file = overrides(&folder, r#"["nginx:latest"]"#, "9999-01-01T00:00:00Z");
        let mut start = decided(r#"{"mode": "immediate"}"#);
        start.settle(OnError::Intercept, Some(&file));
        let verdict = start.finish(&log);
        assert_eq!(verdict.outcome, Outcome::Overridden);
        let line = lines(&log).pop().unwrap();
        assert_eq!(
            (&line["override"]["owner"], &line["override"]["reason"]),
            (&"ops".into(), &"outage".into())
        );
        assert_eq!(line["policies"][0], "p");
        // Nothing is known of the image of a failed one.
        let mut start = failed();
        start.settle(OnError::Intercept, Some(&file));
        assert_eq!(start.finish(&log).outcome, Outcome::FailedClosed);
        let file = overrides(&folder, r#""all""#, "2026-01-01T00:00:00Z");
        let mut start = decided(r#"{"mode": "immediate"}"#);
        start.settle(OnError::Intercept, Some(&file));
        assert_eq!(start.finish(&log).outcome, Outcome::Intercept);
        std::fs::write(&file, "{").unwrap();
        let mut start = decided(r#"{"mode": "immediate"}"#);
        start.settle(OnError::Intercept, Some(&file));
        assert_eq!(start.finish(&log).outcome, Outcome::Intercept);
        assert!(lines(&log).pop().unwrap()["notes"][0].as_str().unwrap().contains("not in force"));
    }

    #[test]
    fn a_store_that_fails_changes_no_verdict() {
        let (_folder, log) = log();
        let mut start = decided(r#"{"mode": "alarm"}"#);
        let records = start.records();
        assert_eq!((records.len(), records[0].mode()), (1, EventMode::Enforced));
        start.recorded(Err("locked".to_owned()));
        assert_eq!(start.finish(&log).outcome, Outcome::Alarm);
        let line = lines(&log).pop().unwrap();
        assert_eq!(line["store_failed"], true);
    }

    #[test]
    fn what_happens_without_a_decision_is_recorded_as_what_it_is() {
        assert!(failed().records().is_empty());
        let launch =
            Launch::parse(br#"{"version": 1, "image": {"reference": "nginx"}, "privileges": []}"#).unwrap();
        let mut start = Start::new("test", Some(launch), Err("no luck".to_owned()));
        assert!(start.records().is_empty());
        start.settle(OnError::Start, None);
        let records = start.records();
        assert_eq!((records[0].mode(), records[0].action()), (EventMode::FailedOpen, Action::Alarm));
        let (folder, _log) = log();
        let file = overrides(&folder, r#""all""#, "9999-01-01T00:00:00Z");
        let mut start = decided(r#"{"mode": "immediate"}"#);
        start.settle(OnError::Intercept, Some(&file));
        let records = start.records();
        assert_eq!((records[0].mode(), records[0].action()), (EventMode::BreakGlass, Action::Alarm));
        assert!(records[0].context().reason.as_deref().unwrap().contains("ops"));
        // What is in the store is trace enough.
        let store = folder.path().join("events.db");
        start.recorded(crate::record(&store, &records));
        assert_eq!(start.finish(&StartLog::new("/proc/nowhere/log".into())).outcome, Outcome::Overridden);
    }

    #[test]
    fn outcomes_that_start() {
        let starting: Vec<_> = Outcome::ALL.into_iter().filter(|outcome| outcome.starts()).collect();
        assert_eq!(starting, [Outcome::Allow, Outcome::Alarm, Outcome::Overridden, Outcome::FailedOpen]);
    }
}
