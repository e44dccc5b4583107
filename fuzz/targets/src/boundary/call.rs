//! The calls.

use super::given::{FORMATS, Given, IMAGES, Text, word};
use super::held::{Held, at, seen};
use super::readers::{LAUNCHES, PROFILES};
use crate::documents::FIXED;
use arbitrary::Arbitrary;
use imagegate_fuzz_boundary::assessment::*;
use imagegate_fuzz_boundary::decision::*;
use imagegate_fuzz_boundary::error::imagegate_status_name;
use imagegate_fuzz_boundary::gate::*;
use imagegate_fuzz_boundary::launch::*;
use imagegate_fuzz_boundary::policy_set::*;
use imagegate_fuzz_boundary::profile::*;
use imagegate_fuzz_boundary::version::imagegate_version;
use std::ptr::null_mut;

/// Which of the handles of a kind; the last number is NULL.
pub(super) type Slot = u8;

#[derive(Arbitrary, Debug)]
pub(super) enum Call {
    Policies { text: Text, out: bool, err: bool },
    Profile { text: Text, format: u8, image: u8, out: bool, err: bool },
    Profiles { text: Text, format: u8, at: u8, err: bool },
    Launch { text: Text, format: u8, image: u8, out: bool, err: bool },
    Launches { text: Text, format: u8, at: u8, err: bool },
    Clone { kind: u8, slot: Slot, out: bool, err: bool },
    Free { kind: u8, slot: Slot },
    Merge { one: Slot, other: Slot, err: bool },
    Assess { policies: Slot, profile: Slot, err: bool },
    AssessUnscanned { policies: Slot, err: bool },
    Decide { assessment: Slot, launch: Slot, seconds: i64, nanoseconds: u32, now: bool, err: bool },
    Explain { assessment: Slot, launch: Slot, err: bool },
    Look { kind: u8, slot: Slot },
    Print { kind: u8, slot: Slot, out: bool, err: bool },
    Records { decision: Slot, mode: u8, words: Text, err: bool },
    Gate { policies: Slot, max_bytes: u32, err: bool },
    Reload { gate: Slot, policies: Slot, err: bool },
    GatePolicies { gate: Slot, err: bool },
    Put { gate: Slot, profile: Slot, err: bool },
    Remove { gate: Slot, image: u8, out: bool, err: bool },
    GateDecide { gate: Slot, launch: Slot, err: bool },
    GateExplain { gate: Slot, launch: Slot, err: bool },
    Overview { policies: Slot, seconds: i64, nanoseconds: u32, err: bool },
    Name { status: u32 },
}

impl Held {
    #[expect(clippy::too_many_lines, reason = "one arm for each function of the header")]
    pub(super) unsafe fn call(&mut self, call: &Call, bytes: &[u8]) {
        let now = (FIXED.now.unix_seconds(), 0);
        // SAFETY: what is held was handed out and not freed.
        unsafe {
            match call {
                Call::Policies { text, out, err } => {
                    let text = text.given(0, bytes);
                    let made = self.made((*out, *err), |out, err| {
                        imagegate_policy_set_parse(text.data, text.len, out, err)
                    });
                    text.done();
                    self.policies.extend(made);
                }
                Call::Profile { text, format, image, out, err } => {
                    let given = [text.given(1, bytes), word(&FORMATS, *format), word(&IMAGES, *image)];
                    let made = self.read_one(&PROFILES, given, (*out, *err));
                    self.profiles.extend(made);
                }
                Call::Profiles { text, format, at, err } => {
                    let given = [text.given(1, bytes), word(&FORMATS, *format)];
                    let made = self.read_one_of_several(&PROFILES, given, usize::from(*at), *err);
                    self.profiles.extend(made);
                }
                Call::Launch { text, format, image, out, err } => {
                    let given = [text.given(2, bytes), word(&FORMATS, *format), word(&IMAGES, *image)];
                    let made = self.read_one(&LAUNCHES, given, (*out, *err));
                    self.launches.extend(made);
                }
                Call::Launches { text, format, at, err } => {
                    let given = [text.given(2, bytes), word(&FORMATS, *format)];
                    let made = self.read_one_of_several(&LAUNCHES, given, usize::from(*at), *err);
                    self.launches.extend(made);
                }
                Call::Clone { kind, slot, out, err } => self.clone_one(*kind, *slot, (*out, *err)),
                Call::Free { kind, slot } => self.free_one(*kind, *slot),
                Call::Merge { one, other, err } => {
                    let (one, other) = (at(&self.profiles, *one), at(&self.profiles, *other));
                    let made = self
                        .made((true, *err), |out, err| imagegate_scan_profile_merge(one, other, out, err));
                    self.profiles.extend(made);
                }
                Call::Assess { policies, profile, err } => {
                    let (policies, profile) = (at(&self.policies, *policies), at(&self.profiles, *profile));
                    let made = self.made((true, *err), |out, err| {
                        imagegate_policy_set_assess(policies, profile, out, err)
                    });
                    assert!(made.is_none() || !profile.is_null(), "nothing was assessed");
                    self.assessments.extend(made);
                }
                Call::AssessUnscanned { policies, err } => {
                    let policies = at(&self.policies, *policies);
                    let made = self.made((true, *err), |out, err| {
                        imagegate_policy_set_assess_unscanned(policies, out, err)
                    });
                    self.assessments.extend(made);
                }
                Call::Decide { assessment, launch, seconds, nanoseconds, now: is_now, err } => {
                    let (assessment, launch) =
                        (at(&self.assessments, *assessment), at(&self.launches, *launch));
                    let (seconds, nanoseconds) = if *is_now { now } else { (*seconds, *nanoseconds) };
                    let made = self.made((true, *err), |out, err| {
                        imagegate_assessment_decide(assessment, launch, seconds, nanoseconds, out, err)
                    });
                    self.decisions.extend(made);
                }
                Call::Explain { assessment, launch, err } => {
                    let (assessment, launch) =
                        (at(&self.assessments, *assessment), at(&self.launches, *launch));
                    self.printed((true, *err), |out, err| {
                        imagegate_assessment_explain(assessment, launch, now.0, now.1, out, err)
                    });
                }
                Call::Look { kind, slot } => self.look(*kind, *slot),
                Call::Print { kind, slot, out, err } => self.print(*kind, *slot, (*out, *err)),
                Call::Records { decision, mode, words, err } => {
                    let decision = at(&self.decisions, *decision);
                    let mode =
                        word(&[b"", b"enforced", b"break_glass", b"failed_open", b"x", b"\xFF"], *mode);
                    let words = words.given(0, bytes);
                    let text = self.printed((true, *err), |out, err| {
                        imagegate_decision_to_records(
                            decision, words.data, words.len, mode.data, mode.len, words.data, words.len,
                            words.data, words.len, out, err,
                        )
                    });
                    [words, mode].into_iter().for_each(Given::done);
                    if let Some(text) = text {
                        for line in text.lines() {
                            imagegate::EventRecord::parse(line.as_bytes()).expect("a record");
                        }
                        assert_eq!(text.lines().count(), imagegate_decision_event_count(decision));
                    }
                }
                Call::Gate { policies, max_bytes, err } => {
                    let policies = at(&self.policies, *policies);
                    let max_bytes = *max_bytes as usize;
                    let made =
                        self.made((true, *err), |out, err| imagegate_gate_new(policies, max_bytes, out, err));
                    self.gates.extend(made);
                }
                Call::Reload { gate, policies, err } => {
                    let (gate, policies) = (at(&self.gates, *gate), at(&self.policies, *policies));
                    self.done(*err, |err| imagegate_gate_reload(gate, policies, err));
                }
                Call::GatePolicies { gate, err } => {
                    let gate = at(&self.gates, *gate);
                    let made = self.made((true, *err), |out, err| imagegate_gate_policies(gate, out, err));
                    self.policies.extend(made);
                }
                Call::Put { gate, profile, err } => {
                    let (gate, profile) = (at(&self.gates, *gate), at(&self.profiles, *profile));
                    self.done(*err, |err| imagegate_gate_put_profile(gate, profile, err));
                }
                Call::Remove { gate, image, out, err } => {
                    let (gate, image) = (at(&self.gates, *gate), word(&IMAGES, *image));
                    let mut removed = false;
                    let place = if *out { &raw mut removed } else { null_mut() };
                    self.done(*err, |err| {
                        imagegate_gate_remove_profile(gate, image.data, image.len, place, err)
                    });
                    image.done();
                }
                Call::GateDecide { gate, launch, err } => {
                    let (gate, launch) = (at(&self.gates, *gate), at(&self.launches, *launch));
                    let made = self.made((true, *err), |out, err| {
                        imagegate_gate_decide(gate, launch, now.0, now.1, out, err)
                    });
                    self.decisions.extend(made);
                }
                Call::GateExplain { gate, launch, err } => {
                    let (gate, launch) = (at(&self.gates, *gate), at(&self.launches, *launch));
                    self.printed((true, *err), |out, err| {
                        imagegate_gate_explain(gate, launch, now.0, now.1, out, err)
                    });
                }
                Call::Overview { policies, seconds, nanoseconds, err } => {
                    let policies = at(&self.policies, *policies);
                    let mut all = 0;
                    let nowhere = null_mut::<usize>;
                    self.done(*err, |err| {
                        imagegate_policy_set_overview(
                            policies,
                            *seconds,
                            *nanoseconds,
                            &raw mut all,
                            nowhere(),
                            nowhere(),
                            nowhere(),
                            nowhere(),
                            err,
                        )
                    });
                }
                Call::Name { status } => {
                    assert!(seen(imagegate_status_name(*status)).is_some_and(|name| !name.is_empty()));
                    assert!(seen(imagegate_version()).is_some());
                }
            }
        }
    }

    unsafe fn clone_one(&mut self, kind: u8, slot: Slot, places: (bool, bool)) {
        // SAFETY: as promised to the caller.
        unsafe {
            match kind % 4 {
                0 => {
                    let handle = at(&self.policies, slot);
                    let made = self.made(places, |out, err| imagegate_policy_set_clone(handle, out, err));
                    self.policies.extend(made);
                }
                1 => {
                    let handle = at(&self.profiles, slot);
                    let made = self.made(places, |out, err| imagegate_scan_profile_clone(handle, out, err));
                    self.profiles.extend(made);
                }
                2 => {
                    let handle = at(&self.launches, slot);
                    let made = self.made(places, |out, err| imagegate_launch_clone(handle, out, err));
                    self.launches.extend(made);
                }
                _ => {
                    let handle = at(&self.assessments, slot);
                    let made = self.made(places, |out, err| imagegate_assessment_clone(handle, out, err));
                    self.assessments.extend(made);
                }
            }
        }
    }

    /// Reads what is lent.
    unsafe fn look(&mut self, kind: u8, slot: Slot) {
        // SAFETY: as promised to the caller.
        unsafe {
            match kind % 3 {
                0 => {
                    let policies = at(&self.policies, slot);
                    assert_eq!(seen(imagegate_policy_set_revision(policies)).is_none(), policies.is_null());
                    seen(imagegate_policy_set_label(policies));
                }
                1 => drop(seen(imagegate_launch_container(at(&self.launches, slot)))),
                _ => {
                    let decision = at(&self.decisions, slot);
                    let action = imagegate_decision_action(decision);
                    let key = seen(imagegate_decision_aggregation_key(decision));
                    let count = imagegate_decision_event_count(decision);
                    if decision.is_null() {
                        assert!(action == imagegate_action::Intercept && key.is_none() && count == 0);
                    } else {
                        assert_eq!(action == imagegate_action::Allow, count == 0);
                        assert_eq!(key.is_none(), count == 0);
                    }
                }
            }
        }
    }

    unsafe fn print(&mut self, kind: u8, slot: Slot, places: (bool, bool)) {
        // SAFETY: as promised to the caller.
        unsafe {
            match kind % 4 {
                0 => {
                    let handle = at(&self.profiles, slot);
                    self.printed(places, |out, err| imagegate_scan_profile_to_json(handle, out, err));
                }
                1 => {
                    let handle = at(&self.launches, slot);
                    self.printed(places, |out, err| imagegate_launch_to_json(handle, out, err));
                }
                2 => {
                    let handle = at(&self.decisions, slot);
                    self.printed(places, |out, err| imagegate_decision_to_json(handle, out, err));
                }
                _ => {
                    let handle = at(&self.decisions, slot);
                    self.printed(places, |out, err| imagegate_decision_to_text(handle, out, err));
                }
            }
        }
    }
}
