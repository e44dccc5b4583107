//! Clauses on facts that no finding carries: a scanner that does not know the catalogue of exploited vulnerabilities
//! can never satisfy `known_exploited`.

use super::Lint;
use crate::policy::PolicySet;
use crate::policy::clause::{Clause, UnknownRule};
use crate::policy::criteria::{Criteria, Grace, GraceFrom, VulnerabilityClauses, VulnerabilityCriteria};
use crate::profile::{ScanProfile, Vulnerability};

pub(super) fn lint(set: &PolicySet, profiles: &[ScanProfile]) -> Vec<Lint> {
    let known = Known::of(profiles);
    if !known.any_finding {
        return Vec::new();
    }
    let mut lints = Vec::new();
    for (number, policy) in set.policies().iter().enumerate().filter(|(_, policy)| policy.is_enabled()) {
        let Criteria::Risk(risk) = &policy.criteria else { continue };
        let Some(criteria) = &risk.vulnerabilities else { continue };
        lints.extend(of_policy(&format!("/policies/{number}/criteria/vulnerabilities"), criteria, &known));
    }
    lints
}

/// Which facts at least one finding carries.
struct Known {
    any_finding: bool,
    classes: bool,
    labels: bool,
    cvss: bool,
    epss: bool,
    known_exploited: bool,
    fix_dates: bool,
    disclosure_dates: bool,
    first_seen_dates: bool,
    scanners: String,
}

impl Known {
    fn of(profiles: &[ScanProfile]) -> Self {
        let findings = || profiles.iter().flat_map(|profile| &profile.document().vulnerabilities);
        let some = |has: fn(&Vulnerability) -> bool| findings().any(has);
        let mut scanners: Vec<&str> = profiles
            .iter()
            .filter_map(|profile| profile.document().scan.as_ref()?.scanner.as_deref())
            .collect();
        scanners.sort_unstable();
        scanners.dedup();
        Self {
            any_finding: some(|_| true),
            classes: some(|finding| finding.class.is_some()),
            labels: some(|finding| finding.labels.is_some()),
            cvss: some(|finding| finding.cvss.as_ref().is_some_and(|cvss| cvss.score.is_some())),
            epss: some(|finding| finding.epss.as_ref().is_some_and(|epss| epss.score.is_some())),
            known_exploited: some(|finding| {
                finding.known_exploited.as_ref().is_some_and(|known| known.listed.is_some())
            }),
            fix_dates: some(|finding| finding.fix.as_ref().is_some_and(|fix| fix.available_at.is_some())),
            disclosure_dates: some(|finding| finding.published_at.is_some()),
            first_seen_dates: some(|finding| finding.first_seen_at.is_some()),
            scanners: if scanners.is_empty() { "the scanner".to_owned() } else { scanners.join(", ") },
        }
    }
}

fn of_policy(base: &str, criteria: &VulnerabilityCriteria, known: &Known) -> Vec<Lint> {
    let mut lints = of_clauses(base, &criteria.select, criteria.unknown, known, Place::Selector);
    if let Some(only) = &criteria.only {
        let base = format!("{base}/only");
        lints.extend(of_clauses(&base, &only.clauses, only.unknown, known, Place::Filter));
        if let Some(grace) = &only.grace
            && !grace_has_dates(grace, known)
        {
            lints.push(missing(&base, Clause::Grace, only.unknown, known, Place::Filter));
        }
    }
    lints
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Selector,
    Filter,
}

fn of_clauses(
    base: &str,
    clauses: &VulnerabilityClauses,
    unknown: UnknownRule,
    known: &Known,
    place: Place,
) -> Vec<Lint> {
    let facts = [
        (Clause::Classes, !clauses.classes.is_empty(), known.classes),
        (Clause::Labels, !clauses.labels.is_empty(), known.labels),
        (Clause::MinCvss, clauses.min_cvss.is_some(), known.cvss),
        (Clause::MinEpss, clauses.min_epss.is_some(), known.epss),
        (Clause::KnownExploited, clauses.known_exploited.is_some(), known.known_exploited),
    ];
    facts
        .into_iter()
        .filter(|(_, given, reported)| *given && !reported)
        .map(|(clause, ..)| missing(base, clause, unknown, known, place))
        .collect()
}

fn grace_has_dates(grace: &Grace, known: &Known) -> bool {
    match grace.from {
        GraceFrom::Fix => known.fix_dates,
        GraceFrom::Disclosure => known.disclosure_dates,
        GraceFrom::FirstSeen => known.first_seen_dates,
    }
}

fn missing(base: &str, clause: Clause, unknown: UnknownRule, known: &Known, place: Place) -> Lint {
    let consequence = match (place, unknown.matches(clause)) {
        (Place::Selector, false) => "so the selector is never satisfied",
        (Place::Selector, true) => "so the selector is satisfied by every finding",
        (Place::Filter, true) => "so the filter keeps every finding in",
        (Place::Filter, false) => "so the filter keeps every finding out",
    };
    Lint {
        code: "missing_fact",
        pointer: format!("{base}/{}", clause.as_str()),
        message: format!(
            "no finding of {} carries the fact that `{}` looks at, {consequence}: add the fact to the profile, or say \
             under `unknown` what is meant",
            known.scanners,
            clause.as_str()
        ),
        near_misses: Vec::new(),
    }
}
