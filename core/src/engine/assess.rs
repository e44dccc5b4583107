//! What follows from a policy set and a scan profile alone.

use super::bits::rule_number;
use super::evaluate;
use super::excuse::{self, Excuse};
use super::image_view::{ImageView, ImageViews, Owned};
use super::kinds::{Kind, Kinds};
use crate::error::Error;
use crate::launch::Launch;
use crate::policy::criteria::{Criteria, RiskCriteria, VulnerabilityCriteria};
use crate::policy::{Policy, PolicySet, SetInner};
use crate::profile::ScanProfile;
use std::sync::Arc;

/// A category of findings, in the order of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the categories")]
pub enum Category {
    Vulnerabilities,
    Malware,
    Sensitive,
    Privileges,
    Scan,
}

impl Category {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerabilities => "vulnerabilities",
            Self::Malware => "malware",
            Self::Sensitive => "sensitive",
            Self::Privileges => "privileges",
            Self::Scan => "scan",
        }
    }
}

/// The findings of one category that one policy matches at some time.
#[derive(Debug)]
pub(crate) struct CategoryMatches {
    pub(super) category: Category,
    /// Positions in the profile, ascending.
    findings: Vec<u32>,
    /// Kinds of vulnerabilities that match whole, beside `findings`.
    kinds: Vec<u32>,
    /// Exceptions that may excuse a finding, ascending by finding, then in the order of precedence.
    pub(super) excuses: Vec<Excuse>,
    /// Whether grace periods decide which findings match at an instant.
    pub(super) has_grace: bool,
}

/// The risk policies with matches, ascending by policy.
#[derive(Debug)]
pub(crate) struct RiskMatches {
    pub(super) policy: usize,
    pub(super) categories: Vec<CategoryMatches>,
}

/// An assessment: the set, the profile (`None`: nobody scanned the image), and what matched.
#[derive(Debug)]
pub(crate) struct AssessmentInner {
    pub(crate) set: Arc<SetInner>,
    pub(crate) profile: Option<ScanProfile>,
    pub(super) matches: Vec<RiskMatches>,
    kinds: Vec<Kind>,
}

/// An assessment with the images that it has met, which decisions do not keep.
#[derive(Debug)]
pub(crate) struct AssessmentHandle {
    pub(crate) inner: Arc<AssessmentInner>,
    views: ImageViews,
}

impl AssessmentHandle {
    /// The view of the launch's image.
    ///
    /// # Errors
    /// `image_mismatch`.
    pub(super) fn view(&self, launch: &Launch) -> Result<Arc<Owned>, Error> {
        self.views.get(launch, &self.inner, || {
            let image = ImageView::new(launch, self.inner.profile.as_ref())?;
            let candidates = self.inner.candidates().filter_map(|number| self.inner.policy(number));
            Ok(image.with_scopes(candidates.map(|policy| &policy.scope)))
        })
    }
}

impl AssessmentInner {
    pub(super) fn policy(&self, number: usize) -> Option<&Policy> {
        self.set.policies.get(number)
    }

    pub(super) fn matches_of(&self, policy: usize) -> Option<&RiskMatches> {
        let at = self.matches.binary_search_by_key(&policy, |matches| matches.policy).ok()?;
        self.matches.get(at)
    }

    /// The policies that may hit, in the order of event types and then of the document.
    pub(super) fn candidates(&self) -> impl Iterator<Item = usize> + '_ {
        let index = &self.set.index;
        let risks = self.matches.iter().map(|matches| matches.policy);
        risks.chain(index.privileged).chain(index.unscanned.iter().copied())
    }

    /// The positions of the findings that match at some time, each once, in no particular order.
    pub(super) fn findings<'m>(&'m self, matches: &'m CategoryMatches) -> impl Iterator<Item = u32> + 'm {
        let whole = matches.kinds.iter().filter_map(|kind| self.kinds.get(*kind as usize));
        matches.findings.iter().copied().chain(whole.flat_map(|kind| kind.findings.iter().copied()))
    }
}

pub(super) fn risk(policy: &Policy) -> Option<&RiskCriteria> {
    match &policy.criteria {
        Criteria::Risk(risk) => Some(risk),
        _ => None,
    }
}

/// Assesses a scanned image, or one that nobody scanned.
pub(crate) fn assess(set: &PolicySet, profile: Option<&ScanProfile>) -> AssessmentHandle {
    let set = Arc::clone(set.inner());
    let (matches, kinds) = profile.map(|profile| risk_matches(&set, profile)).unwrap_or_default();
    let inner = Arc::new(AssessmentInner { set, profile: profile.cloned(), matches, kinds });
    AssessmentHandle { inner, views: ImageViews::default() }
}

/// A rule that matches a finding.
type Match = (u32, u32);

fn risk_matches(set: &SetInner, profile: &ScanProfile) -> (Vec<RiskMatches>, Vec<Kind>) {
    let document = profile.document();
    let index = &set.index;
    let criteria = |policies: &[usize], rule: usize| {
        policies.get(rule).and_then(|policy| set.policies.get(*policy)).and_then(risk)
    };
    let (vulnerabilities, kinds) = vulnerability_matches(set, profile, &|rule| {
        criteria(&index.vulnerabilities.policies, rule)?.vulnerabilities.as_ref()
    });
    let malware = matches(
        &document.malware,
        |finding, candidates| index.malware.candidates(finding, candidates),
        |rule, finding| {
            let criteria = criteria(&index.malware.policies, rule).and_then(|risk| risk.malware.as_ref());
            criteria.is_some_and(|criteria| evaluate::malware_selected(criteria, finding))
        },
    );
    let sensitive = matches(
        &document.sensitive,
        |finding, candidates| index.sensitive.candidates(finding, candidates),
        |rule, finding| {
            let criteria = criteria(&index.sensitive.policies, rule).and_then(|risk| risk.sensitive.as_ref());
            criteria.is_some_and(|criteria| evaluate::sensitive_selected(criteria, finding))
        },
    );
    let mut entries: Vec<(usize, CategoryMatches)> = Vec::new();
    let by_category = [
        (Category::Vulnerabilities, &index.vulnerabilities.policies, vulnerabilities, whole_kinds(&kinds)),
        (Category::Malware, &index.malware.policies, malware, Vec::new()),
        (Category::Sensitive, &index.sensitive.policies, sensitive, Vec::new()),
    ];
    for (category, policies, single, whole) in by_category {
        for_each_rule(single, whole, |rule, findings, kinds_of_rule| {
            let Some(number) = policies.get(rule) else { return };
            let Some(policy) = set.policies.get(*number) else { return };
            let has_grace = category == Category::Vulnerabilities && has_grace(policy);
            let mut matches =
                CategoryMatches { category, findings, kinds: kinds_of_rule, excuses: Vec::new(), has_grace };
            if !excuse::is_without(set, policy) {
                matches.list(&kinds);
                matches.excuses = excuse::excuses(set, policy, document, category, &matches.findings);
            }
            entries.push((*number, matches));
        });
    }
    // Stable: the categories of a policy stay in their order.
    entries.sort_by_key(|(policy, _)| *policy);
    let mut matches: Vec<RiskMatches> = Vec::new();
    for (policy, category) in entries {
        match matches.last_mut() {
            Some(last) if last.policy == policy => last.categories.push(category),
            _ => matches.push(RiskMatches { policy, categories: vec![category] }),
        }
    }
    (matches, kinds)
}

fn has_grace(policy: &Policy) -> bool {
    risk(policy).and_then(|risk| risk.vulnerabilities.as_ref()?.only.as_ref()?.grace.as_ref()).is_some()
}

impl CategoryMatches {
    /// Turns kinds into a list of findings: exceptions are about single ones.
    fn list(&mut self, kinds: &[Kind]) {
        if self.kinds.is_empty() {
            return;
        }
        let whole = self.kinds.drain(..).filter_map(|kind| kinds.get(kind as usize));
        self.findings.extend(whole.flat_map(|kind| &kind.findings));
        self.findings.sort_unstable();
    }
}

fn vulnerability_matches<'c>(
    set: &SetInner,
    profile: &ScanProfile,
    criteria: &impl Fn(usize) -> Option<&'c VulnerabilityCriteria>,
) -> (Vec<Match>, Vec<Kind>) {
    let index = &set.index.vulnerabilities;
    let mut single = Vec::new();
    let mut kinds = Kinds::default();
    if index.policies.is_empty() {
        return (single, Vec::new());
    }
    let mut candidates = Vec::new();
    let findings = profile.document().vulnerabilities.iter().zip(profile.facts());
    for (position, (finding, facts)) in findings.enumerate() {
        let position = rule_number(position);
        let kind = kinds.of(&index.scalars, &index.listed_filters, criteria, position, facts, finding);
        let Some(kind) = kind else { continue };
        index.candidates(facts, finding, &mut candidates);
        if candidates.is_empty() && kind.listed.is_empty() {
            continue;
        }
        let passes_lists = |rule: usize| {
            !index.listed_filters.contains(rule)
                || criteria(rule)
                    .and_then(|criteria| criteria.only.as_ref())
                    .is_none_or(|only| evaluate::listed_pass(only, finding))
        };
        candidates.sort_unstable();
        candidates.dedup();
        for rule in candidates.drain(..) {
            let number = rule as usize;
            let is_new = !kind.rules.contains(number) && kind.listed.binary_search(&rule).is_err();
            if is_new
                && kind.passing.contains(number)
                && criteria(number).is_some_and(|criteria| evaluate::listed_selected(criteria, finding))
                && passes_lists(number)
            {
                single.push((rule, position));
            }
        }
        single.extend(
            kind.listed.iter().filter(|rule| passes_lists(**rule as usize)).map(|rule| (*rule, position)),
        );
    }
    (single, kinds.into_kinds())
}

/// The pairs of a category whose candidates are evaluated one by one.
fn matches<T>(
    findings: &[T],
    candidates_of: impl Fn(&T, &mut Vec<u32>),
    is_match: impl Fn(usize, &T) -> bool,
) -> Vec<Match> {
    let mut candidates = Vec::new();
    let mut single = Vec::new();
    for (position, finding) in findings.iter().enumerate() {
        candidates_of(finding, &mut candidates);
        candidates.sort_unstable();
        candidates.dedup();
        let matching = candidates.drain(..).filter(|rule| is_match(*rule as usize, finding));
        single.extend(matching.map(|rule| (rule, rule_number(position))));
    }
    single
}

/// For each rule the kinds that it matches whole, as pairs.
fn whole_kinds(kinds: &[Kind]) -> Vec<Match> {
    let pairs = kinds.iter().enumerate().flat_map(|(number, kind)| {
        kind.rules.iter().map(move |rule| (rule_number(rule), rule_number(number)))
    });
    pairs.collect()
}

/// Groups pairs by rule, ascending.
fn for_each_rule(
    mut single: Vec<Match>,
    mut whole: Vec<Match>,
    mut each: impl FnMut(usize, Vec<u32>, Vec<u32>),
) {
    single.sort_unstable();
    whole.sort_unstable();
    let (mut single, mut whole) = (single.as_slice(), whole.as_slice());
    while let Some(rule) = single.first().into_iter().chain(whole.first()).map(|(rule, _)| *rule).min() {
        let take = |pairs: &mut &[Match]| {
            let count = pairs.iter().take_while(|(of, _)| *of == rule).count();
            let (mine, rest) = pairs.split_at_checked(count).unwrap_or((&[], &[]));
            *pairs = rest;
            mine.iter().map(|(_, value)| *value).collect::<Vec<u32>>()
        };
        let (findings, kinds) = (take(&mut single), take(&mut whole));
        each(rule as usize, findings, kinds);
    }
}
