//! Installs the C libraries into a prefix: headers, shared libraries under their SONAMEs, archives, pkg-config files.

use crate::commands::{cargo, root, run, target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What an archive of Rust needs beside itself (`rustc --print native-static-libs`).
const NATIVE: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

/// `cargo xtask install --prefix DIR [--debug]`
pub fn command(options: &[String]) -> ExitCode {
    let (prefix, profile) = match options {
        [flag, prefix] if flag == "--prefix" => (prefix, Profile::Release),
        [flag, prefix, debug] if flag == "--prefix" && debug == "--debug" => (prefix, Profile::Debug),
        _ => {
            eprintln!("usage: cargo xtask install --prefix DIR [--debug]");
            return ExitCode::from(2);
        }
    };
    match install(Path::new(prefix), profile) {
        Ok(installed) => {
            println!("installed into {}; a program is built with", installed.prefix.display());
            println!(
                "  PKG_CONFIG_PATH={} cc app.c $(pkg-config --cflags --libs imagegate)",
                installed.pkg_config().display()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// How the library is built.
#[derive(Clone, Copy)]
pub enum Profile {
    Debug,
    Release,
}

/// An installed library.
pub struct Installed {
    pub prefix: PathBuf,
}

impl Installed {
    pub fn lib(&self) -> PathBuf {
        self.prefix.join("lib")
    }

    pub fn pkg_config(&self) -> PathBuf {
        self.lib().join("pkgconfig")
    }
}

/// Builds and installs.
pub fn install(prefix: &Path, profile: Profile) -> Result<Installed, String> {
    let mut build = cargo();
    build.args([
        "build",
        "--quiet",
        "--locked",
        "--package",
        "imagegate-ffi",
        "--package",
        "imagegate-events-ffi",
    ]);
    let built = match profile {
        Profile::Debug => target().join("debug"),
        Profile::Release => {
            build.arg("--release");
            target().join("release")
        }
    };
    run(&mut build)?;
    // pkg-config files name the prefix, from wherever they are read.
    let prefix = std::path::absolute(prefix).map_err(|error| format!("{}: {error}", prefix.display()))?;
    let installed = Installed { prefix };
    let (include, lib) = (installed.prefix.join("include"), installed.lib());
    for folder in [&include, &lib, &installed.pkg_config()] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    for (name, description) in LIBRARIES {
        let header = format!("{name}.h");
        copy(&root().join("include").join(&header), &include.join(&header))?;
        let archive = format!("lib{name}.a");
        copy(&built.join(&archive), &lib.join(&archive))?;
        let (shared, soname) = (format!("lib{name}.so"), soname(name));
        let file = format!("{shared}.{}", env!("CARGO_PKG_VERSION"));
        copy(&built.join(&shared), &lib.join(&file))?;
        link(&file, &lib.join(&soname))?;
        link(&soname, &lib.join(&shared))?;
        let filled =
            Filled { name: name.to_owned(), description, libs: format!("-l{name}"), private: NATIVE };
        filled.write(&installed)?;
        let libs = format!("-l:{archive} {NATIVE}");
        Filled { name: format!("{name}-static"), description, libs, private: "" }.write(&installed)?;
    }
    Ok(installed)
}

/// The libraries, and what pkg-config says they are for.
const LIBRARIES: [(&str, &str); 2] = [
    (
        "imagegate",
        "Decides at the moment a container starts whether the start is intercepted, alarmed or allowed",
    ),
    ("imagegate_events", "Keeps the events of imagegate for half a year"),
];

/// As the build scripts of the libraries give it.
fn soname(name: &str) -> String {
    match (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR")) {
        ("0", minor) => format!("lib{name}.so.0.{minor}"),
        (major, _) => format!("lib{name}.so.{major}"),
    }
}

/// What the template of pkg-config files is filled with.
struct Filled {
    name: String,
    description: &'static str,
    libs: String,
    private: &'static str,
}

impl Filled {
    fn write(&self, installed: &Installed) -> Result<(), String> {
        let template = root().join("ffi/imagegate.pc.in");
        let text =
            fs::read_to_string(&template).map_err(|error| format!("{}: {error}", template.display()))?;
        let filled = text
            .replace("@prefix@", &installed.prefix.to_string_lossy())
            .replace("@name@", &self.name)
            .replace("@description@", self.description)
            .replace("@version@", env!("CARGO_PKG_VERSION"))
            .replace("@libs@", &self.libs)
            .replace("@libs_private@", self.private);
        let file = installed.pkg_config().join(format!("{}.pc", self.name));
        fs::write(&file, filled).map_err(|error| format!("{}: {error}", file.display()))
    }
}

/// In place of an older file, which a program that is running may have open.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let new = PathBuf::from(format!("{}.new", to.display()));
    let copied = fs::copy(from, &new).and_then(|_| fs::rename(&new, to));
    copied.map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

fn link(to: &str, at: &Path) -> Result<(), String> {
    let _ = fs::remove_file(at);
    std::os::unix::fs::symlink(to, at).map_err(|error| format!("{}: {error}", at.display()))
}
