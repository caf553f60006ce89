//! Stores evidence, diagnoses, plans and verifications, each under its own id: written twice, it is the same. Of evidence and of
//! a diagnosis the first one stays, because a record in the ledger names them by their hash. They expire after the retention.

use common::{
    Diagnosis, Evidence, IncidentId, Plan, PlanHash,
    ports::{CaseFile, PortError},
    preliminary::PreliminaryFindings,
    verification::Verification,
};

use super::{
    DynamoStore,
    key::{EVIDENCE, Key, partition},
};

impl CaseFile for DynamoStore {
    async fn put_evidence(&self, incident: IncidentId, evidence: &Evidence) -> Result<(), PortError> {
        let key = Key::evidence(incident, &evidence.id);
        let operation = format!("PutItem {key}");
        let item = self.to_expiring_item(&operation, &key, evidence)?;
        self.put_if_absent(&operation, item).await.map(drop)
    }

    async fn evidence(&self, incident: IncidentId) -> Result<Vec<Evidence>, PortError> {
        self.all(&partition(EVIDENCE, incident)).await
    }

    async fn put_diagnosis(&self, diagnosis: &Diagnosis) -> Result<(), PortError> {
        let key = Key::diagnosis(diagnosis.incident_id, diagnosis.attempt);
        let operation = format!("PutItem {key}");
        let item = self.to_expiring_item(&operation, &key, diagnosis)?;
        self.put_if_absent(&operation, item).await.map(drop)
    }

    async fn diagnosis(&self, incident: IncidentId, attempt: u32) -> Result<Option<Diagnosis>, PortError> {
        self.get(&Key::diagnosis(incident, attempt)).await
    }

    async fn put_preliminary(&self, findings: &PreliminaryFindings) -> Result<(), PortError> {
        self.put_expiring(&Key::preliminary(findings.diagnosis.incident_id), findings).await
    }

    async fn preliminary(&self, incident: IncidentId) -> Result<Option<PreliminaryFindings>, PortError> {
        self.get(&Key::preliminary(incident)).await
    }

    async fn put_plan(&self, plan: &Plan) -> Result<(), PortError> {
        self.put_expiring(&Key::plan(plan.incident_id, &plan.hash()), plan).await
    }

    async fn plan(&self, incident: IncidentId, hash: &PlanHash) -> Result<Option<Plan>, PortError> {
        self.get(&Key::plan(incident, hash)).await
    }

    async fn put_verification(&self, incident: IncidentId, state: &Verification) -> Result<(), PortError> {
        self.put_expiring(&Key::verification(incident, state.attempt), state).await
    }

    async fn verification(
        &self,
        incident: IncidentId,
        attempt: u32,
    ) -> Result<Option<Verification>, PortError> {
        self.get(&Key::verification(incident, attempt)).await
    }
}
