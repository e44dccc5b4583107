//! `imagegate decide`

use crate::exit::{self, Failure, Report};
use crate::input::Format;
use crate::judge::{Documents, Starts};
use crate::recording::Recording;
use crate::style::{Dress, one_line};
use crate::{Context, errors, warnings_of};
use imagegate::{Action, Decision, Launch, LaunchDecision, Role, decisions_to_json};
use std::fmt::Write as _;

/// Decides whether a container may start
///
/// Reads the policies, what scanners found in the image, and how the container is about to start, in any format
/// that imagegate knows. `-` reads standard input. Without `--profile` the image is judged as one that nobody
/// scanned.
///
/// A document with several launches (`docker inspect` of several containers, a Pod) gives one decision each. Among
/// several launches or scan reports, each launch takes the reports of its own image, by id or digest, else by name; a
/// report of that name but of another id is an error, and an image without any report counts as not scanned.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate decide --policies policies.json --profile trivy.json --launch create.json
  docker inspect web | imagegate decide --policies policies.json --profile trivy.json --launch -
  imagegate decide --policies p.json --profile scan.json --launch l.json --now 2026-11-24T06:00:00Z --format json
  imagegate decide --policies p.json --launch l.json --events events.db --events-spool missed.ndjson

Exit codes: 0 allow or alarm (--alarm-exit-code changes alarm), 1 intercept, 2 error: nothing was decided.
Of several launches: 2 if one could not be judged, else 1 if one is intercepted.")]
pub(crate) struct Args {
    #[command(flatten)]
    documents: Documents,

    /// How to print the decision
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    recording: Recording,

    /// Exit code of a launch that is only alarmed
    #[arg(long, value_name = "N", default_value_t = exit::OK)]
    alarm_exit_code: u8,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let Starts { now, file, starts, warnings } = args.documents.read(context)?;
    let code_of = |action| match action {
        Some(Action::Intercept) => exit::INTERCEPTED,
        Some(Action::Alarm) => args.alarm_exit_code,
        Some(Action::Allow) => exit::OK,
        None => exit::ERROR,
    };
    if let [start] = starts.as_slice() {
        let assessment = start.assessment.as_ref().map_err(|error| Failure::in_document(&file, error))?;
        let decision =
            assessment.decide(&start.launch, now).map_err(|error| Failure::in_document(&file, &error))?;
        let report = match args.format {
            Format::Json => Report::of_json(decision.to_json()),
            Format::Text => {
                let mut text = String::new();
                // Writing into a string cannot fail.
                let _ = decision.write_text(&mut text, &context.dress);
                Report::of(text)
            }
        };
        let not_recorded = args.recording.record(&[&decision]);
        let stderr =
            warnings_of(context.error_dress, &warnings) + &errors(context.error_dress, &not_recorded);
        return Ok(Report { stderr, ..report.with_code(code_of(Some(decision.action()))) });
    }
    let mut failure = Failure::default();
    let mut decisions = Vec::with_capacity(starts.len());
    let mut launches = Vec::with_capacity(starts.len());
    for start in starts {
        let container = start.launch.document().container.name.clone();
        let result = start.assessment.and_then(|assessment| assessment.decide(&start.launch, now));
        if let Err(error) = &result {
            let place = container.as_deref().map(|name| format!("{file}: container {}", one_line(name)));
            failure.add(Failure::in_document(place.as_ref().unwrap_or(&file), error));
        }
        decisions.push(LaunchDecision { container, result });
        launches.push(start.launch);
    }
    let report = match args.format {
        Format::Json => Report::of_json(decisions_to_json(&decisions)),
        Format::Text => Report::of(text(context.dress, &launches, &decisions)),
    };
    let code = code_of(LaunchDecision::overall(&decisions));
    let made: Vec<&Decision> = decisions.iter().filter_map(|one| one.result.as_ref().ok()).collect();
    failure.add(args.recording.record(&made));
    let stderr = warnings_of(context.error_dress, &warnings) + &errors(context.error_dress, &failure);
    Ok(Report { stderr, ..report.with_code(code) })
}

/// One block a container, and a line over all.
fn text(dress: Dress, launches: &[Launch], decisions: &[LaunchDecision]) -> String {
    let mut text = String::new();
    let (mut counts, mut not_judged) = ([0_usize; 3], 0_usize);
    for (launch, one) in launches.iter().zip(decisions) {
        match &one.result {
            Ok(decision) => {
                let _ = decision.write_text(&mut text, &dress);
                let [intercepted, alarmed, allowed] = &mut counts;
                let count = match decision.action() {
                    Action::Intercept => intercepted,
                    Action::Alarm => alarmed,
                    Action::Allow => allowed,
                };
                *count = count.saturating_add(1);
            }
            Err(error) => {
                not_judged = not_judged.saturating_add(1);
                let image = &launch.document().image;
                let image = image.reference.as_deref().or(image.id.as_deref()).unwrap_or_default();
                text.push_str(&dress.dressed(Role::Intercept, "NOT JUDGED"));
                let _ = write!(text, "  {}", dress.dressed(Role::Strong, &one_line(image)));
                if let Some(container) = &one.container {
                    let _ = write!(text, "  container {}", one_line(container));
                }
                let _ = writeln!(text, "\n{}", one_line(&error.to_string()));
            }
        }
        text.push('\n');
    }
    let (role, word) = match LaunchDecision::overall(decisions) {
        Some(Action::Intercept) => (Role::Intercept, "INTERCEPT"),
        Some(Action::Alarm) => (Role::Alarm, "ALARM"),
        Some(Action::Allow) => (Role::Allow, "ALLOW"),
        None => (Role::Intercept, "NOT JUDGED"),
    };
    let [intercepted, alarmed, allowed] = counts;
    let _ = write!(text, "Overall {}: {} containers, ", dress.dressed(role, word), decisions.len());
    let parts = [
        (intercepted, "intercepted"),
        (alarmed, "alarmed"),
        (allowed, "allowed"),
        (not_judged, "not judged"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let _ = writeln!(text, "{}", parts.join(", "));
    text
}
