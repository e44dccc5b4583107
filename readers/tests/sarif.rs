//! What is read of SARIF reports, fact by fact.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{
    ErrorKind, FixState, ImageIdentity, ProfileDocument, ScanProfile, ScanState, Severity, SuppressedBy,
    Vulnerability,
};
use imagegate_readers::profile::{Options, parse, parse_all};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../testdata/reports/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn named() -> Options {
    Options::default().with_image(ImageIdentity::of("registry.example.com/shop/cart:1.4.2").unwrap())
}

fn read(name: &str) -> ScanProfile {
    parse(&fixture(name), &named()).unwrap()
}

#[track_caller]
fn finding<'d>(document: &'d ProfileDocument, id: &str) -> &'d Vulnerability {
    document.vulnerabilities.iter().find(|finding| finding.id.as_deref() == Some(id)).unwrap()
}

/// (name, version, ecosystem, path)
fn package(found: &Vulnerability) -> (Option<&str>, Option<&str>, Option<&str>, Option<&str>) {
    let package = found.package.as_ref().unwrap();
    (
        package.name.as_deref(),
        package.version.as_deref(),
        package.ecosystem.as_deref(),
        package.path.as_deref(),
    )
}

fn score(found: &Vulnerability) -> Option<f64> {
    found.cvss.as_ref().and_then(|cvss| cvss.score).map(|score| score.get())
}

#[test]
fn trivy_says_which_image_it_scanned() {
    let profile = parse(&fixture("sarif-trivy"), &Options::default()).unwrap();
    let image = &profile.document().image;
    assert_eq!(image.names, ["registry.example.com/shop/cart:1.4.2"]);
    assert!(image.id.as_deref().unwrap().starts_with("sha256:b7c6"));
    let scan = profile.document().scan.as_ref().unwrap();
    assert_eq!((scan.state, scan.scanner.as_deref()), (Some(ScanState::Complete), Some("trivy 0.65.0")));
    for name in ["sarif-grype", "sarif-mixed"] {
        let error = parse(&fixture(name), &Options::default()).unwrap_err();
        assert_eq!(error.code(), "missing_identity", "{name}");
    }
}

#[test]
fn findings_of_trivy() {
    let profile = read("sarif-trivy");
    let document = profile.document();
    let os = finding(document, "CVE-2022-0778");
    assert_eq!(package(os), (Some("openssl"), Some("1.1.1k-1+deb11u1"), None, None));
    assert_eq!((os.severity, os.class.as_deref(), score(os)), (Severity::High, Some("os"), Some(7.5)));
    assert_eq!(os.cvss.as_ref().unwrap().vector.as_deref(), Some("CVSS:3.1/AV:N"));
    let fix = os.fix.as_ref().unwrap();
    assert_eq!(
        (fix.state, fix.versions.as_slice()),
        (FixState::Fixed, ["1.1.1k-1+deb11u2".to_owned()].as_slice())
    );

    let library = finding(document, "GHSA-vh95-rmgr-6w4m");
    assert_eq!(package(library), (Some("minimist"), Some("1.2.0"), None, Some("/app/package lock.json")));
    assert_eq!(library.fix, None);
    let suppressed = library.suppressed.as_ref().unwrap();
    assert_eq!((suppressed.by, suppressed.status.as_deref()), (SuppressedBy::Scanner, Some("accepted")));
    assert_eq!(suppressed.justification.as_deref(), Some("not reachable"));

    let [secret] = document.sensitive.as_slice() else { panic!("one secret") };
    assert_eq!(
        (secret.kind.as_deref(), secret.severity, secret.path.as_deref(), secret.line),
        (Some("private-key"), Severity::High, Some("/app/id_rsa"), Some(3))
    );
    assert!(!profile.to_json().contains("invented"));
}

#[test]
fn findings_of_grype() {
    let profile = read("sarif-grype");
    let os = finding(profile.document(), "ELSA-2021-1");
    assert_eq!(package(os), (Some("glibc"), Some("2.27"), Some("rpm"), None));
    assert_eq!(os.package.as_ref().unwrap().purl.as_deref(), Some("pkg:rpm/ol/glibc@2.27?arch=x86_64"));
    assert_eq!((os.severity, os.class.as_deref(), score(os)), (Severity::Negligible, Some("os"), None));
    assert_eq!(os.fix.as_ref().unwrap().versions, ["2.28", "2.29"]);
    let library = finding(profile.document(), "GHSA-vh95-rmgr-6w4m");
    // The rule tells of the first version, the message of its own.
    assert_eq!(package(library), (Some("minimist"), Some("1.2.5"), Some("npm"), Some("/app/package.json")));
    assert_eq!((library.severity, score(library)), (Severity::Critical, Some(9.8)));
}

#[test]
fn several_tools_in_one_report() {
    let profile = read("sarif-mixed");
    let document = profile.document();
    let snyk = finding(document, "SNYK-DEBIAN11-OPENSSL-1569403");
    assert_eq!(snyk.aliases, ["CVE-2021-3711"]);
    assert_eq!(package(snyk), (Some("openssl/libssl1.1"), Some("1.1.1k"), Some("deb"), None));
    assert_eq!(
        (snyk.severity, snyk.class.as_deref(), score(snyk)),
        (Severity::Critical, Some("os"), Some(9.8))
    );
    assert_eq!(finding(document, "CVE-2021-44228").severity, Severity::Medium, "by its level");
    assert_eq!(document.vulnerabilities.len(), 2);

    let [secret] = document.sensitive.as_slice() else { panic!("one secret: the other is gone") };
    assert_eq!((secret.path.as_deref(), secret.line), (Some("/app/.env"), Some(9)));
    assert_eq!(secret.severity, Severity::Unknown, "SARIF's default level is not what the tool says");
    assert!(!profile.to_json().contains("invented"));

    let [malware] = document.malware.as_slice() else { panic!("one: `pass` is none") };
    assert_eq!((malware.family.as_deref(), malware.class.as_deref()), (Some("Acme.Worm.1"), Some("worm")));
    assert_eq!((malware.path.as_deref(), malware.severity), (Some("/bin/x"), Severity::High));

    let scan = document.scan.as_ref().unwrap();
    assert_eq!(scan.state, Some(ScanState::Partial), "a licence was left out");
    assert_eq!(scan.scanner.as_deref(), Some("snyk container, gitleaks v8.0.0, acme-scanner"));
    assert_eq!(scan.scanned_at, None, "two of three do not say");
}

fn state(run: &str) -> ScanState {
    let text = format!(r#"{{"version": "2.1.0", "runs": [{run}]}}"#);
    parse(text.as_bytes(), &named()).unwrap_or_else(|error| panic!("{error}: {text}")).scan_state()
}

#[test]
fn nothing_found_is_only_clean_if_the_tool_looks_into_images() {
    let grype = r#""tool": {"driver": {"name": "Grype"}}"#;
    let linter = r#""tool": {"driver": {"name": "ESLint"}}"#;
    for (run, expected) in [
        (format!(r#"{{{grype}, "results": []}}"#), ScanState::Complete),
        (format!(r#"{{{grype}}}"#), ScanState::NotScanned),
        (format!(r#"{{{grype}, "results": null}}"#), ScanState::NotScanned),
        (format!(r#"{{{linter}, "results": []}}"#), ScanState::Unsupported),
        (format!(r#"{{{linter}, "results": [{{"ruleId": "no-eval"}}]}}"#), ScanState::Partial),
        (
            format!(r#"{{{linter}, "results": [{{"ruleId": "no-eval", "kind": "pass"}}]}}"#),
            ScanState::Unsupported,
        ),
        (
            format!(r#"{{{grype}, "results": [], "invocations": [{{"executionSuccessful": false}}]}}"#),
            ScanState::Failed,
        ),
        (
            format!(
                r#"{{{grype}, "results": [{{"ruleId": "CVE-2021-44228"}}], "invocations": [{{"executionSuccessful": false}}]}}"#
            ),
            ScanState::Partial,
        ),
        (
            format!(
                r#"{{{grype}, "results": [], "invocations": [{{"executionSuccessful": true, "toolExecutionNotifications": [{{"level": "error"}}]}}]}}"#
            ),
            ScanState::Failed,
        ),
    ] {
        assert_eq!(state(&run), expected, "{run}");
    }
    assert_eq!(read("sarif-linter").scan_state(), ScanState::Unsupported);
    let none = parse(br#"{"version": "2.1.0", "runs": []}"#, &named()).unwrap_err();
    assert_eq!(none.code(), "no_profile");
}

fn only(result: &str, rule: &str, tool: &str) -> Vulnerability {
    let text = format!(
        r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "{tool}", "rules": [{rule}]}}}}, "results": [{result}]}}]}}"#
    );
    let profile = parse(text.as_bytes(), &named()).unwrap_or_else(|error| panic!("{error}: {text}"));
    profile.document().vulnerabilities[0].clone()
}

#[test]
fn severity_is_what_the_tool_says_before_what_follows_from_a_score() {
    let of = |result: &str, rule: &str| {
        let result = format!(r#"{{"ruleId": "CVE-2021-44228"{result}}}"#);
        only(&result, &format!(r#"{{"id": "CVE-2021-44228"{rule}}}"#), "acme").severity
    };
    assert_eq!(of("", ""), Severity::Unknown);
    assert_eq!(of("", r#", "defaultConfiguration": {"level": "note"}"#), Severity::Low);
    assert_eq!(of(r#", "level": "error""#, ""), Severity::High);
    assert_eq!(of(r#", "level": "none""#, ""), Severity::Unknown);
    assert_eq!(
        of(r#", "level": "error""#, r#", "properties": {"security-severity": "9.1"}"#),
        Severity::Critical
    );
    assert_eq!(of(r#", "level": "error""#, r#", "properties": {"security-severity": 4}"#), Severity::Medium);
    assert_eq!(of("", r#", "properties": {"security-severity": "11"}"#), Severity::Unknown);
    assert_eq!(
        of(r#", "properties": {"severity": "low"}"#, r#", "properties": {"security-severity": "9.1"}"#),
        Severity::Low
    );
    assert_eq!(of("", r#", "properties": {"tags": ["Low", "HIGH"], "severity": "low"}"#), Severity::High);
    assert_eq!(of(r#", "message": {"text": "x\nSeverity: low"}"#, ""), Severity::Low);
    // A property bag is anybody's: what has another shape says nothing.
    assert_eq!(
        of("", r#", "properties": {"tags": 7, "severity": {}, "security-severity": [true]}"#),
        Severity::Unknown
    );
}

#[test]
fn rules_are_found_by_id_or_index() {
    let rule = r#"{"id": "CVE-2021-44228", "properties": {"tags": ["high"]}}"#;
    for result in [
        r#"{"ruleId": "CVE-2021-44228"}"#,
        r#"{"ruleId": "CVE-2021-44228/2"}"#,
        r#"{"ruleIndex": 0}"#,
        r#"{"rule": {"id": "CVE-2021-44228"}}"#,
    ] {
        let found = only(result, rule, "acme");
        assert_eq!(
            (found.id.as_deref(), found.severity),
            (Some("CVE-2021-44228"), Severity::High),
            "{result}"
        );
    }
    let lost = only(r#"{"ruleId": "CVE-2021-44229", "ruleIndex": 0}"#, rule, "acme");
    assert_eq!((lost.id.as_deref(), lost.severity), (Some("CVE-2021-44229"), Severity::Unknown));
    assert_eq!(only(r#"{"ruleIndex": -1}"#, rule, "grype").id, None);
}

#[test]
fn a_suppression_counts_if_all_are_accepted() {
    let is_suppressed = |rows: &str, tool: &str| {
        let result = format!(r#"{{"ruleId": "CVE-2021-44228", "suppressions": {rows}}}"#);
        only(&result, "", tool).suppressed.is_some()
    };
    for (rows, expected) in [
        ("null", false),
        ("[]", false),
        (r#"[{"kind": "external"}]"#, true),
        (r#"[{"kind": "external", "status": "accepted"}, {"kind": "inSource"}]"#, true),
        (r#"[{"kind": "external", "status": "underReview"}]"#, false),
        (r#"[{"kind": "external"}, {"kind": "external", "status": "rejected"}]"#, false),
    ] {
        assert_eq!(is_suppressed(rows, "grype"), expected, "{rows}");
    }
    assert!(!is_suppressed(r#"[{"kind": "external"}]"#, "Anchore Container Vulnerability Report (T0)"));
}

#[test]
fn runs_of_several_images() {
    let run = |tag: &str, id: &str| {
        format!(
            r#"{{"tool": {{"driver": {{"name": "Trivy"}}}}, "results": [{{"ruleId": "{id}"}}], "properties": {{"repoTags": [{tag}]}}}}"#
        )
    };
    let all = |runs: &[String], options: &Options| {
        let text = format!(r#"{{"version": "2.1.0", "runs": [{}]}}"#, runs.join(","));
        parse_all(text.as_bytes(), options).map(|profiles| {
            let ids = |profile: &ScanProfile| -> Vec<String> {
                profile.document().vulnerabilities.iter().map(|found| found.id.clone().unwrap()).collect()
            };
            profiles.iter().map(ids).collect::<Vec<_>>()
        })
    };
    let (a, b, none) =
        (run(r#""a:1""#, "CVE-2021-0001"), run(r#""b:1""#, "CVE-2021-0002"), run("", "CVE-2021-0003"));
    let free = Options::default();
    assert_eq!(all(&[a.clone(), none.clone()], &free).unwrap(), [["CVE-2021-0001", "CVE-2021-0003"]]);
    assert_eq!(all(&[a.clone(), b.clone()], &free).unwrap(), [["CVE-2021-0001"], ["CVE-2021-0002"]]);
    assert_eq!(all(&[a.clone(), b.clone(), none.clone()], &free).unwrap_err().code(), "missing_identity");
    let for_b = Options::default().with_image(ImageIdentity::of("b:1").unwrap());
    let found = all(&[a, b, none], &for_b).unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].contains(&"CVE-2021-0002".to_owned()) && found[0].contains(&"CVE-2021-0003".to_owned()));
}

#[test]
fn mistakes_name_their_place() {
    let tool = r#""tool": {"driver": {"name": "Trivy"}}"#;
    for (text, code, pointer) in [
        (r#"{"version": "2.0.0", "runs": []}"#.to_owned(), "unsupported_version", "/version"),
        (r#"{"version": "2.1.0", "runs": [{}]}"#.to_owned(), "missing_field", "/runs/0/tool/driver/name"),
        (
            format!(r#"{{"version": "2.1.0", "runs": [{{{tool}, "results": {{}}}}]}}"#),
            "wrong_type",
            "/runs/0/results",
        ),
        (
            format!(r#"{{"version": "2.1.0", "runs": [{{{tool}, "results": [{{"ruleId": 7}}]}}]}}"#),
            "wrong_type",
            "/runs/0/results/0/ruleId",
        ),
        (
            format!(r#"{{"version": "2.1.0", "runs": [{{{tool}, "properties": {{"imageID": "abc"}}}}]}}"#),
            "invalid_id",
            "/runs/0/properties/imageID",
        ),
    ] {
        let error = parse(text.as_bytes(), &named()).unwrap_err();
        assert_eq!((error.code(), error.pointer().unwrap_or_default()), (code, pointer), "{text}: {error}");
    }
    let other = named().with_format("sarif".parse().unwrap());
    assert_eq!(parse(br#"{"version": "2.1.0"}"#, &other).unwrap_err().kind(), ErrorKind::Unsupported);
}
