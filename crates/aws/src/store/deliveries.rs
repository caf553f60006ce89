//! Stores the messages that a channel accepted.

use common::{
    IncidentId, Status,
    notification::{Delivery, Occasion},
    ports::{Deliveries, PortError},
};

use super::{
    DynamoStore,
    item::text,
    key::Key,
    write::{made, retry_on_conflict},
};

impl Deliveries for DynamoStore {
    async fn delivery(
        &self,
        incident: IncidentId,
        occasion: Occasion,
    ) -> Result<Option<Delivery>, PortError> {
        self.get(&Key::delivery(incident, occasion)).await
    }

    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.put_expiring(&Key::delivery(delivery.incident_id, delivery.occasion), delivery).await
    }

    async fn settle(&self, incident: IncidentId) -> Result<(), PortError> {
        let ends = Status::ALL.into_iter().filter(|status| status.is_end());
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::incident(incident).to_attributes()))
            .update_expression("REMOVE unsettled")
            .expression_attribute_names("#status", "status");
        let mut names = Vec::new();
        for (number, end) in ends.enumerate() {
            let name = format!(":end{number}");
            update = update.expression_attribute_values(&name, text(end.as_str()));
            names.push(name);
        }
        let update = update.condition_expression(format!("#status IN ({})", names.join(", ")));
        // Refused means that it has not ended: it stays listed.
        let operation = format!("UpdateItem {incident} as settled");
        made(&operation, retry_on_conflict(|| update.clone().send()).await).map(drop)
    }
}
