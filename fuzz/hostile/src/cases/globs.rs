//! Globs that make others backtrack.

use super::{case, large};
use crate::Case;
use crate::Expect::{Read, Refused};
use crate::make;
use crate::read::{policies, policies_long};

/// The cases.
pub(super) const CASES: &[Case] = &[
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
];
