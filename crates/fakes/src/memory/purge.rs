//! Fakes the deletion of what is personal or large of an incident.

use common::{
    Incident, Purge,
    ports::{PortError, PortErrorKind, Purges},
};

use crate::memory::MemoryStore;

impl Purges for MemoryStore {
    async fn purgeable(&self, incident: &Incident) -> Result<usize, PortError> {
        self.faults.call("Purges::purgeable", || {
            let (tables, id) = (self.tables(), incident.id);
            tables.evidence.keys().filter(|(of, _)| *of == id).count()
                + tables.diagnoses.keys().filter(|(of, _)| *of == id).count()
                + usize::from(tables.preliminary.contains_key(&id))
                + tables.verifications.keys().filter(|(of, _)| *of == id).count()
                + tables.reasoning.iter().filter(|step| step.incident_id == id).count()
                + tables.precedents.iter().filter(|one| one.incident_id == id).count()
        })
    }

    async fn purge(&self, incident: &Incident, purge: &Purge) -> Result<Incident, PortError> {
        let purged = self.faults.call("Purges::purge", || {
            let (mut tables, id) = (self.tables(), incident.id);
            let stored = tables.incidents.get_mut(&id).filter(|stored| stored.status.is_end())?;
            *stored = stored.purged(purge.clone());
            let purged = stored.clone();
            tables.evidence.retain(|(of, _), _| *of != id);
            tables.diagnoses.retain(|(of, _), _| *of != id);
            tables.preliminary.remove(&id);
            tables.verifications.retain(|(of, _), _| *of != id);
            tables.reasoning.retain(|step| step.incident_id != id);
            tables.precedents.retain(|one| one.incident_id != id);
            Some(purged)
        })?;
        purged.ok_or_else(|| {
            PortError::new("purge", PortErrorKind::NotFound, "no such incident that has ended")
        })
    }
}
