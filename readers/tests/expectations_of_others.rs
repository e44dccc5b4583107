//! As `expectations.rs`, for suites that have policies of their own: the Gatekeeper library, Kubewarden, Polaris,
//! kube-linter, Checkov and Kubescape. Each difference is listed with its reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;

use corpus_support::{corpus, document, records};
use imagegate::{Action, PolicySet, Timestamp};
use imagegate_readers::launch;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// The words of a policy of others.
fn words(policy: &str, parameters: &Value) -> Vec<&'static str> {
    match policy {
        "K8sPSPHostNamespace" | "kubescape rule host-pid-ipc-privileges" => vec!["host_pid", "host_ipc"],
        "K8sPSPHostNetworkingPorts" if parameters["hostNetwork"] == true => vec!["host_port"],
        "K8sPSPHostNetworkingPorts" => vec!["host_network", "host_port"],
        "K8sPSPSeccompV2" if parameters["allowedProfiles"].to_string().contains("not configured") => {
            vec!["seccomp_unconfined"]
        }
        "K8sPSPSeccompV2" | "checkov example_Seccomp" | "kubescape rule set-seccomp-profile" => {
            vec!["seccomp_unconfined", "seccomp_unset"]
        }
        "K8sPSPProcMount" => vec!["unmasked_paths"],
        "K8sPSPAllowPrivilegeEscalationContainer"
        | "polaris check privilegeEscalationAllowed"
        | "kube-linter check privilege-escalation-container"
        | "kubescape rule rule-allow-privilege-escalation" => vec!["new_privileges"],
        "pod-privileged-policy"
        | "polaris check runAsPrivileged"
        | "kube-linter check privileged-container" => {
            vec!["privileged"]
        }
        "hostpaths-psp-policy" | "kubescape rule alert-any-hostpath" | "kubescape rule alert-rw-hostpath" => {
            vec!["host_path:**"]
        }
        "polaris check insecureCapabilities"
        | "kube-linter check drop-net-raw-capability"
        | "checkov example_DropCapabilities"
        | "kubescape rule drop-capability-netraw" => vec!["capabilities_not_dropped"],
        "polaris check hostIPCSet" | "kube-linter check host-ipc" | "kubescape rule host-ipc-privileges" => {
            vec!["host_ipc"]
        }
        "polaris check hostPIDSet" | "kube-linter check host-pid" | "kubescape rule host-pid-privileges" => {
            vec!["host_pid"]
        }
        "polaris check hostNetworkSet"
        | "kube-linter check host-network"
        | "kubescape rule host-network-access" => {
            vec!["host_network"]
        }
        "polaris check hostPortSet" => vec!["host_port"],
        "kube-linter check sensitive-host-mounts" => {
            vec![
                "host_path:/etc/**",
                "host_path:/boot/**",
                "host_path:/dev/**",
                "host_path:/proc/**",
                "host_path:/sys/**",
            ]
        }
        "checkov example_AllowedCapabilitiesSysAdmin" => vec!["capability:SYS_ADMIN"],
        "checkov example_ShareHost" => vec!["host_pid", "host_ipc", "host_network"],
        "checkov example_DockerSocketVolume" => vec!["host_path:/var/run/docker.sock"],
        _ => panic!("{policy} has no words"),
    }
}

/// A policy set that says what the record's policy says.
fn policies(record: &Value) -> String {
    let parameters = &record["params"];
    let strings = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    // Theirs run over slashes.
    let exempt: Vec<_> =
        strings(&parameters["exemptImages"]).iter().map(|image| image.replace('*', "**")).collect();
    let prefixes = parameters["allowedHostPaths"].as_array().into_iter().flatten();
    let allowed: Vec<_> = prefixes
        .flat_map(|path| {
            let prefix = path["pathPrefix"].as_str().unwrap();
            [format!("host_path:{prefix}"), format!("host_path:{prefix}/**")]
        })
        .collect();
    let words = words(record["policies"][0].as_str().unwrap(), parameters);
    let mut exceptions = Vec::new();
    if !allowed.is_empty() {
        exceptions.push(json!({"reason": "allowed", "privileges": allowed}));
    }
    if !exempt.is_empty() {
        // The network is the pod's, whatever the image.
        let of_container: Vec<_> = words.iter().filter(|word| **word != "host_network").collect();
        exceptions.push(json!({"reason": "exempt", "images": exempt, "privileges": of_container}));
    }
    let set = json!({"version": 1, "policies": [{
        "id": "control", "name": "Control", "type": "privileged",
        "enabled": true, "enabled_at": "2026-01-01T00:00:00Z", "enforcement": {"mode": "immediate"},
        "scope": {"images": "all"}, "exceptions": exceptions, "criteria": {"privileges": words}
    }]});
    set.to_string()
}

const UPDATE: &str =
    "an update of a running pod, which the template lets pass: a start with what it asks for is judged";

const PORTS: &str = "a range of ports that are allowed: `host_port` is any of them";
const SKIPPED: &str = "the policy is told to skip init and ephemeral containers: all containers are judged";
const NET_RAW: &str =
    "dropping `NET_RAW` alone is enough to the policy: `capabilities_not_dropped` asks to drop all";
const NO_CONTAINER: &str =
    "no pod that could start (no container, or a workload without a pod): it is refused, not judged";

/// Where we differ, and why: the policy and a part of the file's name.
const KNOWN: &[(&str, &str, &str)] = &[
    ("K8sPSPHostNetworkingPorts", "allowed_in_range", PORTS),
    ("pod-privileged-policy", "privileged_init_container", SKIPPED),
    ("pod-privileged-policy", "privileged_ephemeral_container", SKIPPED),
    ("kube-linter check drop-net-raw-capability", "drop-net-raw-capability", NET_RAW),
    ("checkov example_DropCapabilities", "drop-NET_RAW-capabilities-PASSED", NET_RAW),
];

fn reason(record: &Value, found: &Result<&str, String>) -> Option<&'static str> {
    let (file, policy) = (record["file"].as_str().unwrap(), record["policies"][0].as_str().unwrap());
    let is_nothing = |error: &String| {
        error.contains("a pod has at least one container")
            || error.contains("has the specification of its pod here")
    };
    match found {
        // What is not read is not allowed.
        Err(_) if record["expect"] == "fail" => Some("refused as no valid object, where theirs is `fail`"),
        Err(error) if is_nothing(error) => Some(NO_CONTAINER),
        Err(_) => None,
        Ok(_) if file.ends_with("-update.yaml") => Some(UPDATE),
        Ok(_) => {
            KNOWN.iter().find(|(of, part, _)| *of == policy && file.contains(part)).map(|(_, _, why)| *why)
        }
    }
}

#[test]
fn decisions_agree_with_other_suites_but_for_stated_reasons() {
    let Some(corpus) = corpus() else { return };
    let mut shares: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for name in ["gatekeeper.jsonl", "other-suites.jsonl"] {
        for record in records(&corpus, name) {
            let text = fs::read_to_string(corpus.join(record["file"].as_str().unwrap())).unwrap();
            let text = document(&text, record["doc"].as_u64().unwrap() as usize);
            let assessment = PolicySet::parse(policies(&record).as_bytes()).unwrap().assess_unscanned();
            let now = Timestamp::parse("2026-02-01T00:00:00Z").unwrap();
            // Some fixtures leave the image out, which no container does.
            let image = imagegate::LaunchImage { reference: Some("a:1".to_owned()), ..Default::default() };
            let read = |options: &launch::Options| launch::parse_all(text.as_bytes(), options);
            let launches = read(&launch::Options::default())
                .or_else(|_| read(&launch::Options::default().with_image(image)));
            let found = launches.map_err(|error| error.to_string()).map(|launches| {
                let mut actions =
                    launches.iter().map(|launch| assessment.decide(launch, now).unwrap().action());
                if actions.any(|action| action == Action::Intercept) { "fail" } else { "pass" }
            });
            let share = shares.entry(record["suite"].as_str().unwrap().to_owned()).or_default();
            share.1 += 1;
            let expected = record["expect"].as_str().unwrap();
            if found.as_deref() == Ok(expected) {
                share.0 += 1;
            } else if let Some(why) = reason(&record, &found) {
                *reasons.entry(why).or_default() += 1;
            } else {
                differences.push(format!(
                    "{} {} {}: expected {expected}, found {found:?}",
                    record["file"], record["doc"], record["policies"][0]
                ));
            }
        }
    }
    for (suite, (same, all)) in &shares {
        eprintln!("{suite}: {same} of {all}");
    }
    for (why, count) in &reasons {
        eprintln!("differs, {count}: {why}");
    }
    assert!(differences.is_empty(), "{differences:#?}");
}
