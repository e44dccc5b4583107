//! The cases.

use crate::Expect::{Read, Refused};
use crate::{Case, make};
use imagegate::{Error, Launch, Limits, PolicySet, ScanProfile, Timestamp};
use imagegate_readers::enrich::Enrichment;
use imagegate_readers::{launch, profile, vex};
use std::fmt::Write;

const fn case(
    name: &'static str,
    what: &'static str,
    expect: crate::Expect,
    make: fn() -> Vec<u8>,
    read: fn(&[u8]) -> Result<(), Error>,
) -> Case {
    Case { name, what, expect, is_quick: true, make, read }
}

/// As [`case`], too large or too slow for an ordinary test.
const fn large(
    name: &'static str,
    what: &'static str,
    expect: crate::Expect,
    make: fn() -> Vec<u8>,
    read: fn(&[u8]) -> Result<(), Error>,
) -> Case {
    Case { name, what, expect, is_quick: false, make, read }
}

/// All cases.
pub const CASES: &[Case] = &[
    // Nesting.
    large(
        "policies-nesting",
        "policies: 100,000,000 `[`",
        Refused("too_deep"),
        || vec![b'['; 100_000_000],
        policies,
    ),
    large(
        "profile-nesting",
        "profile: 100,000,000 `[`",
        Refused("too_deep"),
        || vec![b'['; 100_000_000],
        own_profile,
    ),
    large(
        "trivy-nesting",
        "Trivy: a member that nobody asks for, 50,000,000 levels",
        Refused("too_deep"),
        || [b"{\"SchemaVersion\": 2, \"x\": ".as_slice(), &vec![b'['; 50_000_000]].concat(),
        report,
    ),
    case(
        "nesting-64",
        "profile: 65 levels",
        Refused("too_deep"),
        || make::profile(&format!(r#""x": {}{}"#, "[".repeat(65), "]".repeat(65))),
        own_profile,
    ),
    case(
        "yaml-nesting",
        "Kubernetes: 100,000 `[` in YAML",
        Refused("too_deep"),
        || format!("apiVersion: v1\nkind: Pod\nspec: {}", "[".repeat(100_000)).into_bytes(),
        launch_of,
    ),
    case(
        "yaml-indentation",
        "Kubernetes: 2,000 levels of indentation",
        Refused("too_deep"),
        || {
            let mut text = String::from("apiVersion: v1\nkind: Pod\n");
            (0..2_000).for_each(|level| {
                let _ = writeln!(text, "{}a:", " ".repeat(level));
            });
            text.into_bytes()
        },
        launch_of,
    ),
    case(
        "yaml-aliases",
        "Kubernetes: aliases that unfold to a billion items",
        Refused("too_many_aliases"),
        || {
            let mut text = String::from("apiVersion: v1\nkind: Pod\na0: &a0 [x, x]\n");
            (1..30).for_each(|level| {
                let _ = writeln!(text, "a{level}: &a{level} [*a{0}, *a{0}]", level - 1);
            });
            text.into_bytes()
        },
        launch_of,
    ),
    // Length.
    large(
        "policies-string",
        "policies: a description of 100 MB",
        Refused("too_long"),
        || {
            make::policies(
                r#""images": "all""#,
                r#""malware": {"any": true}"#,
                &format!(r#", "description": "{}""#, "x".repeat(100_000_000)),
            )
        },
        policies,
    ),
    large(
        "policies-member",
        "policies: a member whose name has 100 MB",
        Refused("unknown_field"),
        || format!(r#"{{"version": 1, "{}": 1}}"#, "x".repeat(100_000_000)).into_bytes(),
        policies,
    ),
    large(
        "profile-string",
        "profile: a vulnerability id of 100 MB",
        Read,
        || make::profile(&format!(r#""vulnerabilities": [{{"id": "{}"}}]"#, "x".repeat(100_000_000))),
        own_profile,
    ),
    large(
        "trivy-string",
        "Trivy: a member that nobody asks for, 100 MB",
        Read,
        || {
            format!(r#"{{"SchemaVersion": 2, "ArtifactName": "x:1", "ArtifactType": "container_image", "x": "{}", "Results": [{{"Target": "x", "Class": "os-pkgs", "Type": "debian"}}]}}"#, "x".repeat(100_000_000)).into_bytes()
        },
        report,
    ),
    large(
        "escapes",
        "profile: a string of 16,000,000 escapes",
        Read,
        || make::profile(&format!(r#""vulnerabilities": [{{"id": "{}"}}]"#, "\\u00e9".repeat(16_000_000))),
        own_profile,
    ),
    large(
        "bytes",
        "profile: a byte more than 256 MiB",
        Refused("too_large"),
        || vec![b' '; (256 << 20) + 1],
        own_profile,
    ),
    // Count.
    large(
        "profile-findings",
        "profile: 1,000,000 findings, assessed and decided",
        Read,
        || make::findings(1_000_000),
        own_profile,
    ),
    large(
        "profile-findings-more",
        "profile: 1,000,001 findings",
        Refused("limit_exceeded"),
        || make::findings(1_000_001),
        own_profile,
    ),
    large(
        "trivy-findings",
        "Trivy: 1,000,000 findings, assessed and decided",
        Read,
        || make::trivy(1_000_000),
        report,
    ),
    large(
        "trivy-findings-more",
        "Trivy: 1,000,001 findings",
        Refused("limit_exceeded"),
        || make::trivy(1_000_001),
        report,
    ),
    large(
        "globs",
        "policies: 1,000,000 globs of images, decided",
        Read,
        || {
            let globs = make::list(1_000_000, |number, text| {
                let _ = write!(text, r#""*{number}/**/a*b?c""#);
            });
            make::policies(&format!(r#""images": {{"names": {globs}}}"#), r#""malware": {"any": true}"#, "")
        },
        policies,
    ),
    large(
        "selectors",
        "policies: 1,000,000 globs of packages, assessed",
        Read,
        || {
            let entries = make::list(1_000_000, |number, text| {
                let _ = write!(text, r#"{{"name": "*{number}*"}}"#);
            });
            make::criteria(&format!(r#""vulnerabilities": {{"packages": {entries}}}"#))
        },
        policies,
    ),
    large(
        "policies-count",
        "policies: 20,001 of them",
        Refused("limit_exceeded"),
        || {
            let list = make::list(20_001, |number, text| {
                let _ = write!(
                    text,
                    r#"{{"id": "p{number}", "name": "p{number}", "type": "risk", "enabled": false, "enforcement": {{"mode": "alarm"}}, "scope": {{"images": "all"}}, "criteria": {{"malware": {{"any": true}}}}}}"#
                );
            });
            format!(r#"{{"version": 1, "policies": {list}}}"#).into_bytes()
        },
        policies,
    ),
    large(
        "problems",
        "policies: a mistake in each of 1,000,000 members, 100 MB",
        Refused("unknown_field"),
        || {
            let mut text = String::from(r#"{"version": 1"#);
            (0..1_000_000).for_each(|number| {
                let _ = write!(text, r#", "member-{number}-{}": {number}"#, "x".repeat(80));
            });
            text.push('}');
            text.into_bytes()
        },
        policies,
    ),
    large(
        "duplicates",
        "policies: one member 1,000,000 times",
        Refused("duplicate_key"),
        || format!(r#"{{"version": 1{}}}"#, r#", "label": "a""#.repeat(1_000_000)).into_bytes(),
        policies,
    ),
    case(
        "duplicate",
        "profile: a member twice",
        Refused("duplicate_key"),
        || make::profile(r#""vulnerabilities": [], "vulnerabilities": []"#),
        own_profile,
    ),
    large(
        "range",
        "policies: a range of 1,000,000 comparators, assessed",
        Read,
        || {
            let range = vec![">=1.0,<1.1"; 500_000].join("||");
            make::criteria(&format!(
                r#""vulnerabilities": {{"packages": [{{"name": "*", "range": "{range}", "ecosystem": "npm"}}]}}"#
            ))
        },
        policies,
    ),
    case(
        "vex-cross",
        "VEX: 10,000 statements about a vulnerability that 10,000 packages have",
        Refused("limit_exceeded"),
        || {
            let statements = make::list(10_000, |number, text| {
                let _ = write!(
                    text,
                    r#"{{"vulnerability": {{"name": "CVE-1"}}, "status": "not_affected", "justification": "component_not_present", "products": [{{"@id": "pkg:npm/q{number}@1"}}]}}"#
                );
            });
            format!(r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "author": "a", "timestamp": "2026-11-20T00:00:00Z", "statements": {statements}}}"#).into_bytes()
        },
        vex_of,
    ),
    // Globs that make others backtrack.
    large(
        "glob-stars",
        "policies: a glob of 500 stars, held against 1 MB",
        Read,
        || make::criteria(&format!(r#""malware": {{"families": ["{}b"]}}"#, "*a".repeat(500))),
        policies_long,
    ),
    large(
        "glob-components",
        "policies: a glob of 250 `**/`, held against 1 MB",
        Read,
        || {
            make::policies(
                r#""images": "all""#,
                r#""malware": {"any": true}"#,
                &format!(r#", "exceptions": [{{"reason": "r", "paths": ["{}b"]}}]"#, "**/a".repeat(250)),
            )
        },
        policies_long,
    ),
    case(
        "glob-long",
        "policies: a glob of 1,025 characters",
        Refused("bad_glob"),
        || {
            make::policies(
                &format!(r#""images": "all", "nodes": ["{}"]"#, "*a".repeat(513)),
                r#""malware": {"any": true}"#,
                "",
            )
        },
        policies,
    ),
    // Numbers.
    case(
        "number-beyond",
        "policies: the number 1e999",
        Refused("syntax"),
        || make::criteria(r#""vulnerabilities": {"min_cvss": 1e999}"#),
        policies,
    ),
    case(
        "number-tiny",
        "policies: the number 1e-999",
        Read,
        || make::criteria(r#""vulnerabilities": {"min_cvss": 1e-999}"#),
        policies,
    ),
    large(
        "number-long",
        "profile: a number of 100,000,000 digits",
        Refused("syntax"),
        || make::finding(&format!(r#""cvss": {{"score": {}}}"#, "9".repeat(100_000_000))),
        own_profile,
    ),
    case(
        "number-nan",
        "profile: the number NaN",
        Refused("syntax"),
        || make::finding(r#""cvss": {"score": NaN}"#),
        own_profile,
    ),
    case(
        "number-nan-text",
        "profile: the text NaN for a number",
        Refused("wrong_type"),
        || make::finding(r#""cvss": {"score": "NaN"}"#),
        own_profile,
    ),
    case(
        "number-minus",
        "profile: a score of -1",
        Refused("out_of_range"),
        || make::finding(r#""cvss": {"score": -1}"#),
        own_profile,
    ),
    case(
        "number-integer",
        "profile: 2^64 for a line",
        Refused("out_of_range"),
        || make::profile(r#""sensitive": [{"type": "a", "line": 18446744073709551616}]"#),
        own_profile,
    ),
    // Text.
    case(
        "surrogate",
        "profile: half of a surrogate pair",
        Refused("syntax"),
        || make::finding(r#""class": "\ud800""#),
        own_profile,
    ),
    case("nul", "profile: NUL within a text", Read, || make::finding(r#""class": "a\u0000b""#), own_profile),
    case(
        "bom",
        "policies: a byte order mark",
        Refused("syntax"),
        || [b"\xEF\xBB\xBF".as_slice(), &make::criteria(r#""malware": {"any": true}"#)].concat(),
        policies,
    ),
    case(
        "utf-16",
        "policies: UTF-16",
        Refused("syntax"),
        || make::utf16(&make::criteria(r#""malware": {"any": true}"#)),
        policies,
    ),
    case("utf-16-report", "Trivy: UTF-16", Refused("syntax"), || make::utf16(&make::trivy(1)), report),
    case(
        "latin-1",
        "profile: a byte that is no UTF-8",
        Refused("syntax"),
        || {
            make::finding("\"class\": \"\u{1}\"")
                .into_iter()
                .map(|byte| if byte == 1 { 0xE9 } else { byte })
                .collect()
        },
        own_profile,
    ),
    case(
        "overlong",
        "profile: an overlong `/` in UTF-8",
        Refused("syntax"),
        || [b"{\"version\": 1, \"x\": \"".as_slice(), b"\xC0\xAF\"}"].concat(),
        own_profile,
    ),
    // Time.
    case(
        "year-9999",
        "policies: switched on in the last second, observing for 365 days",
        Refused("out_of_range"),
        || at("9999-12-31T23:59:59.999999999Z"),
        policies,
    ),
    case(
        "year-0000",
        "policies: switched on in the first second",
        Read,
        || at("0000-01-01T00:00:00Z"),
        policies,
    ),
    case(
        "year-before",
        "policies: before the year 0000, by its offset",
        Refused("invalid_time"),
        || at("0000-01-01T00:00:00+00:01"),
        policies,
    ),
    case(
        "year-after",
        "policies: after the year 9999, by its offset",
        Refused("invalid_time"),
        || at("9999-12-31T23:59:59-00:01"),
        policies,
    ),
    case(
        "year-10000",
        "policies: the year 10000",
        Refused("invalid_time"),
        || at("10000-01-01T00:00:00Z"),
        policies,
    ),
    // Compression.
    case(
        "gzip-cut",
        "EPSS: gzip that is cut off",
        Refused("syntax"),
        || {
            let mut whole = epss(1_000);
            whole.truncate(whole.len() / 2);
            whole
        },
        source,
    ),
    case(
        "gzip-damaged",
        "EPSS: gzip with a wrong checksum",
        Refused("syntax"),
        || {
            let mut damaged = epss(1_000);
            let at = damaged.len() - 6;
            damaged[at] ^= 1;
            damaged
        },
        source,
    ),
    large(
        "gzip-bomb",
        "EPSS: 4 GiB of zeros in 20 MB of gzip",
        Refused("too_large"),
        || make::gzip(|out| (0..4_096).for_each(|_| out.write_all(&[b'0'; 1 << 20]).unwrap())),
        source,
    ),
];

fn at(time: &str) -> Vec<u8> {
    format!(
        r#"{{"version": 1, "activation_delay_seconds": 3600, "day_utc_offset": "+14:00", "policies": [{{"id": "p", "name": "p",
            "type": "risk", "enabled": true, "enabled_at": "{time}", "enforcement": {{"mode": "observe", "days": 365}},
            "scope": {{"images": "all"}}, "criteria": {{"malware": {{"any": true}}}}}}]}}"#
    )
    .into_bytes()
}

fn epss(rows: usize) -> Vec<u8> {
    make::gzip(|out| {
        writeln!(out, "#model_version:v2025.03.14,score_date:2026-11-23T00:00:00+0000\ncve,epss,percentile")
            .unwrap();
        (0..rows).for_each(|row| writeln!(out, "CVE-2026-{row:04},0.5,0.5").unwrap());
    })
}

/// Policies are held against an image, at both ends of time.
fn policies(text: &[u8]) -> Result<(), Error> {
    held_against(text, 64)
}

/// Policies are held against an image whose names and paths have 1 MB.
fn policies_long(text: &[u8]) -> Result<(), Error> {
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

fn own_profile(text: &[u8]) -> Result<(), Error> {
    decided(&ScanProfile::parse(text)?)
}

fn report(text: &[u8]) -> Result<(), Error> {
    decided(&profile::parse(text, &profile::Options::default())?)
}

fn launch_of(text: &[u8]) -> Result<(), Error> {
    launch::parse_all(text, &launch::Options::default()).map(drop)
}

fn source(text: &[u8]) -> Result<(), Error> {
    Enrichment::parse(text, &Limits::default()).map(drop)
}

fn vex_of(text: &[u8]) -> Result<(), Error> {
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
