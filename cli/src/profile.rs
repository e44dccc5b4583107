//! `imagegate profile`

use crate::Context;
use crate::exit::{Failure, Failures, Report};
use crate::input::{ProfileOptions, stdin_once};
use imagegate::ScanProfile;
use serde::Serialize;
use std::path::PathBuf;

/// Shows a scan report as imagegate understands it
///
/// Prints the scan profile in imagegate's own form; an array of them if the report is about several images. Several
/// reports are merged into one, and must be about the same image.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  imagegate profile trivy.json
  imagegate profile trivy.json clamav.txt --enrich known_exploited_vulnerabilities.json --enrich epss.csv.gz
  imagegate profile filesystem.json --image registry.example.com/shop/cart:1.4.2")]
pub(crate) struct Args {
    /// The scan report, or a folder of reports; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    options: ProfileOptions,
}

pub(crate) fn run(args: &Args, context: &mut Context<'_>) -> Result<Report, Failure> {
    stdin_once(args.files.iter().chain(args.options.files()))?;
    let mut failures = Failures::default();
    let mut read: Vec<(String, ScanProfile)> = Vec::new();
    for path in &args.files {
        read.extend(failures.take(context.inputs.profiles_at(path, &args.options)).into_iter().flatten());
    }
    let knowledge = failures.take(context.inputs.knowledge(&args.options));
    let Some(knowledge) = knowledge else { return Err(failures.into_failure()) };
    failures.check()?;
    let is_one_report = args.files.len() == 1 && !args.files.iter().any(|path| path.is_dir());
    let mut profiles: Vec<ScanProfile> = Vec::new();
    for (file, profile) in read {
        let merged = match profiles.last() {
            Some(last) if !is_one_report => last.merge(&profile),
            _ => Ok(profile),
        };
        let merged = merged.map_err(|error| Failure::in_document(&file, &error))?;
        if !is_one_report {
            profiles.clear();
        }
        profiles.push(merged);
    }
    let known: Result<Vec<ScanProfile>, _> =
        profiles.iter().map(|profile| knowledge.apply(profile)).collect();
    let profiles = known.map_err(|error| Failure::new(error.to_string()))?;
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
