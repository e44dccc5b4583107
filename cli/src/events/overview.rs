//! `imagegate events overview`

use super::{Db, failed};
use crate::Context;
use crate::exit::{Failure, Report};
use crate::explain::json;
use crate::input::{Format, Now};
use crate::style::Dress;
use imagegate::{DayCounts, DayOffset, EventOverview, Overview, Role};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Columns of the chart's longest bar.
const BAR: u64 = 40;

/// Today, the last seven days, and all that is kept, in figures
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    db: Db,

    /// The policies, to count them too and to know when a day begins
    #[arg(long, value_name = "FILE")]
    policies: Option<PathBuf>,

    /// When a day begins, such as +08:00; that of the policies if left out, else +00:00
    #[arg(long, value_name = "OFFSET", value_parser = DayOffset::parse, allow_hyphen_values = true)]
    day_utc_offset: Option<DayOffset>,

    #[command(flatten)]
    now: Now,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document<'o> {
    version: u32,
    events: &'o EventOverview,
    policies: Option<Overview>,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let now = args.now.instant()?;
    let set = args.policies.as_deref().map(|path| context.inputs.policies(path)).transpose()?;
    let of_set = set.as_ref().map(imagegate::PolicySet::day_offset);
    let offset = args.day_utc_offset.or(of_set).unwrap_or_default();
    let mut store = args.db.look()?;
    let events = store.overview(now, offset).map_err(|error| failed(&error))?;
    let policies = set.map(|set| set.overview(now));
    if args.format == Format::Json {
        return Ok(Report::of_json(json(&Document { version: 1, events: &events, policies })?));
    }
    Ok(Report::of(text(context.dress, &events, policies)))
}

fn text(dress: Dress, events: &EventOverview, policies: Option<Overview>) -> String {
    let mut text = String::new();
    let mut counts = |what: &str, intercepted: u64, alarmed: u64| {
        let intercepted = dress.dressed(Role::Intercept, &format!("{intercepted} intercepted"));
        let alarmed = dress.dressed(Role::Alarm, &format!("{alarmed} only alarmed"));
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{what:<18}{intercepted}, {alarmed}");
    };
    let (today, total) = (&events.today, &events.total);
    counts(&format!("Today {}", today.day), today.counts.intercepted, today.counts.alarmed);
    counts("All that is kept", total.intercepted, total.alarmed);
    if let Some(policies) = policies {
        let _ = writeln!(
            text,
            "{:<18}{} policies, {} enabled: {} pending, {} observing, {} effective",
            "Policies",
            policies.all,
            policies.enabled,
            policies.pending,
            policies.observing,
            policies.effective
        );
    }
    text.push('\n');
    text.push_str(&chart(dress, &events.series));
    text.push('\n');
    text.push_str(&dress.dressed(Role::Faint, &format!("at {}, {} events", events.at, events.rows)));
    text.push('\n');
    text
}

/// A bar a day: what was intercepted, then what was only alarmed.
fn chart(dress: Dress, series: &[DayCounts]) -> String {
    let sum = |day: &DayCounts| day.counts.intercepted.saturating_add(day.counts.alarmed);
    let most = series.iter().map(sum).max().unwrap_or_default().max(1);
    // What happened at all is seen.
    let columns = |count: u64| count.saturating_mul(BAR).div_ceil(most);
    let bar = |sign: &str, count: u64| sign.repeat(usize::try_from(columns(count)).unwrap_or_default());
    let title = format!("{:<10}  {:>11}  {:>8}", "DAY", "INTERCEPTED", "ALARMED");
    let mut text = dress.dressed(Role::Faint, &title) + "\n";
    for day in series {
        let counts = day.counts;
        let line = format!("{}  {:>11}  {:>8}  ", day.day, counts.intercepted, counts.alarmed);
        text.push_str(&line);
        for (role, bar) in
            [(Role::Intercept, bar("█", counts.intercepted)), (Role::Alarm, bar("▒", counts.alarmed))]
        {
            if !bar.is_empty() {
                text.push_str(&dress.dressed(role, &bar));
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
