//! Every policy and why it did or did not hit.

use super::assess::AssessmentHandle;
use super::decide::{Verdict, judge};
use super::scope::stated;
use crate::decision::{Action, Explanation, Outcome, PolicySnapshot};
use crate::error::{Error, quote};
use crate::launch::Launch;
use crate::policy::{Policy, ScopePart};
use crate::time::Timestamp;

/// One explanation a policy, in document order.
///
/// # Errors
/// `image_mismatch`.
pub(crate) fn explain(
    handle: &AssessmentHandle,
    launch: &Launch,
    now: Timestamp,
) -> Result<Vec<Explanation>, Error> {
    let owned = handle.view(launch)?;
    let (assessment, image) = (&*owned.assessment, &owned.image);
    let explanations = assessment.set.policies.iter().enumerate().map(|(number, policy)| {
        let verdict = judge(assessment, number, policy, launch, image, now);
        let (outcome, part) = match verdict {
            Verdict::Disabled => (Outcome::Disabled, None),
            Verdict::Pending => (Outcome::Pending, None),
            Verdict::OutOfScope(part) => (Outcome::OutOfScope, Some(part)),
            Verdict::NoFinding => (Outcome::NoFinding, None),
            Verdict::Excused => (Outcome::Excused, None),
            Verdict::Hit(Action::Intercept) => (Outcome::Intercept, None),
            Verdict::Hit(_) => (Outcome::Alarm, None),
        };
        Explanation {
            policy: PolicySnapshot::of(policy, policy.status(now)),
            outcome,
            part,
            detail: detail(policy, verdict, launch),
        }
    });
    Ok(explanations.collect())
}

fn detail(policy: &Policy, verdict: Verdict, launch: &Launch) -> String {
    match verdict {
        Verdict::Disabled => "the policy is switched off".to_owned(),
        Verdict::Pending => {
            let from = policy.schedule.active_from.map(|from| from.to_string()).unwrap_or_default();
            format!("the policy works from {from}")
        }
        Verdict::OutOfScope(part) => outside(part, launch),
        Verdict::NoFinding => "nothing matches its criteria".to_owned(),
        Verdict::Excused => "all that matches its criteria is excused by exceptions".to_owned(),
        Verdict::Hit(Action::Intercept) => "its criteria match and it is effective".to_owned(),
        Verdict::Hit(_) => match policy.intercepts_from() {
            Some(from) => format!("its criteria match; it observes and intercepts from {from}"),
            None => "its criteria match; it only alarms".to_owned(),
        },
    }
}

fn outside(part: ScopePart, launch: &Launch) -> String {
    let stated = stated(part, launch);
    let value = |what: &str| match &stated {
        Some(name) => format!("{what} {} matches none of `scope.{}`", quote(name), part.as_str()),
        None => format!("{what} is unknown, which only `*` in `scope.{}` covers", part.as_str()),
    };
    match part {
        ScopePart::Images => value("image"),
        ScopePart::Exclude => {
            format!("image {} is excluded by `scope.exclude`", quote(stated.as_deref().unwrap_or_default()))
        }
        ScopePart::Nodes => value("node"),
        ScopePart::Clusters => value("cluster"),
        ScopePart::Namespaces => value("namespace"),
        ScopePart::Privileges => format!(
            "the launch asks for {}, which is none of `scope.privileges`",
            stated.as_deref().unwrap_or("nothing")
        ),
    }
}
