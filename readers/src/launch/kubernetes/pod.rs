//! From a pod's specification to its containers.

use super::security;
use crate::json::Place;
use crate::launch::docker::{Facts, push_new};
use crate::launch::{Options, bind, complete, reference};
use imagegate::{Container, ContainerKind, Error, Launch, LaunchDocument, LaunchImage, Node, Pod, quote};

/// Places that facts of several containers are read from.
pub(super) struct PodPlaces<'n, 'a> {
    pub(super) spec: Place<'n, 'a>,
    annotations: Place<'n, 'a>,
    pub(super) is_windows: bool,
    is_on_host_network: bool,
    /// Volumes by name, with the path of the host.
    host_paths: Vec<(Option<&'n str>, &'n str)>,
}

impl<'n, 'a> PodPlaces<'n, 'a> {
    /// The annotation of exactly this name.
    pub(super) fn annotation(&self, key: &str) -> Result<Option<Place<'n, 'a>>, Error> {
        Ok(self.annotations.members()?.into_iter().find(|(name, _)| *name == key).map(|(_, place)| place))
    }
}

/// A launch that waits for what the caller knows of its image.
pub(super) struct Draft {
    document: LaunchDocument,
    /// Said if nobody knows the image.
    no_image: Option<Error>,
}

impl Draft {
    pub(super) fn default_namespace(&mut self, namespace: &str) {
        self.document.pod.namespace.get_or_insert_with(|| namespace.to_owned());
    }

    /// The launch. With several containers a named image is only of those that name it or nothing.
    pub(super) fn finish(self, is_one: bool, options: &Options) -> Result<Launch, Error> {
        let Some(named) = &options.image else {
            return match self.no_image {
                Some(error) => Err(error),
                None => Launch::new(self.document),
            };
        };
        let stated = &self.document.image.reference;
        let is_named = stated.is_none() || *stated == named.reference;
        if is_one || is_named { complete(self.document, options) } else { Launch::new(self.document) }
    }
}

/// Reads all containers of a pod into `found`.
pub(super) fn containers(
    metadata: &Place<'_, '_>,
    metadata_of_pod: &Place<'_, '_>,
    spec: &Place<'_, '_>,
    found: &mut Vec<Draft>,
) -> Result<(), Error> {
    let mut all: Vec<(ContainerKind, Place<'_, '_>)> = Vec::new();
    for container in spec.member("initContainers")?.items()? {
        let kind = match container.member("restartPolicy")?.word()? {
            Some("Always") => ContainerKind::Sidecar,
            _ => ContainerKind::Init,
        };
        all.push((kind, container));
    }
    let main = spec.member("containers")?;
    let main_items = main.items()?;
    if main_items.is_empty() {
        return Err(main.error("missing_field", "a pod has at least one container"));
    }
    all.extend(main_items.into_iter().map(|container| (ContainerKind::Main, container)));
    let ephemeral = spec.member("ephemeralContainers")?.items()?;
    all.extend(ephemeral.into_iter().map(|container| (ContainerKind::Ephemeral, container)));

    let pod = PodPlaces {
        spec: spec.clone(),
        annotations: metadata_of_pod.member("annotations")?,
        is_windows: spec.member("os")?.member("name")?.word()? == Some("windows"),
        is_on_host_network: spec.member("hostNetwork")?.flag()? == Some(true),
        host_paths: host_paths(spec)?,
    };
    let mut mounted: Vec<&str> = Vec::new();
    for (_, container) in &all {
        for mount in container.member("volumeMounts")?.items()? {
            mounted.extend(mount.member("name")?.word()?);
        }
    }
    let is_mounted = |name: &Option<&str>| name.is_some_and(|name| mounted.contains(&name));
    let unmounted: Vec<&str> =
        pod.host_paths.iter().filter(|(name, _)| !is_mounted(name)).map(|(_, path)| *path).collect();

    let owned = |place: Place<'_, '_>| Ok::<_, Error>(place.word()?.map(str::to_owned));
    let shown_pod = Pod {
        namespace: owned(metadata.member("namespace")?)?,
        name: owned(metadata.member("name")?)?.or(owned(metadata.member("generateName")?)?),
    };
    let node = owned(spec.member("nodeName")?)?;
    for (kind, place) in &all {
        let mut draft = container(&pod, *kind, place, &unmounted)?;
        draft.document.pod = shown_pod.clone();
        draft.document.node = Node { name: node.clone(), ..Node::default() };
        found.push(draft);
    }
    Ok(())
}

/// The host path volumes of a pod.
fn host_paths<'n>(spec: &Place<'n, '_>) -> Result<Vec<(Option<&'n str>, &'n str)>, Error> {
    let mut found = Vec::new();
    for volume in spec.member("volumes")?.items()? {
        let host_path = volume.member("hostPath")?;
        if !host_path.is_given() {
            continue;
        }
        let place = host_path.member("path")?;
        let Some(path) = place.word()? else {
            return Err(place.error("missing_field", "a `hostPath` has a `path`"));
        };
        if !bind::is_host_path(path) || path.starts_with(['.', '~']) {
            let message = format!("{} is relative: expected an absolute path of the host", quote(path));
            return Err(place.error("relative_path", message));
        }
        found.push((volume.member("name")?.word()?, path));
    }
    Ok(found)
}

fn container(
    pod: &PodPlaces<'_, '_>,
    kind: ContainerKind,
    place: &Place<'_, '_>,
    unmounted: &[&str],
) -> Result<Draft, Error> {
    let name = place.member("name")?.word()?;
    let mut facts = Facts::default();
    let mut container = Container { name: name.map(str::to_owned), kind: Some(kind), ..Container::default() };
    security::facts(pod, place, name, &mut facts, &mut container)?;
    mounts(pod, place, &mut facts, &mut container)?;
    for path in unmounted {
        facts.state(format!("host_path:{path}"));
    }
    ports(pod, place, &mut facts, &mut container)?;
    for member in ["command", "args"] {
        container.command.extend(place.member(member)?.words()?.into_iter().map(str::to_owned));
    }
    for variable in place.member("env")?.items()? {
        if let Some(name) = variable.member("name")?.word()? {
            // What is behind a `=` is of the value.
            let name = name.split_once('=').map_or(name, |(name, _)| name);
            push_new(&mut container.environment, name.to_owned());
        }
    }
    let image = place.member("image")?;
    let stated = reference(&image)?;
    let no_image = stated.is_none().then(|| {
        image.error("missing_identity", "the container has no image: give `image`, or name the image")
    });
    let (privileges, inferred) = facts.into_lists();
    let document = LaunchDocument {
        image: LaunchImage { reference: stated, ..LaunchImage::default() },
        container,
        privileges,
        inferred,
        ..LaunchDocument::default()
    };
    Ok(Draft { document, no_image })
}

fn mounts(
    pod: &PodPlaces<'_, '_>,
    place: &Place<'_, '_>,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<(), Error> {
    for mount in place.member("volumeMounts")?.items()? {
        let Some(name) = mount.member("name")?.word()? else { continue };
        let mut source = name;
        for (_, path) in pod.host_paths.iter().filter(|(volume, _)| *volume == Some(name)) {
            facts.state(format!("host_path:{path}"));
            source = path;
        }
        let target = mount.member("mountPath")?.word()?.unwrap_or_default();
        let read_only = if mount.member("readOnly")?.flag()? == Some(true) { ":ro" } else { "" };
        push_new(&mut container.mounts, format!("{source}:{target}{read_only}"));
    }
    for device in place.member("volumeDevices")?.items()? {
        // A volume, not a device of the host that the document would name.
        if let Some(name) = device.member("name")?.word()? {
            let target = device.member("devicePath")?.word()?.unwrap_or_default();
            push_new(&mut container.devices, format!("{name}:{target}"));
        }
    }
    Ok(())
}

fn ports(
    pod: &PodPlaces<'_, '_>,
    place: &Place<'_, '_>,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<(), Error> {
    for port in place.member("ports")?.items()? {
        let inner = port.member("containerPort")?.whole()?;
        let stated = port.member("hostPort")?.whole()?.filter(|port| *port != 0);
        // On the host's network a port is the host's; the API server writes that into `hostPort` too.
        let on_host = stated.or(inner.filter(|_| pod.is_on_host_network));
        let protocol = port.member("protocol")?.word()?.unwrap_or("TCP").to_ascii_lowercase();
        let address = port.member("hostIP")?.word()?.map(|ip| format!("{ip}:")).unwrap_or_default();
        let shown = inner.map(|port| port.to_string()).unwrap_or_default();
        match on_host {
            Some(host_port) => {
                facts.state("host_port");
                push_new(&mut container.ports, format!("{address}{host_port}:{shown}/{protocol}"));
            }
            None => push_new(&mut container.ports, format!("{shown}/{protocol}")),
        }
    }
    Ok(())
}
