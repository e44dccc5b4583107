//! TruffleHog's JSON output (`trufflehog … --json`): one object a line.
//!
//! * v3: `SourceMetadata`, `DetectorName`, `Verified`, …
//! * v2, and v3 with `--json-legacy`: `path`, `reason`, `stringsFound`, …
//! * lines of its log, which stand among the findings if standard error was captured too: `level`, `ts`, `msg`, …
//!   The banner before them is skipped. A line of any other kind is an error with its line.
//!
//! An array of such objects is read as well. A finding becomes sensitive information of the detector's type (v2: the
//! reason) at its path and line. The secret (`Raw`, `RawV2`, `Redacted`, `stringsFound`, diffs) and what TruffleHog
//! learnt with it (`ExtraData`) are never read.
//!
//! **Which image.** `SourceMetadata.Data.Docker` names image and tag: findings of several images are several
//! profiles. An archive's path is no name. All other sources (file systems, git, …) say nothing of an image: the
//! caller names it. `image-metadata:…`, which is no file but a part of the image's configuration, is kept as it is;
//! other paths are written from the root.
//!
//! **Severity.** A verified secret, one that TruffleHog has just used successfully, is `critical`. Of any other
//! TruffleHog says nothing, least of all that it is harmless: `unknown`.
//!
//! **State of the scan.** Lines have no end: output that is cut off between two lines looks whole. Only the log tells
//! that the scan ended (`finished scanning`): with it the scan is `complete`, or `partial` if errors were logged, or
//! `unsupported` if it went over nothing (`chunks` is 0). Without it the scan is `partial`. So capture standard error
//! too: `trufflehog docker --image … --json > report 2>&1`; that also shows a scan without findings, which prints
//! nothing else. An array has an end, and is `complete`.

use super::Options;
use super::facts::{At, from_root, known};
use super::images::Images;
use crate::detect::Reader;
use crate::json::{Line, Text, lines, read as read_json};
use crate::look::{Look, Members};
use imagegate::{
    Error, ErrorKind, ImageIdentity, ProfileDocument, Scan, ScanProfile, ScanState, Sensitive, Severity,
    Timestamp,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "trufflehog", title: "output of TruffleHog", detect, read };

const WHY: &str = "the findings of TruffleHog are not of an image that it names";

fn detect(look: &Look<'_>) -> bool {
    let is_ours = |members: &Members<'_>| {
        let current =
            members.is_object("SourceMetadata") && members.has_any(&["DetectorName", "DetectorType"]);
        let old = members.has_all(&["path", "reason", "stringsFound"]);
        let logged = members.text("logger") == Some("trufflehog") && members.has_all(&["level", "msg"]);
        current || old || logged
    };
    if look.top.is_ok() {
        return look.object_or_first_item().is_some_and(is_ours);
    }
    // Several lines are no JSON document; the first few may be the banner and the log.
    lines(look.text)
        .take(20)
        .filter(|line| line.text.starts_with('{'))
        .any(|line| Look::at(line.text).object().is_some_and(is_ours))
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let mut output = Output::new(options);
    if text.trim_ascii_start().starts_with('[') {
        let items: Vec<Item<'_>> = read_json(text, ErrorKind::InvalidProfile)?;
        output.state = ScanState::Complete;
        for (index, item) in items.iter().enumerate() {
            let at = At { text };
            output.take(item, |error| at.error(error.code(), format!("/{index}"), error.to_string()))?;
        }
    } else if let Ok(item) = read_json::<Item<'_>>(text, ErrorKind::InvalidProfile) {
        output.take(&item, |error| error)?;
    } else {
        let mut seen = false;
        for line in lines(text) {
            if !line.text.starts_with('{') {
                output.take_text(line, text, seen)?;
                continue;
            }
            seen = true;
            let item: Item<'_> = line.read(text, ErrorKind::InvalidProfile)?;
            output.take(&item, |error| line.error(error, text, 0))?;
        }
    }
    output.into_profiles()
}

/// What a line can be.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Item<'a> {
    #[serde(borrow, rename = "SourceMetadata")]
    source: Option<SourceMetadata<'a>>,
    #[serde(borrow, rename = "DetectorName")]
    detector: Option<Text<'a>>,
    #[serde(rename = "Verified")]
    verified: Option<bool>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    reason: Option<Text<'a>>,
    #[serde(rename = "stringsFound")]
    strings_found: Option<IgnoredAny>,
    #[serde(borrow)]
    level: Option<Text<'a>>,
    #[serde(borrow)]
    ts: Option<Text<'a>>,
    #[serde(borrow)]
    msg: Option<Text<'a>>,
    #[serde(borrow)]
    trufflehog_version: Option<Text<'a>>,
    chunks: Option<u64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct SourceMetadata<'a> {
    /// By the kind of source: one member.
    #[serde(borrow, rename = "Data")]
    data: Option<BTreeMap<Text<'a>, Source<'a>>>,
}

/// A source of any kind.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Source<'a> {
    #[serde(borrow)]
    file: Option<Text<'a>>,
    #[serde(borrow)]
    filename: Option<Text<'a>>,
    line: Option<i64>,
    #[serde(borrow)]
    image: Option<Text<'a>>,
    #[serde(borrow)]
    tag: Option<Text<'a>>,
}

struct Output<'o> {
    options: &'o Options,
    images: Images,
    state: ScanState,
    has_errors: bool,
    found: bool,
    version: Option<String>,
    scanned_at: Option<Timestamp>,
}

impl<'o> Output<'o> {
    fn new(options: &'o Options) -> Self {
        Self {
            options,
            images: Images::default(),
            state: ScanState::Partial,
            has_errors: false,
            found: false,
            version: None,
            scanned_at: None,
        }
    }

    fn take(&mut self, item: &Item<'_>, place: impl FnOnce(Error) -> Error) -> Result<(), Error> {
        if item.source.is_some() || item.detector.is_some() {
            let (image, path, line) = item.source.as_ref().map(SourceMetadata::place).unwrap_or_default();
            let severity = if item.verified == Some(true) { Severity::Critical } else { Severity::Unknown };
            self.add(image, Sensitive { kind: known(item.detector.as_ref()), severity, path, line })
        } else if item.reason.is_some() && (item.path.is_some() || item.strings_found.is_some()) {
            let path = item.path.as_ref().filter(|path| !path.is_empty()).map(|path| from_root(path));
            let kind = known(item.reason.as_ref());
            self.add(ImageIdentity::default(), Sensitive { kind, path, ..Sensitive::default() })
        } else if let (Some(level), Some(message)) = (&item.level, &item.msg) {
            self.take_log(level, message, item);
            Ok(())
        } else {
            let message = "this is neither a finding of TruffleHog nor a line of its log";
            Err(place(Error::new(ErrorKind::Unsupported, "unknown_format", message)))
        }
    }

    fn take_log(&mut self, level: &str, message: &str, item: &Item<'_>) {
        let time = item.ts.as_deref().and_then(|time| Timestamp::parse(time).ok());
        self.scanned_at = self.scanned_at.or(time);
        if let Some(version) = known(item.trufflehog_version.as_ref()) {
            self.version = Some(version);
        }
        self.has_errors |= matches!(level, "error" | "fatal" | "panic" | "dpanic");
        if message == "finished scanning" {
            self.state = if item.chunks == Some(0) { ScanState::Unsupported } else { ScanState::Complete };
        }
    }

    /// A line that is no object: the banner, before anything else.
    fn take_text(&self, line: Line<'_>, whole: &str, seen: bool) -> Result<(), Error> {
        if !seen && line.text.contains("TruffleHog. Unearth your secrets.") {
            return Ok(());
        }
        let message = "not a line of TruffleHog's JSON output: expected an object";
        Err(line.error(Error::new(ErrorKind::Syntax, "syntax", message), whole, 0))
    }

    fn add(&mut self, image: ImageIdentity, sensitive: Sensitive) -> Result<(), Error> {
        self.found = true;
        let part = ProfileDocument { image, sensitive: vec![sensitive], ..ProfileDocument::default() };
        self.images.add(part, self.options)
    }

    fn into_profiles(mut self) -> Result<Vec<ScanProfile>, Error> {
        let state = match self.state {
            ScanState::Unsupported if self.has_errors && !self.found => ScanState::Failed,
            ScanState::Unsupported if self.found => ScanState::Partial,
            ScanState::Complete if self.has_errors => ScanState::Partial,
            state => state,
        };
        let version = self.version.as_ref().filter(|version| *version != "dev");
        let scan = Scan {
            state: Some(state),
            scanned_at: self.scanned_at,
            scanner: Some(version.map_or_else(|| "trufflehog".to_owned(), |v| format!("trufflehog {v}"))),
            feed_updated_at: None,
        };
        if self.images.is_empty() {
            self.images.add(ProfileDocument::default(), self.options)?;
        }
        self.images.set_scan(&scan);
        self.images.into_profiles(self.options, WHY)
    }
}

impl SourceMetadata<'_> {
    /// Image, path and line.
    fn place(&self) -> (ImageIdentity, Option<String>, Option<u32>) {
        let Some((kind, source)) = self.data.as_ref().and_then(BTreeMap::first_key_value) else {
            return (ImageIdentity::default(), None, None);
        };
        let image =
            if kind.eq_ignore_ascii_case("docker") { source.identity() } else { ImageIdentity::default() };
        let path = known(source.file.as_ref().or(source.filename.as_ref()))
            .map(|path| if path.starts_with("image-metadata:") { path } else { from_root(&path) });
        let line = source.line.and_then(|line| u32::try_from(line).ok()).filter(|&line| line > 0);
        (image, path, line)
    }
}

impl Source<'_> {
    fn identity(&self) -> ImageIdentity {
        let image = self.image.as_deref().unwrap_or_default();
        let image = image.strip_prefix("docker://").unwrap_or(image);
        // An archive is asked for as `file://PATH`.
        if image.is_empty() || image.contains("://") || image.starts_with(['/', '.', '~']) {
            return ImageIdentity::default();
        }
        let name = match self.tag.as_deref() {
            Some(digest) if digest.starts_with("sha256:") => format!("{image}@{digest}"),
            Some(tag) if !tag.is_empty() => format!("{image}:{tag}"),
            _ => image.to_owned(),
        };
        ImageIdentity::of(&name).unwrap_or_default()
    }
}
