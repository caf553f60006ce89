//! Phrases the entries of the audit trail.

use common::{ActionId, ApprovalDecision, AuditEntry, Conclusion, Resolution, notification::Occasion};

use crate::output::plain;

pub(crate) fn sentence(entry: &AuditEntry) -> String {
    match entry {
        AuditEntry::Opened(opened) => {
            format!("opened by event {}, SHA-256 {}", opened.event_id, opened.signal_digest)
        }
        AuditEntry::ApplicationNamed { application } => {
            format!("the tags name the application {application}")
        }
        AuditEntry::Diagnosed { attempt, conclusion, summary, .. } => {
            format!("diagnosis {attempt}: {}: {summary}", concluded(conclusion))
        }
        AuditEntry::Judged { plan_hash, action, target, verdict } => format!(
            "policy verdict {} for plan {}: {action} on {}",
            verdict.decision.as_str(),
            plan_hash.short(),
            target.name()
        ),
        AuditEntry::ProposalRefused { action, target, reason } => {
            format!("no plan for {action} on {}: {reason}", target.name())
        }
        AuditEntry::ApprovalRequested { plan_hash, expires_at } => {
            format!(
                "approval requested for plan {}, expires {}",
                plan_hash.short(),
                plain::date_time(*expires_at)
            )
        }
        AuditEntry::ApprovalGiven { plan_hash, by } => format!("plan {} approved by {by}", plan_hash.short()),
        AuditEntry::ApprovalRefused { plan_hash, by } => format!("plan {} denied by {by}", plan_hash.short()),
        AuditEntry::ApprovalExpired { plan_hash } => {
            format!("plan {} expired: nobody answered in time", plan_hash.short())
        }
        AuditEntry::ApprovalStands { plan_hash, decision } => {
            let stands = match decision {
                ApprovalDecision::Pending => {
                    return format!(
                        "the decision on plan {} could not be stored: none stands",
                        plan_hash.short()
                    );
                }
                ApprovalDecision::Approved { by, .. } => format!("the approval by {by}"),
                ApprovalDecision::Denied { by, .. } => format!("the denial by {by}"),
                ApprovalDecision::Expired { .. } => "the expiry".to_owned(),
            };
            format!("plan {} was already decided, and {stands} stands", plan_hash.short())
        }
        AuditEntry::ActionIntended { plan_hash, action, target, .. } => {
            format!("starting plan {}: {action} on {}", plan_hash.short(), target.name())
        }
        AuditEntry::ActionStarted { plan_hash, execution_id } => {
            format!("plan {} runs as automation {execution_id}", plan_hash.short())
        }
        AuditEntry::ActionEnded { plan_hash, execution_id, status, reason } => {
            let why = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("automation {execution_id} of plan {} ended: {status}{why}", plan_hash.short())
        }
        AuditEntry::WaitingForTarget { target, holder, .. } => {
            format!("waiting for {}: incident {holder} acts on it", target.name())
        }
        AuditEntry::UndoDeclined { plan_hash, reason } => {
            format!("plan {} is not undone: {reason}", plan_hash.short())
        }
        AuditEntry::Verified { attempt, result, summary } => {
            format!("verification of attempt {attempt}: {}: {summary}", result.as_str().replace('_', " "))
        }
        AuditEntry::Ended { outcome } => format!("{}: {}", resolved(outcome.resolution), outcome.reason),
        AuditEntry::StartIntended { reason } => format!("starting the execution: {reason}"),
        AuditEntry::CloseIntended { by, reason } => format!("closing by {by}: {reason}"),
        AuditEntry::TakeoverIntended { by, reason } => format!("takeover by {by}: {reason}"),
        AuditEntry::BreakerCloseIntended { action, application, by, reason } => {
            format!("closing the breaker of {} by {by}: {reason}", breaker(action, application.as_deref()))
        }
        AuditEntry::Migrated { first, last, hash } => {
            format!(
                "records up to here are from {first} to {last} of the first version's ledger, hash {hash}"
            )
        }
        AuditEntry::PurgeIntended { by, reason } => format!("purging by {by}: {reason}"),
        AuditEntry::NotificationIntended { occasion, channel, subject } => {
            format!("sending to {channel}, {}: {subject}", occasion_text(*occasion))
        }
        AuditEntry::NotificationDelivered { occasion, channel, message_id } => {
            format!("sent to {channel}, {} (message {message_id})", occasion_text(*occasion))
        }
        AuditEntry::NotificationFailed { occasion, channel, reason } => {
            format!("not sent to {channel}, {}: {reason}", occasion_text(*occasion))
        }
    }
}

/// Names the action and the application whose breaker it is.
pub(crate) fn breaker(action: &ActionId, application: Option<&str>) -> String {
    match application {
        Some(application) => format!("{action} for {application}"),
        None => format!("{action} outside any application"),
    }
}

pub(super) const fn concluded(conclusion: &Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Explained => "cause found",
        Conclusion::AlreadyRecovered => "already recovered",
        Conclusion::NoFault { .. } => "no fault found",
        Conclusion::Abstained { .. } => "no cause found",
    }
}

pub(crate) const fn resolved(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::ByNightshift => "resolved by Nightshift",
        Resolution::ByItself => "resolved by itself",
        Resolution::Escalated => "escalated to a human",
        Resolution::Closed => "closed by a person",
        Resolution::TakenOver => "taken over by a person",
    }
}

const fn occasion_text(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Preliminary => "preliminary",
        Occasion::ApprovalNeeded => "approval needed",
        Occasion::Resolved => "resolved",
        Occasion::Escalated => "escalated to a human",
        Occasion::ExecutionBroken => "execution failed",
        Occasion::NotMoving => "no progress",
        Occasion::StillFiring => "still firing",
        Occasion::Flapping => "flapping",
        Occasion::Closed => "closed by a person",
        Occasion::TakenOver => "taken over by a person",
    }
}
