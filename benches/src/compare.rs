//! Everybody in the cells of policies × findings, one hit in the last place.

use crate::check;
use crate::floor::{Floor, Launches, Prepared};
use crate::measure::{Time, show, time};
use crate::naive;
use crate::report::{COLUMNS, head, ratio, row, values};
use crate::scenario::{Kind, Scenario};
use imagegate::{Launch, PolicySet, ScanProfile, Timestamp};
use std::hint::black_box;

const CELLS: [(usize, usize); COLUMNS] = [(1, 10), (10, 200), (100, 200), (100, 2_000), (1_000, 2_000)];

const ASSESS: &str = "imagegate: assess";
const LAUNCH: &str = "imagegate: launch of an assessed image, action alone";
const DECIDE: &str = "imagegate: launch, a decision that keeps its evidence for later";
const KEY: &str = "imagegate: launch, a decision with its key";
const FIRST_KEY: &str = "imagegate: launch, a decision with the first key of a day";
const JSON: &str = "imagegate: launch, a decision with its evidence as JSON";
const BOTH: &str = "imagegate: assess and launch, a decision";
const FLOOR_SCAN: &str = "floor: a scan, findings already hashed";
const FLOOR_TEXTS: &str = "floor: a scan, from texts";
const FLOOR_TOTALS: &str = "extended floor: a scan, already hashed, counting every match";
const FLOOR_LAUNCH: &str = "floor: a launch, ids of the rules that hit, by masks for the image (B2)";
const FLOOR_VERDICT: &str = "floor: a launch, finished verdict for the image (C)";
const NAIVE: &str = "naive loops";

struct Row {
    name: &'static str,
    is_peer: bool,
    times: [Option<Time>; COLUMNS],
}

#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    /// Sets the cell of the row of this name.
    fn add(&mut self, name: &'static str, is_peer: bool, cell: usize, time: Time) {
        let at = self.0.iter().position(|row| row.name == name).unwrap_or_else(|| {
            self.0.push(Row { name, is_peer, times: [None; COLUMNS] });
            self.0.len() - 1
        });
        self.0[at].times[cell] = Some(time);
    }

    fn least(&self, name: &str, cell: usize) -> Option<f64> {
        Some(self.0.iter().find(|row| row.name == name)?.times[cell]?.least)
    }

    fn best_peer(&self, cell: usize) -> Option<f64> {
        let peers = self.0.iter().filter(|row| row.is_peer);
        peers.filter_map(|row| Some(row.times[cell]?.least)).min_by(f64::total_cmp)
    }

    fn against_floor(&self, name: &str, floor: &str, cell: usize) -> String {
        match (self.least(name, cell), self.least(floor, cell)) {
            (Some(time), Some(floor)) => ratio(time, floor),
            _ => "–".to_owned(),
        }
    }

    fn against_peers(&self, name: &str, cell: usize) -> String {
        match (self.least(name, cell), self.best_peer(cell)) {
            (Some(time), Some(peer)) => ratio(time, peer),
            _ => "–".to_owned(),
        }
    }
}

/// The floor that a row is held against.
fn floor_of(name: &str) -> &'static str {
    match name {
        LAUNCH | DECIDE | KEY | FIRST_KEY | JSON | FLOOR_LAUNCH | FLOOR_VERDICT => FLOOR_LAUNCH,
        _ => FLOOR_SCAN,
    }
}

pub fn print(with_peers: bool) {
    let mut rows = Rows::default();
    for (cell, (policies, findings)) in CELLS.into_iter().enumerate() {
        let scenario = Scenario::new(policies, findings, Kind::OneHit);
        let hits = naive::decide(&scenario);
        assert_eq!(hits, [format!("policy-{}", policies - 1)], "one hit");
        ours(&scenario, &hits, cell, &mut rows);
        floor(&scenario, &hits, cell, &mut rows);
        rows.add(NAIVE, false, cell, time(|| naive::decide(&scenario).len()));
        if with_peers {
            peers(&scenario, &hits, cell, &mut rows);
        }
    }
    let heads = CELLS.map(|(policies, findings)| format!("{policies} × {findings}"));
    head("one hit in the last place: least (median)", &heads.each_ref().map(String::as_str));
    let last = COLUMNS - 1;
    for line in &rows.0 {
        let times = line.times.map(|time| time.map_or_else(|| "–".to_owned(), show_both));
        let floor = rows.against_floor(line.name, floor_of(line.name), last);
        row(line.name, &times, &floor, &rows.against_peers(line.name, last));
    }
    let each = |ratio: &dyn Fn(usize) -> String| [0, 1, 2, 3, 4].map(ratio);
    values("*assess ÷ floor*", &each(&|cell| rows.against_floor(ASSESS, FLOOR_SCAN, cell)));
    values("*assess ÷ extended floor*", &each(&|cell| rows.against_floor(ASSESS, FLOOR_TOTALS, cell)));
    values(
        "*launch, action alone ÷ floor (B2)*",
        &each(&|cell| rows.against_floor(LAUNCH, FLOOR_LAUNCH, cell)),
    );
    values("*decision ÷ floor (B2)*", &each(&|cell| rows.against_floor(DECIDE, FLOOR_LAUNCH, cell)));
    values("*launch, action alone ÷ best peer*", &each(&|cell| rows.against_peers(LAUNCH, cell)));
    values("*assess and launch, a decision ÷ best peer*", &each(&|cell| rows.against_peers(BOTH, cell)));
}

fn show_both(time: Time) -> String {
    if time.runs == 1 {
        return format!("{} (once)", show(time.least));
    }
    format!("{} ({})", show(time.least), show(time.median))
}

fn ours(scenario: &Scenario, expected: &[&str], cell: usize, rows: &mut Rows) {
    let policies = PolicySet::parse(scenario.policy_document().as_bytes()).unwrap();
    let profile = ScanProfile::parse(scenario.profile_document().as_bytes()).unwrap();
    let launch = Launch::parse(scenario.launch_document().as_bytes()).unwrap();
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let assessment = policies.assess(&profile);
    let decide = || assessment.decide(black_box(&launch), now).unwrap();
    let hits: Vec<String> = decide().events().iter().map(|event| event.policy.id.clone()).collect();
    check::same("imagegate", &hits, expected);
    let mut add = |name, time| rows.add(name, false, cell, time);
    add(ASSESS, time(|| policies.assess(black_box(&profile))));
    add(LAUNCH, time(|| assessment.action(black_box(&launch), now).unwrap()));
    add(DECIDE, time(|| decide().action()));
    add(KEY, time(|| decide().aggregation_key()));
    let mut day = 0_i64;
    add(
        FIRST_KEY,
        time(|| {
            day = (day + 1) % 10_000;
            let now = Timestamp::from_unix(1_790_000_000 + day * 86_400, 0).unwrap();
            assessment.decide(&launch, now).unwrap().aggregation_key()
        }),
    );
    add(JSON, time(|| decide().to_json()));
    add(BOTH, time(|| policies.assess(black_box(&profile)).decide(&launch, now).unwrap().action()));
}

fn floor(scenario: &Scenario, expected: &[&str], cell: usize, rows: &mut Rows) {
    let floor = Floor::new(scenario);
    let prepared = Prepared::new(scenario);
    let mut add = |name, time| rows.add(name, false, cell, time);
    add(FLOOR_SCAN, time(|| floor.scan(black_box(&prepared), scenario)));
    add(FLOOR_TEXTS, time(|| floor.scan_texts(black_box(scenario))));
    add(FLOOR_TOTALS, time(|| floor.scan_counting(black_box(&prepared), scenario)));
    let launches = Launches::new(&scenario.image_id, floor.scan(&prepared, scenario), floor.scope(scenario));
    let mut rules = Vec::new();
    launches.decide(&scenario.image_id, &mut rules);
    let ids: Vec<String> = rules.iter().map(|rule| scenario.policies[*rule].id.clone()).collect();
    check::same("the floor", &ids, expected);
    add(
        FLOOR_LAUNCH,
        time(|| {
            launches.decide(black_box(&scenario.image_id), &mut rules);
            rules.len()
        }),
    );
    add(FLOOR_VERDICT, time(|| launches.verdict(black_box(&scenario.image_id))));
}

#[cfg(not(feature = "any-peer"))]
fn peers(_: &Scenario, _: &[&str], _: usize, _: &mut Rows) {}

#[cfg(feature = "any-peer")]
fn peers(scenario: &Scenario, expected: &[&str], cell: usize, rows: &mut Rows) {
    for mut peer in crate::peers::all(scenario) {
        check::same(peer.name, &(peer.decide)(), expected);
        rows.add(peer.name, true, cell, time(|| (peer.decide)().len()));
    }
}
