//! What an assessment asks of the findings first, in columns: the documents' texts lie all over the memory.
//!
//! It depends on the profile alone, so that it is made when a report is read and not each time that policies change.

use super::{FixState, Malware, ProfileDocument, Sensitive, Severity, Vulnerability};
use crate::text_hash;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// The facts of one profile.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// One for each vulnerability.
    pub(crate) keys: Vec<Keys>,
    /// The group of each vulnerability.
    pub(crate) group_of: Vec<u32>,
    pub(crate) groups: Vec<Group>,
    /// Vulnerabilities with more to look up: aliases, labels, or a Maven package; ascending.
    pub(crate) more: Vec<u32>,
    pub(crate) malware: Vec<MalwareKeys>,
    /// Hash of the type of each piece of sensitive information; 0 without one.
    pub(crate) sensitive: Vec<u64>,
}

/// What is looked up of one vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Hash of the id without regard to case; 0 without an id.
    pub(crate) id: u64,
    /// Hash of the package name; 0 without a name.
    pub(crate) name: u64,
}

/// What is looked up of one piece of malware, without regard to case; 0 is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MalwareKeys {
    pub(crate) md5: u64,
    pub(crate) sha256: u64,
    pub(crate) family: u64,
}

/// Vulnerabilities that are the same in every fact that has few values. An image has thousands of vulnerabilities, but
/// few groups of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) severity: Severity,
    pub(crate) fix_state: FixState,
    pub(crate) fix_available: Option<bool>,
    pub(crate) known_exploited: Option<bool>,
    /// Their positions, ascending; never empty. They share the class, too.
    pub(crate) findings: Vec<u32>,
}

/// What vulnerabilities of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Common<'d> {
    severity: Severity,
    fix_state: FixState,
    fix_available: Option<bool>,
    known_exploited: Option<bool>,
    class: Option<&'d str>,
}

impl<'d> Common<'d> {
    fn of(finding: &'d Vulnerability) -> Self {
        Self {
            severity: finding.severity,
            fix_state: finding.fix.as_ref().map(|fix| fix.state).unwrap_or_default(),
            fix_available: finding.fix.as_ref().and_then(|fix| fix.available()),
            known_exploited: finding.known_exploited.as_ref().and_then(|known| known.listed),
            class: finding.class.as_deref(),
        }
    }

    fn group(self) -> Group {
        let Self { severity, fix_state, fix_available, known_exploited, class: _ } = self;
        Group { severity, fix_state, fix_available, known_exploited, findings: Vec::new() }
    }
}

impl Facts {
    pub(super) fn of(document: &ProfileDocument) -> Self {
        let vulnerabilities = &document.vulnerabilities;
        let more = vulnerabilities.iter().enumerate().filter(|(_, finding)| has_more(finding));
        let mut facts = Self {
            keys: vulnerabilities.iter().map(Keys::of).collect(),
            group_of: Vec::with_capacity(vulnerabilities.len()),
            groups: Vec::new(),
            more: more.map(|(position, _)| number(position)).collect(),
            malware: document.malware.iter().map(MalwareKeys::of).collect(),
            sensitive: document.sensitive.iter().map(type_hash).collect(),
        };
        facts.group(vulnerabilities);
        facts
    }

    fn group(&mut self, vulnerabilities: &[Vulnerability]) {
        let mut numbers: HashMap<Common<'_>, usize, BuildHasherDefault<DefaultHasher>> = HashMap::default();
        // Neighbours are often alike.
        let mut last: Option<(Common<'_>, usize)> = None;
        for (position, finding) in vulnerabilities.iter().enumerate() {
            let common = Common::of(finding);
            let group = match last {
                Some((of_last, group)) if of_last == common => group,
                _ => *numbers.entry(common).or_insert_with(|| {
                    self.groups.push(common.group());
                    self.groups.len().saturating_sub(1)
                }),
            };
            last = Some((common, group));
            self.group_of.push(number(group));
            if let Some(group) = self.groups.get_mut(group) {
                group.findings.push(number(position));
            }
        }
    }

    /// About how much memory the facts take.
    pub(super) fn approximate_bytes(&self) -> usize {
        let each = size_of::<Keys>().saturating_add(size_of::<u32>().saturating_mul(3));
        let vulnerabilities = self.keys.len().saturating_mul(each);
        let malware = self.malware.len().saturating_mul(size_of::<MalwareKeys>());
        let sensitive = self.sensitive.len().saturating_mul(size_of::<u64>());
        vulnerabilities.saturating_add(malware).saturating_add(sensitive)
    }
}

impl Keys {
    fn of(finding: &Vulnerability) -> Self {
        let name = finding.package.as_ref().and_then(|package| package.name.as_deref());
        Self {
            id: finding.id.as_deref().map_or(0, text_hash::ignoring_case),
            name: name.map_or(0, text_hash::exact),
        }
    }
}

impl MalwareKeys {
    fn of(finding: &Malware) -> Self {
        let hash = |text: &Option<String>| text.as_deref().map_or(0, text_hash::ignoring_case);
        Self { md5: hash(&finding.md5), sha256: hash(&finding.sha256), family: hash(&finding.family) }
    }
}

fn type_hash(finding: &Sensitive) -> u64 {
    finding.kind.as_deref().map_or(0, text_hash::exact)
}

fn has_more(finding: &Vulnerability) -> bool {
    let package = finding.package.as_ref();
    !finding.aliases.is_empty()
        || finding.labels.as_ref().is_some_and(|labels| !labels.is_empty())
        || package
            .and_then(|package| package.ecosystem.as_ref())
            .is_some_and(|ecosystem| ecosystem.eq_ignore_ascii_case("maven"))
}

/// The limits on findings are far below this.
fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
