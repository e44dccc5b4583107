//! From the bytes of a Trivy report to a decision, beside reading the same bytes with serde_json.

use crate::measure::{show, time};
use crate::report::{section, values};
use crate::scenario::{Kind, Scenario};
use imagegate::{Launch, PolicySet, Timestamp};
use imagegate_readers::profile::{Options, parse};
use serde::Deserialize;
use std::borrow::Cow;

/// Six of the fields that imagegate reads, and nothing else.
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

impl Report<'_> {
    fn length(&self) -> usize {
        self.results.iter().flat_map(|result| &result.vulnerabilities).map(Finding::length).sum()
    }
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

#[cfg(not(feature = "sonic"))]
fn print_sonic(_: Print<'_>) {}

#[cfg(feature = "sonic")]
fn print_sonic(print: Print<'_>) {
    print("sonic-rs, typed and borrowed, six fields", &|report| {
        sonic_rs::from_str::<Report<'_>>(report).unwrap().length()
    });
}

#[cfg(not(feature = "regorus"))]
fn print_regorus(_: &Scenario, _: Print<'_>) {}

/// From the same bytes to the ids of the policies that hit.
#[cfg(feature = "regorus")]
fn print_regorus(scenario: &Scenario, print: Print<'_>) {
    let peer = std::cell::RefCell::new(crate::peers::regorus_indexed::for_reports(scenario));
    print("peer: regorus RVM, indexed Rego on the report (no evidence)", &|report| {
        let hits = peer.borrow_mut().decide_report(report);
        assert_eq!(hits.len(), 1, "regorus");
        hits.len()
    });
}

#[cfg(not(feature = "cedar"))]
fn print_cedar(_: &Scenario, _: Print<'_>) {}

/// The same.
#[cfg(feature = "cedar")]
fn print_cedar(scenario: &Scenario, print: Print<'_>) {
    let peer = std::cell::RefCell::new(crate::peers::cedar::Peer::new(scenario));
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
    section("reading a Trivy report", &["compact", "MB/s", "indented", "MB/s"]);
    let scenario = Scenario::new(1_000, if quick { 500 } else { 2_700 }, Kind::OneHit);
    let reports = [scenario.trivy_report(false), scenario.trivy_report(true)];
    let policies = PolicySet::parse(scenario.policy_document().as_bytes()).unwrap();
    let launch = Launch::parse(scenario.launch_document().as_bytes()).unwrap();
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let print = |name: &str, read: &dyn Fn(&str) -> usize| {
        let cells = reports.iter().map(|report| {
            let least = time(|| read(report)).least;
            [show(least), format!("{:.0}", report.len() as f64 / least * 1e3)]
        });
        values(name, &cells.flatten().collect::<Vec<_>>());
    };
    let sizes =
        reports.iter().flat_map(|report| [format!("{:.2} MB", report.len() as f64 / 1e6), String::new()]);
    values("size", &sizes.collect::<Vec<_>>());
    let options = Options::default();
    print("imagegate: report to profile", &|report| {
        parse(report.as_bytes(), &options).unwrap().document().vulnerabilities.len()
    });
    print("imagegate: report to decision, 1,000 policies", &|report| {
        let profile = parse(report.as_bytes(), &options).unwrap();
        policies.assess(&profile).decide(&launch, now).unwrap().event_count()
    });
    print("serde_json, typed and borrowed, six fields", &|report| {
        serde_json::from_str::<Report<'_>>(report).unwrap().length()
    });
    print_sonic(&print);
    print("serde_json::Value", &|report| {
        serde_json::from_str::<serde_json::Value>(report).unwrap().as_object().unwrap().len()
    });
    if !quick {
        print_regorus(&scenario, &print);
        print_cedar(&scenario, &print);
    }
}
