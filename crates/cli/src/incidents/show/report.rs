//! Collects everything that is stored of an incident, and its audit records.

use common::{
    AuditEntry, AuditRecord, Diagnosis, Evidence, Incident, IncidentId, Plan, PlanHash, PortError,
    ports::{Approvals, CaseFile, Leases, Ledger},
    verification::Verification,
};
use guard::Guard;
use jiff::Timestamp;
use serde::Serialize;

use super::{
    action::{Action, ApprovalState, PolicyVerdict},
    as_recorded,
};

/// Far more attempts than an incident ever has.
const MAX_ATTEMPTS: u32 = 20;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) incident: Incident,
    /// The diagnosis that the latest look would make; `None` once a diagnosis is made. It is not on record.
    pub(crate) preliminary: Option<Diagnosis>,
    pub(crate) diagnoses: Vec<Diagnosis>,
    /// The evidence that a diagnosis names or, before there is one, that the preliminary message quotes. No record knows of
    /// other evidence.
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) actions: Vec<Action>,
    pub(crate) verifications: Vec<Verification>,
    pub(crate) timeline: Vec<AuditLine>,
    /// The differences between what is stored and the audit trail, and the break in the trail itself. Empty where there are none.
    pub(crate) not_as_recorded: Vec<String>,
}

/// A record of the audit trail; one that another version wrote may not be readable.
#[derive(Debug, Serialize)]
pub(crate) struct AuditLine {
    pub(crate) sequence: u64,
    pub(crate) at: Option<Timestamp>,
    pub(crate) entry: Option<AuditEntry>,
    pub(crate) unreadable: Option<String>,
    pub(crate) hash: String,
}

/// The diagnoses of an incident, by attempt.
pub(crate) async fn diagnoses(store: &impl CaseFile, id: IncidentId) -> Result<Vec<Diagnosis>, PortError> {
    let mut diagnoses = Vec::new();
    for attempt in 1..=MAX_ATTEMPTS {
        let Some(made) = store.diagnosis(id, attempt).await? else { break };
        diagnoses.push(made);
    }
    Ok(diagnoses)
}

pub(crate) async fn gather(
    store: &(impl CaseFile + Leases + Approvals + Ledger),
    guard: &Guard,
    incident: Incident,
) -> Result<Report, PortError> {
    let id = incident.id;
    let diagnoses = diagnoses(store, id).await?;
    let mut verifications = Vec::new();
    for made in &diagnoses {
        verifications.extend(store.verification(id, made.attempt).await?);
    }
    // Evidence is stored with the diagnosis; until then there is what the preliminary message quotes.
    let (preliminary, quoted) = match store.preliminary(id).await?.filter(|_| diagnoses.is_empty()) {
        Some(known) => (Some(known.diagnosis), known.evidence),
        None => (None, Vec::new()),
    };
    let stored = store.evidence(id).await?;
    let records = store.timeline(id).await?;
    let timeline: Vec<AuditLine> = records.iter().cloned().map(AuditLine::from).collect();
    let actions = actions(store, guard, id, &timeline).await?;
    Ok(Report {
        not_as_recorded: as_recorded::differences(&records, &incident, &diagnoses, &stored, &actions),
        actions,
        evidence: if diagnoses.is_empty() { quoted } else { named(&diagnoses, stored) },
        incident,
        preliminary,
        diagnoses,
        verifications,
        timeline,
    })
}

/// Returns the evidence that one of the diagnoses names, by id: under which key it is stored makes no difference.
fn named(diagnoses: &[Diagnosis], mut evidence: Vec<Evidence>) -> Vec<Evidence> {
    let is_named = |one: &Evidence| diagnoses.iter().any(|made| made.evidence.contains(&one.id));
    evidence.retain(is_named);
    evidence.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
    evidence
}

/// The plans in the order in which the ledger first names them.
async fn actions(
    store: &(impl CaseFile + Leases + Approvals),
    guard: &Guard,
    id: IncidentId,
    timeline: &[AuditLine],
) -> Result<Vec<Action>, PortError> {
    let approvals = store.approvals(id).await?;
    let leases = store.taken_by(id).await?;
    let mut hashes: Vec<&PlanHash> = Vec::new();
    let named = timeline.iter().filter_map(|line| plan_of(line.entry.as_ref()?));
    let asked = approvals.iter().map(|approval| &approval.plan_hash);
    for hash in named.chain(asked).chain(leases.iter().map(|lease| &lease.plan_hash)) {
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    let mut actions = Vec::new();
    for hash in hashes {
        let plan = store.plan(id, hash).await?;
        let approval = approvals.iter().find(|approval| approval.plan_hash == *hash);
        actions.push(Action {
            plan_hash: hash.clone(),
            summary: plan.as_ref().map_or_else(
                || "Plan no longer stored with the incident".to_owned(),
                |plan| guard.describe(plan),
            ),
            undo: plan.as_ref().map(|plan| undo(guard, plan)).unwrap_or_default(),
            plan,
            verdicts: timeline.iter().filter_map(|line| judged(line, hash)).collect(),
            approval: approval.map(ApprovalState::from),
            lease: leases.iter().find(|lease| lease.plan_hash == *hash).cloned(),
            announced_at: timeline.iter().find_map(|line| announced(line, hash)),
        });
    }
    Ok(actions)
}

/// Says how a plan can be undone.
fn undo(guard: &Guard, plan: &Plan) -> String {
    if let Some(undone) = &plan.undo_of {
        return format!("this is the undo of plan {}", undone.short());
    }
    let undo = guard.catalogue.action(&plan.action).and_then(|action| action.undo.as_ref());
    undo.map_or_else(|| "not possible".to_owned(), |undo| format!("{}, if it does not help", undo.action))
}

const fn plan_of(entry: &AuditEntry) -> Option<&PlanHash> {
    match entry {
        AuditEntry::Judged { plan_hash, .. }
        | AuditEntry::ApprovalRequested { plan_hash, .. }
        | AuditEntry::ApprovalGiven { plan_hash, .. }
        | AuditEntry::ApprovalRefused { plan_hash, .. }
        | AuditEntry::ApprovalExpired { plan_hash }
        | AuditEntry::ApprovalStands { plan_hash, .. }
        | AuditEntry::ActionIntended { plan_hash, .. }
        | AuditEntry::ActionStarted { plan_hash, .. }
        | AuditEntry::ActionEnded { plan_hash, .. }
        | AuditEntry::WaitingForTarget { plan_hash, .. }
        | AuditEntry::UndoDeclined { plan_hash, .. } => Some(plan_hash),
        AuditEntry::Opened(_)
        | AuditEntry::ApplicationNamed { .. }
        | AuditEntry::Diagnosed { .. }
        | AuditEntry::ProposalRefused { .. }
        | AuditEntry::Verified { .. }
        | AuditEntry::Ended { .. }
        | AuditEntry::StartIntended { .. }
        | AuditEntry::CloseIntended { .. }
        | AuditEntry::TakeoverIntended { .. }
        | AuditEntry::BreakerCloseIntended { .. }
        | AuditEntry::Migrated { .. }
        | AuditEntry::PurgeIntended { .. }
        | AuditEntry::NotificationIntended { .. }
        | AuditEntry::NotificationDelivered { .. }
        | AuditEntry::NotificationFailed { .. } => None,
    }
}

fn announced(line: &AuditLine, hash: &PlanHash) -> Option<Timestamp> {
    match line.entry.as_ref()? {
        AuditEntry::ActionIntended { plan_hash, .. } if plan_hash == hash => line.at,
        _ => None,
    }
}

fn judged(line: &AuditLine, hash: &PlanHash) -> Option<PolicyVerdict> {
    match line.entry.as_ref()? {
        AuditEntry::Judged { plan_hash, verdict, .. } if plan_hash == hash => {
            Some(PolicyVerdict { at: line.at?, verdict: verdict.clone() })
        }
        _ => None,
    }
}

impl From<AuditRecord> for AuditLine {
    fn from(record: AuditRecord) -> Self {
        let (at, entry, unreadable) = match record.parse_body() {
            Ok(body) => (Some(body.at), Some(body.entry), None),
            Err(_) => (None, None, Some(record.body)),
        };
        Self { sequence: record.sequence, at, entry, unreadable, hash: record.hash }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_incident;

    #[tokio::test]
    async fn gather_brings_all_together_and_keeps_the_token_secret() {
        let report = test_incident::gathered().await;
        assert_eq!((report.diagnoses.len(), report.evidence.len(), report.timeline.len()), (1, 3, 11));
        let action = &report.actions[0];
        assert_eq!(action.summary, "Restore version 1 of the parameter /petshop/limit");
        assert_eq!(action.verdicts.len(), 1);
        assert!(action.approval.is_some() && action.lease.is_some());
        let json = serde_json::to_string(&report).unwrap();
        assert!(!json.contains(test_incident::TASK_TOKEN));
        assert!(json.contains("\"execution_id\":\"exec-1\""));
    }
}
