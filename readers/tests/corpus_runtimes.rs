//! Reads the OCI runtime configurations and CRI container configurations of the corpus, if it is there, and compares
//! what is read with what an independent reader took out of them. As for `corpus.rs`, it is not part of the
//! repository: `IMAGEGATE_CORPUS` or `../shared/corpus` beside the workspace.
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
use imagegate::{ErrorKind, LaunchImage};
use imagegate_readers::launch::{Options, parse, parse_all};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What the readers make of a file and the facts do not, and why that is right.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "files/oci-config/hcsshim-samples-from-docker-linux-sh.json",
        "+unmasked_paths",
        "of a Docker that did not mask `/proc/keys` yet: what is not masked is not masked",
    ),
    (
        "files/oci-config/ocispecrs-sample.json",
        "+unmasked_paths",
        "masks four paths, and not `/proc/keys`, `/proc/scsi` and `/sys/firmware`",
    ),
    (
        "files/oci-config/runtimespec-HEAD-valid-freebsd-example.json",
        "unsupported_platform",
        "a FreeBSD jail: the vocabulary has no words for it",
    ),
    (
        "files/oci-config/runtimespec-HEAD-valid-freebsd-minimal.json",
        "unsupported_platform",
        "a FreeBSD jail: the vocabulary has no words for it",
    ),
    (
        "files/oci-config/runtimespec-HEAD-invalid-freebsd-vnet-disable.json",
        "unsupported_platform",
        "a FreeBSD jail: the vocabulary has no words for it",
    ),
    (
        "files/oci-config/runtimespec-HEAD-valid-zos-minimal.json",
        "unsupported_platform",
        "z/OS: the vocabulary has no words for it",
    ),
    (
        "files/cri-container/crio-2017-01-31-2202c1a-container_config_by_imageid.json",
        "placeholder",
        "a template whose image is to be filled in",
    ),
    (
        "files/cri-container/crio-2017-05-17-725c159-container_config_by_imageid.json",
        "placeholder",
        "a template whose image is to be filled in",
    ),
    (
        "files/cri-container/crio-2020-12-01-256d40e-container_config_by_imageid.json",
        "placeholder",
        "a template whose image is to be filled in",
    ),
    (
        "files/cri-container/crio-2018-08-07-d5c3b25-template_container_config.json",
        "placeholder",
        "a template whose image is to be filled in",
    ),
    (
        "files/cri-container/crio-2020-03-18-7615871-template_container_config.json",
        "placeholder",
        "a template whose image is to be filled in",
    ),
];

/// Docker's default set, as the corpus spells it.
const DEFAULT: &str = "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP \
                       NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE";

fn of_format(corpus: &Path, format: &str) -> Vec<Value> {
    let mut records = records(corpus, "launch-facts-computed.jsonl");
    records.retain(|record| record["format"] == format);
    let on_disk = files(&corpus.join("files").join(format)).len();
    assert_eq!(records.len(), on_disk, "every file of {format} has its facts");
    records
}

fn named() -> Options {
    let reference = Some("corpus.example.com/image:1".to_owned());
    Options::default().with_image(LaunchImage { reference, ..LaunchImage::default() })
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn capabilities(names: &Value, facts: &mut BTreeSet<String>) {
    for name in strings(names) {
        let name = name.to_uppercase().replace("CAP_", "");
        if !DEFAULT.split(' ').any(|default| default == name) {
            facts.insert(format!("capability:{name}"));
        }
    }
}

/// What an OCI configuration should give; devices are only counted.
fn expected_of_oci(computed: &Value) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for set in computed["capabilities"].as_object().cloned().unwrap_or_default().values() {
        capabilities(set, &mut facts);
    }
    for missing in strings(&computed["namespaces_missing_so_shared_with_runtime"]) {
        // Without a mount namespace of its own a container has the host's files.
        let fact = if missing == "mount" { "host_path:/".to_owned() } else { format!("host_{missing}") };
        facts.insert(fact);
    }
    let present = strings(&computed["namespaces_present"]);
    // The counts leave these two out, since few containers have them.
    for kind in ["user", "cgroup"] {
        if !present.iter().any(|namespace| namespace == kind) {
            facts.insert(format!("host_{kind}"));
        }
    }
    if computed["seccomp"].is_null() {
        facts.insert("seccomp_unconfined".to_owned());
    }
    if computed["n_maskedPaths"] == 0 || computed["n_readonlyPaths"] == 0 {
        facts.insert("unmasked_paths".to_owned());
    }
    if computed["noNewPrivileges"] != true {
        facts.insert("new_privileges".to_owned());
    }
    if computed["apparmorProfile"] == "unconfined" {
        facts.insert("apparmor_unconfined".to_owned());
    }
    if computed["user"].is_object() && computed["user"]["uid"].as_u64().unwrap_or(0) == 0 {
        facts.insert("run_as_root".to_owned());
    }
    for mount in computed["bind_mounts"].as_array().unwrap() {
        facts.insert(format!("host_path:{}", mount[0].as_str().unwrap()));
    }
    facts
}

/// What a container configuration should give.
fn expected_of_cri(computed: &Value) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    let context = &computed["security_context"];
    capabilities(&context["capabilities"]["add_capabilities"], &mut facts);
    for kind in ["pid", "ipc", "network"] {
        if context["namespace_options"][kind] == 2 {
            facts.insert(format!("host_{kind}"));
        }
    }
    if context["privileged"] == true {
        facts.insert("privileged".to_owned());
    }
    if context["no_new_privs"] != true {
        facts.insert("new_privileges".to_owned());
    }
    if context["run_as_user"]["value"] == 0 {
        facts.insert("run_as_root".to_owned());
    }
    for mount in computed["mounts"].as_array().cloned().unwrap_or_default() {
        let path = mount["host_path"].as_str().unwrap();
        if !path.is_empty() {
            facts.insert(format!("host_path:{path}"));
        }
    }
    facts
}

/// Compares each file with what it should give; a difference must be known, and a known one must be one.
fn compare(format: &str, options: &Options, check: impl Fn(&Value, &[u8], &mut BTreeSet<String>)) {
    let Some(corpus) = corpus() else { return };
    let mut found = BTreeSet::new();
    for record in of_format(&corpus, format) {
        let file = record["file"].as_str().unwrap().to_owned();
        let bytes = fs::read(corpus.join(&file)).unwrap();
        let mut differences = BTreeSet::new();
        match parse(&bytes, options) {
            Ok(_) => check(&record["computed"], &bytes, &mut differences),
            Err(error) => {
                differences.insert(error.code().to_owned());
            }
        }
        found.extend(differences.into_iter().map(|difference| (file.clone(), difference)));
    }
    let folder = format!("files/{format}/");
    let known: BTreeSet<_> = KNOWN
        .iter()
        .filter(|(file, _, _)| file.starts_with(&folder))
        .map(|(file, what, _)| ((*file).to_owned(), (*what).to_owned()))
        .collect();
    assert_eq!(found, known, "{format}: found, and known");
}

/// Facts that are there and should not be (`+`), and the other way round (`-`).
fn differ(expected: &BTreeSet<String>, found: &BTreeSet<String>, differences: &mut BTreeSet<String>) {
    differences.extend(found.difference(expected).map(|fact| format!("+{fact}")));
    differences.extend(expected.difference(found).map(|fact| format!("-{fact}")));
}

#[test]
fn oci_configurations_have_the_privileges_they_grant() {
    compare("oci-config", &named(), |computed, bytes, differences| {
        let launch = parse(bytes, &named()).unwrap();
        let all: BTreeSet<_> = asked(launch.document()).iter().cloned().collect();
        let (devices, found): (BTreeSet<_>, BTreeSet<_>) =
            all.into_iter().partition(|fact| fact.starts_with("device:"));
        differ(&expected_of_oci(computed), &found, differences);
        if devices.len() as u64 != computed["n_devices"].as_u64().unwrap() {
            differences.insert(format!("devices {devices:?}"));
        }
        // No file of the corpus names its image.
        let error = parse(bytes, &Options::default()).unwrap_err();
        if error.code() != "missing_identity" {
            differences.insert(format!("without an image: {error}"));
        }
    });
}

#[test]
fn container_configurations_have_the_privileges_they_ask_for() {
    compare("cri-container", &Options::default(), |computed, bytes, differences| {
        let launch = parse(bytes, &Options::default()).unwrap();
        let document = launch.document();
        let found: BTreeSet<_> = asked(document).iter().cloned().collect();
        differ(&expected_of_cri(computed), &found, differences);
        let name = computed["metadata"]["name"].as_str().map(str::to_owned);
        if document.container.name != name {
            differences.insert(format!("name {:?}", document.container.name));
        }
        let image = computed["image"].as_str().map(|image| image.replace("docker://", ""));
        if document.image.reference != image {
            differences.insert(format!("image {:?}", document.image.reference));
        }
    });
}

#[test]
fn what_is_near_is_refused_even_with_the_image_and_the_format_named() {
    let Some(corpus) = corpus() else { return };
    for (folder, count) in
        [("oci-config-pre1", 1), ("libcontainer-legacy", 3), ("cri-sandbox", 29), ("kata-genpolicy", 6)]
    {
        let mut seen = 0;
        for entry in fs::read_dir(corpus.join("files").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            seen += 1;
            let formats = [None, Some("oci-runtime"), Some("cri")];
            for options in formats.map(|format| match format {
                Some(format) => named().with_format(format.parse().unwrap()),
                None => named(),
            }) {
                // Some of these are Kubernetes' pods, and are read as such.
                if folder == "kata-genpolicy" && options.format.is_none() {
                    continue;
                }
                let error = parse_all(&bytes, &options).unwrap_err();
                let expected = matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Syntax)
                    // A list of test cases is no object.
                    || (folder == "kata-genpolicy" && error.code() == "wrong_type");
                assert!(expected, "{}: {error}", path.display());
            }
        }
        assert_eq!(seen, count, "{folder}");
    }
}

#[test]
fn documents_of_other_folders_are_not_taken_for_these() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for folder in fs::read_dir(corpus.join("files")).unwrap() {
        let folder = folder.unwrap().path();
        if ["oci-config", "cri-container"].iter().any(|own| folder.ends_with(own)) {
            continue;
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            seen += 1;
            for format in ["oci-runtime", "cri"] {
                let read = parse_all(&bytes, &named().with_format(format.parse().unwrap()));
                assert!(read.is_err(), "{} reads as {format}", path.display());
            }
        }
    }
    assert!(seen > 0);
}
