//! The same policies by plain loops over vectors of texts: what one writes first.

use crate::scenario::{Policy, Scenario, Scope};

/// The ids of the policies that hit.
pub fn decide(scenario: &Scenario) -> Vec<&str> {
    let in_scope = |policy: &Policy| match &policy.scope {
        Scope::All => true,
        Scope::Ids(ids) => ids.contains(&scenario.image_id),
        Scope::Names(globs) => {
            globs.iter().any(|glob| matches(glob.as_bytes(), scenario.image_name.as_bytes()))
        }
    };
    let hits = |policy: &Policy| {
        scenario.vulnerabilities.iter().any(|finding| {
            policy.cves.contains(&finding.id)
                || policy.packages.contains(&finding.package)
                || policy.severity == finding.severity
        }) || scenario
            .malware
            .iter()
            .any(|finding| policy.md5.contains(&finding.md5) || policy.families.contains(&finding.family))
            || scenario.secrets.iter().any(|kind| policy.types.contains(kind))
    };
    let hitting = scenario.policies.iter().filter(|policy| in_scope(policy) && hits(policy));
    hitting.map(|policy| policy.id.as_str()).collect()
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
