//! When a policy works: enforcement, status at an instant, and the overview of a set.

use crate::time::Timestamp;
use serde::Serialize;
use std::fmt;

/// What a policy does once it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// Hits intercept at once.
    Immediate,
    /// Hits alarm for this many days of 24 hours, then they intercept.
    Observe {
        /// 1 to 365.
        days: u32,
    },
    /// Hits alarm for good.
    Alarm,
}

/// The status of a policy at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Switched off.
    Disabled,
    /// Switched on, but its time has not come.
    Pending,
    /// Hits alarm.
    Observing,
    /// Hits intercept.
    Effective,
}

impl Status {
    pub(crate) const WORDS: [(&'static str, Self); 4] = [
        (Self::Disabled.as_str(), Self::Disabled),
        (Self::Pending.as_str(), Self::Pending),
        (Self::Observing.as_str(), Self::Observing),
        (Self::Effective.as_str(), Self::Effective),
    ];

    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Pending => "pending",
            Self::Observing => "observing",
            Self::Effective => "effective",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A policy's instants, from which its status follows for every `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// From when hits count; `None` is off.
    pub(crate) active_from: Option<Timestamp>,
    /// From when hits intercept; `None` is never.
    pub(crate) intercepts_from: Option<Timestamp>,
}

impl Schedule {
    /// `None` if blocking would start after year 9999.
    pub(crate) fn new(
        enabled_at: Option<Timestamp>,
        delay_seconds: u32,
        enforcement: Enforcement,
    ) -> Option<Self> {
        let Some(enabled_at) = enabled_at else {
            return Some(Self { active_from: None, intercepts_from: None });
        };
        let active_from = enabled_at.plus_seconds(delay_seconds.into())?;
        let intercepts_from = match enforcement {
            Enforcement::Immediate => Some(active_from),
            Enforcement::Observe { days } => {
                Some(active_from.plus_seconds(i64::from(days).saturating_mul(86_400))?)
            }
            Enforcement::Alarm => None,
        };
        Some(Self { active_from: Some(active_from), intercepts_from })
    }

    pub(crate) fn status(self, now: Timestamp) -> Status {
        match (self.active_from, self.intercepts_from) {
            (None, _) => Status::Disabled,
            (Some(active), _) if now < active => Status::Pending,
            (_, Some(intercepts)) if now >= intercepts => Status::Effective,
            _ => Status::Observing,
        }
    }
}

/// How many policies of a set are in which status at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// All policies.
    pub all: usize,
    /// Those switched on.
    pub enabled: usize,
    /// Those switched on whose time has not come.
    pub pending: usize,
    /// Those whose hits alarm.
    pub observing: usize,
    /// Those whose hits intercept.
    pub effective: usize,
}

impl Overview {
    pub(crate) fn of(statuses: impl Iterator<Item = Status>) -> Self {
        let mut overview = Self::default();
        let one_more = |count: &mut usize| *count = count.saturating_add(1);
        for status in statuses {
            one_more(&mut overview.all);
            match status {
                Status::Disabled => continue,
                Status::Pending => one_more(&mut overview.pending),
                Status::Observing => one_more(&mut overview.observing),
                Status::Effective => one_more(&mut overview.effective),
            }
            one_more(&mut overview.enabled);
        }
        overview
    }
}
