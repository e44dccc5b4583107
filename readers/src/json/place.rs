//! A small JSON tree and places in it, read as a Go program reads it.
//!
//! Docker and Kubernetes are written in Go, whose JSON decoder matches member names regardless of case
//! (`"hostconfig": {"privileged": true}` starts a privileged container) and, of a member that is given twice,
//! merges or overrides in ways that few know. So names are matched as Go matches them, and a member that counts
//! and is given twice is an error: no launch hides a privilege behind the other spelling.

use super::locate::{escape, locate};
use crate::yaml;
use imagegate::{Error, ErrorKind, Position, quote};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A JSON value; members stay in order, duplicates included. Of numbers only whole ones that fit are of interest.
#[derive(Clone, Debug)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Option<i64>),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl Node<'_> {
    fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => format!("`{value}`"),
            Self::Number(None) => "a number".to_owned(),
            Self::Number(Some(number)) => format!("the number `{number}`"),
            Self::Text(text) => format!("the string {}", quote(text)),
            Self::List(_) => "an array".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }
}

/// Whether Go takes the member `key` for the field `name` (ASCII): case is folded, and in Unicode `ſ` folds to
/// `s` and the Kelvin sign to `k`.
pub(crate) fn folds_to(key: &str, name: &str) -> bool {
    let fold = |character: char| match character {
        'ſ' => 's',
        '\u{212A}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    key.chars().map(fold).eq(name.chars().map(fold))
}

/// The text that a tree was read from, to say where a mistake is.
#[derive(Clone, Copy)]
enum Source<'a> {
    Json(&'a str),
    /// The document of this index.
    Yaml(&'a str, usize),
}

/// A place in a document: a value, or the absence of one. Null is the same as absent, as in Go.
#[derive(Clone)]
pub(crate) struct Place<'n, 'a> {
    source: Source<'a>,
    node: Option<&'n Node<'a>>,
    pointer: String,
}

impl<'n, 'a> Place<'n, 'a> {
    /// The whole document.
    pub(crate) fn root(text: &'a str, node: &'n Node<'a>) -> Self {
        Self { source: Source::Json(text), node: Some(node), pointer: String::new() }
    }

    /// A whole document of a YAML text; `index` counts its documents, empty ones included.
    pub(crate) fn root_of_yaml(text: &'a str, index: usize, node: &'n Node<'a>) -> Self {
        Self { source: Source::Yaml(text, index), node: Some(node), pointer: String::new() }
    }

    fn inner(&self, node: Option<&'n Node<'a>>, step: &str) -> Self {
        let node = node.filter(|node| !matches!(node, Node::Null));
        Self { source: self.source, node, pointer: format!("{}/{step}", self.pointer) }
    }

    /// Whether there is a value.
    pub(crate) fn is_given(&self) -> bool {
        self.node.is_some()
    }

    pub(crate) fn node(&self) -> Option<&'n Node<'a>> {
        self.node
    }

    /// An error about this place.
    pub(crate) fn error(&self, code: &'static str, message: impl Into<String>) -> Error {
        let (text, offset) = match self.source {
            Source::Json(text) => (text, locate(text, &self.pointer)),
            Source::Yaml(text, index) => (text, yaml::locate(text, index, &self.pointer)),
        };
        Error::at(ErrorKind::InvalidLaunch, code, self.pointer.clone(), message)
            .with_position(Position::of_offset(text.as_bytes(), offset))
    }

    fn wrong_type(&self, expected: &str) -> Error {
        let found = self.node.map_or_else(|| "nothing".to_owned(), Node::describe);
        self.error("wrong_type", format!("expected {expected}, found {found}"))
    }

    /// The member `name` of this object, in whatever case; an absent one of an absent object.
    pub(crate) fn member(&self, name: &str) -> Result<Self, Error> {
        let members = match self.node {
            None => return Ok(self.inner(None, name)),
            Some(Node::Object(members)) => members,
            Some(_) => return Err(self.wrong_type("an object")),
        };
        let mut found = members.iter().filter(|(key, _)| folds_to(key, name));
        match (found.next(), found.next()) {
            (None, _) => Ok(self.inner(None, name)),
            (Some((key, value)), None) => Ok(self.inner(Some(value), &escape(key))),
            (Some(_), Some((key, value))) => Err(self.inner(Some(value), &escape(key)).error(
                "duplicate_key",
                format!(
                    "the member {} is given more than once; upper and lower case are the same to a container engine: keep one",
                    quote(name)
                ),
            )),
        }
    }

    /// The string here.
    pub(crate) fn text(&self) -> Result<Option<&'n str>, Error> {
        match self.node {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text.as_ref())),
            Some(_) => Err(self.wrong_type("a string")),
        }
    }

    /// The string here, unless it is empty.
    pub(crate) fn word(&self) -> Result<Option<&'n str>, Error> {
        Ok(self.text()?.filter(|text| !text.is_empty()))
    }

    /// `true` or `false`. Nothing else is either.
    pub(crate) fn flag(&self) -> Result<Option<bool>, Error> {
        match self.node {
            None => Ok(None),
            Some(Node::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong_type("`true` or `false`")),
        }
    }

    /// The whole number here.
    pub(crate) fn whole(&self) -> Result<Option<i64>, Error> {
        match self.node {
            None => Ok(None),
            Some(Node::Number(Some(number))) => Ok(Some(*number)),
            Some(_) => Err(self.wrong_type("a whole number")),
        }
    }

    /// The items of the array here; none if absent.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Error> {
        match self.node {
            None => Ok(Vec::new()),
            Some(Node::List(items)) => {
                let places = items.iter().enumerate();
                Ok(places.map(|(index, item)| self.inner(Some(item), &index.to_string())).collect())
            }
            Some(_) => Err(self.wrong_type("an array")),
        }
    }

    /// The members of the object here; none if absent.
    pub(crate) fn members(&self) -> Result<Vec<(&'n str, Self)>, Error> {
        match self.node {
            None => Ok(Vec::new()),
            Some(Node::Object(members)) => {
                let places = members.iter();
                Ok(places.map(|(key, value)| (key.as_ref(), self.inner(Some(value), &escape(key)))).collect())
            }
            Some(_) => Err(self.wrong_type("an object")),
        }
    }

    /// The strings of the array here, or the one string, as Docker reads its string lists. Empty ones and nulls
    /// are left out.
    pub(crate) fn words(&self) -> Result<Vec<&'n str>, Error> {
        if let Some(Node::Text(text)) = self.node {
            return Ok(Some(text.as_ref()).filter(|text| !text.is_empty()).into_iter().collect());
        }
        if !matches!(self.node, None | Some(Node::List(_))) {
            return Err(self.wrong_type("a string or an array of strings"));
        }
        let words = self.items()?.iter().map(Self::word).collect::<Result<Vec<_>, _>>()?;
        Ok(words.into_iter().flatten().collect())
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;
        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Node<'de>, E> {
                Ok(Node::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
                Ok(Node::Bool(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
                Ok(Node::Number(i64::try_from(value).ok()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
                Ok(Node::Number(Some(value)))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Node<'de>, E> {
                Ok(Node::Number(None))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Node::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<super::Text<'de>, Node<'de>>()? {
                    members.push((key.0, value));
                }
                Ok(Node::Object(members))
            }
        }
        deserializer.deserialize_any(NodeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn with(text: &str, check: impl FnOnce(Place<'_, '_>)) {
        let node: Node<'_> = read(text, ErrorKind::InvalidLaunch).unwrap();
        check(Place::root(text, &node));
    }

    #[test]
    fn names_are_matched_as_go_matches_them() {
        for key in ["Privileged", "privileged", "PRIVILEGED", "pRivileged"] {
            with(&format!(r#"{{"{key}": true}}"#), |root| {
                assert_eq!(root.member("Privileged").unwrap().flag().unwrap(), Some(true), "{key}");
            });
        }
        assert!(folds_to("\u{212A}ind", "Kind") && folds_to("bindſ", "Binds") && !folds_to("Bind", "Binds"));
        with(r#"{"Privileged": false, "privileged": true}"#, |root| {
            let error = root.member("Privileged").err().unwrap();
            assert_eq!((error.code(), error.pointer()), ("duplicate_key", Some("/privileged")));
        });
    }

    #[test]
    fn numbers_are_whole_and_exact() {
        with(r#"{"a": 9007199254740993, "b": -1, "c": 1.0, "d": 18446744073709551615, "e": "1"}"#, |root| {
            assert_eq!(root.member("a").unwrap().whole().unwrap(), Some(9_007_199_254_740_993));
            assert_eq!(root.member("b").unwrap().whole().unwrap(), Some(-1));
            assert_eq!(root.member("x").unwrap().whole().unwrap(), None);
            for name in ["c", "d", "e"] {
                assert_eq!(root.member(name).unwrap().whole().unwrap_err().code(), "wrong_type", "{name}");
            }
        });
    }

    #[test]
    fn null_is_absent_and_another_type_is_an_error() {
        with(r#"{"a": null, "b": "yes", "c": ["", "x", null], "d": [1]}"#, |root| {
            assert_eq!(root.member("a").unwrap().flag().unwrap(), None);
            assert_eq!(root.member("a").unwrap().member("x").unwrap().text().unwrap(), None);
            let error = root.member("b").unwrap().flag().unwrap_err();
            assert_eq!(
                error.to_string(),
                "line 1 column 18: /b: expected `true` or `false`, found the string `yes`"
            );
            assert_eq!(root.member("b").unwrap().words().unwrap(), ["yes"]);
            assert_eq!(root.member("c").unwrap().words().unwrap(), ["x"]);
            assert_eq!(root.member("d").unwrap().words().unwrap_err().pointer(), Some("/d/0"));
            assert!(root.member("b").unwrap().member("x").is_err());
        });
    }
}
