//! regorus, with policies turned into an index by hand.

use super::rego::{Peer, SCOPE, input, scopes};
use crate::scenario::{Policy, Scenario};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const RULES: &str = r#"
package bench
hits contains p if { some v in input.vulnerabilities; some p in data.by_cve[v.id]; in_scope(p) }
hits contains p if { some v in input.vulnerabilities; some p in data.by_package[v.package]; in_scope(p) }
hits contains p if { some s in input.severities; some p in data.by_severity[s]; in_scope(p) }
hits contains p if { some m in input.malware; some p in data.by_md5[m.md5]; in_scope(p) }
hits contains p if { some m in input.malware; some p in data.by_family[m.family]; in_scope(p) }
hits contains p if { some t in input.secrets; some p in data.by_type[t]; in_scope(p) }
"#;

/// The same on a Trivy report as it is.
const TRIVY_RULES: &str = r#"
package bench
hits contains p if {
    some r in input.Results
    some v in r.Vulnerabilities
    some p in data.by_cve[v.VulnerabilityID]
    in_scope(p)
}
hits contains p if {
    some r in input.Results
    some v in r.Vulnerabilities
    some p in data.by_package[v.PkgName]
    in_scope(p)
}
hits contains p if {
    severities := {lower(v.Severity) | some r in input.Results; some v in r.Vulnerabilities}
    some s in severities
    some p in data.by_severity[s]
    in_scope(p)
}
in_scope(p) if data.scopes[p].all
in_scope(p) if data.scopes[p].ids[input.Metadata.ImageID]
in_scope(p) if {
    some g in data.scopes[p].names
    glob.match(g, ["/"], input.ArtifactName)
}
"#;

pub fn new(scenario: &Scenario) -> Peer {
    Peer::new(&format!("{RULES}{SCOPE}"), index(scenario), &input(scenario))
}

/// For Trivy reports, which [`Peer::decide_report`] takes as text.
pub fn for_reports(scenario: &Scenario) -> Peer {
    Peer::new(TRIVY_RULES, index(scenario), &json!({}))
}

fn index(scenario: &Scenario) -> Json {
    let index = |texts: &dyn Fn(&Policy) -> Vec<String>| {
        let mut index: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for policy in &scenario.policies {
            for text in texts(policy) {
                index.entry(text).or_default().push(&policy.id);
            }
        }
        json!(index)
    };
    json!({"scopes": scopes(scenario),
        "by_cve": index(&|policy| policy.cves.clone()),
        "by_package": index(&|policy| policy.packages.clone()),
        "by_severity": index(&|policy| vec![policy.severity.to_owned()]),
        "by_md5": index(&|policy| policy.md5.clone()),
        "by_family": index(&|policy| policy.families.clone()),
        "by_type": index(&|policy| policy.types.clone())})
}
