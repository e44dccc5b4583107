//! Property bags: anyone may put anything there, so that nothing of it is an error.

use crate::json::Text;
use crate::profile::facts::{At, severity_word};
use crate::profile::trivy::results::add_name;
use imagegate::{Cvss, Error, ImageIdentity, Score, Severity, quote};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value of a property bag.
#[derive(Default)]
pub(super) enum Value<'a> {
    Text(Text<'a>),
    Number(f64),
    /// The strings of a list.
    List(Vec<Text<'a>>),
    #[default]
    Other,
}

impl Value<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The strings of the list, or the one string.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let one = if let Self::Text(text) = self { Some(text) } else { None };
        let list = if let Self::List(list) = self { list.as_slice() } else { &[] };
        one.into_iter().chain(list).map(|text| &**text).filter(|text| !text.is_empty())
    }

    /// A score from 0 to 10, as a number or as a string.
    fn score(&self) -> Option<f64> {
        let score = match self {
            Self::Number(score) => *score,
            Self::Text(text) => text.trim_ascii().parse().ok()?,
            _ => return None,
        };
        (0.0..=10.0).contains(&score).then_some(score)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Value<'de>, E> {
                Ok(Value::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
                Ok(Value::Other)
            }

            #[expect(clippy::cast_precision_loss, reason = "a score is at most 10")]
            fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
                Ok(Value::Number(value as f64))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
                Ok(Value::Other)
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
                Ok(Value::Number(value))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Text(text.into())))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Text(text.to_owned().into())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element::<Value<'de>>()? {
                    if let Value::Text(text) = item {
                        list.push(text);
                    }
                }
                Ok(Value::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The properties of a rule or a result.
#[derive(serde::Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Bag<'a> {
    #[serde(borrow, default)]
    tags: Value<'a>,
    #[serde(borrow, default)]
    severity: Value<'a>,
    #[serde(borrow, default, rename = "security-severity")]
    security_severity: Value<'a>,
    #[serde(borrow, default, rename = "cvssv2_score")]
    v2: Value<'a>,
    #[serde(borrow, default, rename = "cvssv2_vector")]
    v2_vector: Value<'a>,
    #[serde(borrow, default, rename = "cvssv3_baseScore")]
    v3: Value<'a>,
    #[serde(borrow, default, rename = "cvssv3_vector")]
    v3_vector: Value<'a>,
    #[serde(borrow, default, rename = "cvssv40_baseScore")]
    v4: Value<'a>,
    #[serde(borrow, default, rename = "cvssv40_vector")]
    v4_vector: Value<'a>,
    #[serde(borrow, default)]
    purls: Value<'a>,
}

impl Bag<'_> {
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.texts()
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        self.severity.text().and_then(severity_word)
    }

    pub(super) fn security_severity(&self) -> Option<f64> {
        self.security_severity.score()
    }

    /// The score. One of 0, or not above `no_more_than`, stands for "not known".
    pub(super) fn cvss(&self, no_more_than: f64) -> Option<Cvss> {
        let stated = |score: &Value<'_>, vector: Option<&Value<'_>>| {
            let score = score.score().filter(|&score| score > no_more_than).and_then(Score::new)?;
            let vector = vector.and_then(Value::text).map(str::to_owned);
            Some(Cvss { score: Some(score), vector })
        };
        let v3 = stated(&self.v3, Some(&self.v3_vector));
        let v4 = stated(&self.v4, Some(&self.v4_vector));
        let current = match (v3, v4) {
            (Some(v3), Some(v4)) => Some(if v4.score > v3.score { v4 } else { v3 }),
            (v3, v4) => v3.or(v4),
        };
        current
            .or_else(|| stated(&self.security_severity, None))
            .or_else(|| stated(&self.v2, Some(&self.v2_vector)))
    }

    /// Package URLs, and the versions they are of.
    pub(super) fn purls(&self) -> impl Iterator<Item = (&str, &str)> {
        let purls = self.purls.texts().filter(|purl| purl.starts_with("pkg:"));
        purls.map(|purl| {
            let version = purl.split_once('@').and_then(|(_, rest)| rest.split(['?', '#']).next());
            (version.unwrap_or_default(), purl)
        })
    }
}

/// The properties of a run of Trivy.
#[derive(serde::Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Run<'a> {
    #[serde(borrow, default, rename = "imageID")]
    id: Value<'a>,
    #[serde(borrow, default, rename = "imageName")]
    name: Value<'a>,
    #[serde(borrow, default, rename = "repoTags")]
    tags: Value<'a>,
    #[serde(borrow, default, rename = "repoDigests")]
    digests: Value<'a>,
}

impl Run<'_> {
    /// What the run says of its image.
    pub(super) fn identity(&self, pointer: &str, at: &At<'_>) -> Result<ImageIdentity, Error> {
        let wrong = |code, member: &str, text: &str, what: &str| {
            at.error(code, format!("{pointer}/{member}"), format!("{} is no {what}", quote(text)))
        };
        let of = |text: &str| ImageIdentity::of(text).unwrap_or_default();
        let is_none = |text: &&str| !text.contains("<none>");
        let mut identity = ImageIdentity::default();
        if let Some(id) = self.id.text() {
            identity.id = of(id).id;
            if identity.id.is_none() {
                return Err(wrong("invalid_id", "imageID", id, "image id"));
            }
        }
        for digest in self.digests.texts().filter(is_none) {
            let digests = of(digest).digests;
            if digests.is_empty() {
                return Err(wrong("invalid_digest", "repoDigests", digest, "digest of an image"));
            }
            identity.digests.extend(digests);
        }
        for tag in self.tags.texts().filter(is_none) {
            let names = of(tag).names;
            if names.is_empty() {
                return Err(wrong("invalid_name", "repoTags", tag, "name of an image"));
            }
            identity.names.extend(names);
        }
        add_name(&mut identity, self.name.text().unwrap_or_default());
        Ok(identity)
    }
}
