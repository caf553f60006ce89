//! Defines the answers to the questions that tell a cause from a coincidence: a change that came shortly before an alarm
//! is neither.

mod in_words;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Arn, EvidenceId, alias_traffic::RequestCounts};
pub use in_words::Answer;

/// The answers about one hypothesis, each as a fact: policies decide on them, and people read them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Causality {
    /// True if data shows that the change came before the fault began.
    pub precedes_onset: bool,
    /// True if calls, reads or the signal itself lead from the symptom to what was changed.
    pub reaches_symptom: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alibi: Option<Alibi>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discrimination: Option<Discrimination>,
    /// The strongest rival; `None` where nothing else was found that could be the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rival: Option<Rival>,
    /// The evidence of the timing and the alibi.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceId>,
}

/// A time of ordinary service of the changed component between the change and the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alibi {
    /// Whole periods in which it served, beyond the time that such a change may need to show if there are any.
    pub periods: u32,
    pub period_seconds: u32,
    /// The requests served in them; `None` where nothing counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// True if all of it lies within the time that such a change may need to show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_delay: bool,
}

/// The number of periods of ordinary service that clear a change; fewer may be the time that a fault takes to show.
const CLEARING_PERIODS: u32 = 3;

impl Alibi {
    /// Returns true if it served as usual for so long that something else is the likelier cause.
    pub const fn clears(&self) -> bool {
        self.periods >= CLEARING_PERIODS && !self.may_be_delay
    }

    /// Returns the time over which it served as usual.
    pub fn time(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.periods).saturating_mul(self.period_seconds.into()))
    }
}

/// Evidence that sets the changed apart from the unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discrimination {
    /// Its metrics were as usual up to the change, and are not from the very period of the change on.
    FaultBeganWithChange,
    /// The resource's own state is the fault, such as an instance that is stopped.
    StateIsTheFault,
    /// The newer version of an alias fails, and an older one served well in the same periods.
    NewVersionFails(VersionContrast),
}

/// The requests that two versions of an alias took in the same periods, and how many of them failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionContrast {
    /// The beginning of the first period in which both served.
    pub since: Timestamp,
    pub newer: VersionCounts,
    pub older: VersionCounts,
}

/// The requests that one version took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionCounts {
    /// Lambda numbers versions upwards.
    pub version: u64,
    pub counts: RequestCounts,
}

/// Something else that may be the cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rival {
    pub component: Arn,
    /// From 0 to 1: how far it is behind; 0 where the fault began with its change too.
    pub margin: f64,
}
