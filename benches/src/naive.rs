//! The same policies by plain loops over vectors of texts: what one writes first, and what all others are held
//! against.

use crate::scenario::{Malware, Policy, Scenario, Scope, Vulnerability};

fn is_in_scope(policy: &Policy, scenario: &Scenario) -> bool {
    match &policy.scope {
        Scope::All => true,
        Scope::Ids(ids) => ids.contains(&scenario.image_id),
        Scope::Names(globs) => {
            globs.iter().any(|glob| matches(glob.as_bytes(), scenario.image_name.as_bytes()))
        }
    }
}

fn is_vulnerable(policy: &Policy, finding: &Vulnerability) -> bool {
    policy.cves.contains(&finding.id)
        || policy.packages.contains(&finding.package)
        || policy.severity == finding.severity
}

fn is_malicious(policy: &Policy, finding: &Malware) -> bool {
    policy.md5.contains(&finding.md5) || policy.families.contains(&finding.family)
}

/// The ids of the policies that hit.
pub fn decide(scenario: &Scenario) -> Vec<&str> {
    let hits = |policy: &Policy| {
        scenario.vulnerabilities.iter().any(|finding| is_vulnerable(policy, finding))
            || scenario.malware.iter().any(|finding| is_malicious(policy, finding))
            || scenario.secrets.iter().any(|kind| policy.types.contains(kind))
    };
    let hitting = scenario.policies.iter().filter(|policy| is_in_scope(policy, scenario) && hits(policy));
    hitting.map(|policy| policy.id.as_str()).collect()
}

/// How many findings of each category every policy matches, whatever its scope.
pub fn totals(scenario: &Scenario) -> Vec<[u32; 3]> {
    let count = |findings: usize| u32::try_from(findings).unwrap();
    let of = |policy: &Policy| {
        [
            count(scenario.vulnerabilities.iter().filter(|finding| is_vulnerable(policy, finding)).count()),
            count(scenario.malware.iter().filter(|finding| is_malicious(policy, finding)).count()),
            count(scenario.secrets.iter().filter(|kind| policy.types.contains(kind)).count()),
        ]
    };
    scenario.policies.iter().map(of).collect()
}

/// `*` within a component, `**` across; enough for the globs of the scenarios.
pub fn matches(glob: &[u8], text: &[u8]) -> bool {
    match glob {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        [b'*', rest @ ..] => (0..=text.len())
            .take_while(|&at| !text[..at].contains(&b'/'))
            .any(|at| matches(rest, &text[at..])),
        [byte, rest @ ..] => text.first() == Some(byte) && matches(rest, &text[1..]),
    }
}
