//! The machinery: indexes over a policy set, assessments, decisions. Private; the public types stand outside.
//!
//! The way of a decision: [`index`] inverts the policy set once. [`assess`] walks the findings of an image once and
//! keeps, for each policy that looks for something in it, which findings matched; nothing here depends on the clock
//! or the launch. [`decide`] then looks only at policies with matches: is it their time, is the launch in scope, is
//! something left that no exception excuses.

mod assess;
mod bits;
mod decide;
mod evaluate;
mod evidence;
mod excuse;
mod exercise;
mod explain;
mod image_view;
mod index;
mod kinds;
mod scalar_index;
mod scope;
mod steady;
mod subject;
mod text_map;

pub use assess::Category;
pub(crate) use assess::{AssessmentHandle, assess};
pub(crate) use decide::{Hits, action, decide, first_hit, hits};
pub(crate) use evidence::render_events;
pub(crate) use exercise::exercised;
pub(crate) use explain::explain;
pub(crate) use image_view::{LastKey, Owned};
pub(crate) use index::Index;
pub(crate) use subject::{Subject, failed_fields, subjects};
