//! `imagegate schema`

use crate::exit::Report;
use clap::ValueEnum;

/// Prints the JSON Schema of a document
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate schema policy > policy.schema.json")]
pub(crate) struct Args {
    /// Which document
    #[arg(value_enum)]
    document: Document,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// Policy set
    Policy,
    /// Scan profile
    Profile,
    /// Launch
    Launch,
    /// Decision
    Decision,
}

pub(crate) fn run(args: &Args) -> Report {
    let schema = match args.document {
        Document::Policy => imagegate::schema::POLICY,
        Document::Profile => imagegate::schema::PROFILE,
        Document::Launch => imagegate::schema::LAUNCH,
        Document::Decision => imagegate::schema::DECISION,
    };
    Report::of(format!("{}\n", schema.trim_end()))
}
