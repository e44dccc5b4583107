//! Privilege facts of one container of a pod: what its own security context, the pod's, and annotations say.

use crate::json::Place;
use crate::launch::capabilities;
use crate::launch::docker::Facts;
use crate::launch::oci_runtime::is_unconfined_type;
use imagegate::{Container, Error, quote};
use std::collections::HashMap;

/// What the pod says for all its containers, read once.
pub(super) struct OfPod<'n, 'a> {
    /// Namespaces that the containers share with the host.
    namespaces: Vec<&'static str>,
    context: Context<'n>,
    sysctls: Vec<&'n str>,
    annotations: HashMap<&'n str, Place<'n, 'a>>,
    is_windows: bool,
    pub(super) is_on_host_network: bool,
}

impl<'n, 'a> OfPod<'n, 'a> {
    pub(super) fn read(spec: &Place<'n, 'a>, metadata: &Place<'n, 'a>) -> Result<Self, Error> {
        let mut namespaces = Vec::new();
        for (member, fact) in [
            ("hostPID", "host_pid"),
            ("hostIPC", "host_ipc"),
            ("hostNetwork", "host_network"),
            ("hostUsers", "host_user"),
        ] {
            if spec.member(member)?.flag()? == Some(true) {
                namespaces.push(fact);
            }
        }
        let context = spec.member("securityContext")?;
        let mut sysctls = Vec::new();
        for sysctl in context.member("sysctls")?.items()? {
            let name = sysctl.member("name")?;
            let missing = || name.error("missing_field", "a sysctl has a `name`");
            sysctls.push(name.word()?.ok_or_else(missing)?);
        }
        Ok(Self {
            is_on_host_network: namespaces.contains(&"host_network"),
            namespaces,
            context: Context::read(&context)?,
            sysctls,
            annotations: metadata.member("annotations")?.members()?.into_iter().collect(),
            is_windows: spec.member("os")?.member("name")?.word()? == Some("windows"),
        })
    }
}

impl OfPod<'_, '_> {
    /// How many kernel parameters the pod sets.
    pub(super) fn sysctls(&self) -> usize {
        self.sysctls.len()
    }
}

/// What both a container's security context and its pod's may say.
struct Context<'n> {
    seccomp: Option<Unconfined>,
    apparmor: Option<Unconfined>,
    /// The type, if there is one, of options that are given: they replace the pod's as a whole.
    selinux: Option<Option<&'n str>>,
    /// The user, the role and the type of SELinux, as facts name them.
    selinux_parts: Vec<(&'static str, &'n str)>,
    user: Option<i64>,
    non_root: Option<bool>,
    /// Of Windows' options a container replaces only those that it gives.
    host_process: Option<bool>,
    windows_user: Option<&'n str>,
}

/// Whether a profile is none.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Unconfined(bool);

impl<'n> Context<'n> {
    fn read(context: &Place<'n, '_>) -> Result<Self, Error> {
        let selinux = context.member("seLinuxOptions")?;
        let selinux_type = selinux.member("type")?.text()?;
        let windows = context.member("windowsOptions")?;
        let mut selinux_parts = Vec::new();
        for (member, fact) in [("user", "selinux_user"), ("role", "selinux_role"), ("type", "selinux_type")] {
            selinux_parts.extend(selinux.member(member)?.word()?.map(|value| (fact, value)));
        }
        Ok(Self {
            selinux_parts,
            non_root: context.member("runAsNonRoot")?.flag()?,
            seccomp: by_field(&context.member("seccompProfile")?)?,
            apparmor: by_field(&context.member("appArmorProfile")?)?,
            selinux: selinux.is_given().then_some(selinux_type),
            user: context.member("runAsUser")?.whole()?,
            host_process: windows.member("hostProcess")?.flag()?,
            windows_user: windows.member("runAsUserName")?.word()?,
        })
    }
}

/// Facts from security contexts and annotations.
pub(super) fn facts(
    pod: &OfPod<'_, '_>,
    container: &Place<'_, '_>,
    name: Option<&str>,
    facts: &mut Facts,
    shown: &mut Container,
) -> Result<(), Error> {
    let place = container.member("securityContext")?;
    let own = Context::read(&place)?;
    if place.member("privileged")?.flag()? == Some(true) {
        facts.state("privileged");
    }
    if own.host_process.or(pod.context.host_process) == Some(true) {
        facts.infer("privileged");
    }
    let all_dropped = capabilities(&place, facts)?;
    for namespace in &pod.namespaces {
        facts.state(*namespace);
    }
    for (profile, by_field) in
        [(&SECCOMP, own.seccomp.or(pod.context.seccomp)), (&APPARMOR, own.apparmor.or(pod.context.apparmor))]
    {
        // Clusters of before the fields read the annotations alone, those of today the fields alone, and some in
        // between both: unconfined is what one of them starts unconfined.
        let by_annotation = profile.annotated(pod, name)?;
        if [by_field, by_annotation].contains(&Some(Unconfined(true))) {
            facts.state(profile.fact);
        }
        if let (Some(unset), None, None) = (profile.unset, by_field, by_annotation)
            && !pod.is_windows
        {
            facts.state(unset);
        }
    }
    if own.selinux.or(pod.context.selinux).flatten().is_some_and(is_unconfined_type) {
        facts.infer("selinux_disabled");
    }
    if place.member("procMount")?.word()?.is_some_and(|mount| mount != "Default") {
        facts.state("unmasked_paths");
    }
    for (fact, value) in own.selinux_parts.iter().chain(&pod.context.selinux_parts) {
        facts.state(format!("{fact}:{value}"));
    }
    for name in &pod.sysctls {
        facts.state(format!("sysctl:{name}"));
    }
    let user = own.user.or(pod.context.user);
    if user == Some(0) {
        facts.state("run_as_root");
    }
    if own.non_root.or(pod.context.non_root) != Some(true) {
        facts.state("root_not_refused");
    }
    let windows_user = own.windows_user.or(pod.context.windows_user);
    shown.user = user.map(|user| user.to_string()).or_else(|| windows_user.map(str::to_owned));
    // Read on Windows too, so that a wrong type is seen.
    let escalation = place.member("allowPrivilegeEscalation")?.flag()?;
    if escalation != Some(false) && !pod.is_windows {
        facts.state("new_privileges");
    }
    if !all_dropped && !pod.is_windows {
        facts.state("capabilities_not_dropped");
    }
    probes(container, facts)
}

/// Probes and handlers that call a host of their own choice, which the kubelet then does for them.
fn probes(container: &Place<'_, '_>, facts: &mut Facts) -> Result<(), Error> {
    let lifecycle = container.member("lifecycle")?;
    for handler in [
        container.member("livenessProbe")?,
        container.member("readinessProbe")?,
        container.member("startupProbe")?,
        lifecycle.member("postStart")?,
        lifecycle.member("preStop")?,
    ] {
        for action in ["httpGet", "tcpSocket"] {
            if handler.member(action)?.member("host")?.word()?.is_some() {
                facts.state("probe_host");
            }
        }
    }
    Ok(())
}

/// Reads what is added, and tells whether all is dropped.
fn capabilities(own: &Place<'_, '_>, facts: &mut Facts) -> Result<bool, Error> {
    let of_container = own.member("capabilities")?;
    let mut added = Vec::new();
    for place in of_container.member("add")?.items()? {
        let Some(name) = place.word()? else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            let message = format!("{} cannot be the name of a capability", quote(name));
            return Err(place.error("invalid_value", message));
        }
        capabilities::added(name, facts);
        added.push(name);
    }
    Ok(capabilities::is_all(&of_container.member("drop")?.words()?) && !capabilities::is_all(&added))
}

/// The annotations of a way to confine containers.
struct Profile {
    /// Before the name of a container.
    of_container: &'static str,
    of_pod: Option<&'static str>,
    fact: &'static str,
    /// The fact that nobody asks for one.
    unset: Option<&'static str>,
}

const SECCOMP: Profile = Profile {
    of_container: "container.seccomp.security.alpha.kubernetes.io/",
    of_pod: Some("seccomp.security.alpha.kubernetes.io/pod"),
    fact: "seccomp_unconfined",
    unset: Some("seccomp_unset"),
};

const APPARMOR: Profile = Profile {
    of_container: "container.apparmor.security.beta.kubernetes.io/",
    of_pod: None,
    fact: "apparmor_unconfined",
    // Most hosts of today have no AppArmor.
    unset: None,
};

impl Profile {
    /// What the annotations say of the container of this name.
    fn annotated(&self, pod: &OfPod<'_, '_>, name: Option<&str>) -> Result<Option<Unconfined>, Error> {
        let read = |key: &str| pod.annotations.get(key).map_or(Ok(None), by_annotation);
        // The pod's is read in any case, since a malformed one is an error.
        let of_pod = self.of_pod.map_or(Ok(None), read)?;
        let own = name.map_or(Ok(None), |name| read(&format!("{}{name}", self.of_container)))?;
        Ok(own.or(of_pod))
    }
}

fn by_field(profile: &Place<'_, '_>) -> Result<Option<Unconfined>, Error> {
    let kind = profile.member("type")?;
    match kind.word()? {
        Some("Unconfined") => Ok(Some(Unconfined(true))),
        Some("RuntimeDefault" | "Localhost") => Ok(Some(Unconfined(false))),
        Some(other) => {
            let message = format!(
                "{} is no type of profile: expected `RuntimeDefault`, `Localhost` or `Unconfined`",
                quote(other)
            );
            Err(kind.error("invalid_value", message))
        }
        None if profile.is_given() => Err(kind.error("missing_field", "a profile has a `type`")),
        None => Ok(None),
    }
}

fn by_annotation(place: &Place<'_, '_>) -> Result<Option<Unconfined>, Error> {
    match place.word()? {
        None => Ok(None),
        Some("unconfined") => Ok(Some(Unconfined(true))),
        Some("runtime/default" | "docker/default") => Ok(Some(Unconfined(false))),
        Some(word) if word.starts_with("localhost/") => Ok(Some(Unconfined(false))),
        Some(other) => {
            let message = format!(
                "{} is no profile: expected `runtime/default`, `localhost/NAME` or `unconfined`",
                quote(other)
            );
            Err(place.error("invalid_value", message))
        }
    }
}
