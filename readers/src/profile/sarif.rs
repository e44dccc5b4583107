//! SARIF 2.1.0 (`--format sarif`), which many scanners write beside their own format. Their own formats say more:
//! give those where you can.
//!
//! A result is one of four things, decided in this order:
//!
//! | what | if |
//! |---|---|
//! | nothing | its `kind` is `pass` or `notApplicable`, or its `baselineState` is `absent`: it is not there (any more) |
//! | sensitive information | the tool is a secret scanner (gitleaks, TruffleHog, …), the rule's tags hold `secret` or `secrets`, or the rule is Trivy's `Secret` |
//! | malware | the tool is ClamAV or the tags hold `malware`, `virus`, `trojan`, … |
//! | a vulnerability | the rule id holds a CVE or GHSA id or starts as an advisory's id does, the tags hold `vulnerability`, or the tool scans for nothing else (Grype, Snyk Container, Clair, …) |
//! | something else | none of these, as misconfigurations, licences and code smells |
//!
//! **State of the scan.** Results that are something else are no findings of a profile, and are not read; since a
//! report that has them might look clean without, it is `partial`: what was found is real, something was left out.
//! So is one of whose `invocations` one failed (`failed` if it has no results). A run without `results` is
//! `not_scanned`, as SARIF says. A run whose results are empty is `complete` if the tool is known to scan what is in
//! images; any other tool's is `unsupported`: no finding of a linter is no clean image. SARIF cannot tell an image
//! without findings from one that the scanner did not understand.
//!
//! **Which image.** Only Trivy says so (`properties.imageID`, `repoTags`, `repoDigests`, `imageName` of the run); for
//! all others the caller names it. Runs that state no image are about the one that the others state; if those
//! state several, the report is refused until the caller names one.
//!
//! **Ids.** The CVE or GHSA id in the rule id (Grype appends the package to it), else the whole rule id. Other ids
//! that the rule's full description names in brackets are aliases, as Snyk writes them.
//!
//! **Severity.** The first that is there: a tag that is a severity, a property `severity`, `Severity: …` in the text
//! of the message or the rule's help, the word before `severity` or `vulnerability` in Snyk's and Grype's texts, the
//! band of `security-severity` (9, 7, 4, above 0: critical to low), the `level` (`error`: high, `warning`: medium,
//! `note`: low) if the result or the rule states one.
//!
//! **CVSS.** `cvssv3_baseScore` or `cvssv40_baseScore`, the higher, else `security-severity`, else `cvssv2_score`.
//! Tools that know no score derive `security-severity` from the severity, and nobody can tell which did; only 0, and
//! Grype's 0.1, which are no scores of anything, are unknown. A score outside 0 to 10 is unknown too.
//!
//! **Package, version, fix** are not part of SARIF. They are read from the texts of Trivy and Grype (`Package: …`), and
//! from Snyk's logical location (`openssl@1.1.1k`); of other tools they are unknown.
//!
//! **Suppressed.** A vulnerability all of whose `suppressions` are accepted (or without a status, which SARIF defines
//! as accepted) is kept and marked as suppressed by the scanner. Old releases of Grype mark every result so, and are not
//! believed. Suppressed secrets and malware are kept without a mark, for which the profile has no word.
//!
//! **Not read:** snippets and messages of secrets, code flows, fixes, taxonomies, results in external files.

mod bag;
mod document;
mod package_type;
mod rule;
mod text;
mod writer;

use self::bag::Bag;
use self::document::{Artifact, Component, Configuration, Location, Log, ResultRow, Run, SuppressionRow};
use self::package_type::grype_type;
use self::rule::{Help, KnownRule, Tags};
use self::text::{between, field, fixes, id_in, is_advisory, path_of_uri, word_before};
use self::writer::Writer;
use super::Options;
use super::ecosystem::{self, Origin};
use super::facts::{At, bounded, known, severity_word};
use super::images::Images;
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use imagegate::{
    Error, ErrorKind, Fix, FixState, Malware, Package, ProfileDocument, Scan, ScanProfile, ScanState,
    Sensitive, Severity, SuppressedBy, Suppression, Timestamp, Vulnerability, quote,
};
use std::collections::HashMap;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "sarif", title: "a SARIF report", detect, read };

const WHY: &str = "the SARIF report does not say which image it is about";

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| members.is_list("runs") && members.text("version").is_some())
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let log: Log<'_> = read_json(text, ErrorKind::InvalidProfile)?;
    let (Some(version), Some(runs)) = (&log.version, &log.runs) else {
        let message = "the document is no SARIF report: it has no `version` or no `runs`";
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    };
    if &**version != "2.1.0" {
        let message = format!("SARIF {} is unknown: 2.1.0 is read", quote(version));
        return Err(Error::at(ErrorKind::Unsupported, "unsupported_version", "/version", message));
    }
    let at = At { text };
    let mut images = Images::default();
    for (index, run) in runs.iter().enumerate() {
        images.add(run.read(&format!("/runs/{index}"), &at, options)?, options)?;
    }
    images.join_nameless(options)?;
    images.into_profiles(options, WHY)
}

/// What a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Nothing,
    Sensitive,
    Malware,
    Vulnerability,
    Other,
}

/// A run with what its results refer to.
struct Reading<'r, 'a> {
    writer: Writer,
    /// Those of the driver first, in their order.
    rules: Vec<KnownRule<'r, 'a>>,
    of_driver: usize,
    by_id: HashMap<&'r str, usize>,
    artifacts: &'r [Artifact<'a>],
}

impl<'a> Run<'a> {
    fn read(&self, pointer: &str, at: &At<'_>, options: &Options) -> Result<ProfileDocument, Error> {
        let driver = self.tool.as_ref().and_then(|tool| tool.driver.as_ref());
        let Some(name) = driver.and_then(|driver| driver.name.as_deref()) else {
            let place = format!("{pointer}/tool/driver/name");
            return Err(at.error("missing_field", place, "a run of SARIF names the tool that wrote it"));
        };
        let reading = self.reading(Writer::of(name));
        let mut document = ProfileDocument::default();
        if let Some(bag) = self.properties.as_ref().filter(|_| reading.writer == Writer::Trivy) {
            document.image = bag.identity(&format!("{pointer}/properties"), at)?;
        }
        let mut ignored = false;
        for result in self.results.iter().flatten() {
            let entry = reading.entry(result);
            match reading.class(&entry) {
                Class::Nothing => {}
                Class::Sensitive => reading.sensitive(&entry, &mut document.sensitive),
                Class::Malware => reading.malware(&entry, &mut document.malware),
                Class::Vulnerability => document.vulnerabilities.push(reading.vulnerability(&entry)),
                Class::Other => ignored = true,
            }
            bounded(&document, options)?;
        }
        let version = driver
            .and_then(|driver| driver.version.as_ref().or(driver.semantic_version.as_ref()))
            .filter(|version| !version.is_empty());
        let name = name.to_ascii_lowercase();
        document.scan = Some(Scan {
            state: Some(self.state(reading.writer, ignored, &document)),
            scanned_at: self.scanned_at(),
            scanner: Some(version.map_or_else(|| name.clone(), |version| format!("{name} {}", &**version))),
            feed_updated_at: None,
        });
        Ok(document)
    }

    fn reading(&self, writer: Writer) -> Reading<'_, 'a> {
        let driver = self.tool.iter().filter_map(|tool| tool.driver.as_ref());
        let extensions = self.tool.iter().flat_map(|tool| tool.extensions.iter().flatten());
        let known = |component: &'_ Component<'a>| component.rules.as_deref().unwrap_or_default().len();
        let of_driver = driver.clone().map(known).fold(0, usize::saturating_add);
        let all = driver.chain(extensions).flat_map(|component| component.rules.iter().flatten());
        let rules: Vec<_> = all.map(KnownRule::of).collect();
        let mut by_id = HashMap::new();
        for (index, known) in rules.iter().enumerate() {
            if let Some(id) = known.rule.id.as_deref() {
                by_id.entry(id).or_insert(index);
            }
        }
        Reading { writer, rules, of_driver, by_id, artifacts: self.artifacts.as_deref().unwrap_or_default() }
    }

    fn state(&self, writer: Writer, ignored: bool, document: &ProfileDocument) -> ScanState {
        let is_error =
            |notice: &Configuration<'_>| notice.level.as_deref().is_some_and(|level| level == "error");
        let failed = self.invocations.iter().flatten().any(|invocation| {
            invocation.successful == Some(false) || invocation.notifications.iter().flatten().any(is_error)
        });
        let found = !document.vulnerabilities.is_empty()
            || !document.malware.is_empty()
            || !document.sensitive.is_empty();
        match &self.results {
            _ if failed => {
                if found || ignored {
                    ScanState::Partial
                } else {
                    ScanState::Failed
                }
            }
            None => ScanState::NotScanned,
            Some(_) if ignored => ScanState::Partial,
            Some(_) if !found && writer == Writer::Unknown => ScanState::Unsupported,
            Some(_) => ScanState::Complete,
        }
    }

    /// When the first invocation started, or ended if it does not say.
    fn scanned_at(&self) -> Option<Timestamp> {
        let time = |text: &Option<Text<'_>>| text.as_deref().and_then(|text| Timestamp::parse(text).ok());
        let invocations = self.invocations.iter().flatten();
        invocations.filter_map(|invocation| time(&invocation.started).or(time(&invocation.ended))).min()
    }
}

/// A result with its rule.
struct Entry<'e, 'r, 'a> {
    row: &'r ResultRow<'a>,
    rule: Option<&'e KnownRule<'r, 'a>>,
    /// What its own tags say.
    tags: Tags,
}

impl<'e, 'r, 'a> Entry<'e, 'r, 'a> {
    /// The id of the rule; one too long to be any is none.
    fn id(&self) -> &'r str {
        let of_rule = || self.rule.and_then(|known| known.rule.id.as_deref());
        self.row.id().or_else(of_rule).filter(|id| id.len() <= 1024).unwrap_or_default()
    }

    fn tags(&self) -> impl Iterator<Item = &Tags> {
        self.rule.map(|known| &known.tags).into_iter().chain([&self.tags])
    }

    /// The properties of the rule, then those of the result.
    fn bags(&self) -> impl Iterator<Item = &'r Bag<'a>> {
        let of_rule = self.rule.and_then(|known| known.rule.properties.as_ref());
        of_rule.into_iter().chain(&self.row.properties)
    }

    fn help(&self) -> Help<'r> {
        self.rule.map(|known| known.help).unwrap_or_default()
    }

    fn level(&self) -> Option<&'r str> {
        let of_rule = || self.rule?.rule.configuration.as_ref()?.level.as_deref();
        self.row.level.as_deref().or_else(of_rule)
    }

    fn severity(&self) -> Severity {
        let message = self.row.text().unwrap_or_default();
        let told = || field(message, "Severity").and_then(severity_word).or(self.help().severity);
        let described = || {
            let of_message = word_before(message, "vulnerability").and_then(severity_word);
            of_message.or(self.rule.and_then(|known| known.described))
        };
        let by_tags = self.tags().filter_map(|tags| tags.severity).min();
        by_tags
            .or_else(|| self.bags().find_map(Bag::severity))
            .or_else(told)
            .or_else(described)
            .or_else(|| self.bags().find_map(Bag::security_severity).and_then(band))
            .or_else(|| match self.level()? {
                "error" => Some(Severity::High),
                "warning" => Some(Severity::Medium),
                "note" => Some(Severity::Low),
                _ => None,
            })
            .unwrap_or_default()
    }
}

impl<'r, 'a> Reading<'r, 'a> {
    fn entry<'e>(&'e self, row: &'r ResultRow<'a>) -> Entry<'e, 'r, 'a> {
        let tags = row.properties.as_ref().map(Bag::tags).map(Tags::of).unwrap_or_default();
        Entry { row, rule: self.rule(row), tags }
    }

    fn rule(&self, row: &ResultRow<'a>) -> Option<&KnownRule<'r, 'a>> {
        let index = match row.id() {
            // `CA1000/1` is a special case of the rule `CA1000`.
            Some(id) => self.by_id.get(id).copied().or_else(|| {
                let (rule, _) = id.rsplit_once('/')?;
                self.by_id.get(rule).copied()
            }),
            None => usize::try_from(row.rule_index?).ok().filter(|&index| index < self.of_driver),
        };
        self.rules.get(index?)
    }

    fn class(&self, entry: &Entry<'_, 'r, 'a>) -> Class {
        let is_there = !matches!(entry.row.kind.as_deref(), Some("pass" | "notApplicable"))
            && entry.row.baseline.as_deref() != Some("absent");
        let name = entry.rule.map(KnownRule::name).unwrap_or_default();
        let id = entry.id();
        let only_vulnerabilities =
            matches!(self.writer, Writer::Grype | Writer::OldGrype | Writer::Snyk | Writer::Vulnerabilities);
        if !is_there {
            Class::Nothing
        } else if self.writer == Writer::Secrets
            || (self.writer == Writer::Trivy && name == "Secret")
            || entry.tags().any(|tags| tags.is_secret)
        {
            Class::Sensitive
        } else if self.writer == Writer::Malware || entry.tags().any(|tags| tags.is_malware) {
            Class::Malware
        } else if id.starts_with("snyk:lic:") {
            Class::Other
        } else if only_vulnerabilities
            || entry.tags().any(|tags| tags.is_vulnerability)
            || id_in(id).is_some()
            || is_advisory(id)
        {
            Class::Vulnerability
        } else {
            Class::Other
        }
    }

    /// Paths and lines of the result; one without either if it has no location.
    fn places(&self, row: &ResultRow<'a>) -> Vec<(Option<String>, Option<u32>)> {
        let place = |location: &Location<'a>| {
            let region = location.physical.as_ref().and_then(|physical| physical.region.as_ref());
            let line = region.and_then(|region| u32::try_from(region.start_line?).ok());
            (self.path(location), line.filter(|&line| line > 0))
        };
        let places: Vec<_> = row.locations.iter().flatten().map(place).collect();
        if places.is_empty() { vec![(None, None)] } else { places }
    }

    fn path(&self, location: &Location<'a>) -> Option<String> {
        let artifact = location.physical.as_ref()?.artifact.as_ref()?;
        let by_index = || {
            let index = usize::try_from(artifact.index?).ok()?;
            self.artifacts.get(index)?.location.as_ref()?.uri.as_deref()
        };
        artifact.uri.as_deref().or_else(by_index).and_then(path_of_uri)
    }

    fn sensitive(&self, entry: &Entry<'_, 'r, 'a>, into: &mut Vec<Sensitive>) {
        let kind = Some(entry.id().to_owned()).filter(|id| !id.is_empty());
        let severity = entry.severity();
        let places = self.places(entry.row).into_iter();
        into.extend(places.map(|(path, line)| Sensitive { kind: kind.clone(), severity, path, line }));
    }

    fn malware(&self, entry: &Entry<'_, 'r, 'a>, into: &mut Vec<Malware>) {
        let malware = Malware {
            family: Some(entry.id().to_owned()).filter(|id| !id.is_empty()),
            class: entry.tags().find_map(|tags| tags.malware_class).map(str::to_owned),
            severity: entry.severity(),
            ..Malware::default()
        };
        let places = self.places(entry.row).into_iter();
        into.extend(places.map(|(path, _)| Malware { path, ..malware.clone() }));
    }

    fn vulnerability(&self, entry: &Entry<'_, 'r, 'a>) -> Vulnerability {
        let (package, origin, fixed) = self.package(entry);
        let id = self.vulnerability_id(entry);
        let aliases = entry.rule.map(|known| known.aliases.as_slice()).unwrap_or_default().iter();
        let no_score = if self.writer == Writer::Grype { 0.1 } else { 0.0 };
        Vulnerability {
            severity: entry.severity(),
            aliases: aliases
                .filter(|alias| Some(**alias) != id.as_deref())
                .map(|alias| (*alias).to_owned())
                .collect(),
            package: Some(package),
            fix: Some(Fix {
                state: if fixed.is_empty() { FixState::Unknown } else { FixState::Fixed },
                versions: fixed,
                available_at: None,
            }),
            class: origin.map(|origin| match origin {
                Origin::Os => "os".to_owned(),
                Origin::Library => "library".to_owned(),
            }),
            cvss: entry.bags().find_map(|bag| bag.cvss(no_score)),
            suppressed: self.suppression(entry.row),
            id,
            ..Vulnerability::default()
        }
    }

    fn vulnerability_id(&self, entry: &Entry<'_, 'r, 'a>) -> Option<String> {
        let id = entry.id();
        // Grype appends the package to the rule id; the help starts with the id alone.
        let is_grype = matches!(self.writer, Writer::Grype | Writer::OldGrype);
        let told = entry.help().id.filter(|_| is_grype);
        let id = told.or_else(|| id_in(id)).unwrap_or(id);
        (!id.is_empty()).then(|| id.to_owned())
    }

    /// The package, whether it is the distribution's, and the versions that fix it.
    fn package(&self, entry: &Entry<'_, 'r, 'a>) -> (Package, Option<Origin>, Vec<String>) {
        let message = entry.row.text().unwrap_or_default();
        let help = entry.help();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let path = || self.places(entry.row).into_iter().next().and_then(|(path, _)| path);
        match self.writer {
            Writer::Trivy => {
                let origin = match entry.rule.map(KnownRule::name) {
                    Some("OsPackageVulnerability") => Some(Origin::Os),
                    Some("LanguageSpecificPackageVulnerability") => Some(Origin::Library),
                    _ => None,
                };
                let package = Package {
                    name: owned(field(message, "Package")),
                    version: owned(field(message, "Installed Version")),
                    path: if origin == Some(Origin::Library) { path() } else { None },
                    ..Package::default()
                };
                (package, origin, fixes(field(message, "Fixed Version").unwrap_or_default()))
            }
            Writer::Grype | Writer::OldGrype => {
                let kind = help.kind.and_then(grype_type);
                let version = between(message, ", version ", " was found").or(help.version);
                let purl = entry.rule.and_then(|known| known.purl(version));
                let origin = kind.map(|(_, origin)| origin);
                let of_purl = purl.as_deref().and_then(ecosystem::of_purl);
                let is_os = origin == Some(Origin::Os);
                let package = Package {
                    name: owned(help.package),
                    version: owned(version),
                    ecosystem: of_purl.or(kind.map(|(kind, _)| kind.to_owned())),
                    purl,
                    path: if is_os { None } else { logical_path(entry.row).or_else(path) },
                };
                (package, origin, fixes(help.fix.unwrap_or_default()))
            }
            Writer::Snyk => {
                let logical = entry.row.logical().and_then(|logical| logical.full_name.as_deref());
                let (name, version) = logical
                    .and_then(|full| full.rsplit_once('@'))
                    .filter(|(name, _)| !name.is_empty())
                    .map_or((logical, None), |(name, version)| (Some(name), Some(version)));
                let manager = entry.tags().find_map(|tags| tags.manager);
                let package = Package {
                    name: owned(name),
                    version: owned(version.filter(|version| !version.is_empty())),
                    ecosystem: manager.map(|(kind, _)| kind.to_owned()),
                    ..Package::default()
                };
                (package, manager.map(|(_, origin)| origin), Vec::new())
            }
            _ => (Package { path: path(), ..Package::default() }, None, Vec::new()),
        }
    }

    fn suppression(&self, row: &ResultRow<'a>) -> Option<Suppression> {
        let rows = row.suppressions.as_deref().filter(|rows| !rows.is_empty())?;
        let accepted =
            |row: &SuppressionRow<'_>| row.status.as_deref().is_none_or(|status| status == "accepted");
        if self.writer == Writer::OldGrype || !rows.iter().all(accepted) {
            return None;
        }
        Some(Suppression {
            by: SuppressedBy::Scanner,
            status: Some("accepted".to_owned()),
            justification: rows.iter().find_map(|row| known(row.justification.as_ref())),
            author: None,
            source: rows.iter().find_map(|row| known(row.kind.as_ref())),
        })
    }
}

/// Grype's logical location: the path in the image, or `IMAGE@LAYER:PATH`.
fn logical_path(result: &ResultRow<'_>) -> Option<String> {
    let logical = result.logical()?;
    let full = logical.full_name.as_deref().and_then(|full| full.rsplit_once(':')).map(|(_, path)| path);
    let paths = [logical.name.as_deref(), full];
    paths.into_iter().flatten().find(|path| path.starts_with('/')).map(str::to_owned)
}

/// The bands that GitHub draws.
fn band(score: f64) -> Option<Severity> {
    match score {
        score if score >= 9.0 => Some(Severity::Critical),
        score if score >= 7.0 => Some(Severity::High),
        score if score >= 4.0 => Some(Severity::Medium),
        score if score > 0.0 => Some(Severity::Low),
        _ => None,
    }
}
