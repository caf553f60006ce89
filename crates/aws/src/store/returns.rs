//! Remembers problems that came back soon after their incident had ended. Those that are back are listed by the sparse index.

use aws_sdk_dynamodb::types::AttributeValue;
use common::{
    Fingerprint,
    ports::{PortError, Return, Returns},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    DynamoStore,
    item::{from_item, text, to_item},
    key::{Key, RETURNED, UNSETTLED},
    retention::expire_at,
    write::{made, retry_on_conflict},
};
use crate::time::sortable;

const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

impl Returns for DynamoStore {
    async fn returned(&self, fingerprint: &Fingerprint) -> Result<Option<Return>, PortError> {
        self.get(&Key::returned(fingerprint)).await
    }

    async fn put_return(&self, returned: &Return) -> Result<bool, PortError> {
        let key = Key::returned(&returned.signal.fingerprint);
        let operation = format!("PutItem {key}");
        let mut item = to_item(&operation, &key, returned)?;
        expire_at(&mut item, Timestamp::now().saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX));
        if let Some(since) = returned.firing_since {
            item.insert(UNSETTLED.to_owned(), text(RETURNED));
            item.insert("opened_at".to_owned(), text(sortable(since)));
        }
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR version = :before")
            .expression_attribute_values(
                ":before",
                AttributeValue::N(returned.version.saturating_sub(1).to_string()),
            );
        made(&operation, retry_on_conflict(|| put.clone().send()).await)
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
        let items = self.raw_pages(query, usize::MAX, operation).await?;
        let readable = |item| {
            let read = from_item(operation(), item);
            read.inspect_err(|error| tracing::error!(%error, "a problem that is back cannot be read")).ok()
        };
        Ok(items.into_iter().filter_map(readable).collect())
    }
}
