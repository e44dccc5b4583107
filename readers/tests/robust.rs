//! Broken input: cut off anywhere it is an error, and whatever is in it, nothing panics.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate::{ErrorKind, ImageIdentity, LaunchImage, Limits, ScanState};
use imagegate_readers::enrich::Enrichment;
use imagegate_readers::{launch, profile, vex};

fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/../testdata/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap().trim_ascii_end().to_vec())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn profile_options() -> Vec<profile::Options> {
    let named = profile::Options::default().with_image(ImageIdentity::of("a:1").unwrap());
    profile::formats().map(|format| named.clone().with_format(format)).chain([named.clone()]).collect()
}

fn launch_options() -> Vec<launch::Options> {
    let image = LaunchImage { reference: Some("a:1".to_owned()), ..LaunchImage::default() };
    let named = launch::Options::default().with_image(image);
    launch::formats().map(|format| named.clone().with_format(format)).chain([named.clone()]).collect()
}

/// The format that a fixture is named after: the longest, since `trivy-k8s` is not `trivy`.
fn own_format(name: &str) -> Option<&'static str> {
    let formats = profile::formats().map(profile::Format::as_str);
    formats.filter(|format| name.starts_with(&format!("{format}-"))).max_by_key(|format| format.len())
}

/// Formats of lines, which have no end that could be missing.
fn is_of_lines(name: &str) -> bool {
    ["clamav-", "trufflehog-"].iter().any(|start| name.starts_with(start))
}

#[test]
fn a_document_that_is_cut_off_is_an_error() {
    for (name, bytes) in fixtures("reports") {
        let own = own_format(&name);
        // Only times stand behind the last count.
        let until = bytes.windows(5).position(|window| window == b"Time:").unwrap_or(bytes.len());
        for end in 0..until {
            for options in profile_options() {
                let error = match profile::parse_all(&bytes[..end], &options) {
                    Err(error) => error,
                    Ok(profiles) => {
                        assert!(is_of_lines(&name), "{name} cut off at {end}");
                        for profile in profiles {
                            assert_eq!(profile.scan_state(), ScanState::Partial, "{name} cut off at {end}");
                        }
                        continue;
                    }
                };
                // Under another name it may be told for what it is not.
                let wrong = options.format.is_some() && options.format.map(profile::Format::as_str) != own;
                let expected = matches!(error.kind(), ErrorKind::Syntax | ErrorKind::Unsupported);
                // Whole lines about two images, of which neither is the one that is named here.
                let other = is_of_lines(&name) && error.kind() == ErrorKind::ImageMismatch;
                assert!(expected || wrong || other, "{name} cut off at {end}: {error}");
            }
        }
    }
    for (name, bytes) in fixtures("launches") {
        for end in 0..bytes.len() {
            for options in launch_options() {
                let result = launch::parse_all(&bytes[..end], &options);
                if name.ends_with(".yaml") {
                    // What a line ends with may be a whole document: YAML does not tell. It is never none.
                    assert!(!result.is_ok_and(|launches| launches.is_empty()), "{name} cut off at {end}");
                    continue;
                }
                let error = result.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Syntax, "{name} cut off at {end}: {error}");
            }
        }
    }
}

#[test]
fn a_cut_is_told_with_its_position() {
    let error =
        profile::parse(b"{\"SchemaVersion\": 2,\n \"Results\": [", &profile::Options::default()).unwrap_err();
    let position = error.position().unwrap();
    assert_eq!((error.kind(), position.line), (ErrorKind::Syntax, 2));
    assert!(error.to_string().contains("cut off"), "{error}");
}

/// A small generator of our own: the same mutations on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// No message speaks of types of this crate.
#[track_caller]
fn shows_no_type(told: &str) {
    // A word of the parser of YAML, and members of Kubernetes.
    let told = told.replace("flow construct", "").replace("LinuxOptions", "").replace("windowsOptions", "");
    for word in ["struct", "Option", "ScanResult", "Members", "serde", "expecting", "variant"] {
        assert!(!told.contains(word), "{told}");
    }
}

/// What mutants get in the place of what was there.
const PIECES: [&str; 14] = [
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "\"\"",
    "\"host\"",
    "[]",
    "{}",
    "[[]]",
    "{\"a\": 1}",
    ",",
    "\"",
    "\u{fffd}",
];

#[test]
fn whatever_is_in_it_nothing_panics_and_no_message_shows_our_types() {
    let mut random = Random(42);
    let all = fixtures("reports").into_iter().chain(fixtures("launches"));
    for (_, bytes) in all {
        for _ in 0..300 {
            let mut mutant = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(mutant.len());
                let until = (at + random.below(12)).min(mutant.len());
                mutant.splice(at..until, PIECES[random.below(PIECES.len())].bytes());
            }
            for options in profile_options() {
                if let Err(error) = profile::parse_all(&mutant, &options) {
                    shows_no_type(&error.to_string());
                }
            }
            for options in launch_options() {
                if let Err(error) = launch::parse_all(&mutant, &options) {
                    shows_no_type(&error.to_string());
                }
            }
        }
    }
}

#[test]
fn a_document_of_another_kind_is_never_a_clean_report() {
    for (name, bytes) in fixtures("reports").into_iter().chain(fixtures("launches")) {
        let own = own_format(&name);
        for options in profile_options() {
            let is_own = own.is_some() && options.format.is_none_or(|format| Some(format.as_str()) == own);
            // Those who print `[]` or `null` for nothing found are believed if they are named.
            let is_nothing = matches!(bytes.as_slice(), b"[]" | b"null")
                && options.format.is_some_and(|format| matches!(format.as_str(), "gitleaks" | "trufflehog"));
            if is_own || is_nothing {
                continue;
            }
            // `[]` named as a report of Trivy is one in which nothing could be analysed.
            if let Ok(profile) = profile::parse(&bytes, &options) {
                assert_eq!(profile.scan_state(), ScanState::Unsupported, "{name}");
            }
        }
    }
}

#[test]
fn deep_nesting_is_a_limit_and_no_overflow() {
    let deep = format!("{{\"SchemaVersion\": 2, \"x\": {}", "[".repeat(100_000));
    let error = profile::parse(deep.as_bytes(), &profile::Options::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let error = launch::parse(deep.as_bytes(), &launch::Options::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn whatever_is_in_a_vex_document_or_a_source_nothing_panics() {
    let mut random = Random(7);
    for (_, bytes) in fixtures("vex").into_iter().chain(fixtures("enrich")) {
        for _ in 0..300 {
            let mut mutant = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(mutant.len());
                let until = (at + random.below(12)).min(mutant.len());
                mutant.splice(at..until, PIECES[random.below(PIECES.len())].bytes());
            }
            if let Err(error) = vex::Vex::parse(&mutant, &Limits::default()) {
                shows_no_type(&error.to_string());
            }
            if let Err(error) = Enrichment::parse(&mutant, &Limits::default()) {
                shows_no_type(&error.to_string());
            }
        }
    }
}
