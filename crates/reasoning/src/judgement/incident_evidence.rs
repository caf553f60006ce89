//! Defines the input of a conclusion.

use common::{ActionId, Arn, Conclusion, Diagnosis, Evidence, Gap, OwnRoles, Signal, diagnosis::Proposal};

/// All that a conclusion about one incident is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct IncidentEvidence<'a> {
    pub signal: &'a Signal,
    pub evidence: &'a [Evidence],
    /// The readings that failed: each lowers the confidence.
    pub gaps: &'a [Gap],
    /// The roles that Nightshift itself acts under: their changes are nobody else's.
    pub own_roles: &'a OwnRoles,
    /// The actions of earlier attempts, none of which helped.
    pub attempted: &'a [AttemptedAction],
}

/// An action that an earlier attempt took for the same incident, and that did not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptedAction {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    pub action: ActionId,
    pub target: Arn,
}

impl AttemptedAction {
    /// Returns the action that an earlier diagnosis led to, if any.
    pub fn from_diagnosis(earlier: &Diagnosis) -> Option<Self> {
        if earlier.conclusion != Conclusion::Explained {
            return None;
        }
        let Proposal { action, target, .. } = earlier.first()?.proposal.clone()?;
        Some(Self { attempt: earlier.attempt, action, target })
    }

    /// Returns the attempt that took the same action on the same target as `proposal`.
    pub fn find<'a>(attempted: &'a [Self], proposal: &Proposal) -> Option<&'a Self> {
        attempted.iter().find(|one| one.action == proposal.action && one.target == proposal.target)
    }
}
