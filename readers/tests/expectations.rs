//! Holds decisions about Kubernetes objects against the verdicts that Pod Security admission and Kyverno publish with
//! their tests: a control is a policy, `intercept` is "fail" and `allow` is "pass". The corpus is not part of the
//! repository, see `corpus.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;

use corpus_support::{corpus, document, records};
use imagegate::{Action, Assessment, PolicySet, Timestamp};
use imagegate_readers::launch;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What Pod Security refuses under a control, in our words. `None`: not to be said in them.
fn privileges(control: &str) -> Option<Vec<String>> {
    let words: &[&str] = match control {
        "privileged" => &["privileged"],
        "hostNamespaces" => &["host_pid", "host_ipc", "host_network"],
        "hostPath" => &["host_path:**"],
        "hostPorts" => &["host_port"],
        "seccomp" => &["seccomp_unconfined"],
        "apparmor" => &["apparmor_unconfined"],
        "procMount" => &["unmasked_paths"],
        "allowPrivilegeEscalation" => &["new_privileges"],
        "capabilities" => &[
            "capability:ALL",
            "capability:AUDIT_CONTROL",
            "capability:AUDIT_READ",
            "capability:BLOCK_SUSPEND",
            "capability:BPF",
            "capability:CHECKPOINT_RESTORE",
            "capability:DAC_READ_SEARCH",
            "capability:IPC_LOCK",
            "capability:IPC_OWNER",
            "capability:LEASE",
            "capability:LINUX_IMMUTABLE",
            "capability:MAC_ADMIN",
            "capability:MAC_OVERRIDE",
            "capability:NET_ADMIN",
            "capability:NET_BROADCAST",
            "capability:NET_RAW",
            "capability:PERFMON",
            "capability:SYSLOG",
            "capability:SYS_ADMIN",
            "capability:SYS_BOOT",
            "capability:SYS_MODULE",
            "capability:SYS_NICE",
            "capability:SYS_PACCT",
            "capability:SYS_PTRACE",
            "capability:SYS_RAWIO",
            "capability:SYS_RESOURCE",
            "capability:SYS_TIME",
            "capability:SYS_TTY_CONFIG",
            "capability:WAKE_ALARM",
        ],
        _ => return None,
    };
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

/// Whether our words say what the record's control says, and else why not.
fn beyond_our_words(record: &Value) -> Option<&'static str> {
    let standard = record["standard"].as_str().unwrap();
    let control = record["controls"][0].as_str().unwrap();
    let is_one = record["controls"].as_array().unwrap().len() == 1;
    match (standard, control) {
        (_, "profile") => Some("a whole profile with exclusions"),
        ("custom", "capabilities") => Some("drop ALL"),
        ("custom", "hostPath") => Some("all host paths but some"),
        ("restricted", "seccomp") if is_one => Some("a seccomp profile must be set"),
        ("restricted", "capabilities") if is_one => Some("drop ALL, and add one only"),
        _ => None,
    }
}

fn assessment(controls: &[&str]) -> Assessment {
    let words: Vec<String> = controls.iter().filter_map(|control| privileges(control)).flatten().collect();
    let set = json!({"version": 1, "policies": [{
        "id": "control", "name": "Control", "type": "privileged",
        "enabled": true, "enabled_at": "2026-01-01T00:00:00Z", "enforcement": {"mode": "immediate"},
        "scope": {"images": "all"}, "criteria": {"privileges": words}
    }]});
    PolicySet::parse(set.to_string().as_bytes()).unwrap().assess_unscanned()
}

/// Our verdict on the object of a record; an error if it cannot be read.
fn verdict(corpus: &Path, record: &Value, assessment: &Assessment) -> Result<&'static str, String> {
    let text = fs::read_to_string(corpus.join(record["file"].as_str().unwrap())).unwrap();
    let text = document(&text, record["doc"].as_u64().unwrap() as usize);
    let launches =
        launch::parse_all(text.as_bytes(), &launch::Options::default()).map_err(|error| error.to_string())?;
    let now = Timestamp::parse("2026-02-01T00:00:00Z").unwrap();
    let mut verdict = "pass";
    for launch in launches {
        match assessment.decide(&launch, now).unwrap().action() {
            Action::Intercept => verdict = "fail",
            Action::Allow => {}
            Action::Alarm => panic!("nothing only alarms"),
        }
    }
    Ok(verdict)
}

const NET_RAW: &str = "`NET_RAW` is in Docker's default set, so that adding it is no privilege by the contract; Pod Security \
                       refuses to have it added";
const CASE: &str = "case and `CAP_` are ignored by the contract, and `CHOWN` or `SETPCAP` is in the default set; Pod Security \
                    compares exactly";
const APPARMOR: &str =
    "no profile of this name can be: the annotation is an error, and the pod is not allowed";

/// Where we differ, in how many objects of a file, and why.
const KNOWN: &[(&str, usize, &str)] = &[
    ("files/k8s-kyverno/pod-security-cel/baseline/disallow-capabilities/chainsaw-pod-bad.yaml", 7, NET_RAW),
    ("files/k8s-kyverno/pod-security-cel/baseline/disallow-capabilities/chainsaw-pod-bad.yaml", 1, CASE),
    (
        "files/k8s-kyverno/pod-security-cel/baseline/disallow-capabilities/chainsaw-podcontroller-bad.yaml",
        10,
        NET_RAW,
    ),
    (
        "files/k8s-kyverno/pod-security-cel/baseline/disallow-capabilities/kyvernotest-resource.yaml",
        30,
        NET_RAW,
    ),
    ("files/k8s-kyverno/pod-security/baseline/restrict-apparmor-profiles/chainsaw-pod-bad.yaml", 2, APPARMOR),
    (
        "files/k8s-kyverno/pod-security/baseline/restrict-apparmor-profiles/chainsaw-podcontroller-bad.yaml",
        2,
        APPARMOR,
    ),
    ("files/k8s-psa/baseline/fail/capabilities_baseline0.v1.0.yaml", 1, NET_RAW),
    ("files/k8s-psa/baseline/fail/capabilities_baseline2.v1.0.yaml", 1, CASE),
    ("files/k8s-psa/restricted/fail/capabilities_baseline0.v1.0.yaml", 1, NET_RAW),
    ("files/k8s-psa/restricted/fail/capabilities_baseline2.v1.0.yaml", 1, CASE),
    ("files/k8s-psa/restricted/fail/capabilities_baseline0.v1.8.yaml", 1, NET_RAW),
    ("files/k8s-psa/restricted/fail/capabilities_baseline2.v1.8.yaml", 1, CASE),
    ("files/k8s-psa/restricted/fail/capabilities_baseline0.v1.19.yaml", 1, NET_RAW),
    ("files/k8s-psa/restricted/fail/capabilities_baseline2.v1.19.yaml", 1, CASE),
    ("files/k8s-psa/restricted/fail/capabilities_baseline0.v1.22.yaml", 1, NET_RAW),
    ("files/k8s-psa/restricted/fail/capabilities_baseline2.v1.22.yaml", 1, CASE),
];

#[test]
fn decisions_agree_with_published_verdicts() {
    let Some(corpus) = corpus() else { return };
    let mut shares: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for name in ["psa.jsonl", "kyverno.jsonl"] {
        for record in records(&corpus, name) {
            if let Some(why) = beyond_our_words(&record) {
                *left_out.entry(why).or_default() += 1;
                continue;
            }
            let controls: Vec<&str> = record["controls"]
                .as_array()
                .unwrap()
                .iter()
                .map(|control| control.as_str().unwrap())
                .collect();
            let found = verdict(&corpus, &record, &assessment(&controls));
            let expected = record["expect"].as_str().unwrap();
            let label = if controls.len() == 1 { controls[0] } else { "all" };
            let share =
                shares.entry((record["suite"].as_str().unwrap().to_owned(), label.to_owned())).or_default();
            share.1 += 1;
            if found.as_deref() == Ok(expected) {
                share.0 += 1;
            } else {
                let file = record["file"].as_str().unwrap().to_owned();
                let object = record["object"]["name"].as_str().unwrap_or_default().to_owned();
                differences.push((file, object, format!("{label}: expected {expected}, found {found:?}")));
            }
        }
    }
    for ((suite, control), (same, all)) in &shares {
        eprintln!("{suite} {control}: {same} of {all}");
    }
    for (why, count) in &left_out {
        eprintln!("left out, {why}: {count}");
    }
    let mut by_file: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, _, _) in &differences {
        *by_file.entry(file).or_default() += 1;
    }
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, count, _) in KNOWN {
        *known.entry(file).or_default() += count;
    }
    assert_eq!(by_file, known, "{differences:#?}");
    // Nothing is stricter than what it is held against, and what cannot be read is never allowed.
    assert!(differences.iter().all(|(_, _, told)| told.contains("expected fail")));
}
