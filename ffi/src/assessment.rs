//! Assessments.

use crate::argument::{self, Out, handle};
use crate::buffer::imagegate_buffer;
use crate::decision::imagegate_decision;
use crate::error::imagegate_error;
use crate::guard;
use crate::launch::imagegate_launch;
use crate::status::imagegate_status;
use imagegate::{Assessment, Explanation};

/// What follows from a policy set and a scan profile alone: made once for an image, asked for every launch of it, at
/// any time. What is asked of it does not depend on what was asked before.
pub struct imagegate_assessment(pub(crate) Assessment);

/// A second handle to the same assessment, to be freed by itself. It costs next to nothing.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_assessment_clone(
    assessment: *const imagegate_assessment,
    clone: *mut *mut imagegate_assessment,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let assessment = handle(assessment, "assessment")?;
            Out::new(clone, "clone")?.give(imagegate_assessment(assessment.0.clone()));
            Ok(())
        })
    }
}

/// Decides one launch at an instant.
///
/// If the launch and the assessed profile are about different images, nothing is decided:
/// `IMAGEGATE_STATUS_IMAGE_MISMATCH`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_assessment_decide(
    assessment: *const imagegate_assessment,
    launch: *const imagegate_launch,
    now_seconds: i64,
    now_nanoseconds: u32,
    decision: *mut *mut imagegate_decision,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let assessment = handle(assessment, "assessment")?;
            let launch = handle(launch, "launch")?;
            let out = Out::new(decision, "decision")?;
            let now = argument::now(now_seconds, now_nanoseconds)?;
            out.give(assessment.0.decide(&launch.0, now)?.into());
            Ok(())
        })
    }
}

/// Every policy of the set and why it did or did not hit, one line of JSON. It fails where deciding fails.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn imagegate_assessment_explain(
    assessment: *const imagegate_assessment,
    launch: *const imagegate_launch,
    now_seconds: i64,
    now_nanoseconds: u32,
    json: *mut imagegate_buffer,
    err: *mut *mut imagegate_error,
) -> imagegate_status {
    // SAFETY: the rules of the header.
    unsafe {
        guard::status(err, || {
            let assessment = handle(assessment, "assessment")?;
            let launch = handle(launch, "launch")?;
            let out = Out::new(json, "json")?;
            let now = argument::now(now_seconds, now_nanoseconds)?;
            let explanations = assessment.0.explain(&launch.0, now)?;
            out.write(imagegate_buffer::of(Explanation::list_to_json(&explanations)));
            Ok(())
        })
    }
}

/// Frees an assessment. What was decided by it stays valid. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imagegate_assessment_free(assessment: *mut imagegate_assessment) {
    // SAFETY: the rules of the header.
    unsafe { argument::free(assessment) };
}
