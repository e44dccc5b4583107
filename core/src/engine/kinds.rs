//! Kinds of vulnerabilities: those that are the same in every fact that is not looked up in a list.
//!
//! An image has thousands of vulnerabilities but few kinds of them (severity, fix, class, step of a score, …). What
//! follows from these facts is decided once for a kind, for all rules together, and kept as a set of rules; a match is
//! then not one entry for each finding and rule, but a finding of a kind and a kind of a rule.

use super::bits::{Bits, rule_number};
use super::evaluate;
use super::text_map::TextMap;
use crate::policy::clause::Clause;
use crate::policy::criteria::{SeveritySet, VulnerabilityCriteria};
use crate::profile::{Facts, FixState, Score, Severity, Vulnerability};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The rules by the scalar facts that select or pass.
#[derive(Debug)]
pub(super) struct ScalarIndex {
    /// Rules that a severity selects, and rules without a selector.
    by_severity: [Bits; 6],
    known_exploited: Bits,
    /// Least scores that select, ascending.
    cvss: Vec<(Score, u32)>,
    epss: Vec<(Score, u32)>,
    /// Classes that select or filter; the numbers are those of the class, not of a rule.
    class_numbers: TextMap,
    /// For each class the rules that it selects.
    by_class: Vec<Vec<u32>>,
    /// Rules that say `match` of unknown facts.
    closely: Vec<u32>,
    /// All minimums of selectors and filters, ascending: two scores between the same two are of one kind.
    cvss_steps: Vec<Score>,
    epss_steps: Vec<Score>,
    passing: Passing,
}

/// The rules that a value passes, for filters that have few values.
#[derive(Debug)]
struct Passing {
    severity: [Bits; 6],
    /// Known yes, known no, unknown.
    fix_available: [Bits; 3],
    fix_state: [Bits; 6],
    known_exploited: [Bits; 3],
    /// Rules that filter by class or score.
    scores: Vec<u32>,
}

/// The place of a three-valued fact in an array.
fn place(fact: Option<bool>) -> usize {
    match fact {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    }
}

/// Whether a severity list holds, an unknown severity being answered by `unknown_matches`.
fn severity_holds(severities: SeveritySet, severity: Severity, unknown_matches: bool) -> bool {
    evaluate::severity(severities, severity).unwrap_or(unknown_matches)
}

fn bits<const N: usize>(width: usize) -> [Bits; N] {
    std::array::from_fn(|_| Bits::new(width))
}

impl ScalarIndex {
    pub(super) fn build(rules: &[(usize, &VulnerabilityCriteria)]) -> Self {
        let width = rules.len();
        let criteria = || rules.iter().map(|(_, criteria)| *criteria);
        let classes = || {
            criteria().flat_map(|criteria| {
                let filters = criteria.only.iter().flat_map(|only| &only.clauses.classes);
                criteria.select.classes.iter().chain(filters)
            })
        };
        let mut index = Self {
            by_severity: bits(width),
            known_exploited: Bits::new(width),
            cvss: Vec::new(),
            epss: Vec::new(),
            class_numbers: TextMap::new(false, classes().count()),
            by_class: Vec::new(),
            closely: Vec::new(),
            cvss_steps: Vec::new(),
            epss_steps: Vec::new(),
            passing: Passing::build(rules),
        };
        for class in classes() {
            if index.class_number(index.class_numbers.hash(class), class).is_none() {
                index.class_numbers.insert(class, rule_number(index.by_class.len()));
                index.by_class.push(Vec::new());
            }
        }
        for (rule, criteria) in criteria().enumerate() {
            index.add(rule, criteria);
        }
        index.cvss.sort_unstable();
        index.epss.sort_unstable();
        for steps in [&mut index.cvss_steps, &mut index.epss_steps] {
            steps.sort_unstable();
            steps.dedup();
        }
        index
    }

    fn class_number(&self, hash: u64, class: &str) -> Option<u32> {
        self.class_numbers.get(hash, class).next()
    }

    fn add(&mut self, rule: usize, criteria: &VulnerabilityCriteria) {
        let select = &criteria.select;
        let number = rule_number(rule);
        for (severity, rules) in Severity::ALL.into_iter().zip(&mut self.by_severity) {
            let selected =
                select.severities.is_some_and(|severities| severity_holds(severities, severity, false));
            if selected || select.is_empty() {
                rules.insert(rule);
            }
        }
        if select.known_exploited.is_some() {
            self.known_exploited.insert(rule);
        }
        self.cvss.extend(select.min_cvss.map(|minimum| (minimum, number)));
        self.epss.extend(select.min_epss.map(|minimum| (minimum, number)));
        for class in &select.classes {
            let class_number = self.class_number(self.class_numbers.hash(class), class);
            if let Some(rules) = class_number.and_then(|class| self.by_class.get_mut(class as usize)) {
                rules.push(number);
            }
        }
        if criteria.unknown.has_overrides() {
            self.closely.push(number);
        }
        let filters = criteria.only.as_ref().map(|only| &only.clauses);
        self.cvss_steps
            .extend([select.min_cvss, filters.and_then(|filters| filters.min_cvss)].into_iter().flatten());
        self.epss_steps
            .extend([select.min_epss, filters.and_then(|filters| filters.min_epss)].into_iter().flatten());
    }

    /// What tells the kind of a finding: equal keys, equal kinds.
    fn key(&self, facts: &Facts, finding: &Vulnerability) -> u64 {
        let step = |steps: &[Score], score: Option<Score>| match score {
            _ if steps.is_empty() => 0,
            None => 0,
            Some(score) => steps.partition_point(|step| *step <= score).saturating_add(1),
        };
        let class = match &finding.class {
            _ if self.by_class.is_empty() => 0,
            None => 0,
            Some(class) => self.class_number(facts.class, class).map_or(1, |number| number.saturating_add(2)),
        };
        [
            (place(facts.fix_available) as u64, 2),
            (place(facts.known_exploited) as u64, 2),
            (facts.fix_state as u64, 3),
            (step(&self.cvss_steps, facts.cvss) as u64, 18),
            (step(&self.epss_steps, facts.epss) as u64, 18),
            (u64::from(class), 18),
        ]
        .into_iter()
        .fold(facts.severity as u64, |key, (part, width)| (key << width) | part)
    }

    /// Decides a kind by one finding of it.
    fn decide<'c>(
        &self,
        facts: &Facts,
        finding: &Vulnerability,
        listed_filters: &Bits,
        criteria: &impl Fn(usize) -> Option<&'c VulnerabilityCriteria>,
    ) -> Kind {
        let mut passing = self.passing.of(facts);
        for &rule in &self.passing.scores {
            let rule = rule as usize;
            let only = criteria(rule).and_then(|criteria| criteria.only.as_ref());
            if passing.contains(rule) && !only.is_none_or(|only| evaluate::scores_pass(only, finding)) {
                passing.remove(rule);
            }
        }
        let mut rules = self.by_severity.get(facts.severity as usize).cloned().unwrap_or_default();
        if facts.known_exploited == Some(true) {
            rules.unite(&self.known_exploited);
        }
        for (minimums, score) in [(&self.cvss, facts.cvss), (&self.epss, facts.epss)] {
            if let Some(score) = score {
                let reached = minimums.iter().take_while(|(minimum, _)| *minimum <= score);
                reached.for_each(|(_, rule)| rules.insert(*rule as usize));
            }
        }
        if let Some(class) = &finding.class {
            let number = self.class_number(facts.class, class);
            let selected = number.and_then(|number| self.by_class.get(number as usize)).into_iter().flatten();
            selected.for_each(|rule| rules.insert(*rule as usize));
        }
        for &rule in &self.closely {
            if criteria(rule as usize).is_some_and(|criteria| evaluate::scalar_selected(criteria, finding)) {
                rules.insert(rule as usize);
            }
        }
        rules.intersect(&passing);
        let mut listed = rules.clone();
        listed.intersect(listed_filters);
        let listed: Vec<u32> = listed.iter().map(rule_number).collect();
        listed.iter().for_each(|rule| rules.remove(*rule as usize));
        Kind { rules, listed, passing, findings: Vec::new() }
    }
}

impl Passing {
    fn build(rules: &[(usize, &VulnerabilityCriteria)]) -> Self {
        let width = rules.len();
        let mut passing = Self {
            severity: bits(width),
            fix_available: bits(width),
            fix_state: bits(width),
            known_exploited: bits(width),
            scores: Vec::new(),
        };
        for (rule, (_, criteria)) in rules.iter().enumerate() {
            passing.add(rule, criteria);
        }
        passing
    }

    fn add(&mut self, rule: usize, criteria: &VulnerabilityCriteria) {
        let only = criteria.only.as_ref();
        let unknown_passes = |clause| only.is_none_or(|only| only.unknown.matches(clause));
        for (severity, rules) in Severity::ALL.into_iter().zip(&mut self.severity) {
            let listed = only.and_then(|only| only.clauses.severities);
            if listed
                .is_none_or(|listed| severity_holds(listed, severity, unknown_passes(Clause::Severities)))
            {
                rules.insert(rule);
            }
        }
        let two_valued = [
            (&mut self.fix_available, only.and_then(|only| only.fix_available), Clause::FixAvailable),
            (
                &mut self.known_exploited,
                only.and_then(|only| only.clauses.known_exploited),
                Clause::KnownExploited,
            ),
        ];
        for (by_fact, wanted, clause) in two_valued {
            for (fact, rules) in [Some(true), Some(false), None].into_iter().zip(by_fact) {
                let passes = wanted
                    .is_none_or(|wanted| fact.map_or_else(|| unknown_passes(clause), |fact| fact == wanted));
                if passes {
                    rules.insert(rule);
                }
            }
        }
        for ((_, state), rules) in FixState::WORDS.into_iter().zip(&mut self.fix_state) {
            let states = only.map(|only| only.fix_states.as_slice()).unwrap_or_default();
            let passes = states.is_empty()
                || states.contains(&state)
                || (state == FixState::Unknown && unknown_passes(Clause::FixStates));
            if passes {
                rules.insert(rule);
            }
        }
        if only.is_some_and(|only| {
            let clauses = &only.clauses;
            !clauses.classes.is_empty() || clauses.min_cvss.is_some() || clauses.min_epss.is_some()
        }) {
            self.scores.push(rule_number(rule));
        }
    }

    fn of(&self, facts: &Facts) -> Bits {
        let mut passing = self.severity.get(facts.severity as usize).cloned().unwrap_or_default();
        let more = [
            self.fix_available.get(place(facts.fix_available)),
            self.fix_state.get(facts.fix_state as usize),
            self.known_exploited.get(place(facts.known_exploited)),
        ];
        more.into_iter().flatten().for_each(|rules| passing.intersect(rules));
        passing
    }
}

/// What all findings of a kind have in common.
#[derive(Debug)]
pub(super) struct Kind {
    /// Rules that match every finding of the kind.
    pub(super) rules: Bits,
    /// Rules that select every finding of the kind and filter each by a list.
    pub(super) listed: Vec<u32>,
    /// Rules whose filters on scalar facts hold, whoever selects.
    pub(super) passing: Bits,
    /// The findings, ascending.
    pub(super) findings: Vec<u32>,
}

/// Keys are made here, from facts that have few values: one multiplication spreads them well enough.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never used: the only keys are `u64`.
        self.0 = bytes.iter().fold(self.0, |state, byte| state.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

/// The kinds of one image.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    numbers: HashMap<u64, usize, BuildHasherDefault<KeyHasher>>,
    /// The key and kind of the finding before: neighbours are often alike.
    last: Option<(u64, usize)>,
    kinds: Vec<Kind>,
}

impl Kinds {
    /// The kind of a finding, which is added to it.
    pub(super) fn of<'c>(
        &mut self,
        index: &ScalarIndex,
        listed_filters: &Bits,
        criteria: &impl Fn(usize) -> Option<&'c VulnerabilityCriteria>,
        position: u32,
        facts: &Facts,
        finding: &Vulnerability,
    ) -> Option<&Kind> {
        let key = index.key(facts, finding);
        let number = match self.last {
            Some((last, number)) if last == key => number,
            _ => *self.numbers.entry(key).or_insert_with(|| {
                self.kinds.push(index.decide(facts, finding, listed_filters, criteria));
                self.kinds.len().saturating_sub(1)
            }),
        };
        self.last = Some((key, number));
        let kind = self.kinds.get_mut(number)?;
        kind.findings.push(position);
        Some(kind)
    }

    pub(super) fn into_kinds(self) -> Vec<Kind> {
        self.kinds
    }
}
