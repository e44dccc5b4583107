//! `imagegate lint`

use crate::Context;
use crate::exit::{self, Failure, Failures, Report};
use crate::explain::json;
use crate::input::{Format, LaunchOptions, Now, ProfileOptions, stdin_once};
use crate::place::locate;
use crate::style::one_line;
use imagegate::{Launch, Lint, PolicySet, Position, Role, ScanProfile};
use imagegate_readers::vex::Unmatched;
use serde::Serialize;
use std::path::PathBuf;

/// Remarks on what is allowed in a policy document but probably not meant
///
/// With scan reports, exceptions that excuse nothing in any of them are listed with near misses, and clauses on facts
/// that none of the scanners reports. Exceptions about privileges need launches. VEX documents (`--vex`) are held
/// against the scan reports: statements that are about nothing in them are listed with near misses, too.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate lint policies.json
  imagegate lint policies.json --profile scans/a.json --profile scans/b.json --launch create.json
  imagegate lint policies.json --profile scans --vex vendor.openvex.json

Exit codes: 0 nothing to remark, 1 remarks, 2 error.")]
pub(crate) struct Args {
    /// The policy document
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A scan report to hold the policies against, or a folder of such reports
    #[arg(long = "profile", value_name = "FILE|DIR")]
    profiles: Vec<PathBuf>,

    /// A launch to hold the policies against
    #[arg(long = "launch", value_name = "FILE")]
    launches: Vec<PathBuf>,

    #[command(flatten)]
    profile_options: ProfileOptions,

    #[command(flatten)]
    launch_options: LaunchOptions,

    #[command(flatten)]
    now: Now,

    /// How to print the remarks
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document<'l> {
    version: u32,
    lints: Vec<Placed<'l>>,
}

#[derive(Serialize)]
struct Placed<'l> {
    #[serde(flatten)]
    lint: &'l Lint,
    /// The document, if it is not the policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'l str>,
    line: Option<u32>,
    column: Option<u32>,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let files = [&args.file].into_iter().chain(&args.profiles).chain(&args.launches);
    stdin_once(files.chain(args.profile_options.files()))?;
    let mut failures = Failures::default();
    let now = failures.take(args.now.instant());
    let source = failures.take(context.inputs.read(&args.file));
    let set = source.as_ref().and_then(|source| {
        let set = PolicySet::parse(&source.bytes);
        failures.take(set.map_err(|error| Failure::in_document(&source.name, &error)))
    });
    let knowledge = failures.take(context.inputs.knowledge(&args.profile_options));
    let mut profiles: Vec<ScanProfile> = Vec::new();
    for path in &args.profiles {
        let read = failures.take(context.inputs.profiles_at(path, &args.profile_options));
        for (file, profile) in read.into_iter().flatten() {
            let Some(knowledge) = &knowledge else { continue };
            let known = knowledge.apply(&profile).map_err(|error| Failure::in_document(&file, &error));
            profiles.extend(failures.take(known));
        }
    }
    let mut launches: Vec<Launch> = Vec::new();
    for path in &args.launches {
        let read = failures.take(context.inputs.launches(path, &args.launch_options));
        launches.extend(read.into_iter().flatten());
    }
    let (Some(now), Some(source), Some(set)) = (now, source, set) else {
        return Err(failures.into_failure());
    };
    failures.check()?;
    let unmatched = knowledge.as_ref().map(|knowledge| knowledge.unmatched(&profiles)).transpose();
    let unmatched = unmatched.map_err(|error| Failure::new(error.to_string()))?.unwrap_or_default();
    let of_vex = unmatched.into_iter().filter(|_| !profiles.is_empty()).map(|(file, one)| {
        let Unmatched { pointer, message, near_misses, .. } = one;
        (Some(file), Lint { code: "dead_statement", pointer, message, near_misses })
    });
    let of_policies = set.lint(&profiles, &launches, now).into_iter().map(|lint| (None, lint));
    let lints: Vec<(Option<&str>, Lint)> = of_policies.chain(of_vex).collect();
    let position = |file: Option<&str>, lint: &Lint| {
        let text = std::str::from_utf8(&source.bytes).ok().filter(|_| file.is_none())?;
        Some(Position::of_offset(&source.bytes, locate(text, &lint.pointer)?.start))
    };
    let report = match args.format {
        Format::Json => {
            let placed = lints.iter().map(|(file, lint)| {
                let position = position(*file, lint);
                let (line, column) = (position.map(|at| at.line), position.map(|at| at.column));
                Placed { lint, file: *file, line, column }
            });
            Report::of_json(json(&Document { version: 1, lints: placed.collect() })?)
        }
        Format::Text => {
            let mut text = String::new();
            for (file, lint) in &lints {
                let place =
                    position(*file, lint).map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
                let pointer =
                    if lint.pointer.is_empty() { "" } else { &format!("{}: ", one_line(&lint.pointer)) };
                let label = context.dress.dressed(Role::Alarm, &format!("remark[{}]:", lint.code));
                text.push_str(&format!(
                    "{label} {}{place}: {pointer}{}\n",
                    file.unwrap_or(&source.name),
                    one_line(&lint.message)
                ));
                for miss in &lint.near_misses {
                    text.push_str(&format!("  near miss: {}\n", one_line(miss)));
                }
            }
            if lints.is_empty() {
                text.push_str(&format!("{}: nothing to remark\n", source.name));
            }
            Report::of(text)
        }
    };
    Ok(report.with_code(if lints.is_empty() { exit::OK } else { exit::FINDINGS }))
}
