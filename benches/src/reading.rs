//! From the bytes of a Trivy report to a decision, beside reading the same bytes with serde_json.

use crate::measure::{show, time};
use crate::scenario::{Kind, Scenario};
use imagegate::{Launch, PolicySet, Timestamp};
use imagegate_readers::profile::{Options, parse};
use serde::Deserialize;
use std::borrow::Cow;

/// The fields that imagegate reads, and nothing else: what a typed, borrowed reader cannot avoid.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report<'a> {
    #[serde(borrow)]
    results: Vec<ReportResult<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReportResult<'a> {
    #[serde(borrow)]
    vulnerabilities: Vec<Finding<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding<'a> {
    #[serde(borrow, rename = "VulnerabilityID")]
    id: Cow<'a, str>,
    #[serde(borrow)]
    pkg_name: Cow<'a, str>,
    #[serde(borrow)]
    installed_version: Cow<'a, str>,
    #[serde(borrow)]
    fixed_version: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
    #[serde(borrow)]
    published_date: Cow<'a, str>,
}

impl Finding<'_> {
    fn length(&self) -> usize {
        let texts = [
            &self.id,
            &self.pkg_name,
            &self.installed_version,
            &self.fixed_version,
            &self.severity,
            &self.published_date,
        ];
        texts.into_iter().map(|text| text.len()).sum()
    }
}

/// Prints a row: its name, and what to do with a report.
type Print<'p> = &'p dyn Fn(&str, &dyn Fn(&str) -> usize);

#[cfg(not(feature = "peers"))]
fn print_peers(_: &Scenario, _: Print<'_>) {}

/// From the same bytes to the ids of the policies that hit.
#[cfg(feature = "peers")]
fn print_peers(scenario: &Scenario, print: Print<'_>) {
    use crate::peers::{cedar, regorus};
    use std::cell::RefCell;
    let peer = RefCell::new(regorus::Peer::indexed_for_reports(scenario));
    print("peer: regorus RVM, indexed Rego on the report (no evidence)", &|report| {
        let hits = peer.borrow_mut().decide_report(report);
        assert_eq!(hits.len(), 1, "regorus");
        hits.len()
    });
    let peer = RefCell::new(cedar::Peer::new(scenario));
    print("peer: typed serde_json, then cedar-policy (no evidence)", &|report| {
        let report: Report<'_> = serde_json::from_str(report).unwrap();
        let findings = report.results.iter().flat_map(|result| &result.vulnerabilities);
        let texts: Vec<[&str; 3]> = findings
            .map(|finding| {
                let severity = if finding.severity == "LOW" { "low" } else { "medium" };
                [&*finding.id, &*finding.pkg_name, severity]
            })
            .collect();
        let hits = peer.borrow_mut().decide_findings(scenario, &texts);
        assert_eq!(hits.len(), 1, "cedar-policy");
        hits.len()
    });
}

pub fn print(quick: bool) {
    println!("\n## Reading a Trivy report of 2,000 findings\n");
    println!("| | compact | MB/s | indented | MB/s |");
    println!("|---|---:|---:|---:|---:|");
    let scenario = Scenario::new(1_000, if quick { 500 } else { 2_000 }, Kind::OneHit);
    let reports = [scenario.trivy_report(false), scenario.trivy_report(true)];
    let policies = PolicySet::parse(scenario.policy_document().as_bytes()).unwrap();
    let launch = Launch::parse(scenario.launch_document().as_bytes()).unwrap();
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let print = |name: &str, read: &dyn Fn(&str) -> usize| {
        let cells = reports.iter().map(|report| {
            let least = time(|| read(report)).least;
            format!("{} | {:.0}", show(least), report.len() as f64 / least * 1e3)
        });
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    };
    let options = Options::default();
    print("imagegate: report to profile", &|report| {
        parse(report.as_bytes(), &options).unwrap().document().vulnerabilities.len()
    });
    print("imagegate: report to decision, 1,000 policies", &|report| {
        let profile = parse(report.as_bytes(), &options).unwrap();
        policies.assess(&profile).decide(&launch, now).unwrap().event_count()
    });
    print("serde_json, typed and borrowed, the fields alone", &|report| {
        let report: Report<'_> = serde_json::from_str(report).unwrap();
        report.results.iter().flat_map(|result| &result.vulnerabilities).map(Finding::length).sum()
    });
    print("serde_json::Value", &|report| {
        serde_json::from_str::<serde_json::Value>(report).unwrap().as_object().unwrap().len()
    });
    if !quick {
        print_peers(&scenario, &print);
    }
}
