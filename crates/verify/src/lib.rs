//! Verifies that an incident's symptom is gone and stays gone, and ends the incident if so. With a plan, the
//! resource that the plan changed must also be in the planned state.
//!
//! - Input: `{"incident_id", "attempt", "plan_hash"?}`
//! - Output: `recovered`, `not_yet` or `recovering` with `wait_seconds`, `unchanged`, `worse` or `unknown`, each with a
//!   summary
//! - Errors: `Verify.UnknownIncident`, `Verify.UnknownPlan`, `Verify.StatusRefused`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`, `HOLD_SECONDS`, `RECOVERY_DEADLINE_SECONDS`
//! - IAM:
//!   - cloudwatch: `DescribeAlarms`, `GetMetricData`
//!   - dynamodb: `GetItem`, `PutItem`, `Query`, `UpdateItem`
//!   - ec2: `DescribeInstances`
//!   - ecs: `DescribeServices`, `DescribeTaskDefinition`
//!   - lambda: `GetAlias`
//!   - ssm: `GetParameterHistory`
//! - Timeout: 30 s
//!
//! An alarm lags behind its metric by the periods that it evaluates. While what it measured since the action is normal, an
//! alarm that still fires is `recovering`, for as long as its window may take; it is never `unchanged`.
//!
//! `recovered` means that the incident has been ended as resolved. The store refuses that end where a signal
//! arrived during the check, and the result then is `not_yet`.

mod alarm_check;
mod record_result;
pub mod recovery;
mod summary;
pub mod target_state;

use common::{
    Clock, ErrorName, Incident, IncidentId, Observation, PlanHash, PortError, Status, SymptomState,
    ports::{Advance, CaseFile, Incidents, Leases, Ledger, Resources, Symptoms},
    verification::Verification,
};
use serde::{Deserialize, Serialize};

pub use crate::recovery::Timing;
use crate::{
    alarm_check::AlarmCheck,
    recovery::{SymptomCheck, assess},
    summary::summary,
    target_state::TargetState,
};

/// The ports that verify works with.
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
    /// The plan whose effect is verified; none where the symptom went away by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<PlanHash>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Recovered {
        summary: String,
    },
    NotYet {
        wait_seconds: u64,
        summary: String,
    },
    /// The alarm still fires, and what it measured since the action is normal.
    Recovering {
        wait_seconds: u64,
        summary: String,
    },
    Unchanged {
        summary: String,
    },
    Worse {
        summary: String,
    },
    Unknown {
        summary: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("incident {0} does not exist")]
    UnknownIncident(IncidentId),
    #[error("incident {id} has no plan {}", hash.short())]
    UnknownPlan { id: IncidentId, hash: PlanHash },
    /// Nothing is verified from this status.
    #[error("incident {id} is {}: expected diagnosing, remediating or verifying", status.as_str())]
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

/// Checks the symptom once.
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
    let verification = verification(deps, &input).await?;
    let started_at = action_ended(deps, &input)
        .await?
        .map_or(verification.started_at, |end| end.max(verification.started_at));
    let (now, target) = tokio::join!(symptom(&deps.symptoms, &incident), target_state(deps, &input));
    let target = target?;
    let alarm = AlarmCheck::read(&deps.symptoms, &incident, &input, now.state, started_at).await;
    let at = deps.clock.now();
    let check = SymptomCheck {
        at,
        started_at,
        before: verification.before.as_ref(),
        now: &now,
        window: alarm.window().or(verification.alarm_window),
        since_action: alarm.since_action(started_at, at),
        target: &target,
        healthy_since: verification.healthy_since,
        last_signal_at: incident.last_signal_at,
    };
    let assessment = assess(&check, timing);
    let over = at.duration_since(started_at) >= timing.end(check.window);
    let summary = summary(&check, &alarm, timing);
    let known = Verification {
        healthy_since: assessment.healthy_since,
        alarm_window: check.window,
        ..verification.clone()
    };
    if known != verification {
        deps.store.put_verification(id, &known).await?;
    }
    record_result::record_result(deps, &incident, known, assessment.finding, over, summary).await
}

/// Returns the answer about an incident that has ended, for a repeated call.
fn ended(incident: &Incident) -> Option<Output> {
    let reason = || incident.outcome.as_ref().map(|outcome| outcome.reason.clone()).unwrap_or_default();
    match incident.status {
        Status::Resolved => Some(Output::Recovered { summary: reason() }),
        Status::Escalated => {
            Some(Output::Unknown { summary: format!("The incident was handed over: {}", reason()) })
        }
        _ => None,
    }
}

/// Reads the verification of this attempt and plan, or begins one now.
async fn verification<S: CaseFile, Y, R, C: Clock>(
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
        alarm_window: None,
    };
    deps.store.put_verification(input.incident_id, &begun).await?;
    Ok(begun)
}

/// Returns the end of the automation, where it is known: the deadline counts from there.
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
            summary: format!("unknown ({error})"),
            since: None,
            excess: None,
            measured_from: None,
        },
    }
}

async fn target_state<S: CaseFile, Y, R: Resources, C>(
    deps: &Deps<S, Y, R, C>,
    input: &Input,
) -> Result<TargetState, Error> {
    let Some(hash) = &input.plan_hash else { return Ok(TargetState::NoPlan) };
    let id = input.incident_id;
    let plan = deps.store.plan(id, hash).await?;
    let plan = plan.ok_or_else(|| Error::UnknownPlan { id, hash: hash.clone() })?;
    Ok(match deps.resources.state(&plan.target, &[]).await {
        Ok(Some(look)) => TargetState::compare(&plan, &look.value),
        Ok(None) => TargetState::Unreadable("its kind of resource is not supported".to_owned()),
        Err(error) => TargetState::Unreadable(error.to_string()),
    })
}
