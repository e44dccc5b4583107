//! The vulnerability reports of Clair v4 (`clairctl report --out json`, `GET …/vulnerability_report/…`).
//!
//! Everything stands in objects that are keyed by ids of the document. A finding is a pair of
//! `package_vulnerabilities`, a vulnerability in a package; a pair that leads to nothing is an error, since a finding
//! would be lost. A vulnerability that no pair names stays a finding, of the package that it names itself.
//!
//! **Which image.** `manifest_hash` is its digest. Clair knows no names.
//!
//! **State of the scan.** `complete`; `unsupported` if Clair lists no package at all: of an image that it understands it
//! lists them, affected or not. Clair does not say when it looked, nor of when its data are, so that both are unknown.
//!
//! **Ids.** Updaters put more than an id into `name`: `pyup.io-39606 (CVE-2020-36242)`, `RHSA-2021:0670: openssl
//! security update (Important)`, `CVE-2021-1 on Ubuntu 20.04 LTS (focal) - medium`. The id is the first word if it
//! looks like one, else all of it. The CVE that the rest of the name or else `links` mention is an alias if it is one
//! only: an advisory about several is not the same as any of them, and an exception for one would excuse all.
//!
//! **Severity** is `normalized_severity`; `severity` is the vendor's word and not read. Where it is `Unknown`, as of all
//! vulnerabilities of some updaters, the `baseSeverity` of the CVSS entry that counts is taken, which is what Quay does.
//!
//! **Fixes.** A version in `fixed_in_version` means fixed; it may stand in a query string (`fixed=1.2.3&introduced=1`).
//! An empty one, or `0`, says nothing: updaters leave it empty where they know no fix, and some leave it empty always.
//!
//! **Enrichments** are read by the enricher that their key names: `clair.cvss` (of several entries the highest score
//! counts), `clair.epss` (likewise) and `clair.kev`, each at most once. A vulnerability without an entry of `clair.kev` is not known to be
//! unlisted, since the key is missing if none is listed.
//!
//! **Packages.** The ecosystem is that of the repository in which the package was found (`pypi`, `maven`, …), else of
//! the distribution. Libraries have a path, the place of `package_db`; packages of the distribution have none, since it
//! is the package manager's database. `issued` is when the vulnerability was disclosed.

use super::ecosystem::{self, Origin};
use super::facts::{
    At, Texts, bounded, day_or_time, escaped, from_root, in_range, is_digest, known, severity_word, time,
};
use super::{Options, identify};
use crate::cve::Cve;
use crate::detect::Reader;
use crate::json::{Table, Text, read as read_json};
use crate::look::Look;
use crate::purl::percent_decoded;
use imagegate::{
    Cvss, Epss, Error, ErrorKind, Fix, FixState, ImageIdentity, KnownExploited, Package, ProfileDocument,
    Scan, ScanProfile, ScanState, Severity, Vulnerability, quote,
};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "clair", title: "a Clair report", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| members.has_all(&["manifest_hash", "package_vulnerabilities"]))
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let report: Report<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    let Some(pairs) = &report.pairs else {
        let message =
            "the document is no vulnerability report of Clair: `package_vulnerabilities` is missing";
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    };
    let state = if report.packages.0.is_empty() { ScanState::Unsupported } else { ScanState::Complete };
    let mut document = ProfileDocument {
        image: identify(&report.identity(&at)?, options, "the report does not say of which image it is")?,
        scan: Some(Scan { state: Some(state), scanner: Some("clair".to_owned()), ..Scan::default() }),
        ..ProfileDocument::default()
    };
    // What is the same for all packages of a vulnerability, and for all vulnerabilities of a package, is read once.
    let mut paired: HashMap<&str, Vulnerability> = HashMap::new();
    let mut texts = Texts::within(options);
    for (package_id, ids) in &pairs.0 {
        let place = report.place(package_id);
        for (index, id) in ids.iter().flatten().enumerate() {
            let missing = |list: &str, id: &str| {
                let pointer = format!("/package_vulnerabilities/{}/{index}", escaped(package_id));
                at.error("missing_reference", pointer, format!("{} is not in `{list}`", quote(id)))
            };
            let package = report.packages.get(package_id).ok_or_else(|| missing("packages", package_id))?;
            let record = report.vulnerabilities.get(id).ok_or_else(|| missing("vulnerabilities", id))?;
            let mut found = match paired.get(&**id) {
                Some(found) => found.clone(),
                None => report.vulnerability(id, record, &at)?,
            };
            if !paired.contains_key(&**id) {
                paired.insert(id, found.clone());
            }
            let (package, class) = place.package(package, record);
            (found.package, found.class) = (Some(package), class);
            texts.add(&found)?;
            document.vulnerabilities.push(found);
            bounded(&document, options)?;
        }
    }
    for (id, record) in report.vulnerabilities.0.iter().filter(|(id, _)| !paired.contains_key(&***id)) {
        let mut found = report.vulnerability(id, record, &at)?;
        let name = record.package.as_ref().and_then(|package| known(package.name.as_ref()));
        found.package = Some(Package { name, ..Package::default() });
        document.vulnerabilities.push(found);
        bounded(&document, options)?;
    }
    Ok(vec![ScanProfile::new(document)?])
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Report<'a> {
    #[serde(borrow)]
    manifest_hash: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    packages: Table<'a, Installed<'a>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    distributions: Table<'a, Distribution<'a>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    repository: Table<'a, Repository<'a>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    environments: Table<'a, Option<Vec<Environment<'a>>>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    vulnerabilities: Table<'a, Record<'a>>,
    #[serde(borrow, rename = "package_vulnerabilities")]
    pairs: Option<Table<'a, Option<Vec<Text<'a>>>>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    enrichments: Enrichments<'a>,
}

/// Go writes an empty object as null.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Installed<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Distribution<'a> {
    #[serde(borrow)]
    did: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Repository<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

/// Where a package was found.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Environment<'a> {
    #[serde(borrow)]
    package_db: Option<Text<'a>>,
    #[serde(borrow)]
    distribution_id: Option<Text<'a>>,
    #[serde(borrow)]
    repository_ids: Option<Vec<Text<'a>>>,
}

/// A vulnerability.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Record<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    updater: Option<Text<'a>>,
    #[serde(borrow)]
    issued: Option<Text<'a>>,
    #[serde(borrow)]
    links: Option<Text<'a>>,
    #[serde(borrow)]
    normalized_severity: Option<Text<'a>>,
    #[serde(borrow)]
    fixed_in_version: Option<Text<'a>>,
    #[serde(borrow)]
    package: Option<Installed<'a>>,
    #[serde(borrow)]
    distribution: Option<Distribution<'a>>,
    #[serde(borrow)]
    repository: Option<Repository<'a>>,
}

/// What an enricher says by the vulnerability's id: lists, each with which of the enricher's tables it stands in.
struct Said<'a, T>(BTreeMap<Text<'a>, Vec<(usize, Vec<T>)>>);

impl<T> Default for Said<'_, T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Said<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tables: Option<Vec<Table<'a, Option<Vec<T>>>>> = Option::deserialize(deserializer)?;
        let mut said: BTreeMap<Text<'a>, Vec<(usize, Vec<T>)>> = BTreeMap::new();
        for (part, table) in tables.into_iter().flatten().enumerate() {
            for (id, entries) in table.0 {
                said.entry(id).or_default().push((part, entries.unwrap_or_default()));
            }
        }
        Ok(Self(said))
    }
}

#[derive(Default)]
struct Enrichments<'a> {
    cvss: (String, Said<'a, CvssEntry<'a>>),
    epss: (String, Said<'a, EpssEntry<'a>>),
    kev: Said<'a, KevEntry<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct CvssEntry<'a> {
    #[serde(rename = "baseScore")]
    score: Option<f64>,
    #[serde(borrow, rename = "baseSeverity")]
    severity: Option<Text<'a>>,
    #[serde(borrow, rename = "vectorString")]
    vector: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct EpssEntry<'a> {
    epss: Option<f64>,
    percentile: Option<f64>,
    #[serde(borrow)]
    date: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct KevEntry<'a> {
    #[serde(borrow)]
    date_added: Option<Text<'a>>,
    #[serde(borrow)]
    due_date: Option<Text<'a>>,
    #[serde(borrow)]
    known_ransomware_campaign_use: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Enrichments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnrichmentsVisitor;
        impl<'de> Visitor<'de> for EnrichmentsVisitor {
            type Value = Enrichments<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Enrichments<'de>, A::Error> {
                let mut all = Enrichments::default();
                let mut seen = HashSet::new();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    let mut parts = key.split([' ', ';']);
                    let enricher = parts.find_map(|part| part.strip_prefix("enricher=")).unwrap_or_default();
                    let is_new = seen.insert(enricher.to_owned());
                    match enricher {
                        "clair.cvss" | "clair.epss" | "clair.kev" if !is_new => {
                            // What the first said would be lost.
                            return Err(A::Error::custom(format_args!(
                                "duplicate field {}",
                                quote(enricher)
                            )));
                        }
                        "clair.cvss" => {
                            let said = map.next_value()?;
                            all.cvss = (key.0.into_owned(), said);
                        }
                        "clair.epss" => {
                            let said = map.next_value()?;
                            all.epss = (key.0.into_owned(), said);
                        }
                        "clair.kev" => all.kev = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(EnrichmentsVisitor)
    }
}

/// What was said of the vulnerability `id`, each with its place below `/enrichments`.
fn said<'s, 'a, T>(said: &'s Said<'a, T>, id: &'s str) -> impl Iterator<Item = (String, &'s T)> {
    said.0.get(id).into_iter().flatten().flat_map(move |(part, entries)| {
        entries
            .iter()
            .enumerate()
            .map(move |(index, entry)| (format!("{part}/{}/{index}", escaped(id)), entry))
    })
}

impl Report<'_> {
    fn identity(&self, at: &At<'_>) -> Result<ImageIdentity, Error> {
        let Some(digest) = known(self.manifest_hash.as_ref()) else { return Ok(ImageIdentity::default()) };
        if !is_digest(&digest) {
            let message =
                format!("{} is no digest: expected `sha256:` and 64 hexadecimal digits", quote(&digest));
            return Err(at.error("invalid_digest", "/manifest_hash".to_owned(), message));
        }
        Ok(ImageIdentity { digests: vec![digest], ..ImageIdentity::default() })
    }

    /// The finding without its package.
    fn vulnerability(&self, id: &str, record: &Record<'_>, at: &At<'_>) -> Result<Vulnerability, Error> {
        let name = record.name.as_deref().unwrap_or_default();
        let (own_id, aliases) = ids(name, record.links.as_deref().unwrap_or_default());
        let (cvss, by_nvd) = self.cvss(id, at)?.unzip();
        let (severity, source) = match severity(record.normalized_severity.as_deref().unwrap_or_default()) {
            Severity::Unknown if by_nvd.is_some_and(|severity| severity != Severity::Unknown) => {
                (by_nvd.unwrap_or_default(), Some("nvd".to_owned()))
            }
            severity => (severity, known(record.updater.as_ref())),
        };
        Ok(Vulnerability {
            id: own_id,
            aliases,
            severity,
            severity_source: source,
            fix: Some(fix(record.fixed_in_version.as_deref().unwrap_or_default())),
            cvss,
            epss: self.epss(id, at)?,
            known_exploited: self.known_exploited(id),
            published_at: record.issued.as_deref().and_then(time),
            ..Vulnerability::default()
        })
    }

    /// The entry with the highest score, and the severity that it states.
    fn cvss(&self, id: &str, at: &At<'_>) -> Result<Option<(Cvss, Severity)>, Error> {
        let (key, entries) = &self.enrichments.cvss;
        let mut best: Option<(Cvss, Severity)> = None;
        for (place, entry) in said(entries, id) {
            let Some(score) = entry.score else { continue };
            let pointer = format!("/enrichments/{}/{place}/baseScore", escaped(key));
            let score = Some(in_range(score, 10.0, &pointer, at)?);
            if best.as_ref().is_none_or(|(best, _)| best.score < score) {
                let stated = severity(entry.severity.as_deref().unwrap_or_default());
                best = Some((Cvss { score, vector: known(entry.vector.as_ref()) }, stated));
            }
        }
        Ok(best)
    }

    fn epss(&self, id: &str, at: &At<'_>) -> Result<Option<Epss>, Error> {
        let (key, entries) = &self.enrichments.epss;
        let mut best: Option<Epss> = None;
        for (place, entry) in said(entries, id) {
            let number = |value: Option<f64>, member: &str| {
                let pointer = format!("/enrichments/{}/{place}/{member}", escaped(key));
                value.map(|value| in_range(value, 1.0, &pointer, at)).transpose()
            };
            let score = number(entry.epss, "epss")?;
            let percentile = number(entry.percentile, "percentile")?;
            let day = entry.date.as_deref().and_then(|date| date.split('T').next());
            let date = day.filter(|day| day.len() == 10 && day_or_time(day).is_some()).map(str::to_owned);
            if best.as_ref().is_none_or(|best| best.score < score) {
                best = Some(Epss { score, percentile, date });
            }
        }
        Ok(best)
    }

    fn known_exploited(&self, id: &str) -> Option<KnownExploited> {
        let mut entries = said(&self.enrichments.kev, id).map(|(_, entry)| entry).peekable();
        entries.peek()?;
        let mut all = KnownExploited { listed: Some(true), ..KnownExploited::default() };
        for entry in entries {
            let earlier = |one: Option<_>, text: Option<&Text<'_>>| {
                one.into_iter().chain(text.and_then(|text| day_or_time(text))).min()
            };
            all.added_at = earlier(all.added_at, entry.date_added.as_ref());
            all.due_at = earlier(all.due_at, entry.due_date.as_ref());
            let ransomware = entry.known_ransomware_campaign_use.as_deref();
            if ransomware.is_some_and(|word| word.eq_ignore_ascii_case("known")) {
                all.ransomware = Some(true);
            }
        }
        Some(all)
    }

    /// Where the package of this id was found.
    fn place(&self, id: &str) -> Place {
        let environments = || self.environments.get(id).into_iter().flatten().flatten();
        let repositories = environments()
            .flat_map(|environment| environment.repository_ids.iter().flatten())
            .filter_map(|id| self.repository.get(id));
        let distributions = environments()
            .filter_map(|environment| self.distributions.get(environment.distribution_id.as_deref()?));
        // `python:usr/lib/python3.6/site-packages`
        let database = environments().find_map(|environment| known(environment.package_db.as_ref()));
        Place {
            repository: repositories.filter_map(Repository::ecosystem).next(),
            distribution: distributions.filter_map(Distribution::ecosystem).next(),
            path: database.map(|place| from_root(place.split_once(':').map_or(&place, |(_, path)| path))),
        }
    }
}

/// What the place of a package says of it.
struct Place {
    repository: Option<(&'static str, Origin)>,
    distribution: Option<(&'static str, Origin)>,
    path: Option<String>,
}

impl Place {
    fn package(&self, package: &Installed<'_>, record: &Record<'_>) -> (Package, Option<String>) {
        let repository = record.repository.as_ref().and_then(Repository::ecosystem);
        let distribution = record.distribution.as_ref().and_then(Distribution::ecosystem);
        let found = self.repository.or(repository).or(self.distribution).or(distribution);
        let (ecosystem, origin) = found.unzip();
        let package = Package {
            name: known(package.name.as_ref()),
            version: known(package.version.as_ref()),
            ecosystem: ecosystem.map(str::to_owned),
            purl: None,
            path: self.path.clone().filter(|_| origin == Some(Origin::Library)),
        };
        (package, origin.map(class))
    }
}

impl Repository<'_> {
    fn ecosystem(&self) -> Option<(&'static str, Origin)> {
        self.name.as_deref().and_then(ecosystem::of_word)
    }
}

impl Distribution<'_> {
    fn ecosystem(&self) -> Option<(&'static str, Origin)> {
        self.did.as_deref().and_then(ecosystem::of_word)
    }
}

pub(super) fn class(origin: Origin) -> String {
    match origin {
        Origin::Os => "os".to_owned(),
        Origin::Library => "library".to_owned(),
    }
}

/// The severity of that name; `Defcon1` of older releases ranks above critical.
pub(super) fn severity(word: &str) -> Severity {
    if word.eq_ignore_ascii_case("defcon1") {
        return Severity::Critical;
    }
    severity_word(word).unwrap_or_default()
}

/// The id of a vulnerability of this name, and its alias if there is one.
pub(super) fn ids(name: &str, links: &str) -> (Option<String>, Vec<String>) {
    let name = name.trim();
    let first = name.split_whitespace().next().unwrap_or_default().trim_end_matches([':', ',']);
    let is_id = first.contains('-') && first.contains(|character: char| character.is_ascii_digit());
    let id = if is_id { first } else { name };
    if id.is_empty() {
        return (None, Vec::new());
    }
    let mut aliases = Vec::new();
    if Cve::parse(id).is_none() {
        aliases = cves(name);
        if aliases.is_empty() {
            aliases = cves(links);
        }
        if aliases.len() > 1 {
            aliases.clear();
        }
    }
    (Some(id.to_owned()), aliases)
}

fn cves(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
    let mut found: Vec<String> =
        words.filter(|word| Cve::parse(word).is_some()).map(str::to_ascii_uppercase).collect();
    found.sort();
    found.dedup();
    found
}

/// What `fixed_in_version` says.
pub(super) fn fix(text: &str) -> Fix {
    let version = if text.contains('=') {
        text.split('&').find_map(|part| part.strip_prefix("fixed=")).map(percent_decoded).unwrap_or_default()
    } else {
        text.to_owned()
    };
    if version.is_empty() || version == "0" {
        return Fix::default();
    }
    Fix { state: FixState::Fixed, versions: vec![version], available_at: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_ids() {
        let links = "https://a/RHSA-2021:0670 https://a/cve/CVE-2021-23840 https://b/CVE-2021-23840";
        for (name, links, id, alias) in [
            ("CVE-2018-1060", "https://a/CVE-2018-1061", "CVE-2018-1060", None),
            ("pyup.io-39606 (CVE-2020-36242)", "", "pyup.io-39606", Some("CVE-2020-36242")),
            ("pyup.io-1 (cve-2020-1111, CVE-2020-2222)", "", "pyup.io-1", None),
            ("RHSA-2021:0670: openssl (Important)", links, "RHSA-2021:0670", Some("CVE-2021-23840")),
            ("RHSA-2021:0670", "CVE-2021-1111 CVE-2021-2222", "RHSA-2021:0670", None),
            ("CVE-2021-1111 on Ubuntu 20.04 LTS (focal) - medium.", "", "CVE-2021-1111", None),
            ("Security update for zlib", "", "Security update for zlib", None),
            ("GHSA-jfh8-c2jp-5v3q", "", "GHSA-jfh8-c2jp-5v3q", None),
        ] {
            let found = ids(name, links);
            assert_eq!(
                (found.0.as_deref(), found.1.first().map(String::as_str)),
                (Some(id), alias),
                "{name}"
            );
        }
        assert_eq!(ids(" ", "CVE-2021-1111"), (None, Vec::new()));
    }

    #[test]
    fn fixes_stand_in_queries_too() {
        for (text, version) in [
            ("", None),
            ("0", None),
            ("3.6.5-r0", Some("3.6.5-r0")),
            ("introduced=1.0&fixed=1.2%2Bb1", Some("1.2+b1")),
            ("introduced=1.0&lastAffected=1.2", None),
        ] {
            assert_eq!(fix(text).versions.first().map(String::as_str), version, "{text}");
            assert_eq!(fix(text).state == FixState::Fixed, version.is_some(), "{text}");
        }
    }
}
