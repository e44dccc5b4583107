//! Readers of scanner reports.

use crate::{errors, options};
use imagegate::{ErrorKind, Limits, ScanProfile, ScanState};
use imagegate_readers::profile::{self, Format};

/// A report that is named as one of `format`.
pub(crate) fn read(bytes: &[u8], format: Format) {
    let options = options::profile().with_format(format);
    let profiles = match profile::parse_all(bytes, &options) {
        Ok(profiles) => profiles,
        Err(error) => return errors::is_told(&error),
    };
    assert!(!profiles.is_empty(), "read as no profile");
    for profile in &profiles {
        reads_back(profile);
        let findings = findings(profile);
        if findings > 0 {
            let limits = Limits { findings: findings - 1, ..Limits::default() };
            let error = profile::parse_all(bytes, &options.clone().with_limits(limits))
                .expect_err("more findings than the limit");
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
            errors::is_told(&error);
        }
    }
    too_large(bytes, &options);
    cut_off(bytes, &options);
}

/// What was read has a document of ours, and that reads as the same.
#[track_caller]
pub(crate) fn reads_back(profile: &ScanProfile) {
    let json = profile.to_json();
    let again = ScanProfile::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(&again, profile, "{json}");
    assert_eq!(again.to_json(), json);
    // Merging has a normal form.
    let merged = profile.merge(&again).expect("the same image");
    assert_eq!(merged.merge(&merged).expect("the same image"), merged);
    assert_eq!(merged.merge(profile).expect("the same image"), merged);
}

fn findings(profile: &ScanProfile) -> usize {
    let document = profile.document();
    document.vulnerabilities.len() + document.malware.len() + document.sensitive.len()
}

fn too_large(bytes: &[u8], options: &profile::Options) {
    let limits = Limits { bytes: bytes.len() - 1, ..Limits::default() };
    let error = profile::parse_all(bytes, &options.clone().with_limits(limits)).expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

/// A document of JSON that is cut off is an error; lines that are cut off are partial at most.
fn cut_off(bytes: &[u8], options: &profile::Options) {
    let whole = bytes.trim_ascii();
    let is_one_value = serde_json::from_slice::<serde::de::IgnoredAny>(whole).is_ok();
    if !is_one_value || !matches!(whole.first(), Some(b'{' | b'[')) {
        return;
    }
    // A place that depends on the bytes.
    let sum = whole.iter().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let part = &whole[..sum % whole.len()];
    if let Ok(profiles) = profile::parse_all(part, options) {
        for profile in profiles {
            assert_ne!(profile.scan_state(), ScanState::Complete, "cut off at {}", part.len());
        }
    }
}
