//! Three-valued truth: what is not known is neither true nor false.

use std::cell::RefCell;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// All must hold.
pub fn all(parts: &[Truth]) -> Truth {
    if parts.contains(&Truth::False) {
        Truth::False
    } else if parts.contains(&Truth::Unknown) {
        Truth::Unknown
    } else {
        Truth::True
    }
}

/// One is enough.
pub fn any(parts: &[Truth]) -> Truth {
    if parts.contains(&Truth::True) {
        Truth::True
    } else if parts.contains(&Truth::Unknown) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

/// How often each clause of each group was true, false and unknown.
#[derive(Clone, Debug, Default)]
pub struct Tally(BTreeMap<String, BTreeMap<String, [u64; 3]>>);

impl Tally {
    pub fn of(&self, group: &str, clause: &str) -> [u64; 3] {
        self.0.get(group).and_then(|clauses| clauses.get(clause)).copied().unwrap_or_default()
    }

    /// All clauses that were counted.
    pub fn clauses(&self) -> impl Iterator<Item = (&str, &str)> {
        let groups = self.0.iter();
        groups
            .flat_map(|(group, clauses)| clauses.keys().map(move |clause| (group.as_str(), clause.as_str())))
    }

    pub fn add(&mut self, other: &Self) {
        for (group, clauses) in &other.0 {
            for (clause, counts) in clauses {
                let sums = self.0.entry(group.clone()).or_default().entry(clause.clone()).or_default();
                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
    }

    fn count(&mut self, group: &str, clause: &str, truth: Truth) {
        // Millions of times: nothing is allocated for what was met before.
        let known = self.0.get_mut(group).and_then(|clauses| clauses.get_mut(clause));
        let counts = match known {
            Some(counts) => counts,
            None => self.0.entry(group.to_owned()).or_default().entry(clause.to_owned()).or_default(),
        };
        match truth {
            Truth::True => counts[0] += 1,
            Truth::False => counts[1] += 1,
            Truth::Unknown => counts[2] += 1,
        }
    }
}

thread_local! {
    static TALLY: RefCell<Tally> = RefCell::default();
}

/// Counts how often a clause was true, false and unknown, and hands the value on.
pub fn tally(group: &str, clause: &str, truth: Truth) -> Truth {
    TALLY.with_borrow_mut(|table| table.count(group, clause, truth));
    truth
}

/// As [`tally`], for what is never unknown.
pub fn tally_bool(group: &str, clause: &str, value: bool) -> bool {
    tally(group, clause, value.into());
    value
}

/// What was counted on this thread since this was asked last.
pub fn tallied() -> Tally {
    TALLY.take()
}
