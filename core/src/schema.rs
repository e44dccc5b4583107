//! JSON Schemas (draft 2020-12) of the documents that the library reads and writes, as text.
//!
//! They are for whoever writes documents: an editor that knows the schema completes members, shows what they mean
//! and marks mistakes while typing. What reads a document is always the loader, which says more than a schema can:
//! a document that breaks its schema is refused by the loader too, but a few rules (unique ids, dates that exist)
//! only the loader knows. With other [`Limits`](crate::Limits) than the default ones, the bounds on the length of
//! globs and on the number of policies differ from those in the schemas.
//!
//! ```
//! let schema: serde_json::Value = serde_json::from_str(imagegate::schema::POLICY)?;
//! assert_eq!(schema["$id"], "https://imagegate.dev/schemas/policy.schema.json");
//! # Ok::<(), serde_json::Error>(())
//! ```

/// Policy sets, as [`PolicySet::parse`](crate::PolicySet::parse) reads them.
pub const POLICY: &str = include_str!("../schemas/policy.schema.json");

/// Scan profiles in imagegate's own form, as [`ScanProfile::parse`](crate::ScanProfile::parse) reads them.
pub const PROFILE: &str = include_str!("../schemas/profile.schema.json");

/// Launches in imagegate's own form, as [`Launch::parse`](crate::Launch::parse) reads them.
pub const LAUNCH: &str = include_str!("../schemas/launch.schema.json");

/// Decisions, as [`Decision::to_json`](crate::Decision::to_json) and
/// [`decisions_to_json`](crate::decisions_to_json) write them.
///
/// It describes what this version writes, without further members. Later versions may write more: ignore what you
/// do not know.
pub const DECISION: &str = include_str!("../schemas/decision.schema.json");
