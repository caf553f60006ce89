//! Holds what is stored of an incident against its records in the ledger. Pure.
//!
//! The opening, the application, the outcome, each diagnosis with its evidence, each plan, request, decision and automation are
//! recorded. Not on record are the status of an open incident, how many signals it has and when the last one came, what is
//! known before the first diagnosis, and the working state of verifications: `show` says so of what it prints of them.

use std::collections::BTreeSet;

use common::{
    AuditEntry, AuditRecord, Diagnosis, Evidence, Incident,
    as_recorded::Recorded,
    audit::{AuditBody, readable_bodies},
    chain,
};

use super::action::Action;

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
    if records.is_empty() && incident.status.is_end() {
        found.push(
            "Audit trail: no record of it; `nightshift migrate` moves those of the first version".to_owned(),
        );
        return found;
    }
    let recorded = Recorded::new(&bodies);
    let of_incident = [recorded.opening(incident), recorded.application(incident)];
    found.extend(of_incident.into_iter().flatten().map(|what| format!("Incident: {what}")));
    found.extend(recorded.outcome(incident).map(|what| format!("Outcome: {what}")));
    for diagnosis in diagnoses {
        let missing =
            diagnosis.evidence.iter().filter(|id| !evidence.iter().any(|one| one.id == **id)).count();
        if missing > 0 {
            let of = diagnosis.evidence.len();
            found.push(format!(
                "Diagnosis {}: {missing} of its {of} pieces of evidence are gone: expired, purged or removed",
                diagnosis.attempt
            ));
        } else if let Some(what) = recorded.diagnosis(diagnosis, evidence) {
            found.push(format!("Diagnosis {}: {what}", diagnosis.attempt));
        }
    }
    let attempts: BTreeSet<u32> = diagnoses.iter().map(|made| made.attempt).collect();
    if attempts.len() < diagnoses.len() {
        found.push("Diagnosis: two are stored of one attempt".to_owned());
    }
    let is_kept = incident.purged.is_none();
    for attempt in recorded_attempts(&bodies).filter(|_| is_kept) {
        if !attempts.contains(&attempt) {
            found.push(format!("Diagnosis {attempt}: it was recorded, and is gone: expired or removed"));
        }
    }
    for action in actions {
        found.extend(of_action(recorded, action));
    }
    found
}

/// Returns the attempts whose diagnosis this version has recorded.
fn recorded_attempts(bodies: &[AuditBody]) -> impl Iterator<Item = u32> + '_ {
    let attempts: BTreeSet<u32> = bodies
        .iter()
        .filter_map(|body| match &body.entry {
            AuditEntry::Diagnosed { attempt, file_digest: Some(_), .. } => Some(*attempt),
            _ => None,
        })
        .collect();
    attempts.into_iter()
}

fn of_action(recorded: Recorded<'_>, action: &Action) -> Vec<String> {
    let hash = &action.plan_hash;
    let altered = action.plan.as_ref().is_some_and(|plan| plan.hash() != *hash);
    let gone = action.plan.is_none();
    let approval = action.approval.as_ref();
    let found = [
        altered.then_some("it is not the plan with this hash"),
        gone.then_some("it is gone: expired or removed"),
        recorded.request(hash, approval.map(|asked| (asked.requested_at, asked.expires_at))),
        approval.and_then(|asked| recorded.decision(hash, &asked.decision)),
        recorded.automation(hash, action.lease.as_ref()),
    ];
    found.into_iter().flatten().map(|what| format!("Plan {}: {what}", hash.short())).collect()
}

#[cfg(test)]
mod tests {
    use common::{ApprovalDecision, Status};

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
        let is_end =
            |record: &AuditRecord| matches!(record.parse_body().unwrap().entry, AuditEntry::Ended { .. });
        let end = records.iter().position(is_end).unwrap();
        assert_eq!(of(&report, &records[..end]), Vec::<String>::new());
        // Somebody has opened it again.
        assert!(of(&report, &records)[0].contains("how is not stored"), "{:?}", of(&report, &records));
    }
}
