//! Which clauses of the policies no case exercised.

use super::run::Outcome;
use crate::place::locate;
use crate::style::one_line;
use imagegate::{PolicySet, Position};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::rc::Rc;

/// What the cases exercised, by policy document.
#[derive(Default)]
pub(super) struct Coverage {
    documents: Vec<Covered>,
}

struct Covered {
    at: String,
    text: Option<Rc<[u8]>>,
    set: PolicySet,
    exercised: BTreeSet<String>,
}

impl Coverage {
    /// Counts what a case exercised.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        let Outcome::Decided(decided) = outcome else { return };
        let revision = decided.set.revision();
        let known = self.documents.iter_mut().find(|covered| covered.set.revision() == revision);
        match known {
            Some(covered) => covered.exercised.extend(decided.exercised.iter().cloned()),
            None => self.documents.push(Covered {
                at: decided.policies_at.clone(),
                text: decided.policies_text.clone(),
                set: decided.set.clone(),
                exercised: decided.exercised.iter().cloned().collect(),
            }),
        }
    }

    /// Lists for each document what was not exercised.
    pub(super) fn write(&self, out: &mut String) {
        for covered in &self.documents {
            let clauses = covered.set.clauses();
            let missing: Vec<&String> =
                clauses.iter().filter(|clause| !covered.exercised.contains(*clause)).collect();
            let exercised = clauses.len().saturating_sub(missing.len());
            let _ = writeln!(out, "{}: {exercised} of {} clauses exercised", covered.at, clauses.len());
            for pointer in missing {
                let _ = writeln!(out, "  not exercised: {}{}", covered.place(pointer), one_line(pointer));
            }
        }
    }
}

impl Covered {
    /// `LINE:COLUMN: ` in a document that is a file of its own.
    fn place(&self, pointer: &str) -> String {
        let position = || {
            let bytes = self.text.as_ref()?;
            let text = std::str::from_utf8(bytes).ok()?;
            Some(Position::of_offset(bytes, locate(text, pointer)?.start))
        };
        position().map(|at| format!("{}:{}: ", at.line, at.column)).unwrap_or_default()
    }
}
