//! `imagegate events list`

use super::{Db, failed, role_of};
use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::{Format, Now};
use crate::style::{Cell, Dress, table};
use clap::ValueEnum;
use imagegate::{
    Action, EventMode, EventPage, EventPlace, EventQuery, EventRow, EventSearch, EventSort, EventType, Role,
    SearchField, Timestamp,
};

/// Lists events, latest first
///
/// Keywords are parts of texts, without regard to case; `%`, `_`, `*` and quotes are plain characters. All that is
/// given must hold.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate events list --db events.db --search cart
  imagegate events list --db events.db --type risky_image --action alarm --from 2026-11-20T00:00:00Z
  imagegate events list --db events.db --node node-7 --sort count --limit 10 --total")]
pub(crate) struct Args {
    #[command(flatten)]
    db: Db,

    /// Only this type
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    event_type: Option<Type>,

    /// Only this action
    #[arg(long, value_name = "ACTION", value_enum)]
    action: Option<Did>,

    /// Only events that came to be so
    #[arg(long, value_name = "MODE", value_enum)]
    mode: Option<Mode>,

    /// Latest time not before this
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    from: Option<Timestamp>,

    /// Latest time before this
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    until: Option<Timestamp>,

    /// Keyword in any of the fields below
    #[arg(long, value_name = "TEXT")]
    search: Vec<String>,

    /// Keyword in the id or name of the policy
    #[arg(long, value_name = "TEXT")]
    policy: Vec<String>,

    /// Keyword in the name of the image
    #[arg(long, value_name = "TEXT")]
    image_name: Vec<String>,

    /// Keyword in the id or digest of the image
    #[arg(long, value_name = "TEXT")]
    image_id: Vec<String>,

    /// Keyword in the name of a node
    #[arg(long, value_name = "TEXT")]
    node: Vec<String>,

    /// Keyword in the internal IP address of a node
    #[arg(long, value_name = "TEXT")]
    internal_ip: Vec<String>,

    /// Keyword in the public IP address of a node
    #[arg(long, value_name = "TEXT")]
    public_ip: Vec<String>,

    /// What comes first
    #[arg(long, value_enum, default_value_t = Sort::Latest)]
    sort: Sort,

    /// The least first
    #[arg(long)]
    ascending: bool,

    /// Events of a page, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = EventQuery::DEFAULT_LIMIT)]
    limit: u32,

    /// The page after this one: the `next` of the page before
    #[arg(long, value_name = "PLACE", value_parser = EventPlace::parse)]
    after: Option<EventPlace>,

    /// Also count all events that match
    #[arg(long)]
    total: bool,

    #[command(flatten)]
    now: Now,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the words of the documents")]
enum Type {
    RiskyImage,
    PrivilegedImage,
    UnscannedImage,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Did {
    Intercept,
    Alarm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Mode {
    Enforced,
    BreakGlass,
    FailedOpen,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    Latest,
    Count,
}

impl Args {
    fn query(&self) -> EventQuery {
        let fields = [
            (None, &self.search),
            (Some(SearchField::Policy), &self.policy),
            (Some(SearchField::ImageName), &self.image_name),
            (Some(SearchField::ImageId), &self.image_id),
            (Some(SearchField::Node), &self.node),
            (Some(SearchField::InternalIp), &self.internal_ip),
            (Some(SearchField::PublicIp), &self.public_ip),
        ];
        let search = fields.into_iter().flat_map(|(field, keywords)| {
            keywords.iter().map(move |keyword| EventSearch { field, keyword: keyword.clone() })
        });
        EventQuery {
            event_type: self.event_type.map(|one| match one {
                Type::RiskyImage => EventType::RiskyImage,
                Type::PrivilegedImage => EventType::PrivilegedImage,
                Type::UnscannedImage => EventType::UnscannedImage,
            }),
            action: self.action.map(|one| match one {
                Did::Intercept => Action::Intercept,
                Did::Alarm => Action::Alarm,
            }),
            mode: self.mode.map(|one| match one {
                Mode::Enforced => EventMode::Enforced,
                Mode::BreakGlass => EventMode::BreakGlass,
                Mode::FailedOpen => EventMode::FailedOpen,
            }),
            from: self.from,
            until: self.until,
            search: search.collect(),
            sort: match self.sort {
                Sort::Latest => EventSort::Latest,
                Sort::Count => EventSort::Count,
            },
            ascending: self.ascending,
            limit: Some(self.limit),
            after: self.after,
            count_all: self.total,
        }
    }
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let now = args.now.instant()?;
    let page = args.db.look()?.list(&args.query(), now).map_err(|error| failed(&error))?;
    Ok(match args.format {
        Format::Json => Report::of_json(page.to_json()),
        Format::Text => Report::of(text(context.dress, &page)),
    })
}

fn text(dress: Dress, page: &EventPage) -> String {
    let mut text = String::new();
    if page.rows.is_empty() {
        text.push_str("no events\n");
    } else {
        let head = ["LATEST", "ACTION", "TYPE", "COUNT", "POLICY", "IMAGE", "NODES", "KEY"];
        let rows: Vec<Vec<Cell>> = page.rows.iter().map(row).collect();
        text.push_str(&table(dress, &head, &rows));
    }
    let mut remarks = Vec::new();
    if let Some(total) = page.total {
        remarks.push(format!("{total} in all"));
    }
    if let Some(next) = &page.next {
        remarks.push(format!("more: --after {next}"));
    }
    if !remarks.is_empty() {
        text.push_str(&dress.dressed(Role::Faint, &remarks.join(", ")));
        text.push('\n');
    }
    text
}

fn row(row: &EventRow) -> Vec<Cell> {
    let last = &row.last;
    let image = last.image();
    let image = image.name.as_ref().or(image.id.as_ref()).or(image.digest.as_ref());
    let mut action = last.action().as_str().to_owned();
    for mode in row.modes.iter().filter(|mode| **mode != EventMode::Enforced) {
        action.push_str(&format!(" ({})", mode.as_str()));
    }
    let first = row.nodes.iter().find_map(|node| node.name.as_deref().or(node.internal_ip.as_deref()));
    let nodes = match (first, row.nodes_total()) {
        (Some(first), 1) => first.to_owned(),
        (Some(first), total) => format!("{first} +{}", total.saturating_sub(1)),
        (None, 0) => "-".to_owned(),
        (None, total) => total.to_string(),
    };
    vec![
        Cell::plain(&row.latest_at().to_string()),
        Cell::of(role_of(last.action()), &action),
        Cell::plain(last.event_type().as_str()),
        Cell::plain(&row.count.to_string()),
        Cell::of(Role::Strong, &last.policy().id),
        Cell::plain(image.map_or("-", String::as_str)),
        Cell::plain(&nodes),
        Cell::of(Role::Faint, last.aggregation_key().as_str()),
    ]
}
