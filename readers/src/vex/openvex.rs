//! OpenVEX, of all versions 0.x; what a later version means by its words is not known, and it is refused.
//!
//! `vulnerability` is a string in 0.0.1 and an object since 0.2.0, whose `name` (else `@id`, or what stands behind the
//! last slash of it) and `aliases` are its ids. A product is a string or an object; what is compared are its `@id` and
//! its `identifiers.purl`, either of which is enough; but only the one that says more suppresses where the other leaves
//! out its version. `subcomponents` belong to a product, in 0.0.1 to the statement. A statement without products is about
//! nothing that can be compared. `author` and `@id` are the document's; the time is the statement's `timestamp`, else the
//! document's. Attestations (in-toto, DSSE) that hold a document are not read.

use super::product::{Component, Product, Subject};
use super::room::Room;
use super::statement::{Statement, Status};
use super::{Vex, time};
use crate::detect::Reader;
use crate::json::{Text, TextOr, read as read_json};
use crate::look::Look;
use crate::profile::facts::{At, known};
use crate::purl::Purl;
use imagegate::{Error, ErrorKind, Limits, quote};
use serde::Deserialize;

pub(super) const READER: Reader<Limits, Vex> =
    Reader { name: "openvex", title: "an OpenVEX document", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        members.is_list("statements")
            && members.text("@context").is_some_and(|context| context.contains("openvex"))
    })
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Document<'a> {
    #[serde(borrow, rename = "@context")]
    context: Option<Text<'a>>,
    #[serde(borrow, rename = "@id")]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    author: Option<Text<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    statements: Option<Vec<Stated<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Stated<'a> {
    #[serde(borrow)]
    vulnerability: Option<TextOr<'a, Named<'a>>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    products: Option<Vec<TextOr<'a, Part<'a>>>>,
    #[serde(borrow)]
    subcomponents: Option<Vec<TextOr<'a, Part<'a>>>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    justification: Option<Text<'a>>,
}

/// A vulnerability.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Named<'a> {
    #[serde(borrow, rename = "@id")]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    aliases: Option<Vec<Text<'a>>>,
}

/// A product or a part of one.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Part<'a> {
    #[serde(borrow, rename = "@id")]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    identifiers: Option<Identifiers<'a>>,
    #[serde(borrow)]
    subcomponents: Option<Vec<TextOr<'a, Part<'a>>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Identifiers<'a> {
    #[serde(borrow)]
    purl: Option<Text<'a>>,
}

fn read(text: &str, limits: &Limits) -> Result<Vec<Vex>, Error> {
    let document: Document<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    // `https://openvex.dev/ns/v0.2.0`; without a version it is 0.0.1.
    let context = document.context.as_deref().unwrap_or_default().trim_end_matches('/');
    let last = context.rsplit('/').next().unwrap_or_default();
    if last != "ns" && !last.starts_with("v0.") {
        let message = format!("OpenVEX of the context {} is not read: versions 0.x are", quote(context));
        return Err(Error::at(ErrorKind::Unsupported, "unsupported_version", "/@context", message));
    }
    let mut room = Room::of(limits);
    let mut statements = Vec::new();
    for (index, stated) in document.statements.iter().flatten().enumerate() {
        let pointer = format!("/statements/{index}");
        let own_time = time(stated.timestamp.as_deref());
        statements.push(Statement {
            ids: stated.ids(&pointer, &at)?,
            status: stated.status(&pointer, &at)?,
            products: stated.products(&mut room)?,
            time: own_time.or_else(|| time(document.timestamp.as_deref())),
            pointer,
        });
    }
    Vex::of(known(document.author.as_ref()), known(document.id.as_ref()), statements)
}

impl Stated<'_> {
    fn ids(&self, pointer: &str, at: &At<'_>) -> Result<Vec<String>, Error> {
        let ids: Vec<String> = match &self.vulnerability {
            Some(TextOr::Text(text)) => known(Some(text)).into_iter().collect(),
            Some(TextOr::Object(named)) => {
                let own = known(named.name.as_ref()).or_else(|| {
                    let id = known(named.id.as_ref())?;
                    Some(id.rsplit_once('/').map_or(id.clone(), |(_, last)| last.to_owned()))
                });
                let aliases = named.aliases.iter().flatten().filter_map(|alias| known(Some(alias)));
                own.into_iter().chain(aliases).filter(|id| !id.is_empty()).collect()
            }
            None => Vec::new(),
        };
        if ids.is_empty() {
            let message = "the statement does not say which vulnerability it is about";
            return Err(at.error("missing_field", format!("{pointer}/vulnerability"), message));
        }
        Ok(ids)
    }

    fn status(&self, pointer: &str, at: &At<'_>) -> Result<Status, Error> {
        match self.status.as_deref() {
            Some("not_affected") => Ok(Status::Harmless("not_affected")),
            Some("fixed") => Ok(Status::Fixed("fixed")),
            Some("affected" | "under_investigation") => Ok(Status::Open),
            other => {
                let found = other.map_or_else(|| "nothing".to_owned(), quote);
                let message = format!(
                    "expected `not_affected`, `affected`, `fixed` or `under_investigation`, found {found}"
                );
                Err(at.error("unknown_word", format!("{pointer}/status"), message))
            }
        }
    }

    fn products(&self, room: &mut Room) -> Result<Vec<Product>, Error> {
        let is_open = matches!(self.status.as_deref(), Some("affected" | "under_investigation"));
        let of_statement = parts(self.subcomponents.as_deref().unwrap_or_default(), is_open);
        let mut products = Vec::new();
        for product in self.products.iter().flatten() {
            room.take(of_statement.len().saturating_add(1))?;
            let mut components = of_statement.clone();
            if let TextOr::Object(part) = product {
                components.extend(parts(part.subcomponents.as_deref().unwrap_or_default(), is_open));
            }
            let names = names(product, is_open);
            for name in &names {
                let mut product = Product::of(name).with_components(components.clone());
                product.justification = known(self.justification.as_ref());
                products.push(product);
            }
            if names.is_empty() {
                let image = Subject::Other(
                    "the statement names a product by nothing that can be compared".to_owned(),
                );
                products.push(Product { image, components: Vec::new(), justification: None });
            }
        }
        Ok(products)
    }
}

/// What a product or a part is named by.
fn names(part: &TextOr<'_, Part<'_>>, is_open: bool) -> Vec<String> {
    match part {
        TextOr::Text(text) => known(Some(text)).into_iter().collect(),
        TextOr::Object(part) => {
            let purl = part.identifiers.as_ref().and_then(|identifiers| known(identifiers.purl.as_ref()));
            let names: Vec<String> = known(part.id.as_ref()).into_iter().chain(purl).collect();
            let is_needed = |name: &&String| is_open || !names.iter().any(|other| leaves_out(name, other));
            names.iter().filter(is_needed).cloned().collect()
        }
    }
}

/// Whether the first is the URL of the second without its version: it would be about every version.
fn leaves_out(name: &str, other: &str) -> bool {
    let (Some(name), Some(other)) = (Purl::parse(name), Purl::parse(other)) else { return false };
    (name.kind, name.namespace, name.name) == (other.kind, other.namespace, other.name)
        && name.version.is_none()
        && other.version.is_some()
}

fn parts(list: &[TextOr<'_, Part<'_>>], is_open: bool) -> Vec<Component> {
    let mut components = Vec::new();
    for part in list {
        let names = names(part, is_open);
        if names.is_empty() {
            // A part that is named by nothing is a part still: without it all of the product would be meant.
            components.push(Component::of(""));
        }
        components.extend(names.iter().map(|name| Component::of(name)));
    }
    components
}
