//! The vocabulary of privileges: what a launch asks for, as facts.

use crate::error::quote;
use std::fmt;

/// One privilege that a launch asks for, in its one spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Privilege {
    /// Everything: all capabilities, all devices, nothing confined or masked.
    Privileged,
    /// A capability beyond the runtime's default set, upper case without `CAP_`; `ALL` is all of them.
    Capability(String),
    /// The host's process ids.
    HostPid,
    /// The host's inter-process communication.
    HostIpc,
    /// The host's network.
    HostNetwork,
    /// The host's host name.
    HostUts,
    /// The host's user ids.
    HostUser,
    /// The host's control groups.
    HostCgroup,
    /// A host path mounted into the container, cleaned lexically.
    HostPath(String),
    /// A host device, cleaned lexically.
    Device(String),
    /// No seccomp filter.
    SeccompUnconfined,
    /// No AppArmor profile.
    ApparmorUnconfined,
    /// SELinux separation disabled.
    SelinuxDisabled,
    /// Paths that the runtime masks by default are not masked.
    UnmaskedPaths,
    /// No-new-privileges is not in force.
    NewPrivileges,
    /// The effective user is root.
    RunAsRoot,
    /// A port of the host is taken.
    HostPort,
    /// A capability that is named among those to add, be it in the default set or not; spelled as it is there.
    CapabilityAdded(String),
    /// Not all capabilities of the default set are dropped.
    CapabilitiesNotDropped,
    /// No seccomp profile is asked for: the runtime or the cluster decides whether there is one.
    SeccompUnset,
    /// A type of SELinux that is asked for.
    SelinuxType(String),
    /// A user of SELinux that is asked for.
    SelinuxUser(String),
    /// A role of SELinux that is asked for.
    SelinuxRole(String),
    /// A kernel parameter that is set, by its name with dots.
    Sysctl(String),
    /// A volume of this type, such as `hostPath` or `nfs`; only Kubernetes has them.
    Volume(String),
    /// Nothing keeps the container from running as root.
    RootNotRefused,
    /// A probe or a lifecycle handler calls a host of its own choice.
    ProbeHost,
}

const PLAIN: [(&str, Privilege); 18] = [
    ("privileged", Privilege::Privileged),
    ("host_pid", Privilege::HostPid),
    ("host_ipc", Privilege::HostIpc),
    ("host_network", Privilege::HostNetwork),
    ("host_uts", Privilege::HostUts),
    ("host_user", Privilege::HostUser),
    ("host_cgroup", Privilege::HostCgroup),
    ("seccomp_unconfined", Privilege::SeccompUnconfined),
    ("apparmor_unconfined", Privilege::ApparmorUnconfined),
    ("selinux_disabled", Privilege::SelinuxDisabled),
    ("unmasked_paths", Privilege::UnmaskedPaths),
    ("new_privileges", Privilege::NewPrivileges),
    ("run_as_root", Privilege::RunAsRoot),
    ("host_port", Privilege::HostPort),
    ("capabilities_not_dropped", Privilege::CapabilitiesNotDropped),
    ("seccomp_unset", Privilege::SeccompUnset),
    ("root_not_refused", Privilege::RootNotRefused),
    ("probe_host", Privilege::ProbeHost),
];

type OfText = fn(String) -> Privilege;

/// The words whose value is a plain text.
const WITH_TEXT: [(&str, OfText); 6] = [
    ("capability_added", Privilege::CapabilityAdded),
    ("selinux_type", Privilege::SelinuxType),
    ("selinux_user", Privilege::SelinuxUser),
    ("selinux_role", Privilege::SelinuxRole),
    ("sysctl", Privilege::Sysctl),
    ("volume", Privilege::Volume),
];

impl Privilege {
    /// The words that stand alone.
    pub(crate) fn plain_words() -> impl Iterator<Item = &'static str> {
        PLAIN.iter().map(|(word, _)| *word)
    }

    pub(crate) fn plain(text: &str) -> Option<Self> {
        PLAIN.iter().find(|(word, _)| *word == text).map(|(_, privilege)| privilege.clone())
    }

    /// The privilege that the word before a colon and the text behind it name, if the word is one of those.
    pub(crate) fn with_text(word: &str, text: &str) -> Option<Self> {
        WITH_TEXT.iter().find(|(known, _)| *known == word).map(|(_, privilege)| privilege(text.to_owned()))
    }

    /// The word and the text of a privilege whose value is a plain text.
    pub(crate) fn as_text(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::CapabilityAdded(text) => Some(("capability_added", text)),
            Self::SelinuxType(text) => Some(("selinux_type", text)),
            Self::SelinuxUser(text) => Some(("selinux_user", text)),
            Self::SelinuxRole(text) => Some(("selinux_role", text)),
            Self::Sysctl(text) => Some(("sysctl", text)),
            Self::Volume(text) => Some(("volume", text)),
            _ => None,
        }
    }

    /// Reads a fact of a launch, where `host_path:` and `device:` carry concrete paths.
    pub(crate) fn parse_fact(text: &str) -> Result<Self, String> {
        if let Some(plain) = Self::plain(text) {
            return Ok(plain);
        }
        let (word, value) = text.split_once(':').unwrap_or((text, ""));
        let needs = |what: &str| Err(format!("{} needs {what} after the colon", quote(text)));
        match word {
            "capability" if value.is_empty() => needs("a capability"),
            "capability" if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                Err(format!(
                    "{} needs the name of a capability after the colon, such as `SYS_ADMIN`",
                    quote(text)
                ))
            }
            "capability" => Ok(Self::Capability(capability_name(value))),
            "host_path" | "device" if value.is_empty() => needs("a path"),
            "host_path" if !is_absolute(value) => Err(format!(
                "{} needs an absolute path after the colon: no policy could name a relative one",
                quote(text)
            )),
            "host_path" => Ok(Self::HostPath(clean_path(value))),
            "device" => Ok(Self::Device(clean_path(value))),
            _ => match Self::with_text(word, value) {
                Some(_) if value.is_empty() => needs("a value"),
                Some(privilege) => Ok(privilege),
                None => Err(unknown_word(text)),
            },
        }
    }
}

/// Whether a host path is absolute, on Linux or on Windows (`c:\…`, `c:/…`, `\\server\share`, `\\.\pipe\…`).
fn is_absolute(path: &str) -> bool {
    match *path.as_bytes() {
        [b'/', ..] | [b'\\', ..] => true,
        [drive, b':', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// The message for a word that is no privilege.
pub(crate) fn unknown_word(text: &str) -> String {
    const WITH_VALUE: [&str; 9] = [
        "capability:NAME",
        "host_path:PATH",
        "device:PATH",
        "capability_added:NAME",
        "selinux_type:TYPE",
        "selinux_user:USER",
        "selinux_role:ROLE",
        "sysctl:NAME",
        "volume:TYPE",
    ];
    let upper = capability_name(text);
    if is_linux_capability(&upper) {
        return format!("{} is no privilege: did you mean `capability:{upper}`?", quote(text));
    }
    let words = || Privilege::plain_words().chain(WITH_VALUE);
    match crate::json::nearest(text, words()) {
        Some(near) => format!("{} is no privilege: did you mean `{near}`?", quote(text)),
        None => {
            format!(
                "{} is no privilege: known are {}",
                quote(text),
                crate::json::listed(&words().collect::<Vec<_>>())
            )
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capability(name) => write!(f, "capability:{name}"),
            Self::HostPath(path) => write!(f, "host_path:{path}"),
            Self::Device(path) => write!(f, "device:{path}"),
            plain => {
                if let Some((word, text)) = plain.as_text() {
                    return write!(f, "{word}:{text}");
                }
                let word = PLAIN.iter().find(|(_, privilege)| privilege == plain).map(|(word, _)| *word);
                f.write_str(word.unwrap_or_default())
            }
        }
    }
}

impl serde::Serialize for Privilege {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Upper case, without `CAP_`.
pub(crate) fn capability_name(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    match upper.strip_prefix("CAP_") {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => upper,
    }
}

/// The capabilities of Linux 6.x, from `linux/capability.h`.
const LINUX_CAPABILITIES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// Whether `name` (as [`capability_name`] writes it) is a Linux capability or `ALL`.
pub(crate) fn is_linux_capability(name: &str) -> bool {
    name == "ALL" || LINUX_CAPABILITIES.contains(&name)
}

pub(crate) fn linux_capabilities() -> impl Iterator<Item = &'static str> {
    LINUX_CAPABILITIES.into_iter()
}

/// Removes `//`, `.` and `..` from an absolute path without looking at the file system; symbolic links are not
/// followed. Other paths (a Windows path) are left as they are.
pub(crate) fn clean_path(path: &str) -> String {
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_have_one_spelling() {
        let fact = |text: &str| Privilege::parse_fact(text).unwrap().to_string();
        assert_eq!(fact("capability:cap_sys_admin"), "capability:SYS_ADMIN");
        assert_eq!(fact("capability:Sys_Net_Admin"), "capability:SYS_NET_ADMIN");
        assert_eq!(fact("host_path:/var//run/./x/../docker.sock/"), "host_path:/var/run/docker.sock");
        assert_eq!(fact("host_path:/../.."), "host_path:/");
        assert_eq!(fact("host_path:c:/windows"), "host_path:c:/windows");
        assert_eq!(fact("device:/dev/kvm"), "device:/dev/kvm");
        for (word, _) in WITH_TEXT {
            assert_eq!(fact(&format!("{word}:cap_X/y:z")), format!("{word}:cap_X/y:z"), "as it is written");
        }
        for (word, privilege) in PLAIN {
            assert_eq!(Privilege::parse_fact(word).unwrap(), privilege);
            assert_eq!(privilege.to_string(), word);
        }
    }

    #[test]
    fn a_bare_or_unknown_word_is_refused_with_advice() {
        let advice = |text| Privilege::parse_fact(text).unwrap_err();
        for text in [
            "host_path:",
            "device:",
            "capability:",
            "host_path",
            "capability",
            "host_path:var/run",
            "sysctl",
            "volume:",
            "capability_added:",
        ] {
            assert!(advice(text).contains("after the colon"), "{text}");
        }
        assert!(advice("SYS_ADMIN").contains("`capability:SYS_ADMIN`"));
        assert!(advice("priviledged").contains("`privileged`"));
        assert!(advice("root please").contains("known are"));
        assert!(advice("privileged:x").contains("no privilege"));
    }
}
