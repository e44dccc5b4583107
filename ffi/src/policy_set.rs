//! Policy sets.

use crate::argument::{self, Out, handle, write_if_wanted};
use crate::assessment::imagegate_assessment;
use crate::error::imagegate_error;
use crate::guard;
use crate::profile::imagegate_scan_profile;
use crate::status::imagegate_status;
use crate::str::imagegate_str;
use imagegate::PolicySet;
use std::ffi::c_char;

/// All policies, validated and compiled together. It never changes.
pub struct imagegate_policy_set(pub(crate) PolicySet);

/// Reads a policy document (JSON). All of its mistakes are reported at once, as problems of the error.
///
/// Limits: 256 MiB, 64 levels, 20,000 policies.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_policy_set_parse(
    text: *const c_char,
    text_len: usize,
    policies: *mut *mut imagegate_policy_set,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let out = Out::new(policies, "policies")?;
            let text = argument::bytes(text, text_len, "text")?;
            out.give(imagegate_policy_set(PolicySet::parse(text)?));
            Ok(())
        })
    }
}

/// A second handle to the same policies, to be freed by itself. It costs next to nothing.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_policy_set_clone(
    policies: *const imagegate_policy_set,
    clone: *mut *mut imagegate_policy_set,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let policies = handle(policies, "policies")?;
            Out::new(clone, "clone")?.give(imagegate_policy_set(policies.0.clone()));
            Ok(())
        })
    }
}

/// The SHA-256 of the document, in lower-case hexadecimal digits; white space and the order of members do not matter.
/// It belongs to the policy set; NULL if `policies` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_policy_set_revision(
    policies: *const imagegate_policy_set,
) -> imagegate_str {
    guard::value(imagegate_str::NONE, || {
        // SAFETY: the rules of the header.
        let policies = unsafe { policies.as_ref() };
        imagegate_str::of_option(policies.map(|policies| policies.0.revision()))
    })
}

/// The label of the document; NULL if it has none. It belongs to the policy set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_policy_set_label(policies: *const imagegate_policy_set) -> imagegate_str {
    guard::value(imagegate_str::NONE, || {
        // SAFETY: the rules of the header.
        let policies = unsafe { policies.as_ref() };
        imagegate_str::of_option(policies.and_then(|policies| policies.0.label()))
    })
}

/// How many policies are in which status at an instant: all; switched on; switched on, but their time has not come;
/// hits alarm; hits intercept. Each output may be NULL.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_policy_set_overview(
    policies: *const imagegate_policy_set,
    now_seconds: i64,
    now_nanoseconds: u32,
    all: *mut usize,
    enabled: *mut usize,
    pending: *mut usize,
    observing: *mut usize,
    effective: *mut usize,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let now = argument::now(now_seconds, now_nanoseconds)?;
            let overview = handle(policies, "policies")?.0.overview(now);
            write_if_wanted(all, overview.all);
            write_if_wanted(enabled, overview.enabled);
            write_if_wanted(pending, overview.pending);
            write_if_wanted(observing, overview.observing);
            write_if_wanted(effective, overview.effective);
            Ok(())
        })
    }
}

/// Holds what is known of an image against the policies. Done once for an image, it answers for every launch of it.
///
/// `profile` must not be NULL: an image that nobody scanned is judged by `imagegate_policy_set_assess_unscanned`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_policy_set_assess(
    policies: *const imagegate_policy_set,
    profile: *const imagegate_scan_profile,
    assessment: *mut *mut imagegate_assessment,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let policies = handle(policies, "policies")?;
            let profile = handle(profile, "profile")?;
            let out = Out::new(assessment, "assessment")?;
            out.give(imagegate_assessment(policies.0.assess(&profile.0)));
            Ok(())
        })
    }
}

/// The assessment of an image that nobody scanned.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_policy_set_assess_unscanned(
    policies: *const imagegate_policy_set,
    assessment: *mut *mut imagegate_assessment,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let policies = handle(policies, "policies")?;
            let out = Out::new(assessment, "assessment")?;
            out.give(imagegate_assessment(policies.0.assess_unscanned()));
            Ok(())
        })
    }
}

/// Frees a policy set. What was made of it stays valid. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_policy_set_free(policies: *mut imagegate_policy_set) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(policies) };
}
