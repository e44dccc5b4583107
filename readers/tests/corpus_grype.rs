//! The corpus again (see `corpus.rs`): every report of Grype, counted by an independent reader.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;

use corpus_support::{corpus, records};
use imagegate::{ErrorKind, FixState, ImageIdentity};
use imagegate_readers::profile::{Options, parse};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn reports_have_the_counts_they_should() {
    let Some(corpus) = corpus() else { return };
    let options = Options::default().with_image(ImageIdentity::of("corpus.example.com/image:1").unwrap());
    let records = records(&corpus, "report-facts-computed.jsonl");
    let mut read = 0;
    for record in records.iter().filter(|record| record["format"] == "grype-json") {
        let file = record["file"].as_str().unwrap();
        let computed = &record["computed"];
        let bytes = std::fs::read(corpus.join(file)).unwrap();
        // The releases before the first object wrote a list.
        if computed["shape"] == "list" {
            assert_eq!(parse(&bytes, &options).unwrap_err().kind(), ErrorKind::Unsupported, "{file}");
            continue;
        }
        // An image id that somebody shortened: it names no image, and a wrong one is worse than none.
        if file.ends_with("defectdojo-fix_available.json") {
            assert_eq!(parse(&bytes, &options).unwrap_err().code(), "invalid_id", "{file}");
            continue;
        }
        let named = Options::default();
        let profile = parse(&bytes, &named).or_else(|error| {
            assert_eq!(error.code(), "missing_identity", "{file}: {error}");
            parse(&bytes, &options)
        });
        let profile = profile.unwrap_or_else(|error| panic!("{file}: {error}"));
        let findings = &profile.document().vulnerabilities;
        let (suppressed, matches): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| finding.suppressed.is_some());
        // Entries equal in all fields are one finding: the document says how many there are.
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let distinct = |list: &str| distinct(&document[list]);
        assert_eq!(matches.len(), distinct("matches"), "{file}");
        assert_eq!(suppressed.len(), distinct("ignoredMatches"), "{file}");
        if matches.len() as u64 == computed["n_matches"].as_u64().unwrap() {
            let mut severities: BTreeMap<String, u64> = BTreeMap::new();
            for finding in &matches {
                *severities.entry(finding.severity.to_string()).or_default() += 1;
            }
            let mut expected: BTreeMap<String, u64> = BTreeMap::new();
            for (word, count) in computed["by_severity"].as_object().unwrap() {
                let known =
                    ["critical", "high", "medium", "low", "negligible"].contains(&&*word.to_lowercase());
                let word = if known { word.to_lowercase() } else { "unknown".to_owned() };
                *expected.entry(word).or_default() += count.as_u64().unwrap();
            }
            assert_eq!(severities, expected, "{file}");
            let state = |state: FixState| {
                matches
                    .iter()
                    .filter(|finding| finding.fix.as_ref().is_some_and(|fix| fix.state == state))
                    .count() as u64
            };
            let of = |word: &str| computed["by_fix_state"][word].as_u64().unwrap_or(0);
            let legacy = computed["n_fixedInVersion_legacy"].as_u64().unwrap();
            assert_eq!(state(FixState::Fixed), of("fixed") + legacy, "{file}");
            assert_eq!(state(FixState::NotFixed), of("not-fixed"), "{file}");
            assert_eq!(state(FixState::WillNotFix), of("wont-fix"), "{file}");
        } else {
            println!("{file}: {} of {} matches are different", matches.len(), computed["n_matches"]);
        }
        read += 1;
    }
    assert!(read >= 17, "{read} reports were read");
}

/// Entries that differ in something that is read.
fn distinct(list: &Value) -> usize {
    let mut seen: Vec<String> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            let vulnerability = &entry["vulnerability"];
            let artifact = &entry["artifact"];
            let path = artifact["locations"].get(0).map(|place| place["path"].clone());
            let is_os =
                ["deb", "rpm", "apk", "alpm"].contains(&artifact["type"].as_str().unwrap_or_default());
            let related: Vec<Value> = entry["relatedVulnerabilities"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|related| related["id"].clone())
                .collect();
            serde_json::json!([
                vulnerability["id"],
                vulnerability["severity"],
                vulnerability["namespace"],
                vulnerability["fix"],
                artifact["name"],
                artifact["version"],
                artifact["purl"],
                artifact["type"],
                if is_os { None } else { path },
                related,
                entry["appliedIgnoreRules"],
            ])
            .to_string()
        })
        .collect();
    seen.sort();
    seen.dedup();
    seen.len()
}
