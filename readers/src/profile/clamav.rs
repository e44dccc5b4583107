//! Text output of ClamAV (`clamscan`, `clamdscan`).
//!
//! A line `PATH: NAME FOUND` is malware; the name stands behind the last `: `, since paths may hold colons. With
//! `--allmatch` a file has a line for each signature, and each is a finding. With extended detection information
//! (`NAME(md5:size)`) the MD5 is read, with hashes printed (`PATH FileHash: …`) the MD5 or SHA-256. `PATH: OK`,
//! excluded and empty files are no findings. A time that a log puts before a line is dropped.
//!
//! **Which image.** The output never says: the caller names it. **Paths** are as ClamAV saw them: scan the image's
//! root file system as `/`, or write policies for where it was mounted. Output with a file name that is not UTF-8 is
//! refused, with its position.
//!
//! **State of the scan.** The summary at the end is what shows that the scan got there:
//! * no summary, or not all of it: `partial`; the output is cut off, or was written with `--no-summary`, and nobody can tell which;
//! * errors, `partial`: a line `… ERROR`, `ERROR: …`, `Can't open file`, `Can't access file`, `Access denied`;
//!   `Total errors` above zero; more `Infected files` than files that were listed; a limit that was exceeded
//!   (`Heuristics.Limits.Exceeded…`, which stays a finding); no signatures (`Known viruses: 0`);
//! * nothing was scanned (`Scanned files: 0`, `No files scanned`) and nothing found: `unsupported`;
//! * otherwise `complete`, although ClamAV never looks for vulnerabilities: everything it can look at was looked at.
//!
//! **Class.** The signature's name says it by ClamAV's naming rules (`Unix.Trojan.Mirai-5607459-1` is a `trojan`),
//! also in the older order (`Trojan.Mirai`) and behind `PUA.`; other names have none. `.UNOFFICIAL`, the mark of
//! signatures that ClamAV did not publish, stays part of the family. ClamAV knows no **severity**.
//!
//! **Dates.** `Start Date` is local time without an offset. It is read as UTC, the zone of nearly all containers:
//! on a host in another zone set `TZ=UTC` for the scanner. The age of the signatures is not part of the output.

use super::facts::bounded;
use super::{Options, identify};
use crate::detect::Reader;
use crate::look::Look;
use imagegate::{
    Error, ErrorKind, ImageIdentity, Malware, ProfileDocument, Scan, ScanProfile, ScanState, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "clamav", title: "output of ClamAV", detect, read };

const SUMMARY: &str = "----------- SCAN SUMMARY -----------";

/// The categories of ClamAV's naming rules, and four that its signatures have and the list of the rules has not
/// (tool, trojan, virus, worm).
const CATEGORIES: [&str; 29] = [
    "adware",
    "backdoor",
    "coinminer",
    "countermeasure",
    "downloader",
    "dropper",
    "exploit",
    "file",
    "filetype",
    "infostealer",
    "ircbot",
    "joke",
    "keylogger",
    "loader",
    "macro",
    "malware",
    "packed",
    "packer",
    "phishing",
    "proxy",
    "ransomware",
    "revoked",
    "rootkit",
    "spyware",
    "test",
    "tool",
    "trojan",
    "virus",
    "worm",
];

fn detect(look: &Look<'_>) -> bool {
    let is_other = look.top.is_ok() || look.text.trim_ascii_start().starts_with(['{', '[', '"', '<']);
    // A path, so that no other text that says OK is taken for it.
    let has_path = |path: &str| path.contains(['/', '\\']) && !path.contains(": ");
    let of_a_file = |line: &str| match Line::of(line) {
        Line::Found(path, _) | Line::Clean(path) | Line::Failed(path) => has_path(path),
        _ => false,
    };
    !is_other && (look.text.contains(SUMMARY) || look.text.lines().take(200).any(of_a_file))
}

/// What a line says.
enum Line<'a> {
    Found(&'a str, &'a str),
    Clean(&'a str),
    Failed(&'a str),
    Hash(&'a str, &'a str, &'a str),
    /// Something could not be read.
    Trouble,
    NothingScanned,
    Summary,
    /// A line of the summary.
    Entry(&'a str, &'a str),
    Other,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Self {
        let line = without_time(line);
        if line == SUMMARY {
            return Self::Summary;
        }
        if let Some((path, name)) = line.strip_suffix(" FOUND").and_then(|line| line.rsplit_once(": ")) {
            return Self::Found(path, name);
        }
        if let Some(path) = line.strip_suffix(": OK") {
            return Self::Clean(path);
        }
        if let Some((path, _)) = line.strip_suffix(" ERROR").and_then(|line| line.rsplit_once(": ")) {
            return Self::Failed(path);
        }
        let troubles = ["Can't open file", "Can't access file", "Access denied", "Permission denied"];
        if line.starts_with("ERROR: ")
            || line.starts_with("LibClamAV Error: ")
            || troubles.iter().any(|trouble| line.contains(trouble))
        {
            return Self::Trouble;
        }
        if line.ends_with(": No files scanned") {
            return Self::NothingScanned;
        }
        if let Some((path, hash)) = line.split_once(" FileHash: ")
            && let Some((hash, kind)) = hash.strip_suffix(')').and_then(|hash| hash.split_once(" ("))
        {
            return Self::Hash(path, hash, kind);
        }
        match line.split_once(':') {
            Some((name, value)) => Self::Entry(name, value.trim_ascii()),
            None => Self::Other,
        }
    }
}

/// The line without `Mon Nov 23 22:10:00 2026 -> `, which logs put before it.
fn without_time(line: &str) -> &str {
    let line = line.trim_ascii_end();
    let days = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
    match line.split_once(" -> ") {
        Some((time, rest)) if time.len() <= 32 && days.iter().any(|day| time.starts_with(day)) => rest,
        _ => line,
    }
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let because = "output of ClamAV does not say which image it is about";
    let mut output = Output::default();
    let mut document = ProfileDocument::default();
    for line in text.lines() {
        output.take(&Line::of(line), &mut document);
        bounded(&document, options)?;
    }
    if !output.has_summary && output.files == 0 {
        let message = "the document is no output of ClamAV: it has neither a line about a file nor a summary";
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    }
    for malware in &mut document.malware {
        let hashes = malware.path.as_deref().and_then(|path| output.hashes.get(path));
        let (md5, sha256) = hashes.copied().unwrap_or_default();
        malware.md5 = malware.md5.take().or_else(|| md5.map(str::to_owned));
        malware.sha256 = malware.sha256.take().or_else(|| sha256.map(str::to_owned));
    }
    document.image = identify(&ImageIdentity::default(), options, because)?;
    document.scan = Some(output.scan());
    Ok(vec![ScanProfile::new(document)?])
}

/// What the lines say together.
#[derive(Default)]
struct Output<'a> {
    /// Lines about files.
    files: usize,
    infected: BTreeSet<&'a str>,
    hashes: BTreeMap<&'a str, (Option<&'a str>, Option<&'a str>)>,
    has_errors: bool,
    nothing_scanned: bool,
    has_summary: bool,
    /// What the summary says.
    stated_infected: Option<usize>,
    has_end: bool,
    version: Option<&'a str>,
    started: Option<Timestamp>,
}

impl<'a> Output<'a> {
    fn take(&mut self, line: &Line<'a>, document: &mut ProfileDocument) {
        match *line {
            Line::Found(path, name) => {
                self.files = self.files.saturating_add(1);
                self.has_errors |= name.starts_with("Heuristics.Limits.Exceeded");
                // With `--archive-verbose` the member of the archive is told in a line of its own.
                self.infected.insert(path.split_once('!').map_or(path, |(archive, _)| archive));
                document.malware.push(malware(path, name));
            }
            Line::Clean(_) => self.files = self.files.saturating_add(1),
            Line::Failed(_) => {
                self.files = self.files.saturating_add(1);
                self.has_errors = true;
            }
            Line::Hash(path, hash, kind) => {
                let hashes = self.hashes.entry(path).or_default();
                match kind {
                    "md5" if is_hexadecimal(hash, 32) => hashes.0 = Some(hash),
                    "sha2-256" if is_hexadecimal(hash, 64) => hashes.1 = Some(hash),
                    _ => {}
                }
            }
            Line::Trouble => self.has_errors = true,
            Line::NothingScanned => self.nothing_scanned = true,
            Line::Summary => self.has_summary = true,
            Line::Entry(name, value) if self.has_summary => self.take_entry(name, value),
            Line::Entry(..) | Line::Other => {}
        }
    }

    fn take_entry(&mut self, name: &str, value: &'a str) {
        let number = value.parse::<usize>().ok();
        match name {
            "Infected files" => self.stated_infected = number,
            "Scanned files" => self.nothing_scanned |= number == Some(0),
            "Total errors" => self.has_errors |= number != Some(0),
            "Known viruses" => self.has_errors |= number == Some(0),
            "Engine version" => self.version = Some(value).filter(|version| !version.is_empty()),
            // After all counts: a summary that was cut off before it may hide errors.
            "Time" => self.has_end = value.ends_with(')'),
            "Start Date" => self.started = time(value),
            _ => {}
        }
    }

    fn scan(&self) -> Scan {
        let is_whole = self.has_end
            && !self.has_errors
            && self.stated_infected.is_some_and(|stated| stated <= self.infected.len());
        let state = if self.nothing_scanned && self.infected.is_empty() {
            ScanState::Unsupported
        } else if is_whole {
            ScanState::Complete
        } else {
            ScanState::Partial
        };
        let scanner = self.version.map_or_else(|| "clamav".to_owned(), |version| format!("clamav {version}"));
        Scan { state: Some(state), scanned_at: self.started, scanner: Some(scanner), feed_updated_at: None }
    }
}

fn malware(path: &str, name: &str) -> Malware {
    // `Name(md5:size)`, if clamd was told to say it.
    let extended = name.strip_suffix(')').and_then(|name| name.rsplit_once('('));
    let with_md5 = extended.and_then(|(name, info)| {
        let (md5, size) = info.split_once(':')?;
        let is_size = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
        (is_size && is_hexadecimal(md5, 32)).then_some((name, md5))
    });
    let (name, md5) = with_md5.map_or((name, None), |(name, md5)| (name, Some(md5)));
    Malware {
        path: Some(path.to_owned()).filter(|path| !path.is_empty()),
        md5: md5.map(str::to_owned),
        family: Some(name.to_owned()).filter(|name| !name.is_empty()),
        class: class(name).map(str::to_owned),
        ..Malware::default()
    }
}

/// `trojan` of `Unix.Trojan.Mirai-5607459-1`.
fn class(name: &str) -> Option<&'static str> {
    let mut parts = name.split(['.', '-', '/']).map(str::to_ascii_lowercase).peekable();
    parts.next_if(|part| part == "pua");
    parts.take(2).find_map(|part| CATEGORIES.into_iter().find(|category| *category == part))
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `2026:07:31 18:41:55`, taken as UTC.
fn time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    Timestamp::parse(&format!("{}T{}Z", date.replace(':', "-"), time.trim_ascii())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_naming_rules() {
        for (name, expected) in [
            ("Unix.Trojan.Mirai-5607459-1", Some("trojan")),
            ("Win.Test.EICAR_HDB-1", Some("test")),
            ("Eicar-Test-Signature", Some("test")),
            ("PUA.Unix.Coinminer.XMRig-1", Some("coinminer")),
            ("Trojan.Mirai-1", Some("trojan")),
            ("Worm.Sober", Some("worm")),
            ("Multios.Coinminer.Miner-6781728-2.UNOFFICIAL", Some("coinminer")),
            ("Heuristics.Phishing.Email.SpoofedDomain", Some("phishing")),
            ("Generic.Placeholder.Alpha.UNOFFICIAL", None),
            ("Unix.Mirai.Trojan", None),
            ("", None),
        ] {
            assert_eq!(class(name), expected, "{name}");
        }
    }

    #[test]
    fn the_last_colon_separates_the_name() {
        assert!(matches!(Line::of("/a: b/c: d: Eicar FOUND"), Line::Found("/a: b/c: d", "Eicar")));
        assert!(matches!(Line::of("/a: OK: OK\r"), Line::Clean("/a: OK")));
        let logged = "Mon Nov 23 22:10:00 2026 -> /a: Eicar FOUND";
        assert!(matches!(Line::of(logged), Line::Found("/a", "Eicar")));
        assert!(matches!(Line::of("/Mon -> x: Eicar FOUND"), Line::Found("/Mon -> x", "Eicar")));
        assert!(matches!(Line::of("/a: Can't read file ERROR"), Line::Failed("/a")));
    }

    #[test]
    fn extended_information_is_no_part_of_the_name() {
        let found = malware("/a", "Eicar-Test-Signature(44d88612fea8a8f36de82e1278abb02f:68)");
        assert_eq!(found.family.as_deref(), Some("Eicar-Test-Signature"));
        assert_eq!(found.md5.as_deref(), Some("44d88612fea8a8f36de82e1278abb02f"));
        let found = malware("/a", "Odd(name)");
        assert_eq!((found.family.as_deref(), found.md5), (Some("Odd(name)"), None));
    }

    #[test]
    fn dates_are_read_as_utc() {
        assert_eq!(time("2026:07:31 18:41:55").unwrap().to_string(), "2026-07-31T18:41:55Z");
        for wrong in ["", "2026:07:31", "2026:13:31 18:41:55", "yesterday 18:41:55"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }
}
