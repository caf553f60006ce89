//! What a verdict rests on: the incident's file as it is, and the facts as they are now.

use common::{
    Clock, Diagnosis, Hypothesis, Incident, IncidentId, Observation, Plan, PlanHash,
    ports::{Lease, Modes, Symptoms, Topology},
};
use guard::{Automations, Facts, Judgement};
use jiff::SignedDuration;

use crate::{Deps, Error, Store};

/// Over which time actions on a target are counted.
const RATE_WINDOW: SignedDuration = SignedDuration::from_hours(1);

pub(crate) struct Case {
    pub(crate) incident: Incident,
    pub(crate) diagnosis: Diagnosis,
}

impl Case {
    pub(crate) fn hypothesis(&self) -> Option<&Hypothesis> {
        self.diagnosis.first()
    }
}

/// A judgement with the look at the symptom that it rests on.
pub(crate) struct Judged {
    pub(crate) judgement: Judgement,
    pub(crate) symptom: Observation,
}

pub(crate) async fn open<S: Store, Y, T, M, X, C>(
    deps: &Deps<S, Y, T, M, X, C>,
    id: IncidentId,
    attempt: u32,
) -> Result<Case, Error> {
    let missing = |what: &str| Error::Missing { incident_id: id, what: what.to_owned() };
    let incident = deps.store.incident(id).await?.ok_or_else(|| missing("record"))?;
    let diagnosis = deps.store.diagnosis(id, attempt).await?;
    let diagnosis = diagnosis.ok_or_else(|| missing(&format!("diagnosis of attempt {attempt}")))?;
    Ok(Case { incident, diagnosis })
}

/// The stored plan, provided that it is still the one that its hash names.
pub(crate) async fn plan<S: Store, Y, T, M, X, C>(
    deps: &Deps<S, Y, T, M, X, C>,
    id: IncidentId,
    hash: &PlanHash,
) -> Result<Plan, Error> {
    let plan = deps.store.plan(id, hash).await?;
    let plan = plan.ok_or_else(|| Error::Missing { incident_id: id, what: format!("plan {hash}") })?;
    if plan.hash() != *hash || plan.incident_id != id {
        return Err(Error::Altered { plan_hash: hash.clone() });
    }
    Ok(plan)
}

/// Judges `plan` on facts read now. A fact that cannot be read is an error, so nothing is decided and
/// nothing done. `lease` is the plan's own lease where it has one.
pub(crate) async fn judge(
    deps: &Deps<impl Store, impl Symptoms, impl Topology, impl Modes, impl Automations, impl Clock>,
    case: &Case,
    plan: &Plan,
    lease: Option<&Lease>,
) -> Result<Judged, Error> {
    let (incident, now) = (&case.incident, deps.clock.now());
    let mode = deps.modes.effective(incident.application.as_deref()).await?;
    let symptom = deps.symptoms.observe(&incident.signal.symptom).await?.value;
    let tagged = deps.topology.application_of(std::slice::from_ref(&plan.target)).await?.value;
    let evidence = deps.store.evidence(incident.id).await?;
    let since = now.checked_sub(RATE_WINDOW).unwrap_or(jiff::Timestamp::MIN);
    let on_target = deps.store.taken_on(&plan.target, since).await?;
    let in_incident = deps.store.taken_by(incident.id).await?.len();
    let approval = deps.store.approval(incident.id, &plan.hash()).await?;

    let own = u32::from(lease.is_some());
    let supports = case.hypothesis().map(|hypothesis| hypothesis.supports.as_slice()).unwrap_or_default();
    let facts = Facts {
        mode,
        confidence_percent: case.hypothesis().map_or(0, |hypothesis| percent(hypothesis.confidence)),
        severity: incident.severity,
        drill: incident.signal.drill,
        incident_open: !incident.status.is_end(),
        symptom: symptom.state,
        target_seen: incident.resources().contains(&plan.target)
            || evidence.iter().any(|look| look.trusted && look.observed.subjects().contains(&&plan.target)),
        target_in_scope: plan.target.account() == incident.signal.account
            && plan.target.region() == incident.signal.region
            && tagged.is_some()
            && tagged == incident.application,
        structured_evidence: evidence.iter().any(|look| look.trusted && supports.contains(&look.id)),
        raised_by_model: case.hypothesis().is_none_or(|hypothesis| hypothesis.raised_by.is_some()),
        unattended_drills: deps.unattended_drills,
        tried_before: lease.is_some_and(|lease| lease.execution_id.is_some()),
        actions_on_target: on_target.saturating_sub(own),
        actions_in_incident: u32::try_from(in_incident).unwrap_or(u32::MAX).saturating_sub(own),
    };
    let judgement = deps.guard.judge(plan, &facts, approval.as_ref(), now);
    Ok(Judged { judgement, symptom })
}

/// A confidence from 0 to 1 in whole percent, rounded down: 0.699 is no 70 %.
fn percent(confidence: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "clamped to 0..=100")]
    let whole = (confidence.clamp(0.0, 1.0) * 100.0 + 1e-9).floor() as i64;
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percent_rounds_down_and_survives_nonsense() {
        let table = [(0.699, 69), (0.7, 70), (0.29, 29), (1.0, 100), (7.0, 100), (-1.0, 0), (f64::NAN, 0)];
        for (confidence, expected) in table {
            assert_eq!(percent(confidence), expected, "{confidence}");
        }
    }

    proptest! {
        #[test]
        fn percent_is_of_a_hundred(confidence in any::<f64>()) {
            prop_assert!((0..=100).contains(&percent(confidence)));
        }
    }
}
