//! What depends on the clock alone: for the image of a launch, from when on policies hit whatever the launch asks for.
//!
//! A policy with a match that nothing can excuse, without a grace period and without a scope beyond images, hits from
//! the instant at which it becomes active, and intercepts from the instant at which that begins. Of all such policies
//! together two instants remain; only the others are looked at launch by launch.

use super::assess::AssessmentInner;
use super::decide::{action_of, find_unexcused};
use super::image_view::ImageView;
use super::scope::rest_outside;
use crate::decision::Action;
use crate::launch::Launch;
use crate::policy::Policy;
use crate::policy::criteria::Criteria;
use crate::time::Timestamp;

/// The candidates of an assessment for one image.
#[derive(Debug, Default)]
pub(super) struct Steady {
    /// From when the first of the steady policies hits.
    alarms_from: Option<Timestamp>,
    /// From when the first of them intercepts.
    intercepts_from: Option<Timestamp>,
    /// The policies, in the order of candidates, that launches are held against one by one.
    others: Vec<usize>,
}

impl Steady {
    /// Sorts the candidates whose scope covers the image.
    pub(super) fn of(assessment: &AssessmentInner, image: &ImageView) -> Self {
        let mut steady = Self::default();
        for (candidate, number) in assessment.candidates().enumerate() {
            let Some(policy) = assessment.policy(number) else { continue };
            if image.candidate_outside(candidate).is_some() {
                continue;
            }
            if is_steady(assessment, number, policy) {
                steady.alarms_from = earlier(steady.alarms_from, policy.schedule.active_from);
                steady.intercepts_from = earlier(steady.intercepts_from, policy.intercepts_from());
            } else {
                steady.others.push(number);
            }
        }
        steady
    }

    /// The strictest action over all policies.
    pub(super) fn action(
        &self,
        assessment: &AssessmentInner,
        launch: &Launch,
        image: &ImageView,
        now: Timestamp,
    ) -> Action {
        let is_reached = |from: Option<Timestamp>| from.is_some_and(|from| now >= from);
        if is_reached(self.intercepts_from) {
            return Action::Intercept;
        }
        let mut strictest = if is_reached(self.alarms_from) { Action::Alarm } else { Action::Allow };
        for &number in &self.others {
            let Some(policy) = assessment.policy(number) else { continue };
            let Some(action) = action_of(policy.status(now)) else { continue };
            if action < strictest
                && rest_outside(&policy.scope, launch).is_none()
                && find_unexcused(assessment, number, policy, launch, image, now, &mut false)
            {
                strictest = action;
                if action == Action::Intercept {
                    break;
                }
            }
        }
        strictest
    }
}

fn is_steady(assessment: &AssessmentInner, number: usize, policy: &Policy) -> bool {
    matches!(policy.criteria, Criteria::Risk(_))
        && policy.scope.is_by_image_only()
        && assessment
            .matches_of(number)
            .iter()
            .any(|matches| matches.excuses.is_empty() && !matches.has_grace)
}

fn earlier(left: Option<Timestamp>, right: Option<Timestamp>) -> Option<Timestamp> {
    left.into_iter().chain(right).min()
}
