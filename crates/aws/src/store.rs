//! Keeps Nightshift's records in one DynamoDB table ([`key`] holds its design).
//!
//! Every write that decides something is conditional, and every read that something is decided on
//! is consistent.

mod action_history;
mod approvals;
mod case_file;
mod deliveries;
mod incidents;
mod intake;
mod intake_entries;
mod item;
mod key;
mod leases;
mod ledger;
mod log;
mod migration;
mod open_incidents;
mod precedents;
mod purge;
mod reasoning;
mod retention;
mod returns;
mod spending;
mod sweeps;
mod target_leases;
mod topology;
mod write;

pub use migration::Migrated;
pub use retention::{InvalidLedgerRetention, InvalidRetention, LedgerRetention, Retention};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, operation::query::builders::QueryFluentBuilder, types::AttributeValue};
use common::ports::PortError;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::failed;
use item::{Item, from_item, to_item};
use key::Key;

/// The ports `Events`, `Intake`, `Incidents`, `CaseFile`, `Leases`, `TargetLeases`, `Approvals`, `Ledger`, `Deliveries`,
/// `LogStore`, `Sweeps`, `Spending`, `Reasoning`, `Precedents`, `TopologyCache`, `ActionHistory`, `OpenIncidents`,
/// `IntakeEntries` and `Purges` on one table.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
    retention: Retention,
    ledger_retention: LedgerRetention,
}

impl DynamoStore {
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let ledger_retention = LedgerRetention::default();
        Self { client, table: table.into(), retention: Retention::default(), ledger_retention }
    }

    /// Keeps what it writes of incidents and events for so long.
    #[must_use]
    pub fn with_retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// Keeps the records that it writes of the ledger for so long, and never shorter than what belongs to an incident.
    #[must_use]
    pub fn with_ledger_retention(self, ledger_retention: LedgerRetention) -> Self {
        Self { ledger_retention: ledger_retention.at_least(self.retention), ..self }
    }

    pub fn from_config(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self::new(Client::new(config), table)
    }

    /// Reads one item consistently.
    async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, PortError> {
        let item = self.get_item(key).await?;
        item.map(|item| from_item(format!("GetItem {key}"), item)).transpose()
    }

    /// Reads one item consistently, as it is stored.
    async fn get_item(&self, key: &Key) -> Result<Option<Item>, PortError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key.to_attributes()));
        let answer = get.consistent_read(true).send().await;
        Ok(answer.map_err(|error| failed(format!("GetItem {key}"), error))?.item)
    }

    /// Writes one item, whatever was there, that stays.
    async fn put<T: Serialize>(&self, key: &Key, value: &T) -> Result<(), PortError> {
        let operation = format!("PutItem {key}");
        let item = to_item(&operation, key, value)?;
        self.put_item(operation, item).await
    }

    /// Writes one item, whatever was there, that expires after the retention.
    async fn put_expiring<T: Serialize>(&self, key: &Key, value: &T) -> Result<(), PortError> {
        let operation = format!("PutItem {key}");
        let item = self.to_expiring_item(&operation, key, value)?;
        self.put_item(operation, item).await
    }

    /// The item of a value that expires after the retention.
    fn to_expiring_item<T: Serialize>(
        &self,
        operation: &str,
        key: &Key,
        value: &T,
    ) -> Result<Item, PortError> {
        let mut item = to_item(operation, key, value)?;
        retention::expire_at(&mut item, self.expires_at());
        Ok(item)
    }

    /// When an item expires that is written now.
    fn expires_at(&self) -> Timestamp {
        self.retention.expiry(Timestamp::now())
    }

    async fn put_item(&self, operation: String, item: Item) -> Result<(), PortError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        write::retry_on_conflict(|| put.clone().send()).await.map_err(|error| failed(operation, error))?;
        Ok(())
    }

    /// The items of a partition in the order of their sort keys, read consistently.
    async fn all<T: DeserializeOwned>(&self, partition: &str) -> Result<Vec<T>, PortError> {
        self.items(partition, None, &[]).await
    }

    /// The items of a partition whose sort key meets `condition`, as [`all`](Self::all).
    async fn items<T: DeserializeOwned>(
        &self,
        partition: &str,
        condition: Option<&str>,
        values: &[(&str, &str)],
    ) -> Result<Vec<T>, PortError> {
        let operation = || format!("Query {partition} {} {values:?}", condition.unwrap_or("whole"));
        let of_partition = "pk = :pk".to_owned();
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(
                condition.map_or(of_partition, |condition| format!("pk = :pk AND {condition}")),
            )
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()));
        for (name, value) in values {
            query = query.expression_attribute_values(*name, AttributeValue::S((*value).to_owned()));
        }
        self.pages(query, usize::MAX, operation).await
    }

    /// The first `most` items of a query, read page by page.
    async fn pages<T: DeserializeOwned>(
        &self,
        query: QueryFluentBuilder,
        most: usize,
        operation: impl Fn() -> String,
    ) -> Result<Vec<T>, PortError> {
        let items = self.raw_pages(query, most, &operation).await?;
        items.into_iter().map(|item| from_item(operation(), item)).collect()
    }

    /// The first `most` items of a query, as they are stored.
    async fn raw_pages(
        &self,
        query: QueryFluentBuilder,
        most: usize,
        operation: impl Fn() -> String,
    ) -> Result<Vec<Item>, PortError> {
        let mut found = Vec::new();
        let mut start: Option<Item> = None;
        while found.len() < most {
            // More than an i32 holds is as good as no limit.
            let limit = i32::try_from(most.saturating_sub(found.len())).ok();
            let page = query.clone().set_limit(limit).set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| failed(operation(), error))?;
            found.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }
}
