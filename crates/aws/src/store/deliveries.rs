//! Stores the messages that a channel accepted.

use common::{
    IncidentId,
    notification::{Delivery, Occasion},
    ports::{Deliveries, PortError},
};

use super::{DynamoStore, key::Key};

impl Deliveries for DynamoStore {
    async fn delivery(
        &self,
        incident: IncidentId,
        occasion: Occasion,
    ) -> Result<Option<Delivery>, PortError> {
        self.get(&Key::delivery(incident, occasion)).await
    }

    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.put(&Key::delivery(delivery.incident_id, delivery.occasion), delivery).await
    }
}
