//! Where a walk through a document is.

use std::fmt::Write as _;

/// Where the walk is, linked through the stack; a JSON Pointer is only written if there is a problem.
#[derive(Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Member(&'p str),
    Item(usize),
}

impl<'p> Path<'p> {
    pub(crate) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    pub(crate) fn member(&'p self, name: &'p str) -> Path<'p> {
        Path { parent: Some(self), step: Step::Member(name) }
    }

    pub(crate) fn item(&'p self, index: usize) -> Path<'p> {
        Path { parent: Some(self), step: Step::Item(index) }
    }

    /// The JSON Pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Path::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Member(name) => {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            Step::Item(index) => {
                let _ = write!(pointer, "/{index}");
            }
        }
        pointer
    }
}
