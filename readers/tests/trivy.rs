//! What is read of Trivy's reports, fact by fact.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{
    ErrorKind, FixState, ImageIdentity, Limits, ProfileDocument, ScanProfile, ScanState, Severity,
    SuppressedBy, Vulnerability,
};
use imagegate_readers::profile::{Format, Options, formats, parse, parse_all};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../testdata/reports/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read(name: &str) -> ScanProfile {
    parse(&fixture(name), &Options::default()).unwrap()
}

fn refused(name: &str) -> imagegate::Error {
    parse(&fixture(name), &Options::default()).unwrap_err()
}

fn named() -> Options {
    Options::default().with_image(ImageIdentity::of("registry.example.com/shop/cart:1").unwrap())
}

fn trivy() -> Format {
    "trivy".parse().unwrap()
}

#[track_caller]
fn finding<'d>(document: &'d ProfileDocument, id: &str) -> &'d Vulnerability {
    document.vulnerabilities.iter().find(|finding| finding.id.as_deref() == Some(id)).unwrap()
}

#[test]
fn the_image_and_the_scan() {
    let profile = read("trivy-image");
    let image = &profile.document().image;
    let id = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    assert_eq!(image.id.as_deref(), Some(id));
    assert_eq!(image.names, ["registry.example.com/shop/cart:1.4.2"]);
    assert_eq!(
        image.digests,
        [
            "registry.example.com/shop/cart@sha256:a8b5d9854817d4896949962f4f2352b44d93aacfb8289afa361e9cc439c06566"
        ]
    );
    assert_eq!(image.platform.as_deref(), Some("linux/amd64"));
    let scan = profile.document().scan.as_ref().unwrap();
    assert_eq!(scan.state, Some(ScanState::Complete));
    assert_eq!(scan.scanner.as_deref(), Some("trivy 0.65.0"));
    assert_eq!(scan.scanned_at.unwrap().to_string(), "2026-11-23T22:10:00.5Z");
    assert_eq!(scan.feed_updated_at, None);
}

#[test]
fn a_vulnerability_with_all_it_has() {
    let profile = read("trivy-image");
    let found = finding(profile.document(), "CVE-2022-0778");
    assert_eq!(found.aliases, ["DSA-5103-1"]);
    assert_eq!((found.severity, found.severity_source.as_deref()), (Severity::High, Some("debian")));
    assert_eq!(found.class.as_deref(), Some("os"));
    assert_eq!(found.published_at.unwrap().to_string(), "2022-03-15T17:15:08.513Z");
    let package = found.package.as_ref().unwrap();
    assert_eq!(package.name.as_deref(), Some("openssl"));
    assert_eq!(package.version.as_deref(), Some("1.1.1k-1+deb11u1"));
    assert_eq!(package.ecosystem.as_deref(), Some("deb"));
    assert!(package.purl.as_deref().unwrap().starts_with("pkg:deb/debian/openssl@"));
    assert_eq!(package.path, None);
    // Trivy knows neither, so that both are unknown and not "no".
    assert!(found.labels.is_none() && found.epss.is_none() && found.known_exploited.is_none());
    // One without an id or a severity is still one.
    let bare = profile.document().vulnerabilities.iter().find(|finding| finding.id.is_none()).unwrap();
    assert_eq!(bare.severity, Severity::Unknown);
    assert_eq!(finding(profile.document(), "CVE-2023-45853").published_at, None, "Go's zero time");
}

#[test]
fn fixes() {
    let profile = read("trivy-image");
    let fix = |id: &str| {
        let fix = finding(profile.document(), id).fix.clone().unwrap_or_default();
        (fix.state, fix.versions)
    };
    let some = |versions: &[&str]| versions.iter().map(|version| (*version).to_owned()).collect::<Vec<_>>();
    assert_eq!(fix("CVE-2022-0778"), (FixState::Fixed, some(&["1.1.1k-1+deb11u2"])));
    assert_eq!(fix("CVE-2023-45853"), (FixState::WillNotFix, some(&[])));
    assert_eq!(fix("TEMP-0841856-B18BAF"), (FixState::NotFixed, some(&[])));
    assert_eq!(fix("CVE-2021-1"), (FixState::Deferred, some(&[])));
    assert_eq!(fix("CVE-2021-2"), (FixState::EndOfLife, some(&[])));
    assert_eq!(fix("CVE-2021-3"), (FixState::Unknown, some(&[])));
    assert_eq!(fix("CVE-2021-4"), (FixState::Unknown, some(&[])));
    assert_eq!(fix("GHSA-1"), (FixState::Fixed, some(&["2.6.9", "3.1.0", "3.2.7"])));
    assert_eq!(fix("GHSA-2"), (FixState::Fixed, some(&[">= 3.1.0, < 4"])));
    assert!(finding(profile.document(), "CVE-2021-4").suppressed.is_none(), "`not_affected` stays a finding");
}

#[test]
fn one_score_is_chosen_by_rule() {
    let profile = read("trivy-image");
    let score = |id: &str| {
        let cvss = finding(profile.document(), id).cvss.clone().unwrap();
        (cvss.score.unwrap().get(), cvss.vector.unwrap_or_default())
    };
    // The source of the severity before nvd; nvd before a higher one; the highest, and of equals the first by name.
    assert_eq!(score("CVE-2022-0778"), (7.5, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H".to_owned()));
    assert_eq!(score("CVE-2023-45853"), (9.8, String::new()));
    assert_eq!(score("GHSA-1"), (8.1, "alpha".to_owned()));
    assert_eq!(score("CVE-2021-2"), (4.0, "first by name".to_owned()));
    assert!(finding(profile.document(), "CVE-2021-3").cvss.is_none());
}

#[test]
fn libraries_have_a_path_so_that_two_lock_files_are_two_findings() {
    let profile = read("trivy-image");
    let paths = |id: &str| -> Vec<Option<&str>> {
        let of_id =
            profile.document().vulnerabilities.iter().filter(|finding| finding.id.as_deref() == Some(id));
        of_id.map(|finding| finding.package.as_ref().unwrap().path.as_deref()).collect()
    };
    assert_eq!(paths("GHSA-2"), [Some("/app/package-lock.json"), Some("/app/admin/package-lock.json")]);
    assert_eq!(paths("CVE-2021-44228"), [Some("/app/log4j-core-2.14.1.jar")]);
    assert_eq!(paths("CVE-2021-45046"), [None], "`Java` is no path");
    let found = finding(profile.document(), "CVE-2021-44228");
    assert_eq!(found.class.as_deref(), Some("library"));
    assert_eq!(found.package.as_ref().unwrap().ecosystem.as_deref(), Some("maven"));
}

#[test]
fn what_was_suppressed_is_kept_and_says_so() {
    let profile = read("trivy-image");
    let suppressed = finding(profile.document(), "CVE-2017-16137").suppressed.clone().unwrap();
    assert_eq!(suppressed.by, SuppressedBy::Vex);
    assert_eq!(suppressed.status.as_deref(), Some("not_affected"));
    assert_eq!(suppressed.justification.as_deref(), Some("vulnerable_code_not_in_execute_path"));
    assert_eq!(suppressed.source.as_deref(), Some("./vex.json"));
    let ignored = finding(profile.document(), "CVE-2017-20162").suppressed.clone().unwrap();
    assert_eq!((ignored.by, ignored.status.as_deref()), (SuppressedBy::IgnoreFile, Some("ignored")));
    assert_eq!(profile.document().vulnerabilities.len(), 15);
}

#[test]
fn secrets_are_kept_without_the_secret() {
    let profile = read("trivy-image");
    let [secret] = profile.document().sensitive.as_slice() else { panic!("one secret") };
    assert_eq!(secret.kind.as_deref(), Some("private-key"));
    assert_eq!(
        (secret.severity, secret.path.as_deref(), secret.line),
        (Severity::High, Some("/app/id_rsa"), Some(1))
    );
    assert!(!profile.to_json().contains("invented"));
}

#[test]
fn reports_before_there_was_a_schema() {
    let list = read("trivy-list");
    assert_eq!(list.document().image.names, ["alpine:3.10"]);
    let found = finding(list.document(), "CVE-2019-1549");
    assert_eq!(found.class.as_deref(), Some("os"));
    assert_eq!(found.package.as_ref().unwrap().ecosystem.as_deref(), Some("apk"));
    assert_eq!(list.scan_state(), ScanState::Complete);
    assert_eq!(list.document().scan.as_ref().unwrap().scanner.as_deref(), Some("trivy"));

    let unversioned = read("trivy-unversioned");
    assert!(unversioned.document().image.id.is_some());
    assert_eq!(unversioned.document().image.names, ["alpine:3.10"]);
}

#[test]
fn no_result_is_not_a_clean_image() {
    assert_eq!(read("trivy-no-results").scan_state(), ScanState::Unsupported);
    assert_eq!(read("trivy-secrets-only").scan_state(), ScanState::Partial);
    // `null` and `[]` are nobody's until somebody says whose they are.
    for nothing in [b"null".as_slice(), b"[]"] {
        for options in [Options::default(), named()] {
            let error = parse(nothing, &options).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"));
        }
        assert_eq!(
            parse(nothing, &named().with_format(trivy())).unwrap().scan_state(),
            ScanState::Unsupported
        );
        let nameless = parse(nothing, &Options::default().with_format(trivy())).unwrap_err();
        assert_eq!(nameless.code(), "missing_identity");
    }
}

#[test]
fn a_report_without_an_image_is_refused_until_the_image_is_named() {
    for name in ["trivy-filesystem", "trivy-sbom", "trivy-archive", "trivy-list-archive", "trivy-list-host"] {
        let error = refused(name);
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidProfile, "missing_identity"), "{name}");
        assert!(error.to_string().contains("`--image REF|ID`"), "{error}");
        let profile = parse(&fixture(name), &named()).unwrap();
        assert_eq!(profile.document().image.names, ["registry.example.com/shop/cart:1"], "{name}");
        assert_eq!(profile.scan_state(), ScanState::Complete);
    }
}

#[test]
fn a_scanned_sbom_or_file_system_is_read_as_an_image_is() {
    for (name, kind) in [("trivy-sbom", "cyclonedx"), ("trivy-filesystem", "filesystem")] {
        assert!(refused(name).to_string().contains(&format!("of type `{kind}`")), "{name}");
        let profile = parse(&fixture(name), &named()).unwrap();
        let found = finding(profile.document(), "GHSA-2");
        assert_eq!((found.severity, found.class.as_deref()), (Severity::High, Some("library")), "{name}");
    }
    let profile = parse(&fixture("trivy-sbom"), &named()).unwrap();
    let package = finding(profile.document(), "GHSA-2").package.clone().unwrap();
    assert_eq!(package.path.as_deref(), Some("/app/node_modules/ip/package.json"));
    assert_eq!(package.ecosystem.as_deref(), Some("npm"));
}

#[test]
fn what_was_scanned_is_a_name_only_if_it_is_one() {
    let names = |artifact: &str| {
        let text = format!(
            r#"{{"SchemaVersion": 2, "ArtifactName": "{artifact}", "ArtifactType": "container_image",
                "Metadata": {{"ImageID": "sha256:{}"}}}}"#,
            "ab".repeat(32)
        );
        parse(text.as_bytes(), &Options::default()).unwrap().document().image.names.clone()
    };
    assert_eq!(names("alpine"), ["alpine"]);
    assert_eq!(names("registry.example.com:5000/shop/cart:1"), ["registry.example.com:5000/shop/cart:1"]);
    for no_name in ["", "shop.tar", "images/shop.TAR.GZ", "./layout", "/srv/layout", "abababababab", "a b"] {
        assert!(names(no_name).is_empty(), "{no_name}");
    }
}

#[test]
fn naming_another_image_is_a_mismatch() {
    let other = ImageIdentity::of(&"0".repeat(64)).unwrap();
    let error = parse(&fixture("trivy-image"), &Options::default().with_image(other)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ImageMismatch);
}

#[test]
fn mistakes_name_their_place() {
    let cases = [
        (r#"{"SchemaVersion": 2, "Results": {}}"#, "wrong_type", "/Results"),
        (r#"{"SchemaVersion": "2", "Results": []}"#, "unknown_format", ""),
        (
            r#"{"SchemaVersion": 2, "Results": [{"Vulnerabilities": []}]}"#,
            "missing_field",
            "/Results/0/Target",
        ),
        (
            r#"{"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": "none"}]}"#,
            "wrong_type",
            "/Results/0/Vulnerabilities",
        ),
        (
            r#"{"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [{"Severity": 4}]}]}"#,
            "wrong_type",
            "/Results/0/Vulnerabilities/0/Severity",
        ),
        (
            r#"{"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [null]}]}"#,
            "wrong_type",
            "/Results/0/Vulnerabilities/0",
        ),
        (
            r#"{"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [{"CVSS": {"n/d": {"V3Score": 11}}}]}]}"#,
            "invalid_score",
            "/Results/0/Vulnerabilities/0/CVSS/n~1d/V3Score",
        ),
        (r#"{"SchemaVersion": 2, "Results": [], "Results": []}"#, "duplicate_key", "/Results"),
        (r#"{"SchemaVersion": 2, "Metadata": {"ImageID": "abc"}}"#, "invalid_id", "/Metadata/ImageID"),
        (
            r#"{"SchemaVersion": 2, "Metadata": {"RepoDigests": ["a@sha256:1"]}}"#,
            "invalid_digest",
            "/Metadata/RepoDigests/0",
        ),
        (
            r#"{"SchemaVersion": 2, "Metadata": {"RepoTags": ["a b"]}}"#,
            "invalid_name",
            "/Metadata/RepoTags/0",
        ),
    ];
    for (text, code, pointer) in cases {
        let error = parse(text.as_bytes(), &named()).unwrap_err();
        assert_eq!((error.code(), error.pointer().unwrap_or_default()), (code, pointer), "{text}: {error}");
        assert_eq!(error.position().is_some(), !pointer.is_empty(), "{text}");
    }
    assert_eq!(refused("trivy-next-schema").code(), "unsupported_version");
}

#[test]
fn what_is_no_report_is_refused_and_told_apart() {
    for (name, what) in [
        ("other-trivy-operator", "a trivy-operator resource of kind `VulnerabilityReport`"),
        ("other-image-manifest", "no scan report of a known format"),
    ] {
        for options in [Options::default(), named()] {
            let error = parse(&fixture(name), &options).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"), "{name}");
            assert!(error.to_string().contains(what), "{error}");
            assert!(error.to_string().contains("known are `imagegate`, `trivy`"), "{error}");
        }
        let error = parse(&fixture(name), &named().with_format(trivy())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}");
    }
    let launch = parse(br#"{"Image": "alpine", "HostConfig": {}}"#, &named()).unwrap_err();
    assert!(launch.to_string().contains("a Docker create request"), "{launch}");
}

#[test]
fn own_documents_are_read_strictly_through_the_same_door() {
    assert_eq!(read("imagegate-profile").document().vulnerabilities.len(), 1);
    let misspelt =
        parse(br#"{"version": 1, "image": {"names": ["a"]}, "malwares": []}"#, &Options::default());
    assert_eq!(misspelt.unwrap_err().code(), "unknown_field");
    assert_eq!(
        parse_all(&fixture("imagegate-profile"), &named()).unwrap()[0].document().image.names.len(),
        2
    );
}

#[test]
fn formats_have_names() {
    let names: Vec<_> = formats().map(Format::as_str).collect();
    assert_eq!(names[..2], ["imagegate", "trivy"]);
    let error = "tryvi".parse::<Format>().unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"));
    assert!(error.to_string().ends_with(&format!("known are `{}`", names.join("`, `"))));
}

#[test]
fn limits_hold() {
    let with = |limits| parse(&fixture("trivy-image"), &Options::default().with_limits(limits)).unwrap_err();
    assert_eq!(with(Limits { bytes: 100, ..Limits::default() }).kind(), ErrorKind::LimitExceeded);
    assert_eq!(with(Limits { depth: 3, ..Limits::default() }).kind(), ErrorKind::LimitExceeded);
    assert_eq!(with(Limits { findings: 14, ..Limits::default() }).kind(), ErrorKind::LimitExceeded);
}
