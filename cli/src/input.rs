//! Reading what the arguments name.

use crate::exit::Failure;
use crate::style::one_line;
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use imagegate::{Error, ImageIdentity, Launch, Limits, PolicySet, ScanProfile, Timestamp};
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

    /// The image that the scan reports are about, for reports that do not say
    #[arg(long, value_name = "REF|ID", value_parser = image)]
    image: Option<ImageIdentity>,
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

    /// All images that the report is about.
    pub(crate) fn profiles(
        &mut self,
        path: &Path,
        options: &ProfileOptions,
    ) -> Result<Vec<ScanProfile>, Failure> {
        let source = self.read(path)?;
        let mut reading = profile::Options::default();
        if let Some(format) = options.profile_format {
            reading = reading.with_format(format);
        }
        if let Some(image) = &options.image {
            reading = reading.with_image(image.clone());
        }
        profile::parse_all(&source.bytes, &reading)
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
