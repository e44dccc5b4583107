//! `imagegate events show`

use super::{Db, failed, role_of};
use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::{Format, Now};
use crate::style::{Dress, one_line};
use imagegate::{AggregationKey, EventMode, EventRow, Role};
use std::fmt::Write as _;

/// Nodes that are listed for people.
const NODES: usize = 20;

/// Shows one event: policy, images and nodes, launch parameters, what is wrong and what to do
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The aggregation key of the event
    #[arg(value_name = "KEY", value_parser = AggregationKey::parse)]
    key: AggregationKey,

    #[command(flatten)]
    db: Db,

    #[command(flatten)]
    now: Now,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let now = args.now.instant()?;
    let row = args.db.look()?.detail(args.key, now).map_err(|error| failed(&error))?;
    let Some(row) = row else {
        return Err(Failure::new(format!("there is no event `{}`, or it is expired", args.key)));
    };
    Ok(match args.format {
        Format::Json => Report::of_json(row.to_json()),
        Format::Text => Report::of(text(context.dress, &row)),
    })
}

fn text(dress: Dress, row: &EventRow) -> String {
    let last = &row.last;
    let mut text = dress.dressed(role_of(last.action()), &last.action().as_str().to_uppercase());
    let _ = writeln!(
        text,
        "  {} {}",
        last.event_type().as_str(),
        dress.dressed(Role::Faint, last.aggregation_key().as_str())
    );
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            // Writing into a string cannot fail.
            let _ =
                writeln!(text, "{}{}", dress.dressed(Role::Faint, &format!("{name:<14}")), one_line(value));
        }
    };
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    line("count", &row.count.to_string());
    line("first", &row.first_at.to_string());
    line("latest", &row.latest_at().to_string());
    for mode in row.modes.iter().filter(|mode| **mode != EventMode::Enforced) {
        line("mode", mode.as_str());
    }
    line("reason", &optional(&last.context().reason));
    line("source", &optional(&last.context().source));
    let policy = last.policy();
    let from = policy.intercepts_from.map(|from| format!(", intercepts from {from}")).unwrap_or_default();
    line("policy", &format!("{} [{}] {}{from}", policy.name, policy.id, policy.status));
    let image = last.image();
    line("image", &optional(&image.name));
    line("image id", &optional(&image.id));
    line("image digest", &optional(&image.digest));
    for node in row.nodes.iter().take(NODES) {
        let parts = [&node.name, &node.internal_ip, &node.public_ip, &node.cluster];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        line("node", &parts.join("  "));
    }
    let more = row.nodes_total().saturating_sub(row.nodes.len().min(NODES) as u64);
    if more > 0 {
        line("", &format!("and {more} more nodes"));
    }
    let launch = last.launch();
    let pod = [&launch.pod.namespace, &launch.pod.name].into_iter().flatten().map(String::as_str);
    line("pod", &pod.collect::<Vec<_>>().join("/"));
    let container = &launch.container;
    line("container", &optional(&container.name));
    line("command", &container.command.join(" "));
    line("user", &optional(&container.user));
    line("privileges", &launch.privileges.join(", "));
    line("mounts", &container.mounts.join(", "));
    line("devices", &container.devices.join(", "));
    line("ports", &container.ports.join(", "));
    line("environment", &container.environment.join(", "));
    for evidence in last.evidence() {
        let excused =
            if evidence.excused > 0 { format!(" ({} excused)", evidence.excused) } else { String::new() };
        let names: Vec<&str> = evidence.findings.iter().map(|finding| finding.name.as_str()).collect();
        let what = evidence.category.as_str();
        line("evidence", &format!("{} {what}{excused}: {}", evidence.total, names.join(", ")));
    }
    line("risk", last.risk_description());
    line("solution", last.solution());
    if last.is_truncated() {
        line("", "long texts and lists are cut");
    }
    text
}
