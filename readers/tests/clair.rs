//! Reports of Clair and Quay: what is read of them, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{Error, ErrorKind, FixState, ImageIdentity, Limits, ScanProfile, ScanState, Severity};
use imagegate_readers::profile::{Options, parse};
use std::path::Path;

const DIGEST: &str = "sha256:a8b5d9854817d4896949962f4f2352b44d93aacfb8289afa361e9cc439c06566";

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../testdata/reports/{name}.json"));
    std::fs::read(path).unwrap()
}

fn named() -> Options {
    Options::default().with_image(ImageIdentity::of("registry.example.com/shop/cart:1.4.2").unwrap())
}

fn read(report: &str) -> Result<ScanProfile, Error> {
    parse(report.as_bytes(), &named())
}

#[test]
fn a_report_of_clair_with_everything() {
    let profile = parse(&fixture("clair-report"), &Options::default()).unwrap();
    let document = profile.document();
    assert_eq!(document.image.digests, [DIGEST]);
    let scan = document.scan.as_ref().unwrap();
    assert_eq!((scan.state, scan.scanner.as_deref()), (Some(ScanState::Complete), Some("clair")));
    assert!(scan.scanned_at.is_none() && scan.feed_updated_at.is_none());
    let [openssl, pyup, osv, tar, alone] = document.vulnerabilities.as_slice() else {
        panic!("five findings")
    };

    assert_eq!((openssl.id.as_deref(), openssl.severity), (Some("CVE-2022-0778"), Severity::High));
    assert!(openssl.aliases.is_empty());
    assert_eq!(openssl.severity_source.as_deref(), Some("debian-updater"));
    assert_eq!(openssl.published_at.unwrap().to_string(), "2022-03-15T17:15:00Z");
    let fix = openssl.fix.as_ref().unwrap();
    assert_eq!((fix.state, fix.versions.as_slice()), (FixState::Fixed, &["1.1.1k-2".to_owned()][..]));
    let package = openssl.package.as_ref().unwrap();
    assert_eq!((package.name.as_deref(), package.version.as_deref()), (Some("openssl"), Some("1.1.1k-1")));
    assert_eq!((package.ecosystem.as_deref(), package.path.as_deref()), (Some("deb"), None));
    assert_eq!(openssl.class.as_deref(), Some("os"));
    let epss = openssl.epss.as_ref().unwrap();
    assert_eq!((epss.score.unwrap().get(), epss.percentile.unwrap().get()), (0.012, 0.85));
    assert_eq!(epss.date.as_deref(), Some("2026-11-23"));
    let exploited = openssl.known_exploited.as_ref().unwrap();
    assert_eq!((exploited.listed, exploited.ransomware), (Some(true), Some(true)));
    assert_eq!(exploited.due_at.unwrap().to_string(), "2022-04-22T00:00:00Z");

    assert_eq!(
        (pyup.id.as_deref(), pyup.aliases.as_slice()),
        (Some("pyup.io-39606"), &["CVE-2020-36242".to_owned()][..])
    );
    assert_eq!((pyup.severity, pyup.severity_source.as_deref()), (Severity::Critical, Some("nvd")));
    let cvss = pyup.cvss.as_ref().unwrap();
    assert_eq!((cvss.score.unwrap().get(), cvss.vector.as_deref()), (9.1, Some("CVSS:3.1/AV:N")));
    assert!(pyup.fix.is_none(), "an empty version says nothing");
    assert!(pyup.published_at.is_none() && pyup.known_exploited.is_none());
    let package = pyup.package.as_ref().unwrap();
    assert_eq!(package.ecosystem.as_deref(), Some("pypi"));
    assert_eq!(package.path.as_deref(), Some("/usr/lib/python3.6/site-packages"));
    assert_eq!(pyup.class.as_deref(), Some("library"));

    assert_eq!(
        (osv.severity, osv.fix.as_ref().unwrap().versions.as_slice()),
        (Severity::Negligible, &["3.3.1+local".to_owned()][..])
    );
    let package = tar.package.as_ref().unwrap();
    assert_eq!(
        (package.name.as_deref(), package.ecosystem.as_deref(), tar.class.as_deref()),
        (Some("tar"), None, None)
    );
    // In no pair, and yet in the report.
    assert_eq!((alone.id.as_deref(), alone.severity), (Some("GHSA-1111-1111-1111"), Severity::Critical));
    assert_eq!(alone.package.as_ref().unwrap().name.as_deref(), Some("left-out"));
}

#[test]
fn no_package_is_not_a_clean_image() {
    let profile = parse(&fixture("clair-no-packages"), &Options::default()).unwrap();
    assert_eq!(profile.scan_state(), ScanState::Unsupported);
    let clean = r#"{"manifest_hash": "", "packages": {"1": {}}, "package_vulnerabilities": {"1": null}}"#;
    assert_eq!(read(clean).unwrap().scan_state(), ScanState::Complete);
    assert_eq!(parse(clean.as_bytes(), &Options::default()).unwrap_err().code(), "missing_identity");
}

#[test]
fn what_is_wrong_with_clair_is_named_with_its_place() {
    let cases = [
        (
            r#""packages": {}, "package_vulnerabilities": {"1": ["2"]}"#,
            "missing_reference",
            "/package_vulnerabilities/1/0",
        ),
        (
            r#""packages": {"a/b": {}}, "package_vulnerabilities": {"a/b": ["2"]}"#,
            "missing_reference",
            "/package_vulnerabilities/a~1b/0",
        ),
        (
            r#""package_vulnerabilities": {"1": ["2"], "1": []}"#,
            "duplicate_key",
            "/package_vulnerabilities/1",
        ),
        (r#""package_vulnerabilities": []"#, "wrong_type", "/package_vulnerabilities"),
        (r#""packages": {"1": 7}, "package_vulnerabilities": {}"#, "wrong_type", "/packages/1"),
        (
            r#""vulnerabilities": {"2": {}}, "package_vulnerabilities": {}, "enrichments": {"x; enricher=clair.cvss y/z": [{"2": [{"baseScore": 11}]}]}"#,
            "out_of_range",
            "/enrichments/x; enricher=clair.cvss y~1z/0/2/0/baseScore",
        ),
        (
            r#""package_vulnerabilities": {}, "enrichments": {"enricher=clair.kev a": [{"2": [{}]}], "enricher=clair.kev b": []}"#,
            "duplicate_key",
            "/enrichments/enricher=clair.kev b",
        ),
    ];
    for (rest, code, pointer) in cases {
        let error = read(&format!(r#"{{"manifest_hash": "", {rest}}}"#)).unwrap_err();
        assert_eq!((error.code(), error.pointer()), (code, Some(pointer)), "{rest}: {error}");
        assert!(error.position().is_some(), "{rest}");
    }
    let error = read(r#"{"manifest_hash": "sha256:1", "package_vulnerabilities": {}}"#).unwrap_err();
    assert_eq!((error.code(), error.pointer()), ("invalid_digest", Some("/manifest_hash")));
    // What an image consists of is not what is wrong with it.
    let index = r#"{"manifest_hash": "", "state": "IndexFinished", "packages": {}, "success": true}"#;
    assert_eq!(read(index).unwrap_err().code(), "unknown_format");
    let limits = Limits { findings: 4, ..Limits::default() };
    let error = parse(&fixture("clair-report"), &named().with_limits(limits)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn a_small_document_that_unfolds_to_a_large_one_is_refused() {
    let text = |packages| {
        let (installed, pairs): (Vec<_>, Vec<_>) =
            (0..packages).map(|id| (format!(r#""{id}": {{}}"#), format!(r#""{id}": ["1"]"#))).unzip();
        format!(
            r#"{{"manifest_hash": "{DIGEST}", "packages": {{{}}}, "package_vulnerabilities": {{{}}},
                "vulnerabilities": {{"1": {{"name": "CVE-1", "fixed_in_version": "{}"}}}}}}"#,
            installed.join(", "),
            pairs.join(", "),
            "9".repeat(2_000)
        )
    };
    let limits = Limits { bytes: 30_000, ..Limits::default() };
    assert!(parse(text(2).as_bytes(), &named().with_limits(limits)).is_ok());
    let error = parse(text(20).as_bytes(), &named().with_limits(limits)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}

#[test]
fn a_report_of_quay_with_everything() {
    let profile = parse(&fixture("quay-scanned"), &Options::default()).unwrap();
    let document = profile.document();
    assert_eq!(document.image.digests, [DIGEST]);
    assert_eq!(profile.scan_state(), ScanState::Complete);
    let [pip, other, musl] = document.vulnerabilities.as_slice() else { panic!("three findings") };
    assert_eq!(
        (pip.id.as_deref(), pip.aliases.as_slice()),
        (Some("pyup.io-38765"), &["CVE-2019-20916".to_owned()][..])
    );
    assert_eq!((pip.severity, pip.severity_source.as_deref()), (Severity::High, Some("pyupio")));
    assert_eq!(pip.cvss.as_ref().unwrap().score.unwrap().get(), 7.5);
    let package = pip.package.as_ref().unwrap();
    assert_eq!((package.name.as_deref(), package.version.as_deref()), (Some("pip"), Some("9.0.1")));
    assert_eq!((package.ecosystem.as_deref(), pip.class.as_deref()), (Some("pypi"), Some("library")));
    assert!(pip.fix.is_none());
    assert_eq!((other.severity, other.cvss.is_none()), (Severity::Unknown, true));
    assert_eq!(other.fix.as_ref().unwrap().versions, ["21.1"]);
    assert_eq!((musl.severity, musl.class.as_deref()), (Severity::Critical, Some("os")));
    assert_eq!(musl.cvss.as_ref().unwrap().score.unwrap().get(), 5.0);
}

#[test]
fn the_state_of_a_scan_of_quay() {
    for (status, state) in [
        ("queued", ScanState::NotScanned),
        ("failed", ScanState::Failed),
        ("unsupported", ScanState::Unsupported),
        ("manifest_layer_too_large", ScanState::Unsupported),
    ] {
        let report = format!(r#"{{"status": "{status}", "data": null}}"#);
        assert_eq!(read(&report).unwrap().scan_state(), state, "{status}");
        assert_eq!(parse(report.as_bytes(), &Options::default()).unwrap_err().code(), "missing_identity");
    }
    for (features, state) in [
        ("", ScanState::Unsupported),
        (r#", "Features": []"#, ScanState::Unsupported),
        (r#", "Features": [{"Name": "a"}, {"Name": "b"}]"#, ScanState::Partial),
        (r#", "Features": [{"Name": "a"}, {"Name": "b", "Vulnerabilities": []}]"#, ScanState::Complete),
    ] {
        let layer = format!(r#"{{"Name": "an-id.1"{features}}}"#);
        for report in [
            format!(r#"{{"Layer": {layer}}}"#),
            format!(r#"{{"status": "scanned", "data": {{"Layer": {layer}}}}}"#),
        ] {
            assert_eq!(read(&report).unwrap().scan_state(), state, "{report}");
        }
    }
}

#[test]
fn what_is_wrong_with_quay_is_named_with_its_place() {
    let quay =
        |report: &str| parse(report.as_bytes(), &named().with_format("quay".parse().unwrap())).unwrap_err();
    for (report, code, pointer) in [
        (r#"{"status": "scanned", "data": null}"#, "missing_field", "/data/Layer"),
        (r#"{"status": "asleep", "data": null}"#, "unknown_word", "/status"),
        (
            r#"{"Layer": {"Features": [{}]}, "data": {"Layer": {"Features": [{"Vulnerabilities": [{}]}]}}}"#,
            "several_reports",
            "/data/Layer",
        ),
        (r#"{"Layer": {"Features": {}}}"#, "wrong_type", "/Layer/Features"),
        (
            r#"{"Layer": {"Features": [{"Vulnerabilities": [{"Metadata": {"NVD": {"CVSSv3": {"Score": "high"}}}}]}]}}"#,
            "wrong_type",
            "/Layer/Features/0/Vulnerabilities/0/Metadata/NVD/CVSSv3/Score",
        ),
        (
            r#"{"Layer": {"Features": [{"Vulnerabilities": [{"Metadata": {"NVD": {"CVSSv3": {"Score": 11}}}}]}]}}"#,
            "out_of_range",
            "/Layer/Features/0/Vulnerabilities/0/Metadata/NVD/CVSSv3/Score",
        ),
    ] {
        let error = quay(report);
        assert_eq!((error.code(), error.pointer()), (code, Some(pointer)), "{report}: {error}");
    }
    assert_eq!(quay("{}").kind(), ErrorKind::Unsupported);
    // Others wrap their answers in `status` and `data` too.
    for other in [r#"{"status": "success", "data": {}}"#, r#"{"status": "failed", "data": []}"#] {
        assert_eq!(read(other).unwrap_err().code(), "unknown_format");
    }
}
