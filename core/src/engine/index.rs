//! A policy set turned inside out: from what a finding says to the rules that look for it.
//!
//! A *rule* is one category of one enabled risk policy; rules are numbered per category. For each finding the
//! indexes give the rules whose selectors it satisfies (`sure`) and those that need a closer look (`maybe`); cheap
//! filters are masks, the others are evaluated on what is left. Disabled policies are not in here at all.

use super::bits::Bits;
use super::evaluate;
use super::text_map::TextMap;
use crate::glob::Glob;
use crate::policy::Policy;
use crate::policy::clause::Clause;
use crate::policy::criteria::{
    Criteria, MalwareCriteria, SensitiveCriteria, VulnerabilityClauses, VulnerabilityCriteria,
};
use crate::profile::{FixState, Malware, Score, Sensitive, Severity, Vulnerability};

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

fn rule_number(rule: usize) -> u32 {
    u32::try_from(rule).unwrap_or(u32::MAX)
}

/// One set of rules for each severity.
type BySeverity = [Bits; 6];

fn by_severity(width: usize) -> BySeverity {
    std::array::from_fn(|_| Bits::new(width))
}

/// What satisfies a severity list, or passes it, an unknown severity being answered by `unknown_matches`.
fn severity_holds(
    severities: crate::policy::criteria::SeveritySet,
    severity: Severity,
    unknown_matches: bool,
) -> bool {
    evaluate::severity(severities, severity).unwrap_or(unknown_matches)
}

/// Rules by the least score that satisfies them.
#[derive(Debug)]
struct Thresholds {
    /// Ascending; beside each the rules with this minimum or a lower one.
    steps: Vec<(Score, Bits)>,
}

impl Thresholds {
    fn build(width: usize, minimums: impl Iterator<Item = (usize, Score)>) -> Self {
        let mut sorted: Vec<_> = minimums.collect();
        sorted.sort_by_key(|(_, minimum)| *minimum);
        let mut steps: Vec<(Score, Bits)> = Vec::new();
        for (rule, minimum) in sorted {
            let so_far = steps.last().map_or_else(|| Bits::new(width), |(_, rules)| rules.clone());
            if steps.last().is_none_or(|(last, _)| *last != minimum) {
                steps.push((minimum, so_far));
            }
            if let Some((_, rules)) = steps.last_mut() {
                rules.insert(rule);
            }
        }
        Self { steps }
    }

    fn satisfied(&self, score: Option<Score>) -> Option<&Bits> {
        let score = score?;
        let count = self.steps.partition_point(|(minimum, _)| *minimum <= score);
        self.steps.get(count.checked_sub(1)?).map(|(_, rules)| rules)
    }
}

/// The index of the vulnerability rules.
#[derive(Debug)]
pub(super) struct VulnerabilityIndex {
    /// For each rule the number of its policy, ascending.
    pub(super) policies: Vec<usize>,
    /// Rules without a selector: every finding is a candidate.
    always: Bits,
    by_severity: BySeverity,
    by_id: TextMap,
    by_package: TextMap,
    package_globs: Vec<(Glob, u32)>,
    by_class: TextMap,
    by_label: TextMap,
    cvss: Thresholds,
    epss: Thresholds,
    known_exploited: Bits,
    /// Rules that say `match` of an unknown fact: looked at closely for every finding.
    closely: Bits,
    filters: FilterMasks,
}

/// The filters that are decided by masks: the rules that a value passes.
#[derive(Debug)]
struct FilterMasks {
    severity: BySeverity,
    /// Known yes, known no, unknown.
    fix_available: [Bits; 3],
    fix_state: [Bits; 6],
    known_exploited: [Bits; 3],
    /// Rules with filters that no mask decides.
    other: Bits,
}

/// The place of a three-valued fact in an array of masks.
fn place(fact: Option<bool>) -> usize {
    match fact {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    }
}

impl VulnerabilityIndex {
    fn build(rules: &[(usize, &VulnerabilityCriteria)]) -> Self {
        let width = rules.len();
        let numbered = || rules.iter().enumerate().map(|(rule, (_, criteria))| (rule, *criteria));
        let mut index = Self {
            policies: rules.iter().map(|(policy, _)| *policy).collect(),
            always: Bits::new(width),
            by_severity: by_severity(width),
            by_id: TextMap::ignoring_case(),
            by_package: TextMap::exact(),
            package_globs: Vec::new(),
            by_class: TextMap::exact(),
            by_label: TextMap::exact(),
            cvss: Thresholds::build(
                width,
                numbered().filter_map(|(rule, criteria)| Some((rule, criteria.select.min_cvss?))),
            ),
            epss: Thresholds::build(
                width,
                numbered().filter_map(|(rule, criteria)| Some((rule, criteria.select.min_epss?))),
            ),
            known_exploited: Bits::new(width),
            closely: Bits::new(width),
            filters: FilterMasks::build(rules),
        };
        for (rule, criteria) in numbered() {
            index.add_selectors(rule, criteria);
        }
        index
    }

    fn add_selectors(&mut self, rule: usize, criteria: &VulnerabilityCriteria) {
        let VulnerabilityClauses { severities, ids, packages, classes, labels, known_exploited, .. } =
            &criteria.select;
        if criteria.select.is_empty() {
            self.always.insert(rule);
        }
        if let Some(severities) = severities {
            for (severity, rules) in Severity::ALL.into_iter().zip(&mut self.by_severity) {
                if severity_holds(*severities, severity, false) {
                    rules.insert(rule);
                }
            }
        }
        for id in ids {
            self.by_id.insert(id, rule_number(rule));
        }
        for package in packages {
            match package.name.literal() {
                Some(name) => self.by_package.insert(name, rule_number(rule)),
                None => self.package_globs.push((package.name.clone(), rule_number(rule))),
            }
        }
        for class in classes {
            self.by_class.insert(class, rule_number(rule));
        }
        for label in labels {
            self.by_label.insert(label, rule_number(rule));
        }
        if known_exploited.is_some() {
            self.known_exploited.insert(rule);
        }
        if criteria.unknown.has_overrides() {
            self.closely.insert(rule);
        }
    }

    /// Writes into `found` the rules that `finding` matches at some time; `maybe` is scratch space.
    pub(super) fn matching<'c>(
        &self,
        finding: &Vulnerability,
        criteria: impl Fn(usize) -> Option<&'c VulnerabilityCriteria>,
        found: &mut Bits,
        maybe: &mut Bits,
    ) {
        found.clear();
        maybe.clear();
        found.unite(&self.always);
        maybe.unite(&self.closely);
        if let Some(rules) = self.by_severity.get(finding.severity as usize) {
            found.unite(rules);
        }
        insert_all(found, finding.id.iter().chain(&finding.aliases).flat_map(|id| self.by_id.get(id)));
        if let Some(class) = &finding.class {
            insert_all(found, self.by_class.get(class));
        }
        if let Some(labels) = &finding.labels {
            insert_all(found, labels.iter().flat_map(|label| self.by_label.get(label)));
        }
        if let Some(rules) = self.cvss.satisfied(finding.cvss.as_ref().and_then(|cvss| cvss.score)) {
            found.unite(rules);
        }
        if let Some(rules) = self.epss.satisfied(finding.epss.as_ref().and_then(|epss| epss.score)) {
            found.unite(rules);
        }
        if finding.known_exploited.as_ref().and_then(|known| known.listed) == Some(true) {
            found.unite(&self.known_exploited);
        }
        self.packages(finding, maybe);
        for rule in maybe.iter() {
            if !found.contains(rule)
                && criteria(rule).is_some_and(|criteria| evaluate::vulnerability_selected(criteria, finding))
            {
                found.insert(rule);
            }
        }
        if found.is_empty() {
            return;
        }
        self.filters.apply(finding, found);
        maybe.clear();
        maybe.unite(&self.filters.other);
        maybe.intersect(found);
        if maybe.is_empty() {
            return;
        }
        // Take out what an unmasked filter refuses.
        let refused: Vec<usize> = maybe
            .iter()
            .filter(|rule| {
                let only = criteria(*rule).and_then(|criteria| criteria.only.as_ref());
                !only.is_none_or(|only| evaluate::vulnerability_passes(only, finding))
            })
            .collect();
        for rule in refused {
            found.remove(rule);
        }
    }

    /// Rules with an entry for the package's name; versions are left to a closer look.
    fn packages(&self, finding: &Vulnerability, maybe: &mut Bits) {
        let Some(package) = &finding.package else { return };
        let Some(name) = &package.name else { return };
        insert_all(maybe, self.by_package.get(name));
        if let Some(artifact) = evaluate::maven_artifact(name, package) {
            insert_all(maybe, self.by_package.get(artifact));
        }
        for (glob, rule) in &self.package_globs {
            if evaluate::package_name_matches(glob, name, package) {
                maybe.insert(*rule as usize);
            }
        }
    }
}

fn insert_all<'r>(bits: &mut Bits, rules: impl IntoIterator<Item = &'r u32>) {
    for rule in rules {
        bits.insert(*rule as usize);
    }
}

impl FilterMasks {
    fn build(rules: &[(usize, &VulnerabilityCriteria)]) -> Self {
        let width = rules.len();
        let mut masks = Self {
            severity: by_severity(width),
            fix_available: std::array::from_fn(|_| Bits::new(width)),
            fix_state: std::array::from_fn(|_| Bits::new(width)),
            known_exploited: std::array::from_fn(|_| Bits::new(width)),
            other: Bits::new(width),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let only = criteria.only.as_ref();
            let unknown_passes = |clause| only.is_none_or(|only| only.unknown.matches(clause));
            for (severity, passing) in Severity::ALL.into_iter().zip(&mut masks.severity) {
                let listed = only.and_then(|only| only.clauses.severities);
                if listed
                    .is_none_or(|listed| severity_holds(listed, severity, unknown_passes(Clause::Severities)))
                {
                    passing.insert(rule);
                }
            }
            let answer = |wanted: Option<bool>, fact: Option<bool>, clause| {
                wanted.is_none_or(|wanted| fact.map_or_else(|| unknown_passes(clause), |fact| fact == wanted))
            };
            for fact in [Some(true), Some(false), None] {
                if answer(only.and_then(|only| only.fix_available), fact, Clause::FixAvailable)
                    && let Some(passing) = masks.fix_available.get_mut(place(fact))
                {
                    passing.insert(rule);
                }
                if answer(only.and_then(|only| only.clauses.known_exploited), fact, Clause::KnownExploited)
                    && let Some(passing) = masks.known_exploited.get_mut(place(fact))
                {
                    passing.insert(rule);
                }
            }
            for ((_, state), passing) in FixState::WORDS.into_iter().zip(&mut masks.fix_state) {
                let states = only.map(|only| only.fix_states.as_slice()).unwrap_or_default();
                let passes = states.is_empty()
                    || states.contains(&state)
                    || (state == FixState::Unknown && unknown_passes(Clause::FixStates));
                if passes {
                    passing.insert(rule);
                }
            }
            if only.is_some_and(|only| {
                let clauses = &only.clauses;
                !clauses.ids.is_empty()
                    || !clauses.packages.is_empty()
                    || !clauses.classes.is_empty()
                    || !clauses.labels.is_empty()
                    || clauses.min_cvss.is_some()
                    || clauses.min_epss.is_some()
                    || only.grace.is_some()
            }) {
                masks.other.insert(rule);
            }
        }
        masks
    }

    fn apply(&self, finding: &Vulnerability, found: &mut Bits) {
        let fix_available = finding.fix.as_ref().and_then(|fix| fix.available());
        let fix_state = finding.fix.as_ref().map(|fix| fix.state).unwrap_or_default();
        let listed = finding.known_exploited.as_ref().and_then(|known| known.listed);
        let masks = [
            self.severity.get(finding.severity as usize),
            self.fix_available.get(place(fix_available)),
            self.fix_state.get(fix_state as usize),
            self.known_exploited.get(place(listed)),
        ];
        for passing in masks.into_iter().flatten() {
            found.intersect(passing);
        }
    }
}

/// The index of the malware rules. Images carry little malware, so only hashes are worth a map.
#[derive(Debug)]
pub(super) struct MalwareIndex {
    /// For each rule the number of its policy, ascending.
    pub(super) policies: Vec<usize>,
    by_hash: TextMap,
    by_family: TextMap,
    /// Rules with more than hashes and plain families.
    closely: Bits,
}

impl MalwareIndex {
    fn build(rules: &[(usize, &MalwareCriteria)]) -> Self {
        let mut index = Self {
            policies: rules.iter().map(|(policy, _)| *policy).collect(),
            by_hash: TextMap::ignoring_case(),
            by_family: TextMap::ignoring_case(),
            closely: Bits::new(rules.len()),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            for hash in criteria.md5.iter().chain(&criteria.sha256) {
                index.by_hash.insert(hash, rule_number(rule));
            }
            let mut close = criteria.any
                || criteria.severities.is_some()
                || !criteria.classes.is_empty()
                || criteria.unknown.has_overrides();
            for family in &criteria.families {
                match family.lower.literal() {
                    Some(literal) => index.by_family.insert(literal, rule_number(rule)),
                    None => close = true,
                }
            }
            if close {
                index.closely.insert(rule);
            }
        }
        index
    }

    pub(super) fn matching<'c>(
        &self,
        finding: &Malware,
        criteria: impl Fn(usize) -> Option<&'c MalwareCriteria>,
        found: &mut Bits,
        maybe: &mut Bits,
    ) {
        found.clear();
        maybe.clear();
        maybe.unite(&self.closely);
        let hashes = finding.md5.iter().chain(&finding.sha256).flat_map(|hash| self.by_hash.get(hash));
        insert_all(maybe, hashes);
        insert_all(maybe, finding.family.iter().flat_map(|family| self.by_family.get(family)));
        for rule in maybe.iter() {
            if criteria(rule).is_some_and(|criteria| evaluate::malware_selected(criteria, finding)) {
                found.insert(rule);
            }
        }
    }
}

/// The index of the rules for sensitive information.
#[derive(Debug)]
pub(super) struct SensitiveIndex {
    /// For each rule the number of its policy, ascending.
    pub(super) policies: Vec<usize>,
    by_type: TextMap,
    /// Rules with more than plain types.
    closely: Bits,
}

impl SensitiveIndex {
    fn build(rules: &[(usize, &SensitiveCriteria)]) -> Self {
        let mut index = Self {
            policies: rules.iter().map(|(policy, _)| *policy).collect(),
            by_type: TextMap::exact(),
            closely: Bits::new(rules.len()),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            let mut close = criteria.any || criteria.severities.is_some() || criteria.unknown.has_overrides();
            for kind in &criteria.types {
                match kind.literal() {
                    Some(literal) => index.by_type.insert(literal, rule_number(rule)),
                    None => close = true,
                }
            }
            if close {
                index.closely.insert(rule);
            }
        }
        index
    }

    pub(super) fn matching<'c>(
        &self,
        finding: &Sensitive,
        criteria: impl Fn(usize) -> Option<&'c SensitiveCriteria>,
        found: &mut Bits,
        maybe: &mut Bits,
    ) {
        found.clear();
        maybe.clear();
        maybe.unite(&self.closely);
        insert_all(maybe, finding.kind.iter().flat_map(|kind| self.by_type.get(kind)));
        for rule in maybe.iter() {
            if criteria(rule).is_some_and(|criteria| evaluate::sensitive_selected(criteria, finding)) {
                found.insert(rule);
            }
        }
    }
}
