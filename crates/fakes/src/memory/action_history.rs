//! Actions across incidents, and open incidents.

use jiff::Timestamp;

use crate::memory::MemoryStore;
use common::{
    ActionId, Arn, IncidentId, PlanHash, PortError,
    ports::{ActionHistory, ActionRun, BreakerClosure, BudgetPlace, OpenIncidents},
};

impl ActionHistory for MemoryStore {
    async fn take_budget_place(
        &self,
        plan: &PlanHash,
        at: Timestamp,
        since: Timestamp,
        most: u32,
    ) -> Result<BudgetPlace, PortError> {
        self.faults.call("ActionHistory::take_budget_place", || {
            let mut tables = self.tables();
            tables.budget_places.retain(|_, taken| *taken >= since);
            if tables.budget_places.contains_key(plan) {
                return BudgetPlace::Taken;
            }
            if tables.budget_places.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
                return BudgetPlace::NoneLeft;
            }
            tables.budget_places.insert(plan.clone(), at);
            BudgetPlace::Taken
        })
    }

    async fn budget_places(&self, since: Timestamp) -> Result<Vec<PlanHash>, PortError> {
        self.faults.call("ActionHistory::budget_places", || {
            let tables = self.tables();
            let taken = tables.budget_places.iter().filter(|(_, taken)| **taken >= since);
            taken.map(|(plan, _)| plan.clone()).collect()
        })
    }

    async fn remember_run(&self, run: &ActionRun) -> Result<(), PortError> {
        self.faults.call("ActionHistory::remember_run", || {
            let mut tables = self.tables();
            tables.runs.retain(|other| other.plan_hash != run.plan_hash || other.at != run.at);
            tables.runs.push(run.clone());
        })
    }

    async fn runs_on(&self, target: &Arn, since: Timestamp) -> Result<Vec<ActionRun>, PortError> {
        self.faults.call("ActionHistory::runs_on", || {
            let tables = self.tables();
            let on_it = tables.runs.iter().filter(|run| run.target == *target && run.at >= since);
            let mut runs: Vec<_> = on_it.cloned().collect();
            runs.sort_by_key(|run| run.at);
            runs
        })
    }

    async fn runs_of(
        &self,
        action: &ActionId,
        application: Option<&str>,
        most: u32,
    ) -> Result<Vec<ActionRun>, PortError> {
        self.faults.call("ActionHistory::runs_of", || {
            let tables = self.tables();
            let of_it = |run: &&ActionRun| run.action == *action && run.application.as_deref() == application;
            let mut runs: Vec<_> = tables.runs.iter().filter(of_it).cloned().collect();
            runs.sort_by_key(|run| std::cmp::Reverse(run.at));
            runs.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            runs
        })
    }

    async fn close_breaker(
        &self,
        action: &ActionId,
        application: Option<&str>,
        closure: &BreakerClosure,
    ) -> Result<(), PortError> {
        self.faults.call("ActionHistory::close_breaker", || {
            let key = (action.clone(), application.map(str::to_owned));
            self.tables().breaker_closures.insert(key, closure.clone());
        })
    }

    async fn breaker_closure(
        &self,
        action: &ActionId,
        application: Option<&str>,
    ) -> Result<Option<BreakerClosure>, PortError> {
        self.faults.call("ActionHistory::breaker_closure", || {
            let key = (action.clone(), application.map(str::to_owned));
            self.tables().breaker_closures.get(&key).cloned()
        })
    }
}

impl OpenIncidents for MemoryStore {
    async fn open_incidents(
        &self,
        application: &str,
        since: Timestamp,
    ) -> Result<Option<Vec<IncidentId>>, PortError> {
        self.faults.call("OpenIncidents::open_incidents", || {
            let tables = self.tables();
            let open = tables.incidents.values().filter(|incident| {
                incident.application.as_deref() == Some(application)
                    && incident.opened_at >= since
                    && !incident.status.is_end()
            });
            Some(open.map(|incident| incident.id).collect())
        })
    }
}
