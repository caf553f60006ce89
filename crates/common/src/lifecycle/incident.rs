//! Defines an incident: one problem, from its first signal to its outcome.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, Fingerprint, IncidentId, Severity, Signal, notification::Occasion};

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
    /// The severities of the signals that were attached after the opening one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attached_severities: BTreeSet<Severity>,
    pub outcome: Option<Outcome>,
    /// Where what is personal or large of it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged: Option<Purge>,
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
            attached_severities: BTreeSet::new(),
            outcome: None,
            purged: None,
            signal,
        }
    }

    /// Returns the incident without the event's own words. One that was purged before stays as that purge left it.
    #[must_use]
    pub fn purged(&self, purge: Purge) -> Self {
        let title = format!("{} (purged)", self.signal.source);
        let signal = Signal { title, labels: BTreeMap::new(), untrusted: Vec::new(), ..self.signal.clone() };
        Self { signal, purged: self.purged.clone().or(Some(purge)), ..self.clone() }
    }

    /// Returns the worst severity of its signals, for people. What is decided rests on that of the opening signal, which the
    /// ledger holds.
    pub fn worst_severity(&self) -> Severity {
        self.attached_severities.first().map_or(self.severity, |worst| self.severity.min(*worst))
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

    /// The statuses from which an incident may end as `self` with this resolution. A person may close an incident
    /// that was never verified; Nightshift may not.
    pub fn sources_of_end(self, resolution: Resolution) -> Vec<Self> {
        let may_end =
            |from: &Self| !from.is_end() && (resolution == Resolution::Closed || from.may_become(self));
        if self.is_end() { Self::ALL.into_iter().filter(may_end).collect() } else { Vec::new() }
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

/// Records that what is personal or large of an incident was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purge {
    pub at: Timestamp,
    /// The ARN that STS gave for the caller's credentials.
    pub by: String,
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
    /// A person closed it.
    Closed,
    /// A person took it over.
    TakenOver,
}

impl Outcome {
    /// The outcome of an incident that a person ended, as `by` (the ARN that STS gave for the caller's credentials), who said
    /// `why`, if anything.
    pub fn by_person(resolution: Resolution, by: &str, why: &str, ended_at: Timestamp) -> Self {
        let verb = if resolution == Resolution::TakenOver { "taken over" } else { "closed" };
        let reason =
            if why.is_empty() { format!("{verb} by {by}") } else { format!("{verb} by {by}: {why}") };
        Self { resolution, reason, ended_at }
    }
}

impl Resolution {
    /// The occasion of the message about this end.
    pub const fn occasion(self) -> Occasion {
        match self {
            Self::ByNightshift | Self::ByItself => Occasion::Resolved,
            Self::Escalated => Occasion::Escalated,
            Self::Closed => Occasion::Closed,
            Self::TakenOver => Occasion::TakenOver,
        }
    }
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
        for resolution in [Resolution::ByNightshift, Resolution::ByItself] {
            assert_eq!(Status::Resolved.sources_of_end(resolution), [Status::Verifying]);
        }
    }

    #[test]
    fn status_a_person_ends_what_has_not_ended_whatever_its_status() {
        let unended: Vec<_> = Status::ALL.into_iter().filter(|status| !status.is_end()).collect();
        assert_eq!(Status::Resolved.sources_of_end(Resolution::Closed), unended);
        assert_eq!(Status::Escalated.sources_of_end(Resolution::TakenOver), unended);
        assert_eq!(Status::Diagnosing.sources_of_end(Resolution::Closed), []);
    }
}
