//! Everybody's answers, compared before anything is timed: on a clean image, on one hit, where everything hits, and on
//! a mixture. A wrong answer is often a fast one.

use crate::floor::{Floor, Launches, Prepared};
use crate::naive;
use crate::scenario::{Kind, Scenario};
use imagegate::{Category, Launch, PolicySet, ScanProfile, Timestamp};

pub fn answers(with_peers: bool) {
    for kind in [Kind::Clean, Kind::OneHit, Kind::Dirty, Kind::Mixed] {
        let scenario = Scenario::new(100, 200, kind);
        let hits = naive::decide(&scenario);
        let expected = match kind {
            Kind::Clean => 0..=0,
            Kind::OneHit => 1..=1,
            // Half of the policies are for all images, a quarter is for names.
            Kind::Dirty => 75..=76,
            Kind::Mixed => 20..=60,
        };
        assert!(expected.contains(&hits.len()), "{} hits where {}", hits.len(), kind.name());
        ours(&scenario, &hits);
        floor(&scenario, &hits);
        if with_peers {
            #[cfg(feature = "any-peer")]
            for mut peer in crate::peers::all(&scenario) {
                same(peer.name, &(peer.decide)(), &hits);
            }
        }
    }
}

/// Whether the ids of the policies that hit are the same, in any order.
pub fn same(who: &str, hits: &[String], expected: &[&str]) {
    let mut hits: Vec<&str> = hits.iter().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    hits.sort_unstable();
    expected.sort_unstable();
    assert_eq!(hits, expected, "the policies that hit, by {who}");
}

/// imagegate, with its totals.
fn ours(scenario: &Scenario, hits: &[&str]) {
    let policies = PolicySet::parse(scenario.policy_document().as_bytes()).unwrap();
    let profile = ScanProfile::parse(scenario.profile_document().as_bytes()).unwrap();
    let launch = Launch::parse(scenario.launch_document().as_bytes()).unwrap();
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let decision = policies.assess(&profile).decide(&launch, now).unwrap();
    let ids: Vec<String> = decision.events().iter().map(|event| event.policy.id.clone()).collect();
    same("imagegate", &ids, hits);
    let totals = naive::totals(scenario);
    for event in decision.events() {
        let number = scenario.policies.iter().position(|policy| policy.id == event.policy.id).unwrap();
        let total = |category| {
            let evidence = event.evidence.iter().find(|evidence| evidence.category == category);
            evidence.map_or(0, |evidence| u32::try_from(evidence.total).unwrap())
        };
        let counted =
            [total(Category::Vulnerabilities), total(Category::Malware), total(Category::Sensitive)];
        assert_eq!(counted, totals[number], "totals of {}", event.policy.id);
    }
}

fn floor(scenario: &Scenario, hits: &[&str]) {
    let floor = Floor::new(scenario);
    let prepared = Prepared::new(scenario);
    let mask = floor.scan(&prepared, scenario);
    assert_eq!(mask, floor.scan_texts(scenario), "the two scans of the floor");
    assert_eq!(floor.scan_counting(&prepared, scenario), naive::totals(scenario), "the floor's totals");
    let launches = Launches::new(&scenario.image_id, mask, floor.scope(scenario));
    let mut rules = Vec::new();
    launches.decide(&scenario.image_id, &mut rules);
    let ids: Vec<String> = rules.iter().map(|rule| scenario.policies[*rule].id.clone()).collect();
    same("the floor", &ids, hits);
    assert_eq!(launches.verdict(&scenario.image_id), rules.first().copied());
}
