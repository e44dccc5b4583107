//! The authorization plugin as a process, beside a daemon that answers what this test says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use base64::Engine;
use common::{Site, request};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex};

const CLEAN: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const RISKY: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// What the daemon answers, by path.
type Answers = Arc<Mutex<HashMap<String, String>>>;

/// A plugin and its daemon.
struct Plugin {
    site: Site,
    agent: common::Agent,
    answers: Answers,
}

impl Plugin {
    fn new(config: &str) -> Self {
        let site = Site::new();
        site.configure(config);
        site.put(&format!(r#"{{"id": "{CLEAN}"}}"#), "");
        site.put_risky(&format!(r#"{{"id": "{RISKY}"}}"#));
        let answers = Answers::default();
        let listener = UnixListener::bind(site.path("docker.sock")).unwrap();
        let of_thread = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                let body = of_thread.lock().unwrap().get(&path).cloned();
                let (status, body) = body.map_or(("404 Not Found", "{}".to_owned()), |body| ("200 OK", body));
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        for (name, id) in [("clean:1", CLEAN), ("risky:1", RISKY), (CLEAN, CLEAN), (RISKY, RISKY)] {
            let body = format!(r#"{{"Id": "{id}", "RepoDigests": []}}"#);
            answers.lock().unwrap().insert(format!("/images/{name}/json"), body);
        }
        let (socket, docker) = (site.path("plugin.sock"), site.path("docker.sock"));
        let metrics = site.path("metrics.sock");
        let (agent, _) = site.agent(&[
            "authz",
            "--socket",
            socket.to_str().unwrap(),
            "--docker",
            docker.to_str().unwrap(),
            "--metrics",
            metrics.to_str().unwrap(),
        ]);
        Self { site, agent, answers }
    }

    fn container(&self, name: &str, id: &str, host_config: &str) {
        let inspection = format!(
            r#"{{"Id": "c", "Name": "/{name}", "Image": "{id}", "State": {{}}, "Config": {{"Image": "x:1", "User": "1000"}},
                "HostConfig": {host_config}}}"#
        );
        self.answers.lock().unwrap().insert(format!("/containers/{name}/json"), inspection);
    }

    /// Whether a request is allowed, and what is said.
    fn ask(&self, method: &str, uri: &str, body: Option<&str>) -> (bool, String) {
        let body = body.map(|body| base64::engine::general_purpose::STANDARD.encode(body));
        let question = serde_json::json!({
            "RequestMethod": method, "RequestUri": uri, "RequestBody": body,
            "RequestHeaders": {"Content-Type": "application/json"},
        });
        self.ask_raw(question.to_string().as_bytes())
    }

    fn ask_raw(&self, question: &[u8]) -> (bool, String) {
        let (status, text) =
            request(&self.site.path("plugin.sock"), "POST", "/AuthZPlugin.AuthZReq", question);
        assert_eq!(status, 200);
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        (answer["Allow"].as_bool().unwrap(), answer["Msg"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    fn refuses(&self, method: &str, uri: &str, body: Option<&str>, needle: &str) {
        let (allowed, message) = self.ask(method, uri, body);
        assert!(!allowed && message.contains(needle), "{uri} {body:?}: {allowed} {message}");
    }

    #[track_caller]
    fn allows(&self, method: &str, uri: &str, body: Option<&str>) {
        let (allowed, message) = self.ask(method, uri, body);
        assert!(allowed, "{uri} {body:?}: {message}");
    }
}

#[test]
fn it_says_what_it_is_and_lets_pass_what_starts_nothing() {
    let plugin = Plugin::new("");
    let (_, activated) = request(&plugin.site.path("plugin.sock"), "POST", "/Plugin.Activate", b"");
    assert_eq!(activated, r#"{"Implements":["authz"]}"#);
    plugin.allows("GET", "/v1.41/containers/json", None);
    plugin.allows("POST", "/v1.41/containers/web/stop", None);
    let (_, answer) =
        request(&plugin.site.path("plugin.sock"), "POST", "/AuthZPlugin.AuthZRes", &[b' '; 100_000]);
    assert_eq!(answer, r#"{"Allow":true,"Msg":"","Err":""}"#);
    assert!(plugin.site.log().is_empty());
}

#[test]
fn creates_are_judged_by_the_id_that_the_daemon_knows() {
    let plugin = Plugin::new("");
    plugin.allows("POST", "/v1.41/containers/create", Some(r#"{"Image": "clean:1"}"#));
    plugin.refuses("POST", "/v1.41/containers/create", Some(r#"{"Image": "risky:1"}"#), "CVE-2022-0778");
    let privileged = r#"{"Image": "clean:1", "HostConfig": {"Privileged": true}}"#;
    plugin.refuses("POST", "/containers/create?name=web", Some(privileged), "policy `Privileged start`");
    for (body, needle) in [
        (None, "not passed on"),
        (Some("Image=risky"), "not one JSON value"),
        (Some(r#"{"Image": "clean:1"} {"Image": "clean:1"}"#), "not one JSON value"),
        (Some(r#"{"Image": "clean:1", "HostConfig": {"Privileged": "yes"}}"#), "Privileged"),
        (Some("{}"), "Image"),
    ] {
        plugin.refuses("POST", "/v1.41/containers/create", body, "not decided, so refused");
        plugin.refuses("POST", "/v1.41/containers/create", body, needle);
    }
    for question in
        [&b""[..], b"{}", b"[]", br#"{"RequestMethod": "POST", "RequestUri": "/x", "RequestBody": 1}"#]
    {
        assert!(!plugin.ask_raw(question).0);
    }
    // What is created and only alarmed is recorded when it starts.
    plugin.allows("POST", "/v1.41/containers/create", Some(r#"{"Image": "unknown:1"}"#));
    let outcomes: Vec<_> = plugin.site.log().iter().map(|line| line["outcome"].clone()).collect();
    assert!(!outcomes.contains(&"alarm".into()), "{outcomes:?}");
}

#[test]
fn starts_updates_and_execs_are_judged_by_what_was_created() {
    let plugin = Plugin::new("");
    plugin.container("clean", CLEAN, "{}");
    plugin.container("risky", RISKY, "{}");
    plugin.container("privileged", CLEAN, r#"{"Privileged": true}"#);
    for verb in ["start", "restart"] {
        plugin.allows("POST", &format!("/v1.41/containers/clean/{verb}"), None);
        plugin.refuses("POST", &format!("/v1.41/containers/risky/{verb}"), None, "CVE-2022-0778");
        plugin.refuses("POST", &format!("/v1.41/containers/privileged/{verb}"), None, "Privileged start");
        plugin.refuses("POST", &format!("/v1.41/containers/nobody/{verb}"), None, "no container `nobody`");
    }
    plugin.refuses(
        "POST",
        "/v1.23/containers/clean/start",
        Some(r#"{"Privileged": true}"#),
        "before API 1.24",
    );
    plugin.refuses("POST", "/v1.23/containers/clean/start", None, "before API 1.24");
    plugin.allows("POST", "/v1.41/containers/clean/update", Some(r#"{"Memory": 1}"#));
    plugin.refuses(
        "POST",
        "/v1.41/containers/clean/update",
        Some(r#"{"Privileged": true}"#),
        "Privileged start",
    );
    plugin.refuses("POST", "/v1.41/containers/clean/update", None, "not passed on");
    plugin.allows("POST", "/v1.41/containers/risky/exec", Some(r#"{"Cmd": ["sh"]}"#));
    plugin.refuses(
        "POST",
        "/v1.41/containers/clean/exec",
        Some(r#"{"PRIVILEGED": true}"#),
        "Privileged start",
    );
    plugin.refuses("POST", "/v1.41/containers/clean/exec", Some("{"), "not one JSON value");
    let service = |image: &str| format!(r#"{{"TaskTemplate": {{"ContainerSpec": {{"Image": "{image}"}}}}}}"#);
    plugin.allows("POST", "/v1.41/services/create", Some(&service("unknown:1")));
    plugin.refuses("POST", "/v1.41/services/create", Some(r#"{"TaskTemplate": {}}"#), "ContainerSpec");
    assert!(plugin.site.log().iter().any(|line| line["outcome"] == "alarm"));
}

#[test]
fn a_daemon_that_does_not_answer_and_failures_that_may_start() {
    let plugin = Plugin::new(", \"deadline_ms\": 300");
    plugin.answers.lock().unwrap().insert("/containers/broken/json".to_owned(), "[".to_owned());
    plugin.refuses("POST", "/v1.41/containers/broken/start", None, "not decided");
    let open = Plugin::new(", \"on_error\": \"start\"");
    open.allows("POST", "/v1.41/containers/create", None);
    assert_eq!(open.site.log()[0]["outcome"], "failed_open");
}

#[test]
fn what_is_saved_is_in_force_with_the_next_request_and_what_is_broken_is_not() {
    let plugin = Plugin::new("");
    let create = r#"{"Image": "risky:1"}"#;
    let ask = || plugin.ask("POST", "/v1.41/containers/create", Some(create)).0;
    for round in 0..20 {
        plugin.site.write("policies.json", r#"{"version": 1}"#);
        assert!(ask(), "{round}");
        plugin.site.write("policies.json", "{");
        assert!(ask(), "{round}");
        plugin.site.write("policies.json", common::POLICIES);
        assert!(!ask(), "{round}");
        std::fs::remove_file(plugin.site.path("policies.json")).unwrap();
        assert!(!ask(), "{round}");
    }
    let (_, metrics) = request(&plugin.site.path("metrics.sock"), "GET", "/metrics", b"");
    for line in [
        "imagegate_decisions_total{outcome=\"allow\"} 40",
        "imagegate_decisions_total{outcome=\"intercept\"} 40",
        "imagegate_policy_reloads_total 40",
        "imagegate_policy_reloads_broken_total 40",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[test]
fn no_request_is_dropped_while_policies_change() {
    let plugin = Plugin::new("");
    std::thread::scope(|scope| {
        let askers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..100 {
                        plugin.refuses("POST", "/containers/create", Some(r#"{"Image": "risky:1"}"#), "CVE");
                    }
                })
            })
            .collect();
        let mut round = 0_u32;
        while askers.iter().any(|asker| !asker.is_finished()) {
            let policies = common::POLICIES.replace("\"Fixable\"", &format!("\"Fixable {round}\""));
            let new = plugin.site.path("policies.new");
            std::fs::write(&new, policies).unwrap();
            std::fs::rename(&new, plugin.site.path("policies.json")).unwrap();
            round = round.wrapping_add(1);
        }
        assert!(round > 1);
    });
}

#[test]
fn it_ends_in_order_and_refuses_to_begin_without_policies() {
    let mut plugin = Plugin::new("");
    assert_eq!(plugin.agent.stop(), Some(0));
    assert!(!plugin.site.path("plugin.sock").exists());
    let site = Site::new();
    site.write("policies.json", "{");
    let (mut agent, line) = site.agent(&["authz", "--socket", site.path("plugin.sock").to_str().unwrap()]);
    assert!(line.contains("policies.json"), "{line}");
    assert_eq!(agent.wait(), Some(1));
}
