//! Exceptions on findings, in two steps: what depends on the finding alone is decided when an image is assessed,
//! time and image when a launch is decided.

use super::assess::Category;
use super::evaluate::package_name_matches;
use super::image_view::ImageView;
use crate::launch::Privilege;
use crate::launch::privilege::clean_path;
use crate::policy::exception::{Exception, Trust};
use crate::policy::{Policy, SetInner};
use crate::profile::{Malware, Package, ProfileDocument, Sensitive, Vulnerability};
use crate::time::Timestamp;

/// Who excuses a finding. The order is that of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Excuser {
    /// An exception of the policy, by its number.
    Policy(u32),
    /// A set-wide exception, by its number.
    Set(u32),
    /// A suppression that the set trusts.
    Suppression,
}

/// That `excuser` may excuse the finding at a position of the matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Excuse {
    /// Position in the profile.
    pub(super) finding: u32,
    pub(super) excuser: Excuser,
}

/// A finding of any type, as far as exceptions can see it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen<'f> {
    Vulnerability(&'f Vulnerability),
    Malware(&'f Malware),
    Sensitive(&'f Sensitive),
    Privilege(&'f Privilege),
    Scan,
}

/// Whether nothing can excuse a finding of this policy.
pub(super) fn is_without(set: &SetInner, policy: &Policy) -> bool {
    policy.exceptions.is_empty() && set.exceptions.is_empty() && set.trust.by.is_empty()
}

/// The exceptions that may excuse `findings`, but for time and image.
pub(super) fn excuses(
    set: &SetInner,
    policy: &Policy,
    document: &ProfileDocument,
    category: Category,
    findings: &[u32],
) -> Vec<Excuse> {
    let mut excuses = Vec::new();
    for &finding in findings {
        let Some(seen) = seen(document, category, finding) else { continue };
        let of_finding = excusers(&policy.exceptions, &set.exceptions, &set.trust, seen);
        excuses.extend(of_finding.map(|excuser| Excuse { finding, excuser }));
    }
    excuses
}

/// The finding at `position` of its category.
pub(super) fn seen(document: &ProfileDocument, category: Category, position: u32) -> Option<Seen<'_>> {
    let position = position as usize;
    match category {
        Category::Vulnerabilities => document.vulnerabilities.get(position).map(Seen::Vulnerability),
        Category::Malware => document.malware.get(position).map(Seen::Malware),
        Category::Sensitive => document.sensitive.get(position).map(Seen::Sensitive),
        Category::Privileges | Category::Scan => None,
    }
}

/// All that may excuse `seen`, but for time and image, in the order of precedence.
pub(super) fn excusers<'s>(
    own: &'s [Exception],
    set_wide: &'s [Exception],
    trust: &'s Trust,
    seen: Seen<'s>,
) -> impl Iterator<Item = Excuser> + 's {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let covering = move |exceptions: &'s [Exception]| {
        exceptions
            .iter()
            .enumerate()
            .filter(move |(_, exception)| covers(exception, seen))
            .map(move |(at, _)| number(at))
    };
    let suppressed = match seen {
        Seen::Vulnerability(finding) => finding.suppressed.as_ref().filter(|how| trust.accepts(how)),
        _ => None,
    };
    covering(own)
        .map(Excuser::Policy)
        .chain(covering(set_wide).map(Excuser::Set))
        .chain(suppressed.map(|_| Excuser::Suppression))
}

/// What an exception can name, but for images, which depend on the launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Ids,
    Packages,
    Families,
    Types,
    Paths,
    Privileges,
    UntilFixed,
}

impl Field {
    pub(super) const ALL: [Self; 7] = [
        Self::Ids,
        Self::Packages,
        Self::Families,
        Self::Types,
        Self::Paths,
        Self::Privileges,
        Self::UntilFixed,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ids => "ids",
            Self::Packages => "packages",
            Self::Families => "families",
            Self::Types => "types",
            Self::Paths => "paths",
            Self::Privileges => "privileges",
            Self::UntilFixed => "until_fixed",
        }
    }

    /// Whether this field of the exception holds for the finding. One that is not named holds; one that the finding
    /// does not have never does.
    pub(super) fn holds(self, exception: &Exception, seen: Seen<'_>) -> bool {
        match self {
            Self::Ids => {
                exception.ids.is_empty()
                    || matches!(seen, Seen::Vulnerability(finding) if {
                        finding.id.iter().chain(&finding.aliases).any(|id| exception.ids.contain(id))
                    })
            }
            Self::Packages => {
                exception.packages.is_empty()
                    || seen.package().is_some_and(|package| {
                        package.name.as_ref().is_some_and(|name| {
                            exception.packages.iter().any(|glob| package_name_matches(glob, name, package))
                        })
                    })
            }
            Self::Families => {
                exception.families.is_empty()
                    || matches!(seen, Seen::Malware(finding) if {
                        finding.family.as_ref().is_some_and(|family| {
                            let lower = family.to_ascii_lowercase();
                            exception.families.iter().any(|excused| excused.lower.matches(&lower))
                        })
                    })
            }
            Self::Types => {
                exception.types.is_empty()
                    || matches!(seen, Seen::Sensitive(finding) if {
                        finding.kind.as_ref().is_some_and(|kind| exception.types.iter().any(|glob| glob.matches(kind)))
                    })
            }
            Self::Paths => {
                exception.paths.is_empty()
                    || seen.path().is_some_and(|path| {
                        let clean = clean_path(path);
                        exception.paths.iter().any(|glob| glob.matches(&clean))
                    })
            }
            Self::Privileges => {
                exception.privileges.is_empty()
                    || matches!(seen, Seen::Privilege(fact) if {
                        exception.privileges.iter().any(|excused| excused.names(fact))
                    })
            }
            Self::UntilFixed => {
                !exception.until_fixed
                    || !matches!(seen, Seen::Vulnerability(finding) if {
                        finding.fix.as_ref().and_then(|fix| fix.available()) == Some(true)
                    })
            }
        }
    }
}

impl<'f> Seen<'f> {
    fn package(self) -> Option<&'f Package> {
        match self {
            Self::Vulnerability(finding) => finding.package.as_ref(),
            _ => None,
        }
    }

    fn path(self) -> Option<&'f str> {
        match self {
            Self::Vulnerability(finding) => finding.package.as_ref()?.path.as_deref(),
            Self::Malware(finding) => finding.path.as_deref(),
            Self::Sensitive(finding) => finding.path.as_deref(),
            Self::Privilege(_) | Self::Scan => None,
        }
    }
}

/// Whether every field that the exception names holds for the finding; time and images are not looked at.
fn covers(exception: &Exception, seen: Seen<'_>) -> bool {
    Field::ALL.into_iter().all(|field| field.holds(exception, seen))
}

/// The exception behind an excuser; `None` for a suppression.
pub(super) fn exception_of<'s>(
    set: &'s SetInner,
    policy: &'s Policy,
    excuser: Excuser,
) -> Option<&'s Exception> {
    match excuser {
        Excuser::Policy(number) => policy.exceptions.get(number as usize),
        Excuser::Set(number) => set.exceptions.get(number as usize),
        Excuser::Suppression => None,
    }
}

/// Whether an excuser that covers a finding is active at `now` and about the launch's image.
pub(super) fn is_active(
    set: &SetInner,
    policy: &Policy,
    excuser: Excuser,
    image: &ImageView,
    now: Timestamp,
) -> bool {
    match (excuser, exception_of(set, policy, excuser)) {
        (Excuser::Suppression, _) => true,
        (_, Some(exception)) => {
            exception.active_at(now) && (exception.images.is_empty() || image.is_excepted(&exception.images))
        }
        (_, None) => false,
    }
}
