//! Fakes an incident's file: evidence, diagnoses, plans, verifications.

use common::{
    Diagnosis, Evidence, IncidentId, Plan, PlanHash, PortError, ports::CaseFile,
    preliminary::PreliminaryFindings, verification::Verification,
};

use crate::memory::MemoryStore;

impl CaseFile for MemoryStore {
    async fn put_evidence(&self, incident: IncidentId, evidence: &Evidence) -> Result<(), PortError> {
        self.faults.call("CaseFile::put_evidence", || {
            self.tables().evidence.entry((incident, evidence.id.clone())).or_insert_with(|| evidence.clone());
        })
    }

    async fn evidence(&self, incident: IncidentId) -> Result<Vec<Evidence>, PortError> {
        self.faults.call("CaseFile::evidence", || {
            let tables = self.tables();
            tables.evidence.iter().filter(|((of, _), _)| *of == incident).map(|(_, e)| e.clone()).collect()
        })
    }

    async fn put_diagnosis(&self, diagnosis: &Diagnosis) -> Result<(), PortError> {
        self.faults.call("CaseFile::put_diagnosis", || {
            let key = (diagnosis.incident_id, diagnosis.attempt);
            self.tables().diagnoses.entry(key).or_insert_with(|| diagnosis.clone());
        })
    }

    async fn diagnosis(&self, incident: IncidentId, attempt: u32) -> Result<Option<Diagnosis>, PortError> {
        self.faults.call("CaseFile::diagnosis", || self.tables().diagnoses.get(&(incident, attempt)).cloned())
    }

    async fn put_preliminary(&self, findings: &PreliminaryFindings) -> Result<(), PortError> {
        self.faults.call("CaseFile::put_preliminary", || {
            self.tables().preliminary.insert(findings.diagnosis.incident_id, findings.clone());
        })
    }

    async fn preliminary(&self, incident: IncidentId) -> Result<Option<PreliminaryFindings>, PortError> {
        self.faults.call("CaseFile::preliminary", || self.tables().preliminary.get(&incident).cloned())
    }

    async fn put_plan(&self, plan: &Plan) -> Result<(), PortError> {
        self.faults.call("CaseFile::put_plan", || {
            self.tables().plans.insert((plan.incident_id, plan.hash()), plan.clone());
        })
    }

    async fn plan(&self, incident: IncidentId, hash: &PlanHash) -> Result<Option<Plan>, PortError> {
        self.faults.call("CaseFile::plan", || self.tables().plans.get(&(incident, hash.clone())).cloned())
    }

    async fn put_verification(&self, incident: IncidentId, state: &Verification) -> Result<(), PortError> {
        self.faults.call("CaseFile::put_verification", || {
            self.tables().verifications.insert((incident, state.attempt), state.clone());
        })
    }

    async fn verification(
        &self,
        incident: IncidentId,
        attempt: u32,
    ) -> Result<Option<Verification>, PortError> {
        self.faults
            .call("CaseFile::verification", || self.tables().verifications.get(&(incident, attempt)).cloned())
    }
}
