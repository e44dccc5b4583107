//! Processes that stay while cases run, and end with them.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process of ours that ends when it is dropped.
pub struct Daemon(Child);

impl Daemon {
    /// Starts it, with what it says in a file.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self, String> {
        let file = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) = file.map_err(|error| format!("{}: {error}", log.display()))?;
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        child.map(Self).map_err(|error| format!("{command:?}: {error}"))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to end, and waits; a process that does not end is killed.
    pub fn stop(&mut self) {
        if self.0.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let end = Instant::now().checked_add(Duration::from_secs(20));
        while self.0.try_wait().is_ok_and(|status| status.is_none()) {
            if end.is_none_or(|end| Instant::now() > end) {
                let _ = self.0.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until it is ready, for half a minute.
pub fn wait_for(what: &str, mut ready: impl FnMut() -> bool) -> Result<(), String> {
    for _ in 0..600 {
        if ready() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("{what} did not come up"))
}
