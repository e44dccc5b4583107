//! The gate under load: decisions a second on one and two threads while a writer swaps the policies.

use crate::measure::show;
use crate::report::{section, values};
use crate::scenario::{Kind, Scenario};
use imagegate::{Gate, Launch, PolicySet, ScanProfile, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub fn print(quick: bool) {
    let seconds = if quick { 1 } else { 4 };
    let scenario = Scenario::new(1_000, 2_000, Kind::OneHit);
    let set = || PolicySet::parse(scenario.policy_document().as_bytes()).unwrap();
    let gate = Gate::new(set(), 256 << 20);
    gate.put_profile(&ScanProfile::parse(scenario.profile_document().as_bytes()).unwrap()).unwrap();
    let launch = Launch::parse(scenario.launch_document().as_bytes()).unwrap();
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let sets = [set(), set()];
    let mut rates = Vec::new();
    for (threads, swapping) in [(1, false), (2, false), (1, true), (2, true)] {
        let (stop, decisions) = (AtomicBool::new(false), AtomicUsize::new(0));
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    // An agent reads a launch for every start.
                    let launch = Launch::parse(scenario.launch_document().as_bytes()).unwrap();
                    let mut mine = 0;
                    while !stop.load(Ordering::Relaxed) {
                        for _ in 0..100 {
                            std::hint::black_box(gate.action(&launch, now).unwrap());
                        }
                        mine += 100;
                    }
                    decisions.fetch_add(mine, Ordering::Relaxed);
                });
            }
            for swap in 0..seconds * 10 {
                std::thread::sleep(Duration::from_millis(100));
                if swapping {
                    gate.reload(sets[swap % 2].clone());
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
        let rate = decisions.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
        rates.push(format!("{:.2} million/s", rate / 1e6));
    }
    let mut first: Vec<Duration> = (0..50)
        .map(|swap| {
            let start = Instant::now();
            gate.reload(sets[swap % 2].clone());
            std::hint::black_box(gate.action(&launch, now).unwrap());
            start.elapsed()
        })
        .collect();
    first.sort_unstable();
    rates.push(show(first[25].as_nanos() as f64));
    section(
        "the gate, 1,000 × 2,000, wall clock",
        &[
            "1 thread",
            "2 threads",
            "1 thread, 10 swaps/s",
            "2 threads, 10 swaps/s",
            "swap to next decision, median",
        ],
    );
    values("actions", &rates);
}
