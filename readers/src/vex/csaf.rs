//! CSAF 2 documents of the profiles VEX and security advisory (`csaf_vex`, `csaf_security_advisory`).
//!
//! `known_not_affected` suppresses, as do `fixed` and `first_fixed`; `known_affected`, `first_affected`, `last_affected`,
//! `under_investigation` and `unknown` (of 2.1) hold against it. `recommended` says nothing of what is installed. A `flags` label is the
//! justification of its products. Ids are `cve` and those of `ids` that look like one.
//!
//! **Products** are what `product_id` leads to in the `product_tree`, by its package URL. A component of another product
//! (`relationships`) is a package of that image if the other one is an image. If it is anything else (a distribution
//! that is known by CPE or by name, as Red Hat writes), that it is the image's cannot be told, and nothing is suppressed.
//!
//! The author is `publisher.name`, the source `tracking.id`, the time `tracking.current_release_date`. A draft is refused.

use super::product::{Component, Product, Subject, is_image};
use super::room::Room;
use super::statement::{Statement, Status};
use super::{Vex, time};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use crate::profile::facts::{At, known};
use crate::purl::Purl;
use imagegate::{Error, ErrorKind, Limits, quote};
use serde::Deserialize;
use std::collections::HashMap;

pub(super) const READER: Reader<Limits, Vex> =
    Reader { name: "csaf", title: "a CSAF document", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        members.is_object("document")
            && (members.is_object("product_tree") || members.is_list("vulnerabilities"))
    })
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Csaf<'a> {
    #[serde(borrow)]
    document: Document<'a>,
    #[serde(borrow)]
    product_tree: Option<Tree<'a>>,
    #[serde(borrow)]
    vulnerabilities: Option<Vec<Vulnerability<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Document<'a> {
    #[serde(borrow)]
    category: Option<Text<'a>>,
    #[serde(borrow)]
    csaf_version: Option<Text<'a>>,
    #[serde(borrow)]
    publisher: Option<Publisher<'a>>,
    #[serde(borrow)]
    tracking: Option<Tracking<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Publisher<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Tracking<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    current_release_date: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Tree<'a> {
    #[serde(borrow)]
    branches: Option<Vec<Branch<'a>>>,
    #[serde(borrow)]
    full_product_names: Option<Vec<Entry<'a>>>,
    #[serde(borrow)]
    relationships: Option<Vec<Relationship<'a>>>,
    #[serde(borrow)]
    product_groups: Option<Vec<Group<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Branch<'a> {
    #[serde(borrow)]
    branches: Option<Vec<Branch<'a>>>,
    #[serde(borrow)]
    product: Option<Entry<'a>>,
}

/// A product.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Entry<'a> {
    #[serde(borrow)]
    product_id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    product_identification_helper: Option<Helper<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Helper<'a> {
    #[serde(borrow)]
    purl: Option<Text<'a>>,
    /// Since 2.1.
    #[serde(borrow)]
    purls: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Relationship<'a> {
    #[serde(borrow)]
    product_reference: Option<Text<'a>>,
    #[serde(borrow)]
    relates_to_product_reference: Option<Text<'a>>,
    #[serde(borrow)]
    full_product_name: Option<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Group<'a> {
    #[serde(borrow)]
    group_id: Option<Text<'a>>,
    #[serde(borrow)]
    product_ids: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Vulnerability<'a> {
    #[serde(borrow)]
    cve: Option<Text<'a>>,
    #[serde(borrow)]
    ids: Option<Vec<Id<'a>>>,
    #[serde(borrow)]
    flags: Option<Vec<Flag<'a>>>,
    #[serde(borrow, default)]
    product_status: Lists<'a>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Id<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Flag<'a> {
    #[serde(borrow)]
    label: Option<Text<'a>>,
    #[serde(borrow)]
    product_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    group_ids: Option<Vec<Text<'a>>>,
}

/// Products by their status.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Lists<'a> {
    #[serde(borrow)]
    known_not_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    fixed: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    first_fixed: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    known_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    first_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    last_affected: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    under_investigation: Option<Vec<Text<'a>>>,
    /// Since 2.1.
    #[serde(borrow)]
    unknown: Option<Vec<Text<'a>>>,
}

impl<'a> Lists<'a> {
    /// The lists with what they state. Those that hold against suppressing come last, so that they win.
    fn all(&self) -> [(&'static str, Status, &[Text<'a>]); 8] {
        fn list<'l, 'a>(list: &'l Option<Vec<Text<'a>>>) -> &'l [Text<'a>] {
            list.as_deref().unwrap_or_default()
        }
        [
            ("known_not_affected", Status::Harmless("not_affected"), list(&self.known_not_affected)),
            ("fixed", Status::Fixed("fixed"), list(&self.fixed)),
            ("first_fixed", Status::Fixed("fixed"), list(&self.first_fixed)),
            ("known_affected", Status::Open, list(&self.known_affected)),
            ("first_affected", Status::Open, list(&self.first_affected)),
            ("last_affected", Status::Open, list(&self.last_affected)),
            ("under_investigation", Status::Open, list(&self.under_investigation)),
            ("unknown", Status::Open, list(&self.unknown)),
        ]
    }
}

fn read(text: &str, limits: &Limits) -> Result<Vec<Vex>, Error> {
    let csaf: Csaf<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    let document = &csaf.document;
    let category = document.category.as_deref().unwrap_or_default();
    if !matches!(category, "csaf_vex" | "csaf_security_advisory") {
        let message = format!(
            "the CSAF document is of the category {}: `csaf_vex` and `csaf_security_advisory` state which products are \
             affected",
            quote(category)
        );
        return Err(Error::at(ErrorKind::Unsupported, "unknown_format", "/document/category", message));
    }
    if let Some(version) = document.csaf_version.as_deref().filter(|version| !version.starts_with("2.")) {
        let message = format!("CSAF of version {} is not read: versions 2.x are", quote(version));
        return Err(Error::at(
            ErrorKind::Unsupported,
            "unsupported_version",
            "/document/csaf_version",
            message,
        ));
    }
    let tracking = document.tracking.as_ref();
    if tracking.and_then(|tracking| tracking.status.as_deref()) == Some("draft") {
        let message = "the document is a draft, which its author has not published";
        return Err(at.error("draft", "/document/tracking/status".to_owned(), message));
    }
    let released = tracking.and_then(|tracking| tracking.current_release_date.as_deref());
    let nothing = Tree::default();
    let tree = Products::of(csaf.product_tree.as_ref().unwrap_or(&nothing));
    let (mut room, mut flagged) = (Room::of(limits), Room::of(limits));
    let mut statements = Vec::new();
    for (index, vulnerability) in csaf.vulnerabilities.iter().flatten().enumerate() {
        let place = format!("/vulnerabilities/{index}");
        let ids = vulnerability.ids();
        if ids.is_empty() {
            return Err(at.error("missing_field", place, "the vulnerability has no `cve` and no id"));
        }
        let justifications = tree.justifications(vulnerability, &mut flagged)?;
        for (name, status, products) in vulnerability.product_status.all() {
            if products.is_empty() {
                continue;
            }
            let pointer = format!("{place}/product_status/{name}");
            let mut found = Vec::with_capacity(products.len());
            for (number, id) in products.iter().enumerate() {
                room.take(tree.size(id))?;
                let of_id = tree.get(id).ok_or_else(|| {
                    let message = format!("{} is no product of the `product_tree`", quote(id));
                    at.error("missing_reference", format!("{pointer}/{number}"), message)
                })?;
                let justification = justifications.get(&**id).copied().flatten().map(str::to_owned);
                found.extend(
                    of_id
                        .into_iter()
                        .map(|product| Product { justification: justification.clone(), ..product }),
                );
            }
            let time = time(released);
            statements.push(Statement { ids: ids.clone(), status, products: found, time, pointer });
        }
    }
    let author = document.publisher.as_ref().and_then(|publisher| known(publisher.name.as_ref()));
    let source = tracking.and_then(|tracking| known(tracking.id.as_ref()));
    Vex::of(author, source, statements)
}

impl Vulnerability<'_> {
    fn ids(&self) -> Vec<String> {
        let others = self.ids.iter().flatten().filter_map(|id| known(id.text.as_ref()));
        // Some are numbers of a bug tracker, or its addresses.
        let others = others.filter(|id| id.contains('-') && !id.contains(['/', ' ']));
        known(self.cve.as_ref()).into_iter().chain(others).collect()
    }
}

/// The products of a tree by id.
struct Products<'t, 'a> {
    /// `None` for an id that is given more than once: which of them is meant is not told.
    entries: HashMap<&'t str, Option<&'t Entry<'a>>>,
    /// Likewise.
    relationships: HashMap<&'t str, Option<&'t Relationship<'a>>>,
    groups: HashMap<&'t str, &'t [Text<'a>]>,
}

impl<'t, 'a> Products<'t, 'a> {
    fn of(tree: &'t Tree<'a>) -> Self {
        let mut entries = HashMap::new();
        let mut add = |entry: &'t Entry<'a>| {
            if let Some(id) = entry.product_id.as_deref() {
                entries.entry(id).and_modify(|known| *known = None).or_insert(Some(entry));
            }
        };
        let mut open: Vec<&'t Branch<'a>> = tree.branches.iter().flatten().collect();
        while let Some(branch) = open.pop() {
            branch.product.iter().for_each(&mut add);
            open.extend(branch.branches.iter().flatten());
        }
        tree.full_product_names.iter().flatten().for_each(&mut add);
        let mut relationships = HashMap::new();
        for relationship in tree.relationships.iter().flatten() {
            let entry = relationship.full_product_name.as_ref();
            if let Some(id) = entry.and_then(|entry| entry.product_id.as_deref()) {
                let known: &mut Option<_> = relationships.entry(id).or_insert(Some(relationship));
                *known =
                    known.filter(|known| std::ptr::eq(*known, relationship) && !entries.contains_key(id));
            }
        }
        let groups = tree.product_groups.iter().flatten().filter_map(|group| {
            Some((group.group_id.as_deref()?, group.product_ids.as_deref().unwrap_or_default()))
        });
        Self { relationships, groups: groups.collect(), entries }
    }

    /// How much the id unfolds to.
    fn size(&self, id: &str) -> usize {
        let purls = |id: Option<&Text<'_>>| {
            let entry = id.and_then(|id| self.entries.get(&**id)).copied().flatten();
            entry.map_or(1, |entry| entry.purl_count())
        };
        match self.relationships.get(id) {
            Some(Some(relationship)) => purls(relationship.product_reference.as_ref())
                .saturating_mul(purls(relationship.relates_to_product_reference.as_ref())),
            _ => self.entries.get(id).copied().flatten().map_or(1, Entry::purl_count),
        }
    }

    /// What the id means: alternatives, since a product may have several URLs. `None` if it leads nowhere.
    fn get(&self, id: &str) -> Option<Vec<Product>> {
        let other =
            |why: String| Product { image: Subject::Other(why), components: Vec::new(), justification: None };
        let ambiguous = || other(format!("{} is the id of several products", quote(id)));
        if let Some(entry) = self.entries.get(id) {
            let Some(entry) = entry.filter(|_| !self.relationships.contains_key(id)) else {
                return Some(vec![ambiguous()]);
            };
            return Some(match entry.purls().as_slice() {
                [] => vec![other(entry.not_comparable())],
                purls => purls.iter().map(|purl| Product::of(purl)).collect(),
            });
        }
        let Some(relationship) = self.relationships.get(id)? else { return Some(vec![ambiguous()]) };
        let component = self.entries.get(relationship.product_reference.as_deref()?)?;
        let product = relationship.relates_to_product_reference.as_deref()?;
        let product = match self.entries.get(product) {
            Some(product) => *product,
            // A component of a component: of what, cannot be compared.
            None => match self.relationships.get(product)? {
                Some(relationship) => Some(relationship.full_product_name.as_ref()?),
                None => None,
            },
        };
        let (Some(component), Some(product)) = (component, product) else { return Some(vec![ambiguous()]) };
        let components: Vec<Component> = match component.purls().as_slice() {
            // A component that is named by nothing is one still: without it all of the product would be meant.
            [] => vec![Component::of(component.name.as_deref().unwrap_or_default())],
            purls => purls.iter().map(|purl| Component::of(purl)).collect(),
        };
        let images: Vec<Purl> =
            product.purls().iter().filter_map(|purl| Purl::parse(purl)).filter(is_image).collect();
        let subjects: Vec<Subject> = match images.is_empty() {
            true => vec![Subject::Other(product.not_comparable())],
            false => images.into_iter().map(Subject::Image).collect(),
        };
        let product = |image| Product { image, components: components.clone(), justification: None };
        Some(subjects.into_iter().map(product).collect())
    }

    /// The justification of each product that has one; none if two of them differ.
    fn justifications<'v>(
        &'v self,
        vulnerability: &'v Vulnerability<'a>,
        room: &mut Room,
    ) -> Result<HashMap<&'v str, Option<&'v str>>, Error> {
        let mut found: HashMap<&str, Option<&str>> = HashMap::new();
        for flag in vulnerability.flags.iter().flatten() {
            let Some(label) = flag.label.as_deref() else { continue };
            let groups = flag.group_ids.iter().flatten().filter_map(|id| self.groups.get(&**id));
            room.take(groups.clone().map(|group| group.len()).fold(0, usize::saturating_add))?;
            for id in flag.product_ids.iter().flatten().chain(groups.copied().flatten()) {
                let known = found.entry(&**id).or_insert(Some(label));
                *known = known.filter(|known| *known == label);
            }
        }
        Ok(found)
    }
}

impl Entry<'_> {
    fn purl_count(&self) -> usize {
        let helper = self.product_identification_helper.as_ref();
        helper.and_then(|helper| helper.purls.as_ref()).map_or(0, Vec::len).saturating_add(1)
    }

    fn purls(&self) -> Vec<String> {
        let helper = self.product_identification_helper.iter();
        let purls = helper.flat_map(|helper| helper.purl.iter().chain(helper.purls.iter().flatten()));
        purls.filter_map(|purl| known(Some(purl))).collect()
    }

    fn not_comparable(&self) -> String {
        let name = self.name.as_deref().or(self.product_id.as_deref()).unwrap_or_default();
        format!(
            "whether the image is or holds {} cannot be told: it has no package URL of an image",
            quote(name)
        )
    }
}
