//! `imagegate launch`

use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::LaunchOptions;
use crate::profile::documents_to_json;
use std::path::PathBuf;

/// Shows a launch as imagegate understands it
///
/// Prints the launch in imagegate's own form, with the privileges that were derived from it; an array of them if the
/// document holds several launches.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate launch create.json
  docker inspect web | imagegate launch -")]
pub(crate) struct Args {
    /// The launch; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    options: LaunchOptions,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let launches = context.inputs.launches(&args.file, &args.options)?;
    let documents: Vec<_> = launches.iter().map(|launch| launch.document()).collect();
    documents_to_json(&documents)
}
