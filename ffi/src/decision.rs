//! Decisions.

use crate::argument::{self, Out, handle};
use crate::buffer::imagegate_buffer;
use crate::error::imagegate_error;
use crate::failure::Failure;
use crate::guard;
use crate::status::imagegate_status;
use crate::str::imagegate_str;
use imagegate::{Action, AggregationKey, Decision, EventMode, EventRecord, RecordContext};
use std::ffi::c_char;
use std::sync::OnceLock;

/// What happens to a start. Zero is the strictest, so that memory that was never written does not allow.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum imagegate_action {
    /// The container must not start.
    Intercept = 0,
    /// The container starts, and somebody is told.
    Alarm = 1,
    /// The container starts.
    Allow = 2,
}

impl From<Action> for imagegate_action {
    fn from(action: Action) -> Self {
        match action {
            Action::Intercept => Self::Intercept,
            Action::Alarm => Self::Alarm,
            Action::Allow => Self::Allow,
        }
    }
}

/// The answer for one launch. It owns what it shows, whatever is freed before it.
pub struct imagegate_decision {
    decision: Decision,
    /// Made when somebody asks; kept, since callers get a view of it.
    key: OnceLock<Option<AggregationKey>>,
}

impl From<Decision> for imagegate_decision {
    fn from(decision: Decision) -> Self {
        Self { decision, key: OnceLock::new() }
    }
}

/// What happens to the start: the strictest over the policies that hit. `IMAGEGATE_ACTION_INTERCEPT` if `decision` is
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_decision_action(decision: *const imagegate_decision) -> imagegate_action {
    guard::value(imagegate_action::Intercept, || {
        // SAFETY: the rules of the header.
        let decision = unsafe { decision.as_ref() };
        decision.map_or(imagegate_action::Intercept, |decision| decision.decision.action().into())
    })
}

/// The key under which equal events are folded, 32 lower-case hexadecimal digits: that of the first event. NULL if
/// there is no event, as for an allowed launch. It belongs to the decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_decision_aggregation_key(
    decision: *const imagegate_decision,
) -> imagegate_str {
    guard::value(imagegate_str::NONE, || {
        // SAFETY: the rules of the header.
        let Some(decision) = (unsafe { decision.as_ref() }) else { return imagegate_str::NONE };
        let key = decision.key.get_or_init(|| decision.decision.aggregation_key());
        imagegate_str::of_option(key.as_ref().map(AggregationKey::as_str))
    })
}

/// How many policies hit: one event each. 0 if `decision` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_decision_event_count(decision: *const imagegate_decision) -> usize {
    guard::value(0, || {
        // SAFETY: the rules of the header.
        let decision = unsafe { decision.as_ref() };
        decision.map_or(0, |decision| decision.decision.event_count())
    })
}

/// The decision with its events and their evidence, one line of JSON. Equal inputs give equal bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_decision_to_json(
    decision: *const imagegate_decision,
    json: *mut imagegate_buffer,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let decision = handle(decision, "decision")?;
            Out::new(json, "json")?.write(imagegate_buffer::of(decision.decision.to_json()));
            Ok(())
        })
    }
}

/// The decision for people: several lines of text, as the command line prints them.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_decision_to_text(
    decision: *const imagegate_decision,
    text: *mut imagegate_buffer,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let decision = handle(decision, "decision")?;
            Out::new(text, "text")?.write(imagegate_buffer::of(decision.decision.to_text()));
            Ok(())
        })
    }
}

/// The records of the decision for an event store (`imagegate_events.h`): one line of JSON for each policy that hit,
/// and nothing for an allowed launch.
///
/// `occurrence` tells two equal launches of one instant apart, such as a container id. `mode` is "enforced" if it is
/// empty, "break_glass" if an operator let the container start all the same, or "failed_open"; `reason` says why.
/// `source` is who recorded. All of them may be empty.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_decision_to_records(
    decision: *const imagegate_decision,
    occurrence: *const c_char,
    occurrence_len: usize,
    mode: *const c_char,
    mode_len: usize,
    reason: *const c_char,
    reason_len: usize,
    source: *const c_char,
    source_len: usize,
    records: *mut imagegate_buffer,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let decision = handle(decision, "decision")?;
            let out = Out::new(records, "records")?;
            let context = RecordContext {
                occurrence: argument::word(occurrence, occurrence_len, "occurrence")?.map(str::to_owned),
                mode: argument::word(mode, mode_len, "mode")?.map_or(Ok(EventMode::default()), mode_of)?,
                reason: argument::word(reason, reason_len, "reason")?.map(str::to_owned),
                source: argument::word(source, source_len, "source")?.map(str::to_owned),
            };
            let mut lines = String::new();
            for record in EventRecord::of(&decision.decision, &context) {
                lines.push_str(&record.to_json());
                lines.push('\n');
            }
            out.write(imagegate_buffer::of(lines));
            Ok(())
        })
    }
}

fn mode_of(word: &str) -> Result<EventMode, Failure> {
    EventMode::ALL.into_iter().find(|mode| mode.as_str() == word).ok_or_else(|| {
        let known = EventMode::ALL.map(EventMode::as_str).join("`, `");
        let message = format!("{} is no mode: known are `{known}`", imagegate::quote(word));
        Failure::new(imagegate_status::InvalidArgument, "unknown_mode", message)
    })
}

/// Frees a decision. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_decision_free(decision: *mut imagegate_decision) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(decision) };
}
