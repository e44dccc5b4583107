//! CycloneDX documents: what is read of them, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{
    Action, Error, ErrorKind, FixState, ImageIdentity, Launch, Limits, PolicySet, ScanProfile, ScanState,
    Severity, SuppressedBy, Timestamp, Vulnerability,
};
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

/// A document of 1.5 with these members.
fn bom(rest: &str) -> String {
    format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.5", {rest}}}"#)
}

fn read(rest: &str) -> Result<ScanProfile, Error> {
    parse(bom(rest).as_bytes(), &named())
}

/// The only finding of a document with this vulnerability.
fn only(vulnerability: &str) -> Vulnerability {
    let profile = read(&format!(r#""vulnerabilities": [{vulnerability}]"#)).unwrap();
    let [found] = profile.document().vulnerabilities.as_slice() else { panic!("one finding") };
    found.clone()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_document_with_everything() {
    let profile = parse(&fixture("cyclonedx-image"), &Options::default()).unwrap();
    let document = profile.document();
    assert_eq!(document.image.names, ["registry.example.com/shop/cart:1.4.2"]);
    assert_eq!(document.image.digests, [DIGEST]);
    let scan = document.scan.as_ref().unwrap();
    assert_eq!((scan.state, scan.scanner.as_deref()), (Some(ScanState::Complete), Some("grype 0.93.0")));
    assert_eq!(scan.scanned_at.unwrap().to_string(), "2026-11-23T22:10:00Z");
    let [openssl, maven, npm, bare] = document.vulnerabilities.as_slice() else { panic!("four findings") };

    assert_eq!(openssl.id.as_deref(), Some("CVE-2022-0778"));
    assert_eq!(openssl.aliases, ["DSA-5103-1"]);
    assert_eq!((openssl.severity, openssl.severity_source.as_deref()), (Severity::High, Some("nvd")));
    let cvss = openssl.cvss.as_ref().unwrap();
    assert_eq!((cvss.score.unwrap().get(), cvss.vector.as_deref()), (7.5, Some("CVSS:3.1/AV:N")));
    assert_eq!(openssl.fix.as_ref().unwrap().versions, ["1.1.1k-2"]);
    assert_eq!(openssl.published_at.unwrap().to_string(), "2022-03-15T17:15:00Z");
    let package = openssl.package.as_ref().unwrap();
    assert_eq!((package.name.as_deref(), package.version.as_deref()), (Some("openssl"), Some("1.1.1k-1")));
    assert_eq!((package.ecosystem.as_deref(), package.path.as_deref()), (Some("deb"), None));
    assert_eq!((openssl.class.as_deref(), openssl.suppressed.is_none()), (Some("os"), true));

    let package = maven.package.as_ref().unwrap();
    assert_eq!((package.name.as_deref(), package.path.as_deref()), (Some("org.a:b"), Some("/app/b.jar")));
    assert_eq!(maven.fix.as_ref().unwrap().versions, ["1.1", "2.0"]);
    assert_eq!(maven.class.as_deref(), Some("library"));
    assert_eq!(maven.suppressed.as_ref().unwrap().status.as_deref(), Some("unaffected"));

    let package = npm.package.as_ref().unwrap();
    assert_eq!((package.name.as_deref(), package.version.as_deref()), (Some("@scope/name"), Some("2")));
    assert_eq!((npm.severity, npm.cvss.as_ref().unwrap().score.unwrap().get()), (Severity::Unknown, 9.8));
    assert_eq!(npm.fix, None, "`will_not_fix` is a statement, not a fact");
    let suppressed = npm.suppressed.as_ref().unwrap();
    assert_eq!((suppressed.by, suppressed.status.as_deref()), (SuppressedBy::Vex, Some("not_affected")));
    assert_eq!(suppressed.justification.as_deref(), Some("code_not_reachable"));
    assert_eq!(suppressed.author.as_deref(), Some("Shop Security"));
    assert_eq!(suppressed.source.as_deref(), Some("urn:uuid:1"));

    assert_eq!((bare.severity, bare.cvss.is_none()), (Severity::Negligible, true));
    assert!(bare.package.is_none() && bare.suppressed.is_none());
    assert_eq!(bare.fix.as_ref().unwrap().state, FixState::Fixed);
}

#[test]
fn a_bill_of_materials_is_no_scan() {
    for options in [Options::default(), named()] {
        let error = parse(&fixture("cyclonedx-sbom"), &options).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "not_a_scan"));
    }
    assert_eq!(read(r#""vulnerabilities": null"#).unwrap_err().code(), "not_a_scan");
    let one = r#""components": [{"name": "a"}]"#;
    let not_scanned = ScanState::NotScanned;
    for (name, state) in [("trivy", not_scanned), ("cdxgen", not_scanned), ("grype", ScanState::Complete)] {
        for tools in [
            format!(r#"[{{"vendor": "x", "name": "{name}"}}]"#),
            format!(r#"{{"components": [{{"name": "{name}"}}], "services": []}}"#),
        ] {
            let of = |list: &str| {
                let rest = format!(r#""metadata": {{"tools": {tools}}}, {one}, "vulnerabilities": [{list}]"#);
                read(&rest).unwrap().scan_state()
            };
            assert_eq!(of(""), state, "{tools}");
            assert_eq!(of(r#"{"id": "a"}"#), ScanState::Complete, "{tools}");
        }
    }
    let of = |rest: &str| read(rest).unwrap().scan_state();
    assert_eq!(of(r#""components": [], "vulnerabilities": []"#), not_scanned);
    let by_grype = r#""metadata": {"tools": [{"name": "grype"}]}, "vulnerabilities": []"#;
    assert_eq!(of(by_grype), ScanState::Unsupported);
    assert_eq!(of(r#""vulnerabilities": [{}]"#), ScanState::Partial, "statements alone");
}

#[test]
fn versions_of_the_format() {
    let of = |version: &str| {
        let text =
            format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "{version}", "vulnerabilities": [{{}}]}}"#);
        parse(text.as_bytes(), &named())
    };
    for version in ["1.4", "1.5", "1.6", "1.7", "1.10"] {
        assert!(of(version).is_ok(), "{version}");
    }
    for version in ["", "1", "1.3", "2.0", "1.x"] {
        let error = of(version).unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Unsupported, "unsupported_version"),
            "{version}"
        );
    }
}

#[test]
fn which_image_a_document_is_about() {
    let identity = |component: &str| {
        let text = bom(&format!(r#""metadata": {{"component": {component}}}, "vulnerabilities": []"#));
        parse(text.as_bytes(), &Options::default()).map(|profile| profile.document().image.clone())
    };
    let at_digest = format!("r.example.com/cart@{DIGEST}");
    let escaped = DIGEST.replace(':', "%3A");
    let oci = format!("pkg:oci/cart@{escaped}?arch=amd64&repository_url=r.example.com%2Fcart&tag=1");
    for (rest, names, digests) in [
        (r#""name": "shop/cart:1""#.to_owned(), texts(&["shop/cart:1"]), vec![]),
        (r#""name": "shop/cart", "version": "1""#.to_owned(), texts(&["shop/cart:1"]), vec![]),
        (
            format!(r#""name": "r.example.com/cart", "version": "{DIGEST}""#),
            texts(&[&at_digest]),
            texts(&[DIGEST, &at_digest]),
        ),
        (
            format!(r#""name": "cart", "purl": "{oci}""#),
            texts(&[&at_digest, "r.example.com/cart:1"]),
            texts(&[&at_digest]),
        ),
        (format!(r#""purl": "pkg:oci/cart@{DIGEST}""#), vec![], texts(&[DIGEST])),
        (
            r#""purl": "pkg:docker/shop/cart@1?repository_url=https://r.example.com/""#.to_owned(),
            texts(&["r.example.com/shop/cart:1"]),
            vec![],
        ),
    ] {
        let found = identity(&format!(r#"{{"type": "container", {rest}}}"#)).unwrap();
        assert_eq!((found.names, found.digests), (names, digests), "{rest}");
    }
    for nameless in [
        "null",
        r#"{"type": "container", "name": "a-project"}"#,
        r#"{"type": "application", "name": "shop/cart:1", "version": "2"}"#,
        r#"{"type": "container", "name": "images/cart.tar.gz", "version": "1"}"#,
        r#"{"type": "container", "name": "./folder:1"}"#,
        r#"{"type": "container", "purl": "pkg:oci/cart@1"}"#,
    ] {
        assert_eq!(identity(nameless).unwrap_err().code(), "missing_identity", "{nameless}");
    }
}

#[test]
fn what_trivy_says_of_the_image() {
    let property = |name: &str, value: &str| {
        let property = format!(r#"{{"name": "aquasecurity:trivy:{name}", "value": "{value}"}}"#);
        let component = format!(r#"{{"type": "container", "name": "cart.tar", "properties": [{property}]}}"#);
        let text = bom(&format!(r#""metadata": {{"component": {component}}}, "vulnerabilities": []"#));
        parse(text.as_bytes(), &Options::default()).map(|profile| profile.document().image.clone())
    };
    assert_eq!(property("ImageID", DIGEST).unwrap().id.as_deref(), Some(DIGEST));
    assert_eq!(property("RepoTag", "cart:1").unwrap().names, ["cart:1"]);
    assert_eq!(property("Reference", "cart:1").unwrap().names, ["cart:1"]);
    let at_digest = format!("cart@{DIGEST}");
    assert_eq!(property("RepoDigest", &at_digest).unwrap().digests, [at_digest.as_str()]);
    for (name, code) in
        [("ImageID", "invalid_id"), ("RepoDigest", "invalid_digest"), ("RepoTag", "invalid_name")]
    {
        let error = property(name, "a b").unwrap_err();
        assert_eq!((error.code(), error.pointer()), (code, Some("/metadata/component/properties/0/value")));
    }
    assert_eq!(property("DiffID", DIGEST).unwrap_err().code(), "missing_identity");
}

#[test]
fn statements_about_findings() {
    for (state, suppresses) in [
        ("not_affected", true),
        ("false_positive", true),
        ("resolved", true),
        ("resolved_with_pedigree", true),
        ("exploitable", false),
        ("in_triage", false),
        ("NOT_AFFECTED", false),
        ("", false),
    ] {
        let found = only(&format!(r#"{{"analysis": {{"state": "{state}"}}}}"#));
        assert_eq!(found.suppressed.is_some(), suppresses, "{state}");
    }
    for (versions, suppresses) in [
        (r#"[{"version": "2", "status": "unaffected"}]"#, true),
        (r#"[{"version": "2", "status": "unaffected"}, {"version": "1", "status": "affected"}]"#, true),
        (r#"[{"version": "2", "status": "unaffected"}, {"version": "2"}]"#, false),
        (r#"[{"version": "2", "status": "unknown"}]"#, false),
        (r#"[{"version": "2"}]"#, false),
        (r#"[{"range": "vers:npm/<3", "status": "unaffected"}]"#, false),
        ("[]", false),
    ] {
        let found = only(&format!(r#"{{"affects": [{{"ref": "pkg:npm/a@2", "versions": {versions}}}]}}"#));
        assert_eq!(found.suppressed.is_some(), suppresses, "{versions}");
        let resolved = only(&format!(
            r#"{{"analysis": {{"state": "resolved"}}, "affects": [{{"ref": "pkg:npm/a@2", "versions": {versions}}}]}}"#
        ));
        assert_eq!(resolved.suppressed.is_some(), suppresses || versions == "[]", "{versions}");
    }
    // A place that leads nowhere is a finding all the same.
    let found = only(r#"{"id": "CVE-1", "affects": [{"ref": "nowhere"}]}"#);
    assert_eq!((found.id.as_deref(), found.package), (Some("CVE-1"), None));
}

#[test]
fn components_that_share_a_reference_are_all_affected() {
    let profile = read(
        r#""components": [{"bom-ref": "x", "name": "a", "version": "1"}, {"bom-ref": "x", "name": "b", "version": "2"}],
        "vulnerabilities": [{"id": "CVE-1", "affects": [{"ref": "x", "versions": [
            {"version": "1", "status": "unaffected"}]}]}]"#,
    );
    let profile = profile.unwrap();
    let found: Vec<_> = profile.document().vulnerabilities.iter().collect();
    let names: Vec<_> = found.iter().filter_map(|found| found.package.as_ref()?.name.as_deref()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(found[0].suppressed.is_some() && found[1].suppressed.is_none());
}

#[test]
fn what_a_statement_says_of_fixes_counts_only_where_statements_are_trusted() {
    let set = PolicySet::parse(
        br#"{"version": 1, "policies": [{"id": "p", "name": "p", "type": "risk", "enabled": true,
            "enabled_at": "2026-11-01T00:00:00Z", "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
            "criteria": {"vulnerabilities": {"severities": ["critical"], "only": {"fix_available": true}}}}]}"#,
    );
    let set = set.unwrap();
    let launch = br#"{"version": 1, "image": {"reference": "registry.example.com/shop/cart:1.4.2"}, "privileges": []}"#;
    let launch = Launch::parse(launch).unwrap();
    for response in ["", r#", "analysis": {"state": "exploitable", "response": ["can_not_fix"]}"#] {
        let profile = read(&format!(
            r#""components": [{{"bom-ref": "x", "name": "a", "version": "1"}}], "vulnerabilities": [
            {{"id": "CVE-1", "ratings": [{{"severity": "critical"}}], "affects": [{{"ref": "x"}}]{response}}}]"#
        ));
        let now = Timestamp::parse("2026-11-24T00:00:00Z").unwrap();
        let decision = set.assess(&profile.unwrap()).decide(&launch, now).unwrap();
        assert_eq!(decision.action(), Action::Intercept, "{response}");
    }
}

#[test]
fn a_link_to_another_document_is_about_another_component() {
    for (link, name, suppresses) in [
        ("urn:cdx:aaaa/1#x", Some("local"), true),
        ("urn:cdx:bbbb/1#x", None, false),
        ("urn:cdx:bbbb/1#pkg:npm/other@1", Some("other"), false),
    ] {
        let profile = read(&format!(
            r#""serialNumber": "urn:uuid:aaaa", "components": [{{"bom-ref": "x", "name": "local", "version": "2"}}],
            "vulnerabilities": [{{"id": "CVE-1", "affects": [{{"ref": "{link}", "versions": [
                {{"version": "2", "status": "unaffected"}}]}}]}}]"#
        ));
        let profile = profile.unwrap();
        let found = &profile.document().vulnerabilities[0];
        let package = found.package.as_ref().and_then(|package| package.name.as_deref());
        assert_eq!((package, found.suppressed.is_some()), (name, suppresses), "{link}");
    }
}

#[test]
fn fixes() {
    for (rest, state) in [
        (r#""analysis": {"response": ["will_not_fix", "update"]}"#, FixState::Fixed),
        (r#""analysis": {"response": ["can_not_fix", "workaround_available"]}"#, FixState::Unknown),
        (r#""analysis": {"response": ["will_not_fix"]}"#, FixState::Unknown),
        (r#""analysis": {"response": ["rollback"]}"#, FixState::Unknown),
        (r#""recommendation": "Upgrade b to version 3""#, FixState::Unknown),
        (r#""recommendation": "Upgrade a to version 3""#, FixState::Fixed),
        (r#""recommendation": "Upgrade a to version ""#, FixState::Unknown),
        (r#""recommendation": "Wait""#, FixState::Unknown),
    ] {
        let found = only(&format!(r#"{{"affects": [{{"ref": "pkg:npm/a@2"}}], {rest}}}"#));
        assert_eq!(found.fix.unwrap_or_default().state, state, "{rest}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (rest, code, pointer) in [
        (r#""vulnerabilities": {}"#, "wrong_type", "/vulnerabilities"),
        (
            r#""vulnerabilities": [{"ratings": [{"score": "9"}]}]"#,
            "wrong_type",
            "/vulnerabilities/0/ratings/0/score",
        ),
        (
            r#""vulnerabilities": [{"ratings": [{}, {"score": 11, "method": "CVSSv3"}]}]"#,
            "out_of_range",
            "/vulnerabilities/0/ratings/1/score",
        ),
        (r#""vulnerabilities": [{"affects": [null]}]"#, "wrong_type", "/vulnerabilities/0/affects/0"),
        (r#""metadata": {"tools": "x"}, "vulnerabilities": []"#, "wrong_type", "/metadata/tools"),
        (r#""vulnerabilities": [], "vulnerabilities": []"#, "duplicate_key", "/vulnerabilities"),
    ] {
        let error = read(rest).unwrap_err();
        assert_eq!((error.code(), error.pointer()), (code, Some(pointer)), "{rest}: {error}");
        assert!(error.position().is_some(), "{rest}");
    }
    let limits = Limits { findings: 3, ..Limits::default() };
    let error = parse(&fixture("cyclonedx-image"), &named().with_limits(limits)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn a_small_document_that_unfolds_to_a_large_one_is_refused() {
    let list = |text: &str, count: usize| vec![text; count].join(", ");
    let text = |affects| {
        let references: Vec<_> =
            (0..50).map(|number| format!(r#"{{"id": "CVE-2024-{number:04}"}}"#)).collect();
        format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{}], "vulnerabilities": [
                {{"id": "CVE-1", "references": [{}], "affects": [{}]}}]}}"#,
            list(r#"{"bom-ref": "x", "name": "a"}"#, 10),
            references.join(", "),
            list(r#"{"ref": "x"}"#, affects)
        )
    };
    let limits = Limits { bytes: 100_000, ..Limits::default() };
    let image = ImageIdentity::of("registry.example.com/shop/cart:1").unwrap();
    let options = Options::default().with_image(image).with_limits(limits);
    assert!(parse(text(1).as_bytes(), &options).is_ok());
    let error = parse(text(10).as_bytes(), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}
