//! What is known of an incident, as far as it can be read: what cannot becomes a gap, never an error.

use common::{
    Approval, AuditEntry, Diagnosis, Evidence, Incident, Plan, PlanHash, PortError,
    ports::{Approvals, CaseFile, Incidents, Lease, Leases, Ledger},
};

use crate::Input;

#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) incident: Option<Incident>,
    /// The last one.
    pub(crate) diagnosis: Option<Diagnosis>,
    /// Whether it is known that there is none, where there is none.
    pub(crate) diagnosis_read: bool,
    pub(crate) evidence: Vec<Evidence>,
    /// What was done, oldest first; `None` where that is not known.
    pub(crate) actions: Option<Vec<Action>>,
    pub(crate) approvals: Vec<Approval>,
    /// The plan that asks for approval.
    pub(crate) plan: Option<Plan>,
    /// The policies' sentences on that plan.
    pub(crate) plan_because: Option<String>,
    /// What could not be read or written, in sentences.
    pub(crate) troubles: Vec<String>,
}

/// A plan whose lease was taken.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) lease: Lease,
    pub(crate) plan: Option<Plan>,
    /// The policies' sentences.
    pub(crate) because: Option<String>,
}

impl Case {
    pub(crate) fn trouble(&mut self, sentence: impl Into<String>) {
        self.troubles.push(sentence.into());
    }

    /// What a read gave, or the gap that it leaves.
    fn read<T>(&mut self, what: &str, read: Result<T, PortError>) -> Option<T> {
        read.inspect_err(|error| self.trouble(format!("{what} could not be read ({error})."))).ok()
    }
}

/// Into `case`, so that what was read stays when the time is over.
pub(crate) async fn gather(
    store: &(impl Incidents + CaseFile + Ledger + Approvals + Leases),
    input: &Input,
    case: &mut Case,
) {
    let id = input.incident_id;
    case.incident = case.read("The incident", store.incident(id).await).flatten();
    if case.incident.is_none() && case.troubles.is_empty() {
        case.trouble("There is no incident with this id in the store.");
    }
    let timeline = case.read("The audit trail", store.timeline(id).await).unwrap_or_default();
    let entries: Vec<_> = timeline.iter().filter_map(|it| it.read().ok()).map(|body| body.entry).collect();
    let attempt = entries.iter().rev().find_map(|entry| match entry {
        AuditEntry::Diagnosed { attempt, .. } => Some(*attempt),
        _ => None,
    });
    let diagnosis = case.read("The diagnosis", store.diagnosis(id, attempt.unwrap_or(1)).await);
    case.diagnosis_read = diagnosis.is_some();
    case.diagnosis = diagnosis.flatten();
    if case.diagnosis.is_some() {
        case.evidence = case.read("The evidence", store.evidence(id).await).unwrap_or_default();
    }
    case.approvals = case.read("The approvals", store.approvals(id).await).unwrap_or_default();
    if let Some(hash) = &input.plan_hash {
        case.plan = case.read("The plan", store.plan(id, hash).await).flatten();
        case.plan_because = because(&entries, hash);
    }
    if let Some(mut leases) = case.read("What was done", store.taken_by(id).await) {
        leases.sort_by_key(|lease| lease.acquired_at);
        let mut actions = Vec::new();
        for lease in leases {
            let plan = case.read("A plan", store.plan(id, &lease.plan_hash).await).flatten();
            let because = because(&entries, &lease.plan_hash);
            actions.push(Action { lease, plan, because });
        }
        case.actions = Some(actions);
    }
}

/// What the last verdict on a plan gave as its reasons.
fn because(entries: &[AuditEntry], hash: &PlanHash) -> Option<String> {
    entries.iter().rev().find_map(|entry| match entry {
        AuditEntry::Judged { plan_hash, verdict, .. } if plan_hash == hash => Some(verdict.because()),
        _ => None,
    })
}
