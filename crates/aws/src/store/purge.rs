//! Deletes what is personal or large of an incident that has ended.
//!
//! What is deleted: evidence, diagnoses, the dialogue with models, what verifications observed, and what later
//! incidents of the application would learn from it. Of the incident itself, the event's own words. What was planned,
//! decided, done and told stays, and so does the ledger.

use aws_sdk_dynamodb::types::AttributeValue;
use common::{
    Incident, Purge,
    ports::{PortError, PortErrorKind, Purges},
};

use super::{
    DynamoStore,
    item::{Item, text, to_value},
    key::{DIAGNOSIS, EVIDENCE, Key, REASONING, VERIFICATION, application_partition, partition},
    write::{made, retry_on_conflict},
};
use crate::error::failed;

/// The kinds of an incident's items that are deleted.
const KINDS: [&str; 4] = [DIAGNOSIS, EVIDENCE, REASONING, VERIFICATION];

impl Purges for DynamoStore {
    async fn purgeable(&self, incident: &Incident) -> Result<usize, PortError> {
        Ok(self.purgeable_keys(incident).await?.len())
    }

    async fn purge(&self, incident: &Incident, purge: &Purge) -> Result<Incident, PortError> {
        let stored: Option<Incident> = self.get(&Key::incident(incident.id)).await?;
        // Nothing leaves an end, so it stays true.
        if !stored.is_some_and(|stored| stored.status.is_end()) {
            return Err(not_ended(incident));
        }
        for key in self.purgeable_keys(incident).await? {
            let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key.to_attributes()));
            let deleted = retry_on_conflict(|| delete.clone().send()).await;
            deleted.map_err(|error| failed(format!("DeleteItem {key}"), error))?;
        }
        // Last, so that one that says it is purged is.
        let purged = incident.purged(purge.clone());
        let operation = format!("UpdateItem {} as purged", incident.id);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::incident(incident.id).to_attributes()))
            // `signal` is a reserved word of DynamoDB's expressions.
            .update_expression("SET #signal = :signal, purged = if_not_exists(purged, :purged)")
            .condition_expression("attribute_exists(outcome)")
            .expression_attribute_names("#signal", "signal")
            .expression_attribute_values(":signal", to_value(&operation, &purged.signal)?)
            .expression_attribute_values(":purged", to_value(&operation, &purged.purged)?);
        if made(&operation, retry_on_conflict(|| update.clone().send()).await)? {
            Ok(purged)
        } else {
            Err(not_ended(incident))
        }
    }
}

fn not_ended(incident: &Incident) -> PortError {
    PortError::new(
        format!("purging {}", incident.id),
        PortErrorKind::NotFound,
        "no such incident that has ended",
    )
}

impl DynamoStore {
    async fn purgeable_keys(&self, incident: &Incident) -> Result<Vec<Key>, PortError> {
        let mut keys = Vec::new();
        for kind in KINDS {
            keys.extend(self.keys_of(&partition(kind, incident.id), None).await?);
        }
        if let Some(application) = &incident.application {
            let partition = application_partition(application);
            keys.extend(self.keys_of(&partition, Some(incident)).await?);
        }
        Ok(keys)
    }

    /// The keys of a partition's items; of one incident only where it is given.
    async fn keys_of(&self, partition: &str, of: Option<&Incident>) -> Result<Vec<Key>, PortError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .projection_expression("pk, sk")
            .expression_attribute_values(":pk", text(partition));
        if let Some(incident) = of {
            query = query
                .filter_expression("incident_id = :incident")
                .expression_attribute_values(":incident", text(incident.id));
        }
        let mut keys = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = query.clone().set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| failed(format!("Query {partition} for its keys"), error))?;
            for item in page.items.unwrap_or_default() {
                let name =
                    |name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
                keys.extend(name("pk").zip(name("sk")).map(|(pk, sk)| Key::from_parts(pk, sk)));
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(keys);
            }
        }
    }
}
