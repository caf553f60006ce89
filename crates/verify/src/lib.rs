//! Watches whether an incident's symptom is gone and stays gone, and ends the incident if it does.
//! With a plan, what the plan changed must also be as planned.
//!
//! - Input: `{"incident_id", "attempt", "plan_hash"?}`
//! - Output: `recovered`, `not_yet` with `wait_seconds`, `unchanged`, `worse` or `unknown`, each with a summary
//! - Errors: `Verify.UnknownIncident`, `Verify.UnknownPlan`, `Verify.StatusRefused`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `TABLE_NAME`, `HOLD_SECONDS`, `RECOVERY_DEADLINE_SECONDS`
//! - IAM: `cloudwatch:DescribeAlarms`, `cloudwatch:GetMetricData`, `dynamodb:GetItem`, `dynamodb:PutItem`, `dynamodb:Query`, `dynamodb:UpdateItem`, `ec2:DescribeInstances`, `ecs:DescribeServices`, `ecs:DescribeTaskDefinition`, `lambda:GetAlias`, `ssm:GetParameterHistory`
//! - Timeout: 30 s
//!
//! Recovered means that the incident has been ended as resolved: the end is refused if a signal came
//! in while the function was looking, and then it is not recovered yet.

mod conclude;
pub mod judge;
pub mod target;

use common::{
    Clock, ErrorName, Incident, IncidentId, Observation, PlanHash, PortError, Status, SymptomState,
    ports::{Advance, CaseFile, Incidents, Leases, Ledger, Resources, Symptoms},
    untrusted_text::one_line,
    verification::Verification,
};
use serde::{Deserialize, Serialize};

pub use crate::judge::Timing;
use crate::judge::{Look, Target, judge};

/// The longest that a symptom's own words are quoted.
const SYMPTOM_CHARS: usize = 300;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Deps<S, Y, R, C> {
    pub store: S,
    pub symptoms: Y,
    pub resources: R,
    pub clock: C,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub incident_id: IncidentId,
    pub attempt: u32,
    /// The plan whose effect is watched; none where the symptom went away by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<PlanHash>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Recovered { summary: String },
    NotYet { wait_seconds: u64, summary: String },
    Unchanged { summary: String },
    Worse { summary: String },
    Unknown { summary: String },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no incident {0}")]
    UnknownIncident(IncidentId),
    #[error("incident {id} has no plan {}", hash.short())]
    UnknownPlan { id: IncidentId, hash: PlanHash },
    /// It is at a step from which nothing is verified.
    #[error("incident {id} is {} and cannot be verified", status.as_str())]
    StatusRefused { id: IncidentId, status: Status },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] =
        &["Verify.UnknownIncident", "Verify.UnknownPlan", "Verify.StatusRefused"];

    fn error_name(&self) -> &'static str {
        match self {
            Self::UnknownIncident(_) => "Verify.UnknownIncident",
            Self::UnknownPlan { .. } => "Verify.UnknownPlan",
            Self::StatusRefused { .. } => "Verify.StatusRefused",
            Self::Port(error) => error.error_name(),
        }
    }
}

/// Takes one look.
pub async fn handle(
    deps: &Deps<impl Incidents + CaseFile + Ledger + Leases, impl Symptoms, impl Resources, impl Clock>,
    timing: Timing,
    input: Input,
) -> Result<Output, Error> {
    let id = input.incident_id;
    // Read before anything is observed: a signal that comes in later shows in its count.
    let incident = deps.store.incident(id).await?.ok_or(Error::UnknownIncident(id))?;
    if let Some(output) = ended(&incident) {
        return Ok(output);
    }
    if deps.store.advance(id, Status::Verifying).await? == Advance::Refused {
        return Err(Error::StatusRefused { id, status: incident.status });
    }
    let mut watch = watch(deps, &input).await?;
    let started_at =
        action_ended(deps, &input).await?.map_or(watch.started_at, |end| end.max(watch.started_at));
    let (now, target) = tokio::join!(symptom(&deps.symptoms, &incident), target(deps, &input));
    let target = target?;
    let at = deps.clock.now();
    let look = Look {
        at,
        started_at,
        before: watch.before.as_ref(),
        now: &now,
        target: &target,
        healthy_since: watch.healthy_since,
        last_signal_at: incident.last_signal_at,
    };
    let judgement = judge(&look, timing);
    let over = at.duration_since(started_at) >= timing.deadline;
    if watch.healthy_since != judgement.healthy_since {
        watch.healthy_since = judgement.healthy_since;
        deps.store.put_verification(id, &watch).await?;
    }
    conclude::conclude(deps, &incident, watch, judgement.finding, over, summary(&now, &target)).await
}

/// The answer about an incident that has ended: a repeated call after its end.
fn ended(incident: &Incident) -> Option<Output> {
    let reason = || incident.outcome.as_ref().map(|outcome| outcome.reason.clone()).unwrap_or_default();
    match incident.status {
        Status::Resolved => Some(Output::Recovered { summary: reason() }),
        Status::Escalated => Some(Output::Unknown { summary: format!("It was handed over: {}", reason()) }),
        _ => None,
    }
}

/// The state of the watch, begun now if there is none for this attempt and plan.
async fn watch<S: CaseFile, Y, R, C: Clock>(
    deps: &Deps<S, Y, R, C>,
    input: &Input,
) -> Result<Verification, Error> {
    let known = deps.store.verification(input.incident_id, input.attempt).await?;
    if let Some(known) = known.filter(|known| known.plan_hash == input.plan_hash) {
        return Ok(known);
    }
    let begun = Verification {
        attempt: input.attempt,
        plan_hash: input.plan_hash.clone(),
        started_at: deps.clock.now(),
        before: None,
        healthy_since: None,
    };
    deps.store.put_verification(input.incident_id, &begun).await?;
    Ok(begun)
}

/// The time of an automation is its own: the deadline counts from its end, where that is known.
async fn action_ended<S: Leases, Y, R, C>(
    deps: &Deps<S, Y, R, C>,
    input: &Input,
) -> Result<Option<jiff::Timestamp>, Error> {
    let Some(hash) = &input.plan_hash else { return Ok(None) };
    let lease = deps.store.lease(input.incident_id, hash).await?;
    Ok(lease.and_then(|lease| lease.end).map(|end| end.at))
}

async fn symptom(symptoms: &impl Symptoms, incident: &Incident) -> Observation {
    match symptoms.observe(&incident.signal.symptom).await {
        Ok(look) => look.value,
        Err(error) => Observation {
            state: SymptomState::Unknown,
            summary: format!("it could not be read: {error}"),
            since: None,
            excess: None,
            measured_from: None,
        },
    }
}

async fn target<S: CaseFile, Y, R: Resources, C>(
    deps: &Deps<S, Y, R, C>,
    input: &Input,
) -> Result<Target, Error> {
    let Some(hash) = &input.plan_hash else { return Ok(Target::NoPlan) };
    let id = input.incident_id;
    let plan = deps.store.plan(id, hash).await?;
    let plan = plan.ok_or_else(|| Error::UnknownPlan { id, hash: hash.clone() })?;
    Ok(match deps.resources.state(&plan.target, &[]).await {
        Ok(Some(look)) => target::compare(&plan, &look.value),
        Ok(None) => Target::Unreadable("nothing knows how to read it".to_owned()),
        Err(error) => Target::Unreadable(error.to_string()),
    })
}

fn summary(now: &Observation, target: &Target) -> String {
    // The service quotes what others wrote: nothing in it may hide or turn what a person reads.
    let symptom = one_line(&now.summary, SYMPTOM_CHARS);
    match target {
        Target::NoPlan => format!("Symptom: {symptom}."),
        Target::AsPlanned => format!("Symptom: {symptom}. Target: as planned."),
        Target::Otherwise(found) => format!("Symptom: {symptom}. Target: {found}."),
        Target::Unreadable(why) => format!("Symptom: {symptom}. Target: could not be read ({why})."),
    }
}
