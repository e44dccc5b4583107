//! What a decision costs in Rust: `cargo xtask boundary` holds it against the same loops in C and in Go.
//!
//! `boundary POLICIES PROFILE LAUNCH SECONDS` prints one line for each question with the nanoseconds of a call.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement may stop"
)]

use imagegate::{Gate, PolicySet, Timestamp};
use imagegate_readers::{launch, profile};
use std::hint::black_box;
use std::time::Instant;

/// So many batches, each so short that a busy machine interrupts few of them; the median counts.
const BATCHES: usize = 501;

fn measure(name: &str, calls: u32, mut call: impl FnMut()) {
    let mut times = [0.0; BATCHES];
    for time in &mut times {
        let start = Instant::now();
        for _ in 0..calls {
            call();
        }
        *time = start.elapsed().as_nanos() as f64 / f64::from(calls);
    }
    times.sort_by(f64::total_cmp);
    println!("{name} {:.1}", times[BATCHES / 2]);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [policies, report, create, seconds] = arguments.try_into().unwrap();
    let read = |path: &str| std::fs::read(path).unwrap();
    let policies = PolicySet::parse(&read(&policies)).unwrap();
    let profile = profile::parse(&read(&report), &profile::Options::default()).unwrap();
    let launch = launch::parse(&read(&create), &launch::Options::default()).unwrap();
    let now = Timestamp::from_unix(seconds.parse().unwrap(), 0).unwrap();
    let assessment = policies.assess(&profile);
    let gate = Gate::new(policies, 64 << 20);
    gate.put_profile(&profile).unwrap();

    measure("action", 1_000, || {
        black_box(black_box(&assessment).decide(black_box(&launch), black_box(now)).unwrap().action());
    });
    measure("gate", 1_000, || {
        black_box(black_box(&gate).decide(black_box(&launch), black_box(now)).unwrap().action());
    });
    measure("key", 1_000, || {
        black_box(
            black_box(&assessment).decide(black_box(&launch), black_box(now)).unwrap().aggregation_key(),
        );
    });
    measure("whole", 20, || {
        let decision = black_box(&assessment).decide(black_box(&launch), black_box(now)).unwrap();
        black_box((decision.action(), decision.aggregation_key(), decision.event_count()));
        black_box((decision.to_json(), decision.to_text()));
    });
}
