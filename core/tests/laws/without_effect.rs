//! A policy that does not cover the launch, or whose time has not come, changes nothing.

use super::reference::generator::profiles::{DIGESTS, IDS, identity};
use super::reference::generator::{Case, Random, case};
use super::{asked, cases, decisions, list};
use serde_json::{Value, json};

const ADDED: &str = "p-added";

#[test]
fn a_policy_without_effect_changes_nothing() {
    // What is done to the policy that is added, and what `explain` then says of it.
    type Change = fn(&mut Value);
    let changes: [(&str, Option<&str>, Change); 8] = [
        ("disabled", None, |policy| policy["enabled"] = false.into()),
        ("pending", None, |policy| policy["enabled_at"] = "2100-01-01T00:00:00Z".into()),
        ("out_of_scope", Some("images"), |policy| {
            policy["scope"] = json!({"images": {"ids": [identity("00")]}});
        }),
        ("out_of_scope", Some("exclude"), |policy| {
            let everything =
                json!({"names": ["**"], "ids": IDS.map(identity), "digests": DIGESTS.map(identity)});
            policy["scope"] = json!({"images": "all", "exclude": everything});
        }),
        ("out_of_scope", Some("nodes"), |policy| {
            policy["scope"] = json!({"images": "all", "nodes": ["nowhere"], "clusters": ["nowhere"]});
        }),
        ("out_of_scope", Some("clusters"), |policy| {
            policy["scope"] = json!({"images": "all", "clusters": ["nowhere-*"]});
        }),
        ("out_of_scope", Some("namespaces"), |policy| {
            policy["scope"] = json!({"images": "all", "namespaces": ["nowhere"], "privileges": []});
        }),
        ("out_of_scope", Some("privileges"), |policy| {
            policy["scope"] = json!({"images": "all", "privileges": ["selinux_role:nowhere"]});
        }),
    ];
    let mut held = 0;
    for (plain, mut random) in cases() {
        let before = asked(&plain).unwrap();
        let (outcome, part, change) = random.pick(&changes);
        let Some(mut added) = policy_of_another_case(&plain, &mut random) else { continue };
        added["enabled"] = true.into();
        added["enabled_at"] = "2020-01-01T00:00:00Z".into();
        added["scope"] = json!({"images": "all"});
        change(&mut added);
        let mut policies = list(&plain.policies, "policies");
        policies.insert(random.below(policies.len() + 1), added);
        let mut case = plain;
        case.policies["policies"] = policies.into();
        for (before, after) in decisions(&before, &asked(&case).unwrap()) {
            let mut after = after.clone();
            let at = after.explain.iter().position(|explained| explained.policy_id == ADDED).unwrap();
            let explained = after.explain.remove(at);
            assert_eq!((explained.outcome.as_str(), explained.part.as_deref()), (outcome, part), "{case:#?}");
            assert_eq!(*before, after, "{case:#?}");
            held += 1;
        }
    }
    assert!(held > 0, "no policy was added");
}

/// A set has at most one policy on privileges.
fn policy_of_another_case(to: &Case, random: &mut Random) -> Option<Value> {
    let has = |kind: &str| list(&to.policies, "policies").iter().any(|policy| policy["type"] == kind);
    let mut others = list(&case(random.next()).policies, "policies");
    others.retain(|policy| policy["type"] != "privileged" || !has("privileged"));
    if others.is_empty() {
        return None;
    }
    let mut policy = random.pick(&others);
    policy["id"] = ADDED.into();
    policy["name"] = "Added".into();
    Some(policy)
}
