//! Reads a corpus of public reports and launch documents, if it is there, and compares what is read with what an
//! independent reader counted. It is not part of the repository: `IMAGEGATE_CORPUS` or `../shared/corpus` beside
//! the workspace.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;
mod facts_support;

use corpus_support::{corpus, files, records};
use facts_support::asked;
use imagegate::{ErrorKind, FixState, ImageIdentity, Launch, LaunchImage, ScanProfile, ScanState, Severity};
use imagegate_readers::{launch, profile};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What the readers make of a file and the facts do not, and why that is right.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "files/docker-create/mobydocs-v1.04-create.json",
        "read without HostConfig",
        "API 1.4 states `Privileged` at the top level, where it is read",
    ),
    (
        "files/docker-create/mobydocs-v1.05-create.json",
        "read without HostConfig",
        "API 1.5 states `Privileged` at the top level, where it is read",
    ),
    (
        "files/docker-create/spotify-1.28-containerConfig.json",
        "read without HostConfig",
        "API 1.28: a request without `HostConfig` gets Docker's defaults",
    ),
    (
        "files/docker-create/spotify-1.29-containerConfig.json",
        "read without HostConfig",
        "API 1.29: a request without `HostConfig` gets Docker's defaults",
    ),
    (
        "files/docker-create/spotify-1.29-containerConfigWithoutNullables.json",
        "read without HostConfig",
        "API 1.29: a request without `HostConfig` gets Docker's defaults",
    ),
    (
        "files/docker-inspect/mobyswagger-v1.40-inspect.json",
        "privileges",
        "a device request (`gpu`), which the counts leave out, is an inferred `device:` fact",
    ),
    (
        "files/docker-inspect/mobyswagger-v1.42-inspect.json",
        "privileges",
        "a device request (`gpu`), which the counts leave out, is an inferred `device:` fact",
    ),
];

/// Documents that are no create requests, but that Docker would take for one: with `docker-create` named they read,
/// since `image` is a string and Docker ignores what it does not know.
const DOCKER_WOULD_TAKE: &[&str] = &[
    "files/clair-scanner-json/defectdojo-clair_empty.json",
    "files/clair-scanner-json/defectdojo-clair_many_vul.json",
    "files/negative-other-json/defectdojo-aqua-one_vuln.json",
];

/// Differences, checked against those that are known.
#[derive(Default)]
struct Differences(Vec<(String, String, String)>);

impl Differences {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, file: &str, what: &str, expected: &T, found: &T) {
        if expected != found {
            let told = format!("expected {expected:?}, found {found:?}");
            self.0.push((file.to_owned(), what.to_owned(), told));
        }
    }

    fn note(&mut self, file: &str, what: &str, told: String) {
        self.0.push((file.to_owned(), what.to_owned(), told));
    }

    /// Fails on a difference that is not known, and on a known one of `formats` that is none.
    fn settle(self, formats: &[&str]) {
        let known = |file: &str, what: &str| KNOWN.iter().any(|(f, w, _)| *f == file && *w == what);
        let new: Vec<_> = self.0.iter().filter(|(file, what, _)| !known(file, what)).collect();
        let gone: Vec<_> = KNOWN
            .iter()
            .filter(|(file, _, _)| formats.iter().any(|format| file.starts_with(&format!("files/{format}/"))))
            .filter(|(file, what, _)| !self.0.iter().any(|(f, w, _)| f == file && w == what))
            .collect();
        assert!(
            new.is_empty() && gone.is_empty(),
            "not known: {new:#?}\nknown, but no difference: {gone:#?}"
        );
    }
}

const TRIVY: [&str; 3] = ["trivy-json-v1", "trivy-json-v2", "trivy-json-unversioned-object"];
const DOCKER: [&str; 3] = ["docker-create", "docker-inspect", "docker-hostconfig"];
/// Launches that are read and compared in `corpus_runtimes.rs`.
const RUNTIMES: [&str; 2] = ["oci-config", "cri-container"];

/// Read as reports, and compared in other files of tests.
const READ_ELSEWHERE: &[&str] = &[
    "clair-v4-report",           // corpus_scanners.rs
    "cyclonedx-json",            // corpus_scanners.rs
    "quay-security-information", // corpus_scanners.rs
    "clamav-text",               // corpus_findings.rs
    "grype-json",                // corpus_grype.rs
    "harbor-report-json",        // corpus_scanners.rs
    "sarif",                     // corpus_findings.rs
    "trivy-k8s-json",            // corpus_findings.rs
];

fn named() -> profile::Options {
    profile::Options::default().with_image(ImageIdentity::of("corpus.example.com/image:1").unwrap())
}

fn count(record: &Value, name: &str) -> usize {
    record["computed"][name].as_u64().unwrap_or_else(|| panic!("{name}: {record}")) as usize
}

fn by_severity(record: &Value, name: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (word, count) in record["computed"][name].as_object().unwrap() {
        // The counts call a missing severity `None`; both are unknown.
        let word = if word == "None" { "unknown".to_owned() } else { word.to_ascii_lowercase() };
        *counts.entry(word).or_default() += count.as_u64().unwrap() as usize;
    }
    counts
}

fn tally(severities: impl Iterator<Item = Severity>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for severity in severities {
        *counts.entry(severity.to_string()).or_default() += 1;
    }
    counts
}

#[test]
fn trivy_reports_have_the_counts_they_should() {
    let Some(corpus) = corpus() else { return };
    let mut differences = Differences::default();
    let mut seen = 0;
    for record in records(&corpus, "report-facts-computed.jsonl") {
        let format = record["format"].as_str().unwrap();
        if !TRIVY.contains(&format) {
            continue;
        }
        seen += 1;
        let file = record["file"].as_str().unwrap();
        let bytes = fs::read(corpus.join(file)).unwrap();
        let profile = match profile::parse(&bytes, &named()) {
            Ok(profile) => profile,
            Err(error) => {
                differences.note(file, "refused", error.to_string());
                continue;
            }
        };
        let document = profile.document();
        let (suppressed, listed): (Vec<_>, Vec<_>) =
            document.vulnerabilities.iter().partition(|finding| finding.suppressed.is_some());
        let mut same = |what: &str, found: usize| {
            differences.compare(file, what, &count(&record, what), &found);
        };
        same("n_vulnerabilities", listed.len());
        same("n_suppressed", suppressed.len());
        same("n_secrets", document.sensitive.len());
        same("n_distinct_ids", listed.iter().map(|finding| &finding.id).collect::<BTreeSet<_>>().len());
        let has_fix = |finding: &&&imagegate::Vulnerability| {
            finding.fix.as_ref().is_some_and(|fix| !fix.versions.is_empty())
        };
        same("n_with_fixed_version", listed.iter().filter(has_fix).count());
        let severities = tally(listed.iter().map(|finding| finding.severity));
        differences.compare(file, "by_severity", &by_severity(&record, "by_severity"), &severities);
        let severities = tally(document.sensitive.iter().map(|finding| finding.severity));
        differences.compare(
            file,
            "secrets_by_severity",
            &by_severity(&record, "secrets_by_severity"),
            &severities,
        );
        for (word, state) in [
            ("will_not_fix", FixState::WillNotFix),
            ("fix_deferred", FixState::Deferred),
            ("end_of_life", FixState::EndOfLife),
            ("affected", FixState::NotFixed),
        ] {
            let expected = record["computed"]["by_status"][word].as_u64().unwrap_or(0) as usize;
            let found =
                listed.iter().filter(|finding| finding.fix.as_ref().is_some_and(|fix| fix.state == state));
            differences.compare(file, word, &expected, &found.count());
        }
        let (from, state) = (count(&record, "n_results"), profile.scan_state());
        let is_package = |class: &str| matches!(class, "os-pkgs" | "lang-pkgs" | "None");
        let classes = record["computed"]["classes"].as_object().unwrap();
        let expected = match from {
            0 => ScanState::Unsupported,
            _ if classes.keys().any(|class| is_package(class)) => ScanState::Complete,
            _ => ScanState::Partial,
        };
        differences.compare(file, "state", &expected, &state);
    }
    assert!(seen > 0, "no report was found");
    let on_disk: usize = TRIVY.iter().map(|format| files(&corpus.join("files").join(format)).len()).sum();
    assert_eq!(seen, on_disk, "every file has its facts");
    differences.settle(&TRIVY);
    eprintln!("{seen} reports of Trivy read");
}

/// The facts that follow from what the independent reader took out of the document, by the shortest way.
fn expected_facts(file: &str, computed: &Value) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    let on = |name: &str| computed[name] == true || computed[format!("top_level_{name}")] == true;
    let strings = |name: &str| -> Vec<String> {
        let items = computed[name].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    if on("Privileged") {
        facts.insert("privileged".to_owned());
    }
    if on("PublishAllPorts") {
        facts.insert("host_port".to_owned());
    }
    for name in strings("CapAdd") {
        // The only ones in the corpus that are within the default.
        if !["NET_RAW", "CHOWN", "MKNOD", "SYS_CHROOT"].contains(&name.as_str()) {
            facts.insert(format!("capability:{}", name.to_uppercase().replace("CAP_", "")));
        }
    }
    for (mode, fact) in [
        ("NetworkMode", "host_network"),
        ("PidMode", "host_pid"),
        ("IpcMode", "host_ipc"),
        ("UTSMode", "host_uts"),
        ("UsernsMode", "host_user"),
        ("CgroupnsMode", "host_cgroup"),
    ] {
        if computed[mode] == "host" {
            facts.insert(fact.to_owned());
        }
    }
    for bind in strings("Binds") {
        if bind.starts_with('/') {
            facts.insert(format!("host_path:{}", bind.split(':').next().unwrap()));
        } else if bind.starts_with("c:") {
            facts.insert(format!("host_path:{}", bind.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")));
        }
    }
    for list in ["Mounts", "HostConfig.Mounts"] {
        for mount in computed[list].as_array().cloned().unwrap_or_default() {
            if mount["Type"] == "bind" {
                facts.insert(format!("host_path:{}", mount["Source"].as_str().unwrap()));
            }
        }
    }
    for device in computed["Devices"].as_array().cloned().unwrap_or_default() {
        facts.insert(format!("device:{}", device["PathOnHost"].as_str().unwrap()));
    }
    let options = strings("SecurityOpt");
    if !options.iter().any(|option| option.starts_with("no-new-privileges")) {
        facts.insert("new_privileges".to_owned());
    }
    for (option, fact) in [
        ("seccomp=unconfined", "seccomp_unconfined"),
        ("apparmor=unconfined", "apparmor_unconfined"),
        ("label=disable", "selinux_disabled"),
    ] {
        if options.iter().any(|given| given.replace(':', "=") == option) {
            facts.insert(fact.to_owned());
        }
    }
    if computed["MaskedPaths"] == serde_json::json!([]) {
        facts.insert("unmasked_paths".to_owned());
    }
    let bindings = computed["PortBindings"].as_object().cloned().unwrap_or_default();
    if bindings.values().any(|list| list.as_array().is_some_and(|list| !list.is_empty())) {
        facts.insert("host_port".to_owned());
    }
    let user = computed["user"].as_str().unwrap_or_default();
    // Docker merges the image's user into an inspection: none there means root.
    let inspected = file.contains("docker-inspect/");
    if ["0", "root"].contains(&user.split(':').next().unwrap()) || (inspected && user.is_empty()) {
        facts.insert("run_as_root".to_owned());
    }
    facts
}

#[test]
fn docker_launches_have_the_privileges_they_ask_for() {
    let Some(corpus) = corpus() else { return };
    let mut differences = Differences::default();
    let mut seen = BTreeSet::new();
    for record in records(&corpus, "launch-facts-computed.jsonl") {
        let format = record["format"].as_str().unwrap();
        if !DOCKER.contains(&format) {
            continue;
        }
        let file = record["file"].as_str().unwrap();
        seen.insert(file.to_owned());
        let mut options = launch::Options::default();
        if format == "docker-hostconfig" {
            let reference = Some("corpus.example.com/image:1".to_owned());
            options = options.with_image(LaunchImage { reference, ..LaunchImage::default() });
        }
        let bytes = fs::read(corpus.join(file)).unwrap();
        let computed = &record["computed"];
        let launches = match launch::parse_all(&bytes, &options) {
            Ok(launches) => launches,
            Err(error) if computed["hostconfig"] == "absent" && error.code() == "missing_host_config" => {
                continue;
            }
            Err(error) => {
                differences.note(file, "refused", error.to_string());
                continue;
            }
        };
        let launch = &launches[record["index"].as_u64().unwrap_or(0) as usize];
        let document = launch.document();
        if computed["hostconfig"] == "absent" {
            differences.note(file, "read without HostConfig", format!("{:?}", asked(document)));
        }
        let found: BTreeSet<String> = asked(document).iter().cloned().collect();
        differences.compare(file, "privileges", &expected_facts(file, computed), &found);
        if format != "docker-hostconfig" {
            let image = computed["image"].as_str().map(str::to_owned);
            differences.compare(file, "image", &image, &document.image.reference);
            let user = computed["user"].as_str().filter(|user| !user.is_empty()).map(str::to_owned);
            differences.compare(file, "user", &user, &document.container.user);
        }
    }
    let on_disk = DOCKER.iter().map(|format| files(&corpus.join("files").join(format)).len()).sum::<usize>();
    assert_eq!(seen.len(), on_disk, "every file has its facts");
    differences.settle(&DOCKER);
    eprintln!("{} launches of Docker read", seen.len());
}

/// Nothing that is not a report of a known format may read as one, least of all as an empty one.
fn is_blank(profile: &ScanProfile) -> bool {
    let document = profile.document();
    let findings = document.vulnerabilities.len() + document.malware.len() + document.sensitive.len();
    findings == 0 && profile.scan_state() == ScanState::Complete
}

fn is_harmless(launch: &Launch) -> bool {
    asked(launch.document()).iter().all(|fact| fact == "new_privileges")
}

#[test]
fn every_other_document_is_refused_by_both() {
    let Some(corpus) = corpus() else { return };
    let image =
        LaunchImage { reference: Some("corpus.example.com/image:1".to_owned()), ..LaunchImage::default() };
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    for path in files(&corpus.join("files")) {
        let bytes = fs::read(&path).unwrap();
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        let folder = name.split('/').nth(1).unwrap().to_owned();
        if !TRIVY.contains(&folder.as_str()) && !READ_ELSEWHERE.contains(&folder.as_str()) {
            for options in [profile::Options::default(), named()] {
                match profile::parse_all(&bytes, &options) {
                    Ok(_) => problems.push(format!("{name} reads as a report")),
                    Err(error) => {
                        if !matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Syntax) {
                            problems.push(format!("{name}, as a report: {error}"));
                        }
                        *refused.entry(error.code()).or_default() += 1;
                    }
                }
            }
            // Not even with a wrong format named.
            for format in profile::formats() {
                if let Ok(profile) = profile::parse(&bytes, &named().with_format(format))
                    && is_blank(&profile)
                {
                    problems.push(format!("{name} reads as a clean report of {format}"));
                }
            }
        }
        // Those of Kubernetes are read and compared in `corpus_kubernetes.rs`.
        let is_launch = DOCKER.contains(&folder.as_str()) || RUNTIMES.contains(&folder.as_str());
        // Pods, workloads and requests to admit them are launches; some of kata's test cases are pods.
        if !is_launch && !folder.starts_with("k8s-") && folder != "kata-genpolicy" {
            for options in [launch::Options::default(), launch::Options::default().with_image(image.clone())]
            {
                match launch::parse_all(&bytes, &options) {
                    Ok(_) => problems.push(format!("{name} reads as a launch")),
                    Err(error) => {
                        if !matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Syntax) {
                            problems.push(format!("{name}, as a launch: {error}"));
                        }
                        *refused.entry(error.code()).or_default() += 1;
                    }
                }
            }
            for format in launch::formats() {
                let options = launch::Options::default().with_image(image.clone()).with_format(format);
                if let Ok(launch) = launch::parse(&bytes, &options)
                    && is_harmless(&launch)
                    && !DOCKER_WOULD_TAKE.contains(&name.as_str())
                {
                    problems.push(format!("{name} reads as a harmless launch of {format}"));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    eprintln!("refusals by code: {refused:?}");
}
