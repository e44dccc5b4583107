//! Reports of Grype: what is read of them, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{ErrorKind, FixState, ImageIdentity, ScanState, Severity, SuppressedBy};
use imagegate_readers::profile::{Options, parse};
use std::path::Path;

fn fixture() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/reports/grype-image.json")).unwrap()
}

fn named() -> Options {
    Options::default().with_image(ImageIdentity::of("registry.example.com/shop/cart:1.4.2").unwrap())
}

#[test]
fn a_report_with_everything() {
    let profile = parse(&fixture(), &Options::default()).unwrap();
    let document = profile.document();
    assert!(document.image.id.as_deref().unwrap().starts_with("sha256:b7c6"));
    assert_eq!(document.image.names, ["registry.example.com/shop/cart:1.4.2"]);
    assert_eq!(document.image.digests.len(), 1);
    assert_eq!(document.image.platform.as_deref(), Some("linux/amd64"));
    let scan = document.scan.as_ref().unwrap();
    assert_eq!(scan.state, Some(ScanState::Complete));
    assert_eq!(scan.scanner.as_deref(), Some("grype 0.93.0"));
    assert_eq!(scan.scanned_at.unwrap().to_string(), "2026-11-23T22:10:00.5Z");
    assert_eq!(scan.feed_updated_at.unwrap().to_string(), "2026-11-23T08:00:00Z");
    let [log4j, zlib, ignored, by_vex] = document.vulnerabilities.as_slice() else { panic!("four findings") };

    assert_eq!((log4j.id.as_deref(), log4j.severity), (Some("GHSA-jfh8-c2jp-5v3q"), Severity::Critical));
    assert_eq!(log4j.aliases, ["CVE-2021-44228"]);
    assert_eq!(log4j.cvss.as_ref().unwrap().score.unwrap().get(), 10.0);
    assert_eq!(log4j.epss.as_ref().unwrap().score.unwrap().get(), 0.94);
    let exploited = log4j.known_exploited.as_ref().unwrap();
    assert_eq!((exploited.listed, exploited.ransomware), (Some(true), Some(true)));
    assert_eq!(exploited.due_at.unwrap().to_string(), "2021-12-24T00:00:00Z");
    let fix = log4j.fix.as_ref().unwrap();
    assert_eq!((fix.state, fix.versions.as_slice()), (FixState::Fixed, &["2.15.0".to_owned()][..]));
    assert_eq!(fix.available_at.unwrap().to_string(), "2021-12-10T00:00:00Z");
    let package = log4j.package.as_ref().unwrap();
    assert_eq!(package.ecosystem.as_deref(), Some("maven"));
    assert_eq!(package.path.as_deref(), Some("/app/lib/log4j-core-2.14.1.jar"));
    assert_eq!(log4j.class.as_deref(), Some("library"));

    assert_eq!(zlib.severity, Severity::Negligible);
    assert_eq!(zlib.fix.as_ref().unwrap().state, FixState::WillNotFix);
    let package = zlib.package.as_ref().unwrap();
    assert_eq!(package.version.as_deref(), Some("1:1.2.13\0dfsg-1"));
    assert_eq!((package.ecosystem.as_deref(), package.path.as_deref()), (Some("deb"), None));
    assert!(zlib.known_exploited.is_none() && zlib.suppressed.is_none());

    let suppression = ignored.suppressed.as_ref().unwrap();
    assert_eq!(suppression.by, SuppressedBy::IgnoreFile);
    assert_eq!(suppression.justification.as_deref(), Some("no certificates are parsed"));
    let suppression = by_vex.suppressed.as_ref().unwrap();
    assert_eq!((suppression.by, suppression.status.as_deref()), (SuppressedBy::Vex, Some("not_affected")));
    assert_eq!(suppression.justification.as_deref(), Some("vulnerable_code_not_present"));
    assert_eq!(by_vex.severity, Severity::Unknown);
    assert!(by_vex.fix.is_none());
}

#[test]
fn a_folder_needs_its_image_named() {
    let report = br#"{"matches": [], "source": {"type": "directory", "target": "."}, "descriptor": {"name": "grype"}}"#;
    let error = parse(report, &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidProfile, "missing_identity"));
    let profile = parse(report, &named()).unwrap();
    assert!(profile.document().vulnerabilities.is_empty());
    assert_eq!(profile.document().scan.as_ref().unwrap().scanner.as_deref(), Some("grype"));
}

#[test]
fn old_releases() {
    let report = br#"{"matches": [{
        "vulnerability": {"id": "CVE-1", "cvssV2": {"baseScore": 9}, "cvssV3": {"baseScore": 4, "vector": "v"},
            "fixedInVersion": "2"},
        "matchDetails": {"matcher": "dpkg-matcher"},
        "artifact": {"name": "a", "version": "1", "type": "python", "locations": ["lib/a"]}
    }], "source": {"type": "image", "target": {"userInput": "r.io/a:1", "imageID": ""}}}"#;
    let profile = parse(report, &Options::default()).unwrap();
    let [finding] = profile.document().vulnerabilities.as_slice() else { panic!("one finding") };
    assert_eq!(finding.cvss.as_ref().unwrap().score.unwrap().get(), 4.0);
    assert_eq!(finding.fix.as_ref().unwrap().state, FixState::Fixed);
    assert_eq!(finding.package.as_ref().unwrap().path.as_deref(), Some("/lib/a"));
    assert_eq!(finding.severity, Severity::Unknown);
}

#[test]
fn what_grype_ignores_on_its_own_is_not_of_an_ignore_file() {
    let by = |rules: &[&str]| {
        let report = format!(
            r#"{{"matches": [], "source": {{}}, "ignoredMatches": [{{"vulnerability": {{"id": "x"}}, "artifact": {{}},
                "appliedIgnoreRules": [{}]}}]}}"#,
            rules.join(", ")
        );
        let profile = parse(report.as_bytes(), &named()).unwrap();
        profile.document().vulnerabilities[0].suppressed.as_ref().unwrap().by
    };
    let own = r#"{"vulnerability": "x", "reason": "Explicit APK NAK", "namespace": ""}"#;
    let file = r#"{"vulnerability": "x", "reason": "accepted"}"#;
    let vex = r#"{"namespace": "vex", "vex-status": "fixed"}"#;
    assert_eq!(by(&[own]), SuppressedBy::Scanner);
    assert_eq!(by(&[]), SuppressedBy::Scanner);
    assert_eq!(by(&[own, file]), SuppressedBy::IgnoreFile);
    assert_eq!(by(&[own, vex]), SuppressedBy::Vex);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let code = |report: &str| {
        let error = parse(report.as_bytes(), &named()).unwrap_err();
        (error.code(), error.pointer().unwrap_or_default().to_owned())
    };
    let wrong_score = r#"{"matches": [{"vulnerability": {"id": "x", "epss": [{"epss": 1.5}]}, "artifact": {}}], "source": {}}"#;
    assert_eq!(code(wrong_score), ("out_of_range", "/matches/0/vulnerability/epss/0/epss".to_owned()));
    let wrong_type = r#"{"matches": [{"vulnerability": {"id": 7}, "artifact": {}}], "source": {}}"#;
    assert_eq!(code(wrong_type), ("wrong_type", "/matches/0/vulnerability/id".to_owned()));
    let null = r#"{"matches": null, "source": {}, "descriptor": {}}"#;
    assert_eq!(code(null).0, "unknown_format");
    let no_artifact = r#"{"matches": [{"vulnerability": {"id": "x"}}], "source": {}}"#;
    assert!(parse(no_artifact.as_bytes(), &named()).is_err());
}
