//! What plain and indexed Rego have in common: regorus' register machine, the scopes, and the input.

use crate::scenario::{Scenario, Scope};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Whether the image is in the scope of policy `p`.
pub const SCOPE: &str = r#"
in_scope(p) if data.scopes[p].all
in_scope(p) if data.scopes[p].ids[input.image.id]
in_scope(p) if {
    some g in data.scopes[p].names
    glob.match(g, ["/"], input.image.name)
}
"#;

/// A machine with policies and input in place.
pub struct Peer {
    machine: RegoVM,
    input: Value,
}

impl Peer {
    pub fn new(rules: &str, data: Json, input: &Json) -> Self {
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

    /// The ids of the policies that hit.
    pub fn decide(&mut self) -> Vec<String> {
        self.machine.set_input(self.input.clone());
        let answer = self.machine.execute().expect("the program runs");
        let Value::Set(hits) = answer else { panic!("a set of ids, not {answer}") };
        hits.iter().map(|id| id.as_string().expect("an id is a string").to_string()).collect()
    }

    /// The same for a report that is still text.
    pub fn decide_report(&mut self, report: &str) -> Vec<String> {
        self.input = Value::from_json_str(report).expect("the report is JSON");
        self.decide()
    }
}

/// The scopes by policy.
pub fn scopes(scenario: &Scenario) -> Json {
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

/// The image and its findings.
pub fn input(scenario: &Scenario) -> Json {
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
