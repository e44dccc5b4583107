//! Keeps the events of [imagegate] for half a year: folded into rows, listed, searched, counted, shipped.
//!
//! ```
//! use imagegate::{DayOffset, EventQuery, Launch, PolicySet, RecordContext, Timestamp};
//! use imagegate_store::EventStore;
//!
//! # let folder = tempfile::tempdir()?;
//! # let policies = PolicySet::parse(br#"{"version": 1, "policies": [{
//! #     "id": "nobody-scanned-it", "name": "Not scanned", "type": "unscanned",
//! #     "enabled": true, "enabled_at": "2026-11-01T08:00:00Z", "enforcement": {"mode": "immediate"},
//! #     "scope": {"images": "all"}, "criteria": {"states": ["not_scanned"]}
//! # }]}"#)?;
//! let now = Timestamp::parse("2026-11-24T06:00:00Z")?;
//! let launch = Launch::parse(br#"{"version": 1, "image": {"reference": "nginx"}, "privileges": []}"#)?;
//! let decision = policies.assess_unscanned().decide(&launch, now)?;
//!
//! let mut store = EventStore::open(folder.path().join("events.db"))?;
//! store.record(&decision, &RecordContext::default())?;
//! store.record(&decision, &RecordContext::default())?; // the same again: not counted twice
//!
//! assert_eq!(store.overview(now, policies.day_offset())?.today.counts.intercepted, 1);
//! let page = store.list(&EventQuery::default(), now)?;
//! assert_eq!(page.rows[0].last.image().name.as_deref(), Some("docker.io/library/nginx:latest"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is kept
//! Rows, the ids of their records, and the last record of each row. Ids are kept for as long as a record is accepted,
//! so that a record sent twice counts once; a record that is older than the last purge kept is not counted. Rows that
//! are older than the [`Retention`] are neither shown nor counted, and [`purge`](EventStore::purge) deletes them.
//!
//! # Time
//! The store reads no clock: every `now` comes from the caller. What was purged stays purged when a clock goes back.
//!
//! # Errors
//! All are of kind [`Storage`](imagegate::ErrorKind::Storage) but those of a query that makes no sense
//! (`invalid_argument`), of a document that is imported, and of a store of a newer version (`unsupported`). Their
//! codes: `locked`, `disk_full`, `read_only`, `cannot_open`, `not_a_database`, `corrupt`, `io`, `connection`,
//! `database`. Nothing of a batch is written if one is returned.
#![forbid(unsafe_code)]

mod addition;
mod backend;
mod batch;
mod encode;
mod error;
mod import;
mod ocsf;
#[cfg(feature = "postgres")]
mod postgres;
mod ship;
mod sqlite;
mod store;

pub use batch::{EventBatch, Recorded};
pub use import::Imported;
pub use ship::{ShipCursor, ShipFormat, Shipped};
pub use store::{EventStore, Purged};

pub use imagegate::Retention;
