//! One profile from several: what one scanner does not know another may.
//!
//! Merging is associative and commutative. Vulnerabilities of the same package name, version and path whose ids and
//! aliases are connected become one finding. For each fact a known value wins over an unknown one, and of two known
//! ones that which makes a policy stricter:
//!
//! | fact | of two known |
//! |---|---|
//! | severity (with its source) | the worse; then the smaller source |
//! | `fix.state` | the first of `fixed`, `not_fixed`, `will_not_fix`, `deferred`, `end_of_life` |
//! | `fix.versions`, `labels`, `aliases` | both |
//! | `fix.available_at`, `published_at`, `first_seen_at`, KEV's dates | the earlier: grace ends earlier |
//! | CVSS, EPSS | the higher score, with its vector or percentile; then the smaller text |
//! | `known_exploited.listed`, `ransomware` | true |
//! | `suppressed` | not suppressed; of two suppressions the smaller |
//! | `class`, ecosystem, purl | the smaller text in byte order |
//! | id | a CVE, then the smaller text; the others become aliases |

use super::document::{ImageIdentity, ProfileDocument, Scan, ScanState};
use super::finding::{Cvss, Epss, Fix, FixState, KnownExploited, Package, Suppression, Vulnerability};
use super::{ScanProfile, Severity};
use crate::error::{Error, ErrorKind};
use crate::image::Digest;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl ScanProfile {
    /// One profile from this and `other`, which must be about the same image.
    ///
    /// # Errors
    /// `image_mismatch` if both state an identity and the two differ.
    pub fn merge(&self, other: &Self) -> Result<Self, Error> {
        let (left, right) = (self.document(), other.document());
        let vulnerabilities = left.vulnerabilities.iter().chain(&right.vulnerabilities).cloned().collect();
        Self::new(ProfileDocument {
            image: same_image(self, other)?,
            scan: merge_scans(left.scan.as_ref(), right.scan.as_ref()),
            vulnerabilities: join(vulnerabilities),
            malware: union(&left.malware, &right.malware),
            sensitive: union(&left.sensitive, &right.sensitive),
        })
    }
}

fn union<T: Ord + Clone>(left: &[T], right: &[T]) -> Vec<T> {
    left.iter().chain(right).cloned().collect::<BTreeSet<T>>().into_iter().collect()
}

fn same_image(left: &ScanProfile, right: &ScanProfile) -> Result<ImageIdentity, Error> {
    let differ = |what: &str, one: &str, other: &str| {
        let message = format!("the profiles are about different images: {what} {one} and {other}");
        Err(Error::at(ErrorKind::ImageMismatch, "image_mismatch", "/image", message))
    };
    if let (Some(one), Some(other)) = (left.id(), right.id()) {
        if one != other {
            return differ("id", one.as_str(), other.as_str());
        }
    } else if let (Some(one), Some(other)) = (left.digests().first(), right.digests().first())
        && !left.digests().iter().any(|digest| right.digests().contains(digest))
    {
        return differ("digest", one.as_str(), other.as_str());
    }
    let (one, other) = (&left.document().image, &right.document().image);
    if let (Some(first), Some(second)) = (&one.platform, &other.platform)
        && first != second
    {
        return differ("platform", first, second);
    }
    // The same digest may be written with different repositories or in different case; the spelling is kept, but two
    // spellings of one are folded to the smaller.
    let mut digests: BTreeMap<Digest, String> = BTreeMap::new();
    for text in one.digests.iter().chain(&other.digests) {
        let Ok(digest) = Digest::parse(text) else { continue };
        let kept = digests.entry(digest).or_insert_with(|| text.clone());
        if text < kept {
            kept.clone_from(text);
        }
    }
    Ok(ImageIdentity {
        id: left.id().or_else(|| right.id()).map(|id| id.as_str().to_owned()),
        digests: digests.into_values().collect(),
        names: union(&one.names, &other.names),
        platform: one.platform.clone().or_else(|| other.platform.clone()),
    })
}

fn merge_scans(left: Option<&Scan>, right: Option<&Scan>) -> Option<Scan> {
    if left.is_none() && right.is_none() {
        return None;
    }
    let nothing = Scan::default();
    let (left, right) = (left.unwrap_or(&nothing), right.unwrap_or(&nothing));
    let state = |scan: &Scan| scan.state.unwrap_or(ScanState::NotScanned);
    let oldest = |one: Option<Timestamp>, other: Option<Timestamp>| Some(one?.min(other?));
    let scanners: BTreeSet<&str> = [left, right]
        .into_iter()
        .filter_map(|scan| scan.scanner.as_deref())
        .flat_map(|names| names.split(", "))
        .collect();
    Some(Scan {
        state: Some(merge_states(state(left), state(right))),
        scanned_at: oldest(left.scanned_at, right.scanned_at),
        scanner: (!scanners.is_empty()).then(|| scanners.into_iter().collect::<Vec<_>>().join(", ")),
        feed_updated_at: oldest(left.feed_updated_at, right.feed_updated_at),
    })
}

fn merge_states(left: ScanState, right: ScanState) -> ScanState {
    use ScanState::{Complete, Partial};
    match (left, right) {
        (Complete, Complete) => Complete,
        (Complete | Partial, _) | (_, Complete | Partial) => Partial,
        // The order of the variants is that of the contract: failed, unsupported, not scanned.
        (left, right) => left.min(right),
    }
}

/// What must be equal for two vulnerabilities to be the same finding.
type Place = (Option<String>, Option<String>, Option<String>);

/// Joins what is connected, and brings the result into its one order.
fn join(vulnerabilities: Vec<Vulnerability>) -> Vec<Vulnerability> {
    let mut groups = Groups::new(vulnerabilities.len());
    let mut first_with: HashMap<(Place, String), usize> = HashMap::new();
    for (number, vulnerability) in vulnerabilities.iter().enumerate() {
        let package = vulnerability.package.clone().unwrap_or_default();
        let place = (package.name, package.version, package.path);
        for id in vulnerability.id.iter().chain(&vulnerability.aliases) {
            let first = *first_with.entry((place.clone(), id.to_ascii_lowercase())).or_insert(number);
            groups.join(first, number);
        }
    }
    let mut joined: BTreeMap<usize, Vulnerability> = BTreeMap::new();
    for (number, vulnerability) in vulnerabilities.into_iter().map(in_order).enumerate() {
        match joined.entry(groups.root(number)) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(vulnerability);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let merged = merge_two(place.get(), &vulnerability);
                place.insert(merged);
            }
        }
    }
    joined.into_values().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Disjoint sets of findings.
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    fn root(&mut self, mut number: usize) -> usize {
        while let Some(&parent) = self.parents.get(number)
            && parent != number
        {
            // Halving the path keeps later walks short.
            let grandparent = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(number) {
                *slot = grandparent;
            }
            number = grandparent;
        }
        number
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(slot) = self.parents.get_mut(one.max(other)) {
            *slot = one.min(other);
        }
    }
}

/// A known value wins; of two known ones `choose` decides.
fn known<T: Clone>(left: &Option<T>, right: &Option<T>, choose: impl FnOnce(&T, &T) -> T) -> Option<T> {
    match (left, right) {
        (Some(left), Some(right)) => Some(choose(left, right)),
        (left, right) => left.clone().or_else(|| right.clone()),
    }
}

fn smaller<T: Ord + Clone>(left: &T, right: &T) -> T {
    left.min(right).clone()
}

fn merge_two(left: &Vulnerability, right: &Vulnerability) -> Vulnerability {
    let (severity, severity_source) = merge_severities(left, right);
    let mut merged = Vulnerability {
        id: None,
        aliases: Vec::new(),
        severity,
        severity_source,
        package: known(&left.package, &right.package, merge_packages),
        fix: known(&left.fix, &right.fix, merge_fixes),
        class: known(&left.class, &right.class, smaller),
        labels: known(&left.labels, &right.labels, |left, right| union(left, right)),
        cvss: known(&left.cvss, &right.cvss, merge_cvss),
        epss: known(&left.epss, &right.epss, merge_epss),
        known_exploited: known(&left.known_exploited, &right.known_exploited, merge_known_exploited),
        published_at: known(&left.published_at, &right.published_at, smaller),
        first_seen_at: known(&left.first_seen_at, &right.first_seen_at, smaller),
        suppressed: merge_suppressed(left.suppressed.as_ref(), right.suppressed.as_ref()),
    };
    let ids = [left, right].into_iter().flat_map(|one| one.id.iter().chain(&one.aliases));
    (merged.id, merged.aliases) = order_ids(ids.cloned());
    merged
}

/// One vulnerability alone gets the orders that merging gives, so that it does not matter what is merged first.
fn in_order(mut vulnerability: Vulnerability) -> Vulnerability {
    let ids: Vec<String> = vulnerability.id.iter().chain(&vulnerability.aliases).cloned().collect();
    (vulnerability.id, vulnerability.aliases) = order_ids(ids.into_iter());
    vulnerability.labels = vulnerability.labels.map(|labels| union(&labels, &[]));
    if let Some(fix) = &mut vulnerability.fix {
        fix.versions = union(&fix.versions, &[]);
    }
    vulnerability
}

/// The id and the aliases; of spellings that differ in case only, the smallest.
fn order_ids(ids: impl Iterator<Item = String>) -> (Option<String>, Vec<String>) {
    let mut spellings: BTreeMap<String, String> = BTreeMap::new();
    for id in ids {
        let kept = spellings.entry(id.to_ascii_lowercase()).or_insert_with(|| id.clone());
        if id < *kept {
            *kept = id;
        }
    }
    let mut ordered: Vec<String> = spellings.into_values().collect();
    ordered.sort_by_key(|id| (!id.to_ascii_lowercase().starts_with("cve-"), id.clone()));
    let mut ordered = ordered.into_iter();
    (ordered.next(), ordered.collect())
}

fn merge_severities(left: &Vulnerability, right: &Vulnerability) -> (Severity, Option<String>) {
    // A known source before an unknown one, then the smaller.
    let rank =
        |one: &Vulnerability| (one.severity, one.severity_source.is_none(), one.severity_source.clone());
    let (severity, _, source) = rank(left).min(rank(right));
    (severity, source)
}

fn merge_packages(left: &Package, right: &Package) -> Package {
    Package {
        name: left.name.clone(),
        version: left.version.clone(),
        ecosystem: known(&left.ecosystem, &right.ecosystem, smaller),
        purl: known(&left.purl, &right.purl, smaller),
        path: left.path.clone(),
    }
}

fn merge_fixes(left: &Fix, right: &Fix) -> Fix {
    Fix {
        // The order of the variants is the stated one, unknown last.
        state: FixState::min(left.state, right.state),
        versions: union(&left.versions, &right.versions),
        available_at: known(&left.available_at, &right.available_at, smaller),
    }
}

fn merge_cvss(left: &Cvss, right: &Cvss) -> Cvss {
    let rank = |cvss: &Cvss| (std::cmp::Reverse(cvss.score), cvss.vector.is_none(), cvss.vector.clone());
    if rank(left) <= rank(right) { left.clone() } else { right.clone() }
}

fn merge_epss(left: &Epss, right: &Epss) -> Epss {
    let rank = |epss: &Epss| {
        (
            std::cmp::Reverse(epss.score),
            std::cmp::Reverse(epss.percentile),
            epss.date.is_none(),
            epss.date.clone(),
        )
    };
    if rank(left) <= rank(right) { left.clone() } else { right.clone() }
}

fn merge_known_exploited(left: &KnownExploited, right: &KnownExploited) -> KnownExploited {
    let either = |one: &bool, other: &bool| *one || *other;
    KnownExploited {
        listed: known(&left.listed, &right.listed, either),
        added_at: known(&left.added_at, &right.added_at, smaller),
        due_at: known(&left.due_at, &right.due_at, smaller),
        ransomware: known(&left.ransomware, &right.ransomware, either),
    }
}

/// What one scanner reports without suppressing it counts.
fn merge_suppressed(left: Option<&Suppression>, right: Option<&Suppression>) -> Option<Suppression> {
    Some(left?.min(right?).clone())
}
