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

thread_local! {
    static TALLY: RefCell<BTreeMap<String, [u64; 3]>> = const { RefCell::new(BTreeMap::new()) };
}

/// Counts how often a clause was true, false and unknown, and hands the value on.
pub fn tally(clause: &str, truth: Truth) -> Truth {
    TALLY.with_borrow_mut(|table| {
        let counts = table.entry(clause.to_owned()).or_default();
        match truth {
            Truth::True => counts[0] += 1,
            Truth::False => counts[1] += 1,
            Truth::Unknown => counts[2] += 1,
        }
    });
    truth
}

/// As [`tally`], for what is never unknown.
pub fn tally_bool(clause: &str, value: bool) -> bool {
    tally(clause, value.into());
    value
}

/// What was counted so far on this thread: true, false, unknown.
pub fn tallied() -> BTreeMap<String, [u64; 3]> {
    TALLY.with_borrow(Clone::clone)
}
