//! Count.

use super::{case, large};
use crate::Case;
use crate::Expect::{Read, Refused};
use crate::make;
use crate::read::{own_profile, policies, report, vex_of};
use std::fmt::Write;

/// The cases.
pub(super) const CASES: &[Case] = &[
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
];
