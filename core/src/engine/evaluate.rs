//! Clauses on one finding, exactly, in three values: `Some(true)`, `Some(false)`, and `None` for unknown.
//!
//! The indexes say which findings a policy may match; this says whether it does, and names what matched.

use crate::policy::clause::{Clause, UnknownRule};
use crate::policy::criteria::{
    Grace, GraceFrom, MalwareCriteria, PackagePattern, SensitiveCriteria, SeveritySet, VulnerabilityClauses,
    VulnerabilityCriteria, VulnerabilityFilters,
};
use crate::policy::texts::Texts;
use crate::profile::{FixState, Malware, Package, Sensitive, Severity, Vulnerability};
use crate::time::Timestamp;
use crate::version::Scheme;

/// One of several alternatives: true if one holds, else unknown if one is unknown.
fn any(values: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut unknown = false;
    for value in values {
        match value {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(false) }
}

/// All of several parts: false if one fails, else unknown if one is unknown.
fn all(values: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    any(values.into_iter().map(|value| value.map(|holds| !holds))).map(|fails| !fails)
}

/// Which clauses held, as evidence names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// Selectors that are satisfied.
    pub(super) matched: Vec<&'static str>,
    /// Clauses that held only because a fact is unknown.
    pub(super) unknown: Vec<&'static str>,
    /// Filters that held, for the coverage of policy tests.
    pub(super) filters: Vec<&'static str>,
}

/// Where the answers of clauses go: nowhere while matching, into a [`Trace`] for evidence.
trait Witness {
    fn selector(&mut self, clause: Clause, by_unknown: bool);
    fn filter(&mut self, clause: Clause, by_unknown: bool);
    /// Whether the first satisfied selector is enough.
    const FIRST_IS_ENOUGH: bool;
}

struct Nobody;

impl Witness for Nobody {
    fn selector(&mut self, _: Clause, _: bool) {}
    fn filter(&mut self, _: Clause, _: bool) {}
    const FIRST_IS_ENOUGH: bool = true;
}

impl Witness for Trace {
    fn selector(&mut self, clause: Clause, by_unknown: bool) {
        self.matched.push(clause.as_str());
        if by_unknown {
            self.unknown.push(clause.as_str());
        }
    }

    fn filter(&mut self, clause: Clause, by_unknown: bool) {
        self.filters.push(clause.as_filter());
        if by_unknown {
            self.unknown.push(clause.as_filter());
        }
    }

    const FIRST_IS_ENOUGH: bool = false;
}

/// Whether one of the selectors is satisfied; selectors come as (clause, value), given ones only.
fn one_selector_holds<W: Witness>(
    selectors: impl Iterator<Item = (Clause, Option<bool>)>,
    rule: UnknownRule,
    witness: &mut W,
) -> bool {
    let mut given = false;
    let mut holds = false;
    for (clause, value) in selectors {
        given = true;
        let satisfied = value.unwrap_or_else(|| rule.matches(clause));
        if satisfied {
            witness.selector(clause, value.is_none());
            holds = true;
            if W::FIRST_IS_ENOUGH {
                return true;
            }
        }
    }
    // Without selectors every finding is a candidate.
    holds || !given
}

/// The given clauses of a place on a vulnerability, in the order of evidence. Each is evaluated when asked for.
fn vulnerability_clauses<'c>(
    clauses: &'c VulnerabilityClauses,
    finding: &'c Vulnerability,
) -> impl Iterator<Item = (Clause, Option<bool>)> + 'c {
    some_clauses(&Clause::VULNERABILITY_SELECTORS, clauses, finding)
}

fn some_clauses<'c>(
    wanted: &'static [Clause],
    clauses: &'c VulnerabilityClauses,
    finding: &'c Vulnerability,
) -> impl Iterator<Item = (Clause, Option<bool>)> + 'c {
    wanted.iter().copied().filter_map(move |clause| {
        let value = match clause {
            Clause::Severities => severity(clauses.severities?, finding.severity),
            Clause::Ids if clauses.ids.is_empty() => return None,
            Clause::Ids => ids(&clauses.ids, finding),
            Clause::Packages if clauses.packages.is_empty() => return None,
            Clause::Packages => packages(&clauses.packages, finding.package.as_ref()),
            Clause::Classes if clauses.classes.is_empty() => return None,
            Clause::Classes => finding.class.as_ref().map(|class| clauses.classes.contains(class)),
            Clause::Labels if clauses.labels.is_empty() => return None,
            Clause::Labels => finding
                .labels
                .as_ref()
                .map(|labels| labels.iter().any(|label| clauses.labels.contains(label))),
            Clause::MinCvss => {
                let minimum = clauses.min_cvss?;
                finding.cvss.as_ref().and_then(|cvss| cvss.score).map(|score| score >= minimum)
            }
            Clause::MinEpss => {
                let minimum = clauses.min_epss?;
                finding.epss.as_ref().and_then(|epss| epss.score).map(|score| score >= minimum)
            }
            Clause::KnownExploited => {
                let wanted = clauses.known_exploited?;
                finding.known_exploited.as_ref().and_then(|known| known.listed).map(|listed| listed == wanted)
            }
            _ => return None,
        };
        Some((clause, value))
    })
}

/// Selectors and filters on facts that a [`Kind`](super::kinds) of finding has in common.
const SCALAR: [Clause; 5] =
    [Clause::Severities, Clause::Classes, Clause::MinCvss, Clause::MinEpss, Clause::KnownExploited];
/// Selectors and filters with lists that are looked up finding by finding.
const LISTED: [Clause; 3] = [Clause::Ids, Clause::Packages, Clause::Labels];

/// Whether a selector of `criteria` on scalar facts is satisfied, or there is no selector at all.
pub(super) fn scalar_selected(criteria: &VulnerabilityCriteria, finding: &Vulnerability) -> bool {
    criteria.select.is_empty()
        || some_clauses(&SCALAR, &criteria.select, finding)
            .any(|(clause, value)| value.unwrap_or_else(|| criteria.unknown.matches(clause)))
}

/// Whether a selector of `criteria` with a list is satisfied.
pub(super) fn listed_selected(criteria: &VulnerabilityCriteria, finding: &Vulnerability) -> bool {
    some_clauses(&LISTED, &criteria.select, finding)
        .any(|(clause, value)| value.unwrap_or_else(|| criteria.unknown.matches(clause)))
}

/// Whether the filters on class and scores hold; severity, fix and exploitation are decided by masks.
pub(super) fn scores_pass(filters: &VulnerabilityFilters, finding: &Vulnerability) -> bool {
    const CLAUSES: [Clause; 3] = [Clause::Classes, Clause::MinCvss, Clause::MinEpss];
    some_clauses(&CLAUSES, &filters.clauses, finding)
        .all(|(clause, value)| value.unwrap_or_else(|| filters.unknown.matches(clause)))
}

/// Whether the filters with lists hold.
pub(super) fn listed_pass(filters: &VulnerabilityFilters, finding: &Vulnerability) -> bool {
    some_clauses(&LISTED, &filters.clauses, finding)
        .all(|(clause, value)| value.unwrap_or_else(|| filters.unknown.matches(clause)))
}

/// Whether the grace period, if there is one, is over at `now`.
pub(super) fn grace_is_over(
    criteria: &VulnerabilityCriteria,
    finding: &Vulnerability,
    now: Timestamp,
) -> bool {
    let Some(only) = &criteria.only else { return true };
    let Some(rule) = &only.grace else { return true };
    grace(rule, finding, now).unwrap_or_else(|| only.unknown.matches(Clause::Grace))
}

/// What held for a finding that matched at `now`.
pub(super) fn trace_vulnerability(
    criteria: &VulnerabilityCriteria,
    finding: &Vulnerability,
    now: Timestamp,
) -> Trace {
    let mut trace = Trace::default();
    one_selector_holds(vulnerability_clauses(&criteria.select, finding), criteria.unknown, &mut trace);
    if let Some(only) = &criteria.only {
        filters_hold(only, finding, now, &mut trace);
    }
    trace
}

fn filters_hold<W: Witness>(
    filters: &VulnerabilityFilters,
    finding: &Vulnerability,
    now: Timestamp,
    witness: &mut W,
) -> bool {
    let more = Clause::VULNERABILITY_FILTERS.into_iter().filter_map(|clause| {
        let value = match clause {
            Clause::FixAvailable => {
                let wanted = filters.fix_available?;
                finding.fix.as_ref().and_then(|fix| fix.available()).map(|available| available == wanted)
            }
            Clause::FixStates if filters.fix_states.is_empty() => return None,
            Clause::FixStates => fix_state(&filters.fix_states, finding),
            Clause::Grace => grace(filters.grace.as_ref()?, finding, now),
            _ => return None,
        };
        Some((clause, value))
    });
    for (clause, value) in vulnerability_clauses(&filters.clauses, finding).chain(more) {
        if !value.unwrap_or_else(|| filters.unknown.matches(clause)) {
            return false;
        }
        witness.filter(clause, value.is_none());
    }
    true
}

/// A list that contains `unknown` holds for unknown severity, whatever is said of unknown facts.
pub(super) fn severity(severities: SeveritySet, severity: Severity) -> Option<bool> {
    match severities.contains(severity) {
        true => Some(true),
        false if severity.is_unknown() => None,
        false => Some(false),
    }
}

pub(super) fn fix_state(states: &[FixState], finding: &Vulnerability) -> Option<bool> {
    let state = finding.fix.as_ref().map(|fix| fix.state).unwrap_or_default();
    match states.contains(&state) {
        true => Some(true),
        false if state == FixState::Unknown => None,
        false => Some(false),
    }
}

fn ids(wanted: &Texts, finding: &Vulnerability) -> Option<bool> {
    let known = finding.id.iter().chain(&finding.aliases).any(|id| wanted.contain(id));
    if !known && finding.id.is_none() { None } else { Some(known) }
}

fn packages(entries: &[PackagePattern], package: Option<&Package>) -> Option<bool> {
    let nothing = Package::default();
    let package = package.unwrap_or(&nothing);
    any(entries.iter().map(|entry| package_entry(entry, package)))
}

fn package_entry(entry: &PackagePattern, package: &Package) -> Option<bool> {
    let name = package.name.as_deref().map(|name| package_name_matches(&entry.name, name, package));
    let ecosystem = entry.ecosystem.as_ref().map_or(Some(true), |wanted| {
        package.ecosystem.as_ref().map(|known| known.eq_ignore_ascii_case(wanted))
    });
    let version = if !entry.versions.is_empty() {
        package.version.as_ref().map(|version| entry.versions.contains(version))
    } else if let Some(range) = &entry.range {
        let scheme = match &entry.ecosystem {
            Some(_) => entry.scheme,
            None => package.ecosystem.as_deref().and_then(Scheme::of_ecosystem),
        };
        match (scheme, &package.version) {
            (Some(scheme), Some(version)) => range.contains(scheme, version),
            _ => None,
        }
    } else {
        Some(true)
    };
    all([name, ecosystem, version])
}

/// A Maven name `group:artifact` is matched whole and as `artifact`.
pub(super) fn package_name_matches(glob: &crate::glob::Glob, name: &str, package: &Package) -> bool {
    glob.matches(name) || maven_artifact(name, package).is_some_and(|artifact| glob.matches(artifact))
}

/// The artifact of a Maven package, if its name has a group.
pub(super) fn maven_artifact<'n>(name: &'n str, package: &Package) -> Option<&'n str> {
    let is_maven =
        package.ecosystem.as_ref().is_some_and(|ecosystem| ecosystem.eq_ignore_ascii_case("maven"));
    is_maven.then(|| name.split_once(':').map(|(_, artifact)| artifact)).flatten()
}

/// Grace holds from `date + days` on.
fn grace(rule: &Grace, finding: &Vulnerability, now: Timestamp) -> Option<bool> {
    let days = rule.days_for(finding.severity);
    if days == 0 {
        return Some(true);
    }
    let date = match rule.from {
        GraceFrom::Fix => {
            // A fix that is known not to exist has not started any period.
            if finding.fix.as_ref().and_then(|fix| fix.available()) == Some(false) {
                return Some(false);
            }
            finding.fix.as_ref().and_then(|fix| fix.available_at)
        }
        GraceFrom::Disclosure => finding.published_at,
        GraceFrom::FirstSeen => finding.first_seen_at,
    };
    // Past year 9999 there is no end of the period that any `now` could reach.
    date.map(|date| date.plus_seconds(i64::from(days).saturating_mul(86_400)).is_some_and(|over| over <= now))
}

fn malware_clauses<'c>(
    criteria: &'c MalwareCriteria,
    finding: &'c Malware,
) -> impl Iterator<Item = (Clause, Option<bool>)> + 'c {
    let hash = |wanted: &Texts, known: &Option<String>| known.as_ref().map(|known| wanted.contain(known));
    const ORDER: [Clause; 6] =
        [Clause::Md5, Clause::Sha256, Clause::Families, Clause::Classes, Clause::Severities, Clause::Any];
    ORDER.into_iter().filter_map(move |clause| {
        let value = match clause {
            Clause::Md5 if criteria.md5.is_empty() => return None,
            Clause::Md5 => hash(&criteria.md5, &finding.md5),
            Clause::Sha256 if criteria.sha256.is_empty() => return None,
            Clause::Sha256 => hash(&criteria.sha256, &finding.sha256),
            Clause::Families if criteria.families.is_empty() => return None,
            Clause::Families => finding.family.as_ref().map(|family| {
                let lower = family.to_ascii_lowercase();
                criteria.families.iter().any(|wanted| wanted.lower.matches(&lower))
            }),
            Clause::Classes if criteria.classes.is_empty() => return None,
            Clause::Classes => finding.class.as_ref().map(|class| criteria.classes.contains(class)),
            Clause::Severities => severity(criteria.severities?, finding.severity),
            Clause::Any if criteria.any => Some(true),
            _ => return None,
        };
        Some((clause, value))
    })
}

pub(super) fn malware_selected(criteria: &MalwareCriteria, finding: &Malware) -> bool {
    one_selector_holds(malware_clauses(criteria, finding), criteria.unknown, &mut Nobody)
}

pub(super) fn trace_malware(criteria: &MalwareCriteria, finding: &Malware) -> Trace {
    let mut trace = Trace::default();
    one_selector_holds(malware_clauses(criteria, finding), criteria.unknown, &mut trace);
    trace
}

fn sensitive_clauses<'c>(
    criteria: &'c SensitiveCriteria,
    finding: &'c Sensitive,
) -> impl Iterator<Item = (Clause, Option<bool>)> + 'c {
    [Clause::Types, Clause::Severities, Clause::Any].into_iter().filter_map(move |clause| {
        let value = match clause {
            Clause::Types if criteria.types.is_empty() => return None,
            Clause::Types => {
                finding.kind.as_ref().map(|kind| criteria.types.iter().any(|wanted| wanted.matches(kind)))
            }
            Clause::Severities => severity(criteria.severities?, finding.severity),
            Clause::Any if criteria.any => Some(true),
            _ => return None,
        };
        Some((clause, value))
    })
}

pub(super) fn sensitive_selected(criteria: &SensitiveCriteria, finding: &Sensitive) -> bool {
    one_selector_holds(sensitive_clauses(criteria, finding), criteria.unknown, &mut Nobody)
}

pub(super) fn trace_sensitive(criteria: &SensitiveCriteria, finding: &Sensitive) -> Trace {
    let mut trace = Trace::default();
    one_selector_holds(sensitive_clauses(criteria, finding), criteria.unknown, &mut trace);
    trace
}
