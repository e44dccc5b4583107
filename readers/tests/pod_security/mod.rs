//! The controls of the Pod Security Standards, in imagegate's words.

use serde_json::json;

/// What a control refuses, and what of that it allows.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    pub name: &'static str,
    pub words: &'static [&'static str],
    pub allowed: &'static [&'static str],
}

impl Control {
    const fn of(name: &'static str, words: &'static [&'static str]) -> Self {
        Self { name, words, allowed: &[] }
    }

    /// The control of that name.
    pub fn named(name: &str) -> Self {
        let found = BASELINE.iter().chain(RESTRICTED).find(|control| control.name == name);
        *found.unwrap_or_else(|| panic!("{name} is no control"))
    }

    /// A policy set of this control alone.
    pub fn policies(&self) -> String {
        let exceptions = if self.allowed.is_empty() {
            json!([])
        } else {
            json!([{"reason": "allowed", "privileges": self.allowed}])
        };
        let set = json!({"version": 1, "policies": [{
            "id": "control", "name": "Control", "type": "privileged",
            "enabled": true, "enabled_at": "2026-01-01T00:00:00Z", "enforcement": {"mode": "immediate"},
            "scope": {"images": "all"}, "criteria": {"privileges": self.words}, "exceptions": exceptions
        }]});
        set.to_string()
    }
}

const PRIVILEGED: Control = Control::of("privileged", &["privileged"]);
const HOST_NAMESPACES: Control = Control::of("hostNamespaces", &["host_pid", "host_ipc", "host_network"]);
const HOST_PATH: Control = Control::of("hostPath", &["host_path:**"]);
const HOST_PORTS: Control = Control::of("hostPorts", &["host_port"]);
const APPARMOR: Control = Control::of("apparmor", &["apparmor_unconfined"]);
const SECCOMP: Control = Control::of("seccomp", &["seccomp_unconfined"]);
const PROC_MOUNT: Control = Control::of("procMount", &["unmasked_paths"]);
const HOST_PROBES: Control = Control::of("hostProbes", &["probe_host"]);
const CAPABILITIES: Control = Control {
    name: "capabilities",
    words: &["capability_added:*"],
    allowed: &[
        "capability_added:AUDIT_WRITE",
        "capability_added:CHOWN",
        "capability_added:DAC_OVERRIDE",
        "capability_added:FOWNER",
        "capability_added:FSETID",
        "capability_added:KILL",
        "capability_added:MKNOD",
        "capability_added:NET_BIND_SERVICE",
        "capability_added:SETFCAP",
        "capability_added:SETGID",
        "capability_added:SETPCAP",
        "capability_added:SETUID",
        "capability_added:SYS_CHROOT",
    ],
};
const SELINUX: Control = Control {
    name: "selinux",
    words: &["selinux_type:*", "selinux_user:*", "selinux_role:*"],
    allowed: &[
        "selinux_type:container_t",
        "selinux_type:container_init_t",
        "selinux_type:container_kvm_t",
        "selinux_type:container_engine_t",
    ],
};
const SYSCTLS: Control = Control {
    name: "sysctls",
    words: &["sysctl:*"],
    allowed: &[
        "sysctl:kernel.shm_rmid_forced",
        "sysctl:net.ipv4.ip_local_port_range",
        "sysctl:net.ipv4.ip_local_reserved_ports",
        "sysctl:net.ipv4.ip_unprivileged_port_start",
        "sysctl:net.ipv4.ping_group_range",
        "sysctl:net.ipv4.tcp_fin_timeout",
        "sysctl:net.ipv4.tcp_keepalive_intvl",
        "sysctl:net.ipv4.tcp_keepalive_probes",
        "sysctl:net.ipv4.tcp_keepalive_time",
        "sysctl:net.ipv4.tcp_rmem",
        "sysctl:net.ipv4.tcp_syncookies",
        "sysctl:net.ipv4.tcp_wmem",
    ],
};

const VOLUMES: Control = Control {
    name: "volumes",
    words: &["volume:*"],
    allowed: &[
        "volume:configMap",
        "volume:csi",
        "volume:downwardAPI",
        "volume:emptyDir",
        "volume:ephemeral",
        "volume:persistentVolumeClaim",
        "volume:projected",
        "volume:secret",
    ],
};
const ESCALATION: Control = Control::of("allowPrivilegeEscalation", &["new_privileges"]);
const NON_ROOT: Control = Control::of("runAsNonRoot", &["root_not_refused"]);
const USER: Control = Control::of("runAsUser", &["run_as_root"]);
/// With what the level asks beyond the baseline's control.
pub const SECCOMP_RESTRICTED: Control =
    Control::of("seccompRestricted", &["seccomp_unconfined", "seccomp_unset"]);
pub const CAPABILITIES_RESTRICTED: Control = Control {
    name: "capabilitiesRestricted",
    words: &["capability_added:*", "capabilities_not_dropped"],
    allowed: &["capability_added:NET_BIND_SERVICE"],
};

/// What the baseline refuses, in its newest version.
pub const BASELINE: &[Control] = &[
    PRIVILEGED,
    HOST_NAMESPACES,
    HOST_PATH,
    HOST_PORTS,
    APPARMOR,
    SECCOMP,
    PROC_MOUNT,
    HOST_PROBES,
    CAPABILITIES,
    SELINUX,
    SYSCTLS,
];

/// What the restricted level refuses, in its newest version.
pub const RESTRICTED: &[Control] = &[
    PRIVILEGED,
    HOST_NAMESPACES,
    HOST_PATH,
    HOST_PORTS,
    APPARMOR,
    PROC_MOUNT,
    HOST_PROBES,
    SELINUX,
    SYSCTLS,
    VOLUMES,
    ESCALATION,
    NON_ROOT,
    USER,
    SECCOMP_RESTRICTED,
    CAPABILITIES_RESTRICTED,
];

/// The control of a check, by the name that its fixtures have.
pub fn of_check(check: &str) -> Control {
    match check {
        "allowprivilegeescalation" => ESCALATION,
        "apparmorprofile" => APPARMOR,
        "capabilities_baseline" => CAPABILITIES,
        "capabilities_restricted" => CAPABILITIES_RESTRICTED,
        "hostnamespaces" => HOST_NAMESPACES,
        "hostpathvolumes" => HOST_PATH,
        "hostports" => HOST_PORTS,
        "hostprobesandhostlifecycle" => HOST_PROBES,
        // A Windows process of the host is a privileged container.
        "privileged" | "windowshostprocess" => PRIVILEGED,
        "procmount" | "procmount_restricted" => PROC_MOUNT,
        "restrictedvolumes" => VOLUMES,
        "runasnonroot" => NON_ROOT,
        "runasuser" => USER,
        "seccompprofile_baseline" => SECCOMP,
        "seccompprofile_restricted" => SECCOMP_RESTRICTED,
        "selinuxoptions" => SELINUX,
        "sysctls" => SYSCTLS,
        _ => panic!("{check} is no check"),
    }
}

/// The controls of a level in the version 1.`minor`.
pub fn in_force(level: &str, minor: u32) -> Vec<Control> {
    let level = if level == "baseline" { BASELINE } else { RESTRICTED };
    level
        .iter()
        .filter_map(|control| {
            let since = match control.name {
                "allowPrivilegeEscalation" => 8,
                "seccompRestricted" if minor < 19 => return Some(SECCOMP),
                "capabilitiesRestricted" if minor < 22 => return Some(CAPABILITIES),
                "runAsUser" => 23,
                "hostProbes" => 34,
                _ => 0,
            };
            (minor >= since).then_some(*control)
        })
        .collect()
}
