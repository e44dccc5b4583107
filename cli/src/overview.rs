//! `imagegate overview`

use crate::Context;
use crate::exit::{Failure, Report};
use crate::explain::json;
use crate::input::{Format, Now};
use crate::style::{Cell, one_line, table};
use imagegate::{Enforcement, Overview, Policy, PolicyType, Role, Status, Timestamp};
use serde::Serialize;
use std::path::PathBuf;

/// Counts the policies of a document and shows their status
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate overview policies.json
  imagegate overview policies.json --now 2026-12-01T00:00:00Z --format json")]
pub(crate) struct Args {
    /// The policy document
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    now: Now,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document<'o> {
    version: u32,
    at: Timestamp,
    policy_set: SetRef<'o>,
    overview: Overview,
    policies: Vec<Row<'o>>,
}

#[derive(Serialize)]
struct SetRef<'o> {
    revision: &'o str,
    label: Option<&'o str>,
}

#[derive(Serialize)]
struct Row<'o> {
    id: &'o str,
    name: &'o str,
    #[serde(rename = "type")]
    kind: PolicyType,
    status: Status,
    intercepts_from: Option<Timestamp>,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let now = args.now.instant()?;
    let set = context.inputs.policies(&args.file)?;
    let overview = set.overview(now);
    if args.format == Format::Json {
        return Ok(Report::of_json(json(&Document {
            version: 1,
            at: now,
            policy_set: SetRef { revision: set.revision(), label: set.label() },
            overview,
            policies: set.policies().iter().map(|policy| row(policy, now)).collect(),
        })?));
    }
    let label = set.label().map(|label| format!(" ({})", one_line(label))).unwrap_or_default();
    let mut text = format!(
        "{} policies, {} enabled: {} pending, {} observing, {} effective\n",
        overview.all, overview.enabled, overview.pending, overview.observing, overview.effective
    );
    let revision = set.revision().get(..12).unwrap_or_default();
    text.push_str(&context.dress.dressed(Role::Faint, &format!("at {now}, policy set {revision}{label}")));
    text.push('\n');
    if overview.all > 0 {
        let rows: Vec<Vec<Cell>> = set
            .policies()
            .iter()
            .map(|policy| {
                let status = policy.status(now);
                let from =
                    policy.intercepts_from().map_or_else(|| "never".to_owned(), |from| from.to_string());
                vec![
                    Cell::of(Role::Strong, policy.id()),
                    Cell::plain(policy.policy_type().as_str()),
                    match status {
                        Status::Effective => Cell::of(Role::Intercept, status.as_str()),
                        Status::Observing => Cell::of(Role::Alarm, status.as_str()),
                        _ => Cell::plain(status.as_str()),
                    },
                    Cell::plain(&enforcement(policy.enforcement())),
                    Cell::plain(&from),
                    Cell::plain(policy.name()),
                ]
            })
            .collect();
        text.push('\n');
        let head = ["POLICY", "TYPE", "STATUS", "ENFORCEMENT", "INTERCEPTS FROM", "NAME"];
        text.push_str(&table(context.dress, &head, &rows));
    }
    Ok(Report::of(text))
}

fn row(policy: &Policy, now: Timestamp) -> Row<'_> {
    Row {
        id: policy.id(),
        name: policy.name(),
        kind: policy.policy_type(),
        status: policy.status(now),
        intercepts_from: policy.intercepts_from(),
    }
}

fn enforcement(enforcement: Enforcement) -> String {
    match enforcement {
        Enforcement::Immediate => "immediate".to_owned(),
        Enforcement::Observe { days: 1 } => "observe 1 day".to_owned(),
        Enforcement::Observe { days } => format!("observe {days} days"),
        Enforcement::Alarm => "alarm".to_owned(),
    }
}
