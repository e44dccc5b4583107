//! Privilege facts of one container of a pod: what its own security context, the pod's, and annotations say.

use super::pod::PodPlaces;
use crate::json::Place;
use crate::launch::docker::{DEFAULT_CAPABILITIES, Facts};
use crate::launch::oci_runtime::is_unconfined_type;
use imagegate::{Container, Error, quote};

/// Facts from security contexts and annotations.
pub(super) fn facts(
    pod: &PodPlaces<'_, '_>,
    container: &Place<'_, '_>,
    name: Option<&str>,
    facts: &mut Facts,
    shown: &mut Container,
) -> Result<(), Error> {
    let own = container.member("securityContext")?;
    let of_pod = pod.spec.member("securityContext")?;
    if own.member("privileged")?.flag()? == Some(true) {
        facts.state("privileged");
    }
    let host_process = either(&own, &of_pod, "windowsOptions", |place| place.member("hostProcess")?.flag())?;
    if host_process == Some(true) {
        facts.infer("privileged");
    }
    capabilities(&own, facts)?;
    for (member, fact) in [
        ("hostPID", "host_pid"),
        ("hostIPC", "host_ipc"),
        ("hostNetwork", "host_network"),
        ("hostUsers", "host_user"),
    ] {
        if pod.spec.member(member)?.flag()? == Some(true) {
            facts.state(fact);
        }
    }
    confinement(pod, &own, &of_pod, name, facts)?;
    let selinux = either(&own, &of_pod, "seLinuxOptions", |place| place.member("type")?.text())?;
    if selinux.is_some_and(is_unconfined_type) {
        facts.infer("selinux_disabled");
    }
    if own.member("procMount")?.word()?.is_some_and(|mount| mount != "Default") {
        facts.state("unmasked_paths");
    }
    let user = either(&own, &of_pod, "runAsUser", Place::whole)?;
    if user == Some(0) {
        facts.state("run_as_root");
    }
    let windows_user =
        either(&own, &of_pod, "windowsOptions", |place| place.member("runAsUserName")?.word())?;
    shown.user = user.map(|user| user.to_string()).or_else(|| windows_user.map(str::to_owned));
    // Read on Windows too, so that a wrong type is seen.
    let escalation = own.member("allowPrivilegeEscalation")?.flag()?;
    if escalation != Some(false) && !pod.is_windows {
        facts.state("new_privileges");
    }
    Ok(())
}

/// What `read` makes of the member in the container's context, or in the pod's if the container has none.
fn either<'n, 'a, T>(
    own: &Place<'n, 'a>,
    of_pod: &Place<'n, 'a>,
    member: &str,
    read: impl Fn(&Place<'n, 'a>) -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let own = own.member(member)?;
    let of_pod = of_pod.member(member)?;
    // The pod's is read in any case: what is malformed there is an error for every container.
    let by_pod = read(&of_pod)?;
    if own.is_given() { read(&own) } else { Ok(by_pod) }
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

/// A way to confine a container, which has two spellings.
struct Profile {
    field: &'static str,
    /// Before the name of a container.
    annotation: &'static str,
    annotation_of_pod: Option<&'static str>,
    fact: &'static str,
}

const PROFILES: [Profile; 2] = [
    Profile {
        field: "seccompProfile",
        annotation: "container.seccomp.security.alpha.kubernetes.io/",
        annotation_of_pod: Some("seccomp.security.alpha.kubernetes.io/pod"),
        fact: "seccomp_unconfined",
    },
    Profile {
        field: "appArmorProfile",
        annotation: "container.apparmor.security.beta.kubernetes.io/",
        annotation_of_pod: None,
        fact: "apparmor_unconfined",
    },
];

/// Clusters of before the fields read the annotations alone, those of today the fields alone, and some in between both:
/// unconfined is what one of them starts unconfined.
fn confinement(
    pod: &PodPlaces<'_, '_>,
    own: &Place<'_, '_>,
    of_pod: &Place<'_, '_>,
    name: Option<&str>,
    facts: &mut Facts,
) -> Result<(), Error> {
    for profile in &PROFILES {
        let by_field = either(own, of_pod, profile.field, by_field)?;
        let mut by_annotation = None;
        if let Some(name) = name {
            by_annotation = annotation(pod, &format!("{}{name}", profile.annotation))?;
        }
        if let Some(key) = profile.annotation_of_pod {
            // Read in any case, as a malformed one is an error.
            let by_pod = annotation(pod, key)?;
            by_annotation = by_annotation.or(by_pod);
        }
        if by_field == Some(true) || by_annotation == Some(true) {
            facts.state(profile.fact);
        }
    }
    Ok(())
}

/// Whether a profile in a security context is none.
fn by_field(profile: &Place<'_, '_>) -> Result<Option<bool>, Error> {
    let kind = profile.member("type")?;
    match kind.word()? {
        Some("Unconfined") => Ok(Some(true)),
        Some("RuntimeDefault" | "Localhost") => Ok(Some(false)),
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

/// Whether a profile in an annotation is none.
fn annotation(pod: &PodPlaces<'_, '_>, key: &str) -> Result<Option<bool>, Error> {
    let Some(place) = pod.annotation(key)? else { return Ok(None) };
    match place.word()? {
        None => Ok(None),
        Some("unconfined") => Ok(Some(true)),
        Some("runtime/default" | "docker/default") => Ok(Some(false)),
        Some(word) if word.starts_with("localhost/") => Ok(Some(false)),
        Some(other) => {
            let message = format!(
                "{} is no profile: expected `runtime/default`, `localhost/NAME` or `unconfined`",
                quote(other)
            );
            Err(place.error("invalid_value", message))
        }
    }
}
