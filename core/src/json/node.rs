//! The tree of a JSON document, borrowed from its text, with duplicate keys kept.

use crate::error::{Error, ErrorKind, Position};
use crate::limits::Limits;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A JSON value. Objects keep their members in order, duplicates included, so that they can be refused.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Box<[Node<'a>]>),
    Object(Box<[Member<'a>]>),
}

/// A name and its value.
pub(crate) type Member<'a> = (Cow<'a, str>, Node<'a>);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Unsigned(u64),
    Negative(i64),
    Float(f64),
}

impl Number {
    pub(crate) fn as_f64(self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "scores are small; JSON numbers are doubles (RFC 8785)"
        )]
        match self {
            Self::Unsigned(value) => value as f64,
            Self::Negative(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl Node<'_> {
    /// The value with its article, for "expected …, found …".
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => format!("`{value}`"),
            Self::Number(Number::Unsigned(value)) => format!("the number {value}"),
            Self::Number(Number::Negative(value)) => format!("the number {value}"),
            Self::Number(Number::Float(value)) => format!("the number {value}"),
            Self::String(text) => format!("the string {}", crate::error::quote(text)),
            Self::Array(_) => "an array".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }
}

/// Reads `text` into a tree.
pub(crate) fn parse<'a>(text: &'a [u8], limits: &Limits) -> Result<Node<'a>, Error> {
    if text.len() > limits.bytes {
        return Err(Error::new(
            ErrorKind::LimitExceeded,
            "too_large",
            format!("the document has {} bytes, the limit is {}", text.len(), limits.bytes),
        ));
    }
    if text.starts_with(b"\xEF\xBB\xBF") {
        return Err(syntax(
            text,
            0,
            "the document starts with a byte order mark: save it as UTF-8 without one",
        ));
    }
    let text_str = std::str::from_utf8(text).map_err(|error| {
        syntax(
            text,
            error.valid_up_to(),
            "the document is not UTF-8 text: imagegate reads JSON in UTF-8 only",
        )
    })?;
    let mut deserializer = serde_json::Deserializer::from_str(text_str);
    Seed { depth: limits.depth, open: &mut Open::for_text(text_str) }
        .deserialize(&mut deserializer)
        .and_then(|node| deserializer.end().map(|()| node))
        .map_err(|error| from_serde(text, &error, limits))
}

fn syntax(text: &[u8], offset: usize, message: &str) -> Error {
    Error::new(ErrorKind::Syntax, "syntax", message).with_position(Position::of_offset(text, offset))
}

/// The marker of our own depth error, which has to pass through serde's.
const TOO_DEEP: &str = "nesting exceeds the depth limit";

fn from_serde(text: &[u8], error: &serde_json::Error, limits: &Limits) -> Error {
    let offset = offset_of(text, error.line(), error.column());
    let message = error.to_string();
    // serde_json appends " at line 1 column 2"; the position is a field of its own here.
    let plain = message.rsplit_once(" at line ").map_or(message.as_str(), |(before, _)| before);
    if plain.contains(TOO_DEEP) || plain.contains("recursion limit") {
        let message = format!("the document nests deeper than the limit of {} levels", limits.depth);
        return Error::new(ErrorKind::LimitExceeded, "too_deep", message)
            .with_position(Position::of_offset(text, offset));
    }
    if text.iter().all(u8::is_ascii_whitespace) {
        return syntax(text, 0, "the document is empty: expected a JSON object");
    }
    let hint = if error.is_eof() { " (the document is cut off)" } else { "" };
    syntax(text, offset, &format!("not valid JSON: {plain}{hint}"))
}

/// serde_json counts lines from 1 and columns in bytes from 1, naming the last byte that it read.
fn offset_of(text: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0_usize;
    for _ in 1..line {
        let rest = text.get(start..).unwrap_or_default();
        match rest.iter().position(|&byte| byte == b'\n') {
            Some(at) => start = start.saturating_add(at).saturating_add(1),
            None => break,
        }
    }
    start.saturating_add(column.saturating_sub(1)).min(text.len())
}

/// What is read of the arrays and objects that are not closed yet, the innermost last. A closed one is copied out to a
/// place of the right size, so that it takes one allocation however long it is.
struct Open<'a> {
    items: Vec<Node<'a>>,
    members: Vec<Member<'a>>,
}

impl Open<'_> {
    fn for_text(text: &str) -> Self {
        // Room for one long list, so that it need not move while it grows; less than the text itself takes.
        let items = text.len().div_euclid(256).clamp(16, 65_536);
        Self { items: Vec::with_capacity(items), members: Vec::with_capacity(64) }
    }
}

struct Seed<'o, 'a> {
    /// Levels that may still be opened.
    depth: usize,
    open: &'o mut Open<'a>,
}

impl<'a> Seed<'_, 'a> {
    fn inner<E: de::Error>(&mut self) -> Result<Seed<'_, 'a>, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))?;
        Ok(Seed { depth, open: self.open })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_, 'de> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, 'de> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(Number::Unsigned(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(Number::Negative(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Number(Number::Float(value)))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Node<'de>, A::Error> {
        let start = self.open.items.len();
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            self.open.items.push(item);
        }
        Ok(Node::Array(self.open.items.drain(start..).collect()))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Node<'de>, A::Error> {
        let start = self.open.members.len();
        while let Some(key) = members.next_key_seed(KeySeed)? {
            let value = members.next_value_seed(self.inner()?)?;
            self.open.members.push((key, value));
        }
        Ok(Node::Object(self.open.members.drain(start..).collect()))
    }
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
