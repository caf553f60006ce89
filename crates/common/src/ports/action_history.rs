//! Defines the port that remembers actions across incidents, and counts the open incidents beside one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{ActionId, Arn, IncidentId, PlanHash};

/// One run of an action, remembered beyond its incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionRun {
    pub incident_id: IncidentId,
    pub plan_hash: PlanHash,
    pub action: ActionId,
    pub target: Arn,
    /// The incident's application; `None` where it has none.
    pub application: Option<String>,
    /// The time at which the plan's lease was taken, so that a repeated step remembers the same run.
    pub at: Timestamp,
    /// True if a person approved it.
    pub approved: bool,
    /// True if it took back another one.
    pub undo: bool,
}

/// A person's decision to close the breaker of an action for an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerClosure {
    /// The ARN that STS gave for the caller's credentials.
    pub by: String,
    pub at: Timestamp,
}

/// The result of asking for a place in the account's budget of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetPlace {
    /// The plan has a place, now or since an earlier call.
    Taken,
    NoneLeft,
}

pub trait ActionHistory {
    /// Takes a place for `plan` in the account's budget, unless `most` places were taken since `since`. A plan that
    /// has one keeps it. However many ask at once, no more than `most` get one.
    async fn take_budget_place(
        &self,
        plan: &PlanHash,
        at: Timestamp,
        since: Timestamp,
        most: u32,
    ) -> Result<BudgetPlace, PortError>;

    /// Returns the plans that took a place in the account's budget since then.
    async fn budget_places(&self, since: Timestamp) -> Result<Vec<PlanHash>, PortError>;

    /// Remembers a run, by its target and by its action. Doing so again changes nothing.
    async fn remember_run(&self, run: &ActionRun) -> Result<(), PortError>;

    /// Returns the runs of any action on `target` since then, by any incident, oldest first.
    async fn runs_on(&self, target: &Arn, since: Timestamp) -> Result<Vec<ActionRun>, PortError>;

    /// Returns the newest runs of `action` for `application`, newest first, at most `most`.
    async fn runs_of(
        &self,
        action: &ActionId,
        application: Option<&str>,
        most: u32,
    ) -> Result<Vec<ActionRun>, PortError>;

    /// Writes that a person closed the breaker of `action` for `application`.
    async fn close_breaker(
        &self,
        action: &ActionId,
        application: Option<&str>,
        closure: &BreakerClosure,
    ) -> Result<(), PortError>;

    /// Returns when a person last closed the breaker.
    async fn breaker_closure(
        &self,
        action: &ActionId,
        application: Option<&str>,
    ) -> Result<Option<BreakerClosure>, PortError>;
}

pub trait OpenIncidents {
    /// Returns the application's incidents that were opened since then and have not ended. One that was opened a
    /// moment ago may be missing. `None` where too many incidents were opened since then to look at each.
    async fn open_incidents(
        &self,
        application: &str,
        since: Timestamp,
    ) -> Result<Option<Vec<IncidentId>>, PortError>;
}
