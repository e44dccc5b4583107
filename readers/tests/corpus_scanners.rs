//! The corpus again (see `corpus.rs`): reports of Harbor, Clair and Quay, and CycloneDX documents.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;

use corpus_support::{corpus, files, records};
use imagegate::{Error, ImageIdentity, ScanProfile, ScanState, Vulnerability};
use imagegate_readers::profile::{Options, parse};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files of a format with what an independent reader counted.
fn counted(corpus: &Path, format: &str) -> Vec<(String, Vec<u8>, Value)> {
    let found: Vec<_> = records(corpus, "report-facts-computed.jsonl")
        .into_iter()
        .filter(|record| record["format"] == format)
        .map(|record| {
            let file = record["file"].as_str().unwrap().to_owned();
            let bytes = fs::read(corpus.join(&file)).unwrap();
            (file, bytes, record["computed"].clone())
        })
        .collect();
    assert_eq!(
        found.len(),
        files(&corpus.join("files").join(format)).len(),
        "every file of {format} has its facts"
    );
    found
}

/// Reads with the image named only if the report says so itself.
fn read(bytes: &[u8]) -> Result<ScanProfile, Error> {
    parse(bytes, &Options::default()).or_else(|error| {
        if error.code() != "missing_identity" {
            return Err(error);
        }
        parse(bytes, &Options::default().with_image(ImageIdentity::of("corpus.example.com/image:1").unwrap()))
    })
}

fn severities<'v>(findings: impl IntoIterator<Item = &'v Vulnerability>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.severity.to_string()).or_default() += 1;
    }
    counts
}

/// The counts by word; `none` is negligible, and a missing one, which the counts call `None`, unknown.
fn expected(counts: &Value, missing: &str) -> BTreeMap<String, u64> {
    let mut expected = BTreeMap::new();
    for (word, count) in counts.as_object().unwrap() {
        let word = if word == missing { "unknown" } else { word };
        let word = if word == "none" { "negligible".to_owned() } else { word.to_ascii_lowercase() };
        *expected.entry(word).or_default() += count.as_u64().unwrap();
    }
    expected
}

fn with_version(findings: &[Vulnerability]) -> u64 {
    findings.iter().filter(|finding| finding.fix.as_ref().is_some_and(|fix| !fix.versions.is_empty())).count()
        as u64
}

#[test]
fn harbor_reports_have_the_counts_they_should() {
    let Some(corpus) = corpus() else { return };
    for (file, bytes, computed) in counted(&corpus, "harbor-report-json") {
        let profile = read(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        let findings = &profile.document().vulnerabilities;
        assert_eq!(computed["n_vulnerabilities"], findings.len(), "{file}");
        assert_eq!(expected(&computed["by_severity"], ""), severities(findings), "{file}");
        assert_eq!(computed["n_fixed"], with_version(findings), "{file}");
        assert_eq!(profile.scan_state(), ScanState::Complete, "{file}");
        assert!(profile.document().scan.as_ref().unwrap().scanned_at.is_some(), "{file}");
    }
}

#[test]
fn clair_and_quay_reports_have_the_counts_they_should() {
    let Some(corpus) = corpus() else { return };
    // Clair's `normalized_severity` is unknown of all, as the counts say; its CVSS enrichments state a severity of all
    // but two, and that is read. Quay's report of the same image has these severities, too.
    let mut by_quay = BTreeMap::new();
    for (file, bytes, computed) in counted(&corpus, "quay-security-information") {
        let profile = read(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        let findings = &profile.document().vulnerabilities;
        assert_eq!(computed["n_vulnerabilities"], findings.len(), "{file}");
        by_quay = severities(findings);
        assert_eq!(expected(&computed["by_severity"], ""), by_quay, "{file}");
        assert_eq!(profile.scan_state(), ScanState::Complete, "{file}");
    }
    for (file, bytes, computed) in counted(&corpus, "clair-v4-report") {
        let profile = read(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        let findings = &profile.document().vulnerabilities;
        assert_eq!(computed["n_package_vulnerability_pairs"], findings.len(), "{file}");
        let mut ids: Vec<_> = findings.iter().map(|finding| &finding.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(computed["n_distinct_names"], ids.len(), "{file}");
        assert_eq!(computed["n_fixed"], with_version(findings), "{file}");
        // One entry, put in by hand (its vector is of CVSS 3.2), says `MEDIUM` beside a score of 7.5, which Quay
        // calls high. The report is read as it stands.
        let mut severities = severities(findings);
        *severities.get_mut("high").unwrap() += 1;
        *severities.get_mut("medium").unwrap() -= 1;
        assert_eq!(severities, by_quay, "{file}");
        assert_eq!(profile.scan_state(), ScanState::Complete, "{file}");
        assert!(
            findings.iter().all(|finding| finding.package.as_ref().unwrap().ecosystem.is_some()),
            "{file}"
        );
    }
}

#[test]
fn cyclonedx_documents_have_the_counts_they_should() {
    let Some(corpus) = corpus() else { return };
    let mut read_whole = 0;
    for (file, bytes, computed) in counted(&corpus, "cyclonedx-json") {
        let profile = match read(&bytes) {
            Ok(profile) => profile,
            Err(error) => {
                // Its serial number is a number.
                let code =
                    if file.ends_with("sad-invalid-serial.json") { "wrong_type" } else { "not_a_scan" };
                assert_eq!(error.code(), code, "{file}: {error}");
                assert_eq!(computed["vulnerabilities"], "absent", "{file}");
                continue;
            }
        };
        let findings = &profile.document().vulnerabilities;
        let count = computed["vulnerabilities"].as_u64().unwrap_or_else(|| panic!("{file} is no scan"));
        // Where a vulnerability affects several products, they are in other documents, and so not told apart.
        assert_eq!(findings.len() as u64, count, "{file}");
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let by_grype = document["metadata"]["tools"].to_string().contains("grype");
        let state = match (count, computed["n_components"].as_u64().unwrap()) {
            (0, _) if !by_grype => ScanState::NotScanned,
            (0, 0) => ScanState::Unsupported,
            (_, 0) => ScanState::Partial,
            _ => ScanState::Complete,
        };
        assert_eq!(profile.scan_state(), state, "{file}");
        assert_eq!(expected(&computed["by_max_rating_severity"], "None"), severities(findings), "{file}");
        let states = computed["by_analysis_state"].as_object().unwrap().iter();
        let other = ["None", "exploitable", "in_triage"];
        let suppressing = states.filter(|(state, _)| !other.contains(&state.as_str()));
        let suppressing: u64 = suppressing.map(|(_, count)| count.as_u64().unwrap()).sum();
        let suppressed = findings.iter().filter(|finding| finding.suppressed.is_some()).count() as u64;
        assert_eq!(suppressing, suppressed, "{file}");
        read_whole += 1;
    }
    assert!(read_whole > 15, "{read_whole} documents");
}
