//! cedar-policy: one Cedar policy for each policy; its lists are sets on an entity of their own and the image's facts
//! sets on another, since a set that is written into a policy is built anew for each request.

use crate::scenario::{Policy, Scenario, Scope};
use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The lists of a policy by attribute.
fn lists_of(policy: &Policy) -> [(&'static str, &[String]); 5] {
    [
        ("cves", &policy.cves),
        ("packages", &policy.packages),
        ("md5", &policy.md5),
        ("families", &policy.families),
        ("types", &policy.types),
    ]
}

/// An authorizer with policies, entities and a request in place.
pub struct Peer {
    authorizer: Authorizer,
    policies: PolicySet,
    /// The policies' lists.
    lists: Entities,
    /// The lists and the image.
    entities: Entities,
    request: Request,
}

impl Peer {
    pub fn new(scenario: &Scenario) -> Self {
        let mut source = String::new();
        for policy in &scenario.policies {
            let lists = format!("Lists::{:?}", policy.id);
            let scope = match &policy.scope {
                Scope::All => "true".to_owned(),
                Scope::Ids(_) => format!("{lists}.ids.contains(resource.id)"),
                Scope::Names(names) => {
                    let likes: Vec<String> = names
                        .iter()
                        .map(|name| format!("resource.name like {:?}", name.replace("**", "*")))
                        .collect();
                    likes.join(" || ")
                }
            };
            let mut facts = format!("resource.severities.contains({:?})", policy.severity);
            for (attribute, texts) in lists_of(policy) {
                if !texts.is_empty() {
                    write!(facts, " || {lists}.{attribute}.containsAny(resource.{attribute})").unwrap();
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
        let lists = Self::lists(scenario);
        let entities = Self::with_image(lists.clone(), scenario, &findings.collect::<Vec<_>>());
        let uid = |text: &str| text.parse::<EntityUid>().expect("a uid");
        let request = Request::new(
            uid("Node::\"node\""),
            uid("Action::\"start\""),
            uid("Image::\"image\""),
            Context::empty(),
            None,
        )
        .expect("the request fits");
        Self { authorizer: Authorizer::new(), policies, lists, entities, request }
    }

    /// The same for findings (id, package, severity) that were just read.
    pub fn decide_findings(&mut self, scenario: &Scenario, findings: &[[&str; 3]]) -> Vec<String> {
        self.entities = Self::with_image(self.lists.clone(), scenario, findings);
        self.decide()
    }

    fn lists(scenario: &Scenario) -> Entities {
        let lists = scenario.policies.iter().map(|policy| {
            let mut attributes = serde_json::Map::new();
            for (attribute, texts) in lists_of(policy) {
                attributes.insert(attribute.to_owned(), json!(texts));
            }
            if let Scope::Ids(ids) = &policy.scope {
                attributes.insert("ids".to_owned(), json!(ids));
            }
            json!({"uid": {"type": "Lists", "id": policy.id}, "parents": [], "attrs": attributes})
        });
        Entities::from_json_value(lists.collect(), None).expect("the lists fit")
    }

    fn with_image(lists: Entities, scenario: &Scenario, findings: &[[&str; 3]]) -> Entities {
        let unique = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<BTreeSet<String>>();
        let image = json!([{"uid": {"type": "Image", "id": "image"}, "parents": [], "attrs": {
            "id": scenario.image_id, "name": scenario.image_name,
            "cves": unique(findings.iter().map(|finding| finding[0]).collect()),
            "packages": unique(findings.iter().map(|finding| finding[1]).collect()),
            "severities": unique(findings.iter().map(|finding| finding[2]).collect()),
            "md5": unique(scenario.malware.iter().map(|finding| finding.md5.as_str()).collect()),
            "families": unique(scenario.malware.iter().map(|finding| finding.family.as_str()).collect()),
            "types": scenario.secrets,
        }}]);
        lists.add_entities_from_json_value(image, None).expect("the entity fits")
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
