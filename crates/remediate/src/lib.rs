//! Judges plans, starts the automations that policy permits, at most once each, and undoes them.
//!
//! Five steps of the state machine, one function, because they share one privilege: only this
//! function may start automations. Every start takes the lease on its target, is judged anew on facts read then,
//! takes the plan's lease, is recorded in the ledger, and only then requested from SSM, under a token made of the
//! plan's hash.
//!
//! - Input: `{"step": "authorize" | "check_target" | "start" | "progress" | "undo", "incident_id", "attempt"}`, all but `authorize` with `"plan_hash"`
//! - Output: `{"result": "allow" | "ask" | "deny" | "target_held" | "target_free" | "started" | "refused" | "running" | "succeeded" | "failed" | "nothing_to_undo" | "wait" | "verify" | "left", ...}`
//! - Errors: `Remediate.Missing`, `Remediate.Altered`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`, `PARAMETER_PREFIX`, `APPLICATION_TAG`, `AUTOMATION_ROLES`, `UNATTENDED_DRILLS`,
//!   `ACTIONS_PER_HOUR`, `CHANGE_CALENDARS`
//! - IAM:
//!   - cloudwatch: `DescribeAlarms`, `GetMetricData`
//!   - dynamodb: `ConditionCheckItem`, `GetItem`, `PutItem`, `Query`, `UpdateItem`
//!   - ec2: `DescribeInstances`
//!   - ecs: `DescribeServices`, `DescribeTaskDefinition`
//!   - iam: `PassRole`
//!   - lambda: `GetAlias`
//!   - securityhub: `GetFindings`
//!   - ssm: `DescribeAutomationExecutions`, `DescribeDocument`, `GetAutomationExecution`, `GetCalendarState`, `GetDocument`, `GetParameter`, `GetParameterHistory`, `StartAutomationExecution`
//!   - tag: `GetResources`
//! - Timeout: 30 s

mod account_budget;
mod authorize;
mod automation_progress;
pub mod breaker_history;
mod covered_approval;
mod history;
mod judgement;
mod optional_facts;
mod recorded_approval;
mod start_automation;
mod stored;
mod target_lease;
mod undo;
pub mod undo_decision;
mod undo_facts;

use common::{
    Clock, ErrorName, IncidentId, PlanHash, PortError,
    ports::{
        ActionHistory, Approvals, CaseFile, Incidents, Leases, Ledger, Modes, OpenIncidents, Resources,
        SecurityFindings, Symptoms, TargetLeases, Topology, TopologyCache,
    },
};
use guard::{Automations, Guard};
use serde::{Deserialize, Serialize};

pub use target_lease::lives_by_its_incident;

#[derive(Debug)]
pub struct Deps<S, Y, T, M, X, C, R> {
    pub store: S,
    pub symptoms: Y,
    pub topology: T,
    pub modes: M,
    pub automations: X,
    pub clock: C,
    /// Reads a target: its state, and the security findings about it.
    pub resources: R,
    pub guard: Guard,
    /// `true` permits acting on drills without a human.
    pub unattended_drills: bool,
    /// The account's budget: the most actions that are started in it within an hour.
    pub actions_per_hour: u32,
}

/// The store that remediate works with.
pub trait Store:
    Incidents
    + CaseFile
    + Leases
    + TargetLeases
    + Approvals
    + Ledger
    + ActionHistory
    + OpenIncidents
    + TopologyCache
{
}
impl<T> Store for T where
    T: Incidents
        + CaseFile
        + Leases
        + TargetLeases
        + Approvals
        + Ledger
        + ActionHistory
        + OpenIncidents
        + TopologyCache
{
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Input {
    /// Makes a plan of the diagnosis' first proposal, and judges it.
    Authorize { incident_id: IncidentId, attempt: u32 },
    /// Reports whether another incident still acts on the plan's target.
    CheckTarget { incident_id: IncidentId, attempt: u32, plan_hash: PlanHash },
    /// Judges the plan again, and starts its automation.
    Start { incident_id: IncidentId, attempt: u32, plan_hash: PlanHash },
    /// Reports how far the plan's automation is.
    Progress { incident_id: IncidentId, attempt: u32, plan_hash: PlanHash },
    /// Decides whether the plan's change is undone, and starts the automation that does it.
    Undo { incident_id: IncidentId, attempt: u32, plan_hash: PlanHash },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Allow {
        plan_hash: PlanHash,
        reason: String,
    },
    Ask {
        plan_hash: PlanHash,
        reason: String,
    },
    Deny {
        reason: String,
    },
    /// Another incident acts on the target of this plan: wait, then diagnose again what it left.
    TargetHeld {
        plan_hash: PlanHash,
        reason: String,
    },
    TargetFree,
    /// The automation of this plan is under way, whoever of several invocations started it.
    Started {
        plan_hash: PlanHash,
    },
    Refused {
        reason: String,
    },
    Running,
    Succeeded,
    Failed {
        reason: String,
    },
    NothingToUndo {
        reason: String,
    },
    /// The undo depends on something that is still under way: ask again later.
    Wait {
        reason: String,
    },
    /// The change stays, and is to be verified; after `wait_seconds`, because it may just have been.
    Verify {
        wait_seconds: u64,
        reason: String,
    },
    /// The change is not undone, because the target is in another hand.
    Left {
        reason: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{record} of incident {incident_id} is missing in the store")]
    Missing { incident_id: IncidentId, record: MissingRecord },
    #[error("the stored plan {plan_hash} was changed after it was judged: its content has another hash")]
    Altered { plan_hash: PlanHash },
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A record that a step needs and the store does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingRecord {
    Incident,
    Diagnosis {
        attempt: u32,
    },
    Plan {
        hash: PlanHash,
    },
    /// The lease of the plan, or the id of the automation on it.
    Automation {
        plan_hash: PlanHash,
    },
}

impl std::fmt::Display for MissingRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Incident => f.write_str("the record"),
            Self::Diagnosis { attempt } => write!(f, "the diagnosis of attempt {attempt}"),
            Self::Plan { hash } => write!(f, "the plan {}", hash.short()),
            Self::Automation { plan_hash } => write!(f, "the automation of plan {}", plan_hash.short()),
        }
    }
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = &["Remediate.Missing", "Remediate.Altered"];

    fn error_name(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "Remediate.Missing",
            Self::Altered { .. } => "Remediate.Altered",
            Self::Port(error) => error.error_name(),
        }
    }
}

pub async fn handle(
    deps: &Deps<
        impl Store,
        impl Symptoms,
        impl Topology,
        impl Modes,
        impl Automations,
        impl Clock,
        impl Resources + SecurityFindings,
    >,
    input: Input,
) -> Result<Output, Error> {
    match input {
        Input::Authorize { incident_id, attempt } => authorize::authorize(deps, incident_id, attempt).await,
        Input::CheckTarget { incident_id, plan_hash, .. } => {
            let plan = stored::plan(deps, incident_id, &plan_hash).await?;
            let holder = target_lease::other_holder(deps, &plan).await?;
            match holder {
                Some(holder) => target_lease::still_held(deps, &plan, &holder).await,
                None => Ok(Output::TargetFree),
            }
        }
        Input::Start { incident_id, attempt, plan_hash } => {
            let diagnosed = stored::diagnosed_incident(deps, incident_id, attempt).await?;
            let plan = stored::plan(deps, incident_id, &plan_hash).await?;
            if plan.undo_of.is_some() {
                return Ok(Output::Refused { reason: "an undo is started by the step undo only".into() });
            }
            start_automation::start_automation(deps, &diagnosed, &plan, false).await
        }
        Input::Progress { incident_id, plan_hash, .. } => {
            automation_progress::progress(deps, incident_id, &plan_hash).await
        }
        Input::Undo { incident_id, attempt, plan_hash } => {
            undo::undo(deps, incident_id, attempt, &plan_hash).await
        }
    }
}

#[cfg(test)]
mod tests;
