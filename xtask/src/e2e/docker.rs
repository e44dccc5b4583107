//! A Docker daemon of its own with the authorization plugin, and requests that try to get around it.

use super::daemon::{Daemon, wait_for};
use super::site::{Enforcement, Images, OUTPUT, Ran, Runtime, Site, Start};
use super::table::Table;
use super::{cases, machine};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

struct Docker {
    name: String,
    folder: PathBuf,
    images: Images,
    plugin: String,
}

/// Where the daemon looks for plugins.
const PLUGINS: &str = "/run/docker/plugins";

/// Runs all cases of the plugin.
pub fn run(folder: &Path, rootfs: &Path, agent: &Path, table: &mut Table) -> Result<(), String> {
    std::fs::create_dir_all(PLUGINS).map_err(|error| format!("{PLUGINS}: {error}"))?;
    let mut docker = Docker {
        name: version()?,
        folder: folder.to_owned(),
        images: Images { clean: String::new(), risky: String::new(), unknown: String::new() },
        plugin: format!("imagegate-e2e-{}", std::process::id()),
    };
    let site_folder = folder.join("site");
    // An agent that is up can decide: it wants its files before the images are there.
    let site = Site::new(&site_folder, &docker.images);
    let mut plugin = docker.start_agent(agent, &site)?;
    let _daemon = docker.start_daemon()?;
    let import = |name: &str| docker.import(name, rootfs);
    docker.images = Images { clean: import("clean")?, risky: import("risky")?, unknown: import("unknown")? };
    let site = Site::new(&site_folder, &docker.images);
    if let Err(error) = cases::works(&docker) {
        return Err(format!("it starts no container: {error}"));
    }
    let mut bench = cases::Bench { runtime: &docker, site, hook: None, table };
    decisions(&mut bench, &docker);
    ways_around(&mut bench, &docker);
    // Last, since the daemon tries for some time.
    plugin.stop();
    let Images { clean, .. } = &docker.images;
    bench.case(
        "agent killed",
        clean,
        false,
        &cases::Expected { logged: &[], reason: &docker.plugin, ..cases::FAILED },
    );
    let _plugin = docker.start_agent(agent, &bench.site)?;
    bench.case("agent back", clean, false, &cases::STARTS);
    Ok(())
}

fn decisions(bench: &mut cases::Bench<'_>, docker: &Docker) {
    use cases::{Expected, REFUSED, STARTS};
    let Images { clean, risky, unknown } = &docker.images;
    bench.case("allowed", clean, false, &STARTS);
    bench.case("risky image", risky, false, &REFUSED);
    bench.case("privileged", clean, true, &Expected { reason: "Privileged start", ..REFUSED });
    bench.case(
        "profile missing",
        unknown,
        false,
        &Expected { reason: "Images nobody has scanned", ..REFUSED },
    );
    bench.site.policies(&Enforcement::Observing);
    bench.case("risky, observation period", risky, false, &Expected { logged: &["alarm"], ..STARTS });

    // Created while it was allowed, started when it is not any more.
    let created = docker.run(&["create", "--network", "none", risky, "/bin/busybox", "echo", OUTPUT]);
    let saved = Instant::now();
    bench.site.policies(&Enforcement::Immediate);
    bench.case("policies edited while running", risky, false, &REFUSED);
    eprintln!(
        "{}: from saving the policies to the first refused start: {} ms",
        docker.name,
        saved.elapsed().as_millis()
    );
    let id = created.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    bench.ran("created before, started after the edit", &REFUSED, || {
        docker.run(&["start", "--attach", &id.clone()?]).map(|output| Ran::of(&output))
    });

    bench.site.write("policies.json", "{\"version\": 1, \"policies\": [");
    bench.case("policies broken, the old set stays: risky", risky, false, &REFUSED);
    bench.case(
        "policies broken, the old set stays: clean",
        clean,
        false,
        &Expected { logged: &["allow"], ..STARTS },
    );
    bench.site.policies(&Enforcement::Immediate);
    cases::override_for(&bench.site, risky);
    bench.case(
        "risky, overridden",
        risky,
        false,
        &Expected { logged: &["overridden", "overridden"], ..STARTS },
    );
    bench.site.write("overrides.json", "{\"version\": 1, \"overrides\": []}");

    // One that runs, and what is done to it.
    let running =
        docker.run(&["run", "--detach", "--rm", "--network", "none", clean, "/bin/busybox", "sleep", "300"]);
    let id = running.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let exec = |more: &[&str]| {
        let id = id.clone()?;
        let args = [&["exec"], more, &[id.as_str(), "/bin/busybox", "echo", OUTPUT]].concat();
        docker.run(&args).map(|output| Ran::of(&output))
    };
    bench.ran("exec", &STARTS, || exec(&[]));
    bench.ran("privileged exec", &Expected { reason: "Privileged start", ..REFUSED }, || {
        exec(&["--privileged"])
    });
    let update = |body: &str| {
        docker.post(&format!("/v1.41/containers/{}/update", id.clone()?), "application/json", body)
    };
    bench.ran("update of limits", &STARTS, || update(r#"{"PidsLimit": 100}"#));
    bench.ran("update that adds privileges", &Expected { reason: "Privileged start", ..REFUSED }, || {
        update(r#"{"Privileged": true}"#)
    });
    if let Ok(id) = &id {
        let _ = docker.run(&["kill", id]);
    }
}

/// Each of these would get a risky image or a privileged container past a plugin that looks at well-formed requests
/// only.
fn ways_around(bench: &mut cases::Bench<'_>, docker: &Docker) {
    use cases::{Expected, FAILED, REFUSED};
    let risky = &docker.images.risky;
    let body = format!(r#"{{"Image": "{risky}", "Cmd": ["/bin/busybox", "true"]}}"#);
    for (case, path) in [
        ("create without a version", "/containers/create"),
        ("create with an encoded path", "/v1.41/containers/cre%61te"),
        ("create with an origin", "http://docker/v1.41/containers/create"),
    ] {
        bench.ran(case, &REFUSED, || docker.post(path, "application/json", &body));
    }
    // The daemon answers with a redirect to the plain path, and creates nothing.
    bench.ran("create with a dotted path", &Expected { logged: &[], reason: "", ..REFUSED }, || {
        docker.post("/v1.41/./containers/x/../create", "application/json", &body)
    });
    let json = "application/json";
    let not_seen = Expected { reason: "not decided", ..FAILED };
    // Some daemons pass no body on then, others do.
    let refused = Expected { logged: &[cases::ANY_REFUSAL], reason: "", ..REFUSED };
    bench.ran("create whose path ends in /auth", &refused, || {
        docker.post("/v1.41/containers/create?name=/auth", json, &body)
    });
    let padding = " ".repeat(1 << 21);
    bench.ran("create with a body too large to be passed on", &not_seen, || {
        docker.post("/v1.41/containers/create", json, &(body.clone() + &padding))
    });
    bench.ran("create with a body that is no JSON", &not_seen, || {
        docker.post("/v1.41/containers/create", json, "Image=risky")
    });
    bench.ran("create with a second value in the body", &not_seen, || {
        docker.post("/v1.41/containers/create", json, &format!("{body} {{}}"))
    });
    bench.ran("create of another content type", &not_seen, || {
        docker.post("/v1.41/containers/create", "text/plain", &body)
    });
    let folded = format!(r#"{{"image": "{}", "hostconfig": {{"privileged": true}}}}"#, docker.images.clean);
    bench.ran("create with folded names", &Expected { reason: "Privileged start", ..REFUSED }, || {
        docker.post("/v1.41/containers/create", json, &folded)
    });
    bench.ran("start with privileges, as before API 1.24", &not_seen, || {
        let created =
            docker.run(&["create", "--network", "none", &docker.images.clean, "/bin/busybox", "true"])?;
        let id = String::from_utf8_lossy(&created.stdout).trim().to_owned();
        docker.post(&format!("/v1.23/containers/{id}/start"), json, r#"{"Privileged": true}"#)
    });
    let service = format!(r#"{{"Name": "s", "TaskTemplate": {{"ContainerSpec": {{"Image": "{risky}"}}}}}}"#);
    bench.ran("swarm service", &REFUSED, || docker.post("/v1.41/services/create", json, &service));
}

fn version() -> Result<String, String> {
    let output = Command::new("dockerd").arg("--version").output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = text.split_whitespace().nth(2).unwrap_or_default();
    Ok(format!("dockerd {}", number.trim_end_matches(',').split('+').next().unwrap_or_default()))
}

impl Docker {
    fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    fn start_agent(&self, agent: &Path, site: &Site) -> Result<Daemon, String> {
        let socket = Path::new(PLUGINS).join(format!("{}.sock", self.plugin));
        let mut command = Command::new(agent);
        command.arg("authz").arg("--config").arg(site.config());
        command.arg("--socket").arg(&socket).arg("--docker").arg(self.socket());
        let daemon = Daemon::start(&mut command, &self.folder.join("agent.log"))?;
        wait_for("the agent", || UnixStream::connect(&socket).is_ok())?;
        Ok(daemon)
    }

    fn start_daemon(&self) -> Result<Daemon, String> {
        let path = |name: &str| self.folder.join(name).display().to_string();
        let mut command = Command::new("dockerd");
        command.args(["--data-root", &path("data"), "--exec-root", &path("exec"), "--pidfile", &path("pid")]);
        command.args([
            "-H",
            &format!("unix://{}", path("docker.sock")),
            "--storage-driver=vfs",
            "--bridge=none",
        ]);
        command.args(["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"]);
        command.arg(format!("--authorization-plugin={}", self.plugin));
        let daemon = Daemon::start(&mut command, &self.folder.join("dockerd.log"))?;
        wait_for("the daemon", || self.run(&["version"]).is_ok_and(|output| output.status.success()))?;
        Ok(daemon)
    }

    fn run(&self, args: &[&str]) -> Result<Output, String> {
        let host = format!("unix://{}", self.socket().display());
        Command::new("docker").args(["-H", &host]).args(args).output().map_err(|error| error.to_string())
    }

    fn import(&self, name: &str, rootfs: &Path) -> Result<String, String> {
        let archive = self.folder.join("rootfs.tar").display().to_string();
        machine::archive(rootfs, name, &archive)?;
        let output = self.run(&["import", &archive, &format!("{name}:1")])?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || !id.starts_with("sha256:") {
            return Err(format!("import: {}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(id)
    }

    /// A request by hand: what the client would never write. Status 2xx counts as started.
    fn post(&self, path: &str, content_type: &str, body: &str) -> Result<Ran, String> {
        let told = |error: std::io::Error| error.to_string();
        let mut stream = UnixStream::connect(self.socket()).map_err(told)?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).map_err(told)?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: docker\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).map_err(told)?;
        // It may be refused before it was told all.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split_whitespace().nth(1).and_then(|status| status.parse::<i32>().ok());
        let status = status.ok_or_else(|| format!("no answer to {path}"))?;
        let started = (200..300).contains(&status);
        let said = answer.split("\r\n\r\n").nth(1).unwrap_or_default().split_whitespace().collect::<Vec<_>>();
        Ok(Ran { started, code: Some(if started { 0 } else { status }), said: said.join(" ") })
    }
}

impl Runtime for Docker {
    fn name(&self) -> &str {
        &self.name
    }

    fn images(&self) -> &Images {
        &self.images
    }

    fn start(&self, start: &Start<'_>) -> Result<Ran, String> {
        let mut args = vec!["run", "--rm", "--network", "none"];
        if start.privileged {
            args.push("--privileged");
        }
        args.extend([start.image, "/bin/busybox", "echo", OUTPUT]);
        Ok(Ran::of(&self.run(&args)?))
    }
}
