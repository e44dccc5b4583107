//! Decides, at the moment a container is about to start, whether the start is intercepted, only alarmed, or
//! allowed: from what scanners know of the image, from how the container is launched, and from the operator's
//! policies.
//!
//! The library is pure: no I/O, no clock, no randomness, no global state. The caller passes `now`.
//!
//! ```
//! use imagegate::{Action, Launch, PolicySet, ScanProfile, Timestamp};
//!
//! // Once, when the agent starts and whenever the operator changes the policies.
//! let policies = PolicySet::parse(br#"{
//!     "version": 1,
//!     "policies": [{
//!         "id": "fixable", "name": "Fixable critical vulnerabilities", "type": "risk",
//!         "enabled": true, "enabled_at": "2026-11-01T08:00:00Z", "enforcement": {"mode": "observe", "days": 14},
//!         "scope": {"images": {"names": ["registry.example.com/shop/**"]}},
//!         "criteria": {"vulnerabilities": {"severities": ["critical"], "only": {"fix_available": true}}}
//!     }]
//! }"#)?;
//!
//! // Once for an image: when its scan report arrives.
//! let profile = ScanProfile::parse(br#"{
//!     "version": 1,
//!     "image": {"names": ["registry.example.com/shop/cart:1.4.2"]},
//!     "scan": {"state": "complete"},
//!     "vulnerabilities": [{
//!         "id": "CVE-2023-45853", "severity": "critical",
//!         "package": {"name": "zlib1g", "version": "1:1.2.11.dfsg-2"},
//!         "fix": {"versions": ["1:1.2.13.dfsg-1"]}
//!     }]
//! }"#)?;
//! let assessment = policies.assess(&profile);
//!
//! // For every container that is about to start.
//! let launch = Launch::parse(br#"{
//!     "version": 1,
//!     "image": {"reference": "registry.example.com/shop/cart:1.4.2"},
//!     "privileges": []
//! }"#)?;
//! let decision = assessment.decide(&launch, Timestamp::parse("2026-11-24T06:00:00Z")?)?;
//!
//! assert_eq!(decision.action(), Action::Intercept);
//! assert_eq!(decision.events()[0].policy.id, "fixable");
//! assert_eq!(decision.events()[0].solution, "Raise zlib1g to 1:1.2.13.dfsg-1.");
//! # Ok::<(), imagegate::Error>(())
//! ```
//!
//! While the policy observes, the same launch only alarms; an assessment answers for every `now`:
//!
//! ```
//! # use imagegate::{Action, Launch, PolicySet, Timestamp};
//! # let policies = PolicySet::parse(br#"{"version": 1, "policies": [{
//! #     "id": "nobody-scanned-it", "name": "Not scanned", "type": "unscanned",
//! #     "enabled": true, "enabled_at": "2026-11-01T08:00:00Z", "enforcement": {"mode": "observe", "days": 14},
//! #     "scope": {"images": "all"}, "criteria": {"states": ["not_scanned"]}
//! # }]}"#)?;
//! # let launch = Launch::parse(br#"{"version": 1, "image": {"reference": "nginx"}, "privileges": []}"#)?;
//! let assessment = policies.assess_unscanned();
//! let during = assessment.decide(&launch, Timestamp::parse("2026-11-15T07:59:59.999Z")?)?;
//! let after = assessment.decide(&launch, Timestamp::parse("2026-11-15T08:00:00Z")?)?;
//! assert_eq!((during.action(), after.action()), (Action::Alarm, Action::Intercept));
//! # Ok::<(), imagegate::Error>(())
//! ```
//!
//! A document with mistakes reports all of them, each with its place:
//!
//! ```
//! let error = imagegate::PolicySet::parse(br#"{
//!   "version": 1,
//!   "policies": [{"id": "a b", "name": "x", "type": "risk", "enabled": false, "enforcement": {"mode": "observ"},
//!                 "scope": {"images": "all"}, "criteria": {"malware": {"any": true}}}]
//! }"#).unwrap_err();
//! let places: Vec<_> = error.problems().iter().map(|problem| (problem.code, problem.pointer.as_str())).collect();
//! assert_eq!(places, [("invalid_id", "/policies/0/id"), ("unknown_value", "/policies/0/enforcement/mode")]);
//! ```
//!
//! # Documents
//! Policy sets, scan profiles, launches and decisions are JSON documents with `"version": 1`. Their members are those
//! of the types here. Own documents are read strictly: an unknown member, a duplicate key or a malformed date is an
//! error, since misspelt must not read as clean. Absent and null facts are unknown, never false. The crate
//! `imagegate-readers` turns the documents of others (Trivy, Docker, …) into these.
//!
//! # Events
//! [`EventRecord::of`] gives what is kept of a decision: one record for each policy that hit, bounded and without
//! secrets. [`EventFold`] folds records into rows with counts, and lists, searches and counts those; the crate
//! `imagegate-store` does the same in databases.
//!
//! # What cannot read as "allow"
//! Every failure is an [`Error`]. An image that nobody scanned is judged by [`PolicySet::assess_unscanned`] and by
//! nothing else. A launch of another image than the profile's is an error of kind
//! [`ImageMismatch`](ErrorKind::ImageMismatch), even with no policy enabled. A missing fact never makes an image look
//! safer.
//!
//! # Untrusted input
//! [`Limits`] bounds what is read: bytes, nesting, policies, findings, length of globs. Globs are matched in time
//! linear in the text. Nothing panics; `unsafe` is forbidden.
//!
//! # Threads
//! All types are `Send + Sync`; [`PolicySet`], [`ScanProfile`], [`Launch`] and [`Assessment`] are cheap to clone and to
//! share. Deciding takes no lock.
#![forbid(unsafe_code)]

mod decision;
mod engine;
mod error;
mod event;
mod gate;
mod glob;
mod hex;
mod image;
mod json;
mod launch;
mod limits;
mod lint;
mod policy;
mod profile;
pub mod schema;
mod sync;
mod text_hash;
mod time;
mod version;

pub use decision::{
    Action, AggregationKey, Assessment, Decision, Event, EventType, Evidence, Excuse, ExcuseSource,
    Explanation, Finding, FoundMalware, FoundPrivilege, FoundScan, FoundSensitive, FoundVulnerability,
    LaunchDecision, Outcome, Plain, PolicySnapshot, Role, Style, decisions_to_json,
};
pub use engine::Category;
pub use error::{Error, ErrorKind, Position, Problem, quote};
pub use event::{
    DayCounts, EventCounts, EventEvidence, EventFinding, EventFold, EventImage, EventMode, EventOverview,
    EventPage, EventPlace, EventQuery, EventRecord, EventRow, EventSearch, EventSort, RecordContext,
    RecordId, Retention, SearchField,
};
pub use gate::{Gate, GateStats};
pub use image::ImageMatch;
pub use launch::{Container, ContainerKind, Launch, LaunchDocument, LaunchImage, Node, Pod, Privilege};
pub use limits::Limits;
pub use lint::Lint;
pub use policy::{Enforcement, Overview, Policy, PolicySet, PolicyType, ScopePart, Status};
pub use profile::{
    Cvss, Epss, Fix, FixState, ImageIdentity, KnownExploited, Malware, Package, ProfileDocument, Scan,
    ScanProfile, ScanState, Score, Sensitive, Severity, SuppressedBy, Suppression, Vulnerability,
};
pub use time::{DayOffset, Timestamp};
