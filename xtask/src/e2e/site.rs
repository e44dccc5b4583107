//! A node as an operator sets it up: policies, profiles, configuration, log.

use std::fs;
use std::path::{Path, PathBuf};

/// The images of the cases, each as the one word that profiles are filed under: an id, or a whole name.
pub struct Images {
    /// Scanned, and nothing was found.
    pub clean: String,
    /// Scanned, and a fixable vulnerability was found.
    pub risky: String,
    /// Nobody scanned it.
    pub unknown: String,
}

/// One container that is to start.
pub struct Start<'s> {
    /// The image, as in [`Images`].
    pub image: &'s str,
    /// Whether it asks for everything.
    pub privileged: bool,
    /// The hook, if there is one: the program, its configuration, and the runtime's patience in seconds.
    pub hook: Option<(&'s Path, &'s Path, u32)>,
}

/// What a runtime did.
#[derive(Debug)]
pub struct Ran {
    /// Whether the container's own output is there.
    pub started: bool,
    /// The runtime's exit status.
    pub code: Option<i32>,
    /// What the runtime said, in one line.
    pub said: String,
}

/// What a container says when it runs.
pub const OUTPUT: &str = "the container runs";

/// A runtime under test.
pub trait Runtime {
    /// Its name and version.
    fn name(&self) -> &str;
    /// Its images.
    fn images(&self) -> &Images;
    /// Starts a container and waits for its end.
    fn start(&self, start: &Start<'_>) -> Result<Ran, String>;
    /// Whether it starts containers when the program of a hook is not there.
    fn skips_missing_hooks(&self) -> bool {
        false
    }
    /// Removes what is left.
    fn clean(&self) {}
}

impl Ran {
    pub fn of(output: &std::process::Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        Self {
            started: String::from_utf8_lossy(&output.stdout).contains(OUTPUT),
            code: output.status.code(),
            said: said.join(" "),
        }
    }
}

/// The files of the node.
pub struct Site {
    folder: PathBuf,
}

/// How the first policy is enforced.
pub enum Enforcement {
    /// It intercepts.
    Immediate,
    /// It observes until tomorrow.
    Observing,
}

impl Site {
    /// With the profiles of the images, the policies and an empty log.
    pub fn new(folder: &Path, images: &Images) -> Self {
        let site = Self { folder: folder.to_owned() };
        let _ = fs::remove_dir_all(folder);
        let _ = fs::create_dir_all(folder.join("profiles"));
        site.profile(&images.clean, "");
        site.profile(
            &images.risky,
            r#"{"id": "CVE-2022-0778", "severity": "high", "package": {"name": "openssl", "version": "1.1.1k"},
                "fix": {"versions": ["1.1.1n"]}}"#,
        );
        site.policies(&Enforcement::Immediate);
        site.configure("");
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        // A case whose file is not there fails by what the runtime does.
        if let Err(error) = fs::write(self.path(name), text) {
            eprintln!("{name}: {error}");
        }
    }

    /// The file of an image's profile.
    pub fn profile_path(&self, image: &str) -> PathBuf {
        let name = image.replace("sha256:", "sha256-").replace('/', "%2F").replace(':', "%3A");
        self.path(&format!("profiles/{name}.json"))
    }

    fn profile(&self, image: &str, vulnerabilities: &str) {
        let identity = if image.starts_with("sha256:") {
            format!(r#"{{"id": "{image}"}}"#)
        } else {
            format!(r#"{{"names": ["{image}"]}}"#)
        };
        let text = format!(
            r#"{{"version": 1, "image": {identity}, "scan": {{"state": "complete"}}, "vulnerabilities": [{vulnerabilities}]}}"#
        );
        if let Err(error) = fs::write(self.profile_path(image), text) {
            eprintln!("{image}: {error}");
        }
    }

    /// Three policies: fixable vulnerabilities, privileged starts, images nobody scanned.
    pub fn policies(&self, enforcement: &Enforcement) {
        let (enabled_at, mode) = match enforcement {
            Enforcement::Immediate => ("2020-01-01T00:00:00Z".to_owned(), r#"{"mode": "immediate"}"#),
            Enforcement::Observing => (hour_ago(), r#"{"mode": "observe", "days": 1}"#),
        };
        let text = format!(
            r#"{{"version": 1, "label": "e2e", "policies": [
                {{"id": "fixable", "name": "Fixable vulnerabilities", "type": "risk", "enabled": true,
                  "enabled_at": "{enabled_at}", "enforcement": {mode}, "scope": {{"images": "all"}},
                  "criteria": {{"vulnerabilities": {{"severities": ["critical", "high"], "only": {{"fix_available": true}}}}}}}},
                {{"id": "privileged", "name": "Privileged start", "type": "privileged", "enabled": true,
                  "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {{"mode": "immediate"}}, "scope": {{"images": "all"}},
                  "criteria": {{"privileges": ["privileged"]}}}},
                {{"id": "unscanned", "name": "Images nobody has scanned", "type": "unscanned", "enabled": true,
                  "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {{"mode": "immediate"}}, "scope": {{"images": "all"}},
                  "criteria": {{"states": ["not_scanned"]}}}}]}}"#
        );
        self.write("policies.json", &text);
    }

    /// The configuration, with more members (`, "on_error": "start"`).
    pub fn configure(&self, more: &str) {
        let path = |name: &str| self.path(name).display().to_string();
        let text = format!(
            r#"{{"version": 1, "policies": "{}", "last_good": "{}", "profiles": "{}", "log": "{}", "overrides": "{}"{more}}}"#,
            path("policies.json"),
            path("last-good.json"),
            path("profiles"),
            path("starts.log"),
            path("overrides.json"),
        );
        self.write("node.json", &text);
    }

    /// The configuration's file.
    pub fn config(&self) -> PathBuf {
        self.path("node.json")
    }

    /// The outcomes in the log of starts.
    pub fn outcomes(&self) -> Vec<String> {
        let log = fs::read_to_string(self.path("starts.log")).unwrap_or_default();
        let outcome = |line: &str| {
            let (_, rest) = line.split_once("\"outcome\":\"")?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        log.lines().map(|line| outcome(line).unwrap_or_else(|| "a line without outcome".to_owned())).collect()
    }
}

/// An hour ago, by `date`: the task runner has no calendar.
fn hour_ago() -> String {
    let output =
        std::process::Command::new("date").args(["-u", "-d", "1 hour ago", "+%Y-%m-%dT%H:%M:%SZ"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
