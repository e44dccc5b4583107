//! Inputs.

use std::fmt::Write;

/// A policy set with one policy, which has these members.
pub(crate) fn policies(scope: &str, criteria: &str, more: &str) -> Vec<u8> {
    format!(
        r#"{{"version": 1, "policies": [{{"id": "p", "name": "p", "type": "risk", "enabled": true,
            "enabled_at": "2026-11-01T00:00:00Z", "enforcement": {{"mode": "immediate"}},
            "scope": {{{scope}}}, "criteria": {{{criteria}}}{more}}}]}}"#
    )
    .into_bytes()
}

/// A policy set about all images.
pub(crate) fn criteria(criteria: &str) -> Vec<u8> {
    policies(r#""images": "all""#, criteria, "")
}

/// A profile with these members.
pub(crate) fn profile(members: &str) -> Vec<u8> {
    format!(r#"{{"version": 1, "image": {{"names": ["x:1"]}}, "scan": {{"state": "complete"}}, {members}}}"#)
        .into_bytes()
}

/// A profile with one vulnerability that has this member.
pub(crate) fn finding(member: &str) -> Vec<u8> {
    profile(&format!(r#""vulnerabilities": [{{"id": "CVE-1", {member}}}]"#))
}

/// A list of so many items.
pub(crate) fn list(count: usize, item: impl Fn(usize, &mut String)) -> String {
    let mut text = String::from("[");
    for number in 0..count {
        if number > 0 {
            text.push(',');
        }
        item(number, &mut text);
    }
    text.push(']');
    text
}

/// So many vulnerabilities of packages.
pub(crate) fn findings(count: usize) -> Vec<u8> {
    let vulnerabilities = list(count, |number, text| {
        let _ = write!(
            text,
            r#"{{"id":"CVE-{number}","severity":"high","package":{{"name":"p{number}","version":"1"}}}}"#
        );
    });
    profile(&format!(r#""vulnerabilities": {vulnerabilities}"#))
}

/// So many vulnerabilities in a report of Trivy.
pub(crate) fn trivy(count: usize) -> Vec<u8> {
    let vulnerabilities = list(count, |number, text| {
        let _ = write!(
            text,
            r#"{{"VulnerabilityID":"CVE-{number}","PkgName":"p{number}","InstalledVersion":"1","Severity":"HIGH"}}"#
        );
    });
    format!(
        r#"{{"SchemaVersion": 2, "ArtifactName": "x:1", "ArtifactType": "container_image", "Results": [{{"Target": "x",
            "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": {vulnerabilities}}}]}}"#
    )
    .into_bytes()
}

/// Compressed.
pub(crate) fn gzip(write: impl Fn(&mut dyn std::io::Write)) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    write(&mut encoder);
    encoder.finish().unwrap()
}

/// In UTF-16 with its mark, little-endian.
pub(crate) fn utf16(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}
