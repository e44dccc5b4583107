//! `imagegate explain`

use crate::exit::{self, Failure, Report};
use crate::input::Format;
use crate::judge::{Documents, Start, Starts};
use crate::style::{Cell, Dress, one_line, table};
use crate::{Context, errors, warnings_of};
use imagegate::{Explanation, Outcome, Role};
use serde::Serialize;
use std::fmt::Write as _;

/// Says for every policy why it did or did not hit
///
/// Takes what `decide` takes. For several launches the answer is one block, or one member of `explanations`, each.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate explain --policies policies.json --profile trivy.json --launch create.json
  imagegate explain --policies policies.json --launch create.json --format json

Exit codes: 0 explained, 2 error.")]
pub(crate) struct Args {
    #[command(flatten)]
    documents: Documents,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document<'e> {
    version: u32,
    explanations: &'e [One],
}

#[derive(Serialize)]
struct One {
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<Vec<Explanation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let Starts { now, file, starts, warnings } = args.documents.read(context)?;
    let explain = |start: &Start| match &start.assessment {
        Ok(assessment) => assessment.explain(&start.launch, now),
        Err(error) => Err(error.clone()),
    };
    if let [start] = starts.as_slice() {
        let explanations = explain(start).map_err(|error| Failure::in_document(&file, &error))?;
        let report = match args.format {
            Format::Json => Report::of_json(Explanation::list_to_json(&explanations)),
            Format::Text => Report::of(text(context.dress, start, &explanations)),
        };
        return Ok(Report { stderr: warnings_of(context.error_dress, &warnings), ..report });
    }
    let mut failure = Failure::default();
    let mut list = Vec::with_capacity(starts.len());
    let mut blocks = Vec::with_capacity(starts.len());
    for start in &starts {
        let container = start.launch.document().container.name.clone();
        list.push(match explain(start) {
            Ok(explanations) => {
                blocks.push(text(context.dress, start, &explanations));
                One { container, policies: Some(explanations), error: None }
            }
            Err(error) => {
                let place = container.as_deref().map(|name| format!("{file}: container {}", one_line(name)));
                failure.add(Failure::in_document(place.as_ref().unwrap_or(&file), &error));
                One { container, policies: None, error: Some(error.to_string()) }
            }
        });
    }
    let report = match args.format {
        Format::Json => Report::of_json(json(&Document { version: 1, explanations: &list })?),
        Format::Text => Report::of(blocks.join("\n")),
    };
    let code = if failure.is_empty() { exit::OK } else { exit::ERROR };
    let stderr = warnings_of(context.error_dress, &warnings) + &errors(context.error_dress, &failure);
    Ok(Report { stderr, ..report.with_code(code) })
}

/// A document of ours as one line of JSON.
pub(crate) fn json(document: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(document)
        .map_err(|error| Failure::new(format!("the answer has no JSON form: {error}")))
}

fn text(dress: Dress, start: &Start, explanations: &[Explanation]) -> String {
    let document = start.launch.document();
    let image = &document.image;
    let image = image.reference.as_deref().or(image.id.as_deref()).or(image.digest.as_deref());
    let mut text = dress.dressed(Role::Strong, &one_line(image.unwrap_or_default()));
    if let Some(container) = &document.container.name {
        let _ = write!(text, "  container {}", one_line(container));
    }
    if matches!(&start.assessment, Ok(assessment) if assessment.profile().is_none()) {
        text.push_str("  (nobody scanned it)");
    }
    text.push('\n');
    if explanations.is_empty() {
        text.push_str("The set has no policies.\n");
        return text;
    }
    let rows: Vec<Vec<Cell>> = explanations
        .iter()
        .map(|one| {
            let outcome = one.outcome.as_str();
            vec![
                match one.outcome {
                    Outcome::Intercept => Cell::of(Role::Intercept, outcome),
                    Outcome::Alarm => Cell::of(Role::Alarm, outcome),
                    _ => Cell::plain(outcome),
                },
                Cell::of(Role::Strong, &one.policy.id),
                Cell::plain(one.policy.kind.as_str()),
                Cell::plain(one.policy.status.as_str()),
                Cell::plain(&one.detail),
            ]
        })
        .collect();
    text.push_str(&table(dress, &["OUTCOME", "POLICY", "TYPE", "STATUS", "WHY"], &rows));
    text
}
