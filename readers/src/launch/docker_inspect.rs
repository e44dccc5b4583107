//! `docker inspect` of containers: an array of them, or the one object that the API answers.
//!
//! Bind mounts are read where they stand: in `HostConfig.Binds`, in `HostConfig.Mounts`, and in `Mounts`, which also
//! has those that `HostConfig` does not list. A mount without `Type`, `Name` and `Driver` (daemons before API 1.25)
//! counts as a bind and is marked as inferred. Without `HostConfig` (before API 1.8) nobody can say how the container
//! was started: it is refused, never read as without privileges. `AppArmorProfile` is the state in force.
//! Without a user a container runs as root, since Docker has merged the image's user into an inspection; that is marked
//! as inferred.

use super::docker::{Facts, config, host_config, mount, unconfined};
use super::{Options, complete, image_id, reference};
use crate::detect::Reader;
use crate::json::{Node, Place, read as read_json};
use crate::look::Look;
use imagegate::{Container, Error, ErrorKind, Launch, LaunchDocument, LaunchImage};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "docker-inspect", title: "`docker inspect` of a container", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object_or_first_item().is_some_and(|members| {
        let configured =
            members.is_object("Config") && members.has_any(&["State", "NetworkSettings", "HostConfig"]);
        let hosted =
            members.is_object("HostConfig") && members.has_any(&["Id", "ID", "State", "NetworkSettings"]);
        // An image has `RepoTags`; an item of the list of containers has `Names`.
        (configured || hosted) && !members.has_any(&["RepoTags", "Names"])
    })
}

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    let node: Node<'_> = read_json(text, ErrorKind::InvalidLaunch)?;
    let root = Place::root(text, &node);
    if !matches!(node, Node::List(_)) {
        return Ok(vec![container(&root, options)?]);
    }
    let items = root.items()?;
    if items.is_empty() {
        return Err(root.error("no_launch", "the array is empty: no container was inspected"));
    }
    items.iter().map(|item| container(item, options)).collect()
}

fn container(item: &Place<'_, '_>, options: &Options) -> Result<Launch, Error> {
    let host = item.member("HostConfig")?;
    if !host.is_given() {
        return Err(item.error(
            "missing_host_config",
            "there is no `HostConfig` (as before API 1.8, or this is no container): how it was started is unknown, which \
             is not the same as without privileges",
        ));
    }
    let mut facts = Facts::default();
    let mut container = Container::default();
    let confinement = host_config(&host, &mut facts, &mut container)?;
    // Binds are here even if the `HostConfig` does not list them.
    for place in item.member("Mounts")?.items()? {
        mount(&place, &mut facts, &mut container)?;
    }
    if item.member("AppArmorProfile")?.text()? == Some("unconfined") {
        facts.state("apparmor_unconfined");
    }
    let created_from = item.member("Config")?;
    config(&created_from, &mut facts, &mut container)?;
    // Docker has merged the image's user into an inspection: if there is still none, the image has none, and that is
    // root.
    if created_from.is_given() && container.user.is_none() {
        facts.infer("run_as_root");
    }
    unconfined(confinement, &container, &mut facts);
    let name = item.member("Name")?.word()?;
    container.name = name.map(|name| name.trim_start_matches('/').to_owned()).filter(|name| !name.is_empty());
    let id = item.member("Image")?;
    let image = LaunchImage {
        reference: reference(&created_from.member("Image")?)?,
        id: match id.word()? {
            Some(text) => Some(image_id(text).map_err(|message| id.error("invalid_id", message))?),
            None => None,
        },
        digest: None,
    };
    if image == LaunchImage::default() && options.image.is_none() {
        return Err(item.error("missing_identity", "the container has no image: name it"));
    }
    let (privileges, inferred) = facts.into_lists();
    let document = LaunchDocument { image, container, privileges, inferred, ..LaunchDocument::default() };
    complete(document, options)
}
