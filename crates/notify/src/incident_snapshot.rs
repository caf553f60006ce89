//! Reads everything known about an incident for a message. What cannot be read becomes a problem in the message,
//! never an error.

use common::{
    Approval, AuditEntry, Diagnosis, Evidence, Incident, Plan, PlanHash, PortError, Severity, Verdict,
    as_recorded::Recorded,
    audit::readable_bodies,
    chain,
    notification::Occasion,
    ports::{Approvals, CaseFile, Incidents, Lease, Leases, Ledger},
};

use crate::Input;

/// Everything known about an incident, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct IncidentSnapshot {
    pub(crate) incident: Option<Incident>,
    /// The diagnosis of the last attempt; in a preliminary message what is known before it is made.
    pub(crate) diagnosis: Option<Diagnosis>,
    /// `true` where the diagnosis could be read, even if there is none.
    pub(crate) diagnosis_read: bool,
    pub(crate) evidence: Vec<Evidence>,
    /// The actions, oldest first; `None` where they could not be read.
    pub(crate) actions: Option<Vec<ActionTaken>>,
    pub(crate) approvals: Vec<Approval>,
    /// The plan that asks for approval.
    pub(crate) plan: Option<Plan>,
    /// The conditions for acting without a human that were not met, in words.
    pub(crate) asked_because: Option<String>,
    /// The head of the log over all records, for the reader to keep.
    pub(crate) checkpoint: Option<String>,
    /// The reads and writes that failed, each in one short line.
    pub(crate) problems: Vec<String>,
}

/// A plan whose lease was taken, so that its automation was or may have been started.
#[derive(Debug)]
pub(crate) struct ActionTaken {
    pub(crate) lease: Lease,
    pub(crate) plan: Option<Plan>,
    /// The policies that permitted it, in words.
    pub(crate) permitted_by: Option<String>,
}

impl IncidentSnapshot {
    /// Returns the severity that people are told: the worst of its signals, or a graver one that the measured impact calls for.
    pub(crate) fn severity(&self) -> Option<Severity> {
        let measured = self.diagnosis.as_ref().and_then(|diagnosis| diagnosis.report.severity);
        let of_signal = self.incident.as_ref()?.worst_severity();
        Some(measured.map_or(of_signal, |measured| measured.min(of_signal)))
    }

    pub(crate) fn add_problem(&mut self, line: impl Into<String>) {
        self.problems.push(line.into());
    }

    fn ok_or_problem<T>(&mut self, what: &str, read: Result<T, PortError>) -> Option<T> {
        read.inspect_err(|error| self.add_problem(format!("{what}: could not be read ({error})"))).ok()
    }

    /// Reads the incident into this snapshot, which keeps what was read even if the caller's time is over.
    pub(crate) async fn read(
        &mut self,
        store: &(impl Incidents + CaseFile + Ledger + Approvals + Leases),
        input: &Input,
    ) {
        let id = input.incident_id;
        self.incident = self.ok_or_problem("Incident", store.incident(id).await).flatten();
        if self.incident.is_none() && self.problems.is_empty() {
            self.add_problem("Incident: not found in the store");
        }
        let timeline = self.ok_or_problem("Audit trail", store.timeline(id).await).unwrap_or_default();
        if let Err(broken) = chain::verify(id, &timeline) {
            self.add_problem(format!("Audit trail: {broken}, do not rely on it"));
        }
        let bodies: Vec<_> = readable_bodies(&timeline).collect();
        let entries: Vec<_> = bodies.iter().map(|body| body.entry.clone()).collect();
        let recorded = Recorded::new(&bodies);
        if let Some(incident) = &self.incident {
            let found =
                [recorded.opening(incident), recorded.application(incident), recorded.outcome(incident)];
            for what in found.into_iter().flatten() {
                self.problems.push(format!("Incident: {what}, do not rely on it"));
            }
        }
        let attempt = entries.iter().rev().find_map(|entry| match entry {
            AuditEntry::Diagnosed { attempt, .. } => Some(*attempt),
            _ => None,
        });
        let preliminary = if input.occasion == Occasion::Preliminary {
            self.ok_or_problem("Preliminary findings", store.preliminary(id).await).flatten()
        } else {
            None
        };
        if let Some(known) = preliminary.filter(|known| Some(known.diagnosis.attempt) > attempt) {
            self.diagnosis_read = true;
            self.diagnosis = Some(known.diagnosis);
            self.evidence = known.evidence;
        } else {
            let diagnosis = self.ok_or_problem("Diagnosis", store.diagnosis(id, attempt.unwrap_or(1)).await);
            self.diagnosis_read = diagnosis.is_some();
            self.diagnosis = diagnosis.flatten();
            let evidence = if self.diagnosis.is_some() { Some(store.evidence(id).await) } else { None };
            let read = evidence.and_then(|evidence| self.ok_or_problem("Evidence", evidence));
            if let (Some(diagnosis), Some(evidence)) = (&self.diagnosis, &read)
                && let Some(what) = recorded.diagnosis(diagnosis, evidence)
            {
                self.add_problem(format!("Diagnosis: {what}, do not rely on it"));
            }
            self.evidence = read.unwrap_or_default();
        }
        self.approvals = self.ok_or_problem("Approvals", store.approvals(id).await).unwrap_or_default();
        for approval in &self.approvals {
            if let Some(what) = recorded.decision(&approval.plan_hash, &approval.decision) {
                let plan = approval.plan_hash.short();
                self.problems.push(format!("Approval of plan {plan}: {what}, do not rely on it"));
            }
        }
        if let Some(hash) = &input.plan_hash {
            self.plan = self.ok_or_problem("Plan", store.plan(id, hash).await).flatten();
            if self.plan.as_ref().is_some_and(|plan| plan.hash() != *hash) {
                self.plan = None;
                self.add_problem("Plan: not the one that was judged, do not approve it");
            }
            self.asked_because = last_verdict(&entries, hash).map(Verdict::because);
        }
        if let Some(mut leases) = self.ok_or_problem("Actions", store.taken_by(id).await) {
            leases.sort_by_key(|lease| lease.acquired_at);
            let mut actions = Vec::new();
            for lease in leases {
                if let Some(what) = recorded.automation(&lease.plan_hash, Some(&lease)) {
                    self.add_problem(format!("Plan {}: {what}, do not rely on it", lease.plan_hash.short()));
                }
                let plan = self.ok_or_problem("Plan", store.plan(id, &lease.plan_hash).await).flatten();
                let permitted_by = last_verdict(&entries, &lease.plan_hash).map(Verdict::because);
                actions.push(ActionTaken { lease, plan, permitted_by });
            }
            self.actions = Some(actions);
        }
        // Last, and no problem where it cannot be read: nobody misses it in one message.
        self.checkpoint = store.checkpoint().await.ok().flatten();
    }
}

fn last_verdict<'a>(entries: &'a [AuditEntry], hash: &PlanHash) -> Option<&'a Verdict> {
    entries.iter().rev().find_map(|entry| match entry {
        AuditEntry::Judged { plan_hash, verdict, .. } if plan_hash == hash => Some(verdict),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use common::Conclusion;
    use fakes::sample;

    use super::*;

    #[test]
    fn severity_is_the_signals_unless_the_measured_impact_is_graver() {
        use Severity::{Sev1, Sev2, Sev3};

        let snapshot = |of_signal, measured: Option<Severity>| {
            let mut incident = sample::incident();
            incident.severity = of_signal;
            let mut diagnosis: Diagnosis = serde_json::from_value(serde_json::json!({
                "incident_id": incident.id, "attempt": 1, "made_at": sample::at(), "producer": "p",
                "conclusion": Conclusion::Explained, "hypotheses": [], "ruled_out": [], "gaps": [], "evidence": [],
            }))
            .unwrap();
            diagnosis.report.severity = measured;
            IncidentSnapshot {
                incident: Some(incident),
                diagnosis: Some(diagnosis),
                ..IncidentSnapshot::default()
            }
        };
        for (of_signal, measured, expected) in
            [(Sev3, None, Sev3), (Sev3, Some(Sev1), Sev1), (Sev1, Some(Sev2), Sev1), (Sev2, Some(Sev2), Sev2)]
        {
            assert_eq!(snapshot(of_signal, measured).severity(), Some(expected), "{of_signal} {measured:?}");
        }
        assert_eq!(IncidentSnapshot::default().severity(), None);
    }
}
