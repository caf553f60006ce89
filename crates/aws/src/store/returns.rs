//! Remembers problems that came back soon after their incident had ended. Those that are back are listed by the sparse index.

use common::{
    Fingerprint,
    ports::{PortError, Return, Returns},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    DynamoStore,
    item::{text, to_item},
    key::{Key, RETURNED, UNSETTLED},
    retention::expire_at,
};
use crate::time::sortable;

const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

impl Returns for DynamoStore {
    async fn returned(&self, fingerprint: &Fingerprint) -> Result<Option<Return>, PortError> {
        self.get(&Key::returned(fingerprint)).await
    }

    async fn put_return(&self, returned: &Return) -> Result<(), PortError> {
        let key = Key::returned(&returned.signal.fingerprint);
        let operation = format!("PutItem {key}");
        let mut item = to_item(&operation, &key, returned)?;
        expire_at(&mut item, Timestamp::now().saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX));
        if let Some(since) = returned.firing_since {
            item.insert(UNSETTLED.to_owned(), text(RETURNED));
            item.insert("opened_at".to_owned(), text(sortable(since)));
        }
        self.put_item(operation, item).await
    }

    async fn back_since(&self, until: Timestamp) -> Result<Vec<Return>, PortError> {
        let operation = || format!("Query {UNSETTLED} of what is back");
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(UNSETTLED)
            .key_condition_expression("unsettled = :returned AND opened_at <= :until")
            .expression_attribute_values(":returned", text(RETURNED))
            .expression_attribute_values(":until", text(sortable(until)));
        self.pages(query, usize::MAX, operation).await
    }
}
