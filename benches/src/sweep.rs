//! imagegate alone, over more sizes, and what it allocates.

use crate::allocations::{during, kept_by};
use crate::measure::{show, time};
use crate::report::{section, values};
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

/// The sizes of a sweep, at most one a column.
struct Sweep {
    title: &'static str,
    sizes: &'static [(usize, usize)],
    of: fn((usize, usize)) -> usize,
}

const SWEEPS: [Sweep; 2] = [
    Sweep {
        title: "2,000 findings, by policies",
        sizes: &[(1, 2_000), (10, 2_000), (100, 2_000), (1_000, 2_000), (10_000, 2_000)],
        of: |(policies, _)| policies,
    },
    Sweep {
        title: "1,000 policies, by findings",
        sizes: &[(1_000, 10), (1_000, 200), (1_000, 2_000), (1_000, 20_000)],
        of: |(_, findings)| findings,
    },
];

pub fn print(quick: bool) {
    for sweep in &SWEEPS {
        let sizes = if quick { &sweep.sizes[2..4] } else { sweep.sizes };
        let heads: Vec<String> = sizes.iter().map(|size| (sweep.of)(*size).to_string()).collect();
        section(sweep.title, &heads.iter().map(String::as_str).collect::<Vec<_>>());
        for kind in [Kind::Clean, Kind::OneHit, Kind::Dirty] {
            let cells: Vec<Cell> =
                sizes.iter().map(|(policies, findings)| Cell::measure(*policies, *findings, kind)).collect();
            let line = |what: &str, of: &dyn Fn(&Cell) -> String| {
                values(&format!("{}: {what}", kind.name()), &cells.iter().map(of).collect::<Vec<_>>());
            };
            line("assess", &|cell| show(cell.assess));
            line("launch, action alone", &|cell| show(cell.action));
            line("launch, a decision", &|cell| show(cell.decide));
            line("launch, every hit", &|cell| show(cell.every));
            line("launch, evidence as JSON", &|cell| show(cell.json));
            if kind == Kind::Dirty {
                line("policies that hit", &|cell| cell.hits.to_string());
                line("matches of policy and finding", &|cell| cell.matches.to_string());
                line("assess, a match", &|cell| format!("{:.2} ns", cell.assess / cell.matches as f64));
                line("launch, every hit, a hit", &|cell| show(cell.every / cell.hits as f64));
                line("launch, evidence as JSON, a hit", &|cell| show(cell.json / cell.hits as f64));
                line("launch, evidence as JSON, a counted match", &|cell| {
                    format!("{:.2} ns", cell.json / cell.counted as f64)
                });
            }
        }
    }
    allocations();
    loading(quick);
}

/// The measurements of one size.
struct Cell {
    assess: f64,
    action: f64,
    decide: f64,
    /// A decision that counted the policies that hit.
    every: f64,
    json: f64,
    hits: usize,
    /// Pairs of a policy and a finding it matches, in scope or not.
    matches: usize,
    /// Those of the policies that hit, which evidence counts.
    counted: usize,
}

impl Cell {
    fn measure(policies: usize, findings: usize, kind: Kind) -> Self {
        let prepared = prepare(policies, findings, kind);
        let assessment = prepared.policies.assess(&prepared.profile);
        let decide = || assessment.decide(&prepared.launch, prepared.now).unwrap();
        let decision = decide();
        let evidence = decision.events().iter().flat_map(|event| &event.evidence);
        Self {
            assess: time(|| prepared.policies.assess(&prepared.profile)).least,
            action: time(|| assessment.action(black_box(&prepared.launch), prepared.now).unwrap()).least,
            decide: time(|| decide().action()).least,
            every: time(|| decide().event_count()).least,
            json: time(|| decide().to_json()).least,
            hits: decision.event_count(),
            matches: policies * findings,
            counted: evidence.map(|evidence| evidence.total).sum(),
        }
    }
}

fn allocations() {
    section(
        "allocations of a warm launch, 1,000 × 2,000",
        &["action alone", "decision", "decision and key", "events", "evidence as JSON"],
    );
    for kind in [Kind::Clean, Kind::OneHit] {
        let prepared = prepare(1_000, 2_000, kind);
        let assessment = prepared.policies.assess(&prepared.profile);
        let decide = || assessment.decide(&prepared.launch, prepared.now).unwrap();
        // Warm: the image was launched before, today. The first launch makes what is kept of the image, the second
        // what is kept of it for a thread.
        for _ in 0..3 {
            black_box(decide().aggregation_key());
        }
        let counts = [
            during(|| assessment.action(&prepared.launch, prepared.now).unwrap()),
            during(|| decide().action()),
            during(|| decide().aggregation_key()),
            during(|| decide().events().len()),
            during(|| decide().to_json()),
        ];
        values(kind.name(), &counts.map(|count| count.to_string()));
    }
}

fn loading(quick: bool) {
    section("loading a set of policies", &["document", "time", "memory kept"]);
    let sizes: &[usize] = if quick { &[1_000] } else { &[100, 1_000, 10_000] };
    for &policies in sizes {
        let document = Scenario::new(policies, 1, Kind::OneHit).policy_document();
        let load = || PolicySet::parse(document.as_bytes()).unwrap();
        let (set, bytes) = kept_by(load);
        assert_eq!(set.policies().len(), policies + 1);
        let megabytes = |bytes: usize| format!("{:.1} MB", bytes as f64 / 1e6);
        values(
            &format!("{policies} policies"),
            &[megabytes(document.len()), show(time(load).least), megabytes(bytes)],
        );
    }
}

/// Runs one thing a fixed number of times, so that instructions can be counted from outside.
pub fn run_loop(arguments: &[String]) {
    let [what, policies, findings, count] = arguments else {
        panic!("usage: loop load|assess|action|decide|key|json POLICIES FINDINGS COUNT");
    };
    let number = |text: &String| text.parse::<usize>().expect("a number");
    let prepared = prepare(number(policies), number(findings), Kind::OneHit);
    let assessment = prepared.policies.assess(&prepared.profile);
    let decide = || assessment.decide(&prepared.launch, prepared.now).unwrap();
    for _ in 0..3 {
        black_box(decide().aggregation_key());
    }
    let document = Scenario::new(number(policies), 1, Kind::OneHit).policy_document();
    for _ in 0..number(count) {
        match what.as_str() {
            "load" => drop(black_box(PolicySet::parse(document.as_bytes()))),
            "assess" => drop(black_box(prepared.policies.assess(&prepared.profile))),
            "action" => drop(black_box(assessment.action(&prepared.launch, prepared.now))),
            "decide" => drop(black_box(decide().action())),
            "key" => drop(black_box(decide().aggregation_key())),
            "json" => drop(black_box(decide().to_json())),
            other => panic!("nothing is called {other}"),
        }
    }
}
