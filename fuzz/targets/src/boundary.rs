//! The C library: sequences of calls, right and wrong in the ways that the header answers.
//!
//! Handles are freed in any order while what was made of them is used; the sanitizer sees what outlives its owner.

use crate::documents::FIXED;
use arbitrary::{Arbitrary, Unstructured};
use imagegate_fuzz_boundary::assessment::*;
use imagegate_fuzz_boundary::buffer::*;
use imagegate_fuzz_boundary::decision::*;
use imagegate_fuzz_boundary::error::*;
use imagegate_fuzz_boundary::gate::*;
use imagegate_fuzz_boundary::launch::*;
use imagegate_fuzz_boundary::policy_set::*;
use imagegate_fuzz_boundary::profile::*;
use imagegate_fuzz_boundary::status::imagegate_status;
use imagegate_fuzz_boundary::str::imagegate_str;
use imagegate_fuzz_boundary::version::*;
use std::ffi::c_char;
use std::ptr::{null, null_mut};
use std::sync::LazyLock;

/// Calls of one sequence.
const MOST_CALLS: usize = 60;

#[derive(Arbitrary, Debug)]
struct Case {
    calls: Vec<Call>,
    bytes: Vec<u8>,
}

/// Which of the handles of a kind; the last number is NULL.
type Slot = u8;

#[derive(Arbitrary, Debug)]
enum Text {
    /// A document that is right for the call.
    Good(u8),
    /// The bytes of the case.
    Bytes,
    /// A right document with a byte of it changed, or cut off.
    Damaged {
        which: u8,
        at: u16,
        byte: u8,
        cut: bool,
    },
    Empty,
    Null,
    /// NULL with a length.
    NullWithLength,
    /// Longer than any object.
    TooLong,
}

#[derive(Arbitrary, Debug)]
enum Call {
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

/// Documents that are read, three kinds beside each other.
static GOOD: LazyLock<[Vec<Vec<u8>>; 3]> = LazyLock::new(|| {
    let reports: [&[u8]; 3] = [
        include_bytes!("../../../testdata/reports/trivy-image.json"),
        include_bytes!("../../../testdata/reports/grype-minimal.json"),
        include_bytes!("../../../testdata/reports/clamav-infected.txt"),
    ];
    let launches: [&[u8]; 3] = [
        include_bytes!("../../../testdata/launches/docker-create-dangerous.json"),
        include_bytes!("../../../testdata/launches/kubernetes-pod-plain.yaml"),
        include_bytes!("../../../testdata/launches/oci-runtime-plain.json"),
    ];
    let policies: [&[u8]; 3] = [
        include_bytes!("../../../core/tests/reference/contract/policies.json"),
        include_bytes!("../../../examples/policies.json"),
        br#"{"version": 1}"#,
    ];
    let own = |own: Vec<u8>, others: [&[u8]; 3]| {
        std::iter::once(own).chain(others.map(<[u8]>::to_vec)).collect::<Vec<_>>()
    };
    [
        policies.map(<[u8]>::to_vec).to_vec(),
        own(FIXED.profile.to_json().into_bytes(), reports),
        own(FIXED.launch.to_json().into_bytes(), launches),
    ]
});

const FORMATS: [&[u8]; 6] = [b"", b"trivy", b"docker-create", b"kubernetes", b"nothing", b"\xFF"];
const IMAGES: [&[u8]; 6] = [
    b"registry.example.com/shop/cart:1.4.2",
    b"sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    b"nginx",
    b"",
    b"a b",
    b"\xFF",
];

pub(crate) fn boundary(bytes: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let mut held = Held::default();
    assert_eq!(imagegate_abi_version(), IMAGEGATE_ABI_VERSION);
    for call in case.calls.iter().take(MOST_CALLS) {
        // SAFETY: every handle is NULL or held, texts live through the call.
        unsafe { held.call(call, &case.bytes) };
    }
    // SAFETY: as above, and nothing is used afterwards.
    unsafe { held.free_all() };
}

/// The handles that were handed out and not freed.
#[derive(Default)]
struct Held {
    policies: Vec<*mut imagegate_policy_set>,
    profiles: Vec<*mut imagegate_scan_profile>,
    launches: Vec<*mut imagegate_launch>,
    assessments: Vec<*mut imagegate_assessment>,
    decisions: Vec<*mut imagegate_decision>,
    gates: Vec<*mut imagegate_gate>,
    errors: Vec<*mut imagegate_error>,
}

fn at<T>(handles: &[*mut T], slot: Slot) -> *mut T {
    // One more than there are: NULL.
    handles.get(usize::from(slot) % (handles.len() + 1)).copied().unwrap_or(null_mut())
}

fn taken<T>(handles: &mut Vec<*mut T>, slot: Slot) -> *mut T {
    let index = usize::from(slot) % (handles.len() + 1);
    if index == handles.len() { null_mut() } else { handles.swap_remove(index) }
}

/// What goes in: a pointer and a length, and the bytes in a block of their own, past whose end nothing may be read.
struct Given {
    block: Box<[u8]>,
    data: *const c_char,
    len: usize,
}

impl Text {
    fn given(&self, kind: usize, bytes: &[u8]) -> Given {
        let good = |which: u8| GOOD[kind][usize::from(which) % GOOD[kind].len()].clone();
        let block = match self {
            Self::Good(which) => good(*which),
            Self::Bytes => bytes.to_vec(),
            Self::Damaged { which, at, byte, cut } => {
                let mut text = good(*which);
                let at = usize::from(*at) % text.len();
                text[at] = *byte;
                if *cut {
                    text.truncate(at);
                }
                text
            }
            Self::Empty | Self::TooLong => vec![0; usize::from(matches!(self, Self::TooLong))],
            Self::Null => return Given { block: Box::default(), data: null(), len: 0 },
            Self::NullWithLength => return Given { block: Box::default(), data: null(), len: 7 },
        };
        let mut given = Given::of(&block);
        if matches!(self, Self::TooLong) {
            given.len = usize::MAX;
        }
        given
    }
}

impl Given {
    fn of(bytes: &[u8]) -> Self {
        let block: Box<[u8]> = bytes.into();
        Self { data: block.as_ptr().cast(), len: block.len(), block }
    }

    /// Overwrites what was given: the library has copied what it needs.
    fn done(mut self) {
        self.block.fill(b'#');
    }
}

fn word(words: &[&[u8]], which: u8) -> Given {
    Given::of(words[usize::from(which) % words.len()])
}

/// Reads all of a text that was lent.
fn seen(text: imagegate_str) -> Option<String> {
    if text.data.is_null() {
        assert_eq!(text.len, 0);
        return None;
    }
    // SAFETY: the library says so.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    Some(std::str::from_utf8(bytes).expect("text is UTF-8").to_owned())
}

impl Held {
    /// What is written where an error may go: NULL, or a place.
    unsafe fn failed(&mut self, status: imagegate_status, error: *mut imagegate_error, wanted: bool) -> bool {
        assert_ne!(status, imagegate_status::Internal, "the library is at fault");
        if status == imagegate_status::Ok {
            assert!(error.is_null(), "an error without a failure");
            return false;
        }
        assert_eq!(error.is_null(), !wanted, "an error where one is wanted");
        if wanted {
            // SAFETY: just handed out.
            unsafe {
                assert_eq!(imagegate_error_status(error), status);
                let message = seen(imagegate_error_message(error)).unwrap();
                crate::errors::line(&message);
                let count = imagegate_error_problem_count(error);
                assert!(count > 0);
                for index in [0, count - 1, count, usize::MAX] {
                    let code = seen(imagegate_error_problem_code(error, index));
                    let message = seen(imagegate_error_problem_message(error, index));
                    let pointer = seen(imagegate_error_problem_pointer(error, index));
                    assert!([code.is_some(), message.is_some(), pointer.is_some()] == [index < count; 3]);
                    let (line, column) = (
                        imagegate_error_problem_line(error, index),
                        imagegate_error_problem_column(error, index),
                    );
                    assert_eq!(line == 0, column == 0);
                }
            }
            self.errors.push(error);
        }
        true
    }

    /// Runs a call with one output handle.
    unsafe fn made<T>(
        &mut self,
        (out, err): (bool, bool),
        call: impl FnOnce(*mut *mut T, *mut *mut imagegate_error) -> imagegate_status,
    ) -> Option<*mut T> {
        let (mut handle, mut error) = (null_mut(), null_mut());
        let status =
            call(if out { &mut handle } else { null_mut() }, if err { &mut error } else { null_mut() });
        // SAFETY: as promised to the caller.
        let failed = unsafe { self.failed(status, error, err) };
        assert_eq!(handle.is_null(), failed, "an output is written on success and only then");
        assert!(out || failed, "success without a place for it");
        (!failed).then_some(handle)
    }

    /// Runs a call that prints.
    unsafe fn printed(
        &mut self,
        (out, err): (bool, bool),
        call: impl FnOnce(*mut imagegate_buffer, *mut *mut imagegate_error) -> imagegate_status,
    ) -> Option<String> {
        let (mut buffer, mut error) = (imagegate_buffer { data: null_mut(), len: 0 }, null_mut());
        let status =
            call(if out { &mut buffer } else { null_mut() }, if err { &mut error } else { null_mut() });
        // SAFETY: as promised to the caller.
        unsafe {
            if self.failed(status, error, err) {
                assert!(buffer.data.is_null());
                return None;
            }
            let bytes = std::slice::from_raw_parts(buffer.data.cast::<u8>(), buffer.len + 1);
            assert_eq!(bytes[buffer.len], 0, "a NUL follows");
            let text = std::str::from_utf8(&bytes[..buffer.len]).expect("text is UTF-8").to_owned();
            imagegate_buffer_free(&mut buffer);
            assert!(buffer.data.is_null() && buffer.len == 0);
            imagegate_buffer_free(&mut buffer);
            Some(text)
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each function of the header")]
    unsafe fn call(&mut self, call: &Call, bytes: &[u8]) {
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
                    let (text, format, image) =
                        (text.given(1, bytes), word(&FORMATS, *format), word(&IMAGES, *image));
                    let made = self.made((*out, *err), |out, err| {
                        if image.len == 0 {
                            imagegate_scan_profile_parse(
                                text.data,
                                text.len,
                                format.data,
                                format.len,
                                out,
                                err,
                            )
                        } else {
                            imagegate_scan_profile_parse_for(
                                image.data,
                                image.len,
                                text.data,
                                text.len,
                                format.data,
                                format.len,
                                out,
                                err,
                            )
                        }
                    });
                    [text, format, image].into_iter().for_each(Given::done);
                    self.profiles.extend(made);
                }
                Call::Profiles { text, format, at, err } => {
                    let (text, format) = (text.given(1, bytes), word(&FORMATS, *format));
                    let list = self.made((true, *err), |out, err| {
                        imagegate_scan_profiles_parse(text.data, text.len, format.data, format.len, out, err)
                    });
                    [text, format].into_iter().for_each(Given::done);
                    let Some(list) = list else { return };
                    let (count, at) = (imagegate_scan_profiles_count(list), usize::from(*at));
                    assert!(count > 0);
                    let lent = imagegate_scan_profiles_at(list, at);
                    assert_eq!(lent.is_null(), at >= count);
                    let made =
                        self.made((true, *err), |out, err| imagegate_scan_profile_clone(lent, out, err));
                    imagegate_scan_profiles_free(list);
                    self.profiles.extend(made);
                }
                Call::Launch { text, format, image, out, err } => {
                    let (text, format, image) =
                        (text.given(2, bytes), word(&FORMATS, *format), word(&IMAGES, *image));
                    let made = self.made((*out, *err), |out, err| {
                        if image.len == 0 {
                            imagegate_launch_parse(text.data, text.len, format.data, format.len, out, err)
                        } else {
                            imagegate_launch_parse_for(
                                image.data,
                                image.len,
                                text.data,
                                text.len,
                                format.data,
                                format.len,
                                out,
                                err,
                            )
                        }
                    });
                    [text, format, image].into_iter().for_each(Given::done);
                    self.launches.extend(made);
                }
                Call::Launches { text, format, at, err } => {
                    let (text, format) = (text.given(2, bytes), word(&FORMATS, *format));
                    let list = self.made((true, *err), |out, err| {
                        imagegate_launches_parse(text.data, text.len, format.data, format.len, out, err)
                    });
                    [text, format].into_iter().for_each(Given::done);
                    let Some(list) = list else { return };
                    let (count, at) = (imagegate_launches_count(list), usize::from(*at));
                    assert!(count > 0);
                    let lent = imagegate_launches_at(list, at);
                    assert_eq!(lent.is_null(), at >= count);
                    let made = self.made((true, *err), |out, err| imagegate_launch_clone(lent, out, err));
                    imagegate_launches_free(list);
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

    unsafe fn done(&mut self, err: bool, call: impl FnOnce(*mut *mut imagegate_error) -> imagegate_status) {
        let mut error = null_mut();
        let status = call(if err { &mut error } else { null_mut() });
        // SAFETY: as promised to the caller.
        unsafe { self.failed(status, error, err) };
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

    unsafe fn free_one(&mut self, kind: u8, slot: Slot) {
        // SAFETY: what is freed is held no more.
        unsafe {
            match kind % 7 {
                0 => imagegate_policy_set_free(taken(&mut self.policies, slot)),
                1 => imagegate_scan_profile_free(taken(&mut self.profiles, slot)),
                2 => imagegate_launch_free(taken(&mut self.launches, slot)),
                3 => imagegate_assessment_free(taken(&mut self.assessments, slot)),
                4 => imagegate_decision_free(taken(&mut self.decisions, slot)),
                5 => imagegate_gate_free(taken(&mut self.gates, slot)),
                _ => imagegate_error_free(taken(&mut self.errors, slot)),
            }
        }
    }

    unsafe fn free_all(&mut self) {
        for kind in 0..7 {
            for _ in 0..=MOST_CALLS {
                // SAFETY: as promised to the caller.
                unsafe { self.free_one(kind, 0) };
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
