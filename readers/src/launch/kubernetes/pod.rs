//! From a pod's specification to its containers.

use super::security::{self, OfPod};
use crate::json::{Place, folds_to};
use crate::launch::docker::Facts;
use crate::launch::{Options, bind, complete, reference};
use imagegate::{
    Container, ContainerKind, Error, ErrorKind, Launch, LaunchDocument, LaunchImage, Node, Pod, quote,
};
use std::collections::{HashMap, HashSet};

/// What all containers of a pod are read with.
struct Shared<'n, 'a> {
    security: OfPod<'n, 'a>,
    /// The volumes that a container mounts, by name.
    volumes: HashMap<&'n str, Volume<'n>>,
    /// Those that no container mounts.
    unmounted: Vec<Volume<'n>>,
}

/// A volume of a pod.
struct Volume<'n> {
    name: Option<&'n str>,
    /// Where its files come from: one type, unless the document is wrong.
    types: Vec<&'n str>,
    host_path: Option<&'n str>,
}

impl Volume<'_> {
    fn facts(&self, facts: &mut Facts) {
        if let Some(path) = self.host_path {
            facts.state(format!("host_path:{path}"));
        }
        for kind in &self.types {
            facts.state(format!("volume:{kind}"));
        }
    }
}

/// How many facts of the pod there may be, container by container.
const FACTS_OF_PODS: usize = 10_000;

/// How many sources a volume may name; one is what the API server takes.
const SOURCES: usize = 16;

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

    let mut mounted: HashSet<&str> = HashSet::new();
    for (_, container) in &all {
        for list in ["volumeMounts", "volumeDevices"] {
            for mount in container.member(list)?.items()? {
                mounted.extend(mount.member("name")?.word()?);
            }
        }
    }
    let mut pod = Shared {
        security: OfPod::read(spec, metadata_of_pod)?,
        volumes: HashMap::new(),
        unmounted: Vec::new(),
    };
    for volume in volumes(spec)? {
        match volume.name {
            Some(name) if mounted.contains(name) => {
                pod.volumes.insert(name, volume);
            }
            _ => pod.unmounted.push(volume),
        }
    }
    let of_volumes = pod.unmounted.iter().map(|volume| volume.types.len());
    let of_pod = of_volumes.fold(pod.security.sysctls(), usize::saturating_add);
    if of_pod.saturating_mul(all.len()) > FACTS_OF_PODS {
        let message = format!(
            "volumes that no container mounts and kernel parameters make more than the limit of {FACTS_OF_PODS} facts"
        );
        return Err(Error::new(ErrorKind::LimitExceeded, "too_many_facts", message));
    }

    let owned = |place: Place<'_, '_>| Ok::<_, Error>(place.word()?.map(str::to_owned));
    let shown_pod = Pod {
        namespace: owned(metadata.member("namespace")?)?,
        name: owned(metadata.member("name")?)?.or(owned(metadata.member("generateName")?)?),
    };
    let node = owned(spec.member("nodeName")?)?;
    for (kind, place) in &all {
        let mut draft = container(&pod, *kind, place)?;
        draft.document.pod = shown_pod.clone();
        draft.document.node = Node { name: node.clone(), ..Node::default() };
        found.push(draft);
    }
    Ok(())
}

/// The volumes of a pod.
fn volumes<'n>(spec: &Place<'n, '_>) -> Result<Vec<Volume<'n>>, Error> {
    let mut found = Vec::new();
    let mut names = HashSet::new();
    for volume in spec.member("volumes")?.items()? {
        let place = volume.member("name")?;
        let name = place.word()?;
        if name.is_some_and(|name| !names.insert(name)) {
            // Which of them is mounted is not settled.
            return Err(place.error("duplicate_name", "another volume has the same name"));
        }
        let members = volume.members()?;
        let given = members.iter().filter(|(key, place)| !folds_to(key, "name") && place.is_given());
        let mut types: Vec<&str> = given.map(|(key, _)| *key).collect();
        if types.is_empty() {
            // What the API server makes of a volume without a source.
            types.push("emptyDir");
        }
        if types.len() > SOURCES {
            let message = format!("the volume names {} sources: a volume has one", types.len());
            return Err(volume.error("invalid_value", message));
        }
        let host_path = host_path(&volume.member("hostPath")?)?;
        found.push(Volume { name, types, host_path });
    }
    Ok(found)
}

/// The path of a volume that is one of the host.
fn host_path<'n>(volume: &Place<'n, '_>) -> Result<Option<&'n str>, Error> {
    if !volume.is_given() {
        return Ok(None);
    }
    let place = volume.member("path")?;
    let Some(path) = place.word()? else {
        return Err(place.error("missing_field", "a `hostPath` has a `path`"));
    };
    if !bind::is_host_path(path) || path.starts_with(['.', '~']) {
        let message = format!("{} is relative: expected an absolute path of the host", quote(path));
        return Err(place.error("relative_path", message));
    }
    Ok(Some(path))
}

fn container(pod: &Shared<'_, '_>, kind: ContainerKind, place: &Place<'_, '_>) -> Result<Draft, Error> {
    let name = place.member("name")?.word()?;
    let mut facts = Facts::default();
    let mut container = Container { name: name.map(str::to_owned), kind: Some(kind), ..Container::default() };
    security::facts(&pod.security, place, name, &mut facts, &mut container)?;
    mounts(pod, place, &mut facts, &mut container)?;
    for volume in &pod.unmounted {
        volume.facts(&mut facts);
    }
    ports(pod, place, &mut facts, &mut container)?;
    for member in ["command", "args"] {
        container.command.extend(place.member(member)?.words()?.into_iter().map(str::to_owned));
    }
    let mut names = HashSet::new();
    for variable in place.member("env")?.items()? {
        if let Some(name) = variable.member("name")?.word()? {
            // What is behind a `=` is of the value.
            let name = name.split_once('=').map_or(name, |(name, _)| name);
            if names.insert(name) {
                container.environment.push(name.to_owned());
            }
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
    pod: &Shared<'_, '_>,
    place: &Place<'_, '_>,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<(), Error> {
    for mount in place.member("volumeMounts")?.items()? {
        let Some(name) = mount.member("name")?.word()? else { continue };
        let volume = pod.volumes.get(name);
        if let Some(volume) = volume {
            volume.facts(facts);
        }
        let source = volume.and_then(|volume| volume.host_path).unwrap_or(name);
        let target = mount.member("mountPath")?.word()?.unwrap_or_default();
        let read_only = if mount.member("readOnly")?.flag()? == Some(true) { ":ro" } else { "" };
        container.mounts.push(format!("{source}:{target}{read_only}"));
    }
    for device in place.member("volumeDevices")?.items()? {
        // A volume, not a device of the host that the document would name.
        if let Some(name) = device.member("name")?.word()? {
            if let Some(volume) = pod.volumes.get(name) {
                volume.facts(facts);
            }
            let target = device.member("devicePath")?.word()?.unwrap_or_default();
            container.devices.push(format!("{name}:{target}"));
        }
    }
    Ok(())
}

fn ports(
    pod: &Shared<'_, '_>,
    place: &Place<'_, '_>,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<(), Error> {
    for port in place.member("ports")?.items()? {
        let inner = port.member("containerPort")?.whole()?;
        let stated = port.member("hostPort")?.whole()?.filter(|port| *port != 0);
        // On the host's network a port is the host's; the API server writes that into `hostPort` too.
        let on_host = stated.or(inner.filter(|_| pod.security.is_on_host_network));
        let protocol = port.member("protocol")?.word()?.unwrap_or("TCP").to_ascii_lowercase();
        let address = port.member("hostIP")?.word()?.map(|ip| format!("{ip}:")).unwrap_or_default();
        let shown = inner.map(|port| port.to_string()).unwrap_or_default();
        match on_host {
            Some(host_port) => {
                facts.state("host_port");
                container.ports.push(format!("{address}{host_port}:{shown}/{protocol}"));
            }
            None => container.ports.push(format!("{shown}/{protocol}")),
        }
    }
    Ok(())
}
