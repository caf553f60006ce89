//! Remembers actions beyond their incidents: the account's budget, runs by target and by action, breakers that
//! people closed.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use common::{
    ActionId, Arn, PlanHash,
    ports::{ActionHistory, ActionRun, BreakerClosure, BudgetPlace, PortError},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore,
    item::{text, to_item},
    key::{Key, RUN, action_partition, run_target_partition},
    retention::expire_at,
    write::{Transacted, contended, incomplete, insist, made, retry_on_conflict},
};
use crate::time::sortable;

/// The time that a run on a target is remembered: well beyond the day that the policies look back over.
const TARGET_MEMORY: SignedDuration = SignedDuration::from_hours(48);
/// The most that a run of an action is remembered: a breaker looks back on the last few, which may be rare.
const ACTION_MEMORY: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A run is judged by its incident and its lease, and would look like one that did not help without them. So it expires
/// before they do, by far more than DynamoDB takes to delete what has expired.
const FORGOTTEN_BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Only those who get a place write the window, so few are in each other's way; each of them costs another a try.
const TRIES: usize = 12;

/// The places taken in the account's budget. Few, because the budget is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetWindow {
    /// Counts the writes: one that was made on another version is refused.
    version: u64,
    /// By plan hash.
    places: BTreeMap<String, Timestamp>,
}

impl BudgetWindow {
    /// Takes a place for `plan`; `None` where none is left, and `Some(false)` where it has one.
    fn take(&mut self, plan: &PlanHash, at: Timestamp, since: Timestamp, most: u32) -> Option<bool> {
        self.places.retain(|_, taken| *taken >= since);
        if self.places.contains_key(&plan.to_string()) {
            return Some(false);
        }
        if self.places.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
            return None;
        }
        self.places.insert(plan.to_string(), at);
        self.version = self.version.saturating_add(1);
        Some(true)
    }
}

impl ActionHistory for DynamoStore {
    async fn take_budget_place(
        &self,
        plan: &PlanHash,
        at: Timestamp,
        since: Timestamp,
        most: u32,
    ) -> Result<BudgetPlace, PortError> {
        let key = Key::budget_window();
        let operation = format!("PutItem {key}");
        insist(TRIES, || async {
            let mut window = self.get::<BudgetWindow>(&key).await?.unwrap_or_default();
            let read = window.version;
            match window.take(plan, at, since, most) {
                None => return Ok(BudgetPlace::NoneLeft),
                Some(false) => return Ok(BudgetPlace::Taken),
                Some(true) => {}
            }
            let put = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(to_item(&operation, &key, &window)?))
                .condition_expression("attribute_not_exists(pk) OR version = :read")
                .expression_attribute_values(":read", AttributeValue::N(read.to_string()));
            if made(&operation, retry_on_conflict(|| put.clone().send()).await)? {
                Ok(BudgetPlace::Taken)
            } else {
                Err(contended(&operation))
            }
        })
        .await
    }

    async fn budget_places(&self, since: Timestamp) -> Result<Vec<PlanHash>, PortError> {
        let key = Key::budget_window();
        let window = self.get::<BudgetWindow>(&key).await?.unwrap_or_default();
        let taken = window.places.into_iter().filter(|(_, at)| *at >= since);
        taken
            .map(|(plan, _)| {
                plan.parse().map_err(|error| crate::error::unreadable(format!("GetItem {key}"), error))
            })
            .collect()
    }

    async fn remember_run(&self, run: &ActionRun) -> Result<(), PortError> {
        let writes = vec![
            self.run_put(&Key::run_on_target(run), run, TARGET_MEMORY)?,
            self.run_put(&Key::run_of_action(run), run, self.action_memory())?,
        ];
        let operation = format!("TransactWriteItems remembering {} on {}", run.action, run.target);
        insist(TRIES, || async {
            match self.transact(&operation, writes.clone()).await? {
                Transacted::Done => Ok(()),
                // The puts have no conditions.
                Transacted::Refused(_) | Transacted::Conflict => Err(contended(&operation)),
            }
        })
        .await
    }

    async fn runs_on(&self, target: &Arn, since: Timestamp) -> Result<Vec<ActionRun>, PortError> {
        self.items(&run_target_partition(target), Some("sk >= :since"), &[(":since", &sortable(since))]).await
    }

    async fn runs_of(
        &self,
        action: &ActionId,
        application: Option<&str>,
        most: u32,
    ) -> Result<Vec<ActionRun>, PortError> {
        let partition = action_partition(action, application);
        let operation = || format!("Query {partition}");
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :run)")
            .expression_attribute_values(":pk", text(&partition))
            .expression_attribute_values(":run", text(RUN))
            .scan_index_forward(false);
        self.pages(query, most, operation).await
    }

    async fn close_breaker(
        &self,
        action: &ActionId,
        application: Option<&str>,
        closure: &BreakerClosure,
    ) -> Result<(), PortError> {
        self.put(&Key::breaker_closure(action, application), closure).await
    }

    async fn breaker_closure(
        &self,
        action: &ActionId,
        application: Option<&str>,
    ) -> Result<Option<BreakerClosure>, PortError> {
        self.get(&Key::breaker_closure(action, application)).await
    }
}

impl DynamoStore {
    fn action_memory(&self) -> SignedDuration {
        ACTION_MEMORY.min(self.retention.time().saturating_sub(FORGOTTEN_BEFORE))
    }

    fn run_put(
        &self,
        key: &Key,
        run: &ActionRun,
        memory: SignedDuration,
    ) -> Result<TransactWriteItem, PortError> {
        let mut item = to_item(&format!("PutItem {key}"), key, run)?;
        let expires = run.at.saturating_add(memory).unwrap_or(Timestamp::MAX);
        expire_at(&mut item, expires);
        let put = Put::builder().table_name(&self.table).set_item(Some(item)).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
