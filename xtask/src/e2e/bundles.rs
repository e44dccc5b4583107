//! runc and crun: bundles made by hand.

use super::site::{Images, OUTPUT, Ran, Runtime, Start};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Bundles {
    program: &'static str,
    name: String,
    folder: PathBuf,
    rootfs: PathBuf,
    images: Images,
    count: Cell<u32>,
}

pub fn runc(folder: &Path, rootfs: &Path) -> Result<Box<dyn Runtime>, String> {
    Ok(Box::new(Bundles::new("runc", folder, rootfs)?))
}

pub fn crun(folder: &Path, rootfs: &Path) -> Result<Box<dyn Runtime>, String> {
    Ok(Box::new(Bundles::new("crun", folder, rootfs)?))
}

impl Bundles {
    fn new(program: &'static str, folder: &Path, rootfs: &Path) -> Result<Self, String> {
        let version = Command::new(program).arg("--version").output().map_err(|error| error.to_string())?;
        let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().to_owned();
        let version = version.split_whitespace().last().unwrap_or_default().to_owned();
        let image = |name: &str| format!("registry.example.com/shop/{name}:1");
        Ok(Self {
            program,
            name: format!("{program} {version}"),
            folder: folder.to_owned(),
            rootfs: rootfs.to_owned(),
            images: Images { clean: image("clean"), risky: image("risky"), unknown: image("unknown") },
            count: Cell::new(0),
        })
    }
}

/// The `config.json` of a bundle.
pub fn config(start: &Start<'_>, rootfs: &Path) -> String {
    let hooks = start.hook.map_or_else(String::new, |(hook, config, seconds)| {
        format!(
            r#""hooks": {{"createRuntime": [{{"path": "{}", "args": ["imagegate-hook", "--config", "{}"], "timeout": {seconds}}}]}},"#,
            hook.display(),
            config.display()
        )
    });
    let (capabilities, masked, devices) = if start.privileged {
        (ALL_CAPABILITIES.join("\", \"CAP_"), String::new(), r#"{"allow": true, "access": "rwm"}"#)
    } else {
        let masked = format!(
            r#""maskedPaths": ["{}"], "readonlyPaths": ["{}"],"#,
            MASKED.join("\", \""),
            READ_ONLY.join("\", \"")
        );
        ("KILL".to_owned(), masked, r#"{"allow": false, "access": "rwm"}"#)
    };
    // A runtime cannot give what it lacks itself: the container's own sets stay small, the bounding set says it.
    format!(
        r#"{{"ociVersion": "1.0.2", {hooks}
            "annotations": {{"io.imagegate.image": "{}", "run.oci.hooks.stderr": "/dev/stderr"}},
            "root": {{"path": "{}", "readonly": true}}, "hostname": "e2e",
            "process": {{"terminal": false, "cwd": "/", "user": {{"uid": 0, "gid": 0}}, "noNewPrivileges": true,
                "args": ["/bin/busybox", "echo", "{OUTPUT}"], "env": ["PATH=/bin"],
                "capabilities": {{"bounding": ["CAP_{capabilities}"]}}}},
            "mounts": [{{"destination": "/proc", "type": "proc", "source": "proc"}},
                {{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}}],
            "linux": {{{masked} "resources": {{"devices": [{devices}]}},
                "namespaces": [{{"type": "pid"}}, {{"type": "network"}}, {{"type": "ipc"}}, {{"type": "uts"}}, {{"type": "mount"}}]}}}}"#,
        start.image,
        rootfs.display(),
    )
}

impl Runtime for Bundles {
    fn name(&self) -> &str {
        &self.name
    }

    fn images(&self) -> &Images {
        &self.images
    }

    fn start(&self, start: &Start<'_>) -> Result<Ran, String> {
        let number = self.count.get().saturating_add(1);
        self.count.set(number);
        let bundle = self.folder.join("bundle");
        let told = |error: std::io::Error| error.to_string();
        std::fs::create_dir_all(&bundle).map_err(told)?;
        std::fs::write(bundle.join("config.json"), config(start, &self.rootfs)).map_err(told)?;
        let id = format!("imagegate-e2e-{}-{number}", std::process::id());
        let state = self.folder.join("state");
        // crun takes a hybrid cgroup hierarchy for the new one: in a mount namespace of its own the new one is out of
        // its sight.
        let script = "mountpoint -q /sys/fs/cgroup/unified && umount /sys/fs/cgroup/unified; exec \"$@\"";
        let output = Command::new("unshare")
            .args(["--mount", "sh", "-c", script, "sh", self.program, "--root"])
            .arg(&state)
            .args(["run", "--bundle"])
            .arg(&bundle)
            .arg(&id)
            .output()
            .map_err(told)?;
        Ok(Ran::of(&output))
    }
}

const MASKED: [&str; 9] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
];

const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const ALL_CAPABILITIES: [&str; 37] = [
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
];
