//! Privilege facts of one container of a pod: what its own security context, the pod's, and annotations say.

use crate::json::Place;
use crate::launch::docker::{DEFAULT_CAPABILITIES, Facts};
use crate::launch::oci_runtime::is_unconfined_type;
use imagegate::{Container, Error, quote};
use std::collections::HashMap;

/// What the pod says for all its containers, read once.
pub(super) struct OfPod<'n, 'a> {
    /// Namespaces that the containers share with the host.
    namespaces: Vec<&'static str>,
    context: Context<'n>,
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
        Ok(Self {
            is_on_host_network: namespaces.contains(&"host_network"),
            namespaces,
            context: Context::read(&spec.member("securityContext")?)?,
            annotations: metadata.member("annotations")?.members()?.into_iter().collect(),
            is_windows: spec.member("os")?.member("name")?.word()? == Some("windows"),
        })
    }
}

/// What both a container's security context and its pod's may say.
struct Context<'n> {
    seccomp: Option<Unconfined>,
    apparmor: Option<Unconfined>,
    /// The type, if there is one, of options that are given: they replace the pod's as a whole.
    selinux: Option<Option<&'n str>>,
    user: Option<i64>,
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
        Ok(Self {
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
    capabilities(&place, facts)?;
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
    }
    if own.selinux.or(pod.context.selinux).flatten().is_some_and(is_unconfined_type) {
        facts.infer("selinux_disabled");
    }
    if place.member("procMount")?.word()?.is_some_and(|mount| mount != "Default") {
        facts.state("unmasked_paths");
    }
    let user = own.user.or(pod.context.user);
    if user == Some(0) {
        facts.state("run_as_root");
    }
    let windows_user = own.windows_user.or(pod.context.windows_user);
    shown.user = user.map(|user| user.to_string()).or_else(|| windows_user.map(str::to_owned));
    // Read on Windows too, so that a wrong type is seen.
    let escalation = place.member("allowPrivilegeEscalation")?.flag()?;
    if escalation != Some(false) && !pod.is_windows {
        facts.state("new_privileges");
    }
    Ok(())
}

fn capabilities(own: &Place<'_, '_>, facts: &mut Facts) -> Result<(), Error> {
    for place in own.member("capabilities")?.member("add")?.items()? {
        let Some(name) = place.word()? else { continue };
        let upper = name.to_ascii_uppercase();
        let bare = upper.strip_prefix("CAP_").filter(|rest| !rest.is_empty()).unwrap_or(&upper);
        if !bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            let message = format!("{} cannot be the name of a capability", quote(name));
            return Err(place.error("invalid_value", message));
        }
        if !DEFAULT_CAPABILITIES.contains(&bare) {
            facts.state(format!("capability:{bare}"));
        }
    }
    Ok(())
}

/// The annotations of a way to confine containers.
struct Profile {
    /// Before the name of a container.
    of_container: &'static str,
    of_pod: Option<&'static str>,
    fact: &'static str,
}

const SECCOMP: Profile = Profile {
    of_container: "container.seccomp.security.alpha.kubernetes.io/",
    of_pod: Some("seccomp.security.alpha.kubernetes.io/pod"),
    fact: "seccomp_unconfined",
};

const APPARMOR: Profile = Profile {
    of_container: "container.apparmor.security.beta.kubernetes.io/",
    of_pod: None,
    fact: "apparmor_unconfined",
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
