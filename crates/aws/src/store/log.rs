//! Stores the log over all chains: batches, each put where none is yet, and which chains have grown since they were
//! joined.

use common::ports::PortError;
use transparency::{Batch, GrownChain, ports::LogStore};

use super::{
    DynamoStore,
    item::{from_item, text, to_item, to_value},
    key::{Key, LOG, UNLOGGED_SHARDS, unlogged_partition},
    write::{made, retry_on_conflict},
};
use crate::error::failed;

impl LogStore for DynamoStore {
    async fn grown(&self) -> Result<Vec<GrownChain>, PortError> {
        let mut grown: Vec<GrownChain> = Vec::new();
        for shard in UNLOGGED_SHARDS {
            let of_shard: Vec<GrownChain> = self.all(&unlogged_partition(shard)).await?;
            grown.extend(of_shard);
        }
        Ok(grown)
    }

    async fn mark_grown(&self, chain: &GrownChain) -> Result<(), PortError> {
        self.put(&Key::unlogged(chain.incident_id), chain).await
    }

    async fn mark_joined(&self, chain: &GrownChain) -> Result<(), PortError> {
        let key = Key::unlogged(chain.incident_id);
        let operation = format!("DeleteItem {key}");
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            // `sequence` is no reserved word, and stays clear of ever becoming one.
            .condition_expression("#sequence <= :sequence")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":sequence", to_value(&operation, &chain.sequence)?);
        // Where it has grown again, it stays marked.
        made(&operation, retry_on_conflict(|| delete.clone().send()).await).map(|_| ())
    }

    async fn last_batch(&self) -> Result<Option<Batch>, PortError> {
        let operation = || "Query the last batch of the log".to_owned();
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(LOG))
            .scan_index_forward(false)
            .limit(1);
        let page = query.send().await.map_err(|error| failed(operation(), error))?;
        page.items.unwrap_or_default().pop().map(|item| from_item(operation(), item)).transpose()
    }

    async fn batches(&self) -> Result<Vec<Batch>, PortError> {
        self.all(LOG).await
    }

    async fn put_batch(&self, batch: &Batch) -> Result<bool, PortError> {
        let key = Key::batch(batch.first);
        let operation = format!("PutItem {key}");
        let item = to_item(&operation, &key, batch)?;
        self.put_if_absent(&operation, item).await
    }
}
