//! The catalogue of known exploited vulnerabilities that CISA publishes as JSON.
//!
//! Of each entry `cveID`, `dateAdded`, `dueDate` and `knownRansomwareCampaignUse` are read; `Known` is true, any other
//! word says nothing. Where the catalogue states a `count`, there are as many entries, or it is not whole. Of two
//! entries for one CVE the earlier dates count.

use crate::cve::Cve;
use crate::json::{Text, locate, read as read_json};
use imagegate::{Error, ErrorKind, KnownExploited, Position, Timestamp, quote};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Catalogue<'a> {
    count: Option<u64>,
    #[serde(borrow)]
    vulnerabilities: Option<Vec<Entry<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Entry<'a> {
    #[serde(borrow, rename = "cveID")]
    id: Option<Text<'a>>,
    #[serde(borrow, rename = "dateAdded")]
    added: Option<Text<'a>>,
    #[serde(borrow, rename = "dueDate")]
    due: Option<Text<'a>>,
    #[serde(borrow, rename = "knownRansomwareCampaignUse")]
    ransomware: Option<Text<'a>>,
}

pub(super) fn read(text: &str) -> Result<HashMap<Cve, KnownExploited>, Error> {
    let catalogue: Catalogue<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let wrong = |code, pointer: String, message: String| {
        let position = Position::of_offset(text.as_bytes(), locate(text, &pointer));
        Error::at(ErrorKind::InvalidProfile, code, pointer, message).with_position(position)
    };
    let is_catalogue = |entries: &Vec<Entry<'_>>| entries.iter().all(|entry| entry.id.is_some());
    let entries = catalogue.vulnerabilities.filter(is_catalogue).ok_or_else(|| {
        super::unknown(
            "the document is no catalogue of known exploited vulnerabilities: it has no `vulnerabilities` that each \
             have a `cveID` (scores of EPSS are read as CSV)",
        )
    })?;
    if let Some(count) = catalogue.count.filter(|count| usize::try_from(*count) != Ok(entries.len())) {
        let message = format!(
            "the catalogue says that it has {count} entries, and has {}: it is not whole",
            entries.len()
        );
        return Err(wrong("incomplete", "/count".to_owned(), message));
    }
    if entries.is_empty() {
        let message =
            "the catalogue lists nothing: with it every image would look as if nothing were exploited";
        return Err(wrong("incomplete", "/vulnerabilities".to_owned(), message.to_owned()));
    }
    let mut listed: HashMap<Cve, KnownExploited> = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let place = |member: &str| format!("/vulnerabilities/{index}/{member}");
        let id = entry.id.as_deref().unwrap_or_default();
        let cve = Cve::parse(id).ok_or_else(|| {
            wrong(
                "invalid_id",
                place("cveID"),
                format!("{} is no CVE id, such as `CVE-2021-44228`", quote(id)),
            )
        })?;
        let day = |text: Option<&Text<'_>>, member: &str| match text
            .map(|text| &**text)
            .filter(|text| !text.is_empty())
        {
            None => Ok(None),
            Some(text) => Timestamp::parse(&format!("{text}T00:00:00Z")).map(Some).map_err(|_| {
                wrong(
                    "invalid_date",
                    place(member),
                    format!("{} is no day, such as `2021-12-10`", quote(text)),
                )
            }),
        };
        let is_known = entry.ransomware.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("known"));
        let one = KnownExploited {
            listed: Some(true),
            added_at: day(entry.added.as_ref(), "dateAdded")?,
            due_at: day(entry.due.as_ref(), "dueDate")?,
            ransomware: is_known.then_some(true),
        };
        let known = listed.remove(&cve);
        listed.insert(cve, joined(known, &one));
    }
    Ok(listed)
}

/// What is known with what the catalogue says: true before false, the earlier date.
pub(super) fn joined(known: Option<KnownExploited>, entry: &KnownExploited) -> KnownExploited {
    let known = known.unwrap_or_default();
    let earlier = |one: Option<Timestamp>, other: Option<Timestamp>| one.into_iter().chain(other).min();
    let is_true = |one: Option<bool>, other: Option<bool>| if other == Some(true) { other } else { one };
    KnownExploited {
        listed: is_true(known.listed, entry.listed),
        added_at: earlier(known.added_at, entry.added_at),
        due_at: earlier(known.due_at, entry.due_at),
        ransomware: is_true(known.ransomware, entry.ransomware),
    }
}
