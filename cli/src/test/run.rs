//! From a case to what comes out.

use super::file::{Case, CaseFile};
use crate::exit::Failure;
use crate::style::one_line;
use imagegate::{Error, Explanation, Launch, PolicySet, ScanProfile, Timestamp};
use imagegate_readers::{launch, profile};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What came out of a case.
pub(super) enum Outcome {
    Decided(Box<Decided>),
    Refused(Error),
    /// All documents that the case gives are good, but it gives too few for a decision.
    Undecided,
}

pub(super) struct Decided {
    pub(super) set: PolicySet,
    /// Where the policies stand: a file of their own with its text, or a place in the case file.
    pub(super) policies_at: String,
    pub(super) policies_text: Option<Rc<[u8]>>,
    pub(super) decision: Value,
    pub(super) explanations: Vec<Explanation>,
    pub(super) exercised: Vec<String>,
}

/// Files behind paths, and compiled policy sets, each read once.
#[derive(Default)]
pub(super) struct Documents {
    files: HashMap<PathBuf, Rc<[u8]>>,
    sets: HashMap<Vec<u8>, Result<PolicySet, Error>>,
}

/// A document of a case.
enum Document<'c> {
    Inline(Cow<'c, [u8]>),
    File { shown: String, bytes: Rc<[u8]> },
}

impl Document<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::File { bytes, .. } => bytes,
        }
    }
}

impl Documents {
    /// Runs one case; a path that cannot be read is a failure of the input, not of the case.
    pub(super) fn run(
        &mut self,
        base: &Path,
        file_name: &str,
        file: &CaseFile<'_>,
        case: &Case<'_>,
    ) -> Result<Outcome, Failure> {
        let wrong = |message: &str| {
            Failure::new(format!("{file_name}: case `{}`: {}", one_line(&case.name), one_line(message)))
        };
        let now = case.now.as_deref().map(Timestamp::parse).transpose();
        let now = now.map_err(|error| wrong(&format!("`now`: {error}")))?;
        let own = self.document(base, case.policies, case.policies_text.as_deref());
        let own = own.map_err(|message| wrong(&message))?;
        let is_own = own.is_some();
        let policies = match own {
            Some(own) => Some(own),
            None => self
                .document(base, file.policies, file.policies_text.as_deref())
                .map_err(|message| wrong(&message))?,
        };
        let profile = self.document(base, case.profile, case.profile_text.as_deref());
        let profile = profile.map_err(|message| wrong(&message))?;
        let launch = self.document(base, case.launch, case.launch_text.as_deref());
        let launch = launch.map_err(|message| wrong(&message))?;
        let decided = (|| {
            let set = policies.as_ref().map(|document| self.set(document.bytes())).transpose()?;
            // Documents in a case are imagegate's own and read strictly; behind a path may be any format.
            let profile = match &profile {
                None => None,
                Some(Document::Inline(text)) => Some(ScanProfile::parse(text)?),
                Some(Document::File { bytes, .. }) => {
                    Some(profile::parse(bytes, &profile::Options::default())?)
                }
            };
            let launch = match &launch {
                None => None,
                Some(Document::Inline(text)) => Some(Launch::parse(text)?),
                Some(Document::File { bytes, .. }) => {
                    Some(launch::parse(bytes, &launch::Options::default())?)
                }
            };
            let (Some(set), Some(launch), Some(now)) = (set, launch, now) else { return Ok(None) };
            let assessment = match &profile {
                Some(profile) => set.assess(profile),
                None => set.assess_unscanned(),
            };
            let decision = assessment.decide(&launch, now)?;
            let explanations = assessment.explain(&launch, now)?;
            let exercised = assessment.exercised(&launch, now)?;
            Ok::<_, Error>(Some((set, decision, explanations, exercised)))
        })();
        let (set, decision, explanations, exercised) = match decided {
            Ok(Some(decided)) => decided,
            Ok(None) => return Ok(Outcome::Undecided),
            Err(error) => return Ok(Outcome::Refused(error)),
        };
        let decision = serde_json::to_value(&decision)
            .map_err(|error| wrong(&format!("the decision has no JSON form: {error}")))?;
        let (policies_at, policies_text) = match policies {
            Some(Document::File { shown, bytes }) => (shown, Some(bytes)),
            _ if is_own => (format!("{file_name}: {}", one_line(&case.name)), None),
            _ => (file_name.to_owned(), None),
        };
        Ok(Outcome::Decided(Box::new(Decided {
            set,
            policies_at,
            policies_text,
            decision,
            explanations,
            exercised,
        })))
    }

    fn set(&mut self, text: &[u8]) -> Result<PolicySet, Error> {
        if let Some(known) = self.sets.get(text) {
            return known.clone();
        }
        let set = PolicySet::parse(text);
        self.sets.insert(text.to_owned(), set.clone());
        set
    }

    /// The document as it stands in the case, its raw text, or the file that a string names.
    fn document<'c>(
        &mut self,
        base: &Path,
        value: Option<&'c RawValue>,
        text: Option<&'c str>,
    ) -> Result<Option<Document<'c>>, String> {
        if let Some(text) = text {
            return Ok(Some(Document::Inline(Cow::Borrowed(text.as_bytes()))));
        }
        let Some(value) = value else { return Ok(None) };
        if !value.get().starts_with('"') {
            return Ok(Some(Document::Inline(Cow::Borrowed(value.get().as_bytes()))));
        }
        let path: String = serde_json::from_str(value.get()).map_err(|error| error.to_string())?;
        let path = base.join(path);
        let shown = one_line(&path.to_string_lossy());
        let bytes = match self.files.get(&path) {
            Some(bytes) => Rc::clone(bytes),
            None => {
                let bytes = fs::read(&path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
                let bytes: Rc<[u8]> = bytes.into();
                self.files.insert(path, Rc::clone(&bytes));
                bytes
            }
        };
        Ok(Some(Document::File { shown, bytes }))
    }
}
