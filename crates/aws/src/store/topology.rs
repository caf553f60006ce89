//! Stores topology maps, one for each application. A map that nobody drew anew for a week is of a
//! system that is no longer there.

use common::{
    ports::{PortError, TopologyCache},
    topology::{STORED, TopologyMap},
};
use jiff::{SignedDuration, Timestamp};

use super::{DynamoStore, item::to_item, key::Key, retention::expire_at};

const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

impl TopologyCache for DynamoStore {
    async fn put_topology(&self, application: &str, map: &TopologyMap) -> Result<(), PortError> {
        let key = Key::topology(application);
        let operation = format!("PutItem {key}");
        let mut item = to_item(&operation, &key, &map.clone().capped(STORED))?;
        let expires = map.read_at.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
        expire_at(&mut item, expires);
        self.put_item(operation, item).await
    }

    async fn topology(&self, application: &str) -> Result<Option<TopologyMap>, PortError> {
        self.get(&Key::topology(application)).await
    }
}
