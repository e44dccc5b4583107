//! The documents of a case as they are read, and the engine's answers as text.

use super::reference::answers::parsed;
use super::reference::generator::Case;
use imagegate::{Assessment, Decision, Error, Launch, PolicySet, ScanProfile, Timestamp};

/// A case that was read.
pub struct Documents {
    pub set: PolicySet,
    pub profile: Option<ScanProfile>,
    pub questions: Vec<(Launch, Timestamp)>,
}

impl Documents {
    pub fn of(case: &Case) -> Self {
        let profile = case.profile.as_ref();
        let questions = case.questions.iter().map(|question| {
            (parsed(&question.launch, Launch::parse).unwrap(), Timestamp::parse(&question.now).unwrap())
        });
        Self {
            set: parsed(&case.policies, PolicySet::parse).unwrap(),
            profile: profile.map(|profile| parsed(profile, ScanProfile::parse).unwrap()),
            questions: questions.collect(),
        }
    }

    pub fn assess(&self) -> Assessment {
        self.profile.as_ref().map_or_else(|| self.set.assess_unscanned(), |profile| self.set.assess(profile))
    }
}

pub fn text(answer: Result<Decision, Error>) -> String {
    answer.map_or_else(|error| error.to_string(), |decision| decision.to_json())
}

/// The decision, the action by itself and the explanation, as text.
pub fn by_assessment(assessment: &Assessment, (launch, now): &(Launch, Timestamp)) -> [String; 3] {
    [
        text(assessment.decide(launch, *now)),
        format!("{:?}", assessment.action(launch, *now)),
        format!("{:?}", assessment.explain(launch, *now)),
    ]
}
