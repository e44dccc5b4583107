//! Grype's JSON reports (`grype -o json`), of all releases that write an object.
//!
//! **Findings.** Each of `matches` is a vulnerability of one package; `ignoredMatches` are kept and marked as suppressed
//! by VEX where a rule that was applied is one, else by an ignore file where one is not Grype's own, else by the scanner:
//! who trusts ignore files has not trusted what Grype leaves out by itself. The ids of `relatedVulnerabilities` are aliases,
//! but for the id itself.
//!
//! **Scores, exploitation.** CVSS, EPSS and the catalogue of exploited vulnerabilities are read from the vulnerability,
//! and where it has none from its related ones, in their order. Of several CVSS entries the highest version counts
//! (2 only if there is nothing newer), of one version the highest score. `knownExploited` with an entry means listed; its
//! absence is unknown, since older databases do not have the catalogue.
//!
//! **Severity** is Grype's own word; `Unknown`, an empty word and none are unknown.
//!
//! **Fixes.** `fix.state` is `fixed`, `not-fixed`, `wont-fix`, or unknown for anything else. `fix.available` dates the
//! fix: the earliest date counts. Releases before 0.13 have `fixedInVersion` instead, where a version means fixed and
//! none says nothing.
//!
//! **Packages.** The ecosystem is the type of the package URL, else of Grype's type. The path is the first location's,
//! written from the root; packages of the distribution (`deb`, `rpm`, `apk`, `alpm`) have none, since they belong to the
//! whole image and their location is the package manager's database.
//!
//! **Which image.** `source.target` of an image names id, digests, tags and platform; a folder, a file or an SBOM is
//! refused until the caller names the image.
//!
//! **State of the scan.** `complete`. `descriptor` names the scanner and, from 0.40 on, when it ran and when its database
//! was built.

use super::facts::{At, bounded, day_or_time, from_root, in_range, known, severity, time};
use super::{Options, ecosystem, identify};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use imagegate::{
    Cvss, Epss, Error, ErrorKind, Fix, FixState, ImageIdentity, KnownExploited, Package, ProfileDocument,
    Scan, ScanProfile, ScanState, SuppressedBy, Suppression, Vulnerability, quote,
};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "grype", title: "a Grype report", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        members.is_list("matches") && members.has_any(&["descriptor", "source", "distro", "image"])
    })
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let report: Report<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    let Some(matches) = &report.matches else {
        let message = "`matches` is missing: without it the report says nothing of the image";
        return Err(at.error("missing_field", "/matches".to_owned(), message));
    };
    let stated = report.source.as_ref().map(|source| source.identity(&at)).transpose()?.unwrap_or_default();
    let mut document = ProfileDocument {
        image: identify(&stated, options, "this report is not of an image, or does not say of which")?,
        scan: Some(report.scan()),
        ..ProfileDocument::default()
    };
    for (index, found) in matches.iter().enumerate() {
        document.vulnerabilities.push(found.vulnerability(&format!("/matches/{index}"), &at)?);
        bounded(&document, options)?;
    }
    for (index, ignored) in report.ignored.iter().flatten().enumerate() {
        let mut vulnerability = ignored.vulnerability(&format!("/ignoredMatches/{index}"), &at)?;
        vulnerability.suppressed = Some(ignored.suppression());
        document.vulnerabilities.push(vulnerability);
        bounded(&document, options)?;
    }
    Ok(vec![ScanProfile::new(document)?])
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Report<'a> {
    #[serde(borrow)]
    matches: Option<Vec<Match<'a>>>,
    #[serde(borrow, rename = "ignoredMatches")]
    ignored: Option<Vec<Match<'a>>>,
    #[serde(borrow)]
    source: Option<Source<'a>>,
    #[serde(borrow)]
    descriptor: Option<Descriptor<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Descriptor<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    db: Option<Database<'a>>,
}

/// Releases differ in where the date stands: beside the others, or under `status`.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Database<'a> {
    #[serde(borrow)]
    built: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Status<'a> {
    #[serde(borrow)]
    built: Option<Text<'a>>,
}

impl Report<'_> {
    fn scan(&self) -> Scan {
        let descriptor = self.descriptor.as_ref();
        let name =
            descriptor.and_then(|descriptor| known(descriptor.name.as_ref())).unwrap_or("grype".to_owned());
        let version = descriptor.and_then(|descriptor| known(descriptor.version.as_ref()));
        // Built by hand, Grype writes that its version is "[not provided]".
        let version = version.filter(|version| !version.starts_with('['));
        let built = descriptor.and_then(|descriptor| descriptor.db.as_ref()).and_then(|database| {
            database
                .built
                .as_ref()
                .or_else(|| database.status.as_ref().and_then(|status| status.built.as_ref()))
        });
        Scan {
            state: Some(ScanState::Complete),
            scanned_at: descriptor.and_then(|descriptor| descriptor.timestamp.as_deref()).and_then(time),
            scanner: Some(version.map_or(name.clone(), |version| format!("{name} {version}"))),
            feed_updated_at: built.and_then(|built| time(built)),
        }
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Source<'a> {
    #[serde(borrow)]
    target: Option<Target<'a>>,
}

/// What was scanned: an image, or the path of a folder.
enum Target<'a> {
    Image(Box<Image<'a>>),
    Path,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Image<'a> {
    #[serde(borrow, rename = "userInput")]
    user_input: Option<Text<'a>>,
    #[serde(borrow, rename = "imageID")]
    id: Option<Text<'a>>,
    #[serde(borrow, rename = "manifestDigest")]
    manifest_digest: Option<Text<'a>>,
    #[serde(borrow, rename = "repoDigests")]
    repo_digests: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    tags: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    architecture: Option<Text<'a>>,
    #[serde(borrow)]
    os: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Target<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TargetVisitor;
        impl<'de> Visitor<'de> for TargetVisitor {
            type Value = Target<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_str<E>(self, _: &str) -> Result<Target<'de>, E> {
                Ok(Target::Path)
            }

            fn visit_unit<E>(self) -> Result<Target<'de>, E> {
                Ok(Target::Path)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Target<'de>, A::Error> {
                let image = Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Target::Image(Box::new(image)))
            }
        }
        deserializer.deserialize_any(TargetVisitor)
    }
}

impl Source<'_> {
    fn identity(&self, at: &At<'_>) -> Result<ImageIdentity, Error> {
        let mut identity = ImageIdentity::default();
        let Some(Target::Image(image)) = &self.target else { return Ok(identity) };
        if let Some(id) = image.id.as_deref().filter(|id| !id.is_empty()) {
            let message =
                || format!("{} is no image id: expected `sha256:` and 64 hexadecimal digits", quote(id));
            let read = ImageIdentity::of(id).ok().and_then(|of| of.id);
            identity.id = Some(
                read.ok_or_else(|| at.error("invalid_id", "/source/target/imageID".to_owned(), message()))?,
            );
        }
        let digests = image.repo_digests.iter().flatten().chain(&image.manifest_digest);
        // A digest of another algorithm names the image too, only not in a way that a profile knows.
        let digests = digests.map(|text| text.to_string()).filter(|text| is_sha256(text));
        identity.digests.extend(digests);
        for tag in image.tags.iter().flatten().chain(&image.user_input) {
            // What the user typed may be a path or a scheme (`docker:nginx`); only a name counts.
            if let Ok(of) = ImageIdentity::of(tag)
                && of.id.is_none()
                && !tag.starts_with(['.', '/', '~'])
                && !tag.contains("://")
            {
                let new = of.names.into_iter().filter(|name| !identity.names.contains(name));
                identity.names.extend(new.collect::<Vec<_>>());
            }
        }
        if let (Some(os), Some(architecture)) = (known(image.os.as_ref()), known(image.architecture.as_ref()))
        {
            identity.platform = Some(format!("{os}/{architecture}"));
        }
        Ok(identity)
    }
}

fn is_sha256(digest: &str) -> bool {
    let (_, digits) = digest.rsplit_once("sha256:").unwrap_or(("", ""));
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Match<'a> {
    #[serde(borrow)]
    vulnerability: Details<'a>,
    #[serde(borrow, rename = "relatedVulnerabilities")]
    related: Option<Vec<Details<'a>>>,
    #[serde(borrow)]
    artifact: Artifact<'a>,
    /// Why it is among the ignored ones.
    #[serde(borrow, rename = "appliedIgnoreRules")]
    rules: Option<Vec<Rule<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Rule<'a> {
    #[serde(borrow)]
    reason: Option<Text<'a>>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow, rename = "vex-status")]
    vex_status: Option<Text<'a>>,
    #[serde(borrow, rename = "vex-justification")]
    vex_justification: Option<Text<'a>>,
}

/// Why Grype ignores matches on its own, with no file that says so.
const OWN_REASONS: [&str; 3] = ["DistroPackageFixed", "Explicit APK NAK", "CPE not vulnerable"];

impl Match<'_> {
    fn suppression(&self) -> Suppression {
        let rules = || self.rules.iter().flatten();
        let first = |member: fn(&Rule<'_>) -> Option<String>| rules().find_map(member);
        let status = first(|rule| known(rule.vex_status.as_ref()));
        let is_vex = status.is_some() || rules().any(|rule| rule.namespace.as_deref() == Some("vex"));
        let is_own = |rule: &Rule<'_>| OWN_REASONS.contains(&rule.reason.as_deref().unwrap_or_default());
        let by = if is_vex {
            SuppressedBy::Vex
        } else if rules().any(|rule| !is_own(rule)) {
            SuppressedBy::IgnoreFile
        } else {
            SuppressedBy::Scanner
        };
        Suppression {
            by,
            status: status.or_else(|| Some("ignored".to_owned())),
            justification: first(|rule| known(rule.vex_justification.as_ref()))
                .or_else(|| first(|rule| known(rule.reason.as_ref()))),
            author: None,
            source: None,
        }
    }
}

/// What Grype knows of a vulnerability, or of a related one.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Details<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    severity: Option<Text<'a>>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow)]
    cvss: Option<Vec<CvssEntry<'a>>>,
    #[serde(borrow, rename = "cvssV2")]
    cvss_v2: Option<OldCvss<'a>>,
    #[serde(borrow, rename = "cvssV3")]
    cvss_v3: Option<OldCvss<'a>>,
    #[serde(borrow)]
    epss: Option<Vec<EpssEntry<'a>>>,
    #[serde(borrow, rename = "knownExploited")]
    known_exploited: Option<Vec<Exploited<'a>>>,
    #[serde(borrow)]
    fix: Option<FixEntry<'a>>,
    #[serde(borrow, rename = "fixedInVersion")]
    fixed_in: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct CvssEntry<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    vector: Option<Text<'a>>,
    metrics: Option<Metrics>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Metrics {
    #[serde(rename = "baseScore")]
    base_score: Option<f64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct OldCvss<'a> {
    #[serde(rename = "baseScore")]
    base_score: Option<f64>,
    #[serde(borrow)]
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
struct Exploited<'a> {
    #[serde(borrow, rename = "dateAdded")]
    added: Option<Text<'a>>,
    #[serde(borrow, rename = "dueDate")]
    due: Option<Text<'a>>,
    #[serde(borrow, rename = "knownRansomwareCampaignUse")]
    ransomware: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct FixEntry<'a> {
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    versions: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    available: Option<Vec<Available<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Available<'a> {
    #[serde(borrow)]
    date: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Artifact<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    purl: Option<Text<'a>>,
    #[serde(default)]
    locations: Locations,
}

/// The path of the first location; releases before 0.2 list plain paths.
#[derive(Default)]
struct Locations(Option<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Location {
    Place { path: Option<String> },
    Path(String),
    Other(IgnoredAny),
}

impl<'de> Deserialize<'de> for Locations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LocationsVisitor;
        impl<'de> Visitor<'de> for LocationsVisitor {
            type Value = Locations;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_unit<E>(self) -> Result<Locations, E> {
                Ok(Locations(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Locations, A::Error> {
                let first = match items.next_element::<Location>()? {
                    Some(Location::Place { path }) => path,
                    Some(Location::Path(path)) => Some(path),
                    Some(Location::Other(_)) | None => None,
                };
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Locations(first))
            }
        }
        deserializer.deserialize_any(LocationsVisitor)
    }
}

impl Match<'_> {
    fn vulnerability(&self, pointer: &str, at: &At<'_>) -> Result<Vulnerability, Error> {
        let details = &self.vulnerability;
        let related = || self.related.iter().flatten();
        let id = known(details.id.as_ref());
        let mut aliases: Vec<String> = Vec::new();
        for alias in related().filter_map(|related| known(related.id.as_ref())) {
            if id.as_ref() != Some(&alias) && !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        let everybody: Vec<(String, &Details<'_>)> =
            std::iter::once((format!("{pointer}/vulnerability"), details))
                .chain(
                    related().enumerate().map(|(index, related)| {
                        (format!("{pointer}/relatedVulnerabilities/{index}"), related)
                    }),
                )
                .collect();
        let (mut cvss, mut epss) = (None, None);
        for (place, one) in &everybody {
            cvss = match cvss {
                None => one.cvss(place, at)?,
                found => found,
            };
            epss = match epss {
                None => one.epss(place, at)?,
                found => found,
            };
        }
        let (package, class) = self.artifact.package();
        Ok(Vulnerability {
            id,
            aliases,
            severity: severity(details.severity.as_ref()),
            severity_source: known(details.namespace.as_ref()),
            package: Some(package),
            fix: details.fix(),
            class: class.map(str::to_owned),
            cvss,
            epss,
            known_exploited: everybody.iter().find_map(|(_, one)| one.known_exploited()),
            ..Vulnerability::default()
        })
    }
}

impl Details<'_> {
    fn cvss(&self, pointer: &str, at: &At<'_>) -> Result<Option<Cvss>, Error> {
        let mut best: Option<(bool, Cvss)> = None;
        let new = self.cvss.iter().flatten().enumerate().map(|(index, entry)| {
            let is_old = entry.version.as_deref().is_some_and(|version| version.starts_with('2'));
            let score = entry.metrics.as_ref().and_then(|metrics| metrics.base_score);
            (format!("cvss/{index}/metrics/baseScore"), !is_old, score, entry.vector.as_ref())
        });
        let old = [("cvssV3", true, &self.cvss_v3), ("cvssV2", false, &self.cvss_v2)].into_iter();
        let old = old.filter_map(|(name, is_new, entry)| {
            let entry = entry.as_ref()?;
            Some((format!("{name}/baseScore"), is_new, entry.base_score, entry.vector.as_ref()))
        });
        for (place, is_new, score, vector) in new.chain(old) {
            let score =
                score.map(|score| in_range(score, 10.0, &format!("{pointer}/{place}"), at)).transpose()?;
            let entry = (is_new, Cvss { score, vector: known(vector) });
            // Newer before older, then the higher score; of equals the first.
            let rank = |(is_new, cvss): &(bool, Cvss)| (*is_new, cvss.score);
            if entry.1 != Cvss::default() && best.as_ref().is_none_or(|best| rank(best) < rank(&entry)) {
                best = Some(entry);
            }
        }
        Ok(best.map(|(_, cvss)| cvss))
    }

    fn epss(&self, pointer: &str, at: &At<'_>) -> Result<Option<Epss>, Error> {
        let Some(entry) = self.epss.iter().flatten().next() else { return Ok(None) };
        let number = |value: Option<f64>, member: &str| {
            value.map(|value| in_range(value, 1.0, &format!("{pointer}/epss/0/{member}"), at)).transpose()
        };
        // A day, or a time of that day; the zero time of Go is no date.
        let date = entry.date.as_deref().and_then(|date| date.split('T').next());
        let date = date.filter(|day| time(&format!("{day}T00:00:00Z")).is_some()).map(str::to_owned);
        let (score, percentile) = (number(entry.epss, "epss")?, number(entry.percentile, "percentile")?);
        Ok(Some(Epss { score, percentile, date }))
    }

    fn known_exploited(&self) -> Option<KnownExploited> {
        let entry = self.known_exploited.iter().flatten().next()?;
        let day = |text: Option<&Text<'_>>| text.and_then(|text| day_or_time(text));
        let ransomware = match entry.ransomware.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("known") => Some(true),
            _ => None,
        };
        Some(KnownExploited {
            listed: Some(true),
            added_at: day(entry.added.as_ref()),
            due_at: day(entry.due.as_ref()),
            ransomware,
        })
    }

    fn fix(&self) -> Option<Fix> {
        let Some(fix) = &self.fix else {
            let version = known(self.fixed_in.as_ref())?;
            return Some(Fix { state: FixState::Fixed, versions: vec![version], available_at: None });
        };
        let state = match fix.state.as_deref().unwrap_or_default() {
            "fixed" => FixState::Fixed,
            "not-fixed" => FixState::NotFixed,
            "wont-fix" => FixState::WillNotFix,
            _ => FixState::Unknown,
        };
        let dates = fix.available.iter().flatten().filter_map(|available| available.date.as_deref());
        let dates = dates.filter_map(day_or_time);
        Some(Fix {
            state,
            versions: fix.versions.iter().flatten().filter_map(|version| known(Some(version))).collect(),
            available_at: dates.min(),
        })
    }
}

impl Artifact<'_> {
    fn package(&self) -> (Package, Option<&'static str>) {
        let purl = known(self.purl.as_ref());
        let kind = self.kind.as_deref().unwrap_or_default();
        let ecosystem =
            purl.as_deref().and_then(ecosystem::of_purl).or_else(|| of_kind(kind).map(str::to_owned));
        let is_os = ["deb", "rpm", "apk", "alpm"].contains(&ecosystem.as_deref().unwrap_or_default());
        let path = self.locations.0.as_deref().filter(|path| !is_os && !path.is_empty()).map(from_root);
        let class = ecosystem.as_ref().map(|_| if is_os { "os" } else { "library" });
        let (name, version) = (known(self.name.as_ref()), known(self.version.as_ref()));
        (Package { name, version, ecosystem, purl, path }, class)
    }
}

/// The package URL type of one of Grype's types.
fn of_kind(kind: &str) -> Option<&'static str> {
    let ecosystem = match kind {
        "apk" => "apk",
        "alpm" => "alpm",
        "conan" => "conan",
        "dart-pub" => "pub",
        "deb" => "deb",
        "dotnet" => "nuget",
        "gem" => "gem",
        "go-module" => "golang",
        "hex" => "hex",
        "java-archive" | "jenkins-plugin" => "maven",
        "npm" => "npm",
        "php-composer" => "composer",
        "pod" => "cocoapods",
        "python" => "pypi",
        "rpm" => "rpm",
        "rust-crate" => "cargo",
        "swift" => "swift",
        _ => return None,
    };
    Some(ecosystem)
}
