//! Lists what must not fall silent: unsettled incidents by their sparse index, rejected events by the day.

use common::{
    IncidentId,
    ports::{Digest, PortError, RejectedEvent, Sweeps},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    DynamoStore,
    item::text,
    key::{Key, LISTING, UNSETTLED, rejected_partition},
};
use crate::time::sortable;

/// Rejected events stay listed for this many days.
const REJECTED_DAYS: i32 = 14;

/// All that is read of an incident that is listed.
#[derive(Deserialize)]
struct Listed {
    id: IncidentId,
}

impl Sweeps for DynamoStore {
    async fn unsettled(&self) -> Result<Vec<IncidentId>, PortError> {
        let operation = || format!("Query {UNSETTLED}");
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(UNSETTLED)
            .key_condition_expression("unsettled = :listing")
            .projection_expression("id")
            .expression_attribute_values(":listing", text(LISTING));
        let listed: Vec<Listed> = self.pages(query, usize::MAX, operation).await?;
        Ok(listed.into_iter().map(|incident| incident.id).collect())
    }

    async fn rejected_since(
        &self,
        after: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<RejectedEvent>, PortError> {
        let day = SignedDuration::from_hours(24);
        let oldest = now.saturating_sub(day.saturating_mul(REJECTED_DAYS)).unwrap_or(now);
        let from = sortable(after.max(oldest));
        let mut found: Vec<RejectedEvent> = Vec::new();
        let mut at = after.max(oldest);
        loop {
            let partition = rejected_partition(at);
            found.extend(self.items(&partition, Some("sk >= :from"), &[(":from", &from)]).await?);
            if partition == rejected_partition(now) || at > now {
                break;
            }
            at = at.saturating_add(day).unwrap_or(now).min(now);
        }
        found.retain(|event| event.at > after && event.at <= now);
        Ok(found)
    }

    async fn last_digest(&self) -> Result<Option<Digest>, PortError> {
        self.get(&Key::digest()).await
    }

    async fn put_digest(&self, digest: &Digest) -> Result<(), PortError> {
        self.put(&Key::digest(), digest).await
    }
}
