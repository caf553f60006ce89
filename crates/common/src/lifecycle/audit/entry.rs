//! Defines what a record of the ledger says: its body, and the kinds of entries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ActionId, ApprovalDecision, Arn, Conclusion, IncidentId, Outcome, PlanHash, Verdict,
    notification::Occasion, opening::Opened, verification::VerificationResult,
};

/// The content of a record's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditBody {
    pub at: Timestamp,
    pub incident_id: IncidentId,
    pub entry: AuditEntry,
    /// From then on the record may be gone; `None` where it stays for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AuditEntry {
    /// The incident was opened: the first record of its chain.
    Opened(Opened),
    /// The tags of what the incident is about name this application, and not the one that the event named.
    ApplicationNamed {
        application: String,
    },
    Diagnosed {
        attempt: u32,
        conclusion: Conclusion,
        summary: String,
        /// The [`file_digest`](crate::file_digest::file_digest) of the diagnosis and its evidence; `None` in records of the
        /// first version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file_digest: Option<String>,
    },
    Judged {
        plan_hash: PlanHash,
        action: ActionId,
        target: Arn,
        verdict: Verdict,
    },
    /// A proposal that never became a plan.
    ProposalRefused {
        action: ActionId,
        target: Arn,
        reason: String,
    },
    ApprovalRequested {
        plan_hash: PlanHash,
        expires_at: Timestamp,
    },
    ApprovalGiven {
        plan_hash: PlanHash,
        by: String,
    },
    ApprovalRefused {
        plan_hash: PlanHash,
        by: String,
    },
    ApprovalExpired {
        plan_hash: PlanHash,
    },
    /// A record before announced a decision that came second, or that could not be stored: this one stands.
    ApprovalStands {
        plan_hash: PlanHash,
        decision: ApprovalDecision,
    },
    /// Written before the automation is started.
    ActionIntended {
        plan_hash: PlanHash,
        action: ActionId,
        target: Arn,
        client_token: String,
    },
    ActionStarted {
        plan_hash: PlanHash,
        execution_id: String,
    },
    ActionEnded {
        plan_hash: PlanHash,
        execution_id: String,
        status: String,
        reason: Option<String>,
    },
    /// An incident waits, because another one acts on the target of its plan.
    WaitingForTarget {
        plan_hash: PlanHash,
        target: Arn,
        holder: IncidentId,
    },
    /// A plan's change is not undone.
    UndoDeclined {
        plan_hash: PlanHash,
        reason: String,
    },
    Verified {
        attempt: u32,
        result: VerificationResult,
        summary: String,
    },
    Ended {
        outcome: Outcome,
    },
    /// Written before the execution of an incident that was opened and never started is started.
    StartIntended {
        reason: String,
    },
    /// A person closes the incident. `by` is the ARN that STS gave for the caller's credentials.
    CloseIntended {
        by: String,
        reason: String,
    },
    /// A person takes the incident over. `by` is as in `CloseIntended`.
    TakeoverIntended {
        by: String,
        reason: String,
    },
    /// A person closes the breaker of an action for an application (`None`: for what belongs to none). `by` is as in
    /// `CloseIntended`.
    BreakerCloseIntended {
        action: ActionId,
        application: Option<String>,
        by: String,
        reason: String,
    },
    /// The records before this one are those of the first version's ledger, where they had the numbers `first` to `last`
    /// among those of other incidents, and the last one the hash `hash`.
    Migrated {
        first: u64,
        last: u64,
        hash: String,
    },
    /// Written before the message is sent.
    NotificationIntended {
        occasion: Occasion,
        channel: String,
        subject: String,
    },
    NotificationDelivered {
        occasion: Occasion,
        channel: String,
        message_id: String,
    },
    NotificationFailed {
        occasion: Occasion,
        channel: String,
        reason: String,
    },
    /// A person deletes what is personal or large of an incident that has ended. `by` is as in `CloseIntended`.
    PurgeIntended {
        by: String,
        reason: String,
    },
}

impl AuditEntry {
    /// Returns true for a record of a step of its incident. One about its opening, its application, a message, a breaker, a
    /// purge or the ledger itself moves nothing.
    pub const fn is_step(&self) -> bool {
        !matches!(
            self,
            Self::Opened(_)
                | Self::ApplicationNamed { .. }
                | Self::NotificationIntended { .. }
                | Self::NotificationDelivered { .. }
                | Self::NotificationFailed { .. }
                | Self::BreakerCloseIntended { .. }
                | Self::Migrated { .. }
                | Self::PurgeIntended { .. }
        )
    }
}
