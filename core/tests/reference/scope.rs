//! Which launches a policy covers.

use super::globs::{self, Kind};
use super::names::Image;
use super::privileges::{facts, satisfies};
use super::truth::{Truth, tally, tally_bool};
use super::values::{policy_field, policy_strings, text};
use serde_json::Value;

/// The first part of the scope that does not hold for this launch.
pub fn failed_part(policy: &Value, image: &Image, launch: &Value) -> Option<&'static str> {
    let scope = &policy["scope"];
    if scope["images"] != "all"
        && !tally_bool("scope", "images", image.selected_by("scope.images", &scope["images"]))
    {
        return Some("images");
    }
    if let Some(exclude) = policy_field(scope, "exclude")
        && !tally_bool("scope", "exclude", !image.selected_by("scope.exclude", exclude))
    {
        return Some("exclude");
    }
    let places = [
        ("nodes", ["node", "name"]),
        ("clusters", ["node", "cluster"]),
        ("namespaces", ["pod", "namespace"]),
    ];
    for (name, path) in places {
        let globs = policy_strings(scope, name);
        if globs.is_empty() {
            continue;
        }
        let place = text(launch, &path);
        let holds = globs.into_iter().any(|glob| covers(glob, place));
        tally("scope", name, if place.is_none() { Truth::Unknown } else { holds.into() });
        if !holds {
            return Some(name);
        }
    }
    let privileges = policy_strings(scope, "privileges");
    if !privileges.is_empty() {
        let facts = facts(launch);
        let holds = privileges.iter().any(|entry| facts.iter().any(|fact| satisfies(fact, entry)));
        if !tally_bool("scope", "privileges", holds) {
            return Some("privileges");
        }
    }
    None
}

/// An unknown place satisfies no glob except the bare `*` or `**`.
fn covers(glob: &str, place: Option<&str>) -> bool {
    match place {
        Some(place) => globs::matches(Kind::Plain, glob, place),
        None => glob == "*" || glob == "**",
    }
}
