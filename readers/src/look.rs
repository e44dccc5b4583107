//! A first look at a document: the members of its top level, and nothing below them.

use crate::json::{Text, folds_to, read};
use crate::outline::Outline;
use imagegate::{Error, ErrorKind};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What formats are recognised by.
pub(crate) struct Look<'a> {
    /// The whole document, for formats that are not JSON.
    pub(crate) text: &'a str,
    /// Its top level; the error of the JSON parser if it is not JSON.
    pub(crate) top: Result<Top<'a>, Error>,
}

/// The top level of a JSON document.
pub(crate) enum Top<'a> {
    /// An object.
    Object(Members<'a>),
    /// An array: how many items, and the members of the first if that is an object.
    List(usize, Option<Members<'a>>),
    /// Null, a string, a number or a boolean.
    Other,
}

/// The members of an object, in order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, Shape<'a>)>);

/// What kind of value a member has.
#[derive(Debug, PartialEq)]
pub(crate) enum Shape<'a> {
    Null,
    Number,
    Text(Cow<'a, str>),
    List,
    Object,
    Bool,
}

impl<'a> Look<'a> {
    pub(crate) fn at(text: &'a str) -> Self {
        Self { text, top: read(text, ErrorKind::Syntax) }
    }

    /// The same, with the top level found already. A mistake below it is then left to the reader that is chosen.
    pub(crate) fn with(text: &'a str, outline: &Outline<'a>) -> Self {
        let members = match outline {
            Outline::Object(members) => Members::of(members),
            _ => None,
        };
        members.map_or_else(|| Self::at(text), |members| Self { text, top: Ok(Top::Object(members)) })
    }

    /// The members, if the document is an object.
    pub(crate) fn object(&self) -> Option<&Members<'a>> {
        match &self.top {
            Ok(Top::Object(members)) => Some(members),
            _ => None,
        }
    }

    /// The members of the first item, if the document is an array of objects.
    pub(crate) fn first_item(&self) -> Option<&Members<'a>> {
        match &self.top {
            Ok(Top::List(_, first)) => first.as_ref(),
            _ => None,
        }
    }

    /// The members of the document or, if it is an array, of its first item.
    pub(crate) fn object_or_first_item(&self) -> Option<&Members<'a>> {
        self.object().or_else(|| self.first_item())
    }
}

impl<'a> Members<'a> {
    /// `None` if a name or a value is no JSON after all.
    fn of(members: &[(&'a str, &'a str)]) -> Option<Self> {
        let read = |(name, value): &(&'a str, &'a str)| {
            let name: Text<'a> = serde_json::from_str(name).ok()?;
            Some((name.0, Shape::of(value)?))
        };
        members.iter().map(read).collect::<Option<Vec<_>>>().map(Self)
    }
}

impl<'a> Shape<'a> {
    fn of(value: &'a str) -> Option<Self> {
        match value.as_bytes().first()? {
            b'{' => Some(Self::Object),
            b'[' => Some(Self::List),
            _ => serde_json::from_str(value).ok(),
        }
    }
}

impl Members<'_> {
    /// The member of exactly this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Shape<'_>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, shape)| shape)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.has(name))
    }

    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// The member of this name in whatever case, as Go programs match it.
    pub(crate) fn get_folded(&self, name: &str) -> Option<&Shape<'_>> {
        self.0.iter().find(|(key, _)| folds_to(key, name)).map(|(_, shape)| shape)
    }

    /// How many of `names` are there in whatever case.
    pub(crate) fn count_folded(&self, names: &[&str]) -> usize {
        names.iter().filter(|name| self.get_folded(name).is_some()).count()
    }

    pub(crate) fn is_object(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Shape::Object))
    }

    pub(crate) fn is_list(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Shape::List))
    }

    pub(crate) fn is_number(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Shape::Number))
    }

    /// The member of exactly this name, if it is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Shape::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_ref())
    }
}

/// Deserializes by what is there; everything below is skipped, not built.
macro_rules! visit {
    ($type:ident, $visitor:ident, { $($method:item)* }) => {
        impl<'de> Deserialize<'de> for $type<'de> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct $visitor;
                impl<'de> Visitor<'de> for $visitor {
                    type Value = $type<'de>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a value")
                    }

                    $($method)*
                }
                deserializer.deserialize_any($visitor)
            }
        }
    };
}

visit!(Shape, ShapeVisitor, {
    fn visit_unit<E>(self) -> Result<Shape<'de>, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape<'de>, E> {
        Ok(Shape::Bool)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape<'de>, E> {
        Ok(Shape::Number)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape<'de>, E> {
        Ok(Shape::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape<'de>, E> {
        Ok(Shape::Number)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Shape<'de>, E> {
        Ok(Shape::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape<'de>, E> {
        Ok(Shape::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shape::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Shape::Object)
    }
});

/// An object's members, or `None` for any other value.
struct Item<'a>(Option<Members<'a>>);

fn members<'de, A: MapAccess<'de>>(mut map: A) -> Result<Members<'de>, A::Error> {
    let mut members = Vec::new();
    while let Some((key, shape)) = map.next_entry::<Text<'de>, Shape<'de>>()? {
        members.push((key.0, shape));
    }
    Ok(Members(members))
}

visit!(Item, ItemVisitor, {
    fn visit_unit<E>(self) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Item<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Item(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item<'de>, A::Error> {
        Ok(Item(Some(members(map)?)))
    }
});

visit!(Top, TopVisitor, {
    fn visit_unit<E>(self) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Top<'de>, E> {
        Ok(Top::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Top<'de>, A::Error> {
        let Some(Item(first)) = items.next_element()? else { return Ok(Top::List(0, None)) };
        let mut count = 1_usize;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count = count.saturating_add(1);
        }
        Ok(Top::List(count, first))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Top<'de>, A::Error> {
        Ok(Top::Object(members(map)?))
    }
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline::outline;

    /// What the outline tells of a document is what reading it tells.
    fn agree(text: &str) -> bool {
        let Outline::Object(members) = outline(text, 64) else { return false };
        let Some(outlined) = Members::of(&members) else { return false };
        let whole = Look::at(text);
        let read = whole.object().unwrap_or_else(|| panic!("not read: {text}"));
        assert_eq!(&outlined, read, "{text}");
        true
    }

    #[test]
    fn an_outline_tells_what_a_whole_look_tells() {
        for text in [
            "{}",
            r#"{"a":null,"b":true,"c":false,"d":-1.5e-3,"e":0,"f":"\u00e9\"","g":[],"h":{}}"#,
            r#" { "a" : [1, {"b": "]}"}] , "\u0061" : {"a": [[]]} , "" : 18446744073709551616 } "#,
        ] {
            assert!(agree(text), "{text}");
        }
        // What is no JSON is left to a whole look, or to the reader.
        for text in
            [r#"{"a": nul}"#, r#"{"a": 01}"#, r#"{"a": }"#, r#"{"a\x": 1}"#, r#"{"a": "\ud800"}"#, "{} {}"]
        {
            assert!(!agree(text), "{text}");
        }
    }

    #[test]
    fn and_for_all_documents_of_the_tests() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata");
        let (mut folders, mut documents) = (vec![std::path::PathBuf::from(folder)], 0_usize);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "json")
                    && let Ok(text) = std::fs::read_to_string(&path)
                    && Look::at(&text).object().is_some()
                {
                    assert!(agree(&text), "{}", path.display());
                    documents += 1;
                }
            }
        }
        assert!(documents > 50, "{documents}");
    }
}
