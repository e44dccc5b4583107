//! The rules by the facts of a vulnerability that are not looked up in a list: severity, fix, class, scores, known
//! exploited. Whole sets of rules are decided at once, as sets of bits.

use super::bits::{self, Bits, rule_number};
use super::evaluate;
use super::text_map::TextMap;
use crate::policy::clause::Clause;
use crate::policy::criteria::{SeveritySet, VulnerabilityCriteria};
use crate::profile::{FixState, Group, Score, Severity, Vulnerability};

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
    /// Rules that say `match` of unknown group.
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

fn cvss(finding: &Vulnerability) -> Option<Score> {
    finding.cvss.as_ref().and_then(|cvss| cvss.score)
}

fn epss(finding: &Vulnerability) -> Option<Score> {
    finding.epss.as_ref().and_then(|epss| epss.score)
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

fn sets<const N: usize>(width: usize) -> [Bits; N] {
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
            by_severity: sets(width),
            known_exploited: Bits::new(width),
            cvss: Vec::new(),
            epss: Vec::new(),
            class_numbers: TextMap::new(false, classes().count(), 0),
            by_class: Vec::new(),
            closely: Vec::new(),
            cvss_steps: Vec::new(),
            epss_steps: Vec::new(),
            passing: Passing::build(rules),
        };
        for class in classes() {
            if index.class_number(class).is_none() {
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

    fn class_number(&self, class: &str) -> Option<u32> {
        self.class_numbers.get(self.class_numbers.hash(class), class).next()
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
            let class_number = self.class_number(class);
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

    /// Whether scores tell kinds of findings apart.
    pub(super) fn has_steps(&self) -> bool {
        !self.cvss_steps.is_empty() || !self.epss_steps.is_empty()
    }

    /// The finding's class as far as policies name it: `Some(None)` is one that none names, `None` is unknown. Where no
    /// policy names a class, all are alike.
    pub(super) fn class(&self, finding: &Vulnerability) -> Option<Option<u32>> {
        if self.by_class.is_empty() {
            return None;
        }
        let class = finding.class.as_ref()?;
        Some(self.class_number(class))
    }

    /// How many minimums of each score a finding reaches, from 1; 0 is an unknown score.
    pub(super) fn steps(&self, finding: &Vulnerability) -> (usize, usize) {
        let step = |steps: &[Score], score: Option<Score>| match score {
            _ if steps.is_empty() => 0,
            None => 0,
            Some(score) => steps.partition_point(|step| *step <= score).saturating_add(1),
        };
        (step(&self.cvss_steps, cvss(finding)), step(&self.epss_steps, epss(finding)))
    }

    /// Decides a kind by one finding of it, into empty sets: the rules that match every finding of the kind, but for
    /// filters with lists, and the rules whose filters on scalar facts hold, whoever selects.
    pub(super) fn decide<'c>(
        &self,
        group: &Group,
        finding: &Vulnerability,
        criteria: &impl Fn(usize) -> Option<&'c VulnerabilityCriteria>,
        rules: &mut [u64],
        passing: &mut [u64],
    ) {
        self.passing.of(group, passing);
        for &rule in &self.passing.scores {
            let rule = rule as usize;
            let only = criteria(rule).and_then(|criteria| criteria.only.as_ref());
            if bits::contains(passing, rule) && !only.is_none_or(|only| evaluate::scores_pass(only, finding))
            {
                bits::remove(passing, rule);
            }
        }
        if let Some(by_severity) = self.by_severity.get(group.severity as usize) {
            bits::copy(rules, by_severity.words());
        }
        if group.known_exploited == Some(true) {
            bits::unite(rules, self.known_exploited.words());
        }
        for (minimums, score) in [(&self.cvss, cvss(finding)), (&self.epss, epss(finding))] {
            if let Some(score) = score {
                let reached = minimums.iter().take_while(|(minimum, _)| *minimum <= score);
                reached.for_each(|(_, rule)| bits::insert(rules, *rule as usize));
            }
        }
        let by_class = self.class(finding).flatten().and_then(|number| self.by_class.get(number as usize));
        by_class.into_iter().flatten().for_each(|rule| bits::insert(rules, *rule as usize));
        for &rule in &self.closely {
            if criteria(rule as usize).is_some_and(|criteria| evaluate::scalar_selected(criteria, finding)) {
                bits::insert(rules, rule as usize);
            }
        }
        bits::intersect(rules, passing);
    }
}

impl Passing {
    fn build(rules: &[(usize, &VulnerabilityCriteria)]) -> Self {
        let width = rules.len();
        let mut passing = Self {
            severity: sets(width),
            fix_available: sets(width),
            fix_state: sets(width),
            known_exploited: sets(width),
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

    fn of(&self, group: &Group, passing: &mut [u64]) {
        if let Some(by_severity) = self.severity.get(group.severity as usize) {
            bits::copy(passing, by_severity.words());
        }
        let more = [
            self.fix_available.get(place(group.fix_available)),
            self.fix_state.get(group.fix_state as usize),
            self.known_exploited.get(place(group.known_exploited)),
        ];
        more.into_iter().flatten().for_each(|rules| bits::intersect(passing, rules.words()));
    }
}
