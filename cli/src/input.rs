//! Reading what the arguments name.

use crate::exit::{Failure, Failures};
use crate::style::one_line;
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use imagegate::{Error, ImageIdentity, Launch, Limits, PolicySet, ScanProfile, Timestamp};
use imagegate_readers::enrich::Enrichment;
use imagegate_readers::vex::{self, Unmatched, Vex};
use imagegate_readers::{launch, profile};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document on one line, equal bytes for equal inputs
    Json,
}

/// How scan reports are read.
#[derive(clap::Args, Debug)]
pub(crate) struct ProfileOptions {
    /// Format of the scan reports; recognised by their shape if left out
    #[arg(long, value_name = "FORMAT", value_parser = profile_formats())]
    profile_format: Option<profile::Format>,

    /// The image that the scan reports are about, for reports that do not say; in a folder, what reports say stands as it is
    #[arg(long, value_name = "REF|ID", value_parser = image)]
    image: Option<ImageIdentity>,

    /// Facts about vulnerabilities that the scan reports leave out: CISA's catalogue of known exploited ones (JSON) or
    /// the scores of EPSS (CSV), compressed with gzip or not; repeatable
    #[arg(long, value_name = "FILE")]
    enrich: Vec<PathBuf>,

    /// What vendors state about vulnerabilities in their products: OpenVEX, CSAF or CycloneDX; it marks findings, and
    /// excuses them only where the policy set's `trust` accepts it; repeatable
    #[arg(long, value_name = "FILE")]
    vex: Vec<PathBuf>,
}

impl ProfileOptions {
    /// The files that the options name.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.enrich.iter().chain(&self.vex)
    }
}

/// What is known of vulnerabilities beside the scan reports.
pub(crate) struct Knowledge {
    enrichments: Vec<Enrichment>,
    vex: Vec<Vex>,
    /// What to call each of the VEX documents in messages.
    vex_names: Vec<String>,
}

impl Knowledge {
    /// The profile with all of it.
    pub(crate) fn apply(&self, profile: &ScanProfile) -> Result<ScanProfile, Error> {
        let profile = self
            .enrichments
            .iter()
            .try_fold(profile.clone(), |profile, enrichment| enrichment.apply(&profile))?;
        if self.vex.is_empty() { Ok(profile) } else { vex::apply(&self.vex, &profile) }
    }

    /// The VEX statements that are about nothing in the profiles, each with its document's name.
    pub(crate) fn unmatched(&self, profiles: &[ScanProfile]) -> Result<Vec<(&str, Unmatched)>, Error> {
        let unmatched = vex::unmatched(&self.vex, profiles)?.into_iter();
        Ok(unmatched.filter_map(|one| Some((self.vex_names.get(one.document)?.as_str(), one))).collect())
    }
}

/// How launches are read.
#[derive(clap::Args, Debug)]
pub(crate) struct LaunchOptions {
    /// Format of the launches; recognised by their shape if left out
    #[arg(long, value_name = "FORMAT", value_parser = launch_formats())]
    launch_format: Option<launch::Format>,
}

/// The instant to judge at.
#[derive(clap::Args, Debug)]
pub(crate) struct Now {
    /// The instant to judge at, as RFC 3339, such as 2026-11-24T06:00:00Z; the current time if left out
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    now: Option<Timestamp>,
}

impl Now {
    /// What was given, or the clock: no other part of imagegate reads it.
    pub(crate) fn instant(&self) -> Result<Timestamp, Failure> {
        if let Some(now) = self.now {
            return Ok(now);
        }
        let wrong = || Failure::new("the clock of this machine cannot be read: give `--now`");
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| wrong())?;
        let seconds = i64::try_from(since.as_secs()).map_err(|_| wrong())?;
        Timestamp::from_unix(seconds, since.subsec_nanos()).map_err(|_| wrong())
    }
}

fn profile_formats() -> impl TypedValueParser<Value = profile::Format> {
    PossibleValuesParser::new(profile::formats().map(profile::Format::as_str))
        .try_map(|name| name.parse::<profile::Format>())
}

fn launch_formats() -> impl TypedValueParser<Value = launch::Format> {
    PossibleValuesParser::new(launch::formats().map(launch::Format::as_str))
        .try_map(|name| name.parse::<launch::Format>())
}

fn image(text: &str) -> Result<ImageIdentity, Error> {
    ImageIdentity::of(text)
}

/// A document and what to call it in messages.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Files and standard input, which can be read once.
pub(crate) struct Inputs<'s> {
    stdin: Option<&'s mut dyn Read>,
}

impl<'s> Inputs<'s> {
    pub(crate) fn new(stdin: &'s mut dyn Read) -> Self {
        Self { stdin: Some(stdin) }
    }

    /// The file, or standard input for `-`.
    pub(crate) fn read(&mut self, path: &Path) -> Result<Source, Failure> {
        let name = shown(path);
        let bytes = if is_stdin(path) {
            let stdin = self
                .stdin
                .take()
                .ok_or_else(|| Failure::new("only one input can be `-`: standard input can be read once"))?;
            read_bounded(stdin)
        } else {
            File::open(path).and_then(read_bounded)
        };
        match bytes {
            Ok(bytes) => Ok(Source { name, bytes }),
            Err(error) => Err(Failure::new(format!("{name}: cannot be read: {error}"))),
        }
    }

    pub(crate) fn policies(&mut self, path: &Path) -> Result<PolicySet, Failure> {
        let source = self.read(path)?;
        PolicySet::parse(&source.bytes).map_err(|error| Failure::in_document(&source.name, &error))
    }

    /// What the options name beside the scan reports.
    pub(crate) fn knowledge(&mut self, options: &ProfileOptions) -> Result<Knowledge, Failure> {
        let mut failures = Failures::default();
        let mut enrichments = Vec::new();
        for path in &options.enrich {
            let read = self.read(path).and_then(|source| {
                Enrichment::parse(&source.bytes, &Limits::default())
                    .map_err(|error| Failure::in_document(&source.name, &error))
            });
            enrichments.extend(failures.take(read));
        }
        let (mut vex, mut vex_names) = (Vec::new(), Vec::new());
        for path in &options.vex {
            let read = self.read(path).and_then(|source| {
                Vex::parse(&source.bytes, &Limits::default())
                    .map_err(|error| Failure::in_document(&source.name, &error))
            });
            vex.extend(failures.take(read));
            vex_names.push(shown(path));
        }
        failures.check()?;
        Ok(Knowledge { enrichments, vex, vex_names })
    }

    /// The scan reports of a file, or of all files of a folder, each with what to call it in messages.
    pub(crate) fn profiles_at(
        &mut self,
        path: &Path,
        options: &ProfileOptions,
    ) -> Result<Vec<(String, ScanProfile)>, Failure> {
        let is_folder = path.is_dir();
        let files = if is_folder { reports_in(path)? } else { vec![path.to_owned()] };
        let mut failures = Failures::default();
        let mut profiles = Vec::new();
        for file in files {
            let read = failures.take(self.profiles(&file, options, is_folder));
            profiles.extend(read.into_iter().flatten().map(|profile| (shown(&file), profile)));
        }
        failures.check()?;
        Ok(profiles)
    }

    /// All images that the report is about.
    fn profiles(
        &mut self,
        path: &Path,
        options: &ProfileOptions,
        is_of_folder: bool,
    ) -> Result<Vec<ScanProfile>, Failure> {
        let source = self.read(path)?;
        let mut reading = profile::Options::default();
        if let Some(format) = options.profile_format {
            reading = reading.with_format(format);
        }
        let mut read = None;
        if let Some(image) = &options.image {
            // A folder holds reports of other images too, and a name can be completed with any id.
            if is_of_folder {
                let own = profile::parse_all(&source.bytes, &reading);
                read =
                    Some(own).filter(|own| !matches!(own, Err(error) if error.code() == "missing_identity"));
            }
            reading = reading.with_image(image.clone());
        }
        read.unwrap_or_else(|| profile::parse_all(&source.bytes, &reading))
            .map_err(|error| Failure::in_document(&source.name, &error))
    }

    /// All launches of the document.
    pub(crate) fn launches(&mut self, path: &Path, options: &LaunchOptions) -> Result<Vec<Launch>, Failure> {
        let source = self.read(path)?;
        let mut reading = launch::Options::default();
        if let Some(format) = options.launch_format {
            reading = reading.with_format(format);
        }
        launch::parse_all(&source.bytes, &reading).map_err(|error| Failure::in_document(&source.name, &error))
    }
}

/// The files of a folder by name. Names that start with a dot are left aside: mounted volumes and editors have their own
/// things there. A folder in it is an error, since what it holds would be missed.
fn reports_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let wrong = |error: std::io::Error| Failure::new(format!("{}: cannot be read: {error}", shown(folder)));
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.path().is_dir() {
            let message = "is a folder in a folder of scan reports: name it with a `--profile` of its own";
            return Err(Failure::new(format!("{}: {message}", shown(&entry.path()))));
        }
        files.push(entry.path());
    }
    if files.is_empty() {
        return Err(Failure::new(format!("{}: the folder holds no scan report", shown(folder))));
    }
    files.sort();
    Ok(files)
}

/// One byte more than the library reads is enough for it to refuse.
fn read_bounded(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What to call an input in messages.
pub(crate) fn shown(path: &Path) -> String {
    if is_stdin(path) { "<stdin>".to_owned() } else { one_line(&path.to_string_lossy()) }
}

/// Whether `path` is given as `-` more than once among `paths`.
pub(crate) fn stdin_once<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<(), Failure> {
    match paths.into_iter().filter(|path| is_stdin(path)).count() {
        0 | 1 => Ok(()),
        _ => Err(Failure::new("only one input can be `-`: standard input can be read once")),
    }
}
