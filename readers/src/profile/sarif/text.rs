//! What tools write into the texts of SARIF.

use crate::profile::facts::from_root;

/// The start of a text, where tools put what they can say in a word. A text that many results share must not be
/// searched to its end for each of them.
fn head(text: &str) -> &str {
    const BYTES: usize = 2048;
    if text.len() <= BYTES {
        return text;
    }
    let end = (0..=BYTES).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

/// The value of the line `NAME: VALUE`; none if it is empty. The first such line counts: descriptions come last.
pub(super) fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let value = |line: &'t str| line.strip_prefix(name)?.strip_prefix(':').map(str::trim_ascii);
    head(text).lines().find_map(value).filter(|value| !value.is_empty())
}

/// What stands between the first `start` and the next `end`.
pub(super) fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = head(text).split_once(start)?;
    let (inner, _) = rest.split_once(end)?;
    (!inner.is_empty()).then_some(inner)
}

/// `low` of `A low vulnerability in rpm package: …`; only a word near the start.
pub(super) fn word_before<'t>(text: &'t str, after: &str) -> Option<&'t str> {
    let words = || head(text).split_ascii_whitespace();
    let (word, _) = words().zip(words().skip(1)).take(4).find(|(_, next)| *next == after)?;
    Some(word)
}

/// The versions in a list with commas; free text is one entry.
pub(super) fn fixes(text: &str) -> Vec<String> {
    let parts = || text.split(',').map(str::trim_ascii);
    let is_version =
        |part: &str| !part.is_empty() && !part.contains([' ', '<', '>', '=', '|', '*', '(', ')']);
    if text.is_empty() {
        Vec::new()
    } else if parts().all(is_version) {
        parts().map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    }
}

/// The first CVE or GHSA id in a text.
pub(super) fn id_in(text: &str) -> Option<&str> {
    let found = |start: usize| {
        let rest = text.get(start..)?;
        let length = cve(rest).or_else(|| ghsa(rest))?;
        // `XCVE-…` is none.
        let before = text.get(..start)?.chars().next_back();
        if before.is_some_and(|character| character.is_ascii_alphanumeric()) {
            None
        } else {
            rest.get(..length)
        }
    };
    text.char_indices()
        .filter(|(_, character)| matches!(character, 'C' | 'c' | 'G' | 'g'))
        .find_map(|(at, _)| found(at))
}

/// The length of the CVE id that `text` starts with.
fn cve(text: &str) -> Option<usize> {
    let (prefix, rest) = text.split_at_checked(4)?;
    let (year, number) = rest.split_once('-')?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    (prefix.eq_ignore_ascii_case("CVE-") && is_year && digits >= 4).then_some(digits.saturating_add(9))
}

/// The length of the GHSA id that `text` starts with.
fn ghsa(text: &str) -> Option<usize> {
    let (id, rest) = text.split_at_checked(19)?;
    let mut groups = id.split('-');
    let is_ghsa = groups.next().is_some_and(|group| group.eq_ignore_ascii_case("GHSA"))
        && groups.all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && !rest.starts_with(|character: char| character.is_ascii_alphanumeric());
    is_ghsa.then_some(19)
}

/// The ids in the brackets that a text starts with: `(CVE-2021-3711,CVE-2021-3712) openssl@1.1.1k`.
pub(super) fn ids_in_brackets(text: &str) -> impl Iterator<Item = &str> {
    let inner = head(text).strip_prefix('(').and_then(|text| text.split_once(')')).map(|(inner, _)| inner);
    inner
        .into_iter()
        .flat_map(|inner| inner.split(','))
        .map(str::trim_ascii)
        .filter(|id| id_in(id) == Some(id))
}

/// Whether a rule's id is that of an advisory.
pub(super) fn is_advisory(id: &str) -> bool {
    const STARTS: [&str; 27] = [
        "ALAS-",
        "ALAS2-",
        "ALBA-",
        "ALEA-",
        "ALINUX",
        "ALPINE-",
        "ALSA-",
        "BIT-",
        "DLA-",
        "DSA-",
        "ELSA-",
        "GLSA-",
        "GMS-",
        "GO-",
        "MAL-",
        "NSWG-",
        "OPENSUSE-SU-",
        "OSV-",
        "PHSA-",
        "PYSEC-",
        "RHSA-",
        "RLSA-",
        "RUSTSEC-",
        "SNYK-",
        "SUSE-SU-",
        "TEMP-",
        "USN-",
    ];
    let starts = |start: &&str| id.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    // With a number somewhere, so that no rule with an unlucky name counts.
    STARTS.iter().any(starts) && id.bytes().any(|byte| byte.is_ascii_digit())
}

/// The path in the image that a URI names; none if it is somewhere else.
pub(super) fn path_of_uri(uri: &str) -> Option<String> {
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    // Longer than any path may be on Linux; many results may share it.
    if path.is_empty() || path.len() > 4096 || path.contains("://") {
        return None;
    }
    Some(from_root(&percent_decoded(path)))
}

/// The text with `%2F` and the like resolved; as it is if that gives no text.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        if first == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
            && let Ok(byte) = u8::try_from(high.saturating_mul(16).saturating_add(low))
        {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_where_tools_put_them() {
        for (text, expected) in [
            ("CVE-2019-1549", Some("CVE-2019-1549")),
            ("CVE-1999-0001-package-1", Some("CVE-1999-0001")),
            ("[HIGH] CVE-2021-44228", Some("CVE-2021-44228")),
            ("ANCHOREVULN_alpine:3.10_CVE-2019-1549_apk_libssl_1", Some("CVE-2019-1549")),
            ("GHSA-vh95-rmgr-6w4m-minimist", Some("GHSA-vh95-rmgr-6w4m")),
            ("cve-2019-1549", Some("cve-2019-1549")),
            ("CVE-2019-154", None),
            ("CVE-19-15490", None),
            ("XCVE-2019-1549", None),
            ("GHSA-vh95-rmgr", None),
            ("aws-access-token", None),
            ("ä CVE", None),
            ("", None),
        ] {
            assert_eq!(id_in(text), expected, "{text}");
        }
        assert_eq!(ids_in_brackets("(CVE-2021-3711, CWE-1) a@1").collect::<Vec<_>>(), ["CVE-2021-3711"]);
        assert_eq!(ids_in_brackets("a (CVE-2021-3711)").count(), 0);
        assert!(
            is_advisory("SNYK-DEBIAN11-OPENSSL-1") && is_advisory("elsa-2021-1") && is_advisory("GO-2021-1")
        );
        assert!(!is_advisory("GO-FMT") && !is_advisory("DS002") && !is_advisory("ä"));
    }

    #[test]
    fn fields_of_texts() {
        let text = "Package: a\nFixed Version: \nSeverity: LOW\n\nPackage: b";
        assert_eq!(field(text, "Package"), Some("a"));
        assert_eq!(field(text, "Fixed Version"), None);
        assert_eq!(field(text, "Version"), None);
        assert_eq!(field(&format!("{}\nPackage: a", "ä".repeat(2000)), "Package"), None, "too far down");
        assert_eq!(word_before("A low vulnerability in rpm package", "vulnerability"), Some("low"));
        assert_eq!(word_before("Critical severity - x", "severity"), Some("Critical"));
        assert_eq!(word_before("vulnerability", "vulnerability"), None);
        assert_eq!(fixes("1.2, 1.3"), ["1.2", "1.3"]);
        assert_eq!(fixes("1.2,1.3"), ["1.2", "1.3"]);
        assert_eq!(fixes(">= 1, < 2"), [">= 1, < 2"]);
        assert!(fixes("").is_empty());
    }

    #[test]
    fn uris_are_paths() {
        for (uri, expected) in [
            ("etc/a%20b", Some("/etc/a b")),
            ("file:///etc/shadow", Some("/etc/shadow")),
            ("./a", Some("/a")),
            ("a%zz%2", Some("/a%zz%2")),
            ("a%ff", Some("/a%ff")),
            ("https://example.com/a", None),
            ("", None),
        ] {
            assert_eq!(path_of_uri(uri).as_deref(), expected, "{uri}");
        }
    }
}
