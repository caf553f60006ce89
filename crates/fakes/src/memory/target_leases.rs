//! Leases on targets.

use common::{
    Arn, IncidentId, PlanHash, PortError,
    ports::{TargetLease, TargetLeases, TargetTaken},
};

use crate::memory::MemoryStore;

impl TargetLeases for MemoryStore {
    async fn take_target(
        &self,
        lease: &TargetLease,
        dead: Option<&TargetLease>,
    ) -> Result<TargetTaken, PortError> {
        self.faults.call("TargetLeases::take_target", || {
            let mut tables = self.tables();
            match tables.target_leases.get(&lease.target) {
                Some(held) if held.incident_id != lease.incident_id && Some(held) != dead => {
                    TargetTaken::HeldBy(Box::new(held.clone()))
                }
                _ => {
                    tables.target_leases.insert(lease.target.clone(), lease.clone());
                    TargetTaken::Taken
                }
            }
        })
    }

    async fn target_holder(&self, target: &Arn) -> Result<Option<TargetLease>, PortError> {
        self.faults.call("TargetLeases::target_holder", || self.tables().target_leases.get(target).cloned())
    }

    async fn release_target(
        &self,
        target: &Arn,
        incident: IncidentId,
        plan_hash: &PlanHash,
    ) -> Result<(), PortError> {
        self.faults.call("TargetLeases::release_target", || {
            let mut tables = self.tables();
            let is_its_own =
                |held: &TargetLease| held.incident_id == incident && held.plan_hash == *plan_hash;
            if tables.target_leases.get(target).is_some_and(is_its_own) {
                tables.target_leases.remove(target);
            }
        })
    }
}
