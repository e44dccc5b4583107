//! JSON as others write it: borrowed, lenient about unknown members, exact about where a mistake is.

mod lines;
mod locate;
mod place;
mod read;
mod table;
mod text;
mod text_or;

pub(crate) use lines::{Line, lines};
pub(crate) use locate::{escape, locate};
pub(crate) use place::{Node, Place, folds_to};
pub(crate) use read::read;
pub(crate) use table::Table;
pub(crate) use text::Text;
pub(crate) use text_or::TextOr;
