//! A node in a temporary folder: configuration, policies, profiles and a bundle.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub const ID: &str = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";

/// Fixable critical and high vulnerabilities, privileged starts, and images that nobody scanned.
pub const POLICIES: &str = r#"{"version": 1, "policies": [
    {"id": "fixable", "name": "Fixable", "type": "risk", "enabled": true, "enabled_at": "2020-01-01T00:00:00Z",
     "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
     "criteria": {"vulnerabilities": {"severities": ["critical", "high"], "only": {"fix_available": true}}}},
    {"id": "privileged", "name": "Privileged start", "type": "privileged", "enabled": true,
     "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
     "criteria": {"privileges": ["host_path:/var/run/docker.sock"]}},
    {"id": "unscanned", "name": "Not scanned", "type": "unscanned", "enabled": true,
     "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {"mode": "alarm"}, "scope": {"images": "all"},
     "criteria": {"states": ["not_scanned"]}}]}"#;

pub struct Site {
    folder: tempfile::TempDir,
    options: Vec<(&'static str, String)>,
}

impl Site {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("profiles")).unwrap();
        std::fs::create_dir_all(folder.path().join("bundle")).unwrap();
        let site = Self { folder, options: Vec::new() };
        site.write("policies.json", POLICIES);
        site.profile("");
        site.bundle("");
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// A member of the configuration, as JSON.
    pub fn with(mut self, member: &'static str, json: impl Into<String>) -> Self {
        self.options.push((member, json.into()));
        self
    }

    /// A member of the configuration that is a path in the folder.
    pub fn with_path(self, member: &'static str, name: &str) -> Self {
        let json = format!("\"{}\"", self.path(name).display());
        self.with(member, json)
    }

    /// The profile of the image, with these vulnerabilities.
    pub fn profile(&self, vulnerabilities: &str) {
        let text = format!(
            r#"{{"version": 1, "image": {{"id": "{ID}", "names": ["cart:1"]}}, "scan": {{"state": "complete"}},
                "vulnerabilities": [{vulnerabilities}]}}"#
        );
        self.write(&format!("profiles/sha256-{}.json", &ID[7..]), &text);
    }

    pub fn risky(self) -> Self {
        self.risky_profile();
        self
    }

    /// From now on a vulnerability of the image is known.
    pub fn risky_profile(&self) {
        self.profile(
            r#"{"id": "CVE-2022-0778", "severity": "high", "package": {"name": "openssl", "version": "1"},
                "fix": {"versions": ["2"]}}"#,
        );
    }

    /// The bundle, with these mounts.
    pub fn bundle(&self, mounts: &str) {
        let text = format!(
            r#"{{"ociVersion": "1.0.2", "annotations": {{"io.imagegate.image": "{ID}"}}, "root": {{"path": "rootfs"}},
                "process": {{"user": {{"uid": 1000}}, "args": ["/bin/true"]}}, "mounts": [{mounts}], "linux": {{"namespaces": [{{"type": "mount"}}]}}}}"#
        );
        self.write("bundle/config.json", &text);
    }

    pub fn state(&self) -> String {
        format!(
            r#"{{"ociVersion": "1.0.2", "id": "c1", "status": "creating", "pid": 1, "bundle": "{}"}}"#,
            self.path("bundle").display()
        )
    }

    /// The hook, not yet given its state.
    pub fn spawn(&self, args: &[&str]) -> Child {
        let mut config = format!(
            r#"{{"version": 1, "policies": "{}", "profiles": "{}", "log": "{}""#,
            self.path("policies.json").display(),
            self.path("profiles").display(),
            self.path("starts.log").display()
        );
        for (member, json) in &self.options {
            config.push_str(&format!(", \"{member}\": {json}"));
        }
        config.push('}');
        self.write("node.json", &config);
        Command::new(env!("CARGO_BIN_EXE_imagegate-hook"))
            .arg("--config")
            .arg(self.path("node.json"))
            .args(args)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub fn run_with(&self, args: &[&str], state: &str) -> Ran {
        let mut child = self.spawn(args);
        // It may have ended before it was told all.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), state.as_bytes());
        Ran::of(child.wait_with_output().unwrap(), &self.path("starts.log"))
    }

    pub fn run(&self) -> Ran {
        self.run_with(&[], &self.state())
    }
}

/// What a hook did.
#[derive(Debug)]
pub struct Ran {
    /// Exit status; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard error.
    pub line: String,
    /// The log of starts.
    pub log: Vec<serde_json::Value>,
}

impl Ran {
    pub fn of(output: Output, log: &Path) -> Self {
        let log = std::fs::read_to_string(log).unwrap_or_default();
        let line = String::from_utf8(output.stderr).unwrap();
        assert!(line.lines().count() <= 1, "one line: {line}");
        assert!(output.stdout.is_empty());
        Self {
            code: output.status.code(),
            line,
            log: log.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        }
    }

    /// The outcomes in the log.
    pub fn outcomes(&self) -> Vec<&str> {
        self.log.iter().map(|line| line["outcome"].as_str().unwrap()).collect()
    }

    #[track_caller]
    pub fn expect(&self, code: i32, needle: &str, outcomes: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.line.contains(needle), "{self:?}");
        assert_eq!(self.outcomes(), outcomes, "{self:?}");
    }
}
