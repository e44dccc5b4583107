//! What follows from a policy set and a scan profile alone.

use super::bits::Bits;
use super::excuse::{self, Excuse};
use super::image_view::ImageViews;
use crate::policy::criteria::{Criteria, RiskCriteria};
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
    pub(super) findings: Vec<u32>,
    /// Exceptions that may excuse one of `findings`, in the order of the findings and of precedence.
    pub(super) excuses: Vec<Excuse>,
    /// Whether grace periods decide which of `findings` match at an instant.
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
    pub(super) views: ImageViews,
}

impl AssessmentInner {
    pub(super) fn policy(&self, number: usize) -> Option<&Policy> {
        self.set.policies.get(number)
    }

    pub(super) fn matches_of(&self, policy: usize) -> Option<&RiskMatches> {
        let at = self.matches.binary_search_by_key(&policy, |matches| matches.policy).ok()?;
        self.matches.get(at)
    }
}

pub(super) fn risk(policy: &Policy) -> Option<&RiskCriteria> {
    match &policy.criteria {
        Criteria::Risk(risk) => Some(risk),
        _ => None,
    }
}

/// Assesses a scanned image, or one that nobody scanned.
pub(crate) fn assess(set: &PolicySet, profile: Option<&ScanProfile>) -> AssessmentInner {
    let set = Arc::clone(set.inner());
    let matches = profile.map(|profile| risk_matches(&set, profile)).unwrap_or_default();
    AssessmentInner { set, profile: profile.cloned(), matches, views: ImageViews::default() }
}

fn risk_matches(set: &SetInner, profile: &ScanProfile) -> Vec<RiskMatches> {
    let document = profile.document();
    let index = &set.index;
    let criteria = |policies: &[usize], rule: usize| {
        policies.get(rule).and_then(|policy| set.policies.get(*policy)).and_then(risk)
    };
    let vulnerability = |rule| criteria(&index.vulnerabilities.policies, rule)?.vulnerabilities.as_ref();
    let malware = |rule| criteria(&index.malware.policies, rule)?.malware.as_ref();
    let sensitive = |rule| criteria(&index.sensitive.policies, rule)?.sensitive.as_ref();
    let by_category = [
        (
            Category::Vulnerabilities,
            &index.vulnerabilities.policies,
            walk(&document.vulnerabilities, index.vulnerabilities.policies.len(), |finding, found, maybe| {
                index.vulnerabilities.matching(finding, vulnerability, found, maybe);
            }),
        ),
        (
            Category::Malware,
            &index.malware.policies,
            walk(&document.malware, index.malware.policies.len(), |finding, found, maybe| {
                index.malware.matching(finding, malware, found, maybe);
            }),
        ),
        (
            Category::Sensitive,
            &index.sensitive.policies,
            walk(&document.sensitive, index.sensitive.policies.len(), |finding, found, maybe| {
                index.sensitive.matching(finding, sensitive, found, maybe);
            }),
        ),
    ];
    let mut entries: Vec<(usize, CategoryMatches)> = Vec::new();
    for (category, policies, findings_by_rule) in by_category {
        for (policy, findings) in policies.iter().zip(findings_by_rule) {
            if findings.is_empty() {
                continue;
            }
            let Some(details) = set.policies.get(*policy) else { continue };
            let excuses = excuse::excuses(set, details, document, category, &findings);
            let has_grace = category == Category::Vulnerabilities
                && risk(details)
                    .and_then(|risk| risk.vulnerabilities.as_ref()?.only.as_ref()?.grace.as_ref())
                    .is_some();
            entries.push((*policy, CategoryMatches { category, findings, excuses, has_grace }));
        }
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
    matches
}

/// For each rule the positions of the findings that it matches.
fn walk<T>(findings: &[T], rules: usize, matching: impl Fn(&T, &mut Bits, &mut Bits)) -> Vec<Vec<u32>> {
    let mut by_rule = vec![Vec::new(); rules];
    if rules == 0 {
        return by_rule;
    }
    let (mut found, mut maybe) = (Bits::new(rules), Bits::new(rules));
    for (position, finding) in findings.iter().enumerate() {
        matching(finding, &mut found, &mut maybe);
        for rule in found.iter() {
            if let Some(list) = by_rule.get_mut(rule) {
                list.push(u32::try_from(position).unwrap_or(u32::MAX));
            }
        }
    }
    by_rule
}
