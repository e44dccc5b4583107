//! What a set leaves open: unscanned images, runtime sockets, ranges that nothing can satisfy.

use super::Lint;
use crate::policy::criteria::{Criteria, PackagePattern};
use crate::policy::{PolicySet, PolicyType};

/// Who can write to one of these owns the node.
const RUNTIME_SOCKETS: [&str; 6] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/k3s/containerd/containerd.sock",
];

pub(super) fn lint(set: &PolicySet) -> Vec<Lint> {
    let mut lints = Vec::new();
    let enabled = || set.policies().iter().filter(|policy| policy.is_enabled());
    let plain =
        |code, pointer: String, message: String| Lint { code, pointer, message, near_misses: Vec::new() };
    if !enabled().any(|policy| policy.policy_type() == PolicyType::Unscanned) {
        lints.push(plain(
            "no_unscanned_policy",
            "/policies".to_owned(),
            "no enabled policy of type `unscanned`: an image that nobody scanned passes every risk policy"
                .to_owned(),
        ));
    }
    if !enabled().any(|policy| policy.policy_type() == PolicyType::Privileged) {
        lints.push(plain(
            "no_privileged_policy",
            "/policies".to_owned(),
            "no enabled policy of type `privileged`: privileged starts and mounts of the runtime's socket pass".to_owned(),
        ));
    }
    for (number, policy) in set.policies().iter().enumerate() {
        match &policy.criteria {
            Criteria::Privileged(entries) if policy.is_enabled() => {
                let open: Vec<&str> = RUNTIME_SOCKETS
                    .into_iter()
                    .filter(|socket| !entries.iter().any(|entry| entry.covers_host_path(socket)))
                    .collect();
                if !open.is_empty() {
                    let message = format!(
                        "mounts of these runtime sockets pass, each as good as root on the node: {}; add them as \
                         `host_path:…`",
                        open.join(", ")
                    );
                    lints.push(plain(
                        "socket_not_covered",
                        format!("/policies/{number}/criteria/privileges"),
                        message,
                    ));
                }
            }
            Criteria::Risk(risk) => {
                let Some(criteria) = &risk.vulnerabilities else { continue };
                let base = format!("/policies/{number}/criteria/vulnerabilities");
                let filters = criteria.only.as_ref().map(|only| only.clauses.packages.as_slice());
                for (place, packages) in [
                    ("packages", criteria.select.packages.as_slice()),
                    ("only/packages", filters.unwrap_or_default()),
                ] {
                    lints.extend(unreadable_ranges(&format!("{base}/{place}"), packages));
                }
            }
            _ => {}
        }
    }
    lints
}

/// Ranges of an ecosystem whose version rules are not known are unknown for every package.
fn unreadable_ranges(base: &str, packages: &[PackagePattern]) -> Vec<Lint> {
    let mut lints = Vec::new();
    for (entry, package) in packages.iter().enumerate() {
        if let (Some(_), Some(ecosystem), None) = (&package.range, &package.ecosystem, package.scheme) {
            lints.push(Lint {
                code: "unknown_ecosystem",
                pointer: format!("{base}/{entry}/ecosystem"),
                message: format!(
                    "the version rules of {} are not known, so the range is unknown for every package",
                    crate::error::quote(ecosystem)
                ),
                near_misses: Vec::new(),
            });
        }
    }
    lints
}
