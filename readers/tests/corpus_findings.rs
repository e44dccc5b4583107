//! The corpus again (see `corpus.rs`): output of ClamAV, SARIF reports, reports of `trivy k8s`. For the last two there
//! are no independent counts, so that they are counted here, in the document itself.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;

use corpus_support::{corpus, files, records};
use imagegate::{ErrorKind, ImageIdentity, ScanProfile, ScanState};
use imagegate_readers::profile;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read_all(corpus: &Path, folder: &str) -> Vec<(String, Vec<u8>)> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let found = files(&corpus.join("files").join(folder));
    assert!(!found.is_empty(), "{folder}");
    found.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

fn named() -> profile::Options {
    profile::Options::default().with_image(ImageIdentity::of("corpus.example.com/image:1").unwrap())
}

/// Every other format, named, refuses the document: none makes a report of it.
fn only_as(own: &str, name: &str, bytes: &[u8]) {
    for format in profile::formats().filter(|format| format.as_str() != own) {
        let error = profile::parse_all(bytes, &named().with_format(format)).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Syntax | ErrorKind::InvalidProfile),
            "{name} as {format}: {error}"
        );
    }
}

#[test]
fn clamav_output_has_the_counts_it_should() {
    let Some(corpus) = corpus() else { return };
    let mut records = records(&corpus, "report-facts-computed.jsonl");
    records.retain(|record| record["format"] == "clamav-text");
    let files = read_all(&corpus, "clamav-text");
    assert_eq!(records.len(), files.len(), "every file has its facts");
    for (name, bytes) in files {
        let file = format!("files/clamav-text/{name}");
        let facts = &records.iter().find(|record| record["file"] == *file).unwrap()["computed"];
        let profile = profile::parse(&bytes, &named()).unwrap();
        let malware = &profile.document().malware;
        assert_eq!(facts["n_found_lines"], malware.len(), "{name}");
        let paths: BTreeSet<_> = malware.iter().map(|found| &found.path).collect();
        assert_eq!(facts["n_distinct_files"], paths.len(), "{name}");
        assert_eq!(facts["infected_files_summary"], paths.len(), "{name}");
        let families: BTreeSet<_> = malware.iter().map(|found| found.family.clone().unwrap()).collect();
        assert_eq!(facts["signatures"], serde_json::json!(families), "{name}");
        let scan = profile.document().scan.as_ref().unwrap();
        assert_eq!(scan.state, Some(ScanState::Complete), "{name}");
        assert_eq!(scan.scanner.as_deref(), Some("clamav 1.2.2"), "{name}");
        assert_eq!(scan.scanned_at.unwrap().to_string(), "2026-07-31T18:41:55Z", "{name}");
        only_as("clamav", &name, &bytes);
    }
}

#[test]
fn sarif_reports_have_all_their_results() {
    let Some(corpus) = corpus() else { return };
    for (name, bytes) in read_all(&corpus, "sarif") {
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let [run] = document["runs"].as_array().unwrap().as_slice() else { panic!("{name}: one run") };
        let results = run["results"].as_array().unwrap();
        let profile = profile::parse(&bytes, &named()).unwrap();
        let found = &profile.document().vulnerabilities;
        assert_eq!((found.len(), profile.scan_state()), (results.len(), ScanState::Complete), "{name}");
        for (found, result) in found.iter().zip(results) {
            let (id, rule) = (found.id.as_deref().unwrap(), result["ruleId"].as_str().unwrap());
            assert!(rule.starts_with(id) && id.starts_with("CVE-"), "{name}: {id}");
            let package = found.package.as_ref().unwrap();
            let (package, version) = (package.name.as_deref().unwrap(), package.version.as_deref().unwrap());
            let text = result["message"]["text"].as_str().unwrap();
            assert!(text.contains(&format!("ackage: {package}")), "{name}: {package}");
            assert!(text.contains(version), "{name}: {version}");
            assert!(
                text.to_ascii_lowercase().contains(found.severity.as_str()),
                "{name}: {}",
                found.severity
            );
            let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
            let rule = rules.iter().find(|known| known["id"] == rule).unwrap();
            let score = found.cvss.as_ref().unwrap().score.unwrap().get().to_string();
            assert_eq!(rule["properties"]["security-severity"], *score, "{name}");
        }
        if name.starts_with("trivy") {
            let image =
                profile::parse(&bytes, &profile::Options::default()).unwrap().document().image.clone();
            assert_eq!(run["properties"]["imageID"], image.id.unwrap());
            assert_eq!(run["properties"]["repoTags"], serde_json::json!(image.names));
        }
        only_as("sarif", &name, &bytes);
    }
}

/// Both have one image, of which nothing but the configuration of its workload was looked at.
#[test]
fn reports_of_trivy_k8s_have_their_images() {
    let Some(corpus) = corpus() else { return };
    for (name, bytes) in read_all(&corpus, "trivy-k8s-json") {
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let resources = document["Resources"].as_array().unwrap();
        let images: BTreeSet<_> =
            resources.iter().filter_map(|resource| resource["Metadata"]["ImageID"].as_str()).collect();
        let profiles = profile::parse_all(&bytes, &profile::Options::default()).unwrap();
        let read: BTreeSet<_> =
            profiles.iter().map(|profile| profile.document().image.id.as_deref().unwrap()).collect();
        assert_eq!(read, images, "{name}");
        let is_blank = |profile: &ScanProfile| {
            profile.document().vulnerabilities.is_empty() && profile.document().sensitive.is_empty()
        };
        assert!(profiles.iter().all(is_blank), "{name}: the report has no findings of images");
        assert!(profiles.iter().all(|profile| profile.scan_state() == ScanState::Partial), "{name}");
        only_as("trivy-k8s", &name, &bytes);
    }
}
