//! Reads the Kubernetes objects of a corpus of public documents, if it is there, and compares containers and facts with
//! what an independent reader took out of them. See `corpus.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod corpus_support;
mod facts_support;

use corpus_support::{corpus, document, files, records};
use facts_support::asked;
use imagegate::{ContainerKind, Launch, LaunchImage};
use imagegate_readers::{launch, profile};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Files that are refused, by the start of their path, with the code, and why that is right.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "files/k8s-api-roundtrip/HEAD-admission.k8s.io.v1.AdmissionReview.",
        "invalid_value",
        "every string is the name of its field: `operationValue` is no operation",
    ),
    (
        "files/k8s-api-roundtrip/HEAD-apps.v1.",
        "invalid_value",
        "as before: `typeValue` is no type of profile",
    ),
    ("files/k8s-api-roundtrip/HEAD-core.v1.PodTemplate.", "invalid_value", "as before"),
    (
        "files/k8s-checkov/AllowedCapabilitiesSysAdmin/pod-FAILED2.yaml",
        "missing_field",
        "`containers: null`, which the API server refuses",
    ),
    (
        "files/k8s-checkov/DockerSocketVolume/CronJob-pass.yaml",
        "missing_field",
        "a CronJob without a pod, which the API server refuses",
    ),
    (
        "files/k8s-checkov/DockerSocketVolume/scope-UNKNOWN.yaml",
        "wrong_type",
        "`containers` is an object: the API server refuses, and a privileged container hides there",
    ),
    (
        "files/k8s-checkov/Seccomp/pod-seccomp-FAILED2.yaml",
        "wrong_type",
        "a template: the port is a string, which the API server refuses",
    ),
    (
        "files/k8s-gatekeeper/allow-privilege-escalation/psp-allow-privilege-escalation-container-disallowed_ephemeral.yaml",
        "missing_field",
        "ephemeral containers alone, which the API server refuses",
    ),
    (
        "files/k8s-gatekeeper/host-network-ports/psp-host-network-ports-disallowed_ephemeral.yaml",
        "missing_field",
        "ephemeral containers alone",
    ),
    (
        "files/k8s-gatekeeper/proc-mount/psp-proc-mount-disallowed_ephemeral.yaml",
        "missing_field",
        "ephemeral containers alone",
    ),
    (
        "files/k8s-gatekeeper/seccompv2/psp-seccomp-baseline-allowed_ephemeral.yaml",
        "missing_field",
        "ephemeral containers alone",
    ),
    (
        "files/k8s-gatekeeper/seccompv2/psp-seccomp-restricted-disallowed_ephemeral.yaml",
        "missing_field",
        "ephemeral containers alone",
    ),
    ("files/k8s-kubelinter/host-ipc.yml", "missing_field", "a pod without containers"),
    ("files/k8s-kubelinter/host-pid.yml", "missing_field", "a pod without containers"),
    ("files/k8s-kubewarden-imagecve/session_", "unknown_format", "a recording of calls, not a launch"),
    ("files/k8s-kubewarden-imagecve/settings_", "unknown_format", "settings, not a launch"),
    ("files/k8s-kubewarden-imagecve/vulnerabilityreport", "no_pod", "a report, not a launch"),
    (
        "files/k8s-kyverno/pod-security/baseline/restrict-apparmor-profiles/chainsaw-pod",
        "invalid_value",
        "`bar/foo` and the like are no AppArmor profile: the API server refuses",
    ),
    (
        "files/k8s-kyverno/pod-security/subrule/restricted/restricted-exclude-seccomp/chainsaw-pod",
        "invalid_value",
        "`bar/foo` and the like are no AppArmor profile: the API server refuses",
    ),
    (
        "files/k8s-regolibrary-imagevuln/test-failed-expected.json",
        "unknown_format",
        "a verdict, not a launch",
    ),
    (
        "files/k8s-regolibrary-imagevuln/test-failed-input-resource.json",
        "unknown_format",
        "a report, not a launch",
    ),
];

#[test]
fn every_file_is_read_or_refused_for_a_reason() {
    let Some(corpus) = corpus() else { return };
    let (mut read, mut containers) = (0, 0);
    let mut refused = BTreeMap::new();
    for path in files(&corpus.join("files")) {
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        let is_pod_of_kata = name.starts_with("files/kata-genpolicy/") && name.ends_with("-pod.yaml");
        if !name.starts_with("files/k8s-") && !is_pod_of_kata {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        assert!(
            profile::parse_all(&bytes, &profile::Options::default()).is_err(),
            "{name} reads as a report"
        );
        match launch::parse_all(&bytes, &named()) {
            Ok(launches) => {
                read += 1;
                containers += launches.len();
            }
            Err(error) => {
                refused.insert(name, (error.code(), error.to_string()));
            }
        }
    }
    eprintln!("{read} files read, {containers} containers; {} refused", refused.len());
    let known =
        |name: &str, code: &str| REFUSED.iter().any(|(file, c, _)| name.starts_with(file) && *c == code);
    let new: Vec<_> = refused.iter().filter(|(name, (code, _))| !known(name, code)).collect();
    let gone: Vec<_> =
        REFUSED.iter().filter(|(file, _, _)| !refused.keys().any(|name| name.starts_with(file))).collect();
    assert!(new.is_empty() && gone.is_empty(), "not known: {new:#?}\nknown, but read: {gone:#?}");
}

/// The facts of a container that follow from what the independent reader took out, by the shortest way. It did not
/// look at SELinux, nor at AppArmor but for annotations.
fn expected(facts: &Value, container: &Value) -> BTreeSet<String> {
    let mut expected = BTreeSet::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut add = |is: bool, fact: &str| {
        if is {
            expected.insert(fact.to_owned());
        }
    };
    add(container["privileged"] == true, "privileged");
    add(container["windowsOptions"]["hostProcess"] == true, "privileged");
    for (name, fact) in [
        ("hostPID", "host_pid"),
        ("hostIPC", "host_ipc"),
        ("hostNetwork", "host_network"),
        ("hostUsers", "host_user"),
    ] {
        add(facts[name] == true, fact);
    }
    for name in list(&container["capabilities"]["add"]) {
        const DEFAULT: &str = "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP \
                               NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE";
        let name = name.as_str().unwrap().to_uppercase().replace("CAP_", "");
        add(!DEFAULT.split(' ').any(|known| known == name), &format!("capability:{name}"));
    }
    let mounted = |container: &Value, volume: &Value| {
        list(&container["hostPathMounts"]).iter().any(|mount| mount["volume"] == volume["volume"])
    };
    for volume in list(&facts["hostPath"]) {
        let by_nobody = !list(&facts["containers"]).iter().any(|other| mounted(other, &volume));
        let path = volume["path"].as_str().unwrap();
        add(by_nobody || mounted(container, &volume), &format!("host_path:{path}"));
    }
    add(list(&container["hostPorts"]).iter().any(|port| *port != 0), "host_port");
    add(container["allowPrivilegeEscalation"] != false, "new_privileges");
    add(container["procMount"] == "Unmasked", "unmasked_paths");
    let or_pod = |own: &str, of_pod: &str| match &container[own] {
        Value::Null => facts[of_pod].clone(),
        own => own.clone(),
    };
    add(or_pod("runAsUser", "pod_runAsUser") == 0, "run_as_root");
    let annotation = |start: &str| {
        let key = format!("{start}/{}", container["name"].as_str().unwrap_or_default());
        facts["annotations"][key].clone()
    };
    let seccomp = match annotation("container.seccomp.security.alpha.kubernetes.io") {
        Value::Null => facts["annotations"]["seccomp.security.alpha.kubernetes.io/pod"].clone(),
        own => own,
    };
    let by_field = or_pod("seccompProfile", "pod_seccompProfile")["type"] == "Unconfined";
    add(by_field || seccomp == "unconfined", "seccomp_unconfined");
    add(annotation("container.apparmor.security.beta.kubernetes.io") == "unconfined", "apparmor_unconfined");
    expected
}

#[test]
fn containers_have_the_facts_they_should() {
    let Some(corpus) = corpus() else { return };
    let mut seen = BTreeSet::new();
    let mut unread = BTreeSet::new();
    let mut containers = 0;
    let mut differences = Vec::new();
    for name in ["psa.jsonl", "kyverno.jsonl", "gatekeeper.jsonl", "other-suites.jsonl"] {
        for record in records(&corpus, name) {
            let file = record["file"].as_str().unwrap();
            let index = record["doc"].as_u64().unwrap_or(0) as usize;
            if !record["facts"]["containers"].is_array() || !seen.insert((file.to_owned(), index)) {
                continue;
            }
            let text = document(&fs::read_to_string(corpus.join(file)).unwrap(), index);
            let Ok(launches) = launch::parse_all(text.as_bytes(), &named()) else {
                unread.insert(file.to_owned());
                continue;
            };
            let facts = &record["facts"];
            let of = facts["containers"].as_array().unwrap();
            let object = format!("{file} {index}");
            if of.len() != launches.len() {
                differences.push((object, format!("{} containers, expected {}", launches.len(), of.len())));
                continue;
            }
            // Both have init containers first, then main ones, then ephemeral ones.
            for (container, launch) in of.iter().zip(&launches) {
                containers += 1;
                if !is_of(launch, container) {
                    differences.push((object.clone(), format!("{} is another", container["name"])));
                }
                let found: BTreeSet<String> = asked(launch.document())
                    .into_iter()
                    .filter(|fact| fact != "selinux_disabled")
                    .filter(|fact| fact != "apparmor_unconfined" || !text.contains("appArmorProfile"))
                    .collect();
                let expected = expected(facts, container);
                if found != expected {
                    differences.push((
                        object.clone(),
                        format!("{} {found:?}, expected {expected:?}", container["name"]),
                    ));
                }
            }
        }
    }
    eprintln!("{} objects, {containers} containers compared", seen.len());
    let is_known = |file: &String| REFUSED.iter().any(|(known, _, _)| file.starts_with(known));
    assert!(unread.iter().all(is_known), "{unread:#?}");
    assert!(differences.is_empty(), "{differences:#?}");
}

fn named() -> launch::Options {
    let reference = Some("corpus.example.com/image:1".to_owned());
    launch::Options::default().with_image(LaunchImage { reference, ..LaunchImage::default() })
}

/// Whether it is this container, by name, kind and image.
fn is_of(launch: &Launch, container: &Value) -> bool {
    let document = launch.document();
    let kind = match document.container.kind {
        Some(ContainerKind::Init | ContainerKind::Sidecar) => "initContainer",
        Some(ContainerKind::Ephemeral) => "ephemeralContainer",
        _ => "container",
    };
    let image = container["image"].as_str().unwrap_or("corpus.example.com/image:1");
    document.container.name.as_deref() == container["name"].as_str()
        && container["kind"] == kind
        && document.image.reference.as_deref() == Some(image)
}
