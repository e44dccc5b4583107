//! Events: what is kept of decisions, and what operators are told of it.
//!
//! An [`EventRecord`] is one policy that hit one launch. Records of one [`AggregationKey`](crate::AggregationKey) fold
//! into one [`EventRow`] with a count. [`EventFold`] does so in memory; the databases of `imagegate-store` answer as
//! it does.

mod bound;
mod evidence;
mod fold;
mod id;
mod mode;
mod overview;
mod query;
mod read;
mod record;
mod retention;
mod row;
mod search;

pub use evidence::{EventEvidence, EventFinding};
pub use fold::EventFold;
pub use id::RecordId;
pub use mode::EventMode;
pub use overview::{DayCounts, EventCounts, EventOverview};
pub use query::{EventPage, EventPlace, EventQuery, EventSearch, EventSort};
pub use record::{EventImage, EventRecord, RecordContext};
pub use retention::Retention;
pub use row::EventRow;
pub use search::SearchField;
