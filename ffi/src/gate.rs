//! Gates.

use crate::argument::{self, Out, handle, write_if_wanted};
use crate::buffer::imagegate_buffer;
use crate::decision::imagegate_decision;
use crate::error::imagegate_error;
use crate::guard;
use crate::launch::imagegate_launch;
use crate::policy_set::imagegate_policy_set;
use crate::profile::imagegate_scan_profile;
use crate::status::imagegate_status;
use imagegate::{Explanation, Gate};
use std::ffi::c_char;

/// The long-lived object of an agent: policies that can be swapped while other threads decide, and the scan profiles
/// of the images on the node. All of its functions may be called by any number of threads at once; deciding takes no
/// lock.
pub struct imagegate_gate(Gate);

/// A gate with these policies and no profiles yet. `max_bytes` bounds the memory for profiles.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_new(
    policies: *const imagegate_policy_set,
    max_bytes: usize,
    gate: *mut *mut imagegate_gate,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let policies = handle(policies, "policies")?;
            Out::new(gate, "gate")?.give(imagegate_gate(Gate::new(policies.0.clone(), max_bytes)));
            Ok(())
        })
    }
}

/// Swaps the policies. Decisions that are under way end with the old ones.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_reload(
    gate: *const imagegate_gate,
    policies: *const imagegate_policy_set,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let gate = handle(gate, "gate")?;
            gate.0.reload(handle(policies, "policies")?.0.clone());
            Ok(())
        })
    }
}

/// The policies in force, to be freed by the caller.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_policies(
    gate: *const imagegate_gate,
    policies: *mut *mut imagegate_policy_set,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let gate = handle(gate, "gate")?;
            Out::new(policies, "policies")?.give(imagegate_policy_set(gate.0.policies()));
            Ok(())
        })
    }
}

/// Keeps the profile, in place of one that shares its id. `IMAGEGATE_STATUS_LIMIT_EXCEEDED` if the profiles would
/// exceed the bound of the gate; nothing changes then.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_put_profile(
    gate: *const imagegate_gate,
    profile: *const imagegate_scan_profile,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let gate = handle(gate, "gate")?;
            gate.0.put_profile(&handle(profile, "profile")?.0)?;
            Ok(())
        })
    }
}

/// Forgets the profile of the image with this id, digest or name. `removed`, which may be NULL, says whether there
/// was one.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_remove_profile(
    gate: *const imagegate_gate,
    image: *const c_char,
    image_len: usize,
    removed: *mut bool,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let gate = handle(gate, "gate")?;
            let image = argument::required_word(image, image_len, "image")?;
            write_if_wanted(removed, gate.0.remove_profile(image));
            Ok(())
        })
    }
}

/// Decides a launch with the profile of its image: the one of its id, else of a digest it names, else of its name,
/// unless that one is of another image. Without a profile the image is judged as one that nobody scanned.
/// `IMAGEGATE_STATUS_IMAGE_MISMATCH` if the profile found by a digest is of another image.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_decide(
    gate: *const imagegate_gate,
    launch: *const imagegate_launch,
    now_seconds: i64,
    now_nanoseconds: u32,
    decision: *mut *mut imagegate_decision,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let gate = handle(gate, "gate")?;
            let launch = handle(launch, "launch")?;
            let out = Out::new(decision, "decision")?;
            let now = argument::now(now_seconds, now_nanoseconds)?;
            out.give(gate.0.decide(&launch.0, now)?.into());
            Ok(())
        })
    }
}

/// Every policy and why it did or did not hit, one line of JSON. It fails where deciding fails.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_explain(
    gate: *const imagegate_gate,
    launch: *const imagegate_launch,
    now_seconds: i64,
    now_nanoseconds: u32,
    json: *mut imagegate_buffer,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let gate = handle(gate, "gate")?;
            let launch = handle(launch, "launch")?;
            let out = Out::new(json, "json")?;
            let now = argument::now(now_seconds, now_nanoseconds)?;
            let explanations = gate.0.explain(&launch.0, now)?;
            out.write(imagegate_buffer::of(Explanation::list_to_json(&explanations)));
            Ok(())
        })
    }
}

/// What the gate holds: images with a profile, the bytes that count against its bound, and how often the policies
/// were swapped. Each output may be NULL.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_gate_stats(
    gate: *const imagegate_gate,
    profiles: *mut usize,
    bytes: *mut usize,
    reloads: *mut u64,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let stats = handle(gate, "gate")?.0.stats();
            write_if_wanted(profiles, stats.profiles);
            write_if_wanted(bytes, stats.bytes);
            write_if_wanted(reloads, stats.reloads);
            Ok(())
        })
    }
}

/// Frees a gate with its profiles. What was decided by it stays valid. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_gate_free(gate: *mut imagegate_gate) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(gate) };
}
