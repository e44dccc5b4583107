//! `--enrich`, and several reports of one image.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{NOW, imagegate, json};

/// The sources that the readers are tested with, too.
fn sources(names: &[&str]) -> String {
    let folder = format!("{}/../testdata/enrich", env!("CARGO_MANIFEST_DIR"));
    names.iter().map(|name| format!(" --enrich {folder}/{name}")).collect()
}

fn hits(enrich: &str) -> Vec<String> {
    let ran = imagegate(&format!(
        "decide --policies {{}}/exploited.json {NOW} --profile {{}}/trivy.json --launch {{}}/launch.json --format json{enrich}"
    ));
    assert_eq!(ran.stderr, "");
    let document = json(&ran.stdout);
    let events = document["events"].as_array().unwrap();
    events.iter().map(|event| event["policy"]["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_trivy_report_hits_policies_about_exploitation() {
    assert!(hits("").is_empty());
    assert_eq!(hits(&sources(&["kev.json"])), ["exploited"]);
    assert_eq!(hits(&sources(&["epss.csv"])), ["likely"]);
    assert_eq!(hits(&sources(&["epss.csv.gz", "kev.json"])), ["exploited", "likely"]);
}

#[test]
fn a_wrong_source_is_an_error_and_nothing_is_decided() {
    let ran = imagegate(&format!(
        "decide --policies {{}}/exploited.json {NOW} --profile {{}}/trivy.json --launch {{}}/launch.json --enrich {{}}/trivy.json"
    ));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.starts_with("error: trivy.json: the document is no catalogue"), "{}", ran.stderr);
}

#[test]
fn profile_shows_reports_merged_and_enriched() {
    let enrich = sources(&["kev.json", "epss.csv.gz"]);
    let ran = imagegate(&format!("profile {{}}/trivy.json {{}}/profile.json{enrich}"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let document = json(&ran.stdout);
    let found = document["vulnerabilities"].as_array().unwrap();
    let openssl: Vec<_> = found.iter().filter(|finding| finding["id"] == "CVE-2022-0778").collect();
    assert_eq!(openssl.len(), 1, "both reports list it");
    assert_eq!(
        (&openssl[0]["epss"]["score"], &openssl[0]["known_exploited"]["listed"]),
        (&0.51234.into(), &true.into())
    );
    assert_eq!(document["malware"].as_array().unwrap().len(), 1, "of the second report");
    let alone = imagegate("profile {}/trivy.json");
    assert_eq!(
        json(&alone.stdout)["image"]["names"][0],
        "registry.example.com/shop/cart:1.4.2",
        "one is not merged"
    );
}
