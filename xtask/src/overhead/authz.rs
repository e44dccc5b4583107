//! The authorization plugin under load.

use super::load::IMAGE;
use super::stats::{ms, quantile};
use crate::e2e::daemon::{Daemon, wait_for};
use crate::e2e::site::Site;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Connections that ask at once.
const CONNECTIONS: usize = 4;

/// Requests per second and p99 for requests that pass and for creates, and the memory after that many requests.
pub fn load(site: &Site, agent: &Path, requests: usize, creates: usize) -> Result<(), String> {
    let (plugin, docker) = (site.path("plugin.sock"), site.path("docker.sock"));
    let daemon = UnixListener::bind(&docker).map_err(|error| error.to_string())?;
    // It ends with this process.
    std::thread::spawn(move || daemon_of_images(&daemon));
    site.configure("");
    let mut command = Command::new(agent);
    command.arg("authz").arg("--config").arg(site.config());
    command.arg("--socket").arg(&plugin).arg("--docker").arg(&docker);
    let agent = Daemon::start(&mut command, &site.path("authz.log"))?;
    wait_for("the agent", || UnixStream::connect(&plugin).is_ok())?;
    println!(
        "| authorization plugin, {CONNECTIONS} connections | requests | requests per second | median | p99 | memory |\n|---|---|---|---|---|---|"
    );
    println!("| before | | | | | {} |", memory(&agent));
    let pass = question("GET", "/v1.41/containers/json", None);
    // The body in base64, as Docker passes it on.
    let create =
        question("POST", "/v1.41/containers/create", Some(&base64(&format!(r#"{{"Image": "{IMAGE}"}}"#))));
    for (name, request, count) in [
        ("pass-through", &pass, requests),
        ("container create", &create, creates),
        ("pass-through again", &pass, requests),
    ] {
        let begin = Instant::now();
        let mut times = ask(&plugin, request, count)?;
        let took = begin.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let rate = times.len() as f64 / took;
        println!(
            "| {name} | {} | {rate:.0} | {:.3} | {:.3} | {} |",
            times.len(),
            quantile(&mut times, 0.5),
            quantile(&mut times, 0.99),
            memory(&agent)
        );
    }
    Ok(())
}

fn memory(agent: &Daemon) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}

fn question(method: &str, uri: &str, body: Option<&str>) -> Vec<u8> {
    let body = body.map_or_else(|| "null".to_owned(), |body| format!("\"{body}\""));
    let text = format!(
        r#"{{"RequestMethod": "{method}", "RequestUri": "{uri}", "RequestHeaders": {{"Content-Type": "application/json"}}, "RequestBody": {body}}}"#
    );
    let head = format!(
        "POST /AuthZPlugin.AuthZReq HTTP/1.1\r\nHost: plugin\r\nContent-Length: {}\r\n\r\n",
        text.len()
    );
    (head + &text).into_bytes()
}

/// The time of each request in milliseconds.
fn ask(socket: &Path, request: &[u8], count: usize) -> Result<Vec<f64>, String> {
    let one = || -> std::io::Result<Vec<f64>> {
        let mut stream = UnixStream::connect(socket)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut times = Vec::new();
        for _ in 0..count.div_euclid(CONNECTIONS) {
            let begin = Instant::now();
            stream.write_all(request)?;
            let answer = answer(&mut reader)?;
            times.push(ms(begin.elapsed()));
            if !answer.contains("\"Allow\":true") {
                return Err(std::io::Error::other(answer));
            }
        }
        Ok(times)
    };
    std::thread::scope(|scope| {
        let askers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(one)).collect();
        let mut times = Vec::new();
        for asker in askers {
            let result = asker.join().map_err(|_| "an asker stopped half-way".to_owned())?;
            times.extend(result.map_err(|error| error.to_string())?);
        }
        Ok(times)
    })
}

/// The body of an answer whose length is told.
fn answer(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Answers as a daemon that has no image: a create is then judged by its name.
fn daemon_of_images(listener: &UnixListener) {
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let Ok(reader) = stream.try_clone() else { continue };
        let mut line = String::new();
        let mut reader = BufReader::new(reader);
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) && !line.ends_with("\r\n\r\n") {}
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
    }
}

/// Base64 by the program of the system: the task runner has no dependencies.
fn base64(text: &str) -> String {
    let child = Command::new("base64")
        .arg("--wrap=0")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return String::new() };
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(text.as_bytes());
    }
    let output = child.wait_with_output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
