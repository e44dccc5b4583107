//! What Docker's `HostConfig` grants, and what `Config` says of the container; shared by create requests and
//! inspections.
//!
//! Facts are what the daemon acts on, not what a document calls itself:
//! - `container:<id>` modes join another container, not the host, and are no fact.
//! - A volume of the `local` driver whose options bind a path of the host is a bind mount in disguise, and one that
//!   mounts a device is a `device:`.
//! - `DeviceRequests` (`--gpus`, CDI) and `DeviceCgroupRules` name no path. They become `device:` facts with what
//!   they do name (`device:gpu`, `device:vendor.com/gpu=0`, `device:c 10:* rwm`) and are marked as inferred, so that
//!   a policy against `device:**` sees them.
//! - `MaskedPaths` and `ReadonlyPaths` that leave out what Docker always covers count like empty ones.
//! - An unset user is no fact: the image decides, and the image is not at hand; but nothing refuses root
//!   (`root_not_refused`), which a user other than root does.
//! - Names in `CapAdd` are `capability_added:` as they are spelled, and `capability:` if they are beyond the default.
//!   Unless `CapDrop` has `ALL`, and `CapAdd` has not, the default set is kept (`capabilities_not_dropped`).
//! - `label=user:`, `role:` and `type:` are `selinux_user:`, `selinux_role:` and `selinux_type:`; `Sysctls` are `sysctl:`.
//!   A seccomp profile that is not given is Docker's own, so that it is never `seccomp_unset`.
//! - `VolumesFrom` grants what another container was granted; that is not in the document and no fact.

use super::oci_runtime::is_unconfined_type;
use super::{bind, capabilities};
use crate::json::Place;
use imagegate::{Container, Error};
use std::collections::HashMap;

/// The capabilities that Docker gives to every container.
pub(super) const DEFAULT_CAPABILITIES: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "KILL",
    "AUDIT_WRITE",
];

/// Paths that every Docker with `MaskedPaths` in its API masks by default.
pub(super) const ALWAYS_MASKED: [&str; 6] =
    ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"];

/// Paths that every Docker with `ReadonlyPaths` in its API makes read-only by default.
pub(super) const ALWAYS_READ_ONLY: [&str; 5] =
    ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Members of `HostConfig` that a privilege fact is derived from.
pub(super) const HOST_MEMBERS: [&str; 20] = [
    "Privileged",
    "CapAdd",
    "CapDrop",
    "PidMode",
    "IpcMode",
    "NetworkMode",
    "UTSMode",
    "UsernsMode",
    "CgroupnsMode",
    "Binds",
    "Mounts",
    "Devices",
    "DeviceRequests",
    "DeviceCgroupRules",
    "SecurityOpt",
    "MaskedPaths",
    "ReadonlyPaths",
    "PortBindings",
    "PublishAllPorts",
    "Sysctls",
];

/// Privilege facts, each once, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Facts {
    list: Vec<(String, bool)>,
    /// Where in the list a fact is.
    at: HashMap<String, usize>,
}

impl Facts {
    /// A fact that the document states.
    pub(super) fn state(&mut self, fact: impl Into<String>) {
        self.add(fact.into(), false);
    }

    /// A fact that follows from the document but is not said there.
    pub(super) fn infer(&mut self, fact: impl Into<String>) {
        self.add(fact.into(), true);
    }

    fn add(&mut self, fact: String, inferred: bool) {
        match self.at.get(&fact).and_then(|at| self.list.get_mut(*at)) {
            Some((_, known_as_inferred)) => *known_as_inferred &= inferred,
            None => {
                self.at.insert(fact.clone(), self.list.len());
                self.list.push((fact, inferred));
            }
        }
    }

    /// Adds facts that were gathered apart.
    pub(super) fn append(&mut self, more: Self) {
        for (fact, inferred) in more.list {
            self.add(fact, inferred);
        }
    }

    /// All facts, and those of them that were inferred.
    pub(super) fn into_lists(self) -> (Vec<String>, Vec<String>) {
        let inferred =
            self.list.iter().filter(|(_, inferred)| *inferred).map(|(fact, _)| fact.clone()).collect();
        (self.list.into_iter().map(|(fact, _)| fact).collect(), inferred)
    }
}

/// What confines the container only if it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Confinement {
    /// Whether no-new-privileges is in force, as far as security options say.
    pub(super) no_new_privileges: bool,
    /// Whether all capabilities are dropped.
    pub(super) all_dropped: bool,
}

/// Reads a `HostConfig`, wherever it stands.
pub(super) fn host_config(
    host: &Place<'_, '_>,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<Confinement, Error> {
    if host.member("Privileged")?.flag()? == Some(true) {
        facts.state("privileged");
    }
    let all_dropped = capabilities(host, facts)?;
    for (member, fact) in [
        ("PidMode", "host_pid"),
        ("IpcMode", "host_ipc"),
        ("NetworkMode", "host_network"),
        ("UTSMode", "host_uts"),
        ("UsernsMode", "host_user"),
        ("CgroupnsMode", "host_cgroup"),
    ] {
        if host.member(member)?.text()? == Some("host") {
            facts.state(fact);
        }
    }
    for bind in host.member("Binds")?.words()? {
        push_new(&mut container.mounts, bind.to_owned());
        if let Some((source, true)) = bind::source(bind) {
            facts.state(format!("host_path:{source}"));
        }
    }
    for item in host.member("Mounts")?.items()? {
        mount(&item, facts, container)?;
    }
    devices(host, facts, container)?;
    let no_new_privileges = security_options(host, facts)?;
    for (member, always) in
        [("MaskedPaths", ALWAYS_MASKED.as_slice()), ("ReadonlyPaths", ALWAYS_READ_ONLY.as_slice())]
    {
        let place = host.member(member)?;
        let paths = place.words()?;
        if place.is_given() && !always.iter().all(|path| paths.contains(path)) {
            facts.state("unmasked_paths");
        }
    }
    ports(host, facts, container)?;
    for (name, _) in host.member("Sysctls")?.members()? {
        facts.state(format!("sysctl:{name}"));
    }
    Ok(Confinement { no_new_privileges, all_dropped })
}

/// States what the container may do since nobody asked that it may not: Docker's own default is that it may.
pub(super) fn unconfined(confinement: Confinement, container: &Container, facts: &mut Facts) {
    if !confinement.no_new_privileges {
        facts.state("new_privileges");
    }
    if !confinement.all_dropped {
        facts.state("capabilities_not_dropped");
    }
    if container.user.as_deref().is_none_or(is_root) {
        facts.state("root_not_refused");
    }
}

/// Reads what is added, and tells whether all is dropped.
fn capabilities(host: &Place<'_, '_>, facts: &mut Facts) -> Result<bool, Error> {
    // What is added stays added, whatever `CapDrop` says; only of `ALL` are dropped ones taken away, and what is
    // left of it is still far more than the default.
    let added = host.member("CapAdd")?.words()?;
    for name in &added {
        capabilities::added(name, facts);
    }
    Ok(capabilities::is_all(&host.member("CapDrop")?.words()?) && !capabilities::is_all(&added))
}

/// One item of `Mounts`, of a `HostConfig` (`Target`) or of an inspection (`Destination`).
pub(super) fn mount(item: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    let source = item.member("Source")?.word()?;
    let named = item.member("Name")?.is_given() || item.member("Driver")?.is_given();
    let kind = item.member("Type")?.word()?.map(str::to_ascii_lowercase);
    match (kind.as_deref(), source) {
        // `npipe` is a named pipe of a Windows host.
        (Some("bind" | "npipe"), Some(source)) => facts.state(format!("host_path:{source}")),
        (Some("bind" | "npipe"), None) => {
            return Err(item.error("missing_field", "a bind mount has a `Source`, the path on the host"));
        }
        // Daemons before API 1.25 give no type, and before 1.22 neither name nor driver to volumes either.
        (None, Some(source)) if !named && bind::is_host_path(source) => {
            facts.infer(format!("host_path:{source}"));
        }
        _ => volume_options(item, facts)?,
    }
    // Only shown, so that another type than a string (there are tools that write one) is no reason to refuse.
    let target =
        ["Target", "Destination"].into_iter().find_map(|name| item.member(name).ok()?.word().ok()?);
    let read_only = [("ReadOnly", true), ("RW", false)].into_iter().any(|(name, value)| {
        item.member(name).and_then(|place| place.flag()).is_ok_and(|flag| flag == Some(value))
    });
    // A volume is known by its name; the path where its driver keeps it says nothing.
    let shown = if named && kind.as_deref() != Some("bind") {
        item.member("Name")?.word()?.or(source)
    } else {
        source
    };
    let shown = shown.or(kind.as_deref()).unwrap_or_default();
    let options = if read_only { ":ro" } else { "" };
    push_new(&mut container.mounts, format!("{shown}:{}{options}", target.unwrap_or_default()));
    Ok(())
}

/// `--mount type=volume,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc` mounts a path of the host.
fn volume_options(item: &Place<'_, '_>, facts: &mut Facts) -> Result<(), Error> {
    let options = item.member("VolumeOptions")?.member("DriverConfig")?.member("Options")?;
    let Some(device) = options.member("device")?.word()? else { return Ok(()) };
    let flags = options.member("o")?.word()?.unwrap_or_default();
    let is_bind = flags.split(',').any(|flag| matches!(flag.trim(), "bind" | "rbind"));
    if is_bind {
        facts.state(format!("host_path:{device}"));
    } else if device.starts_with("/dev/") {
        facts.state(format!("device:{device}"));
    } else if bind::is_host_path(device) {
        // An overlay or a loop device over a path of the host: not a bind, but no less readable.
        facts.infer(format!("host_path:{device}"));
    }
    Ok(())
}

fn devices(host: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    for device in host.member("Devices")?.items()? {
        let Some(path) = device.member("PathOnHost")?.word()? else { continue };
        facts.state(format!("device:{path}"));
        let mut shown = path.to_owned();
        for part in ["PathInContainer", "CgroupPermissions"] {
            if let Some(part) = device.member(part)?.word()? {
                shown.push(':');
                shown.push_str(part);
            }
        }
        push_new(&mut container.devices, shown);
    }
    for request in host.member("DeviceRequests")?.items()? {
        let mut names: Vec<&str> = Vec::new();
        // CDI names devices (`vendor.com/class=name`); other drivers have ids without a meaning of their own.
        if request.member("Driver")?.word()? == Some("cdi") {
            names = request.member("DeviceIDs")?.words()?;
        }
        if names.is_empty() {
            let alternatives = request.member("Capabilities")?.items()?;
            for alternative in &alternatives {
                names.extend(alternative.words()?.first());
            }
        }
        if names.is_empty() {
            names.push(request.member("Driver")?.word()?.unwrap_or("unnamed"));
        }
        for name in names {
            facts.infer(format!("device:{name}"));
            push_new(&mut container.devices, name.to_owned());
        }
    }
    for rule in host.member("DeviceCgroupRules")?.words()? {
        facts.infer(format!("device:{rule}"));
        push_new(&mut container.devices, rule.to_owned());
    }
    Ok(())
}

/// Whether no-new-privileges is in force.
fn security_options(host: &Place<'_, '_>, facts: &mut Facts) -> Result<bool, Error> {
    let mut no_new_privileges = None;
    for option in host.member("SecurityOpt")?.words()? {
        // The daemon looks for `=` first; `:` is the separator of old clients.
        let (name, value) = option.split_once('=').or_else(|| option.split_once(':')).unwrap_or((option, ""));
        match (name, value) {
            ("seccomp", "unconfined") => facts.state("seccomp_unconfined"),
            ("apparmor", "unconfined") => facts.state("apparmor_unconfined"),
            ("label", "disable") | ("disable", "") => facts.state("selinux_disabled"),
            ("label", value) => {
                let (part, name) = value.split_once(':').unwrap_or((value, ""));
                if part == "type" && is_unconfined_type(name) {
                    facts.infer("selinux_disabled");
                }
                if matches!(part, "user" | "role" | "type") && !name.is_empty() {
                    facts.state(format!("selinux_{part}:{name}"));
                }
            }
            ("systempaths", "unconfined") => facts.state("unmasked_paths"),
            ("no-new-privileges", value) => {
                // What Go's `ParseBool` takes for true; bare is true. Of several all must agree.
                let on = matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
                    || (value.is_empty() && option == name);
                no_new_privileges = Some(no_new_privileges.unwrap_or(true) && on);
            }
            _ => {}
        }
    }
    Ok(no_new_privileges.unwrap_or(false))
}

fn ports(host: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    if host.member("PublishAllPorts")?.flag()? == Some(true) {
        facts.state("host_port");
    }
    for (port, bindings) in host.member("PortBindings")?.members()? {
        for binding in bindings.items()? {
            facts.state("host_port");
            let address = binding.member("HostIp")?.word()?.map(|ip| format!("{ip}:")).unwrap_or_default();
            // Without a port the daemon picks one, which it also writes 0.
            let host_port = binding.member("HostPort")?.word()?.unwrap_or("0");
            push_new(&mut container.ports, format!("{address}{host_port}:{port}"));
        }
    }
    Ok(())
}

/// Reads what `Config` says of the container: of a create request the whole body.
pub(super) fn config(
    config: &Place<'_, '_>,
    facts: &mut Facts,
    container: &mut Container,
) -> Result<(), Error> {
    let user = config.member("User")?.word()?;
    if user.is_some_and(is_root) {
        facts.state("run_as_root");
    }
    container.user = user.map(str::to_owned);
    for member in ["Entrypoint", "Cmd"] {
        container.command.extend(config.member(member)?.words()?.into_iter().map(str::to_owned));
    }
    for variable in config.member("Env")?.words()? {
        let name = variable.split_once('=').map_or(variable, |(name, _)| name);
        if !name.is_empty() {
            push_new(&mut container.environment, name.to_owned());
        }
    }
    // Exposing a port grants nothing, so that its form does not matter (old ones are lists).
    if let Ok(ports) = config.member("ExposedPorts").and_then(|ports| ports.members()) {
        for (port, _) in ports {
            let published = format!(":{port}");
            if !container.ports.iter().any(|known| known.ends_with(&published)) {
                push_new(&mut container.ports, port.to_owned());
            }
        }
    }
    Ok(())
}

/// Whether `user[:group]` is root. A group without a user leaves the user at its default, which is root.
pub(super) fn is_root(user: &str) -> bool {
    let (name, _) = user.split_once(':').unwrap_or((user, ""));
    name.is_empty() || name == "root" || name.parse::<i64>().is_ok_and(|uid| uid == 0)
}

pub(super) fn push_new(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Node, read};
    use imagegate::ErrorKind;

    /// The facts of a `HostConfig`, with `~` before inferred ones.
    fn facts(text: &str) -> Result<Vec<String>, Error> {
        let node: Node<'_> = read(text, ErrorKind::InvalidLaunch)?;
        let mut facts = Facts::default();
        let mut container = Container::default();
        host_config(&Place::root(text, &node), &mut facts, &mut container)?;
        let (all, inferred) = facts.into_lists();
        Ok(all
            .into_iter()
            .map(|fact| if inferred.contains(&fact) { format!("~{fact}") } else { fact })
            .collect())
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(facts(text).unwrap(), expected, "{text}");
    }

    #[test]
    fn nothing_asked_is_nothing_granted() {
        check("{}", &[]);
        check(
            r#"{"Privileged": false, "CapAdd": null, "Binds": null, "Devices": [], "SecurityOpt": [""],
                "MaskedPaths": null, "PortBindings": {"8080/tcp": [], "53/udp": null}, "NetworkMode": "bridge",
                "PidMode": "", "IpcMode": "shareable", "CgroupnsMode": "private", "Mounts": null}"#,
            &[],
        );
    }

    #[test]
    fn capabilities_beyond_the_default() {
        check(
            r#"{"CapAdd": ["SYS_ADMIN", "cap_net_admin", "chown", "CAP_NET_RAW", "", "CAP_SYS_ADMIN"]}"#,
            &[
                "capability:SYS_ADMIN",
                "capability_added:SYS_ADMIN",
                "capability:NET_ADMIN",
                "capability_added:cap_net_admin",
                "capability_added:chown",
                "capability_added:CAP_NET_RAW",
                "capability_added:CAP_SYS_ADMIN",
            ],
        );
        check(r#"{"CapAdd": ["all"], "CapDrop": ["ALL"]}"#, &["capability:ALL", "capability_added:all"]);
        check(r#"{"CapAdd": "SYS_PTRACE"}"#, &["capability:SYS_PTRACE", "capability_added:SYS_PTRACE"]);
    }

    #[test]
    fn modes_of_the_host_and_of_others() {
        check(
            r#"{"PidMode": "host", "IpcMode": "host", "NetworkMode": "host", "UTSMode": "host",
                "UsernsMode": "host", "CgroupnsMode": "host"}"#,
            &["host_pid", "host_ipc", "host_network", "host_uts", "host_user", "host_cgroup"],
        );
        check(
            r#"{"PidMode": "container:abc", "IpcMode": "container:abc", "NetworkMode": "container:host"}"#,
            &[],
        );
    }

    #[test]
    fn mounts_in_all_their_places() {
        check(
            r#"{"Binds": ["/var/run/docker.sock:/s:ro", "data:/d", "/v", "c:/windows:d:/tmp"],
                "Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/host"},
                           {"Type": "volume", "Source": "data", "Target": "/d"},
                           {"Type": "tmpfs", "Target": "/t"},
                           {"Source": "/old", "Target": "/o"}]}"#,
            &["host_path:/var/run/docker.sock", "host_path:c:/windows", "host_path:/etc", "~host_path:/old"],
        );
        let volume = |options: &str| {
            format!(
                r#"{{"Mounts": [{{"Type": "volume", "Target": "/h",
                     "VolumeOptions": {{"DriverConfig": {{"Name": "local", "Options": {options}}}}}}}]}}"#
            )
        };
        check(&volume(r#"{"type": "none", "o": "ro,bind", "device": "/"}"#), &["host_path:/"]);
        check(&volume(r#"{"type": "ext4", "device": "/dev/sda1"}"#), &["device:/dev/sda1"]);
        check(&volume(r#"{"type": "nfs", "o": "addr=10.0.0.1,rw", "device": ":/export"}"#), &[]);
        assert_eq!(
            facts(r#"{"Mounts": [{"Type": "bind", "Target": "/x"}]}"#).unwrap_err().code(),
            "missing_field"
        );
    }

    #[test]
    fn devices_named_and_unnamed() {
        check(
            r#"{"Devices": [{"PathOnHost": "/dev/kvm", "PathInContainer": "/dev/kvm"}]}"#,
            &["device:/dev/kvm"],
        );
        check(
            r#"{"DeviceRequests": [{"Driver": "", "Count": -1, "DeviceIDs": null, "Capabilities": [["gpu"]]},
                                    {"Driver": "cdi", "DeviceIDs": ["vendor.com/gpu=0"]}, {}],
                "DeviceCgroupRules": ["a *:* rwm"]}"#,
            &["~device:gpu", "~device:vendor.com/gpu=0", "~device:unnamed", "~device:a *:* rwm"],
        );
    }

    #[test]
    fn security_options_in_both_spellings() {
        check(
            r#"{"SecurityOpt": ["seccomp=unconfined", "apparmor:unconfined", "label:disable", "systempaths=unconfined"]}"#,
            &["seccomp_unconfined", "apparmor_unconfined", "selinux_disabled", "unmasked_paths"],
        );
        check(
            r#"{"SecurityOpt": ["seccomp={\"defaultAction\": \"x=unconfined\"}", "label=type:container_t"]}"#,
            &["selinux_type:container_t"],
        );
        // A type that SELinux confines nothing of.
        for option in ["label=type:spc_t", "label:type:spc_t"] {
            let text = format!(r#"{{"SecurityOpt": ["{option}"]}}"#);
            check(&text, &["~selinux_disabled", "selinux_type:spc_t"]);
        }
        let in_force = |options: &str| {
            let text = format!(r#"{{"SecurityOpt": [{options}]}}"#);
            let node: Node<'_> = read(&text, ErrorKind::InvalidLaunch).unwrap();
            security_options(&Place::root(&text, &node), &mut Facts::default()).unwrap()
        };
        for on in [r#""no-new-privileges""#, r#""no-new-privileges:true""#, r#""no-new-privileges=1""#] {
            assert!(in_force(on), "{on}");
        }
        for off in [
            "",
            r#""no-new-privileges=false""#,
            r#""no-new-privileges=""#,
            r#""no-new-privileges:yes""#,
            r#""no-new-privileges", "no-new-privileges=false""#,
        ] {
            assert!(!in_force(off), "{off}");
        }
    }

    #[test]
    fn masked_paths_must_cover_what_docker_covers() {
        check(r#"{"MaskedPaths": []}"#, &["unmasked_paths"]);
        check(r#"{"ReadonlyPaths": []}"#, &["unmasked_paths"]);
        check(r#"{"MaskedPaths": ["/nothing"]}"#, &["unmasked_paths"]);
        check(
            r#"{"MaskedPaths": ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
                "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}"#,
            &[],
        );
    }

    #[test]
    fn ports_of_the_host() {
        check(r#"{"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}}"#, &["host_port"]);
        check(r#"{"PortBindings": {"80/tcp": [{}]}}"#, &["host_port"]);
        check(r#"{"PublishAllPorts": true}"#, &["host_port"]);
    }

    #[test]
    fn a_wrong_type_is_never_taken_for_no() {
        for text in [
            r#"{"Privileged": "yes"}"#,
            r#"{"Privileged": 1}"#,
            r#"{"Privileged": []}"#,
            r#"{"CapAdd": {"SYS_ADMIN": true}}"#,
            r#"{"CapAdd": [1]}"#,
            r#"{"PidMode": true}"#,
            r#"{"Binds": {"/": "/"}}"#,
            r#"{"Binds": [{}]}"#,
            r#"{"Mounts": {}}"#,
            r#"{"Mounts": ["/:/host"]}"#,
            r#"{"Mounts": [{"Type": 1}]}"#,
            r#"{"Devices": ["/dev/kvm"]}"#,
            r#"{"SecurityOpt": 1}"#,
            r#"{"MaskedPaths": false}"#,
            r#"{"PortBindings": []}"#,
            r#"{"PublishAllPorts": "true"}"#,
            r#"{"DeviceRequests": true}"#,
            r#"{"DeviceCgroupRules": [[]]}"#,
            r#"{"Privileged": false, "privileged": true}"#,
            r#"{"Binds": [], "binds": ["/:/host"]}"#,
            "[]",
            "true",
        ] {
            let error = facts(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidLaunch, "{text}");
            assert!(matches!(error.code(), "wrong_type" | "duplicate_key"), "{text}: {error}");
        }
    }

    #[test]
    fn who_is_root() {
        for user in ["0", "root", "0:0", "root:wheel", "00", "+0", ":0", "0:1000"] {
            assert!(is_root(user), "{user}");
        }
        for user in ["1000", "daemon", "1000:0", "rooted", "65534:65534"] {
            assert!(!is_root(user), "{user}");
        }
    }
}
