//! Stores the ledger: a chain in which each record and the head are written in one transaction.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use common::{
    AuditEntry, AuditRecord, IncidentId,
    audit::{AuditBody, Head},
    ports::{Ledger, PortError},
};
use jiff::Timestamp;

use super::{
    DynamoStore,
    item::{text, to_item},
    key::{AUDIT, Key, TIMELINE, partition, sequence_text},
    write::{Transacted, contended, incomplete, insist},
};

/// Everybody writes the same head, so a storm needs some tries.
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
            let head: Option<Head> = self.get(&Key::audit_head()).await?;
            let record = following(head.as_ref(), &body);
            let operation = format!("TransactWriteItems audit record {} of {incident}", record.sequence);
            let writes = self.links(&operation, incident, head.as_ref(), &record)?;
            match self.transact(&operation, writes).await? {
                Transacted::Done => Ok(record),
                Transacted::Refused(_) | Transacted::Conflict => Err(contended(operation)),
            }
        })
        .await
    }

    async fn timeline(&self, incident: IncidentId) -> Result<Vec<AuditRecord>, PortError> {
        self.all(&partition(TIMELINE, incident)).await
    }

    /// The head is read after the records, and then what was appended in between: all that the head
    /// counts had been written when it was read, so a chain in use is never taken for a cut one.
    async fn chain(&self) -> Result<(Vec<AuditRecord>, Option<Head>), PortError> {
        let mut records = self.records(0, u64::MAX).await?;
        let head: Option<Head> = self.get(&Key::audit_head()).await?;
        let last = records.last().map_or(0, |record| record.sequence);
        if let Some(head) = head.as_ref().filter(|head| head.sequence > last) {
            records.extend(self.records(last.saturating_add(1), head.sequence).await?);
        }
        Ok((records, head))
    }
}

impl DynamoStore {
    async fn records(&self, from: u64, to: u64) -> Result<Vec<AuditRecord>, PortError> {
        // Beyond twelve digits the order of texts is no longer that of numbers.
        let to = to.min(999_999_999_999);
        let bounds = [(":from", sequence_text(from)), (":to", sequence_text(to))];
        let bounds: Vec<_> = bounds.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.items(AUDIT, Some("sk BETWEEN :from AND :to"), &bounds).await
    }

    fn links(
        &self,
        operation: &str,
        incident: IncidentId,
        head: Option<&Head>,
        record: &AuditRecord,
    ) -> Result<Vec<TransactWriteItem>, PortError> {
        let new_head = Head { sequence: record.sequence, hash: record.hash.clone() };
        let put = Put::builder().table_name(&self.table).set_item(Some(to_item(
            operation,
            &Key::audit_head(),
            &new_head,
        )?));
        let put = match head {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(head) => put
                // `hash` is a reserved word of DynamoDB's expressions.
                .condition_expression("#hash = :hash")
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":hash", text(&head.hash)),
        };
        let put = put.build().map_err(incomplete)?;
        Ok(vec![
            self.put_new(to_item(operation, &Key::audit(record.sequence), record)?)?,
            TransactWriteItem::builder().put(put).build(),
            self.put_new(to_item(operation, &Key::timeline(incident, record.sequence), record)?)?,
        ])
    }
}

/// The head holds all of the last record that the next one needs.
fn following(head: Option<&Head>, body: &AuditBody) -> AuditRecord {
    let last = head.map(|head| AuditRecord {
        sequence: head.sequence,
        body: String::new(),
        previous: String::new(),
        hash: head.hash.clone(),
    });
    AuditRecord::following(last.as_ref(), body)
}
