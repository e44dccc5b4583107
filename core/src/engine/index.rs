//! A policy set turned inside out: from what a finding says to the rules that look for it.
//!
//! A *rule* is one category of one enabled risk policy; rules are numbered per category. Disabled policies are not in
//! here at all.

use super::bits::{Bits, rule_number};
use super::evaluate;
use super::kinds::ScalarIndex;
use super::text_map::TextMap;
use crate::glob::Glob;
use crate::policy::Policy;
use crate::policy::criteria::{Criteria, MalwareCriteria, SensitiveCriteria, VulnerabilityCriteria};
use crate::profile::{Facts, Malware, Sensitive, Vulnerability};

/// The index of a policy set.
#[derive(Debug)]
pub(crate) struct Index {
    pub(super) vulnerabilities: VulnerabilityIndex,
    pub(super) malware: MalwareIndex,
    pub(super) sensitive: SensitiveIndex,
    /// The enabled privileged policy.
    pub(super) privileged: Option<usize>,
    /// Enabled unscanned policies, in order.
    pub(super) unscanned: Vec<usize>,
}

impl Index {
    pub(crate) fn build(policies: &[Policy]) -> Self {
        let enabled = || policies.iter().enumerate().filter(|(_, policy)| policy.is_enabled());
        let risks = || {
            enabled().filter_map(|(number, policy)| match &policy.criteria {
                Criteria::Risk(risk) => Some((number, risk)),
                _ => None,
            })
        };
        let vulnerabilities: Vec<_> =
            risks().filter_map(|(number, risk)| Some((number, risk.vulnerabilities.as_ref()?))).collect();
        let malware: Vec<_> =
            risks().filter_map(|(number, risk)| Some((number, risk.malware.as_ref()?))).collect();
        let sensitive: Vec<_> =
            risks().filter_map(|(number, risk)| Some((number, risk.sensitive.as_ref()?))).collect();
        Self {
            vulnerabilities: VulnerabilityIndex::build(&vulnerabilities),
            malware: MalwareIndex::build(&malware),
            sensitive: SensitiveIndex::build(&sensitive),
            privileged: enabled()
                .find(|(_, policy)| matches!(policy.criteria, Criteria::Privileged(_)))
                .map(|(number, _)| number),
            unscanned: enabled()
                .filter(|(_, policy)| matches!(policy.criteria, Criteria::Unscanned(_)))
                .map(|(number, _)| number)
                .collect(),
        }
    }
}

/// The number of keys that `texts` gives over all rules.
fn count<'c, C: 'c>(rules: &[(usize, &'c C)], texts: impl Fn(&'c C) -> usize) -> usize {
    rules.iter().map(|(_, criteria)| texts(criteria)).sum()
}

/// The index of the vulnerability rules: scalar facts by kind of finding, lists by look-up.
#[derive(Debug)]
pub(super) struct VulnerabilityIndex {
    /// For each rule the number of its policy, ascending.
    pub(super) policies: Vec<usize>,
    pub(super) scalars: ScalarIndex,
    by_id: TextMap,
    by_package: TextMap,
    package_globs: Vec<(Glob, u32)>,
    by_label: TextMap,
    /// Rules that say `match` of an unknown id, package or label: looked at for every finding.
    closely: Vec<u32>,
    /// Rules that filter by id, package or label: decided finding by finding.
    pub(super) listed_filters: Bits,
}

impl VulnerabilityIndex {
    fn build(rules: &[(usize, &VulnerabilityCriteria)]) -> Self {
        let mut index = Self {
            policies: rules.iter().map(|(policy, _)| *policy).collect(),
            scalars: ScalarIndex::build(rules),
            by_id: TextMap::new(true, count(rules, |criteria| criteria.select.ids.len())),
            by_package: TextMap::new(false, count(rules, |criteria| criteria.select.packages.len())),
            package_globs: Vec::new(),
            by_label: TextMap::new(false, count(rules, |criteria| criteria.select.labels.len())),
            closely: Vec::new(),
            listed_filters: Bits::new(rules.len()),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let number = rule_number(rule);
            let select = &criteria.select;
            for id in &select.ids {
                index.by_id.insert(id, number);
            }
            for package in &select.packages {
                match package.name.literal() {
                    Some(name) => index.by_package.insert(name, number),
                    None => index.package_globs.push((package.name.clone(), number)),
                }
            }
            for label in &select.labels {
                index.by_label.insert(label, number);
            }
            let has_lists =
                !select.ids.is_empty() || !select.packages.is_empty() || !select.labels.is_empty();
            if has_lists && criteria.unknown.has_overrides() {
                index.closely.push(number);
            }
            let filters = criteria.only.as_ref().map(|only| &only.clauses);
            if filters.is_some_and(|filters| {
                !filters.ids.is_empty() || !filters.packages.is_empty() || !filters.labels.is_empty()
            }) {
                index.listed_filters.insert(rule);
            }
        }
        index
    }

    /// Adds to `candidates` the rules that may have a satisfied selector with a list, in any order, perhaps more than
    /// once.
    pub(super) fn candidates(&self, facts: &Facts, finding: &Vulnerability, candidates: &mut Vec<u32>) {
        if facts.id != 0
            && self.by_id.may_contain(facts.id)
            && let Some(id) = &finding.id
        {
            candidates.extend(self.by_id.get(facts.id, id));
        }
        if facts.name != 0 && (self.by_package.may_contain(facts.name) || !self.package_globs.is_empty()) {
            self.by_name(facts.name, finding, candidates);
        }
        if facts.has_more {
            self.more(finding, candidates);
        }
        candidates.extend(&self.closely);
    }

    fn by_name(&self, hash: u64, finding: &Vulnerability, candidates: &mut Vec<u32>) {
        let Some((package, name)) =
            finding.package.as_ref().and_then(|package| Some((package, package.name.as_ref()?)))
        else {
            return;
        };
        candidates.extend(self.by_package.get(hash, name));
        let globs = self.package_globs.iter();
        let matching = globs.filter(|(glob, _)| evaluate::package_name_matches(glob, name, package));
        candidates.extend(matching.map(|(_, rule)| *rule));
    }

    /// Aliases, labels and the artifacts of Maven packages.
    fn more(&self, finding: &Vulnerability, candidates: &mut Vec<u32>) {
        for alias in &finding.aliases {
            candidates.extend(self.by_id.get(self.by_id.hash(alias), alias));
        }
        for label in finding.labels.iter().flatten() {
            candidates.extend(self.by_label.get(self.by_label.hash(label), label));
        }
        let package = finding.package.as_ref();
        let artifact =
            package.and_then(|package| evaluate::maven_artifact(package.name.as_deref()?, package));
        if let Some(artifact) = artifact {
            candidates.extend(self.by_package.get(self.by_package.hash(artifact), artifact));
        }
    }
}

/// The index of the malware rules. Images carry little malware, so that it is enough to find candidates.
#[derive(Debug)]
pub(super) struct MalwareIndex {
    /// For each rule the number of its policy, ascending.
    pub(super) policies: Vec<usize>,
    by_hash: TextMap,
    by_family: TextMap,
    /// Rules with more than hashes and plain families.
    closely: Vec<u32>,
}

impl MalwareIndex {
    fn build(rules: &[(usize, &MalwareCriteria)]) -> Self {
        let mut index = Self {
            policies: rules.iter().map(|(policy, _)| *policy).collect(),
            by_hash: TextMap::new(
                true,
                count(rules, |criteria| criteria.md5.len().saturating_add(criteria.sha256.len())),
            ),
            by_family: TextMap::new(true, count(rules, |criteria| criteria.families.len())),
            closely: Vec::new(),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let number = rule_number(rule);
            for hash in criteria.md5.iter().chain(&criteria.sha256) {
                index.by_hash.insert(hash, number);
            }
            let mut close = criteria.any
                || criteria.severities.is_some()
                || !criteria.classes.is_empty()
                || criteria.unknown.has_overrides();
            for family in &criteria.families {
                match family.lower.literal() {
                    Some(literal) => index.by_family.insert(literal, number),
                    None => close = true,
                }
            }
            if close {
                index.closely.push(number);
            }
        }
        index
    }

    /// Adds to `candidates` the rules that may select the finding.
    pub(super) fn candidates(&self, finding: &Malware, candidates: &mut Vec<u32>) {
        for hash in finding.md5.iter().chain(&finding.sha256) {
            candidates.extend(self.by_hash.get(self.by_hash.hash(hash), hash));
        }
        if let Some(family) = &finding.family {
            candidates.extend(self.by_family.get(self.by_family.hash(family), family));
        }
        candidates.extend(&self.closely);
    }
}

/// The index of the rules for sensitive information.
#[derive(Debug)]
pub(super) struct SensitiveIndex {
    /// For each rule the number of its policy, ascending.
    pub(super) policies: Vec<usize>,
    by_type: TextMap,
    /// Rules with more than plain types.
    closely: Vec<u32>,
}

impl SensitiveIndex {
    fn build(rules: &[(usize, &SensitiveCriteria)]) -> Self {
        let mut index = Self {
            policies: rules.iter().map(|(policy, _)| *policy).collect(),
            by_type: TextMap::new(false, count(rules, |criteria| criteria.types.len())),
            closely: Vec::new(),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let number = rule_number(rule);
            let mut close = criteria.any || criteria.severities.is_some() || criteria.unknown.has_overrides();
            for kind in &criteria.types {
                match kind.literal() {
                    Some(literal) => index.by_type.insert(literal, number),
                    None => close = true,
                }
            }
            if close {
                index.closely.push(number);
            }
        }
        index
    }

    /// Adds to `candidates` the rules that may select the finding.
    pub(super) fn candidates(&self, finding: &Sensitive, candidates: &mut Vec<u32>) {
        if let Some(kind) = &finding.kind {
            candidates.extend(self.by_type.get(self.by_type.hash(kind), kind));
        }
        candidates.extend(&self.closely);
    }
}
