//! A temporary PostgreSQL, and the tests that need one.

use crate::commands::{cargo, ended, run};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The same tests as for SQLite, against both.
pub fn tests() -> Result<Option<String>, String> {
    let Some(server) = Server::start(true)? else {
        return Ok(Some(
            "PostgreSQL is not installed (the package `postgresql`, or its programs in $PATH)".to_owned(),
        ));
    };
    let packages = ["-p", "imagegate-store", "-p", "imagegate-cli", "--features", "postgres", "--locked"];
    run(cargo().arg("clippy").args(packages).args(["--all-targets", "--", "-D", "warnings"]))?;
    run(cargo().arg("test").args(packages).env("IMAGEGATE_POSTGRES", &server.url))?;
    Ok(None)
}

/// Starts a server, runs a command that finds it in `$IMAGEGATE_POSTGRES`, and removes the server.
pub fn with_postgres(arguments: &[String]) -> ExitCode {
    let Some((program, arguments)) = arguments.split_first() else {
        eprintln!("usage: cargo xtask postgres COMMAND [ARGUMENTS]");
        return ExitCode::from(2);
    };
    with_server(Command::new(program).args(arguments))
}

/// Kills writers and purges of both databases, and holds what is left against what was acknowledged.
pub fn kill_test(arguments: &[String]) -> ExitCode {
    let kills = option(arguments, "--kills").unwrap_or_else(|| "200".to_owned());
    let mut test = cargo();
    test.args(["test", "-q", "-p", "imagegate-store", "--features", "postgres", "--locked"]);
    test.args(["--test", "kill"]).env("IMAGEGATE_KILLS", kills);
    with_server(&mut test)
}

/// Measures both databases.
pub fn bench(arguments: &[String]) -> ExitCode {
    let rows = option(arguments, "--rows").unwrap_or_else(|| "1000000".to_owned());
    let mut bench = cargo();
    bench.args(["run", "-q", "--release", "-p", "imagegate-store", "--features", "postgres", "--locked"]);
    bench.args(["--example", "speed", "--", &rows]);
    bench.args(option(arguments, "--only"));
    with_server(&mut bench)
}

fn option(arguments: &[String], name: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at.saturating_add(1)).cloned()
}

/// Runs a command with a server that survives a power failure, as one in use does.
fn with_server(command: &mut Command) -> ExitCode {
    let ran = Server::start(false).and_then(|server| match server {
        Some(server) => run(command.env("IMAGEGATE_POSTGRES", &server.url)),
        None => {
            eprintln!("NOT SHOWN HERE  PostgreSQL is not installed");
            run(command)
        }
    });
    ended(ran)
}

/// A server in a folder of its own, on a socket in that folder only. Dropping stops and removes it.
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    pub url: String,
}

impl Server {
    /// `None` if PostgreSQL is not installed. A server that is `hasty` does not survive a power failure.
    pub fn start(hasty: bool) -> Result<Option<Self>, String> {
        let Some(programs) = programs() else { return Ok(None) };
        let folder = std::env::temp_dir().join(format!("imagegate-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let shown = folder.display().to_string();
        let url = format!("postgresql:///postgres?host={}&user=postgres", shown.replace('/', "%2F"));
        let server = Self { folder, programs, url };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&server.folder))?;
        }
        let data = server.folder.join("data");
        let mut initdb = server.program("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        run(initdb.stdout(Stdio::null()))?;
        let mut options = format!("-c listen_addresses= -c unix_socket_directories={shown}");
        options.push_str(" -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=4GB");
        options.push_str(" -c max_locks_per_transaction=1024");
        if hasty {
            options.push_str(" -c fsync=off");
        }
        let mut start = server.program("pg_ctl");
        start.arg("-D").arg(&data).args(["-w", "-t", "60", "-o", &options]);
        start.arg("-l").arg(server.folder.join("log")).arg("start");
        run(start.stdout(Stdio::null()))?;
        Ok(Some(server))
    }

    /// A program of PostgreSQL, which refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        if !is_root() {
            return Command::new(path);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        // The folder that we are in may be closed to that user.
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.arg("-D").arg(self.folder.join("data")).args(["-m", "immediate", "stop"]);
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder with `initdb` and `pg_ctl`: in the path, or where distributions put them, the newest version first.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/local/bin".into());
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort_by_key(|folder| {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        std::cmp::Reverse(name.parse::<u32>().unwrap_or_default())
    });
    folders.extend(versions.into_iter().map(|folder| folder.join("bin")));
    folders.into_iter().find(|folder| has(folder, "initdb") && has(folder, "pg_ctl"))
}

fn has(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
