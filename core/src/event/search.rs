//! What a keyword is looked for in.

use super::record::EventRecord;
use super::row::EventRow;
use crate::launch::Node;

/// A field that a keyword is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SearchField {
    /// Id and name of the policy that hit.
    Policy,
    /// Name of the image.
    ImageName,
    /// Id and digest of the image.
    ImageId,
    /// Names of the nodes.
    Node,
    /// Internal IP addresses of the nodes.
    InternalIp,
    /// Public IP addresses of the nodes.
    PublicIp,
}

impl SearchField {
    /// All fields, in the order of their texts in an index.
    pub const ALL: [Self; 6] =
        [Self::Policy, Self::ImageName, Self::ImageId, Self::Node, Self::InternalIp, Self::PublicIp];

    /// The word on the command line and in other languages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::ImageName => "image_name",
            Self::ImageId => "image_id",
            Self::Node => "node",
            Self::InternalIp => "internal_ip",
            Self::PublicIp => "public_ip",
        }
    }

    /// The field of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// The value in which a keyword is looked for, as it stands in an index: folded, the parts on lines.
    pub fn text(self, row: &EventRow) -> String {
        let nodes = |part: fn(&Node) -> &Option<String>| {
            joined(row.nodes.iter().map(|node| part(node).as_deref().unwrap_or_default()))
        };
        match self {
            Self::Node => nodes(|node| &node.name),
            Self::InternalIp => nodes(|node| &node.internal_ip),
            Self::PublicIp => nodes(|node| &node.public_ip),
            Self::Policy | Self::ImageName | Self::ImageId => self.text_of(&row.last),
        }
    }

    /// [`SearchField::text`] of the row's last record; empty for the fields of nodes.
    pub fn text_of(self, last: &EventRecord) -> String {
        let image = last.image();
        match self {
            Self::Policy => joined([last.policy().id.as_str(), last.policy().name.as_str()]),
            Self::ImageName => fold_text(image.name.as_deref().unwrap_or_default()),
            Self::ImageId => {
                joined([&image.id, &image.digest].map(|part| part.as_deref().unwrap_or_default()))
            }
            Self::Node | Self::InternalIp | Self::PublicIp => String::new(),
        }
    }

    /// A keyword as it is compared: lower case, control characters as spaces. `%`, `_` and quotes are themselves.
    pub fn fold(keyword: &str) -> String {
        fold_text(keyword)
    }
}

/// Parts are on lines of their own, and no folded text holds a line feed: no keyword matches across two parts.
fn joined<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty()).map(fold_text);
    parts.collect::<Vec<_>>().join("\n")
}

/// Character by character, so that a part of a text folds to a part of the folded text.
fn fold_text(text: &str) -> String {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return text.to_ascii_lowercase();
    }
    let folded = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    folded.flat_map(char::to_lowercase).collect()
}
