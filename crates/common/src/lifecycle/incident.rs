//! Defines an incident: one problem, from its first signal to its outcome.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, Fingerprint, IncidentId, Severity, Signal};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    pub id: IncidentId,
    pub fingerprint: Fingerprint,
    /// 1 for the first incident with this fingerprint, 2 for the next one after that closed, …
    pub episode: u32,
    pub status: Status,
    pub severity: Severity,
    pub opened_at: Timestamp,
    /// The signal that opened it.
    pub signal: Signal,
    /// The application, once known: from the event, else from the tags that diagnose read.
    pub application: Option<String>,
    /// Signals attached, the opening one included.
    pub signal_count: u32,
    pub last_signal_at: Timestamp,
    pub outcome: Option<Outcome>,
}

impl Incident {
    /// The incident that `signal` opens.
    pub fn opened_by(signal: Signal, episode: u32) -> Self {
        Self {
            id: IncidentId::opened_by(&signal.event_id, &signal.fingerprint, signal.occurred_at),
            fingerprint: signal.fingerprint.clone(),
            episode,
            status: Status::Open,
            severity: signal.severity,
            opened_at: signal.occurred_at,
            application: signal.application.clone(),
            signal_count: 1,
            last_signal_at: signal.occurred_at,
            outcome: None,
            signal,
        }
    }

    /// Returns the resources that the event itself named.
    pub fn resources(&self) -> &[Arn] {
        &self.signal.resources
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    Diagnosing,
    AwaitingApproval,
    Remediating,
    Verifying,
    Resolved,
    Escalated,
}

impl Status {
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Diagnosing,
        Self::AwaitingApproval,
        Self::Remediating,
        Self::Verifying,
        Self::Resolved,
        Self::Escalated,
    ];

    /// Returns true if an incident may go from here to `to`. Staying is always permitted, so that a
    /// repeated step does no harm; nothing leaves an end.
    pub fn may_become(self, to: Self) -> bool {
        use Status::{AwaitingApproval, Diagnosing, Escalated, Open, Remediating, Resolved, Verifying};
        self == to
            || match self {
                Open => matches!(to, Diagnosing | Escalated),
                Diagnosing => matches!(to, AwaitingApproval | Remediating | Verifying | Escalated),
                // The approval of an undo may come when the symptom is gone, or another hand has changed the target.
                AwaitingApproval => matches!(to, Remediating | Verifying | Diagnosing | Escalated),
                Remediating => matches!(to, AwaitingApproval | Verifying | Diagnosing | Escalated),
                Verifying => {
                    matches!(to, AwaitingApproval | Remediating | Diagnosing | Resolved | Escalated)
                }
                Resolved | Escalated => false,
            }
    }

    /// The statuses from which `self` may be reached.
    pub fn sources(self) -> Vec<Self> {
        Self::ALL.into_iter().filter(|from| from.may_become(self)).collect()
    }

    pub const fn is_end(self) -> bool {
        matches!(self, Self::Resolved | Self::Escalated)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Diagnosing => "diagnosing",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Remediating => "remediating",
            Self::Verifying => "verifying",
            Self::Resolved => "resolved",
            Self::Escalated => "escalated",
        }
    }
}

/// Records how an incident ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub resolution: Resolution,
    pub reason: String,
    pub ended_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// An action of ours was followed by the symptom going and staying away.
    ByNightshift,
    /// The symptom went away and nothing of ours had been done.
    ByItself,
    /// Handed over.
    Escalated,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_ends_are_final() {
        for end in [Status::Resolved, Status::Escalated] {
            for to in Status::ALL {
                assert_eq!(end.may_become(to), end == to);
            }
        }
    }

    #[test]
    fn status_every_one_but_the_first_can_be_reached_and_every_one_can_be_escalated() {
        for status in Status::ALL {
            assert!(status == Status::Open || status.sources().len() > 1);
            assert!(status.is_end() || status.may_become(Status::Escalated));
        }
    }

    #[test]
    fn status_resolved_only_after_verification() {
        assert_eq!(Status::Resolved.sources(), [Status::Verifying, Status::Resolved]);
    }
}
