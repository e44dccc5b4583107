//! Reads imagegate's own profile document, strictly: a misspelt member must not read as "clean".

use super::document::{ImageIdentity, ProfileDocument, Scan, ScanState};
use super::finding::{
    Cvss, Epss, Fix, FixState, KnownExploited, Malware, Package, Sensitive, SuppressedBy, Suppression,
    Vulnerability,
};
use super::{Score, Severity};
use crate::error::{Error, ErrorKind};
use crate::hex;
use crate::image::{Digest, ImageId, Reference};
use crate::json::{
    Document, Node, Path, Problems, Reader, boolean, checked, integer, number, owned_string, read_document,
    time, word,
};
use crate::limits::Limits;
use crate::time::check_date;

const DOCUMENT: Document = Document { kind: ErrorKind::InvalidProfile, name: "scan profile" };

/// Reads a profile; `is_named` says that the caller names the image, so that the document need not.
pub(super) fn read(text: &[u8], limits: &Limits, is_named: bool) -> Result<ProfileDocument, Error> {
    read_document(text, limits, &DOCUMENT, |reader, _, problems| {
        let image = if is_named {
            Some(reader.field("image", problems, read_image).unwrap_or_default())
        } else {
            reader.required_field("image", problems, |node, path, problems| {
                let before = problems.count();
                let image = read_image(node, path, problems)?;
                if image.is_empty() && problems.count() == before {
                    problems.add("missing_identity", path, MISSING_IDENTITY);
                }
                Some(image)
            })
        };
        let scan = reader.field("scan", problems, read_scan);
        let vulnerabilities = reader.list("vulnerabilities", problems, read_vulnerability);
        let malware = reader.list("malware", problems, read_malware);
        let sensitive = reader.list("sensitive", problems, read_sensitive);
        let findings = vulnerabilities.len().saturating_add(malware.len()).saturating_add(sensitive.len());
        if findings > limits.findings {
            let message = format!("the profile has {findings} findings, the limit is {}", limits.findings);
            problems.add("limit_exceeded", reader.path(), message);
        }
        Some(ProfileDocument { image: image?, scan, vulnerabilities, malware, sensitive })
    })
}

pub(super) const MISSING_IDENTITY: &str = "the profile does not say which image it is about: give `id`, `digests` or \
                                           `names`, or name the image when reading it";

fn read_image(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<ImageIdentity> {
    let mut reader = Reader::open(node, path, problems)?;
    let id = reader.field("id", problems, |node, path, problems| {
        checked(node, path, problems, "invalid_id", |text| ImageId::parse(text).map(|_| ()))
    });
    let digests = reader.list("digests", problems, |node, path, problems| {
        checked(node, path, problems, "invalid_digest", |text| Digest::parse(text).map(|_| ()))
    });
    let names = reader.list("names", problems, |node, path, problems| {
        checked(node, path, problems, "invalid_name", |text| Reference::parse(text).map(|_| ()))
    });
    let platform = reader.string("platform", problems);
    reader.finish(problems);
    Some(ImageIdentity { id, digests, names, platform })
}

fn read_scan(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Scan> {
    let mut reader = Reader::open(node, path, problems)?;
    let scan = Scan {
        state: reader
            .field("state", problems, |node, path, problems| word(node, path, problems, &ScanState::WORDS)),
        scanned_at: reader.field("scanned_at", problems, time),
        scanner: reader.string("scanner", problems),
        feed_updated_at: reader.field("feed_updated_at", problems, time),
    };
    reader.finish(problems);
    Some(scan)
}

fn severity(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Severity> {
    word(node, path, problems, &Severity::WORDS)
}

fn read_vulnerability(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Vulnerability> {
    let mut reader = Reader::open(node, path, problems)?;
    let vulnerability = Vulnerability {
        id: reader.string("id", problems),
        aliases: reader.strings("aliases", problems),
        severity: reader.field("severity", problems, severity).unwrap_or_default(),
        severity_source: reader.string("severity_source", problems),
        package: reader.field("package", problems, read_package),
        fix: reader.field("fix", problems, read_fix),
        class: reader.string("class", problems),
        labels: reader.field("labels", problems, |node, path, problems| {
            Some(crate::json::list(node, path, problems, owned_string))
        }),
        cvss: reader.field("cvss", problems, read_cvss),
        epss: reader.field("epss", problems, read_epss),
        known_exploited: reader.field("known_exploited", problems, read_known_exploited),
        published_at: reader.field("published_at", problems, time),
        first_seen_at: reader.field("first_seen_at", problems, time),
        suppressed: reader.field("suppressed", problems, read_suppression),
    };
    reader.finish(problems);
    Some(vulnerability)
}

fn read_package(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Package> {
    let mut reader = Reader::open(node, path, problems)?;
    let package = Package {
        name: reader.string("name", problems),
        version: reader.string("version", problems),
        ecosystem: reader.string("ecosystem", problems),
        purl: reader.string("purl", problems),
        path: reader.string("path", problems),
    };
    reader.finish(problems);
    Some(package)
}

fn read_fix(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Fix> {
    let mut reader = Reader::open(node, path, problems)?;
    let fix = Fix {
        state: reader
            .field("state", problems, |node, path, problems| word(node, path, problems, &FixState::WORDS))
            .unwrap_or_default(),
        versions: reader.strings("versions", problems),
        available_at: reader.field("available_at", problems, time),
    };
    reader.finish(problems);
    Some(fix)
}

fn score(limit: f64) -> impl Fn(&Node<'_>, &Path<'_>, &mut Problems) -> Option<Score> {
    move |node, path, problems| number(node, path, problems, 0.0..=limit).and_then(Score::new)
}

fn read_cvss(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Cvss> {
    let mut reader = Reader::open(node, path, problems)?;
    let cvss = Cvss {
        score: reader.field("score", problems, score(10.0)),
        vector: reader.string("vector", problems),
    };
    reader.finish(problems);
    Some(cvss)
}

fn read_epss(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Epss> {
    let mut reader = Reader::open(node, path, problems)?;
    let epss = Epss {
        score: reader.field("score", problems, score(1.0)),
        percentile: reader.field("percentile", problems, score(1.0)),
        date: reader.field("date", problems, |node, path, problems| {
            checked(node, path, problems, "invalid_date", check_date)
        }),
    };
    reader.finish(problems);
    Some(epss)
}

fn read_known_exploited(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<KnownExploited> {
    let mut reader = Reader::open(node, path, problems)?;
    let known_exploited = KnownExploited {
        listed: reader.field("listed", problems, boolean),
        added_at: reader.field("added_at", problems, time),
        due_at: reader.field("due_at", problems, time),
        ransomware: reader.field("ransomware", problems, boolean),
    };
    reader.finish(problems);
    Some(known_exploited)
}

fn read_suppression(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Suppression> {
    let mut reader = Reader::open(node, path, problems)?;
    let by = reader.required_field("by", problems, |node, path, problems| {
        word(node, path, problems, &SuppressedBy::WORDS)
    });
    let status = reader.string("status", problems);
    let justification = reader.string("justification", problems);
    let author = reader.string("author", problems);
    let source = reader.string("source", problems);
    reader.finish(problems);
    Some(Suppression { by: by?, status, justification, author, source })
}

fn hash(length: usize, name: &'static str) -> impl Fn(&Node<'_>, &Path<'_>, &mut Problems) -> Option<String> {
    move |node, path, problems| {
        checked(node, path, problems, "invalid_hash", |text| {
            let wrong = || {
                format!("{} is no {name}: expected {length} hexadecimal digits", crate::error::quote(text))
            };
            hex::is_hex(text, length).then_some(()).ok_or_else(wrong)
        })
    }
}

fn read_malware(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Malware> {
    let mut reader = Reader::open(node, path, problems)?;
    let malware = Malware {
        path: reader.string("path", problems),
        md5: reader.field("md5", problems, hash(32, "MD5")),
        sha256: reader.field("sha256", problems, hash(64, "SHA-256")),
        family: reader.string("family", problems),
        class: reader.string("class", problems),
        severity: reader.field("severity", problems, severity).unwrap_or_default(),
    };
    reader.finish(problems);
    Some(malware)
}

fn read_sensitive(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Sensitive> {
    let mut reader = Reader::open(node, path, problems)?;
    let sensitive = Sensitive {
        kind: reader.string("type", problems),
        severity: reader.field("severity", problems, severity).unwrap_or_default(),
        path: reader.string("path", problems),
        line: reader
            .field("line", problems, |node, path, problems| integer(node, path, problems, 1..=u32::MAX)),
    };
    reader.finish(problems);
    Some(sensitive)
}
