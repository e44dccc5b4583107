//! `imagegate check`

use crate::Context;
use crate::exit::{self, Failure, Report, sentence};
use crate::explain::json;
use crate::input::{Format, Source, stdin_once};
use crate::style::{Dress, one_line};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use imagegate::{PolicySet, Position, Problem, Role};
use serde::Serialize;
use std::ops::Range;
use std::path::PathBuf;

/// Validates policy documents
///
/// Tells every problem of every file, with its place, and for good files how many policies they hold.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate check policies.json
  imagegate check --format json policies/*.json

Exit codes: 0 all files are good, 2 at least one is not.")]
pub(crate) struct Args {
    /// The policy documents; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document<'c> {
    version: u32,
    files: &'c [Checked],
}

/// What became of one file.
#[derive(Serialize)]
struct Checked {
    file: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<SetFacts>,
    problems: Vec<ProblemFacts>,
}

#[derive(Serialize)]
struct SetFacts {
    revision: String,
    label: Option<String>,
    policies: usize,
    enabled: usize,
}

#[derive(Serialize)]
struct ProblemFacts {
    code: &'static str,
    pointer: String,
    line: Option<u32>,
    column: Option<u32>,
    message: String,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    stdin_once(&args.files)?;
    let mut report = Report::default();
    let mut files = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let checked = match context.inputs.read(path) {
            Ok(source) => check(&source, context.error_dress, &mut report.stderr),
            Err(failure) => {
                report.stderr.push_str(&crate::errors(context.error_dress, &failure));
                let message = failure.sentences.join("; ");
                let problem = ProblemFacts {
                    code: "unreadable",
                    pointer: String::new(),
                    line: None,
                    column: None,
                    message,
                };
                Checked { file: crate::input::shown(path), ok: false, set: None, problems: vec![problem] }
            }
        };
        if let Some(set) = &checked.set {
            let ok = context.dress.dressed(Role::Allow, "ok");
            let policies = if set.policies == 1 { "policy" } else { "policies" };
            report.stdout.push_str(&format!(
                "{}: {ok}: {} {policies} ({} enabled), revision {}\n",
                checked.file, set.policies, set.enabled, set.revision
            ));
        }
        files.push(checked);
    }
    if files.iter().any(|checked| !checked.ok) {
        report.code = exit::ERROR;
    }
    if args.format == Format::Json {
        let mut document = json(&Document { version: 1, files: &files })?;
        document.push('\n');
        // The document says all of it.
        report = Report::of(document).with_code(report.code);
    }
    Ok(report)
}

fn check(source: &Source, dress: Dress, problems: &mut String) -> Checked {
    let file = source.name.clone();
    match PolicySet::parse(&source.bytes) {
        Ok(set) => {
            let facts = SetFacts {
                revision: set.revision().to_owned(),
                label: set.label().map(str::to_owned),
                policies: set.policies().len(),
                enabled: set.policies().iter().filter(|policy| policy.is_enabled()).count(),
            };
            Checked { file, ok: true, set: Some(facts), problems: Vec::new() }
        }
        Err(error) => {
            for problem in error.problems() {
                problems.push_str(&shown(&file, &source.bytes, problem, dress));
            }
            let count = error.problems().len();
            let problems_noun = if count == 1 { "problem" } else { "problems" };
            let label = dress.dressed(Role::Intercept, "error:");
            problems.push_str(&format!("{label} {file}: {count} {problems_noun}\n"));
            let facts = |problem: &Problem| ProblemFacts {
                code: problem.code,
                pointer: problem.pointer.clone(),
                line: problem.position.map(|position| position.line),
                column: problem.position.map(|position| position.column),
                message: problem.message.clone(),
            };
            Checked { file, ok: false, set: None, problems: error.problems().iter().map(facts).collect() }
        }
    }
}

/// The problem with the line it is in, or in one line where there is no line to show.
fn shown(file: &str, bytes: &[u8], problem: &Problem, dress: Dress) -> String {
    let Some((line, span)) = problem.position.and_then(|position| excerpt(bytes, position)) else {
        let label = dress.dressed(Role::Intercept, &format!("error[{}]:", problem.code));
        return format!("{label} {}\n\n", sentence(file, problem));
    };
    let pointer = one_line(&problem.pointer);
    let line_number = problem.position.map_or(1, |position| position.line);
    let snippet = Snippet::source(line)
        .path(file)
        .line_start(usize::try_from(line_number).unwrap_or(1))
        .annotation(AnnotationKind::Primary.span(span).label(pointer.as_str()));
    let message = one_line(&problem.message);
    let report = &[Level::ERROR.primary_title(message.as_str()).id(problem.code).element(snippet)];
    let renderer = if dress.colour { Renderer::styled() } else { Renderer::plain() };
    format!("{}\n\n", renderer.render(report))
}

/// Longer lines are not shown: a document on one line is no text for people.
const MAX_LINE: usize = 2_000;

/// The line of a position, and the bytes in it that the position is about.
fn excerpt(bytes: &[u8], position: Position) -> Option<(&str, Range<usize>)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (before, after) = text.split_at_checked(position.offset)?;
    let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let end = position.offset.saturating_add(after.find('\n').unwrap_or(after.len()));
    let line = text.get(start..end)?.trim_end_matches('\r');
    let at = position.offset.checked_sub(start)?;
    let rest = line.get(at..)?;
    if line.len() > MAX_LINE {
        return None;
    }
    Some((line, at..at.saturating_add(token_length(rest))))
}

/// The length of the JSON token that `rest` starts with; of a bracket only itself.
fn token_length(rest: &str) -> usize {
    let mut characters = rest.char_indices();
    match characters.next() {
        None => 0,
        Some((_, '"')) => {
            let mut escaped = false;
            for (at, character) in characters {
                match character {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '"' => return at.saturating_add(1),
                    _ => {}
                }
            }
            rest.len()
        }
        Some((_, first)) if first.is_alphanumeric() || first == '-' => rest
            .find(|character: char| !(character.is_alphanumeric() || "+-.".contains(character)))
            .unwrap_or(rest.len()),
        Some((_, first)) => first.len_utf8(),
    }
}
