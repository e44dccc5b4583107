//! Reads exceptions and trust.

use super::exception::{ExceptedImage, Exception, Trust};
use super::privilege::path_glob;
use super::read_parts::{
    check_finding_id, plain_globs, read_family, read_glob, read_privilege, read_text, read_texts,
};
use crate::glob::Flavour;
use crate::hex;
use crate::json::{Node, Path, Problems, Reader, boolean, string, time, word};
use crate::limits::Limits;
use crate::profile::SuppressedBy;

pub(super) fn read_exception(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Exception> {
    let mut reader = Reader::open(node, path, problems)?;
    let before = problems.count();
    let reason = reader.required_field("reason", problems, |node, path, problems| {
        read_text(node, path, problems, 1_024).map(str::to_owned)
    });
    let exception = Exception {
        reason: reason.clone().unwrap_or_default(),
        owner: reader.string("owner", problems),
        ticket: reader.string("ticket", problems),
        not_before: reader.field("not_before", problems, time),
        expires_at: reader.field("expires_at", problems, time),
        until_fixed: reader.field("until_fixed", problems, boolean).unwrap_or(false),
        ids: read_texts(&mut reader, "ids", "empty_text", problems, check_finding_id),
        packages: plain_globs(&mut reader, "packages", limits, problems),
        images: reader.list("images", problems, |node, path, problems| {
            read_excepted_image(node, path, limits, problems)
        }),
        families: reader
            .list("families", problems, |node, path, problems| read_family(node, path, limits, problems)),
        types: plain_globs(&mut reader, "types", limits, problems),
        paths: reader.list("paths", problems, |node, path, problems| {
            let text = string(node, path, problems)?;
            path_glob(text, limits.pattern).map_err(|(code, message)| problems.add(code, path, message)).ok()
        }),
        privileges: reader.list("privileges", problems, |node, path, problems| {
            read_privilege(node, path, limits, problems)
        }),
        pointer: path.pointer(),
    };
    reader.finish(problems);
    if let (Some(start), Some(end)) = (exception.not_before, exception.expires_at)
        && start >= end
    {
        let message = format!(
            "the exception is never active: `not_before` ({start}) must be before `expires_at` ({end})"
        );
        problems.add("empty_window", &path.member("expires_at"), message);
    }
    if problems.count() == before {
        check_possible(&exception, path, problems);
    }
    reason.map(|_| exception)
}

fn read_excepted_image(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<ExceptedImage> {
    let text = string(node, path, problems)?;
    // Only the whole form is a hash; anything else is a name, even if it begins like one.
    if text.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("sha256:"))
        && let Some(hash) = hex::canonical_sha256_id(text)
    {
        return Some(ExceptedImage::Hash(hash));
    }
    read_glob(node, path, Flavour::Path, limits, problems).map(ExceptedImage::Name)
}

/// The kinds of findings that a field can be about.
const VULNERABILITY: u8 = 1;
const MALWARE: u8 = 2;
const SENSITIVE: u8 = 4;
const PRIVILEGE: u8 = 8;
const SCAN: u8 = 16;

/// An exception must name something, and some finding must be able to have all that it names.
fn check_possible(exception: &Exception, path: &Path<'_>, problems: &mut Problems) {
    let fields = [
        ("ids", !exception.ids.is_empty(), VULNERABILITY),
        ("packages", !exception.packages.is_empty(), VULNERABILITY),
        ("images", !exception.images.is_empty(), VULNERABILITY | MALWARE | SENSITIVE | PRIVILEGE | SCAN),
        ("families", !exception.families.is_empty(), MALWARE),
        ("types", !exception.types.is_empty(), SENSITIVE),
        ("paths", !exception.paths.is_empty(), VULNERABILITY | MALWARE | SENSITIVE),
        ("privileges", !exception.privileges.is_empty(), PRIVILEGE),
        ("until_fixed", exception.until_fixed, VULNERABILITY),
    ];
    let given: Vec<(&str, u8)> =
        fields.iter().filter(|(_, given, _)| *given).map(|(name, _, kinds)| (*name, *kinds)).collect();
    if given.iter().all(|(name, _)| *name == "until_fixed") {
        let message = "the exception does not say what it excuses: name `ids`, `packages`, `images`, `families`, \
                       `types`, `paths` or `privileges`";
        problems.add("impossible_exception", path, message);
    } else if given.iter().fold(u8::MAX, |kinds, (_, more)| kinds & more) == 0 {
        let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
        let message = format!(
            "no finding can have all of {}: an exception excuses what has every field it names, so write one exception \
             for each kind of finding",
            crate::json::listed(&names)
        );
        problems.add("impossible_exception", path, message);
    }
}

pub(super) fn read_trust(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Trust> {
    let mut reader = Reader::open(node, path, problems)?;
    let trust = Trust {
        by: reader
            .list("by", problems, |node, path, problems| word(node, path, problems, &SuppressedBy::WORDS)),
        authors: reader.strings("authors", problems),
        justifications: reader.strings("justifications", problems),
    };
    reader.finish(problems);
    Some(trust)
}
