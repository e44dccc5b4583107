//! What exceptions could be about: every finding that some policy matches, whatever its scope and time. For `lint`.

use super::assess::AssessmentHandle;
use super::excuse::{Field, Seen, seen};
use super::image_view::ImageView;
use crate::error::Error;
use crate::launch::{Launch, Privilege};
use crate::policy::criteria::Criteria;
use crate::policy::exception::Exception;
use crate::profile::{Malware, Sensitive, Vulnerability};
use std::sync::Arc;

/// A finding that a policy matches, with the image it is in.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The number of the policy.
    pub(crate) policy: usize,
    /// The finding in a few words.
    pub(crate) label: String,
    finding: Owned,
    image: Arc<ImageView>,
}

#[derive(Debug)]
enum Owned {
    Vulnerability(Box<Vulnerability>),
    Malware(Malware),
    Sensitive(Sensitive),
    Privilege(Privilege),
    Scan,
}

impl Owned {
    fn seen(&self) -> Seen<'_> {
        match self {
            Self::Vulnerability(finding) => Seen::Vulnerability(finding),
            Self::Malware(finding) => Seen::Malware(finding),
            Self::Sensitive(finding) => Seen::Sensitive(finding),
            Self::Privilege(fact) => Seen::Privilege(fact),
            Self::Scan => Seen::Scan,
        }
    }

    fn of(seen: Seen<'_>) -> (Self, String) {
        let words = |parts: [Option<&str>; 3]| parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        match seen {
            Seen::Vulnerability(finding) => {
                let package = finding.package.as_ref();
                let name = package.and_then(|package| package.name.as_deref());
                let version = package.and_then(|package| package.version.as_deref());
                (
                    Self::Vulnerability(Box::new(finding.clone())),
                    words([finding.id.as_deref(), name, version]),
                )
            }
            Seen::Malware(finding) => (
                Self::Malware(finding.clone()),
                words([finding.family.as_deref(), finding.path.as_deref(), None]),
            ),
            Seen::Sensitive(finding) => (
                Self::Sensitive(finding.clone()),
                words([finding.kind.as_deref(), finding.path.as_deref(), None]),
            ),
            Seen::Privilege(fact) => (Self::Privilege(fact.clone()), fact.to_string()),
            Seen::Scan => (Self::Scan, "the state of the scan".to_owned()),
        }
    }
}

/// Everything that enabled policies match in this assessment and launch.
///
/// # Errors
/// `image_mismatch`.
pub(crate) fn subjects(handle: &AssessmentHandle, launch: &Launch) -> Result<Vec<Subject>, Error> {
    let owned = handle.view(launch)?;
    let (assessment, image) = (&*owned.assessment, &owned.image);
    let mut subjects = Vec::new();
    let mut add = |policy: usize, seen: Seen<'_>| {
        let (finding, label) = Owned::of(seen);
        subjects.push(Subject { policy, label, finding, image: Arc::clone(image) });
    };
    if let Some(profile) = &assessment.profile {
        for matches in &assessment.matches {
            let findings = assessment.findings(matches);
            let found = findings.filter_map(|position| seen(profile.document(), matches.category, position));
            found.for_each(|finding| add(matches.policy, finding));
        }
    }
    for (number, policy) in
        assessment.set.policies.iter().enumerate().filter(|(_, policy)| policy.is_enabled())
    {
        match &policy.criteria {
            Criteria::Privileged(wanted) => {
                let facts = launch.privileges().iter();
                let asked = facts.filter(|fact| wanted.iter().any(|entry| entry.satisfied_by(fact)));
                asked.for_each(|fact| add(number, Seen::Privilege(fact)));
            }
            Criteria::Unscanned(_) => add(number, Seen::Scan),
            Criteria::Risk(_) => {}
        }
    }
    Ok(subjects)
}

/// The fields of the exception that do not hold for the subject; none if it is excused. Time is not looked at.
pub(crate) fn failed_fields(exception: &Exception, subject: &Subject) -> Vec<&'static str> {
    let seen = subject.finding.seen();
    let mut failed: Vec<&'static str> =
        Field::ALL.into_iter().filter(|field| !field.holds(exception, seen)).map(Field::as_str).collect();
    if !exception.images.is_empty() && !subject.image.is_excepted(&exception.images) {
        failed.push("images");
    }
    failed
}
