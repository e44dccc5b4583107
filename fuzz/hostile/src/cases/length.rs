//! Length.

use super::large;
use crate::Case;
use crate::Expect::{Read, Refused};
use crate::make;
use crate::read::{own_profile, policies, report};

/// The cases.
pub(super) const CASES: &[Case] = &[
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
];
