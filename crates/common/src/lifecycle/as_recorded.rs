//! Holds what is stored of an incident against its records in the ledger. Pure.
//!
//! What people are shown of an incident is stored beside the ledger, where more can write. Each function here says what differs,
//! in a sentence without its subject. A ledger that was migrated may lack records, so nothing but the opening is held against it.

use crate::{
    ApprovalDecision, AuditEntry, Diagnosis, Evidence, Incident, Outcome, PlanHash, Resolution,
    audit::AuditBody, file_digest::is_as_recorded, opening, ports::Lease,
};

/// The verified records of one incident, in their order.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    bodies: &'a [AuditBody],
}

impl<'a> Recorded<'a> {
    pub const fn new(bodies: &'a [AuditBody]) -> Self {
        Self { bodies }
    }

    /// Returns true if the records before a certain one are those of the first version's ledger.
    fn is_migrated(self) -> bool {
        self.has(|entry| matches!(entry, AuditEntry::Migrated { .. }))
    }

    fn has(self, wanted: impl Fn(&AuditEntry) -> bool) -> bool {
        self.bodies.iter().any(|body| wanted(&body.entry))
    }

    /// Says how the incident is not the one that was opened, or was not purged as it says.
    pub fn opening(self, incident: &Incident) -> Option<&'static str> {
        let opened = self.bodies.iter().find_map(|body| match &body.entry {
            AuditEntry::Opened(opened) => Some(opened),
            _ => None,
        });
        // An incident of an earlier version has no such record.
        let opened = opened?;
        if !opening::is_as_opened(opened, incident) {
            return Some("it is not as it was recorded when the incident was opened");
        }
        let purge = incident.purged.as_ref()?;
        let is_purge = |body: &AuditBody| matches!(&body.entry, AuditEntry::PurgeIntended { by, .. } if *by == purge.by && body.at == purge.at);
        (!self.bodies.iter().any(is_purge)).then_some("no record says that it was purged like this")
    }

    /// Says how the application is not the one that the event or a record names.
    pub fn application(self, incident: &Incident) -> Option<&'static str> {
        // An incident of an earlier version has no such records.
        if !self.has(|entry| matches!(entry, AuditEntry::Opened(_))) {
            return None;
        }
        let is_named = |entry: &AuditEntry| matches!(entry, AuditEntry::ApplicationNamed { application } if Some(application) == incident.application.as_ref());
        if incident.application.is_none() {
            let is_named = self.has(|entry| matches!(entry, AuditEntry::ApplicationNamed { .. }));
            return is_named.then_some("a record names it, and it is not stored");
        }
        let is_known = incident.application == incident.signal.application || self.has(is_named);
        (!is_known).then_some("neither the event nor a record names it")
    }

    /// Says how the end of the incident, or that it has none, is not what was recorded.
    pub fn outcome(self, incident: &Incident) -> Option<&'static str> {
        if self.is_migrated() {
            return None;
        }
        let Some(outcome) = &incident.outcome else {
            let mut steps = self.bodies.iter().filter(|body| body.entry.is_step());
            let is_ended =
                steps.next_back().is_some_and(|body| matches!(body.entry, AuditEntry::Ended { .. }));
            return (is_ended || incident.status.is_end()).then_some(
                "a record says that the incident ended, or its status does, and how is not stored",
            );
        };
        // A person's intent is recorded before the end, at the same time.
        let is_end = |body: &AuditBody| match &body.entry {
            AuditEntry::Ended { outcome: recorded } => recorded == outcome,
            AuditEntry::CloseIntended { by, reason } => {
                *outcome == Outcome::by_person(Resolution::Closed, by, reason, body.at)
            }
            AuditEntry::TakeoverIntended { by, reason } => {
                *outcome == Outcome::by_person(Resolution::TakenOver, by, reason, body.at)
            }
            _ => false,
        };
        if !self.bodies.iter().any(is_end) {
            return Some("no record says that the incident ended like this");
        }
        (!incident.status.is_end()).then_some("it has an outcome, and its status is that of an open incident")
    }

    /// Says how the diagnosis, with the evidence that it names, is not the one that was recorded. `evidence` may hold more.
    pub fn diagnosis(self, diagnosis: &Diagnosis, evidence: &[Evidence]) -> Option<&'static str> {
        let entries: Vec<AuditEntry> = self.bodies.iter().map(|body| body.entry.clone()).collect();
        let is_it = |entry: &AuditEntry| matches!(entry, AuditEntry::Diagnosed { attempt, .. } if *attempt == diagnosis.attempt);
        if !self.is_migrated() && !self.has(is_it) {
            return Some("no record says that it was made");
        }
        (!is_as_recorded(&entries, diagnosis, evidence))
            .then_some("it or its evidence is not what was recorded")
    }

    /// Says how the decision on the newest request for approval of a plan is not the one that was recorded.
    pub fn decision(self, plan: &PlanHash, decision: &ApprovalDecision) -> Option<&'static str> {
        if self.is_migrated() {
            return None;
        }
        if *decision == ApprovalDecision::Pending {
            let is_decided = self.standing(plan).is_some_and(|stands| *stands != ApprovalDecision::Pending);
            return is_decided.then_some("a record says that it was decided, and the decision is not stored");
        }
        let is_it = |body: &AuditBody| records_decision(body, plan, decision);
        (!self.bodies.iter().any(is_it)).then_some("no record says that it was decided like this")
    }

    /// Returns the decision on the newest request for approval of a plan that the records leave standing. `at` of an expiry
    /// is the record's.
    fn standing(self, plan: &PlanHash) -> Option<Box<ApprovalDecision>> {
        let mut standing = None;
        for AuditBody { at, entry, .. } in self.bodies {
            match entry {
                AuditEntry::ApprovalRequested { plan_hash, .. } if plan_hash == plan => standing = None,
                AuditEntry::ApprovalGiven { plan_hash, by } if plan_hash == plan => {
                    standing = Some(ApprovalDecision::Approved { by: by.clone(), at: *at });
                }
                AuditEntry::ApprovalRefused { plan_hash, by } if plan_hash == plan => {
                    standing = Some(ApprovalDecision::Denied { by: by.clone(), at: *at });
                }
                AuditEntry::ApprovalExpired { plan_hash } if plan_hash == plan => {
                    standing = Some(ApprovalDecision::Expired { at: *at });
                }
                AuditEntry::ApprovalStands { plan_hash, decision } if plan_hash == plan => {
                    standing = Some(decision.clone());
                }
                _ => {}
            }
        }
        standing.map(Box::new)
    }

    /// Says how the request for approval of a plan (`None`: none is stored) is not the one that was recorded: `expires_at` and
    /// `requested_at` are the stored ones.
    pub fn request(
        self,
        plan: &PlanHash,
        request: Option<(jiff::Timestamp, jiff::Timestamp)>,
    ) -> Option<&'static str> {
        if self.is_migrated() {
            return None;
        }
        let Some((requested_at, expires_at)) = request else {
            let is_decided = self.standing(plan).is_some_and(|stands| *stands != ApprovalDecision::Pending);
            return is_decided
                .then_some("a record says that its approval was decided, and the request is not stored");
        };
        let is_it = |body: &AuditBody| matches!(&body.entry, AuditEntry::ApprovalRequested { plan_hash, expires_at: recorded } if plan_hash == plan && *recorded == expires_at && body.at == requested_at);
        (!self.bodies.iter().any(is_it)).then_some("no record says that its approval was asked for like this")
    }

    /// Says how the automation of a plan (`None`: no lease is stored) is not the one that was recorded.
    pub fn automation(self, plan: &PlanHash, lease: Option<&Lease>) -> Option<&'static str> {
        if self.is_migrated() {
            return None;
        }
        let started = |id: Option<&String>| {
            self.has(|entry| matches!(entry, AuditEntry::ActionStarted { plan_hash, execution_id } if plan_hash == plan && id.is_none_or(|id| id == execution_id)))
        };
        let Some(lease) = lease else {
            return started(None)
                .then_some("a record says that its automation was started, and nothing of it is stored");
        };
        let intended = self.bodies.iter().find_map(|body| match &body.entry {
            AuditEntry::ActionIntended { plan_hash, target, .. } if plan_hash == plan => Some(target),
            _ => None,
        });
        if self.bodies.iter().any(|body| body.incident_id != lease.incident_id) {
            return Some("its lease is one of another incident");
        }
        if lease.execution_id.is_some() && intended.is_none() {
            return Some("no record announces that its automation was started");
        }
        if intended.is_some_and(|target| *target != lease.target) {
            return Some("its automation was announced on another target");
        }
        if lease.execution_id.is_some() && !started(lease.execution_id.as_ref()) {
            return Some("no record says that this automation was started for it");
        }
        let ended = |status: &str, at: jiff::Timestamp| {
            self.bodies.iter().any(|body| {
                body.at == at
                    && matches!(&body.entry, AuditEntry::ActionEnded { plan_hash, status: recorded, .. } if plan_hash == plan && recorded == status)
            })
        };
        match &lease.end {
            Some(end) if !ended(&end.status, end.at) => {
                Some("no record says that its automation ended like this")
            }
            None if self.has(
                |entry| matches!(entry, AuditEntry::ActionEnded { plan_hash, .. } if plan_hash == plan),
            ) =>
            {
                Some("a record says that its automation ended, and how is not stored")
            }
            _ => None,
        }
    }
}

/// Returns true if `body` records the decision.
fn records_decision(body: &AuditBody, plan: &PlanHash, decision: &ApprovalDecision) -> bool {
    match (&body.entry, decision) {
        (AuditEntry::ApprovalGiven { plan_hash, by }, ApprovalDecision::Approved { by: giver, at })
        | (AuditEntry::ApprovalRefused { plan_hash, by }, ApprovalDecision::Denied { by: giver, at }) => {
            plan_hash == plan && by == giver && body.at == *at
        }
        (AuditEntry::ApprovalExpired { plan_hash }, ApprovalDecision::Expired { at }) => {
            plan_hash == plan && body.at == *at
        }
        (AuditEntry::ApprovalStands { plan_hash, decision: stands }, decision) => {
            plan_hash == plan && stands == decision
        }
        _ => false,
    }
}
