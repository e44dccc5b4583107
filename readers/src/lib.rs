//! Reads what others write: scanner reports into [`ScanProfile`](imagegate::ScanProfile)s, container launch
//! requests into [`Launch`](imagegate::Launch)es.
//!
//! ```
//! use imagegate_readers::profile;
//!
//! let report = br#"{
//!     "SchemaVersion": 2, "ArtifactName": "nginx:1.27", "ArtifactType": "container_image",
//!     "Results": [{
//!         "Target": "nginx:1.27 (debian 12.8)", "Class": "os-pkgs", "Type": "debian",
//!         "Vulnerabilities": [{"VulnerabilityID": "CVE-2023-45853", "PkgName": "zlib1g", "Severity": "CRITICAL"}]
//!     }]
//! }"#;
//! let profile = profile::parse(report, &profile::Options::default())?;
//! assert_eq!(profile.document().vulnerabilities[0].id.as_deref(), Some("CVE-2023-45853"));
//! # Ok::<(), imagegate::Error>(())
//! ```
//!
//! ```
//! use imagegate_readers::launch;
//!
//! let body = br#"{"Image": "nginx:1.27", "HostConfig": {"Privileged": true, "PidMode": "host"}}"#;
//! let launch = launch::parse(body, &launch::Options::default())?;
//! assert_eq!(launch.document().privileges[..3], ["privileged", "host_pid", "new_privileges"]);
//! # Ok::<(), imagegate::Error>(())
//! ```
//!
//! # Formats
//! [`profile::formats`] and [`launch::formats`] list what this build reads. A format is recognised by the shape of
//! the document, never by a file name, or named in the options. A document that no reader knows is an error of
//! kind `unsupported` and code `unknown_format`; it never becomes an empty, clean profile.
//!
//! # Untrusted input
//! Size, depth and findings are bounded by [`Limits`](imagegate::Limits). Members nobody asks for are ignored,
//! since the formats of others grow; a member that is asked for and has another type than its format says is an
//! error that names the place.
//!
//! # A new format
//! One file with a `READER` in `profile/` or `launch/`, its `mod` line, and one line in the table beside it.
#![forbid(unsafe_code)]

mod cve;
mod detect;
pub mod enrich;
mod format;
mod guess;
mod input;
mod json;
pub mod launch;
mod look;
mod outline;
pub mod profile;
mod purl;
pub mod vex;
mod yaml;
