//! From a JSON Pointer to a place in the text. Only used to report problems, so it may take its time.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The byte offset of what `pointer` names in `text`: the value, or the key if `at_key`.
/// A missing last member gives the place of the object it is missing from.
pub(crate) fn locate(text: &str, pointer: &str, at_key: bool) -> Option<usize> {
    let root: &RawValue = serde_json::from_str(text).ok()?;
    let mut here = root.get();
    let mut place = offset_in(text, here)?;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        if here.starts_with('{') {
            let Members(members) = serde_json::from_str(here).ok()?;
            // Of duplicates the last one is the mistake.
            let Some((key, value)) = members.into_iter().rev().find(|(key, _)| key.text == token) else {
                return Some(place);
            };
            here = value.get();
            place = if at_key { offset_in(text, key.raw)? } else { offset_in(text, here)? };
        } else if here.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(here).ok()?;
            let Some(item) = token.parse::<usize>().ok().and_then(|index| items.get(index)) else {
                return Some(place);
            };
            here = item.get();
            place = offset_in(text, here)?;
        } else {
            return Some(place);
        }
    }
    Some(place)
}

fn offset_in(text: &str, part: &str) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (offset <= text.len()).then_some(offset)
}

struct Key<'a> {
    raw: &'a str,
    text: Cow<'a, str>,
}

/// The members of an object in order, each a slice of the text.
struct Members<'a>(Vec<(Key<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> serde::de::Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((raw, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    let text =
                        serde_json::from_str::<Cow<'_, str>>(raw.get()).map_err(serde::de::Error::custom)?;
                    members.push((Key { raw: raw.get(), text }, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}
