//! What is read of the reports of `trivy k8s`, image by image.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{ErrorKind, ImageIdentity, Limits, ScanProfile, ScanState};
use imagegate_readers::profile::{Options, parse, parse_all};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../testdata/reports/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn about(image: &str) -> Options {
    Options::default().with_image(ImageIdentity::of(image).unwrap())
}

fn ids(profile: &ScanProfile) -> Vec<&str> {
    profile.document().vulnerabilities.iter().map(|found| found.id.as_deref().unwrap()).collect()
}

#[test]
fn each_image_is_one_profile() {
    let profiles = parse_all(&fixture("trivy-k8s-resources"), &Options::default()).unwrap();
    let [cart, nginx] = profiles.as_slice() else { panic!("two images: {profiles:#?}") };
    let image = &cart.document().image;
    assert!(image.id.as_deref().unwrap().starts_with("sha256:b7c6"));
    assert_eq!(
        image.names,
        ["registry.example.com/shop/cart:1.4.2", "registry.example.com/shop/cart:latest"]
    );
    assert_eq!(image.platform.as_deref(), Some("linux/amd64"));
    assert_eq!(ids(cart), ["CVE-2022-0778"], "found in two resources, and one finding");
    assert_eq!(cart.document().sensitive[0].path.as_deref(), Some("/app/id_rsa"));
    assert_eq!(cart.scan_state(), ScanState::Complete);
    assert_eq!(cart.document().scan.as_ref().unwrap().scanner.as_deref(), Some("trivy"));
    assert!(!cart.to_json().contains("invented"));
    assert_eq!(nginx.document().image.names, ["nginx"], "named by the target alone");
    assert_eq!(ids(nginx), ["CVE-2023-45853"]);

    let error = parse(&fixture("trivy-k8s-resources"), &Options::default()).unwrap_err();
    assert_eq!(error.code(), "several_profiles");
}

#[test]
fn the_image_named_is_picked_out() {
    let bytes = fixture("trivy-k8s-resources");
    assert_eq!(ids(&parse(&bytes, &about("docker.io/library/nginx:latest")).unwrap()), ["CVE-2023-45853"]);
    let id = "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    assert_eq!(ids(&parse(&bytes, &about(id)).unwrap()), ["CVE-2022-0778"]);
    assert_eq!(parse(&bytes, &about("redis")).unwrap_err().kind(), ErrorKind::ImageMismatch);
}

#[test]
fn what_could_be_of_any_image_counts_for_all() {
    let profiles = parse_all(&fixture("trivy-k8s-summary"), &Options::default()).unwrap();
    let [nginx, cart] = profiles.as_slice() else { panic!("two images") };
    assert_eq!(nginx.document().image.names, ["nginx:1.27"]);
    assert_eq!(ids(nginx), ["CVE-2023-45853", "CVE-2024-1"]);
    assert_eq!(ids(cart), ["CVE-2024-1"]);
    assert_eq!((nginx.scan_state(), cart.scan_state()), (ScanState::Partial, ScanState::Partial));
}

fn with(resources: &str) -> String {
    format!(r#"{{"ClusterName": "", "Resources": [{resources}]}}"#)
}

#[test]
fn a_cluster_without_images_has_no_profile() {
    let config = r#"{"Results": [{"Target": "Service/a", "Class": "config"}]}"#;
    for text in [
        String::from_utf8(fixture("trivy-k8s-nothing")).unwrap(),
        r#"{"ClusterName": "prod"}"#.to_owned(),
        with(config),
        with(r#"{"Error": "image not found"}"#),
    ] {
        for options in [Options::default(), about("nginx")] {
            let error = parse_all(text.as_bytes(), &options).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidProfile, "no_profile"), "{text}");
        }
    }
}

#[test]
fn findings_of_an_image_without_a_name_need_one() {
    let row = r#"{"VulnerabilityID": "CVE-2024-1", "PkgName": "stdlib"}"#;
    let nameless = format!(
        r#"{{"Results": [{{"Target": "app/server", "Class": "lang-pkgs", "Vulnerabilities": [{row}]}}]}}"#
    );
    let text = with(&nameless);
    assert_eq!(parse(text.as_bytes(), &Options::default()).unwrap_err().code(), "missing_identity");
    assert_eq!(ids(&parse(text.as_bytes(), &about("shop/cart")).unwrap()), ["CVE-2024-1"]);
    // Another image that is named does not get them.
    let nginx = r#"{"Results": [{"Target": "nginx (debian 12)", "Class": "os-pkgs"}]}"#;
    let both = with(&format!("{nameless}, {nginx}"));
    assert!(ids(&parse(both.as_bytes(), &Options::default()).unwrap()).is_empty());
}

#[test]
fn how_far_the_scan_of_an_image_got() {
    let image = r#""Metadata": {"RepoTags": ["nginx:1"]}"#;
    let results = |results: &str| format!(r#"{{{image}, "Results": [{results}]}}"#);
    let packages = r#"{"Target": "nginx:1 (debian 12)", "Class": "os-pkgs"}"#;
    let config = r#"{"Target": "Pod/a", "Class": "config"}"#;
    for (resources, state) in [
        (results(packages), ScanState::Complete),
        (results(config), ScanState::Partial),
        (results(""), ScanState::Unsupported),
        (format!(r#"{{{image}, "Error": "timeout"}}"#), ScanState::Failed),
        (format!(r#"{{{image}, "Results": [{packages}], "Error": "timeout"}}"#), ScanState::Partial),
        (format!(r#"{}, {{{image}, "Error": "timeout"}}"#, results(packages)), ScanState::Partial),
    ] {
        let profile = parse(with(&resources).as_bytes(), &Options::default()).unwrap();
        assert_eq!(profile.scan_state(), state, "{resources}");
    }
}

#[test]
fn the_first_releases_had_two_lists() {
    let text = r#"{"ClusterName": "prod",
        "Vulnerabilities": [{"Results": [{"Target": "nginx:1 (debian 12)", "Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-2024-1"}]}]}],
        "Misconfigurations": [{"Results": [{"Target": "Pod/a", "Class": "config"}]}]}"#;
    assert_eq!(ids(&parse(text.as_bytes(), &Options::default()).unwrap()), ["CVE-2024-1"]);
}

#[test]
fn mistakes_name_their_place() {
    for (resource, code, pointer) in [
        (r#"{"Metadata": 7}"#, "wrong_type", "/Resources/0/Metadata"),
        (r#"{"Metadata": [{"ImageID": "abc"}]}"#, "invalid_id", "/Resources/0/Metadata/0/ImageID"),
        (r#"{"Metadata": {"RepoTags": ["a b"]}}"#, "invalid_name", "/Resources/0/Metadata/RepoTags/0"),
        (
            r#"{"Metadata": {"RepoTags": ["a"]}, "Results": [{"Class": "os-pkgs"}]}"#,
            "missing_field",
            "/Resources/0/Results/0/Target",
        ),
        (
            r#"{"Results": [{"Target": "a", "Vulnerabilities": {}}]}"#,
            "wrong_type",
            "/Resources/0/Results/0/Vulnerabilities",
        ),
    ] {
        let error = parse(with(resource).as_bytes(), &Options::default()).unwrap_err();
        assert_eq!(
            (error.code(), error.pointer().unwrap_or_default()),
            (code, pointer),
            "{resource}: {error}"
        );
        assert!(error.position().is_some(), "{resource}");
    }
    let options = Options::default().with_format("trivy-k8s".parse().unwrap());
    assert_eq!(parse(br#"{"Resources": []}"#, &options).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn findings_that_count_for_all_images_count_for_the_limit() {
    let limits = Limits { findings: 2, ..Limits::default() };
    let error =
        parse_all(&fixture("trivy-k8s-summary"), &Options::default().with_limits(limits)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}
