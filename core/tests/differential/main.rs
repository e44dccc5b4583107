//! The engine against an evaluator written from the contract alone.
//!
//! A *case* is a policy set, a profile, a launch and an instant; several launches and instants share a pair of policy
//! set and profile, as they share an assessment. `IMAGEGATE_CASES` says how many cases at least, `IMAGEGATE_SEED`
//! which, `IMAGEGATE_THREADS` on how many threads; `IMAGEGATE_STATS=1` prints what was met.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

#[path = "../reference/mod.rs"]
mod reference;
mod table;

use reference::generator::{Case, case};
use reference::{answers, comparison, truth};
use std::sync::atomic::{AtomicU64, Ordering};
use table::Table;

/// Of so many pairs one is compared through JSON as well.
const THROUGH_JSON: u64 = 50;
/// A long run says so often, in cases, how far it is.
const REPORT: u64 = 250_000;

#[test]
fn the_engine_agrees_with_the_reference() {
    let from_environment =
        |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let wanted = from_environment("IMAGEGATE_CASES", 4_000);
    let seed = from_environment("IMAGEGATE_SEED", 1);
    let threads = from_environment("IMAGEGATE_THREADS", 1).max(1);
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        let _stop = StopAtPanic(&done);
        let mut table = Table::default();
        while done.load(Ordering::Relaxed) < wanted {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let case = case(seed.wrapping_mul(1_000_000_007).wrapping_add(number));
            check(&case, number, &mut table);
            let asked = case.questions.len() as u64;
            let before = done.fetch_add(asked, Ordering::Relaxed);
            if (before + asked) / REPORT > before / REPORT {
                eprintln!("{} cases without a difference", before + asked);
            }
        }
        table.clauses.add(&truth::tallied());
        table
    };
    let mut table = Table::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        // A difference ends the run with the panic of the thread that found it.
        workers.into_iter().for_each(|worker| table.add(&worker.join().unwrap()));
    });
    if std::env::var_os("IMAGEGATE_STATS").is_some() {
        println!("seed {seed}: {}", table.text());
    }
    let gaps = table.gaps();
    assert!(gaps.is_empty(), "the cases prove too little:\n{}", gaps.join("\n"));
}

/// Lets the other threads stop where one has found a difference.
struct StopAtPanic<'d>(&'d AtomicU64);

impl Drop for StopAtPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(u64::MAX / 2, Ordering::Relaxed);
        }
    }
}

/// Panics if the two differ.
fn check(case: &Case, number: u64, table: &mut Table) {
    let by_engine = answers::by_engine(case)
        .unwrap_or_else(|error| panic!("an invalid document: {error}\n{:#}", comparison::document(case)));
    let by_reference = answers::by_reference(case);
    if by_engine != by_reference {
        let place = format!("pair {number}, after {} cases", table.cases());
        comparison::hold(&comparison::document(case), &place);
        panic!("{place}: {:#}\n{by_engine:#?}\n{by_reference:#?}", comparison::document(case));
    }
    table.pairs += 1;
    by_reference.iter().for_each(|answer| table.count(answer));
    if number.is_multiple_of(THROUGH_JSON) {
        // What the reference counts on this way must not be counted twice.
        let before = truth::tallied();
        comparison::hold(&comparison::document(case), &format!("pair {number}, through JSON"));
        truth::tallied();
        table.clauses.add(&before);
    }
}
