//! `imagegate-agent put`: files scan reports where a start finds them.

use imagegate::ImageIdentity;
use imagegate_node::{Config, ProfileFolder, read};
use imagegate_readers::profile;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where everything is
    #[arg(long, value_name = "FILE", default_value = Config::DEFAULT_PATH)]
    config: PathBuf,

    /// The image, for reports that do not say
    #[arg(long, value_name = "REF|ID")]
    image: Option<String>,

    /// Scan reports, in any format that imagegate reads; several about one image belong into one call of
    /// `imagegate profile`, since the last one replaces those before
    #[arg(value_name = "REPORT", required = true)]
    reports: Vec<PathBuf>,
}

const MAX_BYTES: u64 = 256 << 20;

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let folder = ProfileFolder::new(Config::load(&args.config)?.profiles);
    let mut options = profile::Options::default();
    if let Some(image) = &args.image {
        options = options.with_image(ImageIdentity::of(image).map_err(|error| error.to_string())?);
    }
    for report in &args.reports {
        let bytes = read(report, MAX_BYTES).map_err(|error| error.to_string())?;
        let profiles = profile::parse_all(&bytes, &options);
        for profile in profiles.map_err(|error| format!("{}: {error}", report.display()))? {
            for path in folder.put(&profile).map_err(|error| error.to_string())? {
                println!("{}", path.display());
            }
        }
    }
    Ok(())
}
