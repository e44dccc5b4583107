//! The cases of the OCI hook, the same for every runtime.

use super::daemon::{Daemon, wait_for};
use super::site::{Enforcement, Images, Ran, Runtime, Site, Start};
use super::table::{Row, Table};
use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What is expected of a start.
pub struct Expected<'e> {
    pub starts: bool,
    /// The outcomes that the log gains.
    pub logged: &'e [&'e str],
    /// What the runtime's error, or for crun the reason in the log, must contain.
    pub reason: &'e str,
}

/// Stands for an interception or a failure that refuses, where daemons differ.
pub const ANY_REFUSAL: &str = "intercept or failed_closed";

pub const STARTS: Expected<'static> = Expected { starts: true, logged: &[], reason: "" };
pub const REFUSED: Expected<'static> =
    Expected { starts: false, logged: &["intercept"], reason: "CVE-2022-0778" };
pub const FAILED: Expected<'static> =
    Expected { starts: false, logged: &["failed_closed"], reason: "not decided" };

/// A runtime with the files of one case.
pub struct Bench<'b> {
    pub runtime: &'b dyn Runtime,
    pub site: Site,
    /// The hook, where the runtime is to have one.
    pub hook: Option<&'b Path>,
    pub table: &'b mut Table,
}

/// Whether the runtime starts a container at all, without the hook.
pub fn works(runtime: &dyn Runtime) -> Result<(), String> {
    let ran = runtime.start(&Start { image: &runtime.images().clean, privileged: false, hook: None })?;
    if ran.started { Ok(()) } else { Err(ran.said) }
}

/// Runs all cases.
pub fn run(runtime: &dyn Runtime, folder: &Path, hook: &Path, agent: &Path, table: &mut Table) {
    let Images { clean, risky, unknown } = runtime.images();
    let site = || Site::new(&folder.join("site"), runtime.images());
    let mut bench = Bench { runtime, site: site(), hook: Some(hook), table };

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
    let saved = Instant::now();
    bench.site.policies(&Enforcement::Immediate);
    bench.case("policies edited while running", risky, false, &REFUSED);
    eprintln!(
        "{}: from saving the policies to the first refused start, its own time included: {} ms",
        runtime.name(),
        saved.elapsed().as_millis()
    );

    bench.site.write("policies.json", "{\"version\": 1, \"policies\": [");
    bench.case("policies broken, the old set stays: risky", risky, false, &REFUSED);
    bench.case(
        "policies broken, the old set stays: clean",
        clean,
        false,
        &Expected { logged: &["allow"], ..STARTS },
    );

    bench.site = site();
    bench.site.write("policies.json", "{\"version\": 1, \"policies\": [");
    bench.case("policies broken from the start", clean, false, &FAILED);
    bench.site = site();
    bench.site.configure(", \"on_error\": \"start\"");
    let _ = fs::write(bench.site.profile_path(clean), "{\"version\": 1,");
    bench.case(
        "profile broken, on_error start",
        clean,
        false,
        &Expected { logged: &["failed_open"], ..STARTS },
    );
    bench.site.configure("");
    bench.case("profile broken", clean, false, &FAILED);

    bench.site = site();
    override_for(&bench.site, risky);
    bench.case("risky, overridden", risky, false, &Expected { logged: &["overridden"], ..STARTS });

    bench.site = site();
    bench.site.configure(", \"log\": ");
    bench.case("configuration broken", clean, false, &Expected { logged: &[], ..FAILED });

    bench.site = site();
    let _ = fs::remove_dir_all(bench.site.path("profiles"));
    bench.case("folder of profiles gone", clean, false, &FAILED);

    bench.site = site();
    let nowhere = bench.site.path("no-such-hook");
    if runtime.skips_missing_hooks() {
        // Nothing of imagegate runs there, so that nothing of it can refuse: shown so that nobody finds out later.
        bench.start("hook missing: this runtime skips it", risky, &nowhere, 5, &STARTS, |_| {});
    } else {
        let missing = Expected { logged: &[], reason: "no-such-hook", ..FAILED };
        bench.start("hook missing", clean, &nowhere, 5, &missing, |_| {});
    }

    // A resident agent decides, and stays in the place of the hook's own loading.
    bench.site = site();
    let socket = bench.site.path("agent.sock");
    bench.site.configure(&format!(", \"agent\": \"{}\"", socket.display()));
    let mut command = Command::new(agent);
    command.arg("serve").arg("--config").arg(bench.site.config());
    let resident = Daemon::start(&mut command, &bench.site.path("agent.log"))
        .and_then(|daemon| wait_for("the agent", || UnixStream::connect(&socket).is_ok()).map(|()| daemon));
    match resident {
        Ok(mut resident) => {
            bench.case("resident agent: risky", risky, false, &REFUSED);
            bench.case("resident agent: allowed", clean, false, &STARTS);
            bench.site.policies(&Enforcement::Observing);
            bench.case(
                "resident agent: policies edited",
                risky,
                false,
                &Expected { logged: &["alarm"], ..STARTS },
            );
            resident.stop();
            // The hook decides itself, and says that the agent is not there.
            bench.site.policies(&Enforcement::Immediate);
            bench.case("resident agent gone", risky, false, &REFUSED);
        }
        Err(error) => bench.broken("resident agent", &error),
    }

    // An agent that never answers keeps the hook waiting.
    bench.site = site();
    let socket = bench.site.path("agent.sock");
    let Ok(_listener) = UnixListener::bind(&socket) else { return bench.broken("hook killed", "no socket") };
    bench.site.configure(&format!(", \"deadline_ms\": 60000, \"agent\": \"{}\"", socket.display()));
    let config = bench.site.config();
    let killed = Expected { logged: &[], reason: "", ..FAILED };
    bench.start("hook killed", clean, hook, 30, &killed, move |done| kill_hook(&config, done));
    bench.start("hook slower than the runtime's patience", clean, hook, 1, &killed, |_| {});
    bench.site.configure(&format!(", \"deadline_ms\": 300, \"agent\": \"{}\"", socket.display()));
    bench.case("agent hangs, decided by the hook", risky, false, &REFUSED);
}

impl Bench<'_> {
    /// Starts a container and holds what happens against what is expected.
    pub fn case(&mut self, case: &str, image: &str, privileged: bool, expected: &Expected<'_>) {
        let config = self.site.config();
        let hook = self.hook.map(|hook| (hook, config.as_path(), 5));
        let before = self.site.outcomes().len();
        let ran = self.runtime.start(&Start { image, privileged, hook });
        self.judge(case, ran, before, expected);
    }

    /// The same for whatever else may start something.
    pub fn ran(&mut self, case: &str, expected: &Expected<'_>, run: impl FnOnce() -> Result<Ran, String>) {
        let before = self.site.outcomes().len();
        let ran = run();
        self.judge(case, ran, before, expected);
    }

    /// With a hook and a patience of their own, and something that happens meanwhile, until the container has ended.
    fn start(
        &mut self,
        case: &str,
        image: &str,
        hook: &Path,
        seconds: u32,
        expected: &Expected<'_>,
        meanwhile: impl FnOnce(&std::sync::atomic::AtomicBool) + Send,
    ) {
        let config = self.site.config();
        let before = self.site.outcomes().len();
        let start = Start { image, privileged: false, hook: Some((hook, &config, seconds)) };
        let done = std::sync::atomic::AtomicBool::new(false);
        let ran = std::thread::scope(|scope| {
            scope.spawn(|| meanwhile(&done));
            let ran = self.runtime.start(&start);
            done.store(true, std::sync::atomic::Ordering::SeqCst);
            ran
        });
        self.judge(case, ran, before, expected);
    }

    fn judge(&mut self, case: &str, ran: Result<Ran, String>, before: usize, expected: &Expected<'_>) {
        let ran = match ran {
            Ok(ran) => ran,
            Err(error) => return self.broken(case, &error),
        };
        let logged = self.site.outcomes().split_off(before);
        let word = |starts: bool| if starts { "starts" } else { "refused" };
        let with = |logged: &[String]| {
            if logged.is_empty() { String::new() } else { format!(", logged {}", logged.join(", ")) }
        };
        let wanted: Vec<String> = expected.logged.iter().map(|&word| word.to_owned()).collect();
        let code = ran.code.map_or_else(|| "killed".to_owned(), |code| format!("exit {code}"));
        let mut failure = None;
        if ran.started != expected.starts || (ran.code == Some(0)) != expected.starts {
            failure =
                Some(format!("{} instead of {}: {}", word(ran.started), word(expected.starts), ran.said));
        } else if logged != wanted && !is_any_refusal(&wanted, &logged) {
            failure = Some(format!("logged {logged:?} instead of {wanted:?}"));
        } else if !expected.starts && !ran.said.contains(expected.reason) {
            failure = Some(format!("the runtime does not say {:?}: {}", expected.reason, ran.said));
        }
        self.table.add(Row {
            runtime: self.runtime.name().to_owned(),
            case: case.to_owned(),
            expected: word(expected.starts).to_owned() + &with(&wanted),
            seen: format!("{} ({code}){}", word(ran.started), with(&logged)),
            said: if expected.starts { String::new() } else { ran.said },
            failure,
        });
    }

    fn broken(&mut self, case: &str, error: &str) {
        self.table.add(Row {
            runtime: self.runtime.name().to_owned(),
            case: case.to_owned(),
            expected: String::new(),
            seen: "could not be run".to_owned(),
            said: String::new(),
            failure: Some(error.to_owned()),
        });
    }
}

/// Lets starts of this image happen.
pub fn override_for(site: &Site, image: &str) {
    site.write(
        "overrides.json",
        &format!(
            r#"{{"version": 1, "overrides": [{{"reason": "checkout is down", "owner": "ops",
                "expires_at": "9999-01-01T00:00:00Z", "images": ["{image}"]}}]}}"#
        ),
    );
}

fn is_any_refusal(wanted: &[String], logged: &[String]) -> bool {
    wanted == [ANY_REFUSAL] && matches!(logged, [one] if one == "intercept" || one == "failed_closed")
}

/// Waits for the hook that was started with this configuration, and kills it.
fn kill_hook(config: &Path, done: &std::sync::atomic::AtomicBool) {
    let config = config.as_os_str().as_encoded_bytes();
    while !done.load(std::sync::atomic::Ordering::SeqCst) {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = entry.file_name().to_string_lossy().into_owned();
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0);
            if words.next() == Some(b"imagegate-hook") && words.any(|word| word == config) {
                let _ = Command::new("kill").args(["-KILL", &pid]).status();
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
