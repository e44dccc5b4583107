//! Exceptions that excuse nothing, with what they nearly excused.

use super::Lint;
use crate::engine::{Subject, failed_fields, subjects};
use crate::launch::{Launch, LaunchDocument, LaunchImage};
use crate::policy::PolicySet;
use crate::policy::exception::Exception;
use crate::profile::ScanProfile;
use crate::time::Timestamp;

/// Near misses listed for an exception.
const MAX_NEAR_MISSES: usize = 5;

pub(super) fn lint(
    set: &PolicySet,
    profiles: &[ScanProfile],
    launches: &[Launch],
    now: Timestamp,
) -> Vec<Lint> {
    let subjects = everything(set, profiles, launches);
    let mut lints = Vec::new();
    let own = set.policies().iter().enumerate().filter(|(_, policy)| policy.is_enabled());
    let own = own.flat_map(|(number, policy)| {
        policy.exceptions.iter().map(move |exception| (Some(number), exception))
    });
    let set_wide = set.inner().exceptions.iter().map(|exception| (None, exception));
    for (policy, exception) in own.chain(set_wide) {
        let pointer = exception.pointer.clone();
        if exception.expires_at.is_some_and(|end| end <= now) {
            let end = exception.expires_at.map(|end| end.to_string()).unwrap_or_default();
            let message = format!("the exception expired at {end}: remove it, or renew it with a reason");
            lints.push(Lint { code: "expired_exception", pointer, message, near_misses: Vec::new() });
            continue;
        }
        let about_launches = !exception.privileges.is_empty();
        if profiles.is_empty() || (about_launches && launches.is_empty()) {
            continue;
        }
        let mine: Vec<&Subject> =
            subjects.iter().filter(|subject| policy.is_none_or(|policy| subject.policy == policy)).collect();
        if !mine.iter().any(|subject| failed_fields(exception, subject).is_empty()) {
            let message =
                "the exception excuses nothing in what was looked at: it may be out of date or misspelt";
            lints.push(Lint {
                code: "dead_exception",
                pointer,
                message: message.to_owned(),
                near_misses: near_misses(exception, &mine),
            });
        }
    }
    lints
}

/// All findings that some policy matches, whatever its scope and its time.
fn everything(set: &PolicySet, profiles: &[ScanProfile], launches: &[Launch]) -> Vec<Subject> {
    let mut all = Vec::new();
    for profile in profiles {
        let assessment = set.assess(profile);
        let mut compared = 0_usize;
        for launch in launches {
            if let Ok(found) = subjects(assessment.handle(), launch) {
                all.extend(found);
                compared = compared.saturating_add(1);
            }
        }
        // Without a launch of this image, one that says nothing but which image it is.
        if compared == 0
            && let Some(found) =
                bare_launch(profile).and_then(|launch| subjects(assessment.handle(), &launch).ok())
        {
            all.extend(found);
        }
    }
    all
}

fn bare_launch(profile: &ScanProfile) -> Option<Launch> {
    let image = &profile.document().image;
    let image = LaunchImage {
        reference: image.names.first().cloned(),
        id: image.id.clone(),
        digest: image.digests.first().cloned(),
    };
    Launch::new(LaunchDocument { image, ..LaunchDocument::default() }).ok()
}

/// Findings for which all fields of the exception but one hold.
fn near_misses(exception: &Exception, subjects: &[&Subject]) -> Vec<String> {
    let mut misses: Vec<String> = Vec::new();
    for subject in subjects {
        if let [field] = failed_fields(exception, subject).as_slice() {
            let miss = format!("{}: all but `{field}` holds", subject.label);
            if !misses.contains(&miss) {
                misses.push(miss);
            }
        }
        if misses.len() >= MAX_NEAR_MISSES {
            break;
        }
    }
    misses
}
