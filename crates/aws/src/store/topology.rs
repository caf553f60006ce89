//! Stores topology maps, one for each application. A map that nobody drew anew for a week is of a
//! system that is no longer there.

use aws_sdk_dynamodb::types::AttributeValue;
use common::{
    ports::{PortError, TopologyCache},
    topology::{STORED, TopologyMap},
};
use jiff::{SignedDuration, Timestamp};

use super::{DynamoStore, item::to_item, key::Key, write::retry_on_conflict};
use crate::error::failed;

const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

impl TopologyCache for DynamoStore {
    async fn put_topology(&self, application: &str, map: &TopologyMap) -> Result<(), PortError> {
        let key = Key::topology(application);
        let operation = format!("PutItem {key}");
        let mut item = to_item(&operation, &key, &map.clone().capped(STORED))?;
        let expires = map.read_at.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
        item.insert("expires_at_seconds".to_owned(), AttributeValue::N(expires.as_second().to_string()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        retry_on_conflict(|| put.clone().send()).await.map_err(|error| failed(operation, error))?;
        Ok(())
    }

    async fn topology(&self, application: &str) -> Result<Option<TopologyMap>, PortError> {
        self.get(&Key::topology(application)).await
    }
}
