//! Reading members of JSON documents that are known to be valid.

use serde_json::Value;

/// A member of a policy document: null and an empty list are the same as absent.
pub fn policy_field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let value = object.get(name)?;
    let absent = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if absent { None } else { Some(value) }
}

/// The strings of a list in a policy document; none if it is absent.
pub fn policy_strings<'a>(object: &'a Value, name: &str) -> Vec<&'a str> {
    match policy_field(object, name) {
        None => Vec::new(),
        Some(list) => list.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect(),
    }
}

/// The elements of a list in a policy document; none if it is absent.
pub fn policy_list<'a>(object: &'a Value, name: &str) -> Vec<&'a Value> {
    match policy_field(object, name) {
        None => Vec::new(),
        Some(list) => list.as_array().unwrap().iter().collect(),
    }
}

/// A fact of a profile or launch: null is the same as absent, and so is every member of an absent group.
pub fn fact<'a>(document: &'a Value, path: &[&str]) -> Option<&'a Value> {
    let mut value = document;
    for name in path {
        value = value.get(name)?;
    }
    if value.is_null() { None } else { Some(value) }
}

/// A fact that is text.
pub fn text<'a>(document: &'a Value, path: &[&str]) -> Option<&'a str> {
    fact(document, path).map(|value| value.as_str().unwrap())
}

/// A fact that is a list of texts; none if it is absent.
pub fn texts<'a>(document: &'a Value, path: &[&str]) -> Vec<&'a str> {
    match fact(document, path) {
        None => Vec::new(),
        Some(list) => list.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect(),
    }
}
