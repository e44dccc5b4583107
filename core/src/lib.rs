//! imagegate decides, at the moment a container is about to start, whether the start is intercepted, only
//! alarmed, or allowed.
#![forbid(unsafe_code)]

mod decision;
mod engine;
mod error;
mod glob;
mod hex;
mod image;
mod json;
mod launch;
mod limits;
mod policy;
mod profile;
pub mod schema;
mod time;
mod version;

pub use decision::{
    Action, Assessment, Decision, Event, EventType, Evidence, Excuse, ExcuseSource, Explanation, Finding,
    FoundMalware, FoundPrivilege, FoundScan, FoundSensitive, FoundVulnerability, LaunchDecision, Outcome,
    Plain, PolicySnapshot, Role, Style, decisions_to_json,
};
pub use engine::Category;
pub use error::{Error, ErrorKind, Position, Problem, quote};
pub use launch::{Container, ContainerKind, Launch, LaunchDocument, LaunchImage, Node, Pod, Privilege};
pub use limits::Limits;
pub use policy::{Enforcement, Overview, Policy, PolicySet, PolicyType, ScopePart, Status};
pub use profile::{
    Cvss, Epss, Fix, FixState, ImageIdentity, KnownExploited, Malware, Package, ProfileDocument, Scan,
    ScanProfile, ScanState, Score, Sensitive, Severity, SuppressedBy, Suppression, Vulnerability,
};
pub use time::{DayOffset, Timestamp};
