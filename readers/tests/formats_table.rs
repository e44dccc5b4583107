//! The tables of `docs/formats.md` say of each format what is read of it. Here they are made anew from the fixtures in
//! `testdata`: a cell says yes if some fixture of the format shows the fact, so that none claims what no test shows, and
//! none is left out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{
    FixState, ImageIdentity, LaunchDocument, LaunchImage, Limits, ProfileDocument, ScanProfile, Severity,
};
use imagegate_readers::{enrich::Enrichment, launch, profile, vex};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What a document shows, by the head of its column.
type Shown = BTreeSet<&'static str>;

fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/../testdata/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// The format that a fixture is named after: the longest that fits.
fn format_of(file: &str, formats: &[&'static str]) -> Option<&'static str> {
    let fitting = formats.iter().filter(|format| file.starts_with(&format!("{format}-")));
    fitting.max_by_key(|format| format.len()).copied()
}

fn note(shown: &mut Shown, column: &'static str, is: bool) {
    if is {
        shown.insert(column);
    }
}

const OF_REPORTS: [&str; 21] = [
    "image",
    "scanner",
    "scan date",
    "data date",
    "vulnerabilities",
    "aliases",
    "severity",
    "package",
    "ecosystem",
    "path",
    "fix state",
    "fixed version",
    "fix date",
    "CVSS",
    "EPSS",
    "KEV",
    "disclosed",
    "suppressed",
    "malware",
    "secrets",
    "several images",
];

fn report(document: &ProfileDocument, shown: &mut Shown) {
    if let Some(scan) = &document.scan {
        note(shown, "scanner", scan.scanner.is_some());
        note(shown, "scan date", scan.scanned_at.is_some());
        note(shown, "data date", scan.feed_updated_at.is_some());
    }
    note(shown, "malware", !document.malware.is_empty());
    note(shown, "secrets", !document.sensitive.is_empty());
    for finding in &document.vulnerabilities {
        note(shown, "vulnerabilities", finding.id.is_some());
        note(shown, "aliases", !finding.aliases.is_empty());
        note(shown, "severity", finding.severity != Severity::Unknown);
        note(shown, "CVSS", finding.cvss.is_some());
        note(shown, "EPSS", finding.epss.is_some());
        note(shown, "KEV", finding.known_exploited.is_some());
        note(shown, "disclosed", finding.published_at.is_some());
        note(shown, "suppressed", finding.suppressed.is_some());
        if let Some(package) = &finding.package {
            note(shown, "package", package.name.is_some());
            note(shown, "ecosystem", package.ecosystem.is_some());
            note(shown, "path", package.path.is_some());
        }
        if let Some(fix) = &finding.fix {
            // That there are fixed versions says no more than that.
            note(shown, "fix state", !matches!(fix.state, FixState::Unknown | FixState::Fixed));
            note(shown, "fixed version", !fix.versions.is_empty());
            note(shown, "fix date", fix.available_at.is_some());
        }
    }
}

/// What the fixtures of each format of reports show.
fn reports() -> BTreeMap<&'static str, Shown> {
    let formats: Vec<_> = profile::formats().map(profile::Format::as_str).collect();
    let mut all: BTreeMap<_, Shown> = formats.iter().map(|format| (*format, Shown::new())).collect();
    let named = profile::Options::default().with_image(ImageIdentity::of("a:1").unwrap());
    for (file, bytes) in fixtures("reports") {
        let Some(format) = format_of(&file, &formats) else { continue };
        let shown = all.get_mut(format).unwrap();
        let format = format.parse().unwrap();
        let own = profile::parse_all(&bytes, &profile::Options::default().with_format(format));
        note(shown, "image", own.is_ok());
        note(shown, "several images", own.as_ref().is_ok_and(|profiles| profiles.len() > 1));
        let profiles = own.or_else(|_| profile::parse_all(&bytes, &named.clone().with_format(format)));
        for profile in profiles.into_iter().flatten() {
            report(profile.document(), shown);
        }
    }
    all
}

const OF_LAUNCHES: [&str; 13] = [
    "name or id",
    "digest",
    "several launches",
    "command",
    "user",
    "environment",
    "mounts",
    "devices",
    "ports",
    "pod",
    "node",
    "kind",
    "inferred",
];

/// The words of privileges, as they head the rows.
const PRIVILEGES: [&str; 27] = [
    "privileged",
    "capability",
    "host_pid",
    "host_ipc",
    "host_network",
    "host_uts",
    "host_user",
    "host_cgroup",
    "host_path",
    "device",
    "seccomp_unconfined",
    "apparmor_unconfined",
    "selinux_disabled",
    "unmasked_paths",
    "new_privileges",
    "run_as_root",
    "host_port",
    "capability_added",
    "capabilities_not_dropped",
    "seccomp_unset",
    "selinux_type",
    "selinux_user",
    "selinux_role",
    "sysctl",
    "volume",
    "root_not_refused",
    "probe_host",
];

fn launched(document: &LaunchDocument, shown: &mut Shown) {
    let (image, container) = (&document.image, &document.container);
    note(shown, "name or id", image.reference.is_some() || image.id.is_some());
    let in_name = image.reference.as_ref().is_some_and(|reference| reference.contains('@'));
    note(shown, "digest", image.digest.is_some() || in_name);
    note(shown, "command", !container.command.is_empty());
    note(shown, "user", container.user.is_some());
    note(shown, "environment", !container.environment.is_empty());
    note(shown, "mounts", !container.mounts.is_empty());
    note(shown, "devices", !container.devices.is_empty());
    note(shown, "ports", !container.ports.is_empty());
    note(shown, "pod", document.pod.name.is_some());
    note(shown, "node", document.node.name.is_some());
    note(shown, "kind", container.kind.is_some());
    note(shown, "inferred", !document.inferred.is_empty());
    for fact in &document.privileges {
        let word = fact.split(':').next().unwrap();
        shown.insert(PRIVILEGES.iter().find(|known| **known == word).unwrap_or_else(|| panic!("{word}")));
    }
}

/// What the fixtures of each format of launches show.
fn launches() -> BTreeMap<&'static str, Shown> {
    let formats: Vec<_> = launch::formats().map(launch::Format::as_str).collect();
    let mut all: BTreeMap<_, Shown> = formats.iter().map(|format| (*format, Shown::new())).collect();
    let reference = Some("a:1".to_owned());
    let named = launch::Options::default().with_image(LaunchImage { reference, ..LaunchImage::default() });
    for (file, bytes) in fixtures("launches") {
        let Some(format) = format_of(&file, &formats) else { continue };
        let shown = all.get_mut(format).unwrap();
        let format = format.parse().unwrap();
        let own = launch::parse_all(&bytes, &launch::Options::default().with_format(format));
        let is_own = own.is_ok();
        let launches = own.or_else(|_| launch::parse_all(&bytes, &named.clone().with_format(format)));
        let launches = launches.unwrap_or_default();
        note(shown, "several launches", launches.len() > 1);
        for launch in &launches {
            let mut document = launch.document().clone();
            if !is_own {
                document.image = LaunchImage::default();
            }
            launched(&document, shown);
        }
    }
    all
}

const OF_VEX: [&str; 7] =
    ["package", "image", "package in an image", "aliases", "justification", "author", "document"];

/// What the fixtures of each format of VEX mark in a profile that has all that they are about.
fn statements() -> BTreeMap<&'static str, Shown> {
    const DIGEST: &str = "sha256:a8b5d9854817d4896949962f4f2352b44d93aacfb8289afa361e9cc439c06566";
    let profile = |image: &str, finding: &str| {
        let text = format!(
            r#"{{"version": 1, "image": {image}, "scan": {{"state": "complete"}}, "vulnerabilities": [{finding}]}}"#
        );
        ScanProfile::parse(text.as_bytes()).unwrap()
    };
    let here = format!(r#"{{"digests": ["{DIGEST}"], "names": ["registry.example.com/shop/cart:1.4.2"]}}"#);
    let elsewhere = r#"{"names": ["registry.example.com/other:1"]}"#;
    let package = |id: &str, name: &str, version: &str, purl: &str| {
        format!(
            r#"{{"id": "{id}", "package": {{"name": "{name}", "version": "{version}", "purl": "{purl}"}}}}"#
        )
    };
    let openssl =
        |id: &str| package(id, "openssl", "1.1.1k-1+deb11u1", "pkg:deb/debian/openssl@1.1.1k-1%2Bdeb11u1");
    let log4j = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1";
    let log4j = |id: &str| package(id, "org.apache.logging.log4j:log4j-core", "2.14.1", log4j);
    let mut all = BTreeMap::new();
    for format in vex::formats() {
        let shown: &mut Shown = all.entry(format).or_default();
        for (file, bytes) in fixtures("vex") {
            if format_of(&file.replace('.', "-"), &[format]).is_none() {
                continue;
            }
            let document = [vex::Vex::parse(&bytes, &Limits::default()).unwrap()];
            let mark = |image: &str, finding: &str| {
                let marked = vex::apply(&document, &profile(image, finding)).unwrap();
                marked.document().vulnerabilities[0].suppressed.clone()
            };
            let everywhere = [openssl("CVE-2022-0778"), log4j("CVE-2021-44228"), openssl("CVE-2021-44228")];
            for finding in &everywhere {
                let (in_image, outside) = (mark(&here, finding), mark(elsewhere, finding));
                note(shown, "package", outside.is_some());
                note(shown, "package in an image", in_image.is_some() && outside.is_none());
                let Some(how) = in_image else { continue };
                note(shown, "justification", how.justification.is_some());
                note(shown, "author", how.author.is_some());
                note(shown, "document", how.source.is_some());
            }
            // Of whatever package.
            let whole =
                r#"{"id": "CVE-2024-9999", "package": {"name": "x", "version": "1", "purl": "pkg:npm/x@1"}}"#;
            note(shown, "image", mark(&here, whole).is_some());
            note(shown, "aliases", mark(&here, &openssl("DSA-5103-1")).is_some());
        }
    }
    all
}

const OF_FACTS: [&str; 6] =
    ["listed", "dates of the catalogue", "ransomware", "score", "percentile", "date of the score"];

/// What the fixtures of sources add to a finding.
fn sources() -> BTreeMap<&'static str, Shown> {
    let mut all: BTreeMap<&'static str, Shown> = BTreeMap::new();
    for (file, bytes) in fixtures("enrich") {
        let shown = all.entry(if file.starts_with("kev") { "kev" } else { "epss" }).or_default();
        let profile =
            br#"{"version": 1, "image": {"names": ["a:1"]}, "vulnerabilities": [{"id": "CVE-2021-44228"}]}"#;
        let source = Enrichment::parse(&bytes, &Limits::default()).unwrap();
        let profile = source.apply(&ScanProfile::parse(profile).unwrap()).unwrap();
        let finding = &profile.document().vulnerabilities[0];
        if let Some(known) = &finding.known_exploited {
            note(shown, "listed", known.listed == Some(true));
            note(shown, "dates of the catalogue", known.added_at.is_some() && known.due_at.is_some());
            note(shown, "ransomware", known.ransomware.is_some());
        }
        if let Some(epss) = &finding.epss {
            note(shown, "score", epss.score.is_some());
            note(shown, "percentile", epss.percentile.is_some());
            note(shown, "date of the score", epss.date.is_some());
        }
    }
    all
}

/// A table with a row for each fact and a column for each format.
fn table(facts: &[&'static str], formats: &[&'static str], shown: &BTreeMap<&'static str, Shown>) -> String {
    let known: Shown = facts.iter().copied().collect();
    let mut text =
        format!("| |{}\n", formats.iter().map(|format| format!(" {format} |")).collect::<String>());
    text.push_str(&format!("|---|{}\n", ":-:|".repeat(formats.len())));
    for fact in facts {
        let head = if PRIVILEGES.contains(fact) { format!("`{fact}`") } else { (*fact).to_owned() };
        let cells = formats.iter().map(|format| if shown[format].contains(fact) { " x |" } else { " |" });
        text.push_str(&format!("| {head} |{}\n", cells.collect::<String>()));
    }
    assert!(known.len() == facts.len());
    text
}

#[test]
fn the_tables_are_what_the_fixtures_show() {
    let doc = fs::read_to_string(format!("{}/../docs/formats.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let names = |shown: &BTreeMap<&'static str, Shown>| shown.keys().copied().collect::<Vec<_>>();
    let (reports, launches, statements, sources) = (reports(), launches(), statements(), sources());
    let facts: Vec<_> = OF_LAUNCHES.iter().chain(&PRIVILEGES).copied().collect();
    let mut missing = Vec::new();
    for (facts, shown) in [
        (OF_REPORTS.as_slice(), &reports),
        (facts.as_slice(), &launches),
        (OF_VEX.as_slice(), &statements),
        (OF_FACTS.as_slice(), &sources),
    ] {
        let table = table(facts, &names(shown), shown);
        if !doc.contains(&table) {
            missing.push(table);
        }
    }
    assert!(missing.is_empty(), "docs/formats.md has not these tables:\n{}", missing.join("\n"));
}
