//! Case files, read strictly.

use crate::exit::Failure;
use crate::style::one_line;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// A case file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseFile<'t> {
    version: u32,
    #[serde(rename = "title")]
    _title: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
    /// The policies of cases that have none of their own.
    #[serde(borrow)]
    pub(super) policies: Option<&'t RawValue>,
    pub(super) policies_text: Option<String>,
    pub(super) cases: Vec<Case<'t>>,
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case<'t> {
    pub(super) name: String,
    #[serde(rename = "note")]
    _note: Option<String>,
    #[serde(borrow)]
    pub(super) policies: Option<&'t RawValue>,
    pub(super) policies_text: Option<String>,
    #[serde(borrow)]
    pub(super) profile: Option<&'t RawValue>,
    pub(super) profile_text: Option<String>,
    #[serde(borrow)]
    pub(super) launch: Option<&'t RawValue>,
    pub(super) launch_text: Option<String>,
    pub(super) now: Option<String>,
    #[serde(default)]
    pub(super) expect: Expect,
    /// The whole decision.
    pub(super) decision: Option<Value>,
}

/// What must come out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Expect {
    pub(super) action: Option<String>,
    pub(super) policies: Option<BTreeMap<String, String>>,
    pub(super) scope_part: Option<BTreeMap<String, String>>,
    pub(super) evidence: Option<BTreeMap<String, BTreeMap<String, ExpectedEvidence>>>,
    pub(super) events: Option<Value>,
    /// `null` expects that there is none.
    #[serde(deserialize_with = "given")]
    pub(super) aggregation_key: Option<Option<String>>,
    pub(super) decision: Option<Value>,
    pub(super) error: Option<ExpectedError>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedEvidence {
    pub(super) total: Option<usize>,
    pub(super) excused: Option<usize>,
    pub(super) findings: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedError {
    pub(super) kind: Option<String>,
    pub(super) code: Option<String>,
    pub(super) pointer: Option<String>,
    pub(super) problems: Option<Vec<ExpectedProblem>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedProblem {
    pub(super) code: String,
    pub(super) pointer: String,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Expect {
    fn of_a_decision(&self) -> bool {
        self.action.is_some()
            || self.policies.is_some()
            || self.scope_part.is_some()
            || self.evidence.is_some()
            || self.events.is_some()
            || self.aggregation_key.is_some()
            || self.decision.is_some()
    }
}

impl<'t> CaseFile<'t> {
    /// Reads the case file; `name` is what to call it in messages.
    pub(super) fn parse(name: &str, bytes: &'t [u8]) -> Result<Self, Failure> {
        let file: Self = serde_json::from_slice(bytes).map_err(|error| {
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = error.to_string();
            let message = message.strip_suffix(&place).unwrap_or(&message);
            Failure::new(format!("{name}:{}:{}: {}", error.line(), error.column(), one_line(message)))
        })?;
        if file.version != 1 {
            return Err(Failure::new(format!(
                "{name}: /version: {} is no version of case files that this build reads: expected 1",
                file.version
            )));
        }
        let mut failure = Failure::default();
        let mut names = BTreeSet::new();
        for (number, case) in file.cases.iter().enumerate() {
            let mut wrong = |message: &str| {
                failure.add(Failure::new(format!("{name}: /cases/{number}: {message}")));
            };
            if !names.insert(case.name.as_str()) {
                wrong("the name is taken by another case of the file");
            }
            for (member, document, text) in [
                ("policies", case.policies, &case.policies_text),
                ("profile", case.profile, &case.profile_text),
                ("launch", case.launch, &case.launch_text),
            ] {
                if document.is_some() && text.is_some() {
                    wrong(&format!("give either `{member}` or `{member}_text`"));
                }
            }
            let decides = case.expect.of_a_decision() || case.decision.is_some();
            match (decides, case.expect.error.is_some()) {
                (false, false) => wrong("the case expects nothing: give `expect`"),
                (true, true) => wrong("the case expects an error and a decision, but only one can come out"),
                (true, false) => {
                    let policies = [case.policies, file.policies].iter().any(Option::is_some);
                    if !policies && case.policies_text.is_none() && file.policies_text.is_none() {
                        wrong("the case has no `policies`, and neither has the file");
                    }
                    if case.launch.is_none() && case.launch_text.is_none() {
                        wrong("the case has no `launch`");
                    }
                    if case.now.is_none() {
                        wrong("the case has no `now`");
                    }
                }
                (false, true) => {}
            }
        }
        if failure.is_empty() { Ok(file) } else { Err(failure) }
    }
}
