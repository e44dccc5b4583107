//! Which clauses of a policy document play a part in a decision, for the coverage of policy tests.

use super::assess::{AssessmentHandle, AssessmentInner, Category, risk};
use super::decide::{Verdict, any_match, any_privilege, any_scan_clause, judge};
use super::evaluate::{self, Trace};
use super::excuse::{Excuser, exception_of};
use crate::error::Error;
use crate::launch::Launch;
use crate::policy::criteria::Criteria;
use crate::time::Timestamp;
use std::collections::BTreeSet;

/// JSON Pointers of selectors that are satisfied, filters that held, scope parts that kept the launch out, and
/// exceptions that excused, for the policies whose time it is.
///
/// # Errors
/// `image_mismatch`.
pub(crate) fn exercised(
    handle: &AssessmentHandle,
    launch: &Launch,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let owned = handle.view(launch)?;
    let (assessment, image) = (&*owned.assessment, &owned.image);
    let mut pointers = BTreeSet::new();
    for (number, policy) in assessment.set.policies.iter().enumerate() {
        let base = format!("/policies/{number}");
        match judge(assessment, number, policy, launch, image, now) {
            Verdict::OutOfScope(part) => {
                pointers.insert(format!("{base}/scope/{}", part.as_str()));
                continue;
            }
            Verdict::Hit(_) | Verdict::Excused => {}
            Verdict::Disabled | Verdict::Pending | Verdict::NoFinding => continue,
        }
        let criteria = format!("{base}/criteria");
        let mut excusers: Vec<Excuser> = Vec::new();
        match &policy.criteria {
            Criteria::Risk(_) => {
                for matches in assessment.matches_of(number) {
                    any_match(assessment, policy, matches, image, now, |finding, excuser| {
                        excusers.extend(excuser);
                        let trace = trace(assessment, number, matches.category, finding, now);
                        let category = format!("{criteria}/{}", matches.category.as_str());
                        pointers.extend(trace.matched.iter().map(|name| format!("{category}/{name}")));
                        pointers.extend(
                            trace.filters.iter().map(|name| format!("{category}/{}", name.replace('.', "/"))),
                        );
                        false
                    });
                }
            }
            Criteria::Privileged(wanted) => {
                any_privilege(assessment, policy, wanted, launch, image, now, |fact, _, excuser| {
                    excusers.extend(excuser);
                    let satisfied = wanted.iter().enumerate().filter(|(_, entry)| entry.satisfied_by(fact));
                    pointers.extend(satisfied.map(|(entry, _)| format!("{criteria}/privileges/{entry}")));
                    false
                });
            }
            Criteria::Unscanned(unscanned) => {
                any_scan_clause(assessment, policy, unscanned, image, now, |clause, excuser| {
                    excusers.extend(excuser);
                    pointers.insert(format!("{criteria}/{}", clause.as_str()));
                    false
                });
            }
        }
        let exceptions =
            excusers.into_iter().filter_map(|excuser| exception_of(&assessment.set, policy, excuser));
        pointers.extend(exceptions.map(|exception| exception.pointer.clone()));
    }
    Ok(pointers.into_iter().collect())
}

fn trace(
    assessment: &AssessmentInner,
    policy: usize,
    category: Category,
    finding: u32,
    now: Timestamp,
) -> Trace {
    let traced = || {
        let risk = risk(assessment.policy(policy)?)?;
        let document = assessment.profile.as_ref()?.document();
        let at = finding as usize;
        match category {
            Category::Vulnerabilities => Some(evaluate::trace_vulnerability(
                risk.vulnerabilities.as_ref()?,
                document.vulnerabilities.get(at)?,
                now,
            )),
            Category::Malware => {
                Some(evaluate::trace_malware(risk.malware.as_ref()?, document.malware.get(at)?))
            }
            Category::Sensitive => {
                Some(evaluate::trace_sensitive(risk.sensitive.as_ref()?, document.sensitive.get(at)?))
            }
            Category::Privileges | Category::Scan => None,
        }
    };
    traced().unwrap_or_default()
}
