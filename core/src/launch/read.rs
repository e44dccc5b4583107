//! Reads imagegate's own launch document, strictly.

use super::document::{Container, ContainerKind, LaunchDocument, LaunchImage, Node, Pod};
use crate::error::{Error, ErrorKind, quote};
use crate::image::{Digest, ImageId, Reference};
use crate::json::{
    self, Document, Path, Problems, Reader, checked, owned_string, read_document, string, word,
};
use crate::launch::Privilege;
use crate::limits::Limits;

const DOCUMENT: Document = Document { kind: ErrorKind::InvalidLaunch, name: "launch document" };

pub(super) fn read(text: &[u8], limits: &Limits) -> Result<LaunchDocument, Error> {
    read_document(text, limits, &DOCUMENT, |reader, _, problems| read_members(reader, problems))
}

/// The members of a launch document beside `version`.
pub(crate) fn read_members(
    reader: &mut Reader<'_, '_, '_>,
    problems: &mut Problems,
) -> Option<LaunchDocument> {
    let image = reader.required_field("image", problems, read_image);
    let container = reader.field("container", problems, read_container).unwrap_or_default();
    let privileges = reader.required_field("privileges", problems, |node, path, problems| {
        Some(json::list(node, path, problems, fact))
    });
    let listed: Vec<Privilege> =
        privileges.iter().flatten().filter_map(|text| Privilege::parse_fact(text).ok()).collect();
    let inferred = reader.list("inferred", problems, |node, path, problems| {
        let text = fact(node, path, problems)?;
        if !Privilege::parse_fact(&text).is_ok_and(|fact| listed.contains(&fact)) {
            let message =
                format!("{} is not among `privileges`: what is inferred must be listed there", quote(&text));
            problems.add("invalid_privilege", path, message);
        }
        Some(text)
    });
    let node = reader.field("node", problems, read_node).unwrap_or_default();
    let pod = reader.field("pod", problems, read_pod).unwrap_or_default();
    Some(LaunchDocument { image: image?, container, privileges: privileges?, inferred, node, pod })
}

/// A privilege fact, checked here so that all mistakes are reported at once.
fn fact(node: &json::Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<String> {
    let text = string(node, path, problems)?;
    match Privilege::parse_fact(text) {
        Ok(_) => Some(text.to_owned()),
        Err(message) => {
            problems.add("invalid_privilege", path, message);
            None
        }
    }
}

fn read_image(node: &json::Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<LaunchImage> {
    let mut reader = Reader::open(node, path, problems)?;
    let image = LaunchImage {
        reference: reader.field("reference", problems, |node, path, problems| {
            checked(node, path, problems, "invalid_name", |text| match ImageId::parse(text) {
                Ok(_) => Ok(()),
                Err(_) => Reference::parse(text).map(|_| ()),
            })
        }),
        id: reader.field("id", problems, |node, path, problems| {
            checked(node, path, problems, "invalid_id", |text| ImageId::parse(text).map(|_| ()))
        }),
        digest: reader.field("digest", problems, |node, path, problems| {
            checked(node, path, problems, "invalid_digest", |text| Digest::parse(text).map(|_| ()))
        }),
    };
    if ["reference", "id", "digest"].into_iter().all(|name| reader.get(name).is_none()) {
        let message = "the launch does not say which image starts: give `reference`, `id` or `digest`";
        problems.add("missing_identity", path, message);
    }
    reader.finish(problems);
    Some(image)
}

fn read_container(node: &json::Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Container> {
    let mut reader = Reader::open(node, path, problems)?;
    let container = Container {
        name: reader.string("name", problems),
        kind: reader.field("kind", problems, |node, path, problems| {
            word(node, path, problems, &ContainerKind::WORDS)
        }),
        command: reader.strings("command", problems),
        user: reader.string("user", problems),
        environment: reader.list("environment", problems, variable_name),
        mounts: reader.strings("mounts", problems),
        devices: reader.strings("devices", problems),
        ports: reader.strings("ports", problems),
    };
    reader.finish(problems);
    Some(container)
}

/// `NAME=value` is refused: values hold secrets and have no place in a launch document.
fn variable_name(node: &json::Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<String> {
    let name = owned_string(node, path, problems)?;
    if let Some((before, _)) = name.split_once('=') {
        let message = format!("environment holds names only, values are secrets: write {}", quote(before));
        problems.add("environment_value", path, message);
        return None;
    }
    Some(name)
}

pub(crate) fn read_node(node: &json::Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Node> {
    let mut reader = Reader::open(node, path, problems)?;
    let node = Node {
        name: reader.string("name", problems),
        internal_ip: reader.string("internal_ip", problems),
        public_ip: reader.string("public_ip", problems),
        cluster: reader.string("cluster", problems),
    };
    reader.finish(problems);
    Some(node)
}

fn read_pod(node: &json::Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Pod> {
    let mut reader = Reader::open(node, path, problems)?;
    let pod = Pod { namespace: reader.string("namespace", problems), name: reader.string("name", problems) };
    reader.finish(problems);
    Some(pod)
}
