//! cedar-policy: one Cedar policy for each policy, the image's facts as sets on a prepared entity.

use crate::scenario::{Scenario, Scope};
use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// An authorizer with policies, entities and a request in place.
pub struct Peer {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    request: Request,
}

impl Peer {
    pub fn new(scenario: &Scenario) -> Self {
        let set = |texts: &[String]| format!("{texts:?}");
        let mut source = String::new();
        for policy in &scenario.policies {
            let scope = match &policy.scope {
                Scope::All => "true".to_owned(),
                Scope::Ids(ids) => format!("{}.contains(resource.id)", set(ids)),
                Scope::Names(names) => {
                    let likes: Vec<String> = names
                        .iter()
                        .map(|name| format!("resource.name like {:?}", name.replace("**", "*")))
                        .collect();
                    likes.join(" || ")
                }
            };
            let mut facts = format!(
                "resource.cves.containsAny({}) || resource.packages.containsAny({}) || resource.severities.contains({:?})",
                set(&policy.cves),
                set(&policy.packages),
                policy.severity
            );
            for (attribute, texts) in
                [("md5", &policy.md5), ("families", &policy.families), ("secrets", &policy.types)]
            {
                if !texts.is_empty() {
                    write!(facts, " || resource.{attribute}.containsAny({})", set(texts)).unwrap();
                }
            }
            writeln!(
                source,
                "@id({:?})\npermit(principal, action, resource) when {{ ({scope}) && ({facts}) }};",
                policy.id
            )
            .unwrap();
        }
        let policies: PolicySet = source.parse().expect("the policies parse");
        let findings = scenario
            .vulnerabilities
            .iter()
            .map(|finding| [finding.id.as_str(), finding.package.as_str(), finding.severity]);
        let entities = Self::entities(scenario, &findings.collect::<Vec<_>>());
        let uid = |text: &str| text.parse::<EntityUid>().expect("a uid");
        let request = Request::new(
            uid("Node::\"node\""),
            uid("Action::\"start\""),
            uid("Image::\"image\""),
            Context::empty(),
            None,
        )
        .expect("the request fits");
        Self { authorizer: Authorizer::new(), policies, entities, request }
    }

    /// The same for findings (id, package, severity) that were just read.
    pub fn decide_findings(&mut self, scenario: &Scenario, findings: &[[&str; 3]]) -> Vec<String> {
        self.entities = Self::entities(scenario, findings);
        self.decide()
    }

    fn entities(scenario: &Scenario, findings: &[[&str; 3]]) -> Entities {
        let unique = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<BTreeSet<String>>();
        let image = json!([{"uid": {"type": "Image", "id": "image"}, "parents": [], "attrs": {
            "id": scenario.image_id, "name": scenario.image_name,
            "cves": unique(findings.iter().map(|finding| finding[0]).collect()),
            "packages": unique(findings.iter().map(|finding| finding[1]).collect()),
            "severities": unique(findings.iter().map(|finding| finding[2]).collect()),
            "md5": unique(scenario.malware.iter().map(|finding| finding.md5.as_str()).collect()),
            "families": unique(scenario.malware.iter().map(|finding| finding.family.as_str()).collect()),
            "secrets": scenario.secrets,
        }}]);
        Entities::from_json_value(image, None).expect("the entity fits")
    }

    /// The ids of the policies that hit, sorted.
    pub fn decide(&self) -> Vec<String> {
        let answer = self.authorizer.is_authorized(&self.request, &self.policies, &self.entities);
        let mut hits: Vec<String> = answer
            .diagnostics()
            .reason()
            .filter_map(|id| Some(self.policies.policy(id)?.annotation("id")?.to_owned()))
            .collect();
        hits.sort_unstable();
        hits
    }
}
