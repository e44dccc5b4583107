//! Reports of Harbor: what is read of them, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{Error, ErrorKind, FixState, ImageIdentity, ScanProfile, ScanState, Severity};
use imagegate_readers::profile::{Options, parse};
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../testdata/reports/{name}.json")))
        .unwrap()
}

fn named() -> Options {
    Options::default().with_image(ImageIdentity::of("registry.example.com/shop/cart:1.4.2").unwrap())
}

fn read(report: &str) -> Result<ScanProfile, Error> {
    parse(report.as_bytes(), &named())
}

#[test]
fn a_report_under_its_media_type() {
    let profile = parse(&fixture("harbor-wrapped"), &Options::default()).unwrap();
    let document = profile.document();
    assert_eq!(
        document.image.digests,
        ["sha256:a8b5d9854817d4896949962f4f2352b44d93aacfb8289afa361e9cc439c06566"]
    );
    assert!(document.image.names.is_empty(), "the repository leaves out the registry");
    let scan = document.scan.as_ref().unwrap();
    assert_eq!((scan.state, scan.scanner.as_deref()), (Some(ScanState::Complete), Some("Trivy v0.65.0")));
    assert_eq!(scan.scanned_at.unwrap().to_string(), "2026-11-23T22:10:00.5Z");
    let [openssl, zlib, tar, perl, bash] = document.vulnerabilities.as_slice() else {
        panic!("five findings")
    };

    assert_eq!((openssl.id.as_deref(), openssl.severity), (Some("CVE-2022-0778"), Severity::High));
    let package = openssl.package.as_ref().unwrap();
    assert_eq!((package.name.as_deref(), package.version.as_deref()), (Some("openssl"), Some("1.1.1k-1")));
    let fix = openssl.fix.as_ref().unwrap();
    assert_eq!((fix.state, fix.versions.as_slice()), (FixState::Fixed, &["1.1.1k-2".to_owned()][..]));
    let cvss = openssl.cvss.as_ref().unwrap();
    assert_eq!((cvss.score.unwrap().get(), cvss.vector.as_deref()), (7.5, Some("CVSS:3.1/AV:N")));

    assert!(zlib.fix.is_none(), "an empty version says nothing");
    assert_eq!(zlib.cvss.as_ref().unwrap().score.unwrap().get(), 6.8, "0 without a vector is none");
    assert_eq!(tar.fix.as_ref().unwrap().state, FixState::WillNotFix);
    assert!(tar.cvss.is_none());
    let severities = [zlib, tar, perl, bash].map(|finding| finding.severity);
    use Severity::{Critical, Negligible, Unknown};
    assert_eq!(severities, [Critical, Negligible, Negligible, Unknown]);
    assert!(openssl.class.is_none() && package.ecosystem.is_none() && openssl.labels.is_none());
}

#[test]
fn nothing_found_is_written_as_null() {
    let error = parse(&fixture("harbor-bare"), &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidProfile, "missing_identity"));
    let profile = parse(&fixture("harbor-bare"), &named()).unwrap();
    assert!(profile.document().vulnerabilities.is_empty());
    assert_eq!(profile.scan_state(), ScanState::Complete);
}

#[test]
fn a_list_that_got_lost_is_not_a_clean_image() {
    let report = |rest: &str| format!(r#"{{"generated_at": "", "scanner": {{}}, {rest}}}"#);
    let lost = read(&report(r#""severity": "High", "vulnerabilities": []"#)).unwrap();
    assert_eq!(lost.scan_state(), ScanState::Partial);
    let half =
        read(&report(r#""severity": "Critical", "vulnerabilities": [{"id": "a", "severity": "Low"}]"#))
            .unwrap();
    assert_eq!(half.scan_state(), ScanState::Partial);
    let unknown = read(&report(r#""severity": "Unknown", "vulnerabilities": []"#)).unwrap();
    assert_eq!(unknown.scan_state(), ScanState::Complete);
    let absent = r#"{"application/vnd.security.vulnerability.report; version=1.1": {"generated_at": "", "scanner": {}}}"#;
    let error = read(absent).unwrap_err();
    let pointer = "/application~1vnd.security.vulnerability.report; version=1.1/vulnerabilities";
    assert_eq!((error.code(), error.pointer()), ("missing_field", Some(pointer)));
}

#[test]
fn findings_may_name_the_image() {
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let report = |one: &str, other: &str| {
        format!(
            r#"{{"generated_at": "", "scanner": {{}}, "artifact": null, "vulnerabilities": [
                {{"id": "A", "artifact_digests": ["{one}"]}}, {{"id": "B", "artifact_digests": ["{other}"]}}]}}"#
        )
    };
    let one = parse(report(&digest("1"), &digest("1")).as_bytes(), &Options::default()).unwrap();
    assert_eq!(one.document().image.digests, [digest("1")]);
    for (one, other) in [(digest("1"), digest("2")), ("sha256:1".to_owned(), "sha256:1".to_owned())] {
        let error = parse(report(&one, &other).as_bytes(), &Options::default()).unwrap_err();
        assert_eq!(error.code(), "missing_identity");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let mime = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0";
    let cases = [
        (r#"{"generated_at": "", "scanner": {}, "vulnerabilities": {}}"#.to_owned(), "wrong_type", "/vulnerabilities"),
        (
            r#"{"generated_at": "", "scanner": {}, "vulnerabilities": [{"preferred_cvss": {"score_v3": 11}}]}"#.to_owned(),
            "out_of_range",
            "/vulnerabilities/0/preferred_cvss/score_v3",
        ),
        (
            r#"{"generated_at": "", "scanner": {}, "artifact": {"digest": "sha256:1"}, "vulnerabilities": []}"#.to_owned(),
            "invalid_digest",
            "/artifact/digest",
        ),
        (format!(r#"{{"{mime}": null}}"#), "wrong_type", "/application~1vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"),
        (
            format!(r#"{{"{mime}": {{"vulnerabilities": []}}, "application/vnd.security.vulnerability.report": {{"vulnerabilities": []}}}}"#),
            "several_reports",
            "",
        ),
        (format!(r#"{{"{mime}": {{"vulnerabilities": []}}}}"#), "unknown_format", ""),
    ];
    for (report, code, pointer) in cases {
        let error = read(&report).unwrap_err();
        assert_eq!((error.code(), error.pointer().unwrap_or_default()), (code, pointer), "{report}: {error}");
    }
    // A bill of materials under the media type of one is no report.
    let sbom =
        r#"{"application/vnd.security.sbom.report+json; version=1.0": {"generated_at": "", "scanner": {}}}"#;
    assert_eq!(read(sbom).unwrap_err().code(), "unknown_format");
}
