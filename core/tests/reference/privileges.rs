//! Privilege facts of a launch, and the entries of policies that they satisfy.

use super::globs::{self, Kind, Token};
use super::values::texts;
use serde_json::Value;

/// A fact in its one spelling: upper-case capability without `CAP_`, clean path.
pub fn canonical(fact: &str) -> String {
    match fact.split_once(':') {
        Some(("capability", name)) => format!("capability:{}", capability(name)),
        Some((word @ ("host_path" | "device"), path)) => format!("{word}:{}", clean(path)),
        Some(_) => fact.to_owned(),
        None => fact.to_owned(),
    }
}

fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

/// Removes `//`, `.` and `..` from an absolute path.
pub fn clean(path: &str) -> String {
    let mut components: Vec<&str> = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                components.pop();
            }
            other => components.push(other),
        }
    }
    format!("/{}", components.join("/"))
}

/// The distinct facts of a launch, in the order of the document.
pub fn facts(launch: &Value) -> Vec<String> {
    let mut facts = Vec::new();
    for fact in texts(launch, &["privileges"]) {
        let fact = canonical(fact);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

/// Whether an entry of `criteria.privileges` or `scope.privileges` is satisfied by a fact.
pub fn satisfies(fact: &str, entry: &str) -> bool {
    let (entry_word, entry_value) = split(entry);
    let (fact_word, fact_value) = split(fact);
    match entry_word {
        "capability" => {
            fact == "privileged"
                || fact == "capability:ALL"
                || (fact_word == "capability" && fact_value == capability(entry_value))
        }
        "device" => fact == "privileged" || matches_itself(fact, entry),
        "seccomp_unconfined"
        | "apparmor_unconfined"
        | "selinux_disabled"
        | "unmasked_paths"
        | "capabilities_not_dropped" => fact == "privileged" || fact == entry,
        "host_path" => {
            matches_itself(fact, entry) || (fact_word == "host_path" && exposes(fact_value, entry_value))
        }
        _ => matches_itself(fact, entry),
    }
}

/// Whether an entry names the fact itself, without implication: the rule for exceptions.
pub fn matches_itself(fact: &str, entry: &str) -> bool {
    let (entry_word, entry_value) = split(entry);
    let (fact_word, fact_value) = split(fact);
    fact_word == entry_word
        && match entry_word {
            "capability" => fact_value == capability(entry_value),
            "host_path" | "device" => globs::matches(Kind::Path, entry_value, fact_value),
            // Words without a value are equal by now, and an empty one matches nothing else.
            _ if entry_value.is_empty() => fact_value.is_empty(),
            _ => globs::matches(Kind::Plain, entry_value, fact_value),
        }
}

fn split(privilege: &str) -> (&str, &str) {
    privilege.split_once(':').unwrap_or((privilege, ""))
}

/// Whether a mounted path is the fixed leading directory of a glob, or an ancestor of it.
fn exposes(mounted: &str, glob: &str) -> bool {
    let leading = leading_directory(glob);
    // `/` is an ancestor of everything; `/var` is one of `/var/run`, but not of `/various`.
    mounted == "/" || mounted == leading || leading.starts_with(&format!("{mounted}/"))
}

/// The components before the first wildcard, or the parent if there is no wildcard.
fn leading_directory(glob: &str) -> String {
    let mut components: Vec<String> = Vec::new();
    let mut component = String::new();
    for token in globs::tokens(glob) {
        match token {
            Token::Char('/') => components.push(std::mem::take(&mut component)),
            Token::Char(character) => component.push(character),
            // The component with the wildcard is not fixed, nor is anything after it.
            Token::One | Token::Run | Token::Anything => break,
        }
    }
    // Without a wildcard the last component is still in `component`: what was pushed is the parent.
    clean(&components.join("/"))
}

#[test]
fn privileges() {
    assert_eq!(canonical("capability:cap_sys_admin"), "capability:SYS_ADMIN");
    assert_eq!(canonical("host_path:/var//run/../run/./docker.sock/"), "host_path:/var/run/docker.sock");
    let socket = "host_path:/var/run/docker.sock";
    for mounted in ["host_path:/var/run/docker.sock", "host_path:/var/run", "host_path:/var", "host_path:/"] {
        assert!(satisfies(mounted, socket), "{mounted}");
    }
    for mounted in ["host_path:/var/ru", "host_path:/var/run/docker.sock/x", "host_path:/etc", "host_pid"] {
        assert!(!satisfies(mounted, socket), "{mounted}");
    }
    assert!(satisfies("host_path:/etc", "host_path:/etc/**") && satisfies("host_path:/", "host_path:**/x"));
    assert!(satisfies("host_path:/var", "host_path:/var/r*/x"));
    assert!(!satisfies("host_path:/var/run", "host_path:/var/r*/x"));
    assert!(!matches_itself("host_path:/var", socket));
    assert!(satisfies("privileged", "capability:CAP_net_admin") && satisfies("privileged", "device:/dev/x"));
    assert!(!satisfies("privileged", "host_pid") && !satisfies("privileged", socket));
    assert!(
        satisfies("capability:ALL", "capability:SYS_ADMIN") && !satisfies("capability:ALL", "privileged")
    );
    assert!(!satisfies("capability:SYS_ADMIN", "capability:ALL"));
    assert_eq!(canonical("capability_added:cap_x/../y"), "capability_added:cap_x/../y");
    assert!(
        satisfies("privileged", "capabilities_not_dropped") && !satisfies("privileged", "capability_added:*")
    );
    assert!(satisfies("sysctl:net.ipv4.ip_forward", "sysctl:net.*") && !satisfies("volume:nfs", "sysctl:*"));
    assert!(!satisfies("capability_added:net_raw", "capability_added:NET_RAW"));
    assert!(!matches_itself("capability:ALL", "capability:SYS_ADMIN"));
}
