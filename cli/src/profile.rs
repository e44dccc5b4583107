//! `imagegate profile`

use crate::Context;
use crate::exit::{Failure, Report};
use crate::input::ProfileOptions;
use serde::Serialize;
use std::path::PathBuf;

/// Shows a scan report as imagegate understands it
///
/// Prints the scan profile in imagegate's own form; an array of them if the report is about several images.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate profile trivy.json
  imagegate profile filesystem.json --image registry.example.com/shop/cart:1.4.2")]
pub(crate) struct Args {
    /// The scan report; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    options: ProfileOptions,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    let profiles = context.inputs.profiles(&args.file, &args.options)?;
    let documents: Vec<_> = profiles.iter().map(|profile| profile.document()).collect();
    documents_to_json(&documents)
}

/// One document, or an array of several, for people to read.
pub(crate) fn documents_to_json<T: Serialize>(documents: &[T]) -> Result<Report, Failure> {
    let json = match documents {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    };
    let json = json.map_err(|error| Failure::new(format!("the answer has no JSON form: {error}")))?;
    Ok(Report::of_json(json))
}
