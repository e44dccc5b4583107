//! The hook as a process of its own, and in a runtime.

use super::load::IMAGE;
use super::stats::{median, ms, quantile};
use crate::e2e::bundles::config;
use crate::e2e::daemon::{Daemon, wait_for};
use crate::e2e::site::{Site, Start};
use crate::packages::has;
use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A native program that does nothing.
const NOTHING: &str = "/bin/true";

/// The configuration that names no agent, and the one that does.
struct Configurations {
    alone: PathBuf,
    resident: PathBuf,
    _agent: Daemon,
}

impl Configurations {
    fn new(site: &Site, agent: &Path) -> Result<Self, String> {
        let socket = site.path("agent.sock");
        let told = |error: std::io::Error| error.to_string();
        let (alone, resident) = (site.path("alone.json"), site.path("resident.json"));
        // Counting instructions takes longer than any deadline.
        site.configure(", \"deadline_ms\": 60000");
        std::fs::copy(site.config(), &alone).map_err(told)?;
        site.configure(&format!(", \"deadline_ms\": 60000, \"agent\": \"{}\"", socket.display()));
        std::fs::copy(site.config(), &resident).map_err(told)?;
        let mut command = Command::new(agent);
        command.arg("serve").arg("--config").arg(&resident);
        let agent = Daemon::start(&mut command, &site.path("agent.log"))?;
        wait_for("the agent", || UnixStream::connect(&socket).is_ok())?;
        Ok(Self { alone, resident, _agent: agent })
    }
}

/// From exec to exit.
pub fn alone(site: &Site, hook: &Path, agent: &Path, runs: usize) -> Result<(), String> {
    let configurations = Configurations::new(site, agent)?;
    let bundle = site.path("bundle");
    let told = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&bundle).map_err(told)?;
    let start = Start { image: IMAGE, privileged: false, hook: None };
    std::fs::write(bundle.join("config.json"), config(&start, Path::new("/rootfs"))).map_err(told)?;
    let state = site.path("state.json");
    let text = format!(
        r#"{{"ociVersion": "1.0.2", "id": "c1", "status": "creating", "pid": 1, "bundle": "{}"}}"#,
        bundle.display()
    );
    std::fs::write(&state, text).map_err(told)?;
    let command = |program: &Path, config: Option<&Path>| -> Result<Command, String> {
        let mut command = Command::new(program);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        command.stdin(File::open(&state).map_err(told)?).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    };
    let nothing = Path::new(NOTHING);
    let subjects = [
        ("a program that does nothing", nothing, None),
        ("hook, policies and profile from JSON", hook, Some(configurations.alone.as_path())),
        ("hook, asking the resident agent", hook, Some(configurations.resident.as_path())),
    ];
    let mut times: [Vec<f64>; 3] = Default::default();
    for _ in 0..runs {
        for ((name, program, config), times) in subjects.iter().zip(&mut times) {
            let mut command = command(program, *config)?;
            let begin = Instant::now();
            let status = command.status().map_err(told)?;
            times.push(ms(begin.elapsed()));
            if !status.success() {
                return Err(format!("{name}: {status}"));
            }
        }
    }
    println!(
        "| exec to exit, {runs} runs each | median | 95 % interval | p95 | instructions |\n|---|---|---|---|---|"
    );
    for ((name, program, config), times) in subjects.iter().zip(&mut times) {
        let counted = instructions(&command(program, *config)?);
        let (middle, low, high) = median(times);
        println!("| {name} | {middle:.2} | {low:.2}–{high:.2} | {:.2} | {counted} |", quantile(times, 0.95));
    }
    println!();
    Ok(())
}

/// As callgrind counts them.
fn instructions(command: &Command) -> String {
    if !has("valgrind") {
        return "valgrind is not installed".to_owned();
    }
    let mut counted = Command::new("valgrind");
    counted.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(command.get_program());
    counted.args(command.get_args());
    // The state is read from a file, which cannot be taken out of the other command again.
    let args: Vec<_> = command.get_args().collect();
    if let Some(folder) = args.get(1).and_then(|config| Path::new(config).parent()) {
        match File::open(folder.join("state.json")) {
            Ok(state) => counted.stdin(state),
            Err(error) => return error.to_string(),
        };
    }
    let Ok(output) = counted.output() else { return "valgrind does not run".to_owned() };
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let count =
        log.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim().to_owned());
    count.unwrap_or_else(|| "not counted".to_owned())
}

/// What it adds to a container's start: runs alternate, and the difference to the run beside it counts.
pub fn in_runc(site: &Site, rootfs: &Path, hook: &Path, agent: &Path, runs: usize) -> Result<(), String> {
    let configurations = Configurations::new(site, agent)?;
    let told = |error: std::io::Error| error.to_string();
    let subjects = [
        ("no hook", None),
        ("a native hook that does nothing", Some((Path::new(NOTHING), configurations.alone.as_path()))),
        ("hook, policies and profile from JSON", Some((hook, configurations.alone.as_path()))),
        ("hook, asking the resident agent", Some((hook, configurations.resident.as_path()))),
    ];
    let mut bundles = Vec::new();
    for (index, (_, hook)) in subjects.iter().enumerate() {
        let bundle = site.path(&format!("runc-{index}"));
        std::fs::create_dir_all(&bundle).map_err(told)?;
        let hook = hook.map(|(program, config)| (program, config, 10));
        let text = config(&Start { image: IMAGE, privileged: false, hook }, rootfs);
        std::fs::write(bundle.join("config.json"), text).map_err(told)?;
        bundles.push(bundle);
    }
    let mut times: [Vec<f64>; 4] = Default::default();
    for run in 0..runs {
        for (index, (bundle, times)) in bundles.iter().zip(&mut times).enumerate() {
            let id = format!("imagegate-overhead-{}-{run}-{index}", std::process::id());
            let mut command = Command::new("runc");
            command.arg("--root").arg(site.path("runc-state")).args(["run", "--bundle"]).arg(bundle).arg(&id);
            command.stdin(Stdio::null());
            let begin = Instant::now();
            let output = command.output().map_err(told)?;
            times.push(ms(begin.elapsed()));
            if !output.status.success() {
                return Err(format!("runc: {}", String::from_utf8_lossy(&output.stderr)));
            }
        }
    }
    println!(
        "| `runc run`, {runs} runs each, alternating | median | added to the hook that does nothing | 95 % interval |\n|---|---|---|---|"
    );
    let nothing = times.get(1).cloned().unwrap_or_default();
    for ((name, _), times) in subjects.iter().zip(&mut times) {
        let mut differences: Vec<f64> = times.iter().zip(&nothing).map(|(own, other)| own - other).collect();
        let (added, low, high) = median(&mut differences);
        println!("| {name} | {:.2} | {added:.2} | {low:.2}–{high:.2} |", quantile(times, 0.5));
    }
    println!();
    Ok(())
}
