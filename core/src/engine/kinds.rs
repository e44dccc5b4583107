//! Kinds of vulnerabilities: those that are the same in every fact that is not looked up in a list.
//!
//! An image has thousands of vulnerabilities but few kinds of them (severity, fix, class, step of a score, …). What
//! follows from these facts is decided once for a kind, for all rules together, and kept as a set of rules; a match is
//! then not one entry for each finding and rule, but a finding of a kind and a kind of a rule.

use super::bits::{self, Bits, rule_number};
use super::scalar_index::ScalarIndex;
use crate::policy::criteria::VulnerabilityCriteria;
use crate::profile::{Facts, Vulnerability};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// What all findings of a kind have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind<'k> {
    /// Rules that match every finding of the kind.
    pub(super) rules: &'k [u64],
    /// Rules that select every finding of the kind and filter each by a list.
    pub(super) listed: &'k [u64],
    /// Rules whose filters on scalar facts hold, whoever selects.
    pub(super) passing: &'k [u64],
}

const SETS: usize = 3;

/// With more groups than this a profile's groups are not kinds as they are.
const MAX_GROUPS: usize = 256;

/// The kinds of one image under one set of policies.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    /// Three sets for each kind.
    words: Vec<u64>,
    /// Words in a set.
    width: usize,
    /// `None`: the kinds are the profile's groups.
    own: Option<Own>,
}

/// Kinds that are not the profile's groups: groups taken apart by scores, and put together where they differ only in
/// a class that no policy names. A report can hold any number of classes, so that only policies may tell how many kinds
/// there are.
#[derive(Debug, Default)]
struct Own {
    /// The kind of each finding.
    kind_of: Vec<u32>,
    /// The findings of each kind, ascending.
    findings: Vec<Vec<u32>>,
}

impl Kinds {
    pub(super) fn of<'c>(
        index: &ScalarIndex,
        listed_filters: &Bits,
        criteria: &impl Fn(usize) -> Option<&'c VulnerabilityCriteria>,
        facts: &Facts,
        vulnerabilities: &[Vulnerability],
    ) -> Self {
        let are_groups = !index.has_steps() && facts.groups.len() <= MAX_GROUPS;
        let own = (!are_groups).then(|| Own::of(index, facts, vulnerabilities));
        let count = own.as_ref().map_or(facts.groups.len(), |own| own.findings.len());
        let width = listed_filters.words().len();
        let words = vec![0; count.saturating_mul(width).saturating_mul(SETS)];
        let mut kinds = Self { words, width, own };
        for number in 0..count {
            let first = kinds.findings(facts, rule_number(number)).first().map(|first| *first as usize);
            let Some(finding) = first.and_then(|first| vulnerabilities.get(first)) else { continue };
            let group = first.and_then(|first| facts.group_of.get(first));
            let Some(group) = group.and_then(|group| facts.groups.get(*group as usize)) else { continue };
            let at = number.saturating_mul(width).saturating_mul(SETS);
            let sets = kinds.words.get_mut(at..).unwrap_or_default();
            let Some((rules, rest)) = sets.split_at_mut_checked(width) else { continue };
            let Some((listed, rest)) = rest.split_at_mut_checked(width) else { continue };
            let Some((passing, _)) = rest.split_at_mut_checked(width) else { continue };
            index.decide(group, finding, criteria, rules, passing);
            bits::copy(listed, rules);
            bits::intersect(listed, listed_filters.words());
            rules.iter_mut().zip(listed).for_each(|(rules, listed)| *rules &= !*listed);
        }
        kinds
    }

    /// The kinds in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Kind<'_>> {
        let size = self.width.saturating_mul(SETS).max(1);
        self.words.chunks_exact(size).filter_map(|words| self.kind(words))
    }

    fn kind<'k>(&self, words: &'k [u64]) -> Option<Kind<'k>> {
        let (rules, rest) = words.split_at_checked(self.width)?;
        let (listed, rest) = rest.split_at_checked(self.width)?;
        Some(Kind { rules, listed, passing: rest.get(..self.width)? })
    }

    /// The kind of a finding.
    pub(super) fn kind_of(&self, facts: &Facts, finding: u32) -> Option<Kind<'_>> {
        let kind_of = self.own.as_ref().map_or(&facts.group_of, |own| &own.kind_of);
        let number = *kind_of.get(finding as usize)? as usize;
        self.kind(self.words.get(number.saturating_mul(self.width).saturating_mul(SETS)..)?)
    }

    /// The findings of a kind, ascending.
    pub(super) fn findings<'k>(&'k self, facts: &'k Facts, kind: u32) -> &'k [u32] {
        let kind = kind as usize;
        match &self.own {
            None => facts.groups.get(kind).map(|group| group.findings.as_slice()),
            Some(own) => own.findings.get(kind).map(Vec::as_slice),
        }
        .unwrap_or_default()
    }
}

impl Own {
    fn of(index: &ScalarIndex, facts: &Facts, vulnerabilities: &[Vulnerability]) -> Self {
        let mut numbers: HashMap<_, u32, BuildHasherDefault<DefaultHasher>> = HashMap::default();
        let mut own = Self { kind_of: Vec::with_capacity(vulnerabilities.len()), findings: Vec::new() };
        // Neighbours are often alike.
        let mut last = None;
        for (position, (finding, group)) in vulnerabilities.iter().zip(&facts.group_of).enumerate() {
            let Some(group) = facts.groups.get(*group as usize) else { continue };
            let common = (group.severity, group.fix_state, group.fix_available, group.known_exploited);
            let key = (common, index.class(finding), index.steps(finding));
            let kind = match last {
                Some((of_last, kind)) if of_last == key => kind,
                _ => *numbers.entry(key).or_insert_with(|| {
                    own.findings.push(Vec::new());
                    rule_number(own.findings.len().saturating_sub(1))
                }),
            };
            last = Some((key, kind));
            own.kind_of.push(kind);
            if let Some(findings) = own.findings.get_mut(kind as usize) {
                findings.push(rule_number(position));
            }
        }
        own
    }
}
