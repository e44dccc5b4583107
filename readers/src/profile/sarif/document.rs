//! The members of a SARIF log that are read.

use super::bag::{Bag, Run as RunBag};
use crate::json::Text;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Log<'a> {
    #[serde(borrow)]
    pub(super) version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) runs: Option<Vec<Run<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Run<'a> {
    #[serde(borrow)]
    pub(super) tool: Option<Tool<'a>>,
    #[serde(borrow)]
    pub(super) results: Option<Vec<ResultRow<'a>>>,
    #[serde(borrow)]
    pub(super) invocations: Option<Vec<Invocation<'a>>>,
    #[serde(borrow)]
    pub(super) artifacts: Option<Vec<Artifact<'a>>>,
    #[serde(borrow)]
    pub(super) properties: Option<RunBag<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Tool<'a> {
    #[serde(borrow)]
    pub(super) driver: Option<Component<'a>>,
    #[serde(borrow)]
    pub(super) extensions: Option<Vec<Component<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Component<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) version: Option<Text<'a>>,
    #[serde(borrow, rename = "semanticVersion")]
    pub(super) semantic_version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) rules: Option<Vec<Rule<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Rule<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, rename = "shortDescription")]
    pub(super) short_description: Option<Message<'a>>,
    #[serde(borrow, rename = "fullDescription")]
    pub(super) full_description: Option<Message<'a>>,
    #[serde(borrow)]
    pub(super) help: Option<Message<'a>>,
    #[serde(borrow, rename = "defaultConfiguration")]
    pub(super) configuration: Option<Configuration<'a>>,
    #[serde(borrow)]
    pub(super) properties: Option<Bag<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Configuration<'a> {
    #[serde(borrow)]
    pub(super) level: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Invocation<'a> {
    #[serde(rename = "executionSuccessful")]
    pub(super) successful: Option<bool>,
    #[serde(borrow, rename = "startTimeUtc")]
    pub(super) started: Option<Text<'a>>,
    #[serde(borrow, rename = "endTimeUtc")]
    pub(super) ended: Option<Text<'a>>,
    #[serde(borrow, rename = "toolExecutionNotifications")]
    pub(super) notifications: Option<Vec<Configuration<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Artifact<'a> {
    #[serde(borrow)]
    pub(super) location: Option<ArtifactLocation<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct ArtifactLocation<'a> {
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
    pub(super) index: Option<i64>,
}

/// A result.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct ResultRow<'a> {
    #[serde(borrow, rename = "ruleId")]
    pub(super) rule_id: Option<Text<'a>>,
    #[serde(rename = "ruleIndex")]
    pub(super) rule_index: Option<i64>,
    #[serde(borrow)]
    pub(super) rule: Option<RuleReference<'a>>,
    #[serde(borrow)]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) level: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
    #[serde(borrow)]
    pub(super) locations: Option<Vec<Location<'a>>>,
    #[serde(borrow)]
    pub(super) suppressions: Option<Vec<SuppressionRow<'a>>>,
    #[serde(borrow, rename = "baselineState")]
    pub(super) baseline: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) properties: Option<Bag<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct RuleReference<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Location<'a> {
    #[serde(borrow, rename = "physicalLocation")]
    pub(super) physical: Option<PhysicalLocation<'a>>,
    #[serde(borrow, rename = "logicalLocations")]
    pub(super) logical: Option<Vec<LogicalLocation<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct PhysicalLocation<'a> {
    #[serde(borrow, rename = "artifactLocation")]
    pub(super) artifact: Option<ArtifactLocation<'a>>,
    pub(super) region: Option<Region>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Region {
    #[serde(rename = "startLine")]
    pub(super) start_line: Option<i64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct LogicalLocation<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, rename = "fullyQualifiedName")]
    pub(super) full_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct SuppressionRow<'a> {
    #[serde(borrow)]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) justification: Option<Text<'a>>,
}

impl<'a> ResultRow<'a> {
    pub(super) fn id(&self) -> Option<&str> {
        let by_rule = || self.rule.as_ref().and_then(|rule| rule.id.as_deref());
        self.rule_id.as_deref().or_else(by_rule).filter(|id| !id.is_empty())
    }

    pub(super) fn text(&self) -> Option<&str> {
        self.message.as_ref().and_then(|message| message.text.as_deref())
    }

    pub(super) fn logical(&self) -> Option<&LogicalLocation<'a>> {
        self.locations.iter().flatten().find_map(|location| location.logical.as_ref()?.first())
    }
}
