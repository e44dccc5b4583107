//! Pods: several containers, several profiles, folders of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{NOW, Ran, data, imagegate, json};

fn decide(rest: &str) -> Ran {
    imagegate(&format!("decide --policies {{}}/policies.json {NOW} --launch {{}}/pod.yaml {rest}"))
}

#[test]
fn each_of_three_containers_takes_its_profile_of_two() {
    let ran = decide("--profile {}/trivy.json --profile {}/migrate.json --format json");
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let document = json(&ran.stdout);
    assert_eq!(document["action"], "intercept");
    let decisions = document["decisions"].as_array().unwrap();
    let told: Vec<_> = decisions
        .iter()
        .map(|one| {
            let events = one["decision"]["events"].as_array().unwrap();
            let hit: Vec<_> = events.iter().map(|event| event["policy"]["id"].as_str().unwrap()).collect();
            (one["container"].as_str().unwrap(), one["decision"]["action"].as_str().unwrap(), hit)
        })
        .collect();
    // The feed of the Trivy report is of an unknown age, which counts as too old; nobody scanned the proxy.
    assert_eq!(
        told,
        [
            ("migrate", "allow", vec![]),
            ("cart", "alarm", vec!["unscanned"]),
            ("proxy", "intercept", vec!["privileged", "unscanned"]),
        ]
    );
}

#[test]
fn the_text_has_a_verdict_a_container_and_one_over_all() {
    let ran = decide("--profile {}/trivy.json --profile {}/migrate.json");
    assert_eq!(ran.code, 1);
    let verdicts: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| ["ALLOW", "ALARM", "INTERCEPT", "Overall"].iter().any(|word| line.starts_with(word)))
        .collect();
    assert_eq!(
        verdicts,
        [
            "ALLOW  registry.example.com/shop/migrate:7  container migrate",
            "ALARM  registry.example.com/shop/cart:1.4.2  container cart",
            "INTERCEPT  registry.example.com/mesh/proxy:3  container proxy",
            "Overall INTERCEPT: 3 containers, 1 intercepted, 1 alarmed, 1 allowed",
        ]
    );
}

#[test]
fn a_folder_of_profiles_is_a_store() {
    let files = decide("--profile {}/trivy.json --profile {}/migrate.json --format json");
    let folder = decide("--profile {}/shop-scans --format json");
    assert_eq!((folder.code, &folder.stdout), (files.code, &files.stdout));
    // A report of another image in it is neither applied nor worth a word, not even if it is the only one.
    let store = tempfile::tempdir().unwrap();
    std::fs::copy(data("migrate.json"), store.path().join("a.json")).unwrap();
    std::fs::write(store.path().join(".hidden"), "no report").unwrap();
    let only = |rest: &str| {
        let launch = data("quiet.json");
        imagegate(&format!(
            "decide --policies {{}}/policies.json {NOW} --launch {} --profile {} {rest}",
            launch.display(),
            store.path().display()
        ))
    };
    let ran = only("");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("Images nobody has scanned"), "{}", ran.stdout);
    // What is no report in it is an error, as is what would be missed.
    std::fs::write(store.path().join("notes.md"), "# Scans").unwrap();
    let ran = only("");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("notes.md"), "{}", ran.stderr);
    std::fs::remove_file(store.path().join("notes.md")).unwrap();
    std::fs::create_dir(store.path().join("more")).unwrap();
    assert!(only("").stderr.contains("is a folder in a folder of scan reports"));
    std::fs::remove_dir(store.path().join("more")).unwrap();
    std::fs::remove_file(store.path().join("a.json")).unwrap();
    assert!(only("").stderr.contains("the folder holds no scan report"));
}

#[test]
fn an_image_that_is_named_is_not_what_every_report_of_a_folder_is_about() {
    let store = tempfile::tempdir().unwrap();
    let id = format!("sha256:{}", "b".repeat(64));
    let launch = store.path().join(".launch.json");
    let image = format!(r#"{{"reference": "registry.example.com/shop/cart:1", "id": "{id}"}}"#);
    std::fs::write(&launch, format!(r#"{{"version": 1, "image": {image}, "privileges": []}}"#)).unwrap();
    let is_scanned = |report: &str| {
        std::fs::write(store.path().join("report.json"), report).unwrap();
        let ran = imagegate(&format!(
            "decide --policies {{}}/policies.json {NOW} --launch {} --profile {} --image {id} --format json",
            launch.display(),
            store.path().display()
        ));
        assert_eq!(ran.stderr, "");
        !json(&ran.stdout)["events"].to_string().contains("not_scanned")
    };
    let results = r#""Results": [{"Target": "a", "Class": "os-pkgs", "Type": "debian"}]"#;
    assert!(is_scanned(&format!(
        r#"{{"SchemaVersion": 2, "ArtifactName": "/", "ArtifactType": "filesystem", {results}}}"#
    )));
    // A name can be completed with any id: this is another image.
    assert!(!is_scanned(&format!(
        r#"{{"SchemaVersion": 2, "ArtifactName": "registry.example.com/other:1", "ArtifactType": "container_image",
            {results}}}"#
    )));
}
