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
                        let tests: Vec<String> = names.iter().map(|glob| glob_test(glob)).collect();
                        tests.join(" || ")
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
    pub fn decide(&self) -> Vec<String> {
        let hits = self.programs.iter().filter(|(_, program)| {
            matches!(program.execute(&self.context).expect("the expression runs"), Value::Bool(true))
        });
        hits.map(|(id, _)| id.clone()).collect()
    }
}

/// A glob of the scenarios, which have two forms. Regular expressions would be compiled anew on each call.
fn glob_test(glob: &str) -> String {
    match (glob.strip_suffix("**"), glob.split_once("/*/")) {
        (Some(prefix), _) => format!("image_name.startsWith({prefix:?})"),
        (_, Some((host, name))) => {
            let (host, name) = (format!("{host}/"), format!("/{}", name.trim_end_matches('*')));
            format!("(image_name.startsWith({host:?}) && image_name.contains({name:?}))")
        }
        _ => panic!("no scenario has the glob {glob}"),
    }
}
