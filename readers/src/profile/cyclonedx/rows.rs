//! The vulnerabilities of a CycloneDX document.

use super::Component;
use crate::json::Text;
use crate::profile::ecosystem;
use crate::profile::facts::{At, from_root, in_range, known, severity_word, time};
use crate::profile::trivy::results::versions;
use crate::purl::{Purl, full_name, percent_decoded};
use imagegate::{Cvss, Error, Fix, FixState, Package, Severity, Vulnerability};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// A vulnerability.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Source<'a>>,
    #[serde(borrow)]
    references: Option<Vec<Reference<'a>>>,
    #[serde(borrow)]
    ratings: Option<Vec<Rating<'a>>>,
    #[serde(borrow)]
    recommendation: Option<Text<'a>>,
    #[serde(borrow)]
    published: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) analysis: Option<Analysis<'a>>,
    #[serde(borrow)]
    pub(super) affects: Option<Vec<Affected<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Source<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Reference<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Rating<'a> {
    #[serde(borrow)]
    source: Option<Source<'a>>,
    score: Option<f64>,
    #[serde(borrow)]
    severity: Option<Text<'a>>,
    #[serde(borrow)]
    method: Option<Text<'a>>,
    #[serde(borrow)]
    vector: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Analysis<'a> {
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    justification: Option<Text<'a>>,
    #[serde(borrow)]
    response: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Affected<'a> {
    #[serde(borrow, rename = "ref")]
    target: Option<Text<'a>>,
    #[serde(borrow)]
    versions: Option<Vec<AffectedVersion<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct AffectedVersion<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
}

impl Row<'_> {
    /// The finding without what its component says.
    pub(super) fn vulnerability(&self, pointer: &str, at: &At<'_>) -> Result<Vulnerability, Error> {
        let id = known(self.id.as_ref());
        let mut seen: HashSet<String> = id.iter().cloned().collect();
        let others = self.references.iter().flatten().filter_map(|reference| known(reference.id.as_ref()));
        let aliases = others.filter(|alias| seen.insert(alias.clone())).collect();
        let rated = self.ratings.iter().flatten().map(|rating| (rating.severity(), rating));
        let rated = rated.filter(|(severity, _)| *severity != Severity::Unknown);
        // The worst is the smallest, and of equals the first counts.
        let (severity, source) = match rated.min_by_key(|(severity, _)| *severity) {
            Some((severity, rating)) => (severity, rating.source.as_ref().or(self.source.as_ref())),
            None => (Severity::Unknown, None),
        };
        Ok(Vulnerability {
            id,
            aliases,
            severity,
            severity_source: source.and_then(|source| known(source.name.as_ref())),
            cvss: self.cvss(pointer, at)?,
            published_at: self.published.as_deref().and_then(time),
            ..Vulnerability::default()
        })
    }

    fn cvss(&self, pointer: &str, at: &At<'_>) -> Result<Option<Cvss>, Error> {
        let mut best: Option<(bool, Cvss)> = None;
        for (index, rating) in self.ratings.iter().flatten().enumerate() {
            let (Some(score), Some(is_new)) = (rating.score, rating.is_new_cvss()) else { continue };
            let score = Some(in_range(score, 10.0, &format!("{pointer}/ratings/{index}/score"), at)?);
            if best.as_ref().is_none_or(|(is_best_new, best)| (*is_best_new, best.score) < (is_new, score)) {
                best = Some((is_new, Cvss { score, vector: known(rating.vector.as_ref()) }));
            }
        }
        Ok(best.map(|(_, cvss)| cvss))
    }

    /// What is said of fixes, for all packages at once.
    pub(super) fn fixes(&self) -> Fixes<'_> {
        // Trivy joins what it recommends for several packages with `; `.
        let sentences = self.recommendation.as_deref().unwrap_or_default().split("; ");
        let sentences =
            sentences.filter_map(|sentence| sentence.strip_prefix("Upgrade ")?.split_once(" to version "));
        let mut upgrades = HashMap::new();
        for (package, version) in sentences {
            upgrades.entry(package).or_insert(version);
        }
        let mut responses = self.analysis.iter().flat_map(|analysis| analysis.response.iter().flatten());
        // That there will be no fix is a statement of VEX: as a fact it would take the finding out of policies that
        // look at what can be fixed, whether `trust` accepts the statement or not.
        let is_update = responses.any(|response| &**response == "update");
        Fixes { upgrades, state: if is_update { FixState::Fixed } else { FixState::Unknown } }
    }
}

/// What a vulnerability says of fixes.
pub(super) struct Fixes<'r> {
    /// The first recommendation for each package.
    upgrades: HashMap<&'r str, &'r str>,
    /// Where there is none.
    state: FixState,
}

impl Fixes<'_> {
    /// Whether there is a fix for the package of this name.
    pub(super) fn of(&self, name: Option<&str>) -> Fix {
        let own = name.and_then(|name| self.upgrades.get(name)).filter(|version| !version.is_empty());
        match own {
            Some(version) => Fix { state: FixState::Fixed, versions: versions(version), available_at: None },
            None => Fix { state: self.state, ..Fix::default() },
        }
    }
}

impl Rating<'_> {
    fn severity(&self) -> Severity {
        match self.severity.as_deref().unwrap_or_default() {
            "none" | "info" => Severity::Negligible,
            word => severity_word(word).unwrap_or_default(),
        }
    }

    /// Whether the score is by a version of CVSS after v2; `None` if it is not by CVSS at all.
    fn is_new_cvss(&self) -> Option<bool> {
        let method = self.method.as_deref().unwrap_or_default();
        let is_cvss = method.starts_with("CVSS")
            || self.vector.as_deref().is_some_and(|vector| vector.starts_with("CVSS:"));
        is_cvss.then_some(method != "CVSSv2")
    }
}

impl Analysis<'_> {
    /// The status that takes the finding out of what there is to do, and its justification.
    pub(super) fn suppression(&self) -> Option<(String, Option<String>)> {
        let state = self.state.as_deref()?;
        matches!(state, "not_affected" | "false_positive" | "resolved" | "resolved_with_pedigree")
            .then(|| (state.to_owned(), known(self.justification.as_ref())))
    }
}

impl Affected<'_> {
    /// What is affected, each with its class: one package, or all components that share the reference.
    pub(super) fn packages(
        &self,
        components: &HashMap<&str, Vec<&Component<'_>>>,
        serial: Option<&str>,
    ) -> Vec<(Package, Option<&'static str>)> {
        let target = self.target.as_deref().unwrap_or_default();
        // `urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/a@1`
        let fragment = target.strip_prefix("urn:cdx:").and_then(|link| link.split_once('#'));
        let own = fragment.map_or(target, |(_, own)| own);
        let decoded = percent_decoded(own);
        // The same reference in another document is another component.
        let is_own = fragment.is_none_or(|(link, _)| {
            let uuid = serial.and_then(|serial| serial.strip_prefix("urn:uuid:"));
            uuid.is_some() && link.split('/').next() == uuid
        });
        let names = [target, own, decoded.as_str()].into_iter().filter(|name| is_own || *name == target);
        if let Some(found) = names.into_iter().find_map(|name| components.get(name)) {
            return found.iter().map(|component| component.package()).collect();
        }
        let purl = [own, decoded.as_str()].into_iter().find_map(|own| Some((own, Purl::parse(own)?)));
        let Some((text, purl)) = purl else { return vec![(Package::default(), None)] };
        let package = Package {
            name: Some(full_name(&purl.kind, purl.namespace.as_deref(), &purl.name)),
            version: purl.version.clone(),
            ecosystem: Some(purl.kind.clone()),
            purl: Some(text.to_owned()),
            path: None,
        };
        vec![(package, class(&purl.kind))]
    }

    pub(super) fn lists_versions(&self) -> bool {
        self.versions.as_ref().is_some_and(|versions| !versions.is_empty())
    }

    /// The versions that are listed as unaffected, and as nothing else.
    pub(super) fn unaffected(&self) -> HashSet<&str> {
        let mut all: HashMap<&str, bool> = HashMap::new();
        for entry in self.versions.iter().flatten() {
            let Some(version) = entry.version.as_deref() else { continue };
            *all.entry(version).or_insert(true) &= entry.status.as_deref() == Some("unaffected");
        }
        all.into_iter().filter(|(_, is_unaffected)| *is_unaffected).map(|(version, _)| version).collect()
    }
}

impl Component<'_> {
    fn package(&self) -> (Package, Option<&'static str>) {
        let text = known(self.purl.as_ref());
        let purl = text.as_deref().and_then(Purl::parse);
        let kind = text.as_deref().and_then(ecosystem::of_purl);
        let name = known(self.name.as_ref()).map(|name| {
            let namespace = purl.as_ref().and_then(|purl| purl.namespace.as_deref());
            let group = self.group.as_deref().filter(|group| !group.is_empty()).or(namespace);
            full_name(kind.as_deref().unwrap_or_default(), group, &name)
        });
        let class = kind.as_deref().and_then(class);
        let property = |name: &str| {
            let mut properties = self.properties.iter().flatten();
            let found = properties.find(|property| property.name.as_deref() == Some(name));
            found.and_then(|property| known(property.value.as_ref()))
        };
        let path = property("aquasecurity:trivy:FilePath").or_else(|| property("syft:location:0:path"));
        let package = Package {
            name,
            version: known(self.version.as_ref()),
            ecosystem: kind,
            purl: text,
            path: path.filter(|_| class != Some("os")).as_deref().map(from_root),
        };
        (package, class)
    }
}

/// Whether packages of this type are the distribution's; images are neither.
fn class(kind: &str) -> Option<&'static str> {
    match kind {
        "deb" | "rpm" | "apk" | "alpm" => Some("os"),
        "oci" | "docker" => None,
        _ => Some("library"),
    }
}
