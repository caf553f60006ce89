//! Counts the money spent on models: counters that never pass a cap, however many ask at once.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use common::{
    IncidentId,
    money::MicroUsd,
    ports::{Caps, PortError, Reserved, Spending},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    DynamoStore,
    item::text,
    key::Key,
    retention::seconds,
    write::{Transacted, contended, incomplete, insist, made, retry_on_conflict},
};

/// Longer than any incident is worked on, and than a month's bill is asked about.
const MONEY_MEMORY: SignedDuration = SignedDuration::from_hours(90 * 24);
/// An hour is over long before.
const HOUR_MEMORY: SignedDuration = SignedDuration::from_hours(48);
/// Everybody writes the day's counter, so a storm needs some tries.
const TRIES: usize = 12;

/// The place of each counter in every transaction.
const INCIDENT: usize = 0;

impl Spending for DynamoStore {
    async fn reserve(
        &self,
        incident: IncidentId,
        at: Timestamp,
        amount: MicroUsd,
        caps: Caps,
    ) -> Result<Reserved, PortError> {
        // What the counter may hold before: with more, the cap would be passed.
        let (Some(of_incident), Some(of_day)) =
            (caps.incident.0.checked_sub(amount.0), caps.day.0.checked_sub(amount.0))
        else {
            return Ok(if amount > caps.incident { Reserved::IncidentCap } else { Reserved::DayCap });
        };
        let operation = format!("TransactWriteItems reserving {amount} for {incident}");
        let keys = Self::counters(incident, at);
        let writes = vec![
            self.add(&keys[INCIDENT], at, &amount.0.to_string(), CounterBound::NotOver(of_incident))?,
            self.add(&keys[1], at, &amount.0.to_string(), CounterBound::NotOver(of_day))?,
        ];
        match self.write_counters(&operation, || Ok(writes.clone())).await? {
            Transacted::Refused(places) if places.contains(&INCIDENT) => Ok(Reserved::IncidentCap),
            Transacted::Refused(_) => Ok(Reserved::DayCap),
            _ => Ok(Reserved::Granted),
        }
    }

    /// Never gives back more than the counter holds: one that has aged out in between is not
    /// below zero afterwards, and so no credit.
    async fn settle(
        &self,
        incident: IncidentId,
        at: Timestamp,
        reserved: MicroUsd,
        spent: MicroUsd,
    ) -> Result<(), PortError> {
        if reserved == spent {
            return Ok(());
        }
        let operation = format!("TransactWriteItems settling {spent} of {reserved} for {incident}");
        let keys = Self::counters(incident, at);
        let back = reserved.saturating_sub(spent).0;
        let mut is_empty = [false; 2];
        for _ in 0..TRIES {
            let writes = || {
                let each = keys.iter().zip(is_empty);
                each.map(|(key, is_empty)| match (back, is_empty) {
                    (0, _) => {
                        self.add(key, at, &spent.saturating_sub(reserved).0.to_string(), CounterBound::None)
                    }
                    (_, false) => self.add(key, at, &format!("-{back}"), CounterBound::NotUnder(back)),
                    (_, true) => self.empty(key, at, back),
                })
                .collect()
            };
            match self.write_counters(&operation, writes).await? {
                Transacted::Refused(places) => {
                    // Not what it was taken for, so the other one.
                    for (place, is_empty) in is_empty.iter_mut().enumerate() {
                        *is_empty ^= places.contains(&place);
                    }
                }
                _ => return Ok(()),
            }
        }
        Err(contended(operation))
    }

    async fn admit(
        &self,
        incident: IncidentId,
        application: &str,
        at: Timestamp,
        most: u32,
    ) -> Result<bool, PortError> {
        let key = Key::investigated(application, at);
        let operation = format!("UpdateItem {key} with {incident}");
        // None at all is not the same as less than none.
        let room = if most == 0 {
            "contains(incidents, :incident)"
        } else {
            "attribute_not_exists(incidents) OR size(incidents) < :most OR contains(incidents, :incident)"
        };
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .update_expression("ADD incidents :one SET expires_at_seconds = :expires")
            .condition_expression(room)
            .expression_attribute_values(":one", AttributeValue::Ss(vec![incident.to_string()]))
            .expression_attribute_values(":incident", text(incident))
            .expression_attribute_values(":expires", expiry(at, HOUR_MEMORY));
        if most > 0 {
            update = update.expression_attribute_values(":most", AttributeValue::N(most.to_string()));
        }
        made(&operation, retry_on_conflict(|| update.clone().send()).await)
    }
}

/// The amount that a counter must hold for the write to be made.
#[derive(Debug, Clone, Copy)]
enum CounterBound {
    None,
    NotOver(u64),
    NotUnder(u64),
}

impl DynamoStore {
    fn counters(incident: IncidentId, at: Timestamp) -> [Key; 2] {
        [Key::spent_on_incident(incident), Key::spent_on_day(at)]
    }

    /// Adds to a counter, or takes from it where `amount` begins with a minus.
    fn add(
        &self,
        key: &Key,
        at: Timestamp,
        amount: &str,
        bound: CounterBound,
    ) -> Result<TransactWriteItem, PortError> {
        let update = Update::builder()
            .update_expression("ADD micro_usd :amount SET expires_at_seconds = :expires")
            .expression_attribute_values(":amount", AttributeValue::N(amount.to_owned()));
        let update = match bound {
            CounterBound::None => update,
            CounterBound::NotOver(most) => update
                .condition_expression("attribute_not_exists(micro_usd) OR micro_usd <= :bound")
                .expression_attribute_values(":bound", AttributeValue::N(most.to_string())),
            CounterBound::NotUnder(least) => update
                .condition_expression("micro_usd >= :bound")
                .expression_attribute_values(":bound", AttributeValue::N(least.to_string())),
        };
        self.counter(key, at, update)
    }

    /// Sets a counter to zero that holds less than `amount`.
    fn empty(&self, key: &Key, at: Timestamp, amount: u64) -> Result<TransactWriteItem, PortError> {
        let update = Update::builder()
            .update_expression("SET micro_usd = :zero, expires_at_seconds = :expires")
            .condition_expression("attribute_not_exists(micro_usd) OR micro_usd < :bound")
            .expression_attribute_values(":zero", AttributeValue::N("0".to_owned()))
            .expression_attribute_values(":bound", AttributeValue::N(amount.to_string()));
        self.counter(key, at, update)
    }

    fn counter(
        &self,
        key: &Key,
        at: Timestamp,
        update: aws_sdk_dynamodb::types::builders::UpdateBuilder,
    ) -> Result<TransactWriteItem, PortError> {
        let update = update
            .table_name(&self.table)
            .set_key(Some(key.to_attributes()))
            .expression_attribute_values(":expires", expiry(at, MONEY_MEMORY))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Makes the writes, again while others write the same counters. Never `Conflict`.
    async fn write_counters(
        &self,
        operation: &str,
        writes: impl Fn() -> Result<Vec<TransactWriteItem>, PortError>,
    ) -> Result<Transacted, PortError> {
        insist(TRIES, || async {
            match self.transact(operation, writes()?).await? {
                Transacted::Conflict => Err(contended(operation)),
                decided => Ok(decided),
            }
        })
        .await
    }
}

fn expiry(at: Timestamp, memory: SignedDuration) -> AttributeValue {
    seconds(at.saturating_add(memory).unwrap_or(Timestamp::MAX))
}
