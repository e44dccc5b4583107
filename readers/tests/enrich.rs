//! What the catalogue of known exploited vulnerabilities and the scores of EPSS add to a profile.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{Error, ErrorKind, Limits, ScanProfile, Vulnerability};
use imagegate_readers::enrich::Enrichment;
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/enrich").join(name)).unwrap()
}

fn source(bytes: &[u8]) -> Enrichment {
    Enrichment::parse(bytes, &Limits::default()).unwrap()
}

fn refused(bytes: &[u8]) -> Error {
    Enrichment::parse(bytes, &Limits::default()).unwrap_err()
}

/// The finding with what the sources say.
fn enriched(finding: &str, sources: &[&Enrichment]) -> Vulnerability {
    let profile = format!(
        r#"{{"version": 1, "image": {{"names": ["a:1"]}}, "scan": {{"state": "complete"}}, "vulnerabilities": [{finding}]}}"#
    );
    let profile = ScanProfile::parse(profile.as_bytes()).unwrap();
    let profile = sources.iter().fold(profile, |profile, source| source.apply(&profile).unwrap());
    profile.document().vulnerabilities[0].clone()
}

#[test]
fn a_cve_that_is_listed_is_known_to_be_exploited() {
    let kev = source(&fixture("kev.json"));
    let by_id = enriched(r#"{"id": "cve-2021-44228"}"#, &[&kev]);
    let known = by_id.known_exploited.unwrap();
    assert_eq!((known.listed, known.ransomware), (Some(true), Some(true)));
    assert_eq!(known.added_at.unwrap().to_string(), "2021-12-10T00:00:00Z");
    assert_eq!(known.due_at.unwrap().to_string(), "2021-12-24T00:00:00Z");
    let by_alias = enriched(r#"{"id": "DSA-5103-1", "aliases": ["GHSA-x", "CVE-2022-0778"]}"#, &[&kev]);
    let known = by_alias.known_exploited.unwrap();
    assert_eq!((known.listed, known.ransomware), (Some(true), None), "`Unknown` says nothing");
    for other in [r#"{"id": "CVE-2020-1111"}"#, r#"{"id": "GHSA-1"}"#, r#"{"severity": "high"}"#] {
        assert_eq!(enriched(other, &[&kev]).known_exploited, None, "unlisted is unknown: {other}");
    }
}

#[test]
fn scores_are_read_plain_and_compressed() {
    for name in ["epss.csv", "epss.csv.gz"] {
        let epss = source(&fixture(name));
        let found = enriched(r#"{"id": "CVE-2021-44228"}"#, &[&epss]).epss.unwrap();
        assert_eq!((found.score.unwrap().get(), found.percentile.unwrap().get()), (0.94358, 0.99958));
        assert_eq!(found.date.as_deref(), Some("2026-11-23"));
        assert_eq!(enriched(r#"{"id": "CVE-2020-1111"}"#, &[&epss]).epss, None);
    }
    // Of two CVEs of one finding the higher score counts; columns stand in any order, and other ones are left aside.
    let epss = source(b"x,epss,cve\r\n,0.1,CVE-2020-1111\r\n,0.2,CVE-2020-2222\r\n,0.15,CVE-2020-1111\r\n");
    let found = enriched(r#"{"id": "CVE-2020-1111", "aliases": ["CVE-2020-2222"]}"#, &[&epss]);
    assert_eq!(found.epss.unwrap().score.unwrap().get(), 0.2);
    let found = enriched(r#"{"id": "CVE-2020-1111"}"#, &[&epss]).epss.unwrap();
    assert_eq!((found.score.unwrap().get(), found.percentile, found.date), (0.15, None, None));
}

#[test]
fn what_the_report_says_stays_where_it_is_stricter() {
    let (kev, epss) = (source(&fixture("kev.json")), source(&fixture("epss.csv")));
    let sources = [&kev, &epss];
    let stricter = r#"{"id": "CVE-2022-0778", "epss": {"score": 0.9, "percentile": 0.99},
        "known_exploited": {"listed": true, "added_at": "2022-01-01T00:00:00Z", "ransomware": true}}"#;
    let found = enriched(stricter, &sources);
    let (epss, known) = (found.epss.unwrap(), found.known_exploited.unwrap());
    assert_eq!((epss.score.unwrap().get(), epss.percentile.unwrap().get()), (0.9, 0.99));
    assert_eq!(known.added_at.unwrap().to_string(), "2022-01-01T00:00:00Z");
    assert_eq!(known.due_at.unwrap().to_string(), "2022-04-22T00:00:00Z");
    assert_eq!((known.listed, known.ransomware), (Some(true), Some(true)));
    let milder = r#"{"id": "CVE-2022-0778", "epss": {"score": 0.1, "percentile": 0.2, "date": "2020-01-01"},
        "known_exploited": {"listed": false, "ransomware": false}}"#;
    let found = enriched(milder, &sources);
    let (epss, known) = (found.epss.unwrap(), found.known_exploited.unwrap());
    assert_eq!((epss.score.unwrap().get(), epss.date.as_deref()), (0.51234, Some("2026-11-23")));
    assert_eq!((known.listed, known.ransomware), (Some(true), Some(false)));
    // What the sources do not list stays as it was.
    let other = r#"{"id": "CVE-2020-1111", "epss": {"score": 0.1}, "known_exploited": {"listed": false}}"#;
    let found = enriched(other, &sources);
    assert_eq!(found.epss.unwrap().score.unwrap().get(), 0.1);
    assert_eq!(found.known_exploited.unwrap().listed, Some(false));
}

#[test]
fn a_source_that_is_not_whole_is_an_error() {
    let kev = |rest: &str| format!(r#"{{"vulnerabilities": [{{"cveID": "CVE-2020-1111"}}{rest}"#);
    for (text, code, place) in [
        (kev("], \"count\": 2}"), "incomplete", Some("/count")),
        (r#"{"vulnerabilities": []}"#.to_owned(), "incomplete", Some("/vulnerabilities")),
        (kev(r#", {"cveID": "CVE-1"}]}"#), "invalid_id", Some("/vulnerabilities/1/cveID")),
        (
            kev(r#", {"cveID": "CVE-2020-2222", "dateAdded": "soon"}]}"#),
            "invalid_date",
            Some("/vulnerabilities/1/dateAdded"),
        ),
        (
            kev(r#", {"cveID": "CVE-2020-2222", "dueDate": 1}]}"#),
            "wrong_type",
            Some("/vulnerabilities/1/dueDate"),
        ),
        (kev(""), "syntax", None),
        ("cve,epss\n".to_owned(), "incomplete", None),
        ("cve,epss\nCVE-2020-1111,0.1\nCVE-2020-2222".to_owned(), "invalid_row", None),
        ("cve,epss\nCVE-2020-1111,0.9\nCVE-2020-2222,0.0".to_owned(), "incomplete", None),
        ("cve,epss\nCVE-2020-1111,1.1\n".to_owned(), "invalid_row", None),
        ("cve,epss\nCVE-2020-1111,NaN\n".to_owned(), "invalid_row", None),
        ("cve,epss,percentile\nCVE-2020-1111,0.1,\n".to_owned(), "invalid_row", None),
        ("cve,epss\n\"CVE-2020-1111\",0.1\n".to_owned(), "invalid_row", None),
    ] {
        let error = refused(text.as_bytes());
        assert_eq!((error.code(), error.pointer()), (code, place), "{text}: {error}");
    }
    let error =
        refused(b"#score_date:2026-11-23T00:00:00Z\r\ncve,epss\r\nCVE-2020-1111,0.1\r\nCVE-2020-2222,x\r\n");
    assert_eq!(error.position().map(|position| position.line), Some(4));
    let packed = fixture("epss.csv.gz");
    for end in 2..packed.len() {
        assert_eq!(refused(&packed[..end]).kind(), ErrorKind::Syntax, "cut off at {end}");
    }
}

#[test]
fn other_documents_are_refused() {
    for text in [
        "{}",
        r#"{"vulnerabilities": [{"id": "CVE-2020-1111"}]}"#,
        r#"{"status": "OK", "data": [{"cve": "CVE-2020-1111", "epss": "0.1"}]}"#,
        "[]",
        "cveID,vendorProject\nCVE-2020-1111,a\n",
        "hello",
    ] {
        let error = refused(text.as_bytes());
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"), "{text}");
    }
}

#[test]
fn what_unpacks_into_too_much_is_refused() {
    let limits = Limits { bytes: 150, ..Limits::default() };
    let error = Enrichment::parse(&fixture("epss.csv.gz"), &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}
