//! Nesting.

use super::{case, large};
use crate::Case;
use crate::Expect::Refused;
use crate::make;
use crate::read::{launch_of, own_profile, policies, report};
use std::fmt::Write;

/// The cases.
pub(super) const CASES: &[Case] = &[
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
];
