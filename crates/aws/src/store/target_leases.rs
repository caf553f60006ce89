//! Lets only one incident at a time act on a target.

use aws_sdk_dynamodb::types::AttributeValue;
use common::{
    Arn, IncidentId, PlanHash,
    ports::{PortError, TargetLease, TargetLeases, TargetTaken},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    DynamoStore,
    item::{from_item, text, to_item, to_value},
    key::Key,
    retention::expire_at,
    write::{contended, insist, made, retry_on_conflict},
};

/// The time that a lease is remembered after it was taken: well beyond any incident's.
const MEMORY: SignedDuration = SignedDuration::from_hours(24 * 14);
const TRIES: usize = 6;
/// A lease with this attribute is nobody's. It is not deleted: no function may delete from the table.
const RELEASED: &str = "is_released";

impl TargetLeases for DynamoStore {
    async fn take_target(
        &self,
        lease: &TargetLease,
        dead: Option<&TargetLease>,
    ) -> Result<TargetTaken, PortError> {
        let key = Key::target_lease(&lease.target);
        let operation = format!("PutItem {key}");
        let mut item = to_item(&operation, &key, lease)?;
        let expires = lease.taken_at.saturating_add(MEMORY).unwrap_or(Timestamp::MAX);
        expire_at(&mut item, expires);
        let free = "attribute_not_exists(pk) OR attribute_exists(is_released) OR incident_id = :own";
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .expression_attribute_values(":own", text(lease.incident_id.to_string()));
        let put = match dead {
            None => put.condition_expression(free),
            Some(dead) => put
                .condition_expression(format!(
                    "{free} OR (incident_id = :dead AND plan_hash = :plan AND taken_at = :taken)"
                ))
                .expression_attribute_values(":dead", text(dead.incident_id.to_string()))
                .expression_attribute_values(":plan", text(dead.plan_hash.to_string()))
                .expression_attribute_values(":taken", to_value(&operation, &dead.taken_at)?),
        };
        insist(TRIES, || async {
            if made(&operation, retry_on_conflict(|| put.clone().send()).await)? {
                return Ok(TargetTaken::Taken);
            }
            match self.target_holder(&lease.target).await? {
                Some(holder) => Ok(TargetTaken::HeldBy(Box::new(holder))),
                // Released at that moment.
                None => Err(contended(&operation)),
            }
        })
        .await
    }

    async fn target_holder(&self, target: &Arn) -> Result<Option<TargetLease>, PortError> {
        let key = Key::target_lease(target);
        let held = self.get_item(&key).await?.filter(|item| !item.contains_key(RELEASED));
        held.map(|item| from_item(format!("GetItem {key}"), item)).transpose()
    }

    async fn release_target(
        &self,
        target: &Arn,
        incident: IncidentId,
        plan_hash: &PlanHash,
    ) -> Result<(), PortError> {
        let key = Key::target_lease(target);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .condition_expression("incident_id = :own AND plan_hash = :plan")
            .update_expression(format!("SET {RELEASED} = :true"))
            .expression_attribute_values(":own", text(incident.to_string()))
            .expression_attribute_values(":plan", text(plan_hash.to_string()))
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        // Where the condition does not hold, it is another's by now, or this incident's for another plan.
        made(&format!("UpdateItem {key}"), retry_on_conflict(|| update.clone().send()).await)?;
        Ok(())
    }
}
