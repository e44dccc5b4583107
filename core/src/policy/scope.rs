//! Which launches a policy is about, as read from the document.

use super::privilege::PrivilegePattern;
use crate::glob::Glob;
use crate::image::{Digest, ImageId};

/// The scope of a policy. All given parts must hold; an empty list does not restrict.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// `None` is `"all"`.
    pub(crate) images: Option<ImageSelectors>,
    pub(crate) exclude: ImageSelectors,
    pub(crate) nodes: Vec<Glob>,
    pub(crate) clusters: Vec<Glob>,
    pub(crate) namespaces: Vec<Glob>,
    pub(crate) privileges: Vec<PrivilegePattern>,
}

impl Scope {
    /// Whether nothing but the image decides.
    pub(crate) fn is_by_image_only(&self) -> bool {
        self.nodes.is_empty()
            && self.clusters.is_empty()
            && self.namespaces.is_empty()
            && self.privileges.is_empty()
    }
}

/// Alternatives that select images.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImageSelectors {
    pub(crate) ids: Vec<ImageId>,
    pub(crate) digests: Vec<Digest>,
    pub(crate) names: Vec<Glob>,
}

impl ImageSelectors {
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.digests.is_empty() && self.names.is_empty()
    }
}

/// A part of a scope, in the order in which `explain` looks at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the members of `scope`")]
pub enum ScopePart {
    Images,
    Exclude,
    Nodes,
    Clusters,
    Namespaces,
    Privileges,
}

impl ScopePart {
    /// The member of `scope` in policy documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Exclude => "exclude",
            Self::Nodes => "nodes",
            Self::Clusters => "clusters",
            Self::Namespaces => "namespaces",
            Self::Privileges => "privileges",
        }
    }
}
