//! What the hosts of imagegate share on a node: where the policies, the scan profiles and the overrides are, which
//! image a bundle was made from, and what is written down about a start.
//!
//! A host turns what its runtime tells it into a [`Launch`](imagegate::Launch), looks the scan profile up in a
//! [`ProfileFolder`], decides, and hands the outcome to [`Start`], which knows about overrides, failures and the log.
//! Whatever fails on the way is a [`Verdict`] of its own, never an allowed start.
#![forbid(unsafe_code)]

mod bundle;
mod clock;
mod config;
mod file;
mod image;
mod log;
mod overrides;
mod policies;
mod profiles;
mod reason;
mod record;
mod start;
pub mod wire;

pub use bundle::{Bundle, launch_of};
pub use clock::now;
pub use config::{Config, OnError};
pub use file::{Stamp, read};
pub use image::ImageSources;
pub use log::StartLog;
pub use overrides::{Override, Overrides};
pub use policies::{Loaded, PolicyFile};
pub use profiles::{Found, ProfileFolder, file_name};
pub use reason::{one_line, reason};
pub use record::{record, record_in};
pub use start::{Outcome, Start, Verdict};
