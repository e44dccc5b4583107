//! What the programs and libraries that are released are made of, as CycloneDX.

use crate::commands::{cargo, ended, expect, root, run, target};
use crate::packages::provide_subcommand;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is released: the folder and the name of its package.
const RELEASED: [(&str, &str); 6] = [
    ("cli", "imagegate-cli"),
    ("ffi", "imagegate-ffi"),
    ("ffi/events", "imagegate-events-ffi"),
    ("hosts/hook", "imagegate-hook"),
    ("hosts/agent", "imagegate-agent"),
    ("python", "imagegate-python"),
];

/// What the tool writes beside each manifest of the workspace; no file of the repository is called that.
const WRITTEN: &str = "sbom-of-this-package";

/// `cargo xtask sbom`: writes them to `target/sbom`, and holds our own reader to read each.
pub fn command() -> ExitCode {
    ended(write())
}

fn write() -> Result<(), String> {
    provide_subcommand("cyclonedx")?;
    let mut tool = cargo();
    tool.args(["cyclonedx", "--format", "json", "--spec-version", "1.5", "--override-filename", WRITTEN]);
    let kept = run(tool.arg("--quiet")).and_then(|()| keep(&target().join("sbom")));
    remove_others(&root())?;
    for file in kept? {
        read_back(&file)?;
        println!("{}", file.display());
    }
    Ok(())
}

/// Moves those of what is released into the folder, without where the repository is on this machine.
fn keep(folder: &Path) -> Result<Vec<PathBuf>, String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut kept = Vec::new();
    for (path, name) in RELEASED {
        let made = root().join(path).join(format!("{WRITTEN}.json"));
        let file = folder.join(format!("{name}.cdx.json"));
        let text = fs::read_to_string(&made).map_err(|error| format!("{}: {error}", made.display()))?;
        let text = text.replace(&root().display().to_string(), "");
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        kept.push(file);
    }
    Ok(kept)
}

/// Our reader refuses a list of components without vulnerabilities: that is no scan. With one, as a scanner adds it,
/// it finds the component.
fn read_back(file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let is_of_component = |word: &&str| word.contains("#serde_json@");
    let (Some(component), Some(members)) = (text.split('"').find(is_of_component), text.strip_prefix('{'))
    else {
        return Err(format!("{}: no component serde_json", file.display()));
    };
    let found = format!(r#""vulnerabilities": [{{"id": "CVE-0", "affects": [{{"ref": "{component}"}}]}}]"#);
    let scanned = file.with_extension("scanned");
    fs::write(&scanned, format!("{{{found},{members}"))
        .map_err(|error| format!("{}: {error}", scanned.display()))?;
    let mut command = cargo();
    command.args(["run", "--quiet", "--locked", "--", "profile", "--profile-format", "cyclonedx"]);
    command.args(["--image", "imagegate:sbom"]).arg(&scanned);
    expect(&mut command, 0, &[r#""purl": "pkg:cargo/serde_json@"#])?;
    fs::remove_file(&scanned).map_err(|error| format!("{}: {error}", scanned.display()))
}

fn remove_others(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            remove_others(&path)?;
        } else if name == format!("{WRITTEN}.json") {
            fs::remove_file(&path).map_err(failed)?;
        }
    }
    Ok(())
}
