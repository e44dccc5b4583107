//! From an assessment, a launch and an instant to the policies that hit.

use super::assess::{AssessmentHandle, AssessmentInner, Category, CategoryMatches, risk};
use super::evaluate;
use super::excuse::{Excuser, Seen, excusers, is_active};
use super::image_view::{ImageView, Owned};
use super::scope::{first_outside, rest_outside};
use crate::decision::Action;
use crate::error::Error;
use crate::launch::{Launch, Privilege};
use crate::policy::clause::Clause;
use crate::policy::criteria::{Criteria, UnscannedCriteria};
use crate::policy::privilege::PrivilegePattern;
use crate::policy::{Policy, ScopePart, Status};
use crate::profile::ScanState;
use crate::time::Timestamp;
use std::sync::Arc;

/// One policy that hits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) policy: usize,
    pub(crate) action: Action,
    pub(crate) status: Status,
}

/// What became of one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Disabled,
    Pending,
    OutOfScope(ScopePart),
    NoFinding,
    Excused,
    Hit(Action),
}

/// The action alone.
///
/// # Errors
/// `image_mismatch`.
pub(crate) fn action(handle: &AssessmentHandle, launch: &Launch, now: Timestamp) -> Result<Action, Error> {
    if let Some(image) = handle.known_view(launch) {
        return Ok(image.action(&handle.inner, launch, now));
    }
    decide(handle, launch, now).map(|(_, action)| action)
}

/// What the decision keeps, and its action.
///
/// # Errors
/// `image_mismatch`.
pub(crate) fn decide(
    handle: &AssessmentHandle,
    launch: &Launch,
    now: Timestamp,
) -> Result<(Arc<Owned>, Action), Error> {
    let owned = handle.view(launch)?;
    let action = owned.image.action(&owned.assessment, launch, now);
    Ok((owned, action))
}

/// The policies that hit: intercepting ones first, then by event type, then in the order of the document.
pub(crate) fn hits(owned: &Owned, launch: &Launch, now: Timestamp) -> Hits {
    let mut hits: Hits = all_hits(owned, launch, now).collect();
    // Candidates come by type and then in the order of the document, and the sort is stable.
    hits.sort_by_key(|hit| hit.action);
    hits
}

/// The first of the policies that hit, if the strictest action is `action`.
pub(crate) fn first_hit(owned: &Owned, launch: &Launch, now: Timestamp, action: Action) -> Option<Hit> {
    all_hits(owned, launch, now).find(|hit| hit.action == action)
}

/// The policies that hit.
pub(crate) type Hits = Vec<Hit>;

/// The policies that hit, by event type and then in the order of the document.
fn all_hits(owned: &Owned, launch: &Launch, now: Timestamp) -> impl Iterator<Item = Hit> {
    let (assessment, image) = (&*owned.assessment, &*owned.image);
    let candidates = assessment.candidates().enumerate();
    let covering = candidates.filter(|(candidate, _)| image.candidate_outside(*candidate).is_none());
    covering.filter_map(move |(_, number)| {
        let policy = assessment.policy(number)?;
        let status = policy.status(now);
        let action = action_of(status)?;
        let hits = rest_outside(&policy.scope, launch).is_none()
            && find_unexcused(assessment, number, policy, launch, image, now, &mut false);
        hits.then_some(Hit { policy: number, action, status })
    })
}

/// What a hit of a policy with this status does.
pub(super) fn action_of(status: Status) -> Option<Action> {
    match status {
        Status::Disabled | Status::Pending => None,
        Status::Observing => Some(Action::Alarm),
        Status::Effective => Some(Action::Intercept),
    }
}

/// What becomes of one policy: the first reason why it does not hit, or its action.
pub(super) fn judge(
    assessment: &AssessmentInner,
    number: usize,
    policy: &Policy,
    launch: &Launch,
    image: &ImageView,
    now: Timestamp,
) -> Verdict {
    let status = policy.status(now);
    let Some(action) = action_of(status) else {
        return if status == Status::Disabled { Verdict::Disabled } else { Verdict::Pending };
    };
    if let Some(part) = first_outside(&policy.scope, launch, image) {
        return Verdict::OutOfScope(part);
    }
    let mut excused = false;
    let unexcused = find_unexcused(assessment, number, policy, launch, image, now, &mut excused);
    match (unexcused, excused) {
        (true, _) => Verdict::Hit(action),
        (false, true) => Verdict::Excused,
        (false, false) => Verdict::NoFinding,
    }
}

/// Whether something matches that nothing excuses; stops at the first. `excused` is set if something is excused.
pub(super) fn find_unexcused(
    assessment: &AssessmentInner,
    number: usize,
    policy: &Policy,
    launch: &Launch,
    image: &ImageView,
    now: Timestamp,
    excused: &mut bool,
) -> bool {
    let mut visit = |excuser: Option<Excuser>| {
        *excused |= excuser.is_some();
        excuser.is_none()
    };
    match &policy.criteria {
        Criteria::Risk(_) => assessment
            .matches_of(number)
            .iter()
            .any(|matches| any_match(assessment, policy, matches, image, now, |_, excuser| visit(excuser))),
        Criteria::Privileged(wanted) => {
            any_privilege(assessment, policy, wanted, launch, image, now, |_, _, excuser| visit(excuser))
        }
        Criteria::Unscanned(criteria) => {
            any_scan_clause(assessment, policy, criteria, image, now, |_, excuser| visit(excuser))
        }
    }
}

/// Walks the findings of a category that match at `now` with who excuses them, until `visit` says true.
pub(super) fn any_match(
    assessment: &AssessmentInner,
    policy: &Policy,
    matches: &CategoryMatches,
    image: &ImageView,
    now: Timestamp,
    mut visit: impl FnMut(u32, Option<Excuser>) -> bool,
) -> bool {
    let mut excuses = matches.excuses.as_slice();
    for finding in assessment.findings(matches) {
        // Where there are excuses, findings come in their order.
        let of_finding = excuses.iter().take_while(|excuse| excuse.finding == finding).count();
        let (mine, rest) = excuses.split_at_checked(of_finding).unwrap_or((&[], &[]));
        excuses = rest;
        if matches.has_grace && !grace_is_over(assessment, policy, matches.category, finding, now) {
            continue;
        }
        let excuser = mine
            .iter()
            .map(|excuse| excuse.excuser)
            .find(|excuser| is_active(&assessment.set, policy, *excuser, image, now));
        if visit(finding, excuser) {
            return true;
        }
    }
    false
}

fn grace_is_over(
    assessment: &AssessmentInner,
    policy: &Policy,
    category: Category,
    finding: u32,
    now: Timestamp,
) -> bool {
    if category != Category::Vulnerabilities {
        return true;
    }
    let criteria = risk(policy).and_then(|risk| risk.vulnerabilities.as_ref());
    let vulnerability = assessment
        .profile
        .as_ref()
        .and_then(|profile| profile.document().vulnerabilities.get(finding as usize));
    match (criteria, vulnerability) {
        (Some(criteria), Some(vulnerability)) => evaluate::grace_is_over(criteria, vulnerability, now),
        _ => true,
    }
}

/// Walks the launch's facts that satisfy an entry, with the entries and who excuses them, until `visit` says true.
pub(super) fn any_privilege(
    assessment: &AssessmentInner,
    policy: &Policy,
    wanted: &[PrivilegePattern],
    launch: &Launch,
    image: &ImageView,
    now: Timestamp,
    mut visit: impl FnMut(&Privilege, bool, Option<Excuser>) -> bool,
) -> bool {
    for (fact, inferred) in launch.facts() {
        if !wanted.iter().any(|entry| entry.satisfied_by(fact)) {
            continue;
        }
        let excuser = active_excuser(assessment, policy, Seen::Privilege(fact), image, now);
        if visit(fact, inferred, excuser) {
            return true;
        }
    }
    false
}

/// A clause of an unscanned policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanClause {
    States(ScanState),
    /// Days allowed and the date, `None` if unknown.
    ScanAge(u32, Option<Timestamp>),
    FeedAge(u32, Option<Timestamp>),
}

impl ScanClause {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::States(_) => "states",
            Self::ScanAge(..) => Clause::ScanAge.as_str(),
            Self::FeedAge(..) => Clause::FeedAge.as_str(),
        }
    }

    /// Whether the clause held only because its date is unknown.
    pub(super) const fn is_by_unknown(self) -> bool {
        matches!(self, Self::ScanAge(_, None) | Self::FeedAge(_, None))
    }
}

/// Walks the clauses of an unscanned policy that hold, with who excuses them, until `visit` says true.
pub(super) fn any_scan_clause(
    assessment: &AssessmentInner,
    policy: &Policy,
    criteria: &UnscannedCriteria,
    image: &ImageView,
    now: Timestamp,
    mut visit: impl FnMut(ScanClause, Option<Excuser>) -> bool,
) -> bool {
    let profile = assessment.profile.as_ref();
    let state = profile.map_or(ScanState::NotScanned, |profile| profile.scan_state());
    let scan = profile.and_then(|profile| profile.document().scan.as_ref());
    let exceeded = |days: Option<u32>, date: Option<Timestamp>, clause: Clause| {
        let days = days?;
        let too_old = match date {
            Some(date) => now > date.plus_days_saturating(days),
            None => criteria.unknown.matches(clause),
        };
        too_old.then_some((days, date))
    };
    let clauses = [
        criteria.states.contains(&state).then_some(ScanClause::States(state)),
        exceeded(criteria.max_scan_age_days, scan.and_then(|scan| scan.scanned_at), Clause::ScanAge)
            .map(|(days, date)| ScanClause::ScanAge(days, date)),
        exceeded(criteria.max_feed_age_days, scan.and_then(|scan| scan.feed_updated_at), Clause::FeedAge)
            .map(|(days, date)| ScanClause::FeedAge(days, date)),
    ];
    for clause in clauses.into_iter().flatten() {
        let excuser = active_excuser(assessment, policy, Seen::Scan, image, now);
        if visit(clause, excuser) {
            return true;
        }
    }
    false
}

fn active_excuser(
    assessment: &AssessmentInner,
    policy: &Policy,
    seen: Seen<'_>,
    image: &ImageView,
    now: Timestamp,
) -> Option<Excuser> {
    let set = &assessment.set;
    excusers(&policy.exceptions, &set.exceptions, &set.trust, seen)
        .find(|excuser| is_active(set, policy, *excuser, image, now))
}
