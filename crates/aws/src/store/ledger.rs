//! Stores the ledger: a chain an incident, in which each record is put where none is yet, so that it cannot fork.

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{Put, TransactWriteItem},
};
use common::{
    AuditEntry, AuditRecord, IncidentId,
    audit::AuditBody,
    ports::{Ledger, PortError},
};
use jiff::Timestamp;
use transparency::{GrownChain, ports::LogStore as _};

use super::{
    DynamoStore,
    item::{Item, from_item, text, to_item, to_value},
    key::{Key, LEDGER, number_text, partition},
    retention::{LedgerRetention, expire_at},
    write::{Transacted, contended, incomplete, insist},
};

/// Only what writes about the same incident is in each other's way, so a few tries are many.
const TRIES: usize = 8;

/// The place of the mark in the transaction of an append.
const MARK: usize = 1;
/// No incident has as many records. What is stored under a higher number was put there by something else.
const MOST_RECORDS: u64 = 999_999_999;

impl Ledger for DynamoStore {
    async fn append(
        &self,
        incident: IncidentId,
        at: Timestamp,
        entry: &AuditEntry,
    ) -> Result<AuditRecord, PortError> {
        let body = self.body(incident, at, entry);
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
        let operation = || format!("Query the records of incident {incident}");
        let query = self.chain_query(incident);
        Ok(self.raw_pages(query, usize::MAX, operation).await?.into_iter().map(record_of).collect())
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
        match self.transact(&operation, self.record_writes(incident, record)?).await? {
            Transacted::Done => Ok(true),
            Transacted::Refused(places) if places == [MARK] => {
                self.put_if_absent(&operation, record_item(&operation, incident, record)?).await
            }
            Transacted::Refused(_) | Transacted::Conflict => Ok(false),
        }
    }

    /// The content of a record that is written now.
    pub(super) fn body(&self, incident: IncidentId, at: Timestamp, entry: &AuditEntry) -> AuditBody {
        let kept_until = self.ledger_retention.kept_until(at);
        AuditBody { at, incident_id: incident, entry: entry.clone(), kept_until }
    }

    /// The puts of a record and of the mark that its chain has grown, for one transaction.
    pub(super) fn record_writes(
        &self,
        incident: IncidentId,
        record: &AuditRecord,
    ) -> Result<Vec<TransactWriteItem>, PortError> {
        let operation = operation(incident, record);
        let item = record_item(&operation, incident, record)?;
        Ok(vec![self.put_new(item)?, self.grown(&operation, incident, record)?])
    }

    fn grown(
        &self,
        operation: &str,
        incident: IncidentId,
        record: &AuditRecord,
    ) -> Result<TransactWriteItem, PortError> {
        let grown = GrownChain { incident_id: incident, sequence: record.sequence };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_item(operation, &Key::unlogged(incident), &grown)?))
            // A mark that says more tells that records were removed, and stays.
            .condition_expression("attribute_not_exists(pk) OR #sequence < :sequence")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":sequence", to_value(operation, &record.sequence)?)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    async fn last_record(&self, incident: IncidentId) -> Result<Option<AuditRecord>, PortError> {
        let operation = || format!("Query the last record of incident {incident}");
        let query = self
            .chain_query(incident)
            .key_condition_expression("pk = :pk AND sk <= :most")
            .expression_attribute_values(":most", text(number_text(MOST_RECORDS)))
            .scan_index_forward(false);
        Ok(self.raw_pages(query, 1, operation).await?.pop().map(record_of))
    }

    fn chain_query(&self, incident: IncidentId) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(partition(LEDGER, incident)))
    }
}

/// The item of a record. It says itself until when it is kept, and expires some time later.
fn record_item(operation: &str, incident: IncidentId, record: &AuditRecord) -> Result<Item, PortError> {
    let mut item = to_item(operation, &Key::ledger(incident, record.sequence), record)?;
    if let Some(kept_until) = record.kept_until() {
        expire_at(&mut item, LedgerRetention::expiry(kept_until));
    }
    Ok(item)
}

/// Reads an item of a chain. Whoever may append may put anything there: what is no record, or has another number than its
/// key, becomes one that breaks the chain, so that it is told as that and keeps nothing from being read or appended.
fn record_of(item: Item) -> AuditRecord {
    let of_key = item.get("sk").and_then(|key| key.as_s().ok()).and_then(|key| key.parse().ok());
    let sequence: u64 = of_key.unwrap_or_default();
    let read: Result<AuditRecord, PortError> = from_item(String::new(), item);
    read.ok().filter(|record| record.sequence == sequence).unwrap_or(AuditRecord {
        sequence,
        body: String::new(),
        previous: String::new(),
        hash: String::new(),
    })
}

fn operation(incident: IncidentId, record: &AuditRecord) -> String {
    format!("TransactWriteItems record {} of incident {incident}", record.sequence)
}
