//! The table of everybody in the cells of policies × findings, one hit in the last place.

use crate::floor::{Floor, Launches};
use crate::measure::{Time, show, time};
use crate::naive;
use crate::scenario::{Kind, Scenario};
use imagegate::{Launch, PolicySet, ScanProfile, Timestamp};

const CELLS: [(usize, usize); 5] = [(1, 10), (10, 200), (100, 200), (100, 2_000), (1_000, 2_000)];

struct Row {
    name: &'static str,
    times: Vec<Option<Time>>,
}

/// Adds a cell to the row of this name.
fn add(rows: &mut Vec<Row>, name: &'static str, cell: usize, time: Time) {
    let at = rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
        rows.push(Row { name, times: vec![None; CELLS.len()] });
        rows.len() - 1
    });
    rows[at].times[cell] = Some(time);
}

pub fn print(quick: bool) {
    let mut rows = Vec::new();
    for (cell, (policies, findings)) in CELLS.into_iter().enumerate() {
        let scenario = Scenario::new(policies, findings, Kind::OneHit);
        let expected = naive::decide(&scenario);
        assert_eq!(expected, [format!("policy-{}", policies - 1)], "one hit");
        ours(&scenario, &expected, cell, &mut rows);
        floor(&scenario, &expected, cell, &mut rows);
        add(&mut rows, "naive loops", cell, time(|| naive::decide(&scenario).len()));
        if !quick {
            peers(&scenario, &expected, cell, &mut rows);
        }
    }
    println!("\n## One hit in the last place\n");
    println!("CPU time, least of 9 runs (median in brackets); policies × findings.\n");
    let heads: Vec<String> =
        CELLS.iter().map(|(policies, findings)| format!("{policies} × {findings}")).collect();
    println!("| | {} |", heads.join(" | "));
    println!("|---|{}", "---:|".repeat(CELLS.len()));
    for row in &rows {
        let times = row.times.iter().map(|time| {
            time.map_or_else(
                || "–".to_owned(),
                |time| format!("{} ({})", show(time.least), show(time.median)),
            )
        });
        println!("| {} | {} |", row.name, times.collect::<Vec<_>>().join(" | "));
    }
    ratios(&rows);
}

fn row<'r>(rows: &'r [Row], name: &str) -> Option<&'r Row> {
    rows.iter().find(|row| row.name == name)
}

/// What matters of the table as ratios.
fn ratios(rows: &[Row]) {
    let print = |title: &str, ours: &str, others: &dyn Fn(&Row) -> bool| {
        let Some(ours) = row(rows, ours) else { return };
        let ratios = ours.times.iter().enumerate().map(|(cell, time)| {
            let best = rows
                .iter()
                .filter(|row| others(row))
                .filter_map(|row| row.times[cell])
                .min_by(|left, right| left.least.total_cmp(&right.least));
            match (time, best) {
                (Some(time), Some(best)) if best.least >= time.least => {
                    format!("{:.1}× faster", best.least / time.least)
                }
                (Some(time), Some(best)) => format!("{:.2}×", time.least / best.least),
                _ => "–".to_owned(),
            }
        });
        println!("| {title} | {} |", ratios.collect::<Vec<_>>().join(" | "));
    };
    print("**assess, against the floor**", "imagegate: assess", &|row| row.name == FLOOR_SCAN);
    print("**launch, against the floor (B2)**", LAUNCH, &|row| row.name == FLOOR_LAUNCH);
    print("**launch, against the best peer**", LAUNCH, &|row| row.name.starts_with("peer: "));
    print("**assess and launch, against the best peer**", "imagegate: assess and decide", &|row| {
        row.name.starts_with("peer: ")
    });
}

const LAUNCH: &str = "imagegate: launch of an assessed image, action";
const FLOOR_SCAN: &str = "floor: once for a scan";
const FLOOR_LAUNCH: &str = "floor: launch, the rules that hit by masks for the image (B2)";

fn ours(scenario: &Scenario, expected: &[&str], cell: usize, rows: &mut Vec<Row>) {
    let policies = PolicySet::parse(scenario.policy_document().as_bytes()).unwrap();
    let profile = ScanProfile::parse(scenario.profile_document().as_bytes()).unwrap();
    let launch = Launch::parse(scenario.launch_document().as_bytes()).unwrap();
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let assessment = policies.assess(&profile);
    let decision = assessment.decide(&launch, now).unwrap();
    let hits: Vec<&str> = decision.events().iter().map(|event| event.policy.id.as_str()).collect();
    assert_eq!(hits, expected, "imagegate");
    add(rows, "imagegate: assess", cell, time(|| policies.assess(&profile)));
    add(rows, LAUNCH, cell, time(|| assessment.decide(&launch, now).unwrap().action()));
    add(
        rows,
        "imagegate: launch, with its key",
        cell,
        time(|| assessment.decide(&launch, now).unwrap().aggregation_key()),
    );
    let day = std::cell::Cell::new(0_i64);
    add(
        rows,
        "imagegate: launch, first key of a day",
        cell,
        time(|| {
            day.set((day.get() + 1) % 10_000);
            let now = Timestamp::from_unix(1_790_000_000 + day.get() * 86_400, 0).unwrap();
            assessment.decide(&launch, now).unwrap().aggregation_key()
        }),
    );
    add(
        rows,
        "imagegate: launch, evidence as JSON",
        cell,
        time(|| assessment.decide(&launch, now).unwrap().to_json()),
    );
    add(
        rows,
        "imagegate: assess and decide",
        cell,
        time(|| policies.assess(&profile).decide(&launch, now).unwrap().action()),
    );
}

fn floor(scenario: &Scenario, expected: &[&str], cell: usize, rows: &mut Vec<Row>) {
    let floor = Floor::new(scenario);
    let hits = floor.scan(scenario);
    let scope = floor.scope(scenario);
    let both: Vec<String> = (0..scenario.policies.len())
        .filter(|number| hits[number / 64] & scope[number / 64] & (1 << (number % 64)) != 0)
        .map(|number| scenario.policies[number].id.clone())
        .collect();
    assert_eq!(both, expected, "floor");
    assert_eq!(floor.scan_counting(scenario).iter().sum::<u32>(), 1, "one match counted");
    add(rows, FLOOR_SCAN, cell, time(|| floor.scan(scenario)));
    add(rows, "floor: once for a scan, counting every match", cell, time(|| floor.scan_counting(scenario)));
    let launches = Launches::new(&scenario.image_id, hits, scope);
    assert_eq!(launches.decide(&scenario.image_id), [scenario.policies.len() - 1]);
    add(rows, FLOOR_LAUNCH, cell, time(|| launches.decide(std::hint::black_box(&scenario.image_id))));
}

#[cfg(not(feature = "peers"))]
fn peers(_: &Scenario, _: &[&str], _: usize, _: &mut Vec<Row>) {}

#[cfg(feature = "peers")]
fn peers(scenario: &Scenario, expected: &[&str], cell: usize, rows: &mut Vec<Row>) {
    use crate::peers::{cedar, cel, regorus};
    let peer = cedar::Peer::new(scenario);
    assert_eq!(peer.decide(), expected, "cedar-policy");
    add(rows, "peer: cedar-policy, prepared (no evidence)", cell, time(|| peer.decide()));
    let mut peer = regorus::Peer::indexed(scenario);
    assert_eq!(peer.decide(), expected, "regorus, indexed");
    add(rows, "peer: regorus RVM, indexed Rego (no evidence)", cell, time(|| peer.decide()));
    let mut peer = regorus::Peer::plain(scenario);
    assert_eq!(peer.decide(), expected, "regorus, plain");
    add(rows, "peer: regorus RVM, plain Rego (no evidence)", cell, time(|| peer.decide()));
    let peer = cel::Peer::new(scenario);
    assert_eq!(peer.decide(), expected, "cel");
    add(rows, "peer: cel, key sets (no evidence)", cell, time(|| peer.decide().len()));
}
