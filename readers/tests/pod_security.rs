//! The Pod Security Standards on real fixtures: what Kubernetes' own tests and Kyverno's policies say of a pod, our
//! privilege words say too.
//!
//! Each control that can be said in these words is a policy; a pod that the fixture calls a violation must be intercepted,
//! and one that passes must be allowed. Controls that need more words (capabilities compared exactly and `drop: ALL`,
//! seccomp that must be set) are not here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{Action, PolicySet, Timestamp};
use imagegate_readers::launch::{Options, parse_all};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const CONTROLS: [(&str, &[&str]); 7] = [
    ("privileged", &["privileged"]),
    ("hostNamespaces", &["host_pid", "host_ipc", "host_network"]),
    ("hostPath", &["host_path:**"]),
    ("hostPorts", &["host_port"]),
    ("procMount", &["unmasked_paths"]),
    ("apparmor", &["apparmor_unconfined"]),
    ("allowPrivilegeEscalation", &["new_privileges"]),
];

/// Where we differ on purpose, with the reason.
const KNOWN: [(&str, &str); 0] = [];

fn corpus() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("IMAGEGATE_CORPUS") {
        return Some(PathBuf::from(named));
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    beside.is_dir().then_some(beside)
}

fn policy(privileges: &[&str]) -> PolicySet {
    let set = json!({"version": 1, "policies": [{"id": "control", "name": "control", "type": "privileged",
        "enabled": true, "enabled_at": "2026-01-01T00:00:00Z", "enforcement": {"mode": "immediate"},
        "scope": {"images": "all"}, "criteria": {"privileges": privileges}}]});
    PolicySet::parse(set.to_string().as_bytes()).unwrap()
}

#[test]
fn pods_are_judged_as_the_standards_judge_them() {
    let Some(corpus) = corpus() else {
        eprintln!("not shown: the corpus of public documents is not here");
        return;
    };
    let now = Timestamp::parse("2026-11-24T06:00:00Z").unwrap();
    let mut agreed: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut problems = Vec::new();
    for suite in ["psa", "kyverno"] {
        let records = std::fs::read_to_string(corpus.join(format!("expectations/{suite}.jsonl"))).unwrap();
        for record in records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            // A pod that passes satisfies every control listed; of one that fails, one listed alone is the violated one.
            let controls = record["controls"].as_array().unwrap();
            let is_pass = record["expect"] == "pass";
            if !is_pass && controls.len() != 1 {
                continue;
            }
            let is_standard = matches!(record["standard"].as_str(), Some("baseline" | "restricted"));
            let expected = match record["expect"].as_str() {
                Some("fail") => true,
                Some("pass") => false,
                _ => continue,
            };
            let file = record["file"].as_str().unwrap();
            let bytes = std::fs::read(corpus.join(file)).unwrap();
            let is_one_document = !bytes.windows(5).any(|window| window == b"\n---\n");
            if !is_standard || !is_one_document || KNOWN.iter().any(|(known, _)| *known == file) {
                continue;
            }
            let launches = match parse_all(&bytes, &Options::default()) {
                Ok(launches) => launches,
                Err(error) => {
                    problems.push(format!("{file}: {error}"));
                    continue;
                }
            };
            for (control, words) in CONTROLS.iter().filter(|(name, _)| controls.iter().any(|one| one == name))
            {
                let assessment = policy(words).assess_unscanned();
                let intercepted = launches
                    .iter()
                    .any(|launch| assessment.decide(launch, now).unwrap().action() == Action::Intercept);
                if intercepted == expected {
                    let count = agreed.entry(format!("{suite} {control}")).or_default();
                    let slot = &mut count[usize::from(expected)];
                    *slot = slot.saturating_add(1);
                } else {
                    problems.push(format!(
                        "{file}: {control}: expected fail = {expected}, intercepted = {intercepted}"
                    ));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    for (name, [passes, fails]) in &agreed {
        eprintln!("{name}: {passes} pass, {fails} fail");
    }
    for (control, _) in CONTROLS {
        let [passes, fails] = agreed.get(&format!("psa {control}")).copied().unwrap_or_default();
        assert!(passes > 0 && fails > 0, "{control} is shown both ways");
    }
}
