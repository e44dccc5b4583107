//! gitleaks' JSON reports (`--report-format json`).
//!
//! A list of findings: from v8 with capitalised members (`RuleID`, `File`, `StartLine`, `Tags`), before with
//! lower-case ones (`rule`, in v1 `reason`; `file`, `lineNumber`, and `tags` as one string). A finding becomes
//! sensitive information of the rule's type at its path and line. What was matched (`Match`, `Secret`, `Context`,
//! `line`, `offender`) is never read, nor are authors and commits.
//!
//! **Nothing found** is `[]` or `null`. That does not say what it is, so it is only read if the format is named;
//! then it is a complete scan without findings.
//!
//! **Which image.** The report never says: the caller names it. A path is written from the root of what was scanned.
//!
//! **Severity.** gitleaks knows none: it is unknown, unless a tag of the rule is a severity (`high`, `severity:high`).
//!
//! **State of the scan** is `complete`: the list is written when the scan has ended, and one that is cut off is no
//! JSON. The report has no date and no version.

use super::facts::{At, bounded, from_root, known, severity_word};
use super::{Options, identify};
use crate::detect::Reader;
use crate::json::{Text, read as read_json};
use crate::look::Look;
use imagegate::{
    Error, ErrorKind, ImageIdentity, ProfileDocument, Scan, ScanProfile, ScanState, Sensitive, Severity,
};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use std::fmt;

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "gitleaks", title: "a gitleaks report", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.first_item().is_some_and(|members| {
        let current = members.has_all(&["RuleID", "File", "StartLine"])
            && members.has_any(&["Match", "Secret", "Context", "Fingerprint"]);
        let old = members.has_all(&["offender", "file"]) && members.has_any(&["rule", "reason"]);
        current || old
    })
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    if !text.trim_ascii_start().starts_with(['[', 'n']) {
        let message = "the document is no gitleaks report: it is no array of findings";
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    }
    let findings: Option<Vec<Finding<'_>>> = read_json(text, ErrorKind::InvalidProfile)?;
    let at = At { text };
    let mut document = ProfileDocument {
        image: identify(
            &ImageIdentity::default(),
            options,
            "a gitleaks report does not say which image it is about",
        )?,
        scan: Some(Scan {
            state: Some(ScanState::Complete),
            scanner: Some("gitleaks".to_owned()),
            ..Scan::default()
        }),
        ..ProfileDocument::default()
    };
    for (index, finding) in findings.iter().flatten().enumerate() {
        let sensitive = finding.sensitive().ok_or_else(|| {
            let message = "a finding of gitleaks has a `RuleID` (before v8, a `rule`): this is no gitleaks report, or a broken one";
            at.error("missing_field", format!("/{index}/RuleID"), message)
        })?;
        document.sensitive.push(sensitive);
        bounded(&document, options)?;
    }
    Ok(vec![ScanProfile::new(document)?])
}

/// A finding of any version.
#[derive(serde::Deserialize)]
#[serde(expecting = "an object")]
struct Finding<'a> {
    #[serde(borrow, rename = "RuleID")]
    rule_id: Option<Text<'a>>,
    #[serde(borrow, rename = "File")]
    file: Option<Text<'a>>,
    #[serde(rename = "StartLine")]
    start_line: Option<u32>,
    #[serde(borrow, default, rename = "Tags")]
    tags: Words<'a>,
    #[serde(borrow, rename = "rule")]
    old_rule: Option<Text<'a>>,
    #[serde(borrow, rename = "reason")]
    oldest_rule: Option<Text<'a>>,
    #[serde(borrow, rename = "file")]
    old_file: Option<Text<'a>>,
    #[serde(rename = "lineNumber")]
    old_line: Option<u32>,
    #[serde(borrow, default, rename = "tags")]
    old_tags: Words<'a>,
}

impl Finding<'_> {
    fn sensitive(&self) -> Option<Sensitive> {
        let rule = self.rule_id.as_ref().or(self.old_rule.as_ref()).or(self.oldest_rule.as_ref())?;
        let path = self.file.as_ref().or(self.old_file.as_ref());
        let tags = self.tags.0.iter().chain(&self.old_tags.0);
        Some(Sensitive {
            kind: known(Some(rule)),
            severity: tags.filter_map(|tag| of_tag(tag)).min().unwrap_or_default(),
            path: path.filter(|path| !path.is_empty()).map(|path| from_root(path)),
            line: self.start_line.or(self.old_line).filter(|&line| line > 0),
        })
    }
}

/// The severity that a tag states: `high`, `severity:high`, `severity-high`.
fn of_tag(tag: &str) -> Option<Severity> {
    let tag = tag.trim_ascii();
    let word = match tag.get(..8) {
        Some(start) if start.eq_ignore_ascii_case("severity") => {
            tag.get(8..).unwrap_or_default().trim_start_matches([':', '-', '=', '_', ' '])
        }
        _ => tag,
    };
    severity_word(word)
}

/// A list of words, or one string with commas; null is none.
#[derive(Default)]
struct Words<'a>(Vec<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor;
        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = Words<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_unit<E>(self) -> Result<Words<'de>, E> {
                Ok(Words::default())
            }

            fn visit_str<E>(self, text: &str) -> Result<Words<'de>, E> {
                Ok(Words(text.split(',').map(|word| Text(word.trim_ascii().to_owned().into())).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words<'de>, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = items.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }
        deserializer.deserialize_any(WordsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_only_taken_from_tags_that_are_one() {
        for (tag, expected) in [
            ("high", Some(Severity::High)),
            ("severity:Critical", Some(Severity::Critical)),
            ("Severity-low", Some(Severity::Low)),
            (" medium ", Some(Severity::Medium)),
            ("highway", None),
            ("key", None),
            ("severity", None),
            ("", None),
        ] {
            assert_eq!(of_tag(tag), expected, "{tag}");
        }
    }
}
