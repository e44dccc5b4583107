//! A policy set turned inside out: from what a finding says to the rules that look for it.
//!
//! A *rule* is one category of one enabled risk policy; rules are numbered per category. Disabled policies are not in
//! here at all.

use super::bits::{self, Bits, rule_number};
use super::evaluate;
use super::scalar_index::ScalarIndex;
use super::text_map::TextMap;
use crate::glob::Glob;
use crate::policy::Policy;
use crate::policy::criteria::{
    Criteria, FamilyGlob, MalwareCriteria, SensitiveCriteria, VulnerabilityCriteria,
};
use crate::profile::{Facts, Keys, Malware, MalwareKeys, Sensitive, Vulnerability};

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

/// A map from the texts of all rules to the rules.
fn map<'c, C: 'c, T: Iterator<Item = &'c str> + Clone>(
    ignore_case: bool,
    rules: &[(usize, &'c C)],
    texts: impl Fn(&'c C) -> T + Copy,
) -> TextMap {
    let entries = rules.iter().enumerate().flat_map(|(rule, (_, criteria))| {
        let number = rule_number(rule);
        texts(criteria).map(move |text| (text, number))
    });
    TextMap::of(ignore_case, entries)
}

/// A rule that was found by a look-up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) rule: u32,
    /// Whether what was found satisfies a selector of the rule, so that its lists need not be gone through.
    pub(super) is_selecting: bool,
}

impl Candidate {
    fn selecting(rule: u32) -> Self {
        Self { rule, is_selecting: true }
    }

    fn perhaps(rule: u32) -> Self {
        Self { rule, is_selecting: false }
    }
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
            by_id: map(true, rules, |criteria| criteria.select.ids.iter()),
            by_package: map(false, rules, |criteria| {
                criteria.select.packages.iter().filter_map(|package| package.name.literal())
            }),
            package_globs: Vec::new(),
            by_label: map(false, rules, |criteria| criteria.select.labels.iter().map(String::as_str)),
            closely: Vec::new(),
            listed_filters: Bits::new(rules.len()),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let number = rule_number(rule);
            let select = &criteria.select;
            let globs = select.packages.iter().filter(|package| package.name.literal().is_none());
            index.package_globs.extend(globs.map(|package| (package.name.clone(), number)));
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

    /// Visits the findings that [`candidates`](Self::candidates) may have something for, some of them perhaps twice.
    pub(super) fn looked_for(&self, facts: &Facts, mut visit: impl FnMut(u32)) {
        if !self.closely.is_empty() || !self.package_globs.is_empty() {
            (0..facts.keys.len()).map(rule_number).for_each(visit);
            return;
        }
        // First what the bitmaps let pass, without a branch or a call in the loop; of that what the tables know.
        let (ids, names) = (self.by_id.bitmap(), self.by_package.bitmap());
        for (number, keys) in facts.keys.chunks(64).enumerate() {
            let may_be = |keys: &Keys| ids.may_contain(keys.id) | names.may_contain(keys.name);
            let passed =
                keys.iter().rev().fold(0_u64, |passed, keys| (passed << 1) | u64::from(may_be(keys)));
            for at in bits::members(&[passed]) {
                if let Some(keys) = keys.get(at)
                    && (self.by_id.has_hash(keys.id) || self.by_package.has_hash(keys.name))
                {
                    visit(rule_number(number.saturating_mul(64).saturating_add(at)));
                }
            }
        }
        if self.looks_for_more() {
            facts.more.iter().copied().for_each(visit);
        }
    }

    /// Whether aliases, labels or Maven artifacts are looked up.
    fn looks_for_more(&self) -> bool {
        ![&self.by_id, &self.by_label, &self.by_package].iter().all(|map| map.is_empty())
    }

    /// Visits the rules that may have a satisfied selector with a list, in any order, perhaps more than once.
    pub(super) fn candidates(&self, keys: Keys, finding: &Vulnerability, mut visit: impl FnMut(Candidate)) {
        if let Some(id) = &finding.id {
            self.by_id.get(keys.id, id).map(Candidate::selecting).for_each(&mut visit);
        }
        self.by_name(keys.name, finding, &mut visit);
        self.more(finding, &mut visit);
        self.closely.iter().copied().map(Candidate::perhaps).for_each(visit);
    }

    fn by_name(&self, hash: u64, finding: &Vulnerability, visit: &mut impl FnMut(Candidate)) {
        let Some((package, name)) =
            finding.package.as_ref().and_then(|package| Some((package, package.name.as_ref()?)))
        else {
            return;
        };
        // A package may have to be of a version or of an ecosystem as well.
        self.by_package.get(hash, name).map(Candidate::perhaps).for_each(&mut *visit);
        let globs = self.package_globs.iter();
        let matching = globs.filter(|(glob, _)| evaluate::package_name_matches(glob, name, package));
        matching.map(|(_, rule)| Candidate::perhaps(*rule)).for_each(visit);
    }

    /// Aliases, labels and the artifacts of Maven packages.
    fn more(&self, finding: &Vulnerability, visit: &mut impl FnMut(Candidate)) {
        for alias in &finding.aliases {
            let rules = self.by_id.get(self.by_id.hash(alias), alias);
            rules.map(Candidate::selecting).for_each(&mut *visit);
        }
        for label in finding.labels.iter().flatten() {
            let rules = self.by_label.get(self.by_label.hash(label), label);
            rules.map(Candidate::selecting).for_each(&mut *visit);
        }
        let package = finding.package.as_ref();
        let artifact =
            package.and_then(|package| evaluate::maven_artifact(package.name.as_deref()?, package));
        if let Some(artifact) = artifact {
            let rules = self.by_package.get(self.by_package.hash(artifact), artifact);
            rules.map(Candidate::perhaps).for_each(visit);
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
            by_hash: map(true, rules, |criteria| criteria.md5.iter().chain(criteria.sha256.iter())),
            by_family: map(true, rules, |criteria| {
                criteria.families.iter().filter_map(|family| family.lower.literal())
            }),
            closely: Vec::new(),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let number = rule_number(rule);
            let is_glob = |family: &FamilyGlob| family.lower.literal().is_none();
            if criteria.any
                || criteria.severities.is_some()
                || !criteria.classes.is_empty()
                || criteria.unknown.has_overrides()
                || criteria.families.iter().any(is_glob)
            {
                index.closely.push(number);
            }
        }
        index
    }

    /// Visits the rules that may select the finding, perhaps more than once.
    pub(super) fn candidates(&self, keys: MalwareKeys, finding: &Malware, mut visit: impl FnMut(u32)) {
        for (hash, text) in [(keys.md5, &finding.md5), (keys.sha256, &finding.sha256)] {
            if let Some(text) = text {
                self.by_hash.get(hash, text).for_each(&mut visit);
            }
        }
        if let Some(family) = &finding.family {
            self.by_family.get(keys.family, family).for_each(&mut visit);
        }
        self.closely.iter().copied().for_each(visit);
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
            by_type: map(false, rules, |criteria| criteria.types.iter().filter_map(Glob::literal)),
            closely: Vec::new(),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let number = rule_number(rule);
            if criteria.any
                || criteria.severities.is_some()
                || criteria.unknown.has_overrides()
                || criteria.types.iter().any(|kind| kind.literal().is_none())
            {
                index.closely.push(number);
            }
        }
        index
    }

    /// Visits the rules that may select the finding, perhaps more than once.
    pub(super) fn candidates(&self, hash: u64, finding: &Sensitive, mut visit: impl FnMut(u32)) {
        if let Some(kind) = &finding.kind {
            self.by_type.get(hash, kind).for_each(&mut visit);
        }
        self.closely.iter().copied().for_each(visit);
    }
}
