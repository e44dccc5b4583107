//! The corpus again (see `corpus.rs`): VEX documents, and everything that is none.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;

use corpus_support::{corpus, files, records};
use imagegate::{ErrorKind, Limits};
use imagegate_readers::vex::{Vex, unmatched};
use serde_json::Value;
use std::fs;

/// The statements that would suppress something: of no profile they are all about nothing.
fn suppressing(vex: &Vex) -> u64 {
    unmatched(std::slice::from_ref(vex), &[]).unwrap().len() as u64
}

#[test]
fn openvex_documents_have_the_statements_they_should() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for record in records(&corpus, "report-facts-computed.jsonl") {
        if record["format"] != "openvex-json" {
            continue;
        }
        let file = record["file"].as_str().unwrap();
        seen += 1;
        let computed = &record["computed"];
        match Vex::parse(&fs::read(corpus.join(file)).unwrap(), &Limits::default()) {
            Ok(vex) => {
                let count = |status: &str| computed["by_status"][status].as_u64().unwrap_or(0);
                assert_eq!(suppressing(&vex), count("not_affected") + count("fixed"), "{file}");
            }
            Err(error) => {
                assert_eq!(
                    (error.code(), &computed["shape"]),
                    ("unknown_format", &"list".into()),
                    "{file}: {error}"
                );
            }
        }
    }
    assert_eq!(seen, files(&corpus.join("files/openvex-json")).len(), "every file has its facts");
}

#[test]
fn csaf_documents_have_the_lists_they_should() {
    let Some(corpus) = corpus() else { return };
    for path in files(&corpus.join("files/csaf-vex-json")) {
        let bytes = fs::read(&path).unwrap();
        let vex = Vex::parse(&bytes, &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let vulnerabilities = document["vulnerabilities"].as_array().unwrap().iter();
        let lists = vulnerabilities.flat_map(|one| {
            ["known_not_affected", "fixed", "first_fixed"].map(|name| one["product_status"][name].as_array())
        });
        assert_eq!(suppressing(&vex), lists.flatten().count() as u64, "{}", path.display());
    }
}

#[test]
fn cyclonedx_documents_state_what_they_analyse() {
    let Some(corpus) = corpus() else { return };
    let mut read = 0;
    for record in records(&corpus, "report-facts-computed.jsonl") {
        if record["format"] != "cyclonedx-json" {
            continue;
        }
        let file = record["file"].as_str().unwrap();
        let states = record["computed"]["by_analysis_state"].as_object().unwrap();
        let stated: u64 =
            states.iter().filter(|(state, _)| *state != "None").map(|(_, n)| n.as_u64().unwrap()).sum();
        let open = ["None", "exploitable", "in_triage"];
        let expected: u64 = states
            .iter()
            .filter(|(state, _)| !open.contains(&state.as_str()))
            .map(|(_, n)| n.as_u64().unwrap())
            .sum();
        match Vex::parse(&fs::read(corpus.join(file)).unwrap(), &Limits::default()) {
            Ok(vex) => {
                assert_eq!(suppressing(&vex), expected, "{file}");
                read += 1;
            }
            Err(error) => {
                let known = ["no_statement", "unsupported_version", "wrong_type"];
                assert!(known.contains(&error.code()) && stated == 0, "{file}: {error}");
            }
        }
    }
    assert!(read > 10, "{read} documents");
}

#[test]
fn everything_else_is_refused() {
    let Some(corpus) = corpus() else { return };
    let vex = ["openvex-json", "csaf-vex-json", "cyclonedx-json"];
    for path in files(&corpus.join("files")) {
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        if vex.contains(&name.split('/').nth(1).unwrap()) {
            continue;
        }
        let error = Vex::parse(&fs::read(&path).unwrap(), &Limits::default()).err();
        let error = error.unwrap_or_else(|| panic!("{name} reads as VEX"));
        assert!(matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Syntax), "{name}: {error}");
    }
}
