//! The cel crate: one compiled expression for each policy, the image's facts as maps, so that a look-up is a look-up.

use crate::scenario::{Scenario, Scope};
use cel::{Context, Program, Value};
use std::collections::HashMap;

/// Compiled expressions, and a context with the image's facts.
pub struct Peer {
    programs: Vec<(String, Program)>,
    context: Context<'static, 'static>,
}

impl Peer {
    pub fn new(scenario: &Scenario) -> Self {
        let exists = |texts: &[String], facts: &str| format!("{texts:?}.exists(x, x in {facts})");
        let programs = scenario
            .policies
            .iter()
            .map(|policy| {
                let scope = match &policy.scope {
                    Scope::All => "true".to_owned(),
                    Scope::Ids(ids) => format!("image_id in {ids:?}"),
                    Scope::Names(names) => {
                        let starts: Vec<String> = names
                            .iter()
                            .filter_map(|name| name.strip_suffix("**"))
                            .map(|prefix| format!("image_name.startsWith({prefix:?})"))
                            .collect();
                        starts.join(" || ")
                    }
                };
                let source = format!(
                    "({scope}) && ({} || {} || {:?} in severities || {} || {} || {})",
                    exists(&policy.cves, "cves"),
                    exists(&policy.packages, "packages"),
                    policy.severity,
                    exists(&policy.md5, "md5"),
                    exists(&policy.families, "families"),
                    exists(&policy.types, "secrets"),
                );
                (policy.id.clone(), Program::compile(&source).expect("the expression compiles"))
            })
            .collect();
        let mut context = Context::default();
        let keys = |texts: Vec<&str>| {
            texts.into_iter().map(|text| (text.to_owned(), true)).collect::<HashMap<_, _>>()
        };
        let findings = &scenario.vulnerabilities;
        context.add_variable_from_value("image_id", scenario.image_id.clone());
        context.add_variable_from_value("image_name", scenario.image_name.to_owned());
        let sets = [
            ("cves", keys(findings.iter().map(|finding| finding.id.as_str()).collect())),
            ("packages", keys(findings.iter().map(|finding| finding.package.as_str()).collect())),
            ("severities", keys(findings.iter().map(|finding| finding.severity).collect())),
            ("md5", keys(scenario.malware.iter().map(|finding| finding.md5.as_str()).collect())),
            ("families", keys(scenario.malware.iter().map(|finding| finding.family.as_str()).collect())),
            ("secrets", keys(scenario.secrets.iter().map(String::as_str).collect())),
        ];
        for (name, set) in sets {
            context.add_variable_from_value(name, set);
        }
        Self { programs, context }
    }

    /// The ids of the policies that hit, in their order.
    pub fn decide(&self) -> Vec<&str> {
        let hits = self.programs.iter().filter(|(_, program)| {
            matches!(program.execute(&self.context).expect("the expression runs"), Value::Bool(true))
        });
        hits.map(|(id, _)| id.as_str()).collect()
    }
}
