//! The body of `POST /containers/create` of the Docker Engine API, as an authorization plugin sees it.
//!
//! Where the privileges stand has changed: in `HostConfig` since API 1.15, at the top level in some versions before,
//! and, before 1.15, in the body of the *start* request. Daemons up to 25 still obey members of `HostConfig` at the
//! top level of a body that has no `HostConfig`. So both places are read, and a privilege in either counts.
//!
//! A body without a `HostConfig` is an ordinary request today and gets Docker's defaults: no privileges. A body that
//! shows its age (`VolumesFrom`, `Memory`, … at the top level) and says nothing of privileges is refused: its
//! privileges come with the start request, so that they are unknown, which is not the same as none.
//!
//! The body of a start request of that time (a bare `HostConfig`) is read too, if the caller names the image.

use super::docker::{Facts, HOST_MEMBERS, config, host_config, unconfined};
use super::{Options, complete, reference};
use crate::detect::Reader;
use crate::json::{Node, Place, read as read_json};
use crate::look::{Look, Shape};
use imagegate::{Container, Error, ErrorKind, Launch, LaunchDocument, LaunchImage};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "docker-create", title: "a Docker create request", detect, read };

fn detect(look: &Look<'_>) -> bool {
    // What other documents of Docker have, and no create request.
    const NOT_HERE: [&str; 7] =
        ["Id", "State", "Config", "NetworkSettings", "RepoTags", "apiVersion", "ociVersion"];
    const USUAL: [&str; 10] = [
        "Cmd",
        "Entrypoint",
        "Env",
        "Hostname",
        "User",
        "AttachStdout",
        "Tty",
        "ExposedPorts",
        "WorkingDir",
        "NetworkingConfig",
    ];
    let Some(members) = look.object() else { return false };
    if members.count_folded(&NOT_HERE) > 0 {
        return false;
    }
    let host_config = matches!(members.get_folded("HostConfig"), Some(Shape::Object));
    let image = matches!(members.get_folded("Image"), Some(Shape::Text(_)));
    let exact_image = members.text("Image").is_some();
    let usual = members.count_folded(&USUAL);
    // Other formats have `mounts` and `devices` too; a bare `HostConfig` must be spelt as Docker's clients spell it.
    let host_members = HOST_MEMBERS.iter().filter(|member| members.has(member)).count();
    host_config || exact_image || (image && usual > 0) || host_members > 1
}

/// Members at the top level of bodies before API 1.18.
const OF_OLD: [&str; 9] = [
    "PortSpecs",
    "Memory",
    "MemorySwap",
    "CpuShares",
    "Cpuset",
    "Dns",
    "VolumesFrom",
    "RestartPolicy",
    "LxcConf",
];

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    let node: Node<'_> = read_json(text, ErrorKind::InvalidLaunch)?;
    let body = Place::root(text, &node);
    let host = body.member("HostConfig")?;
    let bare_host_config = body.members()?.iter().any(|(key, _)| HOST_MEMBERS.contains(key));
    if first_given(&body, &["Image", "HostConfig"])?.is_none() && !bare_host_config {
        // With the format and the image named, any object would read as a launch without privileges.
        return Err(Error::new(
            ErrorKind::Unsupported,
            "unknown_format",
            "the document is no create request: it has neither `Image` nor `HostConfig`",
        ));
    }
    if !host.is_given() {
        let of_old = first_given(&body, &OF_OLD)?;
        if let (Some(member), None) = (of_old, first_given(&body, &HOST_MEMBERS)?) {
            return Err(body.error(
                "missing_host_config",
                format!(
                    "the request has no `HostConfig`, and `{member}` at the top level is of a time when privileges were \
                     given at the start: they are unknown (a `HostConfig` of `{{}}` would say that there are none)"
                ),
            ));
        }
    }
    let mut facts = Facts::default();
    let mut container = Container::default();
    let mut confinement = host_config(&body, &mut facts, &mut container)?;
    if host.is_given() {
        // Where there is a `HostConfig`, only its security options are in force.
        confinement = host_config(&host, &mut facts, &mut container)?;
    }
    config(&body, &mut facts, &mut container)?;
    unconfined(confinement, &container, &mut facts);
    let reference = reference(&body.member("Image")?)?;
    if reference.is_none() && options.image.is_none() {
        return Err(
            body.error("missing_identity", "the request names no image: give `Image`, or name the image")
        );
    }
    let (privileges, inferred) = facts.into_lists();
    let image = LaunchImage { reference, ..LaunchImage::default() };
    let document = LaunchDocument { image, container, privileges, inferred, ..LaunchDocument::default() };
    Ok(vec![complete(document, options)?])
}

fn first_given(body: &Place<'_, '_>, members: &[&'static str]) -> Result<Option<&'static str>, Error> {
    for member in members {
        let place = body.member(member)?;
        // Go writes the zero value of what was not given.
        let is_zero = matches!(place.node(), Some(Node::Text(text)) if text.is_empty());
        if place.is_given() && !is_zero {
            return Ok(Some(member));
        }
    }
    Ok(None)
}
