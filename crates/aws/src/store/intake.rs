//! Assigns signals to incidents, in one transaction with remembering the event.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use common::{
    AuditRecord, EventId, Fingerprint, Incident, IncidentId, Signal, Status,
    opening::opening_entry,
    ports::{
        CurrentIncident, EndedIncident, EventRecord, Events, Intake, IntakeWrite, OpenIncident, PortError,
        PortErrorKind, RejectedEvent,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore,
    incidents::incident_item,
    item::{Item, text, to_item},
    key::{Key, LISTING},
    retention::expire_at,
    write::{Transacted, incomplete, made, retry_on_conflict},
};
use crate::time::sortable;

/// A rejected event stays listed for 14 days, as long as a dead letter is kept. Its record stays for the retention.
const REJECTED_KEPT_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The place of the event's record in both transactions.
const EVENT: usize = 0;

/// The latest incident with a fingerprint.
#[derive(Debug, Serialize, Deserialize)]
struct LatestIncident {
    incident_id: IncidentId,
    episode: u32,
    #[serde(default)]
    recovered: bool,
}

impl Events for DynamoStore {
    async fn keep(&self, record: &EventRecord) -> Result<(), PortError> {
        let operation = format!("PutItem {}", Key::event(&record.event_id));
        // Where it was there already, it is kept all the same.
        if !self.put_if_absent(&operation, self.event_item(&operation, record)?).await? {
            self.count_repeat(record).await;
        }
        Ok(())
    }

    async fn list_rejected(&self, event: &RejectedEvent) -> Result<(), PortError> {
        let key = Key::rejected(event);
        let operation = format!("PutItem {key}");
        let mut item = to_item(&operation, &key, event)?;
        expire_at(&mut item, event.at.saturating_add(REJECTED_KEPT_FOR).unwrap_or(Timestamp::MAX));
        self.put_if_absent(&operation, item).await?;
        Ok(())
    }
}

impl Intake for DynamoStore {
    async fn recorded(&self, event: &EventId) -> Result<Option<EventRecord>, PortError> {
        self.get(&Key::event(event)).await
    }

    async fn current(&self, fingerprint: &Fingerprint) -> Result<Option<CurrentIncident>, PortError> {
        let Some(pointer) = self.get::<LatestIncident>(&Key::fingerprint(fingerprint)).await? else {
            return Ok(None);
        };
        let LatestIncident { incident_id: id, episode, recovered } = pointer;
        // An incident expires some time after it has ended; the pointer stays, so that episodes are counted on.
        let incident: Option<Incident> = self.get(&Key::incident(id)).await?;
        Ok(Some(CurrentIncident {
            id,
            episode,
            open: incident.as_ref().and_then(OpenIncident::from_incident),
            ended: incident.as_ref().and_then(EndedIncident::from_incident),
            recovered,
        }))
    }

    async fn open(
        &self,
        incident: &Incident,
        previous: Option<IncidentId>,
        record: &EventRecord,
    ) -> Result<IntakeWrite, PortError> {
        let operation = format!("TransactWriteItems opening {} for event {}", incident.id, record.event_id);
        let writes = vec![
            self.put_new(self.event_item(&operation, record)?)?,
            self.point(&operation, incident, previous)?,
            self.put_new(incident_item(&operation, incident)?)?,
        ];
        let body = self.body(incident.id, record.recorded_at, &opening_entry(incident));
        let first = self.record_writes(incident.id, &AuditRecord::following(None, &body))?;
        match self.transact(&operation, [writes.clone(), first].concat()).await? {
            // Something put a record before the incident was. Its chain shows that, and a problem is never kept out by it.
            Transacted::Refused(places) if places.iter().all(|place| *place >= writes.len()) => {
                let transacted = self.transact(&operation, writes).await?;
                Ok(self.written(&transacted, record).await)
            }
            transacted => Ok(self.written(&transacted, record).await),
        }
    }

    async fn attach(
        &self,
        incident: IncidentId,
        signal: &Signal,
        record: &EventRecord,
    ) -> Result<IntakeWrite, PortError> {
        let operation = format!("TransactWriteItems attaching event {} to {incident}", record.event_id);
        // DynamoDB has no maximum, so a signal that is older than the last one is another update.
        for order in [SignalOrder::Newest, SignalOrder::Older] {
            let writes = vec![
                self.put_new(self.event_item(&operation, record)?)?,
                self.count(incident, signal, order)?,
            ];
            let transacted = self.transact(&operation, writes).await?;
            if transacted != Transacted::Refused(vec![EVENT + 1]) {
                return Ok(self.written(&transacted, record).await);
            }
            let there: Option<Incident> = self.get(&Key::incident(incident)).await?;
            match there {
                None => return Err(PortError::new(operation, PortErrorKind::NotFound, "no such incident")),
                Some(there) if there.status.is_end() => return Ok(IntakeWrite::Raced),
                Some(_) => {}
            }
        }
        Ok(IntakeWrite::Raced)
    }

    async fn remember_recovery(
        &self,
        fingerprint: &Fingerprint,
        incident: CurrentIncident,
    ) -> Result<(), PortError> {
        let key = Key::fingerprint(fingerprint);
        let operation = format!("PutItem {key}");
        let pointer = LatestIncident { incident_id: incident.id, episode: incident.episode, recovered: true };
        self.put_over_the_same(&operation, to_item(&operation, &key, &pointer)?, incident.id).await
    }
}

/// The order of a signal's time and the last one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignalOrder {
    Newest,
    Older,
}

impl DynamoStore {
    /// The result of the transaction. That the event is known is counted as a repeated delivery.
    async fn written(&self, transacted: &Transacted, record: &EventRecord) -> IntakeWrite {
        match transacted {
            Transacted::Done => IntakeWrite::Done,
            Transacted::Refused(places) if places.contains(&EVENT) => {
                self.count_repeat(record).await;
                IntakeWrite::EventKnown
            }
            Transacted::Refused(_) | Transacted::Conflict => IntakeWrite::Raced,
        }
    }

    /// Puts a pointer in place of one to the same incident; one to another stays as it is.
    async fn put_over_the_same(
        &self,
        operation: &str,
        item: Item,
        incident: IncidentId,
    ) -> Result<(), PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("incident_id = :incident")
            .expression_attribute_values(":incident", text(incident));
        made(operation, retry_on_conflict(|| put.clone().send()).await)?;
        Ok(())
    }

    fn point(
        &self,
        operation: &str,
        incident: &Incident,
        previous: Option<IncidentId>,
    ) -> Result<TransactWriteItem, PortError> {
        let pointer =
            LatestIncident { incident_id: incident.id, episode: incident.episode, recovered: false };
        let item = to_item(operation, &Key::fingerprint(&incident.fingerprint), &pointer)?;
        let Some(previous) = previous else {
            return self.put_new(item);
        };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR incident_id = :previous")
            .expression_attribute_values(":previous", text(previous))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn count(
        &self,
        incident: IncidentId,
        signal: &Signal,
        order: SignalOrder,
    ) -> Result<TransactWriteItem, PortError> {
        let (update, condition) = match order {
            SignalOrder::Newest => (
                "ADD signal_count :one, attached_severities :severity SET last_signal_at = :at, unsettled = :listing",
                "last_signal_at <= :at",
            ),
            SignalOrder::Older => (
                "ADD signal_count :one, attached_severities :severity SET unsettled = :listing",
                "last_signal_at > :at",
            ),
        };
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::incident(incident).to_attributes()))
            .update_expression(update)
            .condition_expression(format!("NOT #status IN (:resolved, :escalated) AND {condition}"))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":resolved", text(Status::Resolved.as_str()))
            .expression_attribute_values(":escalated", text(Status::Escalated.as_str()))
            .expression_attribute_values(":at", text(sortable(signal.occurred_at)))
            .expression_attribute_values(
                ":severity",
                AttributeValue::Ss(vec![signal.severity.as_str().to_owned()]),
            )
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":listing", text(LISTING))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
