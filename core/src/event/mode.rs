//! How a record came to be.

use serde::Serialize;

/// How a record came to be, where that is not the policy's verdict as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventMode {
    /// What the decision says happened.
    #[default]
    Enforced,
    /// An operator's override let the container start. The action of such a record is `alarm`, whatever the policy
    /// would have done: what was not intercepted is not counted as intercepted.
    BreakGlass,
    /// imagegate itself failed and its host was told to start containers then. The action is `alarm`.
    FailedOpen,
}

impl EventMode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Enforced, Self::BreakGlass, Self::FailedOpen];

    pub(super) const WORDS: [(&'static str, Self); 3] = [
        (Self::Enforced.as_str(), Self::Enforced),
        (Self::BreakGlass.as_str(), Self::BreakGlass),
        (Self::FailedOpen.as_str(), Self::FailedOpen),
    ];

    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::BreakGlass => "break_glass",
            Self::FailedOpen => "failed_open",
        }
    }
}
