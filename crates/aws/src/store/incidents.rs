//! Stores incidents: their status moves only along written transitions, by conditional writes. One that is open never
//! expires; its end gives it the time at which it does.

use aws_sdk_dynamodb::{operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue};
use common::{
    Incident, IncidentId, Outcome, Status,
    ports::{Advance, Incidents, PortError, PortErrorKind},
};

use super::{
    DynamoStore,
    item::{Item, text, to_item, to_value},
    key::{BY_OPENED_AT, Key, LISTING},
    retention::seconds,
    write::{made, retry_on_conflict},
};
use crate::time::sortable;

impl Incidents for DynamoStore {
    async fn incident(&self, id: IncidentId) -> Result<Option<Incident>, PortError> {
        self.get(&Key::incident(id)).await
    }

    async fn advance(&self, id: IncidentId, to: Status) -> Result<Advance, PortError> {
        let operation = format!("UpdateItem {id} to {}", to.as_str());
        // An incident of an earlier version is listed from its first step on.
        let update = self
            .update_incident(id)
            .update_expression("SET #status = :to, unsettled = :listing")
            .expression_attribute_values(":listing", text(LISTING));
        if self.transition(&operation, &to.sources(), to, update, None).await? {
            return Ok(Advance::Done);
        }
        self.existing(operation, id).await?;
        Ok(Advance::Refused)
    }

    /// An incident that has ended keeps its outcome. Where that is the very one given, the end was
    /// written before and its answer lost on the way, so it is `Done`.
    async fn end(
        &self,
        id: IncidentId,
        to: Status,
        outcome: &Outcome,
        signals_seen: Option<u32>,
    ) -> Result<Advance, PortError> {
        let operation = format!("UpdateItem {id} ending as {}", to.as_str());
        let update = self
            .update_incident(id)
            .update_expression("SET #status = :to, outcome = :outcome, expires_at_seconds = :expires")
            .expression_attribute_values(":outcome", to_value(&operation, outcome)?)
            .expression_attribute_values(":expires", seconds(self.expires_at()));
        let sources = to.sources_of_end(outcome.resolution);
        if self.transition(&operation, &sources, to, update, signals_seen).await? {
            return Ok(Advance::Done);
        }
        let there = self.existing(operation, id).await?;
        let is_ended_so = there.status == to && there.outcome.as_ref() == Some(outcome);
        Ok(if is_ended_so { Advance::Done } else { Advance::Refused })
    }

    async fn set_application(&self, id: IncidentId, application: &str) -> Result<(), PortError> {
        let operation = format!("UpdateItem {id} setting its application");
        let update = self
            .update_incident(id)
            .update_expression("SET application = :application")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":application", text(application));
        if made(&operation, retry_on_conflict(|| update.clone().send()).await)? {
            Ok(())
        } else {
            Err(no_such_incident(operation))
        }
    }
}

impl DynamoStore {
    /// The latest incidents, newest first, by the index: what was opened a moment ago may be missing.
    pub async fn recent_incidents(&self, limit: u32) -> Result<Vec<Incident>, PortError> {
        let operation = || format!("Query {BY_OPENED_AT}");
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_OPENED_AT)
            .key_condition_expression("listing = :listing")
            .expression_attribute_values(":listing", text(LISTING))
            .scan_index_forward(false);
        self.pages(query, limit, operation).await
    }

    fn update_incident(&self, id: IncidentId) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).set_key(Some(Key::incident(id).to_attributes()))
    }

    /// Sends `update` on the condition that the incident is in one of `sources` and has not more
    /// signals than `signals_seen`; `false` where it is not so.
    async fn transition(
        &self,
        operation: &str,
        sources: &[Status],
        to: Status,
        update: UpdateItemFluentBuilder,
        signals_seen: Option<u32>,
    ) -> Result<bool, PortError> {
        let names: Vec<String> = (0..sources.len()).map(|number| format!(":from{number}")).collect();
        let mut condition = format!("#status IN ({})", names.join(", "));
        let mut update = update
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":to", text(to.as_str()));
        if let Some(seen) = signals_seen {
            condition.push_str(" AND signal_count <= :seen");
            update = update.expression_attribute_values(":seen", AttributeValue::N(seen.to_string()));
        }
        for (name, from) in names.into_iter().zip(sources) {
            update = update.expression_attribute_values(name, text(from.as_str()));
        }
        let update = update.condition_expression(condition);
        made(operation, retry_on_conflict(|| update.clone().send()).await)
    }

    /// The incident that a write was refused on.
    async fn existing(&self, operation: String, id: IncidentId) -> Result<Incident, PortError> {
        self.incident(id).await?.ok_or_else(|| no_such_incident(operation))
    }
}

fn no_such_incident(operation: impl Into<String>) -> PortError {
    PortError::new(operation, PortErrorKind::NotFound, "no such incident")
}

/// An incident with what the index lists it by, and with times that conditions can compare.
pub(super) fn incident_item(operation: &str, incident: &Incident) -> Result<Item, PortError> {
    let mut item = to_item(operation, &Key::incident(incident.id), incident)?;
    item.insert("listing".to_owned(), text(LISTING));
    item.insert("unsettled".to_owned(), text(LISTING));
    item.insert("opened_at".to_owned(), text(sortable(incident.opened_at)));
    item.insert("last_signal_at".to_owned(), text(sortable(incident.last_signal_at)));
    Ok(item)
}
