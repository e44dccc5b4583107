//! Places in the text of a JSON document: where a pointer leads, and how a member is replaced there without touching
//! anything else.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

/// One member of an object, as slices of the document.
struct Member<'t> {
    name: Cow<'t, str>,
    key: &'t str,
    value: &'t str,
}

/// The members of an object in order.
struct Members<'t>(Vec<Member<'t>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    let name = serde_json::from_str::<Cow<'_, str>>(key.get());
                    let name = name.map_err(serde::de::Error::custom)?;
                    members.push(Member { name, key: key.get(), value: value.get() });
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// The bytes of the value that `pointer` names; those of the object or array that lacks it if it is missing.
pub(crate) fn locate(text: &str, pointer: &str) -> Option<Range<usize>> {
    let root: &RawValue = serde_json::from_str(text).ok()?;
    let mut here = root.get();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let next = if here.starts_with('{') {
            let Members(members) = serde_json::from_str(here).ok()?;
            members.into_iter().find(|member| member.name == token).map(|member| member.value)
        } else {
            let items: Vec<&RawValue> = serde_json::from_str(here).ok()?;
            token.parse::<usize>().ok().and_then(|index| items.get(index)).map(|item| item.get())
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    range_of(text, here)
}

/// The text with the member `name` of the object at `pointer` set to `value`: replaced where it stands, or put after
/// the member `after`, spaced as that one is. Everything else stays byte for byte. `None` if there is no such object
/// or member.
pub(crate) fn with_member(text: &str, pointer: &str, name: &str, value: &str, after: &str) -> Option<String> {
    let object = text.get(locate(text, pointer)?)?;
    let Members(members) = serde_json::from_str(object).ok()?;
    if let Some(member) = members.iter().find(|member| member.name == name) {
        return replaced(text, &range_of(text, member.value)?, value);
    }
    let neighbour = members.iter().find(|member| member.name == after)?;
    let (key, old) = (range_of(text, neighbour.key)?, range_of(text, neighbour.value)?);
    let before = text.get(..key.start)?;
    let space = before.get(before.trim_ascii_end().len()..)?;
    let colon = text.get(key.end..old.start)?;
    replaced(text, &(old.end..old.end), &format!(",{space}\"{name}\"{colon}{value}"))
}

/// Whether the document writes a space after the colon of the member `name` of the object at `pointer`.
pub(crate) fn is_spaced(text: &str, pointer: &str, name: &str) -> bool {
    let spaced = || {
        let object = text.get(locate(text, pointer)?)?;
        let Members(members) = serde_json::from_str(object).ok()?;
        let member = members.iter().find(|member| member.name == name)?;
        let colon = text.get(range_of(text, member.key)?.end..range_of(text, member.value)?.start)?;
        Some(colon.ends_with(' '))
    };
    spaced().unwrap_or(true)
}

fn replaced(text: &str, range: &Range<usize>, by: &str) -> Option<String> {
    Some([text.get(..range.start)?, by, text.get(range.end..)?].concat())
}

/// Where `part`, a slice of `text`, stands in it.
fn range_of(text: &str, part: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let end = start.checked_add(part.len())?;
    (end <= text.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_its_value_or_to_what_lacks_it() {
        let text = r#" {"a/b": [1, {"~": "x"}], "c": null} "#;
        let at = |pointer| text.get(locate(text, pointer).unwrap()).unwrap();
        assert_eq!(at("/a~1b/1/~0"), "\"x\"");
        assert_eq!(at("/c"), "null");
        assert_eq!(at("/a~1b/1/y"), "{\"~\": \"x\"}");
        assert_eq!(at("/a~1b/7"), "[1, {\"~\": \"x\"}]");
        assert_eq!(at(""), text.trim());
        assert_eq!(locate("{", "/a"), None);
    }

    #[test]
    fn a_member_is_replaced_or_added_and_nothing_else_changes() {
        let set = |text: &str, name| with_member(text, "/p/0", name, "2", "on").unwrap();
        assert_eq!(set(r#"{"p":[{"on" : 1 ,"x":3}]}"#, "on"), r#"{"p":[{"on" : 2 ,"x":3}]}"#);
        assert_eq!(set(r#"{"p":[{"on":1,"x":3}]}"#, "at"), r#"{"p":[{"on":1,"at":2,"x":3}]}"#);
        assert_eq!(
            set("{\"p\": [{\r\n\t\"on\": 1\r\n}]}", "at"),
            "{\"p\": [{\r\n\t\"on\": 1,\r\n\t\"at\": 2\r\n}]}"
        );
        assert_eq!(with_member(r#"{"p":[]}"#, "/p/0", "at", "2", "on"), None);
    }
}
