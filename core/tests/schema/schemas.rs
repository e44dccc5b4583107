//! The schemas themselves.

use super::*;

#[test]
pub(super) fn schemas_are_valid_and_named() {
    for (name, text) in SCHEMAS {
        let schema = parsed(text);
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            panic!("{name}: {error}");
        }
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("https://imagegate.dev/schemas/{name}.schema.json"));
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
    }
}

/// An editor shows the description of the member under the cursor.
#[test]
pub(super) fn every_member_is_described() {
    fn walk(name: &str, value: &Value, at: &str) {
        match value {
            Value::Object(members) => {
                if let (Some(false), Some(Value::Object(properties))) =
                    (members.get("additionalProperties").and_then(Value::as_bool), members.get("properties"))
                {
                    for (member, schema) in properties {
                        let described =
                            schema["description"].as_str().is_some_and(|text| text.ends_with('.'));
                        assert!(described, "{name}: {at}/properties/{member} has no description");
                    }
                }
                for (key, member) in members {
                    walk(name, member, &format!("{at}/{key}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(name, item, at)),
            _ => {}
        }
    }
    for (name, text) in SCHEMAS {
        walk(name, &parsed(text), "");
    }
}

/// Validators bring different regular expressions: no look-around, no classes that differ between them.
#[test]
pub(super) fn patterns_are_portable() {
    fn walk(name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(pattern)) = members.get("pattern") {
                    assert_eq!(
                        pattern.matches("(?").count(),
                        pattern.matches("(?:").count(),
                        "{name}: {pattern}"
                    );
                    let bare = pattern.replace(r"[\s\S]", "").replace(r"\\", "");
                    for class in [r"\s", r"\S", r"\w", r"\d", r"\p", r"\b", r"\u", r"\x", "."] {
                        // A dot is meant only as itself.
                        let is_used = match class {
                            "." => bare.replace(r"\.", "").replace("._-", "").contains('.'),
                            class => bare.contains(class),
                        };
                        assert!(!is_used, "{name}: {class} in {pattern}");
                    }
                    assert!(pattern.starts_with('^'), "{name}: {pattern} is not anchored");
                }
                members.values().for_each(|member| walk(name, member));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(name, item)),
            _ => {}
        }
    }
    for (name, text) in SCHEMAS {
        walk(name, &parsed(text));
    }
}
