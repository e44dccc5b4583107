//! regorus, with policies as one writes them.

use super::rego::{Peer, SCOPE, input, scopes};
use crate::scenario::Scenario;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const RULES: &str = r#"
package bench
hits contains p if {
    some p, policy in data.policies
    in_scope(p)
    matches(policy)
}
matches(policy) if { some v in input.vulnerabilities; v.id in policy.cves }
matches(policy) if { some v in input.vulnerabilities; v.package in policy.packages }
matches(policy) if { some v in input.vulnerabilities; v.severity == policy.severity }
matches(policy) if { some m in input.malware; m.md5 in policy.md5 }
matches(policy) if { some m in input.malware; m.family in policy.families }
matches(policy) if { some t in input.secrets; t in policy.types }
"#;

pub fn new(scenario: &Scenario) -> Peer {
    let policies: BTreeMap<&str, Json> = scenario
        .policies
        .iter()
        .map(|policy| {
            let lists = json!({"cves": policy.cves, "packages": policy.packages, "severity": policy.severity,
                "md5": policy.md5, "families": policy.families, "types": policy.types});
            (policy.id.as_str(), lists)
        })
        .collect();
    let data = json!({"scopes": scopes(scenario), "policies": policies});
    Peer::new(&format!("{RULES}{SCOPE}"), data, &input(scenario))
}
