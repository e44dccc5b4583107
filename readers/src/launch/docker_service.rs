//! The body of `POST /services/create` and `POST /services/{id}/update` of the Docker Engine API: a service of a swarm,
//! whose containers the daemon then starts by itself, on any node.
//!
//! | here, in `TaskTemplate.ContainerSpec` | fact |
//! |---|---|
//! | `CapabilityAdd` | `capability:NAME` beyond Docker's 14, `capability_added:NAME` |
//! | `CapabilityDrop` | without `ALL`: `capabilities_not_dropped` |
//! | `Sysctls` | `sysctl:NAME` |
//! | `Mounts` | as in a create request |
//! | `Privileges.Seccomp.Mode` `unconfined`, `Privileges.AppArmor.Mode` `disabled`, `Privileges.SELinuxContext.Disable` | `seccomp_unconfined`, `apparmor_unconfined`, `selinux_disabled` |
//! | `Privileges.SELinuxContext` `Type`, `User`, `Role` | `selinux_type:`, `selinux_user:`, `selinux_role:` |
//! | `Privileges.NoNewPrivileges` | not `true`: `new_privileges` |
//! | `User` | 0 or root: `run_as_root`; these or not given: `root_not_refused` |
//!
//! `EndpointSpec.Ports` are `host_port`, since a published port is one of every node. A network named `host`, in
//! `TaskTemplate.Networks` or `Networks`, is `host_network`; clients write its id instead, which only the daemon can tell
//! from others. A service has no privileged mode, and shares no other namespace of the host.
//!
//! A service that runs a plugin (`PluginSpec`) or attaches to a network only (`NetworkAttachmentSpec`) is refused: what a
//! plugin is granted stands elsewhere.

use super::capabilities;
use super::docker::{Confinement, Facts, is_root, mount, push_new, unconfined};
use super::oci_runtime::is_unconfined_type;
use super::{Options, complete, reference};
use crate::detect::Reader;
use crate::json::{Node, Place, read as read_json};
use crate::look::Look;
use imagegate::{Container, Error, ErrorKind, Launch, LaunchDocument, LaunchImage};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "docker-service", title: "a Docker service request", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        members.get_folded("TaskTemplate").is_some() && members.count_folded(&["ID", "Spec"]) == 0
    })
}

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    let node: Node<'_> = read_json(text, ErrorKind::InvalidLaunch)?;
    let root = Place::root(text, &node);
    let task = root.member("TaskTemplate")?;
    for member in ["PluginSpec", "NetworkAttachmentSpec"] {
        let other = task.member(member)?;
        if other.is_given() {
            return Err(other.error(
                "no_container",
                format!("the service has a `{member}`: what it is granted is not in the request"),
            ));
        }
    }
    let spec = task.member("ContainerSpec")?;
    if !spec.is_given() {
        return Err(
            task.error("missing_field", "the service has no `ContainerSpec`, which says what it starts")
        );
    }
    let (mut facts, mut container) = (Facts::default(), Container::default());
    let added = spec.member("CapabilityAdd")?.words()?;
    for name in &added {
        capabilities::added(name, &mut facts);
    }
    let all_dropped =
        capabilities::is_all(&spec.member("CapabilityDrop")?.words()?) && !capabilities::is_all(&added);
    for (name, _) in spec.member("Sysctls")?.members()? {
        facts.state(format!("sysctl:{name}"));
    }
    for network in [task.member("Networks")?, root.member("Networks")?] {
        for item in network.items()? {
            if item.member("Target")?.word()? == Some("host") {
                facts.state("host_network");
            }
        }
    }
    for item in spec.member("Mounts")?.items()? {
        mount(&item, &mut facts, &mut container)?;
    }
    let no_new_privileges = privileges(&spec.member("Privileges")?, &mut facts)?;
    for port in root.member("EndpointSpec")?.member("Ports")?.items()? {
        facts.state("host_port");
        let number = |name: &str| port.member(name)?.whole().map(Option::unwrap_or_default);
        push_new(&mut container.ports, format!("{}:{}", number("PublishedPort")?, number("TargetPort")?));
    }
    process(&spec, &mut facts, &mut container)?;
    unconfined(Confinement { no_new_privileges, all_dropped }, &container, &mut facts);
    container.name = root.member("Name")?.word()?.map(str::to_owned);
    let reference = reference(&spec.member("Image")?)?;
    if reference.is_none() && options.image.is_none() {
        return Err(
            spec.error("missing_identity", "the service names no image: give `Image`, or name the image")
        );
    }
    let (privileges, inferred) = facts.into_lists();
    let image = LaunchImage { reference, ..LaunchImage::default() };
    let document = LaunchDocument { image, container, privileges, inferred, ..LaunchDocument::default() };
    Ok(vec![complete(document, options)?])
}

/// States what the request says of confinement, and tells whether new privileges are ruled out.
fn privileges(privileges: &Place<'_, '_>, facts: &mut Facts) -> Result<bool, Error> {
    let selinux = privileges.member("SELinuxContext")?;
    if selinux.member("Disable")?.flag()? == Some(true) {
        facts.state("selinux_disabled");
    } else if selinux.member("Type")?.word()?.is_some_and(is_unconfined_type) {
        facts.infer("selinux_disabled");
    }
    for (member, fact) in [("Type", "selinux_type"), ("User", "selinux_user"), ("Role", "selinux_role")] {
        if let Some(value) = selinux.member(member)?.word()? {
            facts.state(format!("{fact}:{value}"));
        }
    }
    if privileges.member("Seccomp")?.member("Mode")?.word()? == Some("unconfined") {
        facts.state("seccomp_unconfined");
    }
    if privileges.member("AppArmor")?.member("Mode")?.word()? == Some("disabled") {
        facts.state("apparmor_unconfined");
    }
    Ok(privileges.member("NoNewPrivileges")?.flag()? == Some(true))
}

fn process(spec: &Place<'_, '_>, facts: &mut Facts, container: &mut Container) -> Result<(), Error> {
    let user = spec.member("User")?.word()?;
    if user.is_some_and(is_root) {
        facts.state("run_as_root");
    }
    container.user = user.map(str::to_owned);
    for member in ["Command", "Args"] {
        container.command.extend(spec.member(member)?.words()?.into_iter().map(str::to_owned));
    }
    for variable in spec.member("Env")?.words()? {
        let name = variable.split_once('=').map_or(variable, |(name, _)| name);
        if !name.is_empty() {
            push_new(&mut container.environment, name.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn facts(text: &str) -> Result<Vec<String>, Error> {
        parse(text.as_bytes(), &Options::default()).map(|launch| launch.document().privileges.clone())
    }

    #[test]
    fn what_a_service_asks_for() {
        let text = r#"{"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "cart:1", "User": "root",
            "CapabilityAdd": ["CAP_SYS_ADMIN", "KILL"], "Args": ["serve"], "Env": ["TOKEN=secret"],
            "Mounts": [{"Type": "bind", "Source": "/var/run/docker.sock", "Target": "/s"}],
            "Privileges": {"NoNewPrivileges": true, "Seccomp": {"Mode": "unconfined"}, "AppArmor": {"Mode": "disabled"},
                "SELinuxContext": {"Disable": true}}},
            "Networks": [{"Target": "host"}]}, "EndpointSpec": {"Ports": [{"TargetPort": 80, "PublishedPort": 8080}]}}"#;
        let launch = parse(text.as_bytes(), &Options::default()).unwrap();
        assert_eq!(
            launch.document().privileges,
            [
                "capability:SYS_ADMIN",
                "capability_added:CAP_SYS_ADMIN",
                "capability_added:KILL",
                "host_network",
                "host_path:/var/run/docker.sock",
                "selinux_disabled",
                "seccomp_unconfined",
                "apparmor_unconfined",
                "host_port",
                "run_as_root",
                "capabilities_not_dropped",
                "root_not_refused",
            ]
        );
        let container = &launch.document().container;
        assert_eq!(container.name.as_deref(), Some("web"));
        assert_eq!(
            (&container.environment[..], &container.ports[..]),
            (&["TOKEN".to_owned()][..], &["8080:80".to_owned()][..])
        );
        assert_eq!(
            facts(
                r#"{"tasktemplate": {"containerspec": {"image": "cart:1", "capabilityadd": ["SYS_PTRACE"]}}}"#
            )
            .unwrap(),
            [
                "capability:SYS_PTRACE",
                "capability_added:SYS_PTRACE",
                "new_privileges",
                "capabilities_not_dropped",
                "root_not_refused"
            ]
        );
    }

    #[test]
    fn a_label_of_selinux_is_told_part_by_part() {
        let text = r#"{"TaskTemplate": {"ContainerSpec": {"Image": "a:1", "User": "app", "CapabilityDrop": ["ALL"], "Privileges":
            {"NoNewPrivileges": true, "SELinuxContext": {"User": "u", "Role": "r", "Type": "t", "Level": "s0"}}}}}"#;
        assert_eq!(facts(text).unwrap(), ["selinux_type:t", "selinux_user:u", "selinux_role:r"]);
    }

    #[test]
    fn what_is_no_container_is_refused() {
        for (text, code) in [
            (r#"{"TaskTemplate": {}}"#, "missing_field"),
            (r#"{"TaskTemplate": {"ContainerSpec": {}}}"#, "missing_identity"),
            (r#"{"TaskTemplate": {"ContainerSpec": {"Env": []}}}"#, "missing_identity"),
            (
                r#"{"TaskTemplate": {"ContainerSpec": {"Image": "a"}, "PluginSpec": {"Name": "p"}}}"#,
                "no_container",
            ),
            (r#"{"TaskTemplate": {"ContainerSpec": {"Image": "a", "image": "b"}}}"#, "duplicate_key"),
            (r#"{"TaskTemplate": {"ContainerSpec": {"Image": "a", "CapabilityAdd": [1]}}}"#, "wrong_type"),
            (
                r#"{"TaskTemplate": {"ContainerSpec": {"Image": "a"}}, "EndpointSpec": {"Ports": {}}}"#,
                "wrong_type",
            ),
        ] {
            let error = facts(text).unwrap_err();
            assert_eq!(error.code(), code, "{text}: {error}");
        }
    }
}
