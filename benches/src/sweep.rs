//! imagegate alone, over more sizes, and what it allocates.

use crate::allocations::{during, kept_by};
use crate::measure::{show, time};
use crate::scenario::{Kind, Scenario};
use imagegate::{Launch, PolicySet, ScanProfile, Timestamp};
use std::hint::black_box;

struct Prepared {
    policies: PolicySet,
    profile: ScanProfile,
    launch: Launch,
    now: Timestamp,
}

fn prepare(policies: usize, findings: usize, kind: Kind) -> Prepared {
    let scenario = Scenario::new(policies, findings, kind);
    Prepared {
        policies: PolicySet::parse(scenario.policy_document().as_bytes()).unwrap(),
        profile: ScanProfile::parse(scenario.profile_document().as_bytes()).unwrap(),
        launch: Launch::parse(scenario.launch_document().as_bytes()).unwrap(),
        now: Timestamp::parse("2026-11-24T06:00:00Z").unwrap(),
    }
}

pub fn print(quick: bool) {
    println!("\n## imagegate over more sizes\n");
    println!("| policies | findings | image | assess | decide: action | decide: evidence as JSON |");
    println!("|---:|---:|---|---:|---:|---:|");
    let sizes: &[(usize, usize)] = if quick {
        &[(100, 2_000), (1_000, 2_000)]
    } else {
        &[
            (1, 2_000),
            (10, 2_000),
            (100, 2_000),
            (1_000, 2_000),
            (10_000, 2_000),
            (1_000, 10),
            (1_000, 200),
            (1_000, 20_000),
        ]
    };
    for &(policies, findings) in sizes {
        for kind in [Kind::Clean, Kind::OneHit, Kind::Dirty] {
            let prepared = prepare(policies, findings, kind);
            let assessment = prepared.policies.assess(&prepared.profile);
            let decide = || assessment.decide(&prepared.launch, prepared.now).unwrap();
            let (assess, action) =
                (time(|| prepared.policies.assess(&prepared.profile)), time(|| decide().action()));
            let hits = decide().event_count();
            let json = if kind == Kind::Dirty {
                // All of it at once would be megabytes: what counts is a hit.
                let total = time(|| decide().to_json()).least;
                format!("{} a hit ({hits} hits)", show(total / hits.max(1) as f64))
            } else {
                show(time(|| decide().to_json()).least)
            };
            let dirty = |time: f64| match (kind, policies * findings) {
                (Kind::Dirty, matches) => format!("{} ({:.2} ns a match)", show(time), time / matches as f64),
                _ => show(time),
            };
            let per_hit = |time: f64| match kind {
                Kind::Dirty => format!("{} ({} a hit)", show(time), show(time / hits.max(1) as f64)),
                _ => show(time),
            };
            println!(
                "| {policies} | {findings} | {} | {} | {} | {json} |",
                kind.name(),
                dirty(assess.least),
                per_hit(action.least)
            );
        }
    }
    allocations();
    loading(quick);
}

fn allocations() {
    println!("\n## Allocations of one launch of an assessed image\n");
    println!("| | allocations |");
    println!("|---|---:|");
    for (name, kind) in [("allow", Kind::Clean), ("one hit", Kind::OneHit)] {
        let prepared = prepare(1_000, 2_000, kind);
        let assessment = prepared.policies.assess(&prepared.profile);
        let decide = || assessment.decide(&prepared.launch, prepared.now).unwrap();
        // Warm: the image has been launched before, today.
        black_box(decide().aggregation_key());
        println!("| {name}: action | {} |", during(|| decide().action()));
        println!("| {name}: action and key | {} |", during(|| decide().aggregation_key()));
        println!("| {name}: evidence as JSON | {} |", during(|| decide().to_json()));
    }
}

fn loading(quick: bool) {
    println!("\n## Loading policies\n");
    println!("| policies | document | time | memory kept |");
    println!("|---:|---:|---:|---:|");
    let sizes: &[usize] = if quick { &[1_000] } else { &[100, 1_000, 10_000] };
    for &policies in sizes {
        let document = Scenario::new(policies, 1, Kind::OneHit).policy_document();
        let load = || PolicySet::parse(document.as_bytes()).unwrap();
        let (set, bytes) = kept_by(load);
        assert_eq!(set.policies().len(), policies + 1);
        println!(
            "| {policies} | {:.1} MB | {} | {:.1} MB |",
            document.len() as f64 / 1e6,
            show(time(load).least),
            bytes as f64 / 1e6
        );
    }
}

/// Runs one thing a fixed number of times, so that instructions can be counted from outside.
pub fn run_loop(arguments: &[String]) {
    let [what, policies, findings, count] = arguments else {
        panic!("usage: loop assess|decide|key|json POLICIES FINDINGS COUNT");
    };
    let number = |text: &String| text.parse::<usize>().expect("a number");
    let prepared = prepare(number(policies), number(findings), Kind::OneHit);
    let assessment = prepared.policies.assess(&prepared.profile);
    let decide = || assessment.decide(&prepared.launch, prepared.now).unwrap();
    black_box(decide().aggregation_key());
    for _ in 0..number(count) {
        match what.as_str() {
            "assess" => drop(black_box(prepared.policies.assess(&prepared.profile))),
            "decide" => drop(black_box(decide().action())),
            "key" => drop(black_box(decide().aggregation_key())),
            "json" => drop(black_box(decide().to_json())),
            other => panic!("nothing is called {other}"),
        }
    }
}
