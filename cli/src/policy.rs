//! `imagegate policy`: edits that leave the rest of a policy document as its author wrote it.

use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::{Now, Source, is_stdin};
use crate::place::{is_spaced, with_member};
use clap::Subcommand;
use imagegate::{Policy, PolicySet, Status, Timestamp, quote};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Switches policies on and off and changes what their hits do
///
/// The document keeps its formatting, the order of its members and every other byte. The result must load, or the
/// file stays as it is; it is replaced in one step.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate policy enable policies.json fixable-critical
  imagegate policy observe policies.json fixable-critical --days 14
  imagegate policy disable policies.json fixable-critical --stdout | diff policies.json -

Exit codes: 0 done, or nothing to do; 2 error, the file is as it was.")]
pub(crate) struct Args {
    #[command(subcommand)]
    change: Change,
}

#[derive(Subcommand, Debug)]
enum Change {
    /// Switch policies on from now; those that are on already are left alone
    Enable(On),
    /// Switch policies off; `enabled_at` stays
    Disable(On),
    /// Alarm for some days from now, then intercept
    Observe {
        #[command(flatten)]
        on: On,
        /// How many days of 24 hours
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
    },
    /// Intercept without observing
    Immediate(On),
    /// Alarm for good
    Alarm(On),
}

/// Which policies of which document.
#[derive(clap::Args, Debug)]
struct On {
    /// The policy document; `-` reads standard input and prints the result
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Ids of the policies
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// Print the edited document and leave the file alone
    #[arg(long)]
    stdout: bool,

    #[command(flatten)]
    now: Now,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let on = match &args.change {
        Change::Enable(on) | Change::Disable(on) | Change::Immediate(on) | Change::Alarm(on) => on,
        Change::Observe { on, .. } => on,
    };
    let now = on.now.instant()?;
    let source = context.inputs.read(&on.file)?;
    let set = parse(&source)?;
    let numbers = numbers(&source.name, &set, &on.ids)?;
    let original = std::str::from_utf8(&source.bytes)
        .map_err(|_| Failure::new(format!("{}: the document is not UTF-8 text", source.name)))?;
    let mut text = original.to_owned();
    for (number, policy) in &numbers {
        text = edited(&text, *number, policy, &args.change, now).ok_or_else(|| {
            let id = quote(policy.id());
            Failure::new(format!("{}: policy {id} could not be found in the text", source.name))
        })?;
    }
    let edited = Source { name: source.name.clone(), bytes: text.into_bytes() };
    let edited_set = parse(&edited).map_err(|mut failure| {
        for sentence in &mut failure.sentences {
            sentence.push_str(" (the edited document would not load; nothing was changed)");
        }
        failure
    })?;
    let mut remarks = String::new();
    for (number, before) in &numbers {
        let Some(after) = edited_set.policies().get(*number) else { continue };
        let unchanged = source.bytes == edited.bytes || is_same(before, after);
        remarks.push_str(&remark(&args.change, before, after, unchanged, now));
    }
    let changed = source.bytes != edited.bytes;
    if on.stdout || is_stdin(&on.file) {
        let stdout = String::from_utf8_lossy(&edited.bytes).into_owned();
        return Ok(Report { stdout, stderr: remarks, ..Report::default() });
    }
    if changed {
        write(&on.file, &edited.bytes)
            .map_err(|error| Failure::new(format!("{}: cannot be written: {error}", source.name)))?;
    }
    Ok(Report::of(remarks))
}

fn parse(source: &Source) -> Result<PolicySet, Failure> {
    PolicySet::parse(&source.bytes).map_err(|error| Failure::in_document(&source.name, &error))
}

/// The policies with these ids and their places in the document.
fn numbers<'s>(file: &str, set: &'s PolicySet, ids: &[String]) -> Result<Vec<(usize, &'s Policy)>, Failure> {
    let mut found: Vec<(usize, &Policy)> = Vec::with_capacity(ids.len());
    let mut failure = Failure::default();
    for id in ids {
        match set.policies().iter().enumerate().find(|(_, policy)| policy.id() == id) {
            Some(entry) if found.iter().any(|(number, _)| *number == entry.0) => {}
            Some(entry) => found.push(entry),
            None => {
                let nearest = nearest(id, set.policies().iter().map(Policy::id));
                let hint = nearest.map(|id| format!(": did you mean {}?", quote(id))).unwrap_or_default();
                failure.add(Failure::new(format!("{file}: there is no policy {}{hint}", quote(id))));
            }
        }
    }
    if failure.is_empty() { Ok(found) } else { Err(failure) }
}

fn nearest<'p>(wanted: &str, ids: impl Iterator<Item = &'p str>) -> Option<&'p str> {
    let scored = ids.map(|id| (strsim::damerau_levenshtein(wanted, id), id));
    let (distance, id) = scored.min_by_key(|(distance, _)| *distance)?;
    // Half of it wrong is another word.
    (distance.saturating_mul(2) <= wanted.chars().count().max(2)).then_some(id)
}

/// The document with one policy changed; as it was if there is nothing to change.
fn edited(text: &str, number: usize, policy: &Policy, change: &Change, now: Timestamp) -> Option<String> {
    let pointer = format!("/policies/{number}");
    let set = |text: &str, name: &str, value: &str| with_member(text, &pointer, name, value, "enabled");
    let enforcement = |members: &[(&str, &str)]| {
        let (colon, comma) = if is_spaced(text, &pointer, "enforcement") { (": ", ", ") } else { (":", ",") };
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("\"{name}\"{colon}{value}")).collect();
        set(text, "enforcement", &format!("{{{}}}", members.join(comma)))
    };
    let from_now = |text: &str| set(text, "enabled_at", &format!("\"{now}\""));
    match change {
        Change::Enable(_) if policy.is_enabled() => Some(text.to_owned()),
        Change::Enable(_) => from_now(&set(text, "enabled", "true")?),
        Change::Disable(_) if !policy.is_enabled() => Some(text.to_owned()),
        Change::Disable(_) => set(text, "enabled", "false"),
        Change::Observe { days, .. } => {
            let days = days.to_string();
            let text = match policy.enforcement() {
                imagegate::Enforcement::Observe { .. } => {
                    with_member(text, &format!("{pointer}/enforcement"), "days", &days, "mode")?
                }
                _ => enforcement(&[("mode", "\"observe\""), ("days", &days)])?,
            };
            // A policy that is off starts to observe when it is switched on.
            if policy.is_enabled() { from_now(&text) } else { Some(text) }
        }
        Change::Immediate(_) if policy.enforcement() == imagegate::Enforcement::Immediate => {
            Some(text.to_owned())
        }
        Change::Immediate(_) => enforcement(&[("mode", "\"immediate\"")]),
        Change::Alarm(_) if policy.enforcement() == imagegate::Enforcement::Alarm => Some(text.to_owned()),
        Change::Alarm(_) => enforcement(&[("mode", "\"alarm\"")]),
    }
}

fn is_same(before: &Policy, after: &Policy) -> bool {
    before.is_enabled() == after.is_enabled()
        && before.enforcement() == after.enforcement()
        && before.intercepts_from() == after.intercepts_from()
}

/// What was done, in one line.
fn remark(change: &Change, before: &Policy, after: &Policy, unchanged: bool, now: Timestamp) -> String {
    let id = quote(after.id());
    let done = match change {
        Change::Enable(_) if before.is_enabled() => "was enabled already, left alone",
        Change::Enable(_) => "enabled",
        Change::Disable(_) if !before.is_enabled() => "was disabled already, left alone",
        Change::Disable(_) => "disabled",
        Change::Observe { .. } => "observes",
        Change::Immediate(_) if unchanged => "was immediate already, left alone",
        Change::Immediate(_) => "is immediate",
        Change::Alarm(_) if unchanged => "only alarmed already, left alone",
        Change::Alarm(_) => "only alarms",
    };
    let status = match (after.status(now), after.intercepts_from()) {
        (Status::Disabled, _) => match change {
            Change::Disable(_) => String::new(),
            _ => "; it is disabled".to_owned(),
        },
        (Status::Pending, Some(from)) => format!("; pending, intercepts from {from}"),
        (Status::Observing, Some(from)) => format!("; observing, intercepts from {from}"),
        (Status::Effective, Some(from)) => format!("; intercepts since {from}"),
        (_, None) => "; it never intercepts".to_owned(),
    };
    format!("{id} {done}{status}\n")
}

/// Replaces the file in one step, behind a symbolic link if there is one, with the permissions it has.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".imagegate-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}
