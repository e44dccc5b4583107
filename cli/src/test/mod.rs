//! `imagegate test`: unit tests for policies, as data.

mod compare;
mod coverage;
mod file;
mod run;

use crate::Context;
use crate::exit::{self, Failure, Report};
use crate::input::{is_stdin, shown, stdin_once};
use crate::style::one_line;
use coverage::Coverage;
use file::CaseFile;
use imagegate::Role;
use run::Documents;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs unit tests of policies
///
/// A case says which policies, scan report and launch to hold against each other at which instant, and what must
/// come out. Of what comes out only that is compared which the case expects: listed policies, findings, members. A
/// member that no case file knows is an error, so that a misspelt expectation does not pass.
///
/// `policies`, `profile` and `launch` are documents, or paths relative to the case file; a report or launch behind a
/// path may have any format that imagegate reads.
#[derive(clap::Args, Debug)]
#[command(after_help = r#"Example of a case file:
  {
    "version": 1,
    "title": "What production must not start",
    "policies": "../policies.json",
    "cases": [{
      "name": "an old openssl is intercepted",
      "profile": "trivy-cart.json",
      "launch": {"version": 1, "image": {"reference": "shop/cart:1.4.2"}, "privileges": []},
      "now": "2026-12-01T00:00:00Z",
      "expect": {"action": "intercept", "policies": {"fixable-critical": "intercept"}}
    }]
  }

`expect` knows `action`, `policies` (outcome by id), `scope_part`, `evidence`, `events`, `aggregation_key`,
`decision` and `error`.

Exit codes: 0 all pass, 1 a case fails, 2 an input is wrong or cannot be read."#)]
pub(crate) struct Args {
    /// Case files, or folders to look for case files in
    #[arg(required = true, value_name = "CASES")]
    paths: Vec<PathBuf>,

    /// List the clauses, scope parts and exceptions of the policies that no case exercises
    #[arg(long)]
    coverage: bool,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    stdin_once(&args.paths)?;
    let mut found = Found::default();
    for path in &args.paths {
        if path.is_dir() {
            found.look_into(path);
        } else {
            match context.inputs.read(path) {
                Ok(source) => found.files.push((path.clone(), source.bytes)),
                Err(failure) => found.failure.add(failure),
            }
        }
    }
    let Found { files, mut failure, others } = found;
    let mut documents = Documents::default();
    let mut coverage = Coverage::default();
    let (mut passed, mut failed) = (0_usize, 0_usize);
    let mut stdout = String::new();
    for (path, bytes) in &files {
        let name = shown(path);
        let file = match CaseFile::parse(&name, bytes) {
            Ok(file) => file,
            Err(error) => {
                failure.add(error);
                continue;
            }
        };
        let base = if is_stdin(path) { Path::new("") } else { path.parent().unwrap_or(Path::new("")) };
        for case in &file.cases {
            let outcome = match documents.run(base, &name, &file, case) {
                Ok(outcome) => outcome,
                Err(error) => {
                    failure.add(error);
                    continue;
                }
            };
            coverage.add(&outcome);
            let differences = compare::differences(&outcome, case);
            if differences.is_empty() {
                passed = passed.saturating_add(1);
                continue;
            }
            failed = failed.saturating_add(1);
            let label = context.dress.dressed(Role::Intercept, "FAIL");
            let _ = writeln!(stdout, "{label} {name}: {}", one_line(&case.name));
            for line in differences.iter().flat_map(|difference| difference.lines()) {
                let _ = writeln!(stdout, "  {}", one_line(line));
            }
        }
    }
    if failure.is_empty() && passed == 0 && failed == 0 {
        return Err(Failure::new("there are no cases to run"));
    }
    if args.coverage {
        coverage.write(&mut stdout);
    }
    let (role, code) = match (failure.is_empty(), failed) {
        (false, _) => (Role::Intercept, exit::ERROR),
        (true, 0) => (Role::Allow, exit::OK),
        (true, _) => (Role::Intercept, exit::FAILED),
    };
    let summary = format!("{passed} passed, {failed} failed");
    let _ = writeln!(stdout, "{}", context.dress.dressed(role, &summary));
    let mut stderr = crate::errors(context.error_dress, &failure);
    if others > 0 {
        let files = if others == 1 { "file" } else { "files" };
        let _ = writeln!(stderr, "note: {others} JSON {files} without `cases` skipped");
    }
    Ok(Report { stdout, stderr, code })
}

/// The case files among the arguments.
#[derive(Default)]
struct Found {
    files: Vec<(PathBuf, Vec<u8>)>,
    failure: Failure,
    /// JSON files in folders that are no case files.
    others: usize,
}

impl Found {
    /// Adds the case files under `folder`, in the order of their names.
    fn look_into(&mut self, folder: &Path) {
        let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut paths: Vec<PathBuf> = match entries {
            Ok(entries) => entries.iter().map(fs::DirEntry::path).collect(),
            Err(error) => return self.fail(folder, &error),
        };
        paths.sort();
        for path in paths {
            // A link to a folder could lead back here.
            let is_link = path.symlink_metadata().is_ok_and(|entry| entry.is_symlink());
            if path.is_dir() {
                if !is_link {
                    self.look_into(&path);
                }
            } else if path.extension().is_some_and(|extension| extension == "json") {
                match fs::read(&path) {
                    Ok(bytes) if is_case_file(&bytes) => self.files.push((path, bytes)),
                    Ok(_) => self.others = self.others.saturating_add(1),
                    Err(error) => self.fail(&path, &error),
                }
            }
        }
    }

    fn fail(&mut self, path: &Path, error: &std::io::Error) {
        self.failure.add(Failure::new(format!("{}: cannot be read: {error}", shown(path))));
    }
}

/// Whether a JSON file of a folder is meant as a case file: beside them lie policies and reports. A broken one that
/// speaks of cases is meant as one.
fn is_case_file(bytes: &[u8]) -> bool {
    match serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(bytes) {
        Ok(members) => members.contains_key("cases"),
        Err(_) => bytes.windows(7).any(|window| window == b"\"cases\""),
    }
}
