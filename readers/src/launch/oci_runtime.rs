//! An OCI runtime configuration: the `config.json` of a bundle (runtime-spec 1.x), as runc, crun and their hooks see
//! it.
//!
//! It is the last word on a start: not a request but what the runtime will do. There is no default behind it, so that
//! what is absent is known to be absent.
//!
//! | here | fact |
//! |---|---|
//! | bounding set full, devices unrestricted, nothing masked | `privileged`, inferred: there is no such flag here |
//! | `process.capabilities`, the five sets together | `capability:NAME` beyond Docker's 14; `capability:ALL`, inferred, if every other one is there |
//! | `linux.namespaces` without an entry, or one whose `path` is the host's (`/proc/1/ns/…`) | `host_pid`, `host_ipc`, `host_network`, `host_uts`, `host_user`, `host_cgroup` |
//! | no `mount` namespace, or `root.path` `/` | `host_path:/`, inferred: the host's files are the container's |
//! | `mounts` of type `bind`, or with the option `bind` or `rbind` | `host_path:SOURCE` |
//! | `linux.devices`, `linux.resources.devices` | `device:PATH`; rules name no path: `device:c 195:* rw`, inferred |
//! | `linux.seccomp` | absent or filtering nothing: `seccomp_unconfined` |
//! | `process.apparmorProfile` | `unconfined`: `apparmor_unconfined`; absent says nothing, since most hosts have no AppArmor |
//! | `process.selinuxLabel` | of type `spc_t` or `unconfined_t`: `selinux_disabled`, inferred; absent says nothing |
//! | `linux.maskedPaths`, `linux.readonlyPaths` | without one of those that every engine covers: `unmasked_paths` |
//! | `process.noNewPrivileges` | not `true`: `new_privileges` |
//! | `process.user.uid` | 0, or not given, which is 0: `run_as_root` and `root_not_refused` |
//! | `process.capabilities` | one of Docker's 14 but `NET_BIND_SERVICE`, in any set: `capabilities_not_dropped`, inferred |
//! | `process.selinuxLabel` | `selinux_type:TYPE`; `selinux_user:`, `selinux_role:` if not those of all containers |
//! | `linux.sysctl` | `sysctl:NAME` |
//!
//! # Decisions
//! - **Namespaces.** A namespace that has no entry is the host's, for `user` and `cgroup` as for the others. That makes
//!   `host_user` a fact of nearly every container today: it *is* true of nearly every container, as
//!   `new_privileges` is, and a policy against it means just that. (A Docker request without `UsernsMode` does not
//!   say which one it gets, so that [`docker_create`](super::docker_create) states it only for `host`.)
//!   An entry with a `path` joins the namespace of something else, usually the pod's, and is no fact.
//! - **Full set.** Full is every capability beyond the default that Linux has had since 3.5: which of the newer ones
//!   there are depends on the kernel. Devices are unrestricted if rules allow all of them or there is no rule at all.
//!   Nothing is masked if none of the paths is that every engine masks, so that a made-up path hides nothing.
//!   Podman's annotation `io.podman.annotations.privileged` is taken at its word, inferred as well. A runtime that lacks
//!   capabilities itself cannot give them: a container that it starts as privileged is known here by its capabilities,
//!   devices and unmasked paths only.
//! - **Devices.** The path of a device is the one in the container. If the number belongs to another well-known device
//!   of the host (`/dev/mem`, `/dev/sda`, …), that one is a fact too, inferred. A rule is a fact unless it is about a
//!   device that every container has, about `/dev/net/tun` (runc and containerd allow it unasked), or about a device
//!   that `linux.devices` names; one that only lets nodes be made (`m`) gives nothing.
//! - **Mounts.** Paths that runtimes mount into every container (`/var/lib/docker/containers/…/hosts`,
//!   `/var/lib/kubelet/pods/…`) are host paths as any other. A mount of a block device is `device:`; the layers of an
//!   overlay and a mount without a type are `host_path:`, inferred; `devtmpfs` is the host's `/dev`. A relative source
//!   is refused: it starts at the bundle, and where that is is not in the document.
//! - **Platform.** A document with a `linux` object, even an empty one beside `windows` (Linux containers on Windows),
//!   is about Linux. So is one with no platform at all: everything is then the host's, inferred. `windows` alone is
//!   read with mounts, devices and `microsoft.com/hostprocess-container` (`privileged` and `host_network`, inferred).
//!   FreeBSD, Solaris, z/OS and bare `vm` are refused: this vocabulary has no words for what they grant.
//! - **Before 1.0.** Capabilities in one list are of 2015 and 2016 and refused. `ociVersion` itself says little: current
//!   programs write `0.5.0-dev`.
//! - **Image.** The document itself does not name it; runtimes do in annotations: containerd
//!   (`io.kubernetes.cri.image-name`), CRI-O (`io.kubernetes.cri-o.ImageName`, `.Image`, `.ImageRef`). Bundles of
//!   plain runc, Docker and Podman carry none (`org.opencontainers.image.*` is what an image says of itself, and of
//!   its base), so that the caller names it. Where both do, the caller's reference counts: with Podman and `ctr`
//!   whoever starts the container may write annotations.
//! - **What was asked for** is not in the document any more: no `capability_added:` and no `seccomp_unset`.
//! - Not read: hooks (they run on the host, but only the runtime writes them), limits, mount propagation.

use super::docker::{ALWAYS_MASKED, ALWAYS_READ_ONLY, DEFAULT_CAPABILITIES, Facts, push_new};
use super::{Options, bind, complete, device::Devices, reference};
use crate::detect::Reader;
use crate::json::{Node, Place, read as read_json};
use crate::look::Look;
use imagegate::{
    Container, Error, ErrorKind, ImageIdentity, Launch, LaunchDocument, LaunchImage, Pod, quote,
};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "oci-runtime", title: "an OCI runtime configuration", detect, read };

fn detect(look: &Look<'_>) -> bool {
    // A container's state, which a hook gets, has the version too.
    look.object().is_some_and(|members| {
        members.get_folded("ociVersion").is_some() && members.count_folded(&STATE) < STATE.len()
    })
}

/// Members of a container's state.
const STATE: [&str; 2] = ["status", "bundle"];

/// The capabilities that Linux has had since 3.5 and no container has by default.
const BEYOND_DEFAULT: [&str; 23] = [
    "DAC_READ_SEARCH",
    "LINUX_IMMUTABLE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "LEASE",
    "AUDIT_CONTROL",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
];

/// The five sets; what is in one of them can be had.
const CAPABILITY_SETS: [&str; 5] = ["bounding", "effective", "permitted", "inheritable", "ambient"];

const NAMESPACES: [(&str, &str); 6] = [
    ("pid", "host_pid"),
    ("ipc", "host_ipc"),
    ("network", "host_network"),
    ("uts", "host_uts"),
    ("user", "host_user"),
    ("cgroup", "host_cgroup"),
];

/// File systems of the kernel: their source is only a name.
const KERNEL_FILE_SYSTEMS: [&str; 7] = ["proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2"];

/// Where the launch would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    Linux,
    Windows,
}

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    let node: Node<'_> = read_json(text, ErrorKind::InvalidLaunch)?;
    let root = Place::root(text, &node);
    let platform = platform(&root)?;
    let mut facts = Facts::default();
    let mut container = Container::default();
    match platform {
        Platform::Linux => linux(&root, &mut facts, &mut container)?,
        Platform::Windows => windows(&root, &mut facts, &mut container)?,
    }
    process(&root, &mut container)?;
    let annotations = root.member("annotations")?;
    let image = image(&annotations, options)?;
    if image == LaunchImage::default() && options.image.is_none() {
        return Err(root.error(
            "missing_identity",
            "no annotation names the image (runc, Docker and Podman write none, containerd and CRI-O do for Kubernetes): \
             name it",
        ));
    }
    container.name =
        first(&annotations, &["io.kubernetes.cri.container-name", "io.kubernetes.container.name"])?;
    let pod = Pod {
        namespace: first(
            &annotations,
            &["io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"],
        )?,
        name: first(&annotations, &["io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"])?,
    };
    let (privileges, inferred) = facts.into_lists();
    let document =
        LaunchDocument { image, container, privileges, inferred, pod, ..LaunchDocument::default() };
    Ok(vec![complete(document, options)?])
}

fn unsupported(code: &'static str, pointer: &str, message: impl Into<String>) -> Error {
    Error::at(ErrorKind::Unsupported, code, pointer, message)
}

/// Checks that this is a configuration that can be read, and tells for which platform it is.
fn platform(root: &Place<'_, '_>) -> Result<Platform, Error> {
    let version = root.member("ociVersion")?;
    let mut of_state = STATE.iter().map(|name| root.member(name).map(|place| place.is_given()));
    if !version.is_given() || of_state.all(|given| given.unwrap_or(true)) {
        let what = if version.is_given() {
            "a container's state: its configuration is the `config.json` of its `bundle`"
        } else {
            "it has no `ociVersion` (documents of before 1.0 have none)"
        };
        let message = format!("the document is no OCI runtime configuration: {what}");
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    }
    let text = version.text()?.unwrap_or_default();
    let major = text.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major > 1) {
        let message = format!("runtime-spec {} is newer than what is known, which is 1.x", quote(text));
        return Err(unsupported("unsupported_version", "/ociVersion", message));
    }
    for (object, pointer) in [("process", "/process/capabilities"), ("linux", "/linux/capabilities")] {
        if matches!(root.member(object)?.member("capabilities")?.node(), Some(Node::List(_))) {
            return Err(unsupported(
                "unsupported_version",
                pointer,
                "capabilities in one list are of a runtime-spec before 1.0, which is not read: since 1.0 there are five sets",
            ));
        }
    }
    let has = |name| root.member(name).map(|place| place.is_given());
    if has("linux")? {
        return Ok(Platform::Linux);
    }
    if has("windows")? {
        return Ok(Platform::Windows);
    }
    for (name, title) in
        [("freebsd", "FreeBSD"), ("solaris", "Solaris"), ("zos", "z/OS"), ("vm", "a virtual machine")]
    {
        if has(name)? {
            let message = format!(
                "the container is for {title}, where privileges are others than on Linux and Windows: they are unknown, \
                 which is not the same as none"
            );
            return Err(unsupported("unsupported_platform", &format!("/{name}"), message));
        }
    }
    Ok(Platform::Linux)
}

fn linux(root: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    let linux = root.member("linux")?;
    let process = root.member("process")?;
    let Capabilities { bounding, beyond: capabilities, keeps_default } =
        capabilities(&process.member("capabilities")?)?;
    let is_full = |set: &[String]| BEYOND_DEFAULT.iter().all(|name| set.iter().any(|has| has == name));
    let mut of_devices = Facts::default();
    let devices = Devices::read(&linux, &mut of_devices, container)?;
    devices.tell(&mut of_devices, container);
    let masked = linux.member("maskedPaths")?.words()?;
    let read_only = linux.member("readonlyPaths")?.words()?;
    let nothing_masked = !ALWAYS_MASKED.iter().any(|path| masked.contains(path));
    let by_podman = root.member("annotations")?.member("io.podman.annotations.privileged")?.text()?;
    if (is_full(&bounding) && devices.all_allowed() && nothing_masked)
        || by_podman.is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
    {
        facts.infer("privileged");
    }
    if is_full(&capabilities) {
        facts.infer("capability:ALL");
    } else {
        for name in capabilities {
            facts.state(format!("capability:{name}"));
        }
    }
    // Without a `linux` object nothing is stated, and all of this follows.
    let said = linux.is_given();
    let tell = |facts: &mut Facts, fact: &str| if said { facts.state(fact) } else { facts.infer(fact) };
    namespaces(&linux, facts, tell)?;
    if root.member("root")?.member("path")?.text()?.is_some_and(is_root_directory) {
        facts.infer("host_path:/");
    }
    mounts(root, Platform::Linux, facts, container)?;
    facts.append(of_devices);
    seccomp(&linux.member("seccomp")?, facts, tell)?;
    if process.member("apparmorProfile")?.text()? == Some("unconfined") {
        facts.state("apparmor_unconfined");
    }
    // user:role:type:level
    let label = process.member("selinuxLabel")?.text()?.unwrap_or_default();
    if label.split(':').nth(2).is_some_and(is_unconfined_type) {
        facts.infer("selinux_disabled");
    }
    // Every label has a user and a role, and all containers the same.
    for (part, name, usual) in
        [(0, "user", Some("system_u")), (1, "role", Some("system_r")), (2, "type", None)]
    {
        if let Some(value) =
            label.split(':').nth(part).filter(|value| !value.is_empty() && Some(*value) != usual)
        {
            facts.state(format!("selinux_{name}:{value}"));
        }
    }
    if !ALWAYS_MASKED.iter().all(|path| masked.contains(path))
        || !ALWAYS_READ_ONLY.iter().all(|path| read_only.contains(path))
    {
        tell(facts, "unmasked_paths");
    }
    if process.is_given() && user(&process.member("user")?, container)? == 0 {
        facts.state("run_as_root");
        facts.state("root_not_refused");
    }
    for (name, _) in linux.member("sysctl")?.members()? {
        facts.state(format!("sysctl:{name}"));
    }
    if keeps_default {
        facts.infer("capabilities_not_dropped");
    }
    if process.member("noNewPrivileges")?.flag()? != Some(true) {
        facts.state("new_privileges");
    }
    Ok(())
}

/// SELinux types that confine nothing.
pub(super) fn is_unconfined_type(name: &str) -> bool {
    matches!(name, "spc_t" | "unconfined_t")
}

/// What the five sets hold; upper case without `CAP_`, each once.
#[derive(Default)]
struct Capabilities {
    /// Of the bounding set, what is beyond Docker's default.
    bounding: Vec<String>,
    /// Of all sets together, what is beyond Docker's default.
    beyond: Vec<String>,
    /// Whether any set has one of the default, but for the one that is often added back.
    keeps_default: bool,
}

fn capabilities(sets: &Place<'_, '_>) -> Result<Capabilities, Error> {
    let mut found = Capabilities::default();
    for set in CAPABILITY_SETS {
        for name in sets.member(set)?.words()? {
            let upper = name.to_ascii_uppercase();
            let bare = upper.strip_prefix("CAP_").unwrap_or(&upper);
            if DEFAULT_CAPABILITIES.contains(&bare) {
                found.keeps_default |= bare != "NET_BIND_SERVICE";
            } else if !bare.is_empty() {
                push_new(&mut found.beyond, bare.to_owned());
                if set == "bounding" {
                    push_new(&mut found.bounding, bare.to_owned());
                }
            }
        }
    }
    Ok(found)
}

fn namespaces(
    linux: &Place<'_, '_>,
    facts: &mut Facts,
    tell: impl Fn(&mut Facts, &str),
) -> Result<(), Error> {
    let mut own = Vec::new();
    let mut of_host = Vec::new();
    for entry in linux.member("namespaces")?.items()? {
        let Some(kind) = entry.member("type")?.word()? else {
            return Err(entry.error("missing_field", "a namespace has a `type`, such as `pid`"));
        };
        let joins_host = entry.member("path")?.word()?.is_some_and(is_of_host);
        if joins_host { of_host.push(kind) } else { own.push(kind) }
    }
    let shared = |kind: &str| of_host.contains(&kind) || !own.contains(&kind);
    for (kind, fact) in NAMESPACES {
        if shared(kind) {
            tell(facts, fact);
        }
    }
    if shared("mount") {
        facts.infer("host_path:/");
    }
    Ok(())
}

/// Whether a namespace's path is one of the host's init, or of the runtime itself: `/proc/1/ns/pid`.
fn is_of_host(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.next() == Some("proc") && matches!(parts.next(), Some("1" | "self" | "thread-self"))
}

fn is_root_directory(path: &str) -> bool {
    path.starts_with('/') && path.split('/').all(|part| matches!(part, "" | "." | ".."))
}

/// A filter that lets everything pass is none.
fn seccomp(filter: &Place<'_, '_>, facts: &mut Facts, tell: impl Fn(&mut Facts, &str)) -> Result<(), Error> {
    const PASS: [&str; 2] = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"];
    if !filter.is_given() {
        tell(facts, "seccomp_unconfined");
        return Ok(());
    }
    let passes = |place: &Place<'_, '_>, member| {
        Ok::<_, Error>(place.member(member)?.word()?.is_none_or(|action| PASS.contains(&action)))
    };
    let mut nothing_filtered = passes(filter, "defaultAction")?;
    for rule in filter.member("syscalls")?.items()? {
        nothing_filtered &= passes(&rule, "action")?;
    }
    if nothing_filtered {
        facts.infer("seccomp_unconfined");
    }
    Ok(())
}

/// The user id; what is not given is 0.
fn user(user: &Place<'_, '_>, container: &mut Container) -> Result<i64, Error> {
    let uid = user.member("uid")?.whole()?.unwrap_or(0);
    container.user = Some(match user.member("gid")?.whole()? {
        Some(gid) => format!("{uid}:{gid}"),
        None => uid.to_string(),
    });
    Ok(uid)
}

fn mounts(
    root: &Place<'_, '_>,
    platform: Platform,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<(), Error> {
    for mount in root.member("mounts")?.items()? {
        let kind = mount.member("type")?.word()?.unwrap_or_default();
        let source = mount.member("source")?;
        let path = source.word()?;
        let options = mount.member("options")?.words()?;
        let is_bind = kind == "bind"
            || options.iter().any(|option| matches!(*option, "bind" | "rbind"))
            // On Windows a mount without a type is a bind.
            || (platform == Platform::Windows && kind.is_empty());
        match path {
            Some(path) if is_bind => {
                if !is_absolute(path) {
                    return Err(source.error(
                        "relative_path",
                        format!("{} is relative to the bundle, and where that is is unknown: expected an absolute path", quote(path)),
                    ));
                }
                facts.state(format!("host_path:{path}"));
            }
            None if is_bind => {
                return Err(mount.error("missing_field", "a bind mount has a `source`, the path on the host"));
            }
            _ if KERNEL_FILE_SYSTEMS.contains(&kind) => continue,
            // There is only one in a kernel, and all devices of the host are in it.
            _ if kind == "devtmpfs" => facts.infer("host_path:/dev"),
            _ if kind == "overlay" => {
                for option in &options {
                    let layers =
                        ["lowerdir=", "upperdir="].into_iter().find_map(|name| option.strip_prefix(name));
                    for path in layers.unwrap_or_default().split(':').filter(|path| path.starts_with('/')) {
                        facts.infer(format!("host_path:{path}"));
                    }
                }
            }
            Some(path) if path.starts_with("/dev/") => facts.state(format!("device:{path}")),
            Some(path) if is_absolute(path) => facts.infer(format!("host_path:{path}")),
            _ => {}
        }
        // Only shown.
        let target = mount.member("destination").ok().and_then(|target| target.word().ok()?);
        let read_only = if options.contains(&"ro") { ":ro" } else { "" };
        let shown = path.unwrap_or(kind);
        push_new(&mut container.mounts, format!("{shown}:{}{read_only}", target.unwrap_or_default()));
    }
    Ok(())
}

fn is_absolute(path: &str) -> bool {
    bind::is_host_path(path) && !path.starts_with(['.', '~'])
}

fn windows(root: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    let host_process = root.member("annotations")?.member("microsoft.com/hostprocess-container")?.text()?;
    if host_process.is_some_and(|flag| flag.eq_ignore_ascii_case("true") || flag == "1") {
        // It runs as a process of the host, with its network.
        facts.infer("privileged");
        facts.infer("host_network");
    }
    mounts(root, Platform::Windows, facts, container)?;
    for device in root.member("windows")?.member("devices")?.items()? {
        let Some(id) = device.member("id")?.word()? else {
            return Err(device.error("missing_field", "a device has an `id`"));
        };
        // As Docker on Windows writes it: `class/GUID`.
        let path = format!("{}/{id}", device.member("idType")?.word()?.unwrap_or("class"));
        facts.state(format!("device:{path}"));
        push_new(&mut container.devices, path);
    }
    let user = root.member("process")?.member("user")?.member("username")?;
    container.user = user.word()?.map(str::to_owned);
    Ok(())
}

fn process(root: &Place<'_, '_>, container: &mut Container) -> Result<(), Error> {
    let process = root.member("process")?;
    for member in ["args", "commandLine"] {
        if container.command.is_empty() {
            container.command = process.member(member)?.words()?.into_iter().map(str::to_owned).collect();
        }
    }
    for variable in process.member("env")?.words()? {
        let name = variable.split_once('=').map_or(variable, |(name, _)| name);
        if !name.is_empty() {
            push_new(&mut container.environment, name.to_owned());
        }
    }
    Ok(())
}

/// The image that annotations name; a reference only if the caller names none.
fn image(annotations: &Place<'_, '_>, options: &Options) -> Result<LaunchImage, Error> {
    const OF_CONTAINER: [&str; 4] = [
        "io.kubernetes.cri.image-name",
        "io.kubernetes.cri-o.ImageName",
        "io.kubernetes.cri-o.Image",
        "io.kubernetes.cri-o.ImageRef",
    ];
    const OF_SANDBOX: [&str; 1] = ["io.kubernetes.cri.podsandbox.image-name"];
    let is_sandbox = annotations.member("io.kubernetes.cri.container-type")?.text()? == Some("sandbox");
    let named_by_caller = options.image.as_ref().is_some_and(|image| image.reference.is_some());
    let names: &[&str] = if is_sandbox { &OF_SANDBOX } else { &OF_CONTAINER };
    let mut image = LaunchImage::default();
    for name in names {
        let place = annotations.member(name)?;
        let Some(text) = place.word()? else { continue };
        match ImageIdentity::of(text).ok().and_then(|identity| identity.id) {
            Some(id) => image.id = image.id.or(Some(id)),
            None if named_by_caller || image.reference.is_some() => {}
            None => image.reference = reference(&place)?,
        }
    }
    Ok(image)
}

/// The first of these annotations that says something.
fn first(annotations: &Place<'_, '_>, names: &[&str]) -> Result<Option<String>, Error> {
    for name in names {
        if let Some(text) = annotations.member(name)?.word()? {
            return Ok(Some(text.to_owned()));
        }
    }
    Ok(None)
}
