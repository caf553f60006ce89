//! Holds what is stored of an incident against its records in the ledger. Pure.
//!
//! The outcome, each diagnosis with its evidence, each plan, each decision and each automation are recorded. What a record
//! announces and nothing stores yet is no difference: it is written first.

use common::{
    ApprovalDecision, AuditEntry, AuditRecord, Diagnosis, Evidence, Incident, Outcome, PlanHash,
    audit::{AuditBody, readable_bodies},
    chain,
    file_digest::is_as_recorded,
};

use super::report::Action;

/// Returns what differs, each in one sentence, beginning with a chain that does not hold.
pub(super) fn differences(
    records: &[AuditRecord],
    incident: &Incident,
    diagnoses: &[Diagnosis],
    evidence: &[Evidence],
    actions: &[Action],
) -> Vec<String> {
    let mut found = Vec::new();
    if let Err(broken) = chain::verify(incident.id, records) {
        found.push(format!("Audit trail: {broken}"));
    }
    let bodies: Vec<AuditBody> = readable_bodies(records).collect();
    let entries: Vec<AuditEntry> = bodies.iter().map(|body| body.entry.clone()).collect();
    if records.is_empty() && incident.status.is_end() {
        found.push(
            "Audit trail: no record of it; `nightshift migrate` moves those of the first version".to_owned(),
        );
        return found;
    }
    // What the first version recorded may be with its own ledger.
    let is_migrated = entries.iter().any(|entry| matches!(entry, AuditEntry::Migrated { .. }));
    if let Some(outcome) = incident.outcome.as_ref().filter(|_| !is_migrated)
        && !bodies.iter().any(|body| is_end(body, outcome))
    {
        found.push("Outcome: no record says that the incident ended like this".to_owned());
    }
    for diagnosis in diagnoses {
        let missing =
            diagnosis.evidence.iter().filter(|id| !evidence.iter().any(|one| one.id == **id)).count();
        if missing > 0 {
            let of = diagnosis.evidence.len();
            found.push(format!(
                "Diagnosis {}: {missing} of its {of} pieces of evidence are gone: expired, purged or removed",
                diagnosis.attempt
            ));
        } else if !is_as_recorded(&entries, diagnosis, evidence) {
            found.push(format!(
                "Diagnosis {}: it or its evidence is not what was recorded",
                diagnosis.attempt
            ));
        }
    }
    for action in actions {
        found.extend(of_action(&bodies, action, is_migrated));
    }
    found
}

/// Returns true if `body` records the outcome. A person's intent is recorded before the end, at the same time.
fn is_end(body: &AuditBody, outcome: &Outcome) -> bool {
    match &body.entry {
        AuditEntry::Ended { outcome: recorded } => recorded == outcome,
        AuditEntry::CloseIntended { .. } | AuditEntry::TakeoverIntended { .. } => body.at == outcome.ended_at,
        _ => false,
    }
}

fn of_action(bodies: &[AuditBody], action: &Action, is_migrated: bool) -> Vec<String> {
    let hash = &action.plan_hash;
    let says = |wanted: &dyn Fn(&AuditBody) -> bool| bodies.iter().any(wanted);
    let mut found = Vec::new();
    let mut differs = |what: &str| found.push(format!("Plan {}: {what}", hash.short()));
    if action.plan.as_ref().is_some_and(|plan| plan.hash() != *hash) {
        differs("it is not the plan with this hash");
    }
    if is_migrated {
        return found;
    }
    if let Some(approval) = &action.approval
        && !says(&|body| is_decision(body, hash, &approval.decision))
    {
        differs("no record says that it was decided like this");
    }
    if let Some(lease) = &action.lease {
        let started = |body: &AuditBody| matches!(&body.entry, AuditEntry::ActionIntended { plan_hash, .. } if plan_hash == hash);
        if lease.execution_id.is_some() && !says(&started) {
            differs("no record announces that it was started");
        }
        let ended_like_this = |body: &AuditBody| {
            let status = lease.end.as_ref().map(|end| &end.status);
            matches!(&body.entry, AuditEntry::ActionEnded { plan_hash, status: recorded, .. }
                if plan_hash == hash && Some(recorded) == status)
        };
        if lease.end.is_some() && !says(&ended_like_this) {
            differs("no record says that its automation ended like this");
        }
    }
    found
}

/// Returns true if `body` records the decision, or if there is none to record.
fn is_decision(body: &AuditBody, hash: &PlanHash, decision: &ApprovalDecision) -> bool {
    match (&body.entry, decision) {
        (_, ApprovalDecision::Pending) => true,
        (AuditEntry::ApprovalGiven { plan_hash, by }, ApprovalDecision::Approved { by: giver, at })
        | (AuditEntry::ApprovalRefused { plan_hash, by }, ApprovalDecision::Denied { by: giver, at }) => {
            plan_hash == hash && by == giver && body.at == *at
        }
        (AuditEntry::ApprovalExpired { plan_hash }, ApprovalDecision::Expired { .. }) => plan_hash == hash,
        (AuditEntry::ApprovalStands { plan_hash, decision: stands }, decision) => {
            plan_hash == hash && stands == decision
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use common::{Status, audit::AuditEntry};

    use super::{
        super::{report::Report, test_incident},
        *,
    };

    /// The whole incident, and its records.
    async fn incident() -> (Report, Vec<AuditRecord>) {
        (test_incident::gathered().await, test_incident::records().await)
    }

    fn of(report: &Report, records: &[AuditRecord]) -> Vec<String> {
        differences(records, &report.incident, &report.diagnoses, &report.evidence, &report.actions)
    }

    #[tokio::test]
    async fn differences_of_an_incident_as_it_was_written_are_none() {
        let (report, records) = incident().await;
        assert_eq!(of(&report, &records), Vec::<String>::new());
        assert_eq!(report.not_as_recorded, Vec::<String>::new());
    }

    #[tokio::test]
    async fn differences_each_edit_of_what_is_shown_is_told() {
        type Edit = fn(&mut Report);
        let edits: [(&str, Edit); 8] = [
            ("Outcome", |report| report.incident.outcome.as_mut().unwrap().reason.push('!')),
            ("Diagnosis 1", |report| report.diagnoses[0].hypotheses[0].cause.push('!')),
            ("Diagnosis 1", |report| report.diagnoses[0].hypotheses[0].confidence = 0.99),
            ("Diagnosis 1", |report| report.evidence[0].summary.push('!')),
            ("are gone", |report| drop(report.evidence.remove(0))),
            ("not the plan", |report| report.actions[0].plan.as_mut().unwrap().document.push('!')),
            ("decided", |report| {
                let by = "mallory".to_owned();
                let at = report.actions[0].approval.as_ref().unwrap().requested_at;
                report.actions[0].approval.as_mut().unwrap().decision = ApprovalDecision::Approved { by, at };
            }),
            ("ended like this", |report| {
                report.actions[0].lease.as_mut().unwrap().end.as_mut().unwrap().status = "Failed".to_owned();
            }),
        ];
        for (expected, edit) in edits {
            let (mut report, records) = incident().await;
            edit(&mut report);
            let found = of(&report, &records);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
    }

    #[tokio::test]
    async fn differences_each_record_that_is_missing_or_edited_is_told() {
        let (report, records) = incident().await;
        for at in 0..records.len() {
            let mut edited = records.clone();
            edited[at].body.push(' ');
            assert!(!of(&report, &edited).is_empty(), "{at}");
            let mut removed = records.clone();
            removed.remove(at);
            // What was cut at the end is found by the log over all chains.
            assert!(!of(&report, &removed).is_empty() || at + 1 == records.len(), "{at}");
        }
        let chained_anew = records.iter().filter(|record| {
            !matches!(record.parse_body().unwrap().entry, AuditEntry::ActionIntended { .. })
        });
        let mut chain: Vec<AuditRecord> = Vec::new();
        for record in chained_anew {
            chain.push(AuditRecord::following_as(chain.last(), record.body.clone()));
        }
        assert!(of(&report, &chain).iter().any(|one| one.contains("announces")), "{:?}", of(&report, &chain));
    }

    #[tokio::test]
    async fn differences_of_an_open_incident_are_none() {
        let (mut report, records) = incident().await;
        report.incident.status = Status::Remediating;
        report.incident.outcome = None;
        assert_eq!(of(&report, &records), Vec::<String>::new());
    }
}
