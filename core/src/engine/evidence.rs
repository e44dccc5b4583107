//! Evidence: built for policies that hit, when somebody looks, up to its bound.

use super::assess::{AssessmentInner, Category, CategoryMatches, risk};
use super::decide::{Hits, ScanClause, any_match, any_privilege, any_scan_clause};
use super::evaluate::{self, Trace};
use super::excuse::{Excuser, exception_of};
use super::image_view::ImageView;
use crate::decision::{
    AggregationKey, Event, Evidence, Excuse, ExcuseSource, Finding, FoundMalware, FoundPrivilege, FoundScan,
    FoundSensitive, FoundVulnerability, PolicySnapshot, risk_description, solution,
};
use crate::launch::Launch;
use crate::policy::criteria::Criteria;
use crate::policy::{Policy, SetInner};
use crate::profile::{Package, ProfileDocument, ScanState, Score, Severity, Suppression};
use crate::time::Timestamp;

/// Findings shown in a category.
const MAX_FINDINGS: usize = 20;

/// One event a hit.
pub(crate) fn render_events(
    assessment: &AssessmentInner,
    launch: &Launch,
    image: &ImageView,
    now: Timestamp,
    hits: &Hits,
) -> Vec<Event> {
    let day = now.day(assessment.set.day_offset);
    let events = hits.iter().filter_map(|hit| {
        let policy = assessment.policy(hit.policy)?;
        let evidence = evidence(assessment, hit.policy, policy, launch, image, now);
        Some(Event {
            aggregation_key: AggregationKey::of(
                &day,
                hit.action,
                policy.kind.into(),
                &policy.id,
                &image.key_image,
            )
            .to_string(),
            event_type: policy.kind.into(),
            action: hit.action,
            policy: PolicySnapshot::of(policy, hit.status),
            risk_description: risk_description(launch, &evidence),
            solution: policy.solution.clone().unwrap_or_else(|| solution(&evidence)),
            evidence,
        })
    });
    events.collect()
}

fn evidence(
    assessment: &AssessmentInner,
    number: usize,
    policy: &Policy,
    launch: &Launch,
    image: &ImageView,
    now: Timestamp,
) -> Vec<Evidence> {
    let set = &assessment.set;
    match &policy.criteria {
        Criteria::Risk(_) => {
            let Some(profile) = &assessment.profile else { return Vec::new() };
            let listed = assessment
                .matches_of(number)
                .iter()
                .map(|category| of_category(assessment, policy, category, profile.document(), image, now));
            listed.filter(|evidence| evidence.total > 0).collect()
        }
        Criteria::Privileged(wanted) => {
            let mut collected = Collected::new(Category::Privileges);
            any_privilege(assessment, policy, wanted, launch, image, now, |fact, inferred, excuser| {
                let position = collected.total;
                collected.add(Place::by_position(excuser.is_some(), position), || {
                    let satisfied = wanted.iter().filter(|entry| entry.satisfied_by(fact));
                    Finding::Privilege(FoundPrivilege {
                        privilege: fact.clone(),
                        inferred,
                        matched: satisfied.map(|entry| entry.source().to_owned()).collect(),
                        unknown: Vec::new(),
                        exception: excuser.map(|excuser| excuse(set, policy, excuser, None)),
                    })
                });
                false
            });
            vec![collected.finish()]
        }
        Criteria::Unscanned(criteria) => {
            let state =
                assessment.profile.as_ref().map_or(ScanState::NotScanned, |profile| profile.scan_state());
            let mut collected = Collected::new(Category::Scan);
            any_scan_clause(assessment, policy, criteria, image, now, |clause, excuser| {
                let position = collected.total;
                collected.add(Place::by_position(excuser.is_some(), position), || {
                    let exception = excuser.map(|excuser| excuse(set, policy, excuser, None));
                    Finding::Scan(found_scan(clause, state, exception))
                });
                false
            });
            vec![collected.finish()]
        }
    }
}

fn found_scan(clause: ScanClause, state: ScanState, exception: Option<Excuse>) -> FoundScan {
    let (max_days, date) = match clause {
        ScanClause::States(_) => (None, None),
        ScanClause::ScanAge(days, date) | ScanClause::FeedAge(days, date) => (Some(days), date),
    };
    let name = clause.as_str().to_owned();
    FoundScan {
        state,
        date,
        max_days,
        matched: vec![name.clone()],
        unknown: if clause.is_by_unknown() { vec![name.clone()] } else { Vec::new() },
        clause: name,
        exception,
    }
}

fn of_category(
    assessment: &AssessmentInner,
    policy: &Policy,
    matches: &CategoryMatches,
    document: &ProfileDocument,
    image: &ImageView,
    now: Timestamp,
) -> Evidence {
    let set = &assessment.set;
    let mut collected = Collected::new(matches.category);
    any_match(assessment, policy, matches, image, now, |position, excuser| {
        let excused = excuser.is_some();
        match matches.category {
            Category::Vulnerabilities => {
                let Some(finding) = document.vulnerabilities.get(position as usize) else { return false };
                let package = finding.package.as_ref();
                let score = finding.cvss.as_ref().and_then(|cvss| cvss.score);
                let place = Place {
                    excused,
                    severity: finding.severity,
                    cvss: std::cmp::Reverse(score),
                    id: finding.id.as_deref().unwrap_or_default(),
                    package: text(package, |package| &package.name),
                    version: text(package, |package| &package.version),
                    path: text(package, |package| &package.path),
                    position: position as usize,
                };
                collected.add(place, || {
                    let trace = risk(policy)
                        .and_then(|risk| risk.vulnerabilities.as_ref())
                        .map(|criteria| evaluate::trace_vulnerability(criteria, finding, now))
                        .unwrap_or_default();
                    let (matched, unknown) = names(trace);
                    Finding::Vulnerability(FoundVulnerability {
                        id: finding.id.clone(),
                        package: package.and_then(|package| package.name.clone()),
                        version: package.and_then(|package| package.version.clone()),
                        fixed_in: finding.fix.as_ref().map(|fix| fix.versions.clone()).unwrap_or_default(),
                        fix_state: finding.fix.as_ref().map(|fix| fix.state).unwrap_or_default(),
                        severity: finding.severity,
                        cvss: score,
                        path: package.and_then(|package| package.path.clone()),
                        matched,
                        unknown,
                        exception: excuser
                            .map(|excuser| excuse(set, policy, excuser, finding.suppressed.as_ref())),
                    })
                });
            }
            Category::Malware => {
                let Some(finding) = document.malware.get(position as usize) else { return false };
                let place = Place::by_path(excused, finding.severity, finding.path.as_deref(), position);
                collected.add(place, || {
                    let trace = risk(policy)
                        .and_then(|risk| risk.malware.as_ref())
                        .map(|criteria| evaluate::trace_malware(criteria, finding))
                        .unwrap_or_default();
                    let (matched, unknown) = names(trace);
                    Finding::Malware(FoundMalware {
                        path: finding.path.clone(),
                        family: finding.family.clone(),
                        class: finding.class.clone(),
                        severity: finding.severity,
                        md5: finding.md5.clone(),
                        sha256: finding.sha256.clone(),
                        matched,
                        unknown,
                        exception: excuser.map(|excuser| excuse(set, policy, excuser, None)),
                    })
                });
            }
            Category::Sensitive => {
                let Some(finding) = document.sensitive.get(position as usize) else { return false };
                let place = Place::by_path(excused, finding.severity, finding.path.as_deref(), position);
                collected.add(place, || {
                    let trace = risk(policy)
                        .and_then(|risk| risk.sensitive.as_ref())
                        .map(|criteria| evaluate::trace_sensitive(criteria, finding))
                        .unwrap_or_default();
                    let (matched, unknown) = names(trace);
                    Finding::Sensitive(FoundSensitive {
                        kind: finding.kind.clone(),
                        path: finding.path.clone(),
                        line: finding.line,
                        severity: finding.severity,
                        matched,
                        unknown,
                        exception: excuser.map(|excuser| excuse(set, policy, excuser, None)),
                    })
                });
            }
            Category::Privileges | Category::Scan => {}
        }
        false
    });
    collected.finish()
}

fn text<'p>(package: Option<&'p Package>, member: impl Fn(&'p Package) -> &'p Option<String>) -> &'p str {
    package.and_then(|package| member(package).as_deref()).unwrap_or_default()
}

fn names(trace: Trace) -> (Vec<String>, Vec<String>) {
    let owned = |names: Vec<&'static str>| names.into_iter().map(str::to_owned).collect();
    (owned(trace.matched), owned(trace.unknown))
}

fn excuse(set: &SetInner, policy: &Policy, excuser: Excuser, suppression: Option<&Suppression>) -> Excuse {
    let source = match excuser {
        Excuser::Policy(_) => ExcuseSource::Policy,
        Excuser::Set(_) => ExcuseSource::Set,
        Excuser::Suppression => ExcuseSource::Suppression,
    };
    match exception_of(set, policy, excuser) {
        Some(exception) => Excuse {
            source,
            pointer: Some(exception.pointer.clone()),
            reason: Some(exception.reason.clone()),
            owner: exception.owner.clone(),
            ticket: exception.ticket.clone(),
            expires_at: exception.expires_at,
            suppressed: None,
        },
        None => Excuse {
            source,
            pointer: None,
            reason: suppression.and_then(|how| how.justification.clone().or_else(|| how.status.clone())),
            owner: suppression.and_then(|how| how.author.clone()),
            ticket: None,
            expires_at: None,
            suppressed: suppression.cloned(),
        },
    }
}

/// Where a finding stands in the evidence: the fields compare in their order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'f> {
    excused: bool,
    severity: Severity,
    /// Higher first; `None` is lowest.
    cvss: std::cmp::Reverse<Option<Score>>,
    id: &'f str,
    package: &'f str,
    version: &'f str,
    path: &'f str,
    position: usize,
}

impl<'f> Place<'f> {
    fn by_position(excused: bool, position: usize) -> Self {
        Self::by_path(excused, Severity::Unknown, None, u32::try_from(position).unwrap_or(u32::MAX))
    }

    fn by_path(excused: bool, severity: Severity, path: Option<&'f str>, position: u32) -> Self {
        Self {
            excused,
            severity,
            cvss: std::cmp::Reverse(None),
            id: "",
            package: "",
            version: "",
            path: path.unwrap_or_default(),
            position: position as usize,
        }
    }
}

/// The counts of a category and its first findings.
struct Collected<'f> {
    category: Category,
    total: usize,
    excused: usize,
    /// Ascending by place, at most [`MAX_FINDINGS`].
    shown: Vec<(Place<'f>, Finding)>,
}

impl<'f> Collected<'f> {
    fn new(category: Category) -> Self {
        Self { category, total: 0, excused: 0, shown: Vec::new() }
    }

    /// Counts a finding; it is only rendered if it is among the first so far.
    fn add(&mut self, place: Place<'f>, render: impl FnOnce() -> Finding) {
        self.total = self.total.saturating_add(1);
        self.excused = self.excused.saturating_add(usize::from(place.excused));
        // Of a dirty image most findings come after all that are shown: one comparison tells.
        let is_full = self.shown.len() >= MAX_FINDINGS;
        if is_full && self.shown.last().is_some_and(|(last, _)| *last < place) {
            return;
        }
        let at = self.shown.partition_point(|(shown, _)| *shown < place);
        if at < MAX_FINDINGS {
            self.shown.truncate(MAX_FINDINGS.saturating_sub(1));
            self.shown.insert(at, (place, render()));
        }
    }

    fn finish(self) -> Evidence {
        let findings = self.shown.into_iter().map(|(_, finding)| finding).collect();
        Evidence { category: self.category, total: self.total, excused: self.excused, findings }
    }
}
