//! What all of Trivy's reports have in common: the image's metadata and the results.

use crate::json::Text;
use crate::profile::ecosystem::{self, Origin};
use crate::profile::facts::{At, from_root, known, severity};
use imagegate::{
    Cvss, Error, Fix, FixState, ImageIdentity, Package, ProfileDocument, ScanState, Score, Sensitive,
    SuppressedBy, Suppression, Timestamp, Vulnerability, quote,
};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub(crate) struct Metadata<'a> {
    #[serde(borrow, rename = "ImageID")]
    pub(crate) image_id: Option<Text<'a>>,
    #[serde(borrow, rename = "RepoTags")]
    pub(crate) repo_tags: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "RepoDigests")]
    pub(crate) repo_digests: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "ImageConfig")]
    pub(crate) image_config: Option<ImageConfig<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(crate) struct ImageConfig<'a> {
    #[serde(borrow)]
    architecture: Option<Text<'a>>,
    #[serde(borrow)]
    os: Option<Text<'a>>,
}

impl Metadata<'_> {
    /// What the metadata says of the image. `pointer` is where it stands.
    pub(crate) fn identity(&self, pointer: &str, at: &At<'_>) -> Result<ImageIdentity, Error> {
        let mut identity = ImageIdentity::default();
        let pointer = |member: &str| format!("{pointer}/{member}");
        if let Some(id) = self.image_id.as_deref().filter(|id| !id.is_empty()) {
            let read = ImageIdentity::of(id).ok().and_then(|of| of.id);
            let message =
                || format!("{} is no image id: expected `sha256:` and 64 hexadecimal digits", quote(id));
            identity.id = Some(read.ok_or_else(|| at.error("invalid_id", pointer("ImageID"), message()))?);
        }
        for (index, digest) in self.repo_digests.iter().flatten().enumerate() {
            if is_none(digest) {
                continue;
            }
            match ImageIdentity::of(digest) {
                Ok(of) if !of.digests.is_empty() => identity.digests.extend(of.digests),
                _ => {
                    let message = format!(
                        "{} is no digest: expected `repository@sha256:` and 64 hexadecimal digits",
                        quote(digest)
                    );
                    let place = format!("{}/{index}", pointer("RepoDigests"));
                    return Err(at.error("invalid_digest", place, message));
                }
            }
        }
        for (index, tag) in self.repo_tags.iter().flatten().enumerate() {
            if is_none(tag) {
                continue;
            }
            let named = ImageIdentity::of(tag).map_err(|error| {
                at.error("invalid_name", format!("{}/{index}", pointer("RepoTags")), error.to_string())
            })?;
            identity.names.extend(named.names);
        }
        if let Some(config) = &self.image_config
            && let (Some(os), Some(architecture)) =
                (known(config.os.as_ref()), known(config.architecture.as_ref()))
        {
            identity.platform = Some(format!("{os}/{architecture}"));
        }
        Ok(identity)
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(crate) struct ScanResult<'a> {
    #[serde(borrow, rename = "Target")]
    target: Option<Text<'a>>,
    #[serde(borrow, rename = "Class")]
    class: Option<Text<'a>>,
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, rename = "Vulnerabilities")]
    vulnerabilities: Option<Vec<Row<'a>>>,
    #[serde(borrow, rename = "Secrets")]
    secrets: Option<Vec<Secret<'a>>>,
    #[serde(borrow, rename = "ExperimentalModifiedFindings")]
    modified: Option<Vec<Modified<'a>>>,
}

/// A vulnerability of one package.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Row<'a> {
    #[serde(borrow, rename = "VulnerabilityID")]
    id: Option<Text<'a>>,
    #[serde(borrow, rename = "VendorIDs")]
    vendor_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow, rename = "PkgName")]
    name: Option<Text<'a>>,
    #[serde(borrow, rename = "PkgPath")]
    path: Option<Text<'a>>,
    #[serde(borrow, rename = "PkgIdentifier")]
    identifier: Option<Identifier<'a>>,
    #[serde(borrow, rename = "InstalledVersion")]
    version: Option<Text<'a>>,
    #[serde(borrow, rename = "FixedVersion")]
    fixed_version: Option<Text<'a>>,
    #[serde(borrow, rename = "Status")]
    status: Option<Text<'a>>,
    #[serde(borrow, rename = "Severity")]
    severity: Option<Text<'a>>,
    #[serde(borrow, rename = "SeveritySource")]
    severity_source: Option<Text<'a>>,
    #[serde(borrow, rename = "CVSS")]
    cvss: Option<BTreeMap<Text<'a>, Scores<'a>>>,
    #[serde(borrow, rename = "PublishedDate")]
    published: Option<Text<'a>>,
    /// Set if this is not a vulnerability but a secret that was suppressed.
    #[serde(borrow, rename = "RuleID")]
    rule: Option<Text<'a>>,
    #[serde(rename = "StartLine")]
    line: Option<u32>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Identifier<'a> {
    #[serde(borrow, rename = "PURL")]
    purl: Option<Text<'a>>,
}

/// What one source says of CVSS.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Scores<'a> {
    #[serde(rename = "V2Score")]
    v2: Option<f64>,
    #[serde(borrow, rename = "V2Vector")]
    v2_vector: Option<Text<'a>>,
    #[serde(rename = "V3Score")]
    v3: Option<f64>,
    #[serde(borrow, rename = "V3Vector")]
    v3_vector: Option<Text<'a>>,
    #[serde(rename = "V40Score")]
    v4: Option<f64>,
    #[serde(borrow, rename = "V40Vector")]
    v4_vector: Option<Text<'a>>,
}

/// A secret. `Match` and `Code` hold parts of it and are never read.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Secret<'a> {
    #[serde(borrow, rename = "RuleID")]
    rule: Option<Text<'a>>,
    #[serde(borrow, rename = "Severity")]
    severity: Option<Text<'a>>,
    #[serde(rename = "StartLine")]
    line: Option<u32>,
}

/// A finding that VEX or an ignore file took out of the list.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Modified<'a> {
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, rename = "Status")]
    status: Option<Text<'a>>,
    #[serde(borrow, rename = "Statement")]
    statement: Option<Text<'a>>,
    #[serde(borrow, rename = "Source")]
    source: Option<Text<'a>>,
    #[serde(borrow, rename = "Finding")]
    finding: Option<Row<'a>>,
}

/// How far the scan got that has these results.
pub(crate) fn state<'r, 'a: 'r>(results: impl Iterator<Item = &'r ScanResult<'a>>) -> ScanState {
    let mut state = ScanState::Unsupported;
    for result in results {
        if result.is_about_packages() {
            return ScanState::Complete;
        }
        state = ScanState::Partial;
    }
    state
}

/// A time; unknown if it is none, or if it is the zero time of Go, which Trivy writes for "not known". Unknown
/// dates never make an image look safer.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    if text.starts_with("0001-01-01T00:00:00") {
        return None;
    }
    Timestamp::parse(text).ok()
}

/// Docker's placeholder for "no name", and the empty name.
fn is_none(name: &str) -> bool {
    name.is_empty() || name.contains("<none>")
}

/// Adds what Trivy was asked to scan, if it is an image's name: it is a path if an archive or a folder was.
pub(crate) fn add_name(identity: &mut ImageIdentity, name: &str) {
    let lower = name.to_ascii_lowercase();
    let is_path = lower.starts_with(['.', '/', '~'])
        || [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".oci"].iter().any(|end| lower.ends_with(end));
    if name.is_empty() || is_path {
        return;
    }
    // An image asked for by its id, or the start of it, has no name.
    let hex = identity.id.as_deref().and_then(|id| id.strip_prefix("sha256:")).unwrap_or_default();
    if name.len() >= 4 && hex.starts_with(&lower) {
        return;
    }
    if let Ok(of) = ImageIdentity::of(name) {
        identity.id = identity.id.take().or(of.id);
        for (known, more) in [(&mut identity.digests, of.digests), (&mut identity.names, of.names)] {
            more.into_iter().for_each(|text| {
                if !known.contains(&text) {
                    known.push(text);
                }
            });
        }
    }
}

impl ScanResult<'_> {
    fn target(&self) -> &str {
        self.target.as_deref().unwrap_or_default()
    }

    /// `alpine:3.10` of the target `alpine:3.10 (alpine 3.10.2)`, which has the name of what was scanned.
    pub(crate) fn image(&self) -> Option<&str> {
        let is_of_distribution = self.class.is_none() || self.class.as_deref() == Some("os-pkgs");
        let (name, rest) = self.target().split_once(" (")?;
        (is_of_distribution && rest.ends_with(')')).then_some(name)
    }

    /// The same if it has a tag or a digest.
    ///
    /// A list report names its image nowhere else. Without either the word may as well be the host name of a scanned
    /// file system, so that it does not count.
    pub(crate) fn tagged_image(&self) -> Option<&str> {
        let name = self.image()?;
        let (_, last) = name.rsplit_once('/').unwrap_or(("", name));
        last.contains([':', '@']).then_some(name)
    }

    /// Whether this is about what is in an image, not about how it is used.
    pub(crate) fn is_about_image(&self) -> bool {
        self.class.as_deref() != Some("config")
    }

    /// Whether a profile has something of it.
    pub(crate) fn has_findings(&self) -> bool {
        let is_some = |count: Option<usize>| count.is_some_and(|count| count > 0);
        is_some(self.vulnerabilities.as_ref().map(Vec::len))
            || is_some(self.secrets.as_ref().map(Vec::len))
            || is_some(self.modified.as_ref().map(Vec::len))
    }

    pub(crate) fn is_about_packages(&self) -> bool {
        match self.class.as_deref() {
            Some(class) => matches!(class, "os-pkgs" | "lang-pkgs"),
            // Before v0.19 there was no class, and nothing but packages.
            None => true,
        }
    }

    /// What the packages of this result are, as far as it says.
    fn packages(&self) -> (Option<&'static str>, Option<Origin>) {
        // Before v0.7 there was no type either; `(debian 10.1)` in the target still names the distribution.
        let distribution = || self.target().split_once(" (").and_then(|(_, rest)| rest.split(' ').next());
        let word = self.kind.as_deref().filter(|kind| !kind.is_empty()).or_else(distribution);
        let known = word.and_then(ecosystem::of_word);
        let origin = match self.class.as_deref() {
            Some("os-pkgs") => Some(Origin::Os),
            Some("lang-pkgs") => Some(Origin::Library),
            _ => known.map(|(_, origin)| origin),
        };
        (known.map(|(ecosystem, _)| ecosystem), origin)
    }

    pub(crate) fn read_into(
        &self,
        document: &mut ProfileDocument,
        pointer: &str,
        at: &At<'_>,
    ) -> Result<(), Error> {
        if self.target.is_none() {
            let message = "a result of Trivy has a `Target`: this is no Trivy report, or a broken one";
            return Err(at.error("missing_field", format!("{pointer}/Target"), message));
        }
        for (index, row) in self.vulnerabilities.iter().flatten().enumerate() {
            let place = format!("{pointer}/Vulnerabilities/{index}");
            document.vulnerabilities.push(row.vulnerability(self, &place, at)?);
        }
        for secret in self.secrets.iter().flatten() {
            document.sensitive.push(self.sensitive(
                secret.rule.as_ref(),
                secret.severity.as_ref(),
                secret.line,
            ));
        }
        for (index, modified) in self.modified.iter().flatten().enumerate() {
            let Some(finding) = &modified.finding else { continue };
            let place = format!("{pointer}/ExperimentalModifiedFindings/{index}/Finding");
            match modified.kind.as_deref() {
                Some("misconfiguration" | "license") => {}
                // The profile has no word for a suppressed secret; it stays one that was found.
                Some("secret") => {
                    let severity = finding.severity.as_ref();
                    document.sensitive.push(self.sensitive(finding.rule.as_ref(), severity, finding.line));
                }
                _ => {
                    let mut vulnerability = finding.vulnerability(self, &place, at)?;
                    vulnerability.suppressed = Some(modified.suppression());
                    document.vulnerabilities.push(vulnerability);
                }
            }
        }
        Ok(())
    }

    fn sensitive(&self, rule: Option<&Text<'_>>, word: Option<&Text<'_>>, line: Option<u32>) -> Sensitive {
        Sensitive {
            kind: known(rule),
            severity: severity(word),
            path: Some(self.target()).filter(|target| !target.is_empty()).map(from_root),
            line: line.filter(|&line| line > 0),
        }
    }
}

impl Modified<'_> {
    fn suppression(&self) -> Suppression {
        // Trivy writes `ignored` for its ignore file and ignore policies, and VEX statuses for VEX.
        let by = match self.status.as_deref() {
            Some("ignored") => SuppressedBy::IgnoreFile,
            Some("not_affected" | "fixed" | "affected" | "under_investigation") => SuppressedBy::Vex,
            _ => SuppressedBy::Scanner,
        };
        Suppression {
            by,
            status: known(self.status.as_ref()),
            justification: known(self.statement.as_ref()),
            author: None,
            source: known(self.source.as_ref()),
        }
    }
}

impl Row<'_> {
    fn vulnerability(
        &self,
        result: &ScanResult<'_>,
        pointer: &str,
        at: &At<'_>,
    ) -> Result<Vulnerability, Error> {
        let (ecosystem, origin) = result.packages();
        let purl = self.identifier.as_ref().and_then(|identifier| known(identifier.purl.as_ref()));
        let path = known(self.path.as_ref()).or_else(|| {
            // Packages that are no lines of a lock file are listed together under the language's name.
            let target = result.target();
            let is_file = !matches!(target, "" | "Java" | "Python" | "Node.js" | "Ruby" | "Conda" | "PHP");
            (origin == Some(Origin::Library) && is_file).then(|| target.to_owned())
        });
        let package = Package {
            name: known(self.name.as_ref()),
            version: known(self.version.as_ref()),
            ecosystem: purl.as_deref().and_then(ecosystem::of_purl).or(ecosystem.map(str::to_owned)),
            purl,
            path: path.as_deref().map(from_root),
        };
        let class = origin.map(|origin| match origin {
            Origin::Os => "os".to_owned(),
            Origin::Library => "library".to_owned(),
        });
        Ok(Vulnerability {
            id: known(self.id.as_ref()),
            aliases: self.vendor_ids.iter().flatten().filter_map(|id| known(Some(id))).collect(),
            severity: severity(self.severity.as_ref()),
            severity_source: known(self.severity_source.as_ref()),
            package: Some(package),
            fix: Some(self.fix()),
            class,
            cvss: self.cvss(pointer, at)?,
            published_at: self.published.as_deref().and_then(time),
            ..Vulnerability::default()
        })
    }

    fn fix(&self) -> Fix {
        let versions = versions(self.fixed_version.as_deref().unwrap_or_default());
        let state = match self.status.as_deref() {
            Some("affected") => FixState::NotFixed,
            Some("fixed") => FixState::Fixed,
            Some("will_not_fix") => FixState::WillNotFix,
            Some("fix_deferred") => FixState::Deferred,
            Some("end_of_life") => FixState::EndOfLife,
            // `not_affected` too: it says nothing of a fix, and what Trivy lists stays a finding.
            _ if versions.is_empty() => FixState::Unknown,
            _ => FixState::Fixed,
        };
        Fix { state, versions, available_at: None }
    }

    fn cvss(&self, pointer: &str, at: &At<'_>) -> Result<Option<Cvss>, Error> {
        let Some(sources) = &self.cvss else { return Ok(None) };
        for (source, scores) in sources {
            for (member, score) in [("V2Score", scores.v2), ("V3Score", scores.v3), ("V40Score", scores.v4)] {
                if score.is_some_and(|score| !(0.0..=10.0).contains(&score)) {
                    let place =
                        format!("{pointer}/CVSS/{}/{member}", source.replace('~', "~0").replace('/', "~1"));
                    return Err(at.error("invalid_score", place, "a CVSS score lies between 0 and 10"));
                }
            }
        }
        let of = |source: &str, pick: Pick| {
            let (_, scores) = sources.iter().find(|(name, _)| &***name == source)?;
            pick(scores)
        };
        let picks: [Pick; 2] = [|scores| scores.current(), |scores| scores.v2()];
        let chosen = picks.into_iter().find_map(|pick| {
            let by_severity = self.severity_source.as_deref().and_then(|source| of(source, pick));
            // `max_by` would keep the last of equals.
            let worse = |best: Cvss, next: Cvss| if next.score > best.score { next } else { best };
            by_severity
                .or_else(|| of("nvd", pick))
                .or_else(|| sources.values().filter_map(pick).reduce(worse))
        });
        Ok(chosen)
    }
}

type Pick = fn(&Scores<'_>) -> Option<Cvss>;

impl Scores<'_> {
    /// The higher of v3 and v4.
    fn current(&self) -> Option<Cvss> {
        let v3 = stated(self.v3, self.v3_vector.as_ref());
        let v4 = stated(self.v4, self.v4_vector.as_ref());
        match (v3, v4) {
            (Some(v3), Some(v4)) => Some(if v4.score > v3.score { v4 } else { v3 }),
            (v3, v4) => v3.or(v4),
        }
    }

    fn v2(&self) -> Option<Cvss> {
        stated(self.v2, self.v2_vector.as_ref())
    }
}

fn stated(score: Option<f64>, vector: Option<&Text<'_>>) -> Option<Cvss> {
    score.and_then(Score::new).map(|score| Cvss { score: Some(score), vector: known(vector) })
}

/// `FixedVersion` is free text: a list if it is nothing but versions, else one entry as it stands.
pub(in crate::profile) fn versions(text: &str) -> Vec<String> {
    let is_version =
        |part: &str| !part.is_empty() && !part.contains([' ', '<', '>', '=', '|', '*', '(', ')']);
    if text.is_empty() {
        Vec::new()
    } else if text.split(", ").all(is_version) {
        text.split(", ").map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    }
}
