//! Podman, with a storage of its own and images that were imported.

use super::site::{Images, OUTPUT, Ran, Runtime, Start};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Podman {
    name: String,
    folder: PathBuf,
    images: Images,
}

pub fn podman(folder: &Path, rootfs: &Path) -> Result<Box<dyn Runtime>, String> {
    let mut podman = Podman {
        name: String::new(),
        folder: folder.to_owned(),
        images: Images { clean: String::new(), risky: String::new(), unknown: String::new() },
    };
    let told = |error: std::io::Error| error.to_string();
    // The defaults of limits are higher than what every machine lets its containers have.
    let settings = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n\
                    [engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n";
    std::fs::create_dir_all(folder.join("hooks")).map_err(told)?;
    std::fs::write(folder.join("containers.conf"), settings).map_err(told)?;
    let version = podman.run(&["--version"])?;
    podman.name = String::from_utf8_lossy(&version.stdout).trim().replace(" version", "");
    let import = |name: &str| podman.import(name, rootfs);
    let images = Images { clean: import("clean")?, risky: import("risky")?, unknown: import("unknown")? };
    podman.images = images;
    Ok(Box::new(podman))
}

impl Podman {
    fn run(&self, args: &[&str]) -> Result<Output, String> {
        let folder = |name: &str| self.folder.join(name).display().to_string();
        Command::new("podman")
            .env("CONTAINERS_CONF", folder("containers.conf"))
            .args(["--root", &folder("root"), "--runroot", &folder("run"), "--storage-driver", "vfs"])
            .args(["--runtime", "runc", "--hooks-dir", &folder("hooks")])
            .args(args)
            .output()
            .map_err(|error| error.to_string())
    }

    /// An image that differs from others by a file.
    fn import(&self, name: &str, rootfs: &Path) -> Result<String, String> {
        let archive = self.folder.join("rootfs.tar").display().to_string();
        super::machine::archive(rootfs, name, &archive)?;
        let output = self.run(&["import", "--quiet", &archive, &format!("localhost/{name}:1")])?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || !id.starts_with("sha256:") {
            return Err(format!("import: {}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(id)
    }
}

impl Runtime for Podman {
    fn name(&self) -> &str {
        &self.name
    }

    fn images(&self) -> &Images {
        &self.images
    }

    fn start(&self, start: &Start<'_>) -> Result<Ran, String> {
        let file = self.folder.join("hooks/imagegate.json");
        let _ = std::fs::remove_file(&file);
        if let Some((hook, config, seconds)) = start.hook {
            let text = format!(
                r#"{{"version": "1.0.0", "hook": {{"path": "{}", "args": ["imagegate-hook", "--config", "{}"], "timeout": {seconds}}},
                    "when": {{"always": true}}, "stages": ["createRuntime"]}}"#,
                hook.display(),
                config.display()
            );
            std::fs::write(&file, text).map_err(|error| error.to_string())?;
        }
        let mut args = vec!["run", "--rm", "--network", "none"];
        if start.privileged {
            args.push("--privileged");
        }
        args.extend([start.image, "/bin/busybox", "echo", OUTPUT]);
        Ok(Ran::of(&self.run(&args)?))
    }

    /// It passes over hook files whose program does not exist.
    fn skips_missing_hooks(&self) -> bool {
        true
    }

    fn clean(&self) {
        // What is left of it goes with the folder; mounts do not.
        let _ = self.run(&["rm", "--all", "--force"]);
    }
}
