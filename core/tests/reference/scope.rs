//! Which launches a policy covers.

use super::globs::{self, Kind};
use super::names::Image;
use super::privileges::{facts, satisfies};
use super::truth::tally_bool;
use super::values::{policy_field, policy_strings, text};
use serde_json::Value;

/// The first part of the scope that does not hold for this launch.
pub fn failed_part(policy: &Value, image: &Image, launch: &Value) -> Option<&'static str> {
    let scope = &policy["scope"];
    let mut failed = None;
    let mut part = |name: &'static str, holds: bool| {
        if !tally_bool(&format!("scope.{name}"), holds) && failed.is_none() {
            failed = Some(name);
        }
    };
    if scope["images"] != "all" {
        part("images", image.selected_by(&scope["images"]));
    }
    if let Some(exclude) = policy_field(scope, "exclude") {
        part("exclude", !image.selected_by(exclude));
    }
    let places = [
        ("nodes", ["node", "name"]),
        ("clusters", ["node", "cluster"]),
        ("namespaces", ["pod", "namespace"]),
    ];
    for (name, path) in places {
        let globs = policy_strings(scope, name);
        if !globs.is_empty() {
            part(name, globs.into_iter().any(|glob| covers(glob, text(launch, &path))));
        }
    }
    let privileges = policy_strings(scope, "privileges");
    if !privileges.is_empty() {
        let facts = facts(launch);
        part("privileges", privileges.iter().any(|entry| facts.iter().any(|fact| satisfies(fact, entry))));
    }
    failed
}

/// An unknown place satisfies no glob except the bare `*` or `**`.
fn covers(glob: &str, place: Option<&str>) -> bool {
    match place {
        Some(place) => globs::matches(Kind::Plain, glob, place),
        None => glob == "*" || glob == "**",
    }
}
