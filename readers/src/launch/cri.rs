//! A CRI container configuration, as `crictl create` and `crictl run` take it: the `ContainerConfig` of the runtime
//! API (v1, v1alpha2) as JSON or YAML.
//!
//! | here | fact |
//! |---|---|
//! | `linux.security_context.privileged` | `privileged` |
//! | `…capabilities.add_capabilities`, `add_ambient_capabilities` | `capability:NAME` beyond the default; `capability_added:NAME` |
//! | `…capabilities.drop_capabilities` without `ALL` | `capabilities_not_dropped` |
//! | `…namespace_options` `network`, `pid`, `ipc` 2 (`NODE`), or `host_network`, `host_pid`, `host_ipc` of before 2018 | `host_network`, `host_pid`, `host_ipc` |
//! | `…namespace_options.userns_options.mode` 2 (`NODE`) | `host_user` |
//! | `…seccomp.profile_type` 1, or `seccomp_profile_path` `unconfined` | `seccomp_unconfined` |
//! | `…apparmor.profile_type` 1, or `apparmor_profile` `unconfined` | `apparmor_unconfined` |
//! | neither `…seccomp` nor `seccomp_profile_path` | `seccomp_unset` |
//! | `…selinux_options.type` `spc_t` or `unconfined_t` | `selinux_disabled`, inferred |
//! | `…selinux_options` | `selinux_type:`, `selinux_user:`, `selinux_role:` |
//! | `…masked_paths`, `readonly_paths` that leave out what every engine covers | `unmasked_paths` |
//! | `…no_new_privs` not `true` | `new_privileges` |
//! | `…run_as_user.value` 0, `run_as_username` `root` | `run_as_root` |
//! | neither a `run_as_user` other than 0 nor a `run_as_username` other than `root` | `root_not_refused` |
//! | `mounts[].host_path` | `host_path:PATH` |
//! | `devices[].host_path`; `CDI_devices`, annotations `cdi.k8s.io/…` | `device:PATH`; `device:NAME`, inferred |
//! | `windows.security_context.host_process` | `privileged` and `host_network`, inferred |
//!
//! # Decisions
//! - **Where `privileged` counts.** Only in the security context. Files of CRI-O's history have it at the top level or
//!   in `linux`, where the API has no such field and runtimes ignore it; so is it here, as are `capabilities` and
//!   `user` directly in `linux`. A container started from such a file is *not* privileged, whatever its author
//!   thought.
//! - **Absent is the runtime's default.** No seccomp profile, user, masked paths or user namespace in the document means
//!   what the runtime's own configuration says, and is no fact. Privileges of the pod (host namespaces, host ports)
//!   are in the sandbox configuration; a container configuration inherits nothing in this reader.
//! - **Sandbox configurations are refused**, even with the image named: they are about the pause container, and to read
//!   one as the launch of an application would hide what the application's own configuration asks for.
//! - **Templates.** `%VALUE%` or `${VALUE}` in a place that counts is an error there.
//! - **Names.** As Go programs match them, and in both spellings of protobuf's JSON, `host_path` and `hostPath`; modes
//!   are numbers or their names.
//! - **YAML** is read as that of Kubernetes objects is ([`kubernetes`](super::kubernetes)); the text holds one document.
//! - **Image.** The kubelet gives the image by id or digest in `image.image`, and what the user wrote in
//!   `image.user_specified_image`: the first identifies, the second names. `docker://`, as of 2016, is taken off.
//! - Of `envs` only the keys are read. Kubelet's labels (`io.kubernetes.pod.name`, …) give the pod.

use super::docker::{ALWAYS_MASKED, ALWAYS_READ_ONLY, Facts, push_new};
use super::oci_runtime::is_unconfined_type;
use super::{Options, bind, capabilities, complete};
use crate::detect::Reader;
use crate::json::{Node, Place, read as read_json};
use crate::look::Look;
use crate::yaml;
use imagegate::{
    Container, Error, ErrorKind, ImageIdentity, Launch, LaunchDocument, LaunchImage, Pod, quote,
};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "cri", title: "a CRI container configuration", detect, read };

/// Kubernetes objects have `metadata` too.
const NOT_HERE: [&str; 5] = ["apiVersion", "kind", "spec", "ociVersion", "version"];

fn detect(look: &Look<'_>) -> bool {
    match look.object() {
        Some(members) => {
            members.is_object("metadata") && members.is_object("image") && !members.has_any(&NOT_HERE)
        }
        None => {
            let is_yaml = look.top.is_err() && !looks_like_json(look.text);
            let has = |name: &str| yaml::has_member(look.text, name);
            is_yaml && has("metadata") && has("image") && !NOT_HERE.into_iter().any(has)
        }
    }
}

fn looks_like_json(text: &str) -> bool {
    text.trim_ascii_start().starts_with(['{', '['])
}

/// What a number of the API means, by its name there.
type Words = [(&'static str, i64)];

const MODES: [(&str, i64); 4] = [("POD", 0), ("CONTAINER", 1), ("NODE", 2), ("TARGET", 3)];
const NODE: i64 = 2;

const PROFILES: [(&str, i64); 3] = [("RuntimeDefault", 0), ("Unconfined", 1), ("Localhost", 2)];
const UNCONFINED: i64 = 1;

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    if looks_like_json(text) {
        let node: Node<'_> = read_json(text, ErrorKind::InvalidLaunch)?;
        return container(&Place::root(text, &node), options);
    }
    let documents = yaml::documents(text, &options.limits)?;
    let mut given = documents.iter().enumerate().filter(|(_, node)| !matches!(node, Node::Null));
    match (given.next(), given.next()) {
        (Some((index, node)), None) => container(&Place::root_of_yaml(text, index, node), options),
        _ => {
            let message = "expected one document in the text: a CRI configuration is of one container";
            Err(Error::new(ErrorKind::InvalidLaunch, "several_documents", message))
        }
    }
}

/// Reads the configuration of a container.
fn container(root: &Place<'_, '_>, options: &Options) -> Result<Vec<Launch>, Error> {
    let image = member(root, "image")?;
    if !image.is_given() || !member(root, "metadata")?.is_given() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "unknown_format",
            "the document is no CRI container configuration, which has `metadata` and `image` (a sandbox configuration \
             has no image: it is about the pod's pause container)",
        ));
    }
    // YAML is recognised by how its lines start, and a key can be written in other ways. What starts from a Pod with an
    // `image` beside its `spec` is the Pod.
    for name in NOT_HERE {
        let other = root.member(name)?;
        if other.is_given() {
            let message =
                format!("a CRI container configuration has no {}: this is another object", quote(name));
            return Err(other.error("unknown_format", message));
        }
    }
    let mut facts = Facts::default();
    let mut container = Container::default();
    let (linux, windows) = (member(root, "linux")?, member(root, "windows")?);
    windows_context(&member(&windows, "security_context")?, &mut facts, &mut container)?;
    let context = member(&linux, "security_context")?;
    confinement(&context, &mut facts)?;
    mounts(root, &mut facts, &mut container)?;
    devices(root, &mut facts, &mut container)?;
    user(&context, &mut facts, &mut container)?;
    // On Windows there is no such thing.
    let only_windows = windows.is_given() && !linux.is_given();
    if !only_windows {
        unsaid(&context, &container, &mut facts)?;
    }
    // Only shown, so that a placeholder does no harm.
    for name in ["command", "args"] {
        container.command.extend(root.member(name)?.words()?.into_iter().map(str::to_owned));
    }
    for variable in member(root, "envs")?.items()? {
        if let Some(name) = variable.member("key")?.word()? {
            // A runtime joins key and value with `=`: what is behind one in the key is of the value.
            let name = name.split_once('=').map_or(name, |(name, _)| name);
            push_new(&mut container.environment, name.to_owned());
        }
    }
    let owned = |place: Place<'_, '_>| Ok::<_, Error>(place.word()?.map(str::to_owned));
    container.name = owned(root.member("metadata")?.member("name")?)?;
    let labels = root.member("labels")?;
    let pod = Pod {
        namespace: owned(labels.member("io.kubernetes.pod.namespace")?)?,
        name: owned(labels.member("io.kubernetes.pod.name")?)?,
    };
    let launch_image = launch_image(&image)?;
    if launch_image == LaunchImage::default() && options.image.is_none() {
        return Err(image
            .error("missing_identity", "the container has no image: give `image.image`, or name the image"));
    }
    let (privileges, inferred) = facts.into_lists();
    let document = LaunchDocument {
        image: launch_image,
        container,
        privileges,
        inferred,
        pod,
        ..LaunchDocument::default()
    };
    Ok(vec![complete(document, options)?])
}

/// The member `name`, in either spelling. A placeholder in it is an error.
fn member<'n, 'a>(place: &Place<'n, 'a>, name: &str) -> Result<Place<'n, 'a>, Error> {
    let found = place.member(name)?;
    let camel = camel_case(name);
    let other = place.member(&camel)?;
    if camel == name || !other.is_given() {
        return filled(found);
    }
    if found.is_given() {
        let message = format!("the member {} is given in both spellings: keep one", quote(name));
        return Err(other.error("duplicate_key", message));
    }
    filled(other)
}

/// `host_path` as `hostPath`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                camel.push(letter.to_ascii_uppercase());
                upper = false;
            }
            _ => camel.push(letter),
        }
    }
    camel
}

/// The place, unless what is there is still to be filled in.
fn filled<'n, 'a>(place: Place<'n, 'a>) -> Result<Place<'n, 'a>, Error> {
    match place.node() {
        Some(Node::Text(text)) if is_placeholder(text) => {
            let message = format!("{} is a placeholder of a template: fill it in", quote(text));
            Err(place.error("placeholder", message))
        }
        _ => Ok(place),
    }
}

/// `%VALUE%`, or `${VALUE}` anywhere.
fn is_placeholder(text: &str) -> bool {
    let inner = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    inner.is_some_and(is_name) || text.split_once("${").is_some_and(|(_, rest)| rest.contains('}'))
}

fn flag(place: &Place<'_, '_>, name: &str) -> Result<Option<bool>, Error> {
    member(place, name)?.flag()
}

/// A number of the API, or its name.
fn number(place: &Place<'_, '_>, words: &Words) -> Result<Option<i64>, Error> {
    if let Some(Node::Text(text)) = place.node()
        && let Some((_, number)) = words.iter().find(|(word, _)| word == text)
    {
        return Ok(Some(*number));
    }
    match place.whole()? {
        Some(number) if !words.iter().any(|(_, known)| *known == number) => {
            let known: Vec<_> = words.iter().map(|(word, number)| format!("{number} (`{word}`)")).collect();
            let message = format!("`{number}` means nothing here: expected {}", known.join(", "));
            Err(place.error("invalid_value", message))
        }
        number => Ok(number),
    }
}

/// The strings of a list, none of them a placeholder.
fn words<'n>(place: &Place<'n, '_>, name: &str) -> Result<Vec<&'n str>, Error> {
    let items = member(place, name)?.items()?;
    let words = items.into_iter().map(|item| filled(item)?.word()).collect::<Result<Vec<_>, _>>()?;
    Ok(words.into_iter().flatten().collect())
}

/// What a Linux security context asks for, but for its user.
fn confinement(context: &Place<'_, '_>, facts: &mut Facts) -> Result<(), Error> {
    if flag(context, "privileged")? == Some(true) {
        facts.state("privileged");
    }
    let of_context = member(context, "capabilities")?;
    for list in ["add_capabilities", "add_ambient_capabilities"] {
        for name in words(&of_context, list)? {
            capabilities::added(name, facts);
        }
    }
    let namespaces = member(context, "namespace_options")?;
    for (mode, old, fact) in [
        ("pid", "host_pid", "host_pid"),
        ("ipc", "host_ipc", "host_ipc"),
        ("network", "host_network", "host_network"),
    ] {
        let is_host = number(&member(&namespaces, mode)?, &MODES)? == Some(NODE);
        if is_host || flag(&namespaces, old)? == Some(true) {
            facts.state(fact);
        }
    }
    let user_namespace = member(&namespaces, "userns_options")?;
    if number(&member(&user_namespace, "mode")?, &MODES)? == Some(NODE) {
        facts.state("host_user");
    }
    for (profile, path, fact) in [
        ("seccomp", "seccomp_profile_path", "seccomp_unconfined"),
        ("apparmor", "apparmor_profile", "apparmor_unconfined"),
    ] {
        let profile = member(context, profile)?;
        let path = member(context, path)?.text()?;
        let unconfined = if profile.is_given() {
            // What replaces the path.
            number(&member(&profile, "profile_type")?, &PROFILES)? == Some(UNCONFINED)
        } else {
            path == Some("unconfined")
        };
        if unconfined {
            facts.state(fact);
        }
    }
    let selinux = member(context, "selinux_options")?;
    if member(&selinux, "type")?.text()?.is_some_and(is_unconfined_type) {
        facts.infer("selinux_disabled");
    }
    for part in ["user", "role", "type"] {
        if let Some(value) = member(&selinux, part)?.word()? {
            facts.state(format!("selinux_{part}:{value}"));
        }
    }
    for (name, always) in
        [("masked_paths", ALWAYS_MASKED.as_slice()), ("readonly_paths", ALWAYS_READ_ONLY.as_slice())]
    {
        let paths = words(context, name)?;
        if member(context, name)?.is_given() && !always.iter().all(|path| paths.contains(path)) {
            facts.state("unmasked_paths");
        }
    }
    Ok(())
}

/// States what the container may do since the configuration does not say that it may not.
fn unsaid(context: &Place<'_, '_>, container: &Container, facts: &mut Facts) -> Result<(), Error> {
    if flag(context, "no_new_privs")? != Some(true) {
        facts.state("new_privileges");
    }
    let of_context = member(context, "capabilities")?;
    let adds_all = capabilities::is_all(&words(&of_context, "add_capabilities")?);
    if adds_all || !capabilities::is_all(&words(&of_context, "drop_capabilities")?) {
        facts.state("capabilities_not_dropped");
    }
    let has_path = member(context, "seccomp_profile_path")?.text()?.is_some_and(|path| !path.is_empty());
    if !has_path && !member(context, "seccomp")?.is_given() {
        facts.state("seccomp_unset");
    }
    if container.user.as_deref().is_none_or(is_root) {
        facts.state("root_not_refused");
    }
    Ok(())
}

fn is_root(user: &str) -> bool {
    user == "root" || user.parse::<i64>().is_ok_and(|uid| uid == 0)
}

fn user(context: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    let id = member(context, "run_as_user")?;
    let name = member(context, "run_as_username")?.word()?;
    // `{}` is the value 0: that the object is there says that a user is given.
    let given = int64(&member(&id, "value")?)?;
    let id = if id.is_given() { Some(given.unwrap_or(0)) } else { None };
    if id == Some(0) || name.is_some_and(is_root) {
        facts.state("run_as_root");
    }
    if let Some(user) = name.map(str::to_owned).or_else(|| id.map(|id| id.to_string())) {
        container.user = Some(user);
    }
    Ok(())
}

/// A 64-bit number, which protobuf's JSON also writes as a string.
fn int64(place: &Place<'_, '_>) -> Result<Option<i64>, Error> {
    if let Some(Node::Text(text)) = place.node()
        && let Ok(number) = text.parse()
    {
        return Ok(Some(number));
    }
    place.whole()
}

fn windows_context(
    context: &Place<'_, '_>,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<(), Error> {
    if flag(context, "host_process")? == Some(true) {
        // It runs as a process of the host, with its network.
        facts.infer("privileged");
        facts.infer("host_network");
    }
    container.user = member(context, "run_as_username")?.word()?.map(str::to_owned);
    Ok(())
}

fn mounts(root: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    for mount in member(root, "mounts")?.items()? {
        let source = member(&mount, "host_path")?;
        let path = source.word()?;
        if let Some(path) = path {
            facts.state(format!("host_path:{}", absolute(&source, path)?));
        }
        let target = member(&mount, "container_path")?.word()?.unwrap_or_default();
        let read_only = if flag(&mount, "readonly")? == Some(true) { ":ro" } else { "" };
        // Without a path of the host the files of an image are mounted.
        let image = member(&member(&mount, "image")?, "image")?;
        let shown = path.or(image.word()?).unwrap_or_default();
        push_new(&mut container.mounts, format!("{shown}:{target}{read_only}"));
    }
    Ok(())
}

fn absolute<'n>(place: &Place<'_, '_>, path: &'n str) -> Result<&'n str, Error> {
    if bind::is_host_path(path) && !path.starts_with(['.', '~']) {
        return Ok(path);
    }
    let message = format!("{} is relative, and to what is unknown: expected an absolute path", quote(path));
    Err(place.error("relative_path", message))
}

fn devices(root: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    for device in member(root, "devices")?.items()? {
        let Some(path) = member(&device, "host_path")?.word()? else {
            return Err(device.error("missing_field", "a device has a `host_path`"));
        };
        facts.state(format!("device:{path}"));
        let mut shown = path.to_owned();
        for part in ["container_path", "permissions"] {
            if let Some(part) = member(&device, part)?.word()? {
                shown.push(':');
                shown.push_str(part);
            }
        }
        push_new(&mut container.devices, shown);
    }
    let mut by_name = |name: &str, facts: &mut Facts| {
        facts.infer(format!("device:{name}"));
        push_new(&mut container.devices, name.to_owned());
    };
    for device in member(root, "CDI_devices")?.items()? {
        if let Some(name) = member(&device, "name")?.word()? {
            by_name(name, facts);
        }
    }
    for (key, value) in root.member("annotations")?.members()? {
        if key.starts_with("cdi.k8s.io/") {
            for name in value.text()?.unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
                by_name(name, facts);
            }
        }
    }
    Ok(())
}

fn launch_image(image: &Place<'_, '_>) -> Result<LaunchImage, Error> {
    let started = image_name(&member(image, "image")?)?;
    let asked = image_name(&member(image, "user_specified_image")?)?;
    let id_of = |text: &str| ImageIdentity::of(text).ok().and_then(|identity| identity.id);
    let asked = asked.filter(|asked| id_of(asked).is_none());
    let Some(started) = started else {
        return Ok(LaunchImage { reference: asked, ..LaunchImage::default() });
    };
    if let Some(id) = id_of(&started) {
        return Ok(LaunchImage { reference: asked, id: Some(id), digest: None });
    }
    match asked {
        // The digest identifies, and has no tag that a policy could name.
        Some(asked) if started.contains('@') && !asked.contains('@') => {
            Ok(LaunchImage { reference: Some(asked), id: None, digest: Some(started) })
        }
        _ => Ok(LaunchImage { reference: Some(started), ..LaunchImage::default() }),
    }
}

/// A reference or an id, checked where it stands.
fn image_name(place: &Place<'_, '_>) -> Result<Option<String>, Error> {
    let Some(text) = place.word()? else { return Ok(None) };
    let text = text.strip_prefix("docker://").unwrap_or(text);
    match ImageIdentity::of(text) {
        Ok(_) => Ok(Some(text.to_owned())),
        Err(error) => Err(place.error("invalid_name", error.to_string())),
    }
}
