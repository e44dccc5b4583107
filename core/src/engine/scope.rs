//! Whether a launch is in a policy's scope, and if not, which part failed first.

use super::image_view::ImageView;
use crate::glob::Glob;
use crate::launch::Launch;
use crate::policy::ScopePart;
use crate::policy::scope::Scope;

/// The first part of the scope that the launch is outside of.
pub(super) fn first_outside(scope: &Scope, launch: &Launch, image: &ImageView) -> Option<ScopePart> {
    image_outside(scope, image).or_else(|| rest_outside(scope, launch))
}

/// The part that depends on the image only, which an assessment keeps for each image it meets.
pub(super) fn image_outside(scope: &Scope, image: &ImageView) -> Option<ScopePart> {
    if scope.images.as_ref().is_some_and(|images| !image.is_selected(images)) {
        Some(ScopePart::Images)
    } else if image.is_selected(&scope.exclude) {
        Some(ScopePart::Exclude)
    } else {
        None
    }
}

/// The parts that depend on the launch.
pub(super) fn rest_outside(scope: &Scope, launch: &Launch) -> Option<ScopePart> {
    let document = launch.document();
    let outside = |globs: &[Glob], name: &Option<String>| {
        !globs.is_empty() && !globs.iter().any(|glob| covers(glob, name))
    };
    if outside(&scope.nodes, &document.node.name) {
        Some(ScopePart::Nodes)
    } else if outside(&scope.clusters, &document.node.cluster) {
        Some(ScopePart::Clusters)
    } else if outside(&scope.namespaces, &document.pod.namespace) {
        Some(ScopePart::Namespaces)
    } else if !scope.privileges.is_empty()
        && !launch
            .privileges()
            .iter()
            .any(|fact| scope.privileges.iter().any(|wanted| wanted.satisfied_by(fact)))
    {
        Some(ScopePart::Privileges)
    } else {
        None
    }
}

/// A name that is unknown is covered by the bare `*` or `**` only.
fn covers(glob: &Glob, name: &Option<String>) -> bool {
    name.as_deref().map_or(glob.is_anything(), |name| glob.matches(name))
}

/// What the launch says of a part, for `explain`.
pub(super) fn stated(part: ScopePart, launch: &Launch) -> Option<String> {
    let document = launch.document();
    match part {
        ScopePart::Nodes => document.node.name.clone(),
        ScopePart::Clusters => document.node.cluster.clone(),
        ScopePart::Namespaces => document.pod.namespace.clone(),
        ScopePart::Images | ScopePart::Exclude => {
            let image = &document.image;
            image.reference.clone().or_else(|| image.id.clone()).or_else(|| image.digest.clone())
        }
        ScopePart::Privileges => {
            let facts: Vec<String> = launch.privileges().iter().map(ToString::to_string).collect();
            Some(if facts.is_empty() { "nothing".to_owned() } else { facts.join(", ") })
        }
    }
}
