//! A node in a temporary folder, and agents on it.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A vulnerability that can be fixed, in `cart:1`; privileged starts; images nobody scanned.
pub const POLICIES: &str = r#"{"version": 1, "policies": [
    {"id": "fixable", "name": "Fixable", "type": "risk", "enabled": true, "enabled_at": "2020-01-01T00:00:00Z",
     "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
     "criteria": {"vulnerabilities": {"severities": ["critical", "high"], "only": {"fix_available": true}}}},
    {"id": "privileged", "name": "Privileged start", "type": "privileged", "enabled": true,
     "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {"mode": "immediate"}, "scope": {"images": "all"},
     "criteria": {"privileges": ["privileged"]}},
    {"id": "unscanned", "name": "Not scanned", "type": "unscanned", "enabled": true,
     "enabled_at": "2020-01-01T00:00:00Z", "enforcement": {"mode": "alarm"}, "scope": {"images": "all"},
     "criteria": {"states": ["not_scanned"]}}]}"#;

pub struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(site.path("profiles")).unwrap();
        site.write("policies.json", POLICIES);
        site.configure("");
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn configure(&self, more: &str) {
        let path = |name: &str| self.path(name).display().to_string();
        let config = format!(
            r#"{{"version": 1, "policies": "{}", "profiles": "{}", "log": "{}"{more}}}"#,
            path("policies.json"),
            path("profiles"),
            path("starts.log")
        );
        self.write("node.json", &config);
    }

    /// Files a profile as an operator does, with these vulnerabilities.
    pub fn put(&self, image: &str, vulnerabilities: &str) {
        let text = format!(
            r#"{{"version": 1, "image": {image}, "scan": {{"state": "complete"}}, "vulnerabilities": [{vulnerabilities}]}}"#
        );
        self.write("report.json", &text);
        let mut command = Command::new(env!("CARGO_BIN_EXE_imagegate-agent"));
        command.arg("put").arg("--config").arg(self.path("node.json")).arg(self.path("report.json"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The same with a vulnerability that can be fixed.
    pub fn put_risky(&self, image: &str) {
        self.put(
            image,
            r#"{"id": "CVE-2022-0778", "severity": "high", "package": {"name": "openssl", "version": "1"}, "fix": {"versions": ["2"]}}"#,
        );
    }

    pub fn log(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.path("starts.log")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Starts an agent and waits for its first line, which is also given.
    pub fn agent(&self, args: &[&str]) -> (Agent, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_imagegate-agent"))
            .args(args)
            .arg("--config")
            .arg(self.path("node.json"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        (Agent { child, _stderr: stderr }, line)
    }
}

/// An agent that ends with the test.
pub struct Agent {
    child: Child,
    _stderr: BufReader<std::process::ChildStderr>,
}

impl Agent {
    /// Asks it to end, and gives its exit status.
    pub fn stop(&mut self) -> Option<i32> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
        self.wait()
    }

    /// Its exit status, once it has ended.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and body of a request over a unix socket.
pub fn request(socket: &Path, method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let mut stream = UnixStream::connect(socket).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}
