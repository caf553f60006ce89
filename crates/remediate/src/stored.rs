//! Reads the stored incident, its diagnosis and its plan.

use common::{Diagnosis, Hypothesis, Incident, IncidentId, Plan, PlanHash};

use crate::{Deps, Error, MissingRecord, Store};

/// An incident with the diagnosis of one attempt.
pub(crate) struct DiagnosedIncident {
    pub(crate) incident: Incident,
    pub(crate) diagnosis: Diagnosis,
}

impl DiagnosedIncident {
    pub(crate) fn hypothesis(&self) -> Option<&Hypothesis> {
        self.diagnosis.first()
    }
}

/// Reads the incident and the diagnosis of `attempt`. Either one missing is an error.
pub(crate) async fn diagnosed_incident<S: Store, Y, T, M, X, C, R>(
    deps: &Deps<S, Y, T, M, X, C, R>,
    id: IncidentId,
    attempt: u32,
) -> Result<DiagnosedIncident, Error> {
    let missing = |record| Error::Missing { incident_id: id, record };
    let incident = deps.store.incident(id).await?.ok_or_else(|| missing(MissingRecord::Incident))?;
    let diagnosis = deps.store.diagnosis(id, attempt).await?;
    let diagnosis = diagnosis.ok_or_else(|| missing(MissingRecord::Diagnosis { attempt }))?;
    Ok(DiagnosedIncident { incident, diagnosis })
}

/// Reads the plan and checks that its content still has the hash that names it.
pub(crate) async fn plan<S: Store, Y, T, M, X, C, R>(
    deps: &Deps<S, Y, T, M, X, C, R>,
    id: IncidentId,
    hash: &PlanHash,
) -> Result<Plan, Error> {
    let plan = deps.store.plan(id, hash).await?;
    let plan = plan.ok_or_else(|| Error::Missing {
        incident_id: id,
        record: MissingRecord::Plan { hash: hash.clone() },
    })?;
    if plan.hash() != *hash || plan.incident_id != id {
        return Err(Error::Altered { plan_hash: hash.clone() });
    }
    Ok(plan)
}
