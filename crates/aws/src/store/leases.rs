//! Grants the right to run one plan, once, and counts it towards its target's rate.

use aws_sdk_dynamodb::types::{ConditionCheck, Put, Select, TransactWriteItem};
use common::{
    Arn, IncidentId, PlanHash, Status,
    ports::{Acquired, Lease, Leases, PortError, PortErrorKind},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    DynamoStore,
    item::{Item, text, to_value},
    key::{Key, LEASE, partition, target_partition},
    retention::expire_at,
    write::{Transacted, contended, incomplete, insist, made, retry_on_conflict},
};
use crate::{error::failed, time::sortable};

/// The time that a target's rate remembers: well beyond the hour that the policies look back over.
const RATE_MEMORY: SignedDuration = SignedDuration::from_hours(48);
const TRIES: usize = 6;
/// The place of the check among the writes of a transaction.
const ENDED: usize = 2;

impl Leases for DynamoStore {
    async fn lease(&self, incident: IncidentId, plan: &PlanHash) -> Result<Option<Lease>, PortError> {
        self.get(&Key::lease(incident, plan)).await
    }

    async fn acquire(&self, lease: &Lease) -> Result<Acquired, PortError> {
        let key = Key::lease(lease.incident_id, &lease.plan_hash);
        let operation = format!("TransactWriteItems {key}");
        let writes = vec![
            self.put_new(self.to_expiring_item(&operation, &key, lease)?)?,
            self.take(lease)?,
            self.ensure_not_ended(lease.incident_id)?,
        ];
        insist(TRIES, || async {
            let transacted = self.transact(&operation, writes.clone()).await?;
            if transacted == Transacted::Done {
                return Ok(Acquired::New);
            }
            match self.get(&key).await? {
                Some(held) => Ok(Acquired::Held(Box::new(held))),
                None if transacted == Transacted::Refused(vec![ENDED]) => Ok(Acquired::IncidentEnded),
                // Somebody was taking it at that moment, and it is not known yet who got it.
                None => Err(contended(&operation)),
            }
        })
        .await
    }

    /// Leaves a field as it is in the table where it is not known in `lease`.
    async fn update(&self, lease: &Lease) -> Result<(), PortError> {
        let key = Key::lease(lease.incident_id, &lease.plan_hash);
        let operation = format!("UpdateItem {key}");
        let mut sets = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .condition_expression("attribute_exists(pk)");
        if let Some(execution) = &lease.execution_id {
            sets.push("execution_id = :execution");
            update = update.expression_attribute_values(":execution", text(execution));
        }
        if let Some(end) = &lease.end {
            // `end` is a reserved word of DynamoDB's expressions.
            sets.push("#end = :end");
            update = update
                .expression_attribute_names("#end", "end")
                .expression_attribute_values(":end", to_value(&operation, end)?);
        }
        if !sets.is_empty() {
            update = update.update_expression(format!("SET {}", sets.join(", ")));
        }
        if made(&operation, retry_on_conflict(|| update.clone().send()).await)? {
            Ok(())
        } else {
            Err(PortError::new(operation, PortErrorKind::NotFound, "the lease was never taken"))
        }
    }

    async fn taken_on(&self, target: &Arn, since: Timestamp) -> Result<u32, PortError> {
        let operation = || format!("Query leases taken on {target}");
        let mut count = 0_u32;
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .select(Select::Count)
                .key_condition_expression("pk = :pk AND sk >= :since")
                .expression_attribute_values(":pk", text(target_partition(target)))
                .expression_attribute_values(":since", text(sortable(since)))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| failed(operation(), error))?;
            count = count.saturating_add(u32::try_from(page.count).unwrap_or_default());
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    async fn taken_by(&self, incident: IncidentId) -> Result<Vec<Lease>, PortError> {
        self.all(&partition(LEASE, incident)).await
    }
}

impl DynamoStore {
    /// The check, in a transaction, that an incident has not ended.
    fn ensure_not_ended(&self, incident: IncidentId) -> Result<TransactWriteItem, PortError> {
        let ends: Vec<_> = Status::ALL.into_iter().filter(|status| status.is_end()).collect();
        let names: Vec<String> = (0..ends.len()).map(|number| format!(":end{number}")).collect();
        let mut check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(Key::incident(incident).to_attributes()))
            .condition_expression(format!(
                "attribute_not_exists(pk) OR NOT (#status IN ({}))",
                names.join(", ")
            ))
            .expression_attribute_names("#status", "status");
        for (name, end) in names.into_iter().zip(ends) {
            check = check.expression_attribute_values(name, text(end.as_str()));
        }
        Ok(TransactWriteItem::builder().condition_check(check.build().map_err(incomplete)?).build())
    }

    /// The row that counts a lease towards its target's rate. Nothing reads its content.
    fn take(&self, lease: &Lease) -> Result<TransactWriteItem, PortError> {
        let mut item = Key::taken(&lease.target, lease.acquired_at, &lease.plan_hash).to_attributes();
        let expires = lease.acquired_at.saturating_add(RATE_MEMORY).unwrap_or(Timestamp::MAX);
        expire_at(&mut item, expires);
        let put = Put::builder().table_name(&self.table).set_item(Some(item)).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
