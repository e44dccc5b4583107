//! regorus: Rego on its register machine, with policies written plainly, and with policies turned into an index by
//! hand.

use crate::scenario::{Scenario, Scope};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const SCOPE: &str = r#"
in_scope(p) if data.scopes[p].all
in_scope(p) if data.scopes[p].ids[input.image.id]
in_scope(p) if {
    some g in data.scopes[p].names
    glob.match(g, ["/"], input.image.name)
}
"#;

const PLAIN: &str = r#"
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

const INDEXED: &str = r#"
package bench
hits contains p if { some v in input.vulnerabilities; some p in data.by_cve[v.id]; in_scope(p) }
hits contains p if { some v in input.vulnerabilities; some p in data.by_package[v.package]; in_scope(p) }
hits contains p if { some s in input.severities; some p in data.by_severity[s]; in_scope(p) }
hits contains p if { some m in input.malware; some p in data.by_md5[m.md5]; in_scope(p) }
hits contains p if { some m in input.malware; some p in data.by_family[m.family]; in_scope(p) }
hits contains p if { some t in input.secrets; some p in data.by_type[t]; in_scope(p) }
"#;

/// The same on a Trivy report as it is.
const INDEXED_TRIVY: &str = r#"
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

/// A machine with policies and input in place.
pub struct Peer {
    machine: RegoVM,
    input: Value,
}

impl Peer {
    pub fn plain(scenario: &Scenario) -> Self {
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
        Self::new(&format!("{PLAIN}{SCOPE}"), data, &input(scenario))
    }

    pub fn indexed(scenario: &Scenario) -> Self {
        Self::new(&format!("{INDEXED}{SCOPE}"), Self::index(scenario), &input(scenario))
    }

    /// For Trivy reports, which [`Peer::decide_report`] takes as text.
    pub fn indexed_for_reports(scenario: &Scenario) -> Self {
        Self::new(INDEXED_TRIVY, Self::index(scenario), &json!({}))
    }

    pub fn decide_report(&mut self, report: &str) -> Vec<String> {
        self.input = Value::from_json_str(report).expect("the report is JSON");
        self.decide()
    }

    fn index(scenario: &Scenario) -> Json {
        let index = |texts: &dyn Fn(&crate::scenario::Policy) -> Vec<String>| {
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

    fn new(rules: &str, data: Json, input: &Json) -> Self {
        let mut engine = Engine::new();
        engine.add_policy("bench.rego".to_owned(), rules.to_owned()).expect("the policy parses");
        let data = Value::from_json_str(&data.to_string()).expect("the data is JSON");
        engine.add_data(data.clone()).expect("the data fits");
        let entry: Rc<str> = "data.bench.hits".into();
        let policy = engine.compile_with_entrypoint(&entry).expect("the policy compiles");
        let program =
            Compiler::compile_from_policy(&policy, &["data.bench.hits"]).expect("the program compiles");
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_max_instructions(usize::MAX);
        machine.set_data(data).expect("the data fits");
        let input = Value::from_json_str(&input.to_string()).expect("the input is JSON");
        Self { machine, input }
    }

    /// The ids of the policies that hit, sorted.
    pub fn decide(&mut self) -> Vec<String> {
        self.machine.set_input(self.input.clone());
        let answer = self.machine.execute().expect("the program runs");
        let Value::Set(hits) = answer else { panic!("a set of ids, not {answer}") };
        hits.iter().map(|id| id.as_string().expect("an id is a string").to_string()).collect()
    }
}

fn scopes(scenario: &Scenario) -> Json {
    let scopes: BTreeMap<&str, Json> = scenario
        .policies
        .iter()
        .map(|policy| {
            let scope = match &policy.scope {
                Scope::All => json!({"all": true}),
                Scope::Ids(ids) => {
                    json!({"ids": ids.iter().map(|id| (id, true)).collect::<BTreeMap<_, _>>()})
                }
                Scope::Names(names) => json!({"names": names}),
            };
            (policy.id.as_str(), scope)
        })
        .collect();
    json!(scopes)
}

fn input(scenario: &Scenario) -> Json {
    let vulnerabilities: Vec<Json> = scenario
        .vulnerabilities
        .iter()
        .map(|finding| json!({"id": finding.id, "package": finding.package, "severity": finding.severity}))
        .collect();
    let malware: Vec<Json> = scenario
        .malware
        .iter()
        .map(|finding| json!({"md5": finding.md5, "family": finding.family}))
        .collect();
    let mut severities: Vec<&str> = scenario.vulnerabilities.iter().map(|finding| finding.severity).collect();
    severities.sort_unstable();
    severities.dedup();
    json!({"image": {"id": scenario.image_id, "name": scenario.image_name}, "vulnerabilities": vulnerabilities,
        "severities": severities, "malware": malware, "secrets": scenario.secrets})
}
