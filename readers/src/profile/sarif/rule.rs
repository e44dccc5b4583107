//! What rules say of their results, in lists and in texts.

use super::bag::Bag;
use super::document::{Message, Rule};
use super::package_type::snyk_manager;
use super::text::{between, field, ids_in_brackets, word_before};
use crate::profile::ecosystem::Origin;
use crate::profile::facts::severity_word;
use imagegate::Severity;
use std::collections::HashMap;

const MALWARE_CLASSES: [&str; 8] =
    ["virus", "trojan", "worm", "rootkit", "ransomware", "backdoor", "spyware", "coinminer"];

/// A rule, with what its lists and texts say, since many results may share it.
pub(super) struct KnownRule<'r, 'a> {
    pub(super) rule: &'r Rule<'a>,
    pub(super) tags: Tags,
    pub(super) help: Help<'r>,
    /// The severity that the short description starts with.
    pub(super) described: Option<Severity>,
    /// The ids that the full description starts with.
    pub(super) aliases: Vec<&'r str>,
    /// Package URLs by version.
    pub(super) purls: HashMap<&'r str, &'r str>,
}

impl<'r, 'a> KnownRule<'r, 'a> {
    pub(super) fn of(rule: &'r Rule<'a>) -> Self {
        let bag = rule.properties.as_ref();
        let text = |message: &'r Option<Message<'a>>| -> &'r str {
            message.as_ref().and_then(|message| message.text.as_deref()).unwrap_or_default()
        };
        let short = text(&rule.short_description);
        let words = ["severity", "vulnerability"];
        Self {
            rule,
            tags: bag.map(Bag::tags).map(Tags::of).unwrap_or_default(),
            help: Help::of(text(&rule.help)),
            described: words.into_iter().find_map(|word| severity_word(word_before(short, word)?)),
            aliases: ids_in_brackets(text(&rule.full_description)).collect(),
            purls: bag.into_iter().flat_map(Bag::purls).collect(),
        }
    }

    pub(super) fn name(&self) -> &'r str {
        self.rule.name.as_deref().unwrap_or_default()
    }

    /// The package URL of that version, or the only one.
    pub(super) fn purl(&self, version: Option<&str>) -> Option<String> {
        let only = || if self.purls.len() == 1 { self.purls.values().next() } else { None };
        self.purls.get(version.unwrap_or_default()).or_else(only).map(|purl| (*purl).to_owned())
    }
}

/// What Trivy and Grype write into the help of a rule.
#[derive(Clone, Copy, Default)]
pub(super) struct Help<'r> {
    pub(super) id: Option<&'r str>,
    pub(super) severity: Option<Severity>,
    pub(super) package: Option<&'r str>,
    pub(super) version: Option<&'r str>,
    pub(super) fix: Option<&'r str>,
    pub(super) kind: Option<&'r str>,
}

impl<'r> Help<'r> {
    pub(super) fn of(text: &'r str) -> Self {
        Self {
            id: between(text, "Vulnerability ", "\n").filter(|id| !id.contains(' ')),
            severity: field(text, "Severity").and_then(severity_word),
            package: field(text, "Package"),
            version: field(text, "Version"),
            fix: field(text, "Fix Version"),
            kind: field(text, "Type"),
        }
    }
}

/// What tags say.
#[derive(Default)]
pub(super) struct Tags {
    pub(super) severity: Option<Severity>,
    pub(super) is_secret: bool,
    pub(super) is_malware: bool,
    pub(super) is_vulnerability: bool,
    pub(super) malware_class: Option<&'static str>,
    /// The package manager, as Snyk tags it.
    pub(super) manager: Option<(&'static str, Origin)>,
}

impl Tags {
    pub(super) fn of<'t>(tags: impl Iterator<Item = &'t str>) -> Self {
        let mut all = Self::default();
        for tag in tags {
            let is = |word: &str| tag.eq_ignore_ascii_case(word);
            // The worst, of several.
            all.severity = all.severity.into_iter().chain(severity_word(tag)).min();
            all.is_secret |= is("secret") || is("secrets");
            all.is_vulnerability |= is("vulnerability");
            let class = MALWARE_CLASSES.into_iter().find(|class| is(class));
            all.is_malware |= is("malware") || class.is_some();
            all.malware_class = all.malware_class.or(class);
            all.manager = all.manager.or_else(|| snyk_manager(tag));
        }
        all
    }
}
