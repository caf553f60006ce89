//! Leases and approvals.

use jiff::Timestamp;

use crate::memory::MemoryStore;
use common::{
    Approval, ApprovalDecision, Arn, IncidentId, PlanHash, PortError,
    ports::{Acquired, Approvals, Decided, Lease, Leases},
};

impl Leases for MemoryStore {
    async fn lease(&self, incident: IncidentId, plan: &PlanHash) -> Result<Option<Lease>, PortError> {
        self.faults.call("Leases::lease", || self.tables().leases.get(&(incident, plan.clone())).cloned())
    }

    async fn acquire(&self, lease: &Lease) -> Result<Acquired, PortError> {
        self.faults.call("Leases::acquire", || {
            let mut tables = self.tables();
            let key = (lease.incident_id, lease.plan_hash.clone());
            if let Some(held) = tables.leases.get(&key) {
                return Acquired::Held(Box::new(held.clone()));
            }
            if tables.incidents.get(&lease.incident_id).is_some_and(|incident| incident.status.is_end()) {
                return Acquired::IncidentEnded;
            }
            tables.leases.insert(key, lease.clone());
            tables.rates.push((lease.target.clone(), lease.acquired_at));
            Acquired::New
        })
    }

    async fn update(&self, lease: &Lease) -> Result<(), PortError> {
        self.faults.call("Leases::update", || {
            let key = (lease.incident_id, lease.plan_hash.clone());
            if let Some(held) = self.tables().leases.get_mut(&key) {
                *held = lease.clone();
            }
        })
    }

    async fn taken_on(&self, target: &Arn, since: Timestamp) -> Result<u32, PortError> {
        self.faults.call("Leases::taken_on", || {
            let tables = self.tables();
            let taken = tables.rates.iter().filter(|(on, at)| on == target && *at >= since).count();
            u32::try_from(taken).unwrap_or(u32::MAX)
        })
    }

    async fn taken_by(&self, incident: IncidentId) -> Result<Vec<Lease>, PortError> {
        self.faults.call("Leases::taken_by", || {
            let tables = self.tables();
            tables.leases.iter().filter(|((of, _), _)| *of == incident).map(|(_, l)| l.clone()).collect()
        })
    }
}

impl Approvals for MemoryStore {
    async fn approval(&self, incident: IncidentId, plan: &PlanHash) -> Result<Option<Approval>, PortError> {
        self.faults
            .call("Approvals::approval", || self.tables().approvals.get(&(incident, plan.clone())).cloned())
    }

    async fn request(
        &self,
        approval: &Approval,
        lapsed: Option<&ApprovalDecision>,
    ) -> Result<Approval, PortError> {
        self.faults.call("Approvals::request", || {
            let key = (approval.incident_id, approval.plan_hash.clone());
            let mut tables = self.tables();
            let held = tables.approvals.entry(key).or_insert_with(|| approval.clone());
            if Some(&held.decision) == lapsed {
                *held = approval.clone();
            }
            if held.decision == ApprovalDecision::Pending {
                held.task_token.clone_from(&approval.task_token);
            }
            held.clone()
        })
    }

    async fn decide(
        &self,
        incident: IncidentId,
        plan: &PlanHash,
        decision: &ApprovalDecision,
    ) -> Result<Decided, PortError> {
        self.faults.call("Approvals::decide", || {
            let mut tables = self.tables();
            match tables.approvals.get_mut(&(incident, plan.clone())) {
                None => Decided::NoSuchRequest,
                Some(held) if held.decision == ApprovalDecision::Pending => {
                    held.decision = decision.clone();
                    Decided::Recorded
                }
                Some(held) => Decided::Already(held.decision.clone()),
            }
        })
    }

    async fn approvals(&self, incident: IncidentId) -> Result<Vec<Approval>, PortError> {
        self.faults.call("Approvals::approvals", || {
            let tables = self.tables();
            tables.approvals.iter().filter(|((of, _), _)| *of == incident).map(|(_, a)| a.clone()).collect()
        })
    }
}
