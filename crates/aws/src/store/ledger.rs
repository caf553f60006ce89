//! Stores the ledger: a chain an incident, in which each record is put where none is yet, so that it cannot fork.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use common::{
    AuditEntry, AuditRecord, IncidentId,
    audit::AuditBody,
    ports::{Ledger, PortError},
};
use jiff::Timestamp;
use transparency::{GrownChain, ports::LogStore as _};

use super::{
    DynamoStore,
    item::{from_item, text, to_item},
    key::{Key, LEDGER, partition},
    write::{Transacted, contended, incomplete, insist},
};
use crate::error::failed;

/// Only what writes about the same incident is in each other's way, so a few tries are many.
const TRIES: usize = 8;

impl Ledger for DynamoStore {
    async fn append(
        &self,
        incident: IncidentId,
        at: Timestamp,
        entry: &AuditEntry,
    ) -> Result<AuditRecord, PortError> {
        let body = AuditBody { at, incident_id: incident, entry: entry.clone() };
        insist(TRIES, || async {
            let last = self.last_record(incident).await?;
            let record = AuditRecord::following(last.as_ref(), &body);
            if self.put_record(incident, &record).await? {
                Ok(record)
            } else {
                Err(contended(operation(incident, &record)))
            }
        })
        .await
    }

    async fn timeline(&self, incident: IncidentId) -> Result<Vec<AuditRecord>, PortError> {
        self.all(&partition(LEDGER, incident)).await
    }

    async fn checkpoint(&self) -> Result<Option<String>, PortError> {
        Ok(self.last_batch().await?.map(|batch| batch.frontier.head()))
    }
}

impl DynamoStore {
    /// Puts the record of a chain, and that the chain has grown. Returns false where somebody else was first.
    ///
    /// One transaction, so that no record is left out of the log over all chains.
    pub(super) async fn put_record(
        &self,
        incident: IncidentId,
        record: &AuditRecord,
    ) -> Result<bool, PortError> {
        let operation = operation(incident, record);
        let item = to_item(&operation, &Key::ledger(incident, record.sequence), record)?;
        let writes = vec![self.put_new(item)?, self.grown(&operation, incident, record)?];
        Ok(self.transact(&operation, writes).await? == Transacted::Done)
    }

    pub(super) fn grown(
        &self,
        operation: &str,
        incident: IncidentId,
        record: &AuditRecord,
    ) -> Result<TransactWriteItem, PortError> {
        let grown = GrownChain { incident_id: incident, sequence: record.sequence };
        let item = to_item(operation, &Key::unlogged(incident), &grown)?;
        let put = Put::builder().table_name(&self.table).set_item(Some(item)).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    async fn last_record(&self, incident: IncidentId) -> Result<Option<AuditRecord>, PortError> {
        let operation = || format!("Query the last record of incident {incident}");
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(partition(LEDGER, incident)))
            .scan_index_forward(false)
            .limit(1);
        let page = query.send().await.map_err(|error| failed(operation(), error))?;
        page.items.unwrap_or_default().pop().map(|item| from_item(operation(), item)).transpose()
    }
}

fn operation(incident: IncidentId, record: &AuditRecord) -> String {
    format!("TransactWriteItems record {} of incident {incident}", record.sequence)
}
