//! Finds the open incidents of an application, by the index of incidents.

use common::{
    Incident, IncidentId,
    ports::{OpenIncidents, PortError},
};
use jiff::Timestamp;

use super::{
    DynamoStore,
    item::{Item, from_item, text},
    key::{BY_OPENED_AT, LISTING},
};
use crate::{error::failed, time::sortable};

/// The most incidents that are looked at. With more of them in a day, nobody would believe the count anyway.
const MOST: usize = 1000;

impl OpenIncidents for DynamoStore {
    async fn open_incidents(
        &self,
        application: &str,
        since: Timestamp,
    ) -> Result<Option<Vec<IncidentId>>, PortError> {
        let operation = || format!("Query {BY_OPENED_AT} of application {application:?}");
        let mut open = Vec::new();
        let mut looked_at = 0_usize;
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_OPENED_AT)
                .key_condition_expression("listing = :listing AND opened_at >= :since")
                .filter_expression("application = :application")
                .expression_attribute_values(":listing", text(LISTING))
                .expression_attribute_values(":since", text(sortable(since)))
                .expression_attribute_values(":application", text(application))
                .scan_index_forward(false)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| failed(operation(), error))?;
            looked_at = looked_at.saturating_add(usize::try_from(page.scanned_count).unwrap_or_default());
            for item in page.items.unwrap_or_default() {
                let incident: Incident = from_item(operation(), item)?;
                if !incident.status.is_end() {
                    open.push(incident.id);
                }
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(Some(open));
            }
            if looked_at >= MOST {
                return Ok(None);
            }
        }
    }
}
