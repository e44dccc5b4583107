//! The two texts of an event: what is wrong, and what to do about it. Both bounded, both made of the evidence.

use super::{Evidence, Finding, FoundVulnerability};
use crate::engine::Category;
use crate::launch::{Launch, Privilege};
use crate::profile::{FixState, ScanState};

/// Things named in a text before the rest is only counted.
const MAX_NAMED: usize = 3;
/// Pieces of advice in a solution before the rest is only counted.
const MAX_ADVICE: usize = 5;

/// What is wrong, in one sentence.
pub(crate) fn risk_description(launch: &Launch, evidence: &[Evidence]) -> String {
    let image = launch.document().image.reference.as_deref().unwrap_or("the image");
    let parts: Vec<String> = evidence.iter().filter_map(describe).collect();
    let launch_only = evidence.iter().all(|evidence| evidence.category == Category::Privileges);
    let subject = match (launch_only, &launch.document().container.name) {
        (true, Some(container)) => format!("Container {container} of {image}"),
        (true, None) => format!("A container of {image}"),
        (false, _) => format!("Image {image}"),
    };
    format!("{subject} {}.", join(&parts))
}

fn join(parts: &[String]) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// The findings that still count: what is excused is no reason.
fn unexcused(evidence: &Evidence) -> impl Iterator<Item = &Finding> {
    evidence.findings.iter().filter(|finding| finding.exception().is_none())
}

fn describe(evidence: &Evidence) -> Option<String> {
    let count = evidence.total.saturating_sub(evidence.excused);
    if count == 0 {
        return None;
    }
    let worst = unexcused(evidence).next();
    let text = match (evidence.category, worst) {
        (Category::Vulnerabilities, Some(Finding::Vulnerability(worst))) => {
            let fixed = match worst.fixed_in.as_slice() {
                [] => String::new(),
                versions => format!(", fixed in {}", versions.join(" or ")),
            };
            let named = format!("{} ({}) in {}{fixed}", id(worst), worst.severity, package(worst));
            if count == 1 {
                format!("has the vulnerability {named}")
            } else {
                format!("has {count} vulnerabilities, the worst {named}")
            }
        }
        (Category::Malware, Some(Finding::Malware(worst))) => {
            let family = worst.family.as_deref().or(worst.class.as_deref()).unwrap_or("malware");
            let path = worst.path.as_deref().unwrap_or("an unknown path");
            if count == 1 {
                format!("contains {family} at {path}")
            } else {
                format!("contains {count} malicious files, such as {family} at {path}")
            }
        }
        (Category::Sensitive, Some(Finding::Sensitive(worst))) => {
            let kind = worst.kind.as_deref().unwrap_or("sensitive information");
            let path = worst.path.as_deref().unwrap_or("an unknown path");
            let line = worst.line.map(|line| format!(":{line}")).unwrap_or_default();
            if count == 1 {
                format!("exposes {kind} at {path}{line}")
            } else {
                format!("exposes {count} secrets, such as {kind} at {path}{line}")
            }
        }
        (Category::Privileges, Some(_)) => {
            let facts: Vec<String> = unexcused(evidence)
                .filter_map(|finding| match finding {
                    Finding::Privilege(found) if found.inferred => {
                        Some(format!("{} (inferred)", found.privilege))
                    }
                    Finding::Privilege(found) => Some(found.privilege.to_string()),
                    _ => None,
                })
                .collect();
            format!("asks for {}", bounded(&facts, count))
        }
        (Category::Scan, Some(_)) => {
            let reasons: Vec<String> = unexcused(evidence).filter_map(describe_scan).collect();
            join(&reasons)
        }
        _ => return None,
    };
    Some(text)
}

/// The first few of `names`, and how many more there are of `count`.
fn bounded(names: &[String], count: usize) -> String {
    let shown: Vec<&str> = names.iter().take(MAX_NAMED).map(String::as_str).collect();
    let more = count.saturating_sub(shown.len());
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn describe_scan(finding: &Finding) -> Option<String> {
    let Finding::Scan(found) = finding else { return None };
    let what = match (found.clause.as_str(), found.state) {
        ("states", ScanState::NotScanned) => "has not been scanned".to_owned(),
        ("states", ScanState::Failed) => "could not be scanned: the scan failed".to_owned(),
        ("states", ScanState::Unsupported) => "is of a kind that the scanner does not support".to_owned(),
        ("states", _) => "was scanned only in part".to_owned(),
        (clause, _) => {
            let days = found.max_days.unwrap_or_default();
            let is_scan = clause == "max_scan_age_days";
            match (found.date, is_scan) {
                (Some(date), true) => format!("was last scanned at {date}, more than {days} days ago"),
                (Some(date), false) => format!("was scanned with data of {date}, more than {days} days old"),
                (None, true) => format!("has no known scan date (at most {days} days ago is allowed)"),
                (None, false) => {
                    format!("was scanned with data of unknown age (at most {days} days is allowed)")
                }
            }
        }
    };
    Some(what)
}

fn id(found: &FoundVulnerability) -> &str {
    found.id.as_deref().unwrap_or("a vulnerability without an id")
}

fn package(found: &FoundVulnerability) -> String {
    match (&found.package, &found.version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) => name.clone(),
        (None, _) => "an unknown package".to_owned(),
    }
}

/// What to do: which package to raise to which version, which file to remove, which secret to rotate, which flag to
/// drop.
pub(crate) fn solution(evidence: &[Evidence]) -> String {
    let mut advice: Vec<String> = Vec::new();
    for finding in evidence.iter().flat_map(unexcused) {
        let text = advise(finding);
        if !advice.contains(&text) {
            advice.push(text);
        }
    }
    let hidden: usize = evidence
        .iter()
        .map(|evidence| {
            evidence.total.saturating_sub(evidence.excused).saturating_sub(unexcused(evidence).count())
        })
        .sum();
    let left_out = advice.len().saturating_sub(MAX_ADVICE).saturating_add(hidden);
    advice.truncate(MAX_ADVICE);
    let mut text = advice.join(" ");
    if left_out > 0 {
        let noun = if left_out == 1 { "finding" } else { "findings" };
        text.push_str(&format!(" Then look at {left_out} more {noun}."));
    }
    text
}

fn advise(finding: &Finding) -> String {
    match finding {
        Finding::Vulnerability(found) => {
            let name = found.package.as_deref().unwrap_or("the package");
            match (found.fixed_in.as_slice(), found.fix_state) {
                ([], FixState::Fixed) => format!("Raise {name} to a version that fixes {}.", id(found)),
                ([], FixState::WillNotFix | FixState::EndOfLife) => format!(
                    "Replace or remove {name}: {} will not be fixed in it; or record an exception with a reason.",
                    id(found)
                ),
                ([], _) => format!(
                    "No fix for {} in {name} is known: remove the package, or record an exception with a reason and an \
                     end.",
                    id(found)
                ),
                (versions, _) => format!("Raise {name} to {}.", versions.join(" or ")),
            }
        }
        Finding::Malware(found) => {
            let path = found.path.as_deref().unwrap_or("the malicious file");
            format!("Remove {path} from the image and find out how it got there.")
        }
        Finding::Sensitive(found) => {
            let kind = found.kind.as_deref().unwrap_or("secret");
            let path = found.path.as_deref().unwrap_or("the image");
            format!("Rotate the {kind} and remove it from {path}.")
        }
        Finding::Privilege(found) => drop_privilege(&found.privilege),
        Finding::Scan(found) => match found.state {
            ScanState::NotScanned => "Scan the image.".to_owned(),
            ScanState::Failed | ScanState::Partial => {
                "Scan the image again and look into why the scan did not complete.".to_owned()
            }
            ScanState::Unsupported => {
                "Use a scanner that supports this kind of image, or record an exception with a reason."
                    .to_owned()
            }
            ScanState::Complete => "Update the scanner's data and scan the image again.".to_owned(),
        },
    }
}

/// Which flag to drop.
fn drop_privilege(privilege: &Privilege) -> String {
    match privilege {
        Privilege::Privileged => {
            "Start without privileged; add only the capabilities and devices it needs.".to_owned()
        }
        Privilege::Capability(name) => format!("Drop the added capability {name}."),
        Privilege::HostPid => "Do not share the host's process ids.".to_owned(),
        Privilege::HostIpc => "Do not share the host's IPC namespace.".to_owned(),
        Privilege::HostNetwork => "Do not share the host's network; publish the ports it needs.".to_owned(),
        Privilege::HostUts => "Do not share the host's UTS namespace.".to_owned(),
        Privilege::HostUser => "Do not share the host's user namespace.".to_owned(),
        Privilege::HostCgroup => "Do not share the host's cgroup namespace.".to_owned(),
        Privilege::HostPath(path) => format!("Do not mount {path} of the host."),
        Privilege::Device(path) => format!("Do not pass the device {path}."),
        Privilege::SeccompUnconfined => "Use the default seccomp profile.".to_owned(),
        Privilege::ApparmorUnconfined => "Use the default AppArmor profile.".to_owned(),
        Privilege::SelinuxDisabled => "Keep SELinux labels on.".to_owned(),
        Privilege::UnmaskedPaths => "Keep the masked paths of /proc masked.".to_owned(),
        Privilege::NewPrivileges => "Set no-new-privileges.".to_owned(),
        Privilege::RunAsRoot => "Run as a user other than root.".to_owned(),
        Privilege::HostPort => "Do not take a port of the host.".to_owned(),
        Privilege::CapabilityAdded(name) => format!("Do not add the capability {name}."),
        Privilege::CapabilitiesNotDropped => "Drop all capabilities and add those that it needs.".to_owned(),
        Privilege::SeccompUnset => "Ask for the default seccomp profile.".to_owned(),
        Privilege::SelinuxType(_) | Privilege::SelinuxUser(_) | Privilege::SelinuxRole(_) => {
            "Leave the SELinux label to the runtime.".to_owned()
        }
        Privilege::Sysctl(name) => format!("Do not set {name}."),
        Privilege::Volume(kind) => format!("Do without volumes of the type {kind}."),
        Privilege::RootNotRefused => "Require a user other than root.".to_owned(),
        Privilege::ProbeHost => "Let probes and handlers call the pod itself.".to_owned(),
    }
}
