//! A node with many policies and a large profile, and an image that none of them objects to.

use crate::e2e::site::{Images, Site};
use std::fmt::Write as _;
use std::path::Path;

/// The image with the large profile.
pub const IMAGE: &str = "registry.example.com/shop/clean:1";
/// One that a policy intercepts.
pub const RISKY: &str = "registry.example.com/shop/risky:1";

/// 1,000 policies, half of them by id, half by package, and 2,000 vulnerabilities of 500 packages.
pub fn site(folder: &Path) -> Result<Site, String> {
    let images = Images { clean: IMAGE.to_owned(), risky: RISKY.to_owned(), unknown: String::new() };
    let site = Site::new(folder, &images);
    let mut findings = String::new();
    for number in 0..2_000_u32 {
        let severity = match number % 4 {
            0 => "critical",
            1 => "high",
            2 => "medium",
            _ => "low",
        };
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            findings,
            r#"{comma}{{"id": "CVE-2024-{number}", "severity": "{severity}", "class": "os", "published_at": "2024-03-15T00:00:00Z",
                "package": {{"name": "package-{}", "version": "1.{}.0-2+deb12u1", "ecosystem": "deb"}},
                "fix": {{"state": "fixed", "versions": ["2.0"]}}, "cvss": {{"score": 7.5}}}}"#,
            number % 500,
            number % 7
        );
    }
    let profile = format!(
        r#"{{"version": 1, "image": {{"names": ["{IMAGE}"]}}, "scan": {{"state": "complete"}}, "vulnerabilities": [{findings}]}}"#
    );
    // On one line, as imagegate writes it.
    let profile =
        profile.split('\n').map(str::trim).collect::<String>().replace(": ", ":").replace(", ", ",");
    std::fs::write(site.profile_path(IMAGE), profile).map_err(|error| error.to_string())?;
    let mut policies = String::new();
    for number in 0..999_u32 {
        let criteria = if number % 2 == 0 {
            format!(r#"{{"ids": ["CVE-2019-{number}", "CVE-2020-{number}", "CVE-2021-{number}"]}}"#)
        } else {
            format!(r#"{{"packages": [{{"name": "other-{number}", "range": "<2.0", "ecosystem": "deb"}}]}}"#)
        };
        let _ = write!(
            policies,
            r#"{{"id": "p{number}", "name": "Policy {number}", "type": "risk", "enabled": true,
                "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {{"mode": "immediate"}},
                "scope": {{"images": {{"names": ["registry.example.com/**"]}}}}, "criteria": {{"vulnerabilities": {criteria}}}}},"#
        );
    }
    site.write(
        "policies.json",
        &format!(
            r#"{{"version": 1, "policies": [{policies}
                {{"id": "last", "name": "The one that hits", "type": "risk", "enabled": true,
                  "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {{"mode": "immediate"}}, "scope": {{"images": "all"}},
                  "criteria": {{"vulnerabilities": {{"ids": ["CVE-2022-0778"]}}}}}}]}}"#
        ),
    );
    Ok(site)
}
