//! What follows from a policy set and a scan profile alone.

use super::bits::{self, rule_number};
use super::evaluate;
use super::excuse::{self, Excuse};
use super::image_view::{ImageView, ImageViews, Owned};
use super::kinds::Kinds;
use crate::error::Error;
use crate::launch::Launch;
use crate::policy::criteria::{Criteria, RiskCriteria, VulnerabilityCriteria};
use crate::policy::{Policy, PolicySet, SetInner};
use crate::profile::{Facts, ScanProfile, Vulnerability};
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
    pub(crate) const WORDS: [(&'static str, Self); 5] = [
        (Self::Vulnerabilities.as_str(), Self::Vulnerabilities),
        (Self::Malware.as_str(), Self::Malware),
        (Self::Sensitive.as_str(), Self::Sensitive),
        (Self::Privileges.as_str(), Self::Privileges),
        (Self::Scan.as_str(), Self::Scan),
    ];

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

/// The findings of one category that one risk policy matches at some time; never none.
#[derive(Debug)]
pub(crate) struct CategoryMatches {
    pub(super) policy: usize,
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

/// An assessment: the set, the profile (`None`: nobody scanned the image), and what matched.
#[derive(Debug)]
pub(crate) struct AssessmentInner {
    pub(crate) set: Arc<SetInner>,
    pub(crate) profile: Option<ScanProfile>,
    /// Ascending by policy, then by category.
    pub(super) matches: Vec<CategoryMatches>,
    kinds: Kinds,
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
            Ok(image.under(&self.inner))
        })
    }

    /// The view of the launch's image, if it was launched before.
    pub(super) fn known_view(&self, launch: &Launch) -> Option<&ImageView> {
        self.views.known(launch)
    }
}

impl AssessmentInner {
    pub(super) fn policy(&self, number: usize) -> Option<&Policy> {
        self.set.policies.get(number)
    }

    /// What a risk policy matches, a category each.
    pub(super) fn matches_of(&self, policy: usize) -> &[CategoryMatches] {
        let start = self.matches.partition_point(|matches| matches.policy < policy);
        let from_start = self.matches.get(start..).unwrap_or_default();
        let count = from_start.iter().take_while(|matches| matches.policy == policy).count();
        from_start.get(..count).unwrap_or_default()
    }

    /// The policies that may hit, in the order of event types and then of the document.
    pub(super) fn candidates(&self) -> impl Iterator<Item = usize> + '_ {
        let index = &self.set.index;
        let by_policy = self.matches.chunk_by(|left, right| left.policy == right.policy);
        let risks = by_policy.filter_map(|matches| matches.first()).map(|matches| matches.policy);
        risks.chain(index.privileged).chain(index.unscanned.iter().copied())
    }

    /// The positions of the findings that match at some time, each once, in no particular order.
    pub(super) fn findings<'m>(&'m self, matches: &'m CategoryMatches) -> impl Iterator<Item = u32> + 'm {
        let facts = self.profile.as_ref().map(ScanProfile::facts);
        let of_kind = move |kind: &u32| facts.map(|facts| self.kinds.findings(facts, *kind));
        let whole = matches.kinds.iter().filter_map(of_kind).flatten();
        matches.findings.iter().chain(whole).copied()
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

fn risk_matches(set: &SetInner, profile: &ScanProfile) -> (Vec<CategoryMatches>, Kinds) {
    let (document, facts) = (profile.document(), profile.facts());
    let index = &set.index;
    let criteria = |policies: &[usize], rule: usize| {
        policies.get(rule).and_then(|policy| set.policies.get(*policy)).and_then(risk)
    };
    let (vulnerabilities, kinds) = vulnerability_matches(set, profile, &|rule| {
        criteria(&index.vulnerabilities.policies, rule)?.vulnerabilities.as_ref()
    });
    let malware = matches(
        facts.malware.iter().copied().zip(&document.malware),
        |keys, finding, visit| index.malware.candidates(keys, finding, visit),
        |rule, finding| {
            let criteria = criteria(&index.malware.policies, rule).and_then(|risk| risk.malware.as_ref());
            criteria.is_some_and(|criteria| evaluate::malware_selected(criteria, finding))
        },
    );
    let sensitive = matches(
        facts.sensitive.iter().copied().zip(&document.sensitive),
        |hash, finding, visit| index.sensitive.candidates(hash, finding, visit),
        |rule, finding| {
            let criteria = criteria(&index.sensitive.policies, rule).and_then(|risk| risk.sensitive.as_ref());
            criteria.is_some_and(|criteria| evaluate::sensitive_selected(criteria, finding))
        },
    );
    let mut all = Vec::new();
    let by_category = [
        (Category::Vulnerabilities, &index.vulnerabilities.policies, vulnerabilities, whole_kinds(&kinds)),
        (Category::Malware, &index.malware.policies, malware, Vec::new()),
        (Category::Sensitive, &index.sensitive.policies, sensitive, Vec::new()),
    ];
    for (category, policies, single, whole) in by_category {
        for_each_rule(single, whole, |rule, findings, kinds_of_rule| {
            let Some(&number) = policies.get(rule) else { return };
            let Some(policy) = set.policies.get(number) else { return };
            let has_grace = category == Category::Vulnerabilities && has_grace(policy);
            let mut matches = CategoryMatches {
                policy: number,
                category,
                findings,
                kinds: kinds_of_rule,
                excuses: Vec::new(),
                has_grace,
            };
            if !excuse::is_without(set, policy) {
                matches.list(&kinds, facts);
                matches.excuses = excuse::excuses(set, policy, document, category, &matches.findings);
            }
            all.push(matches);
        });
    }
    // Stable: the categories of a policy stay in their order.
    all.sort_by_key(|matches| matches.policy);
    (all, kinds)
}

fn has_grace(policy: &Policy) -> bool {
    risk(policy).and_then(|risk| risk.vulnerabilities.as_ref()?.only.as_ref()?.grace.as_ref()).is_some()
}

impl CategoryMatches {
    /// Turns kinds into a list of findings: exceptions are about single ones.
    fn list(&mut self, kinds: &Kinds, facts: &Facts) {
        if self.kinds.is_empty() {
            return;
        }
        let whole = self.kinds.drain(..).flat_map(|kind| kinds.findings(facts, kind));
        self.findings.extend(whole);
        self.findings.sort_unstable();
    }
}

fn vulnerability_matches<'c>(
    set: &SetInner,
    profile: &ScanProfile,
    criteria: &impl Fn(usize) -> Option<&'c VulnerabilityCriteria>,
) -> (Vec<Match>, Kinds) {
    let index = &set.index.vulnerabilities;
    let mut single = Vec::new();
    if index.policies.is_empty() {
        return (single, Kinds::default());
    }
    let (facts, vulnerabilities) = (profile.facts(), &profile.document().vulnerabilities);
    let kinds = Kinds::of(&index.scalars, &index.listed_filters, criteria, facts, vulnerabilities);
    let passes_lists = |rule: u32, finding: &Vulnerability| {
        !index.listed_filters.contains(rule as usize)
            || criteria(rule as usize)
                .and_then(|criteria| criteria.only.as_ref())
                .is_none_or(|only| evaluate::listed_pass(only, finding))
    };
    // Rules that select by lists.
    index.looked_for(facts, |position| {
        let at = position as usize;
        let (Some(keys), Some(finding)) = (facts.keys.get(at), vulnerabilities.get(at)) else { return };
        let Some(kind) = kinds.kind_of(facts, position) else { return };
        index.candidates(*keys, finding, |candidate| {
            let number = candidate.rule as usize;
            let is_new = !bits::contains(kind.rules, number) && !bits::contains(kind.listed, number);
            if is_new
                && bits::contains(kind.passing, number)
                && (candidate.is_selecting
                    || criteria(number).is_some_and(|criteria| evaluate::listed_selected(criteria, finding)))
                && passes_lists(candidate.rule, finding)
            {
                single.push((candidate.rule, position));
            }
        });
    });
    // Rules that select whole kinds and filter by lists.
    for (number, kind) in kinds.iter().enumerate() {
        for rule in bits::members(kind.listed).map(rule_number) {
            let findings = kinds.findings(facts, rule_number(number)).iter();
            let passing = findings.filter(|position| {
                let finding = vulnerabilities.get(**position as usize);
                finding.is_some_and(|finding| passes_lists(rule, finding))
            });
            single.extend(passing.map(|position| (rule, *position)));
        }
    }
    (single, kinds)
}

/// The pairs of a category whose candidates are evaluated one by one, some of them perhaps twice; findings come with
/// what is looked up of them.
fn matches<'f, K, T: 'f>(
    findings: impl Iterator<Item = (K, &'f T)>,
    candidates_of: impl Fn(K, &T, &mut dyn FnMut(u32)),
    is_match: impl Fn(usize, &T) -> bool,
) -> Vec<Match> {
    let mut single = Vec::new();
    for (position, (keys, finding)) in findings.enumerate() {
        candidates_of(keys, finding, &mut |rule| {
            if is_match(rule as usize, finding) {
                single.push((rule, rule_number(position)));
            }
        });
    }
    single
}

/// For each rule the kinds that it matches whole, as pairs.
fn whole_kinds(kinds: &Kinds) -> Vec<Match> {
    let pairs = kinds.iter().enumerate().flat_map(|(number, kind)| {
        bits::members(kind.rules).map(move |rule| (rule_number(rule), rule_number(number)))
    });
    pairs.collect()
}

/// Groups pairs by rule, ascending, each pair once.
fn for_each_rule(
    mut single: Vec<Match>,
    mut whole: Vec<Match>,
    mut each: impl FnMut(usize, Vec<u32>, Vec<u32>),
) {
    single.sort_unstable();
    single.dedup();
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
