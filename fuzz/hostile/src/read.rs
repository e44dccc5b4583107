//! What is done with an input: it is read, and then comes what is worst.

use crate::make;
use imagegate::{Error, Launch, Limits, PolicySet, ScanProfile, Timestamp};
use imagegate_readers::enrich::Enrichment;
use imagegate_readers::{launch, profile, vex};
use std::fmt::Write;

/// Policies are held against an image, at both ends of time.
pub(crate) fn policies(text: &[u8]) -> Result<(), Error> {
    held_against(text, 64)
}

/// Policies are held against an image whose names and paths have 1 MB.
pub(crate) fn policies_long(text: &[u8]) -> Result<(), Error> {
    held_against(text, 1_000_000)
}

fn held_against(text: &[u8], length: usize) -> Result<(), Error> {
    let set = PolicySet::parse(text)?;
    let long = "a".repeat(length);
    let image = ScanProfile::parse(
        format!(
            r#"{{"version": 1, "image": {{"names": ["x:1"]}}, "vulnerabilities": [{{"id": "CVE-1", "package": {{"name": "{long}",
                "version": "3.0", "ecosystem": "npm"}}}}], "malware": [{{"path": "/{}", "family": "{long}"}}]}}"#,
            "a/".repeat(length / 2)
        )
        .as_bytes(),
    )?;
    let launch = launch()?;
    for now in ["0000-01-01T00:00:00Z", "2026-11-24T06:00:00Z", "9999-12-31T23:59:59.999999999Z"] {
        let decision = set.assess(&image).decide(&launch, Timestamp::parse(now)?)?;
        assert!(!decision.to_json().is_empty() && !decision.to_text().is_empty());
        set.overview(Timestamp::parse(now)?);
    }
    Ok(())
}

pub(crate) fn own_profile(text: &[u8]) -> Result<(), Error> {
    decided(&ScanProfile::parse(text)?)
}

pub(crate) fn report(text: &[u8]) -> Result<(), Error> {
    decided(&profile::parse(text, &profile::Options::default())?)
}

pub(crate) fn launch_of(text: &[u8]) -> Result<(), Error> {
    launch::parse_all(text, &launch::Options::default()).map(drop)
}

pub(crate) fn source(text: &[u8]) -> Result<(), Error> {
    Enrichment::parse(text, &Limits::default()).map(drop)
}

pub(crate) fn vex_of(text: &[u8]) -> Result<(), Error> {
    let document = vex::Vex::parse(text, &Limits::default())?;
    let findings = make::list(10_000, |number, text| {
        let _ = write!(
            text,
            r#"{{"id":"CVE-1","package":{{"name":"p{number}","version":"1","ecosystem":"npm","purl":"pkg:npm/p{number}@1"}}}}"#
        );
    });
    let image = ScanProfile::parse(&make::profile(&format!(r#""vulnerabilities": {findings}"#)))?;
    vex::apply(&[document], &image).map(drop)
}

/// A profile is assessed by a policy that takes every finding, and decided.
fn decided(profile: &ScanProfile) -> Result<(), Error> {
    let set = PolicySet::parse(&make::criteria(r#""vulnerabilities": {"severities": ["high", "unknown"]}"#))?;
    let decision = set.assess(profile).decide(&launch()?, Timestamp::parse("2026-11-24T06:00:00Z")?)?;
    assert!(!decision.to_json().is_empty());
    Ok(())
}

fn launch() -> Result<Launch, Error> {
    Launch::parse(br#"{"version": 1, "image": {"reference": "x:1"}, "privileges": []}"#)
}
