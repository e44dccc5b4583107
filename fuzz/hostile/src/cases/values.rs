//! Numbers, text, time and compression.

use super::{case, large};
use crate::Case;
use crate::Expect::{Read, Refused};
use crate::make;
use crate::read::{own_profile, policies, report, source};

/// The cases.
pub(super) const CASES: &[Case] = &[
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
