//! The ledger's entries as sentences.

use common::{ApprovalDecision, AuditEntry, Conclusion, Resolution, notification::Occasion};

use crate::plain;

pub(super) fn sentence(entry: &AuditEntry) -> String {
    match entry {
        AuditEntry::Diagnosed { attempt, conclusion, summary } => {
            format!("diagnosis {attempt}: {}: {summary}", concluded(conclusion))
        }
        AuditEntry::Judged { plan_hash, action, target, verdict } => format!(
            "policy says {} to {action} of {}, plan {}",
            verdict.decision.as_str(),
            target.name(),
            plan_hash.short()
        ),
        AuditEntry::ProposalRefused { action, target, reason } => {
            format!("no plan to {action} of {}: {reason}", target.name())
        }
        AuditEntry::ApprovalRequested { plan_hash, expires_at } => {
            format!(
                "a human is asked for plan {}, until {}",
                plan_hash.short(),
                plain::date_time(*expires_at)
            )
        }
        AuditEntry::ApprovalGiven { plan_hash, by } => format!("plan {} approved by {by}", plan_hash.short()),
        AuditEntry::ApprovalRefused { plan_hash, by } => format!("plan {} denied by {by}", plan_hash.short()),
        AuditEntry::ApprovalExpired { plan_hash } => {
            format!("nobody answered for plan {} in time, which is a no", plan_hash.short())
        }
        AuditEntry::ApprovalStands { plan_hash, decision } => {
            let stands = match decision {
                ApprovalDecision::Pending => "no decision".to_owned(),
                ApprovalDecision::Approved { by, .. } => format!("the approval by {by}"),
                ApprovalDecision::Denied { by, .. } => format!("the denial by {by}"),
                ApprovalDecision::Expired { .. } => "the expiry".to_owned(),
            };
            format!("that came second for plan {}: {stands} stands", plan_hash.short())
        }
        AuditEntry::ActionIntended { plan_hash, action, target, .. } => {
            format!("about to start plan {}: {action} of {}", plan_hash.short(), target.name())
        }
        AuditEntry::ActionStarted { plan_hash, execution_id } => {
            format!("plan {} runs as automation {execution_id}", plan_hash.short())
        }
        AuditEntry::ActionEnded { plan_hash, execution_id, status, reason } => {
            let why = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("automation {execution_id} of plan {} ended: {status}{why}", plan_hash.short())
        }
        AuditEntry::Verified { attempt, result, summary } => {
            format!(
                "looked whether attempt {attempt} helped: {}: {summary}",
                result.as_str().replace('_', " ")
            )
        }
        AuditEntry::Ended { outcome } => format!("{}: {}", resolved(outcome.resolution), outcome.reason),
        AuditEntry::NotificationIntended { occasion, channel, subject } => {
            format!("about to say on {channel} {}: {subject}", told(*occasion))
        }
        AuditEntry::NotificationDelivered { occasion, channel, message_id } => {
            format!("said on {channel} {} (message {message_id})", told(*occasion))
        }
        AuditEntry::NotificationFailed { occasion, channel, reason } => {
            format!("could not say on {channel} {}: {reason}", told(*occasion))
        }
    }
}

pub(super) fn concluded(conclusion: &Conclusion) -> String {
    match conclusion {
        Conclusion::Explained => "explained".to_owned(),
        Conclusion::AlreadyRecovered => "already recovered".to_owned(),
        Conclusion::Abstained { reason } => format!("abstained, {reason}"),
    }
}

pub(super) const fn resolved(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::ByNightshift => "resolved by Nightshift",
        Resolution::ByItself => "resolved by itself",
        Resolution::Escalated => "handed over to a human",
    }
}

const fn told(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::ApprovalNeeded => "that an approval is needed",
        Occasion::Resolved => "that it is resolved",
        Occasion::Escalated => "that a human must take over",
        Occasion::ExecutionBroken => "that its execution broke",
    }
}
