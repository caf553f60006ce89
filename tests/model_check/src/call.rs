//! The calls that the machine makes, read from its payloads by the functions' own types.

use common::{IncidentId, PlanHash, notification::Occasion};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A plan of an incident: the one of an attempt, or the one that undoes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlanName {
    First,
    UndoFirst,
    Second,
    UndoSecond,
}

impl PlanName {
    pub const ALL: [Self; 4] = [Self::First, Self::UndoFirst, Self::Second, Self::UndoSecond];

    #[must_use]
    pub const fn is_undo(self) -> bool {
        matches!(self, Self::UndoFirst | Self::UndoSecond)
    }

    /// The plan that undoes this one; of an undo, the plan that it undoes.
    #[must_use]
    pub const fn counterpart(self) -> Self {
        match self {
            Self::First => Self::UndoFirst,
            Self::UndoFirst => Self::First,
            Self::Second => Self::UndoSecond,
            Self::UndoSecond => Self::Second,
        }
    }

    /// A hash that stands for the plan in the machine's variables.
    pub(crate) fn hash(self) -> PlanHash {
        let text = (self as usize).to_string().repeat(64);
        text.parse().unwrap_or_else(|_| panic!("{text} is a hash"))
    }

    fn from_hash(hash: &PlanHash) -> Self {
        let known = Self::ALL.into_iter().find(|plan| plan.hash() == *hash);
        known.unwrap_or_else(|| panic!("the machine made the hash {hash:?} up"))
    }
}

/// The id of every incident in its own machine: positions are the same for all of them.
pub(crate) fn incident_id() -> IncidentId {
    "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap_or_else(|_| panic!("an id"))
}

/// A call of a function, or the end. Attempts count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    Diagnose {
        attempt: usize,
    },
    Authorize {
        attempt: usize,
    },
    CheckTarget,
    Start {
        attempt: usize,
        plan: PlanName,
    },
    Progress {
        plan: PlanName,
    },
    Undo {
        attempt: usize,
        plan: PlanName,
    },
    Verify {
        attempt: usize,
        plan: Option<PlanName>,
    },
    RequestApproval {
        plan: PlanName,
    },
    ExpireApproval {
        plan: PlanName,
    },
    NotifyPreliminary,
    NotifyApprovalNeeded,
    NotifyResolved,
    /// `explains` tells whether the message has a reason.
    NotifyEscalated {
        explains: bool,
    },
    Ended(End),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    Succeeded,
    Failed,
}

impl Call {
    /// Reads a payload with the input type of the function.
    pub(crate) fn parse(function: &str, payload: Value) -> Self {
        match function {
            "diagnose" => {
                let diagnose::Input { attempt, .. } = read(payload);
                Self::Diagnose { attempt: index(attempt) }
            }
            "remediate" => match read(payload) {
                remediate::Input::Authorize { attempt, .. } => Self::Authorize { attempt: index(attempt) },
                remediate::Input::CheckTarget { .. } => Self::CheckTarget,
                remediate::Input::Start { attempt, plan_hash, .. } => {
                    Self::Start { attempt: index(attempt), plan: PlanName::from_hash(&plan_hash) }
                }
                remediate::Input::Progress { plan_hash, .. } => {
                    Self::Progress { plan: PlanName::from_hash(&plan_hash) }
                }
                remediate::Input::Undo { attempt, plan_hash, .. } => {
                    Self::Undo { attempt: index(attempt), plan: PlanName::from_hash(&plan_hash) }
                }
            },
            "verify" => {
                let verify::Input { attempt, plan_hash, .. } = read(payload);
                Self::Verify { attempt: index(attempt), plan: plan_hash.as_ref().map(PlanName::from_hash) }
            }
            "approve" => match read(payload) {
                approve::Input::Request { plan_hash, .. } => {
                    Self::RequestApproval { plan: PlanName::from_hash(&plan_hash) }
                }
                approve::Input::Expire { plan_hash, .. } => {
                    Self::ExpireApproval { plan: PlanName::from_hash(&plan_hash) }
                }
            },
            "notify" => {
                let notify::Input { occasion, reason, .. } = read(payload);
                match occasion {
                    Occasion::Preliminary => Self::NotifyPreliminary,
                    Occasion::ApprovalNeeded => Self::NotifyApprovalNeeded,
                    Occasion::Resolved => Self::NotifyResolved,
                    _ => Self::NotifyEscalated { explains: reason.is_some() },
                }
            }
            other => panic!("the machine calls {other}, which the model does not know"),
        }
    }
}

fn read<T: DeserializeOwned>(payload: Value) -> T {
    let text = payload.to_string();
    serde_json::from_value(payload).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn index(attempt: u32) -> usize {
    usize::try_from(attempt)
        .ok()
        .and_then(|attempt| attempt.checked_sub(1))
        .unwrap_or_else(|| panic!("{attempt}"))
}
