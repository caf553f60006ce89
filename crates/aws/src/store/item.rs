//! Values as items and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use common::ports::PortError;
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1 as dynamo;

use super::key::{Key, RECORDED_HOUR};
use crate::error::unreadable;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The table's time-to-live attribute, in seconds of Unix time.
pub(super) const EXPIRES_AT: &str = "expires_at_seconds";

/// The attributes of an item beside its value's own fields.
const BESIDE: [&str; 6] = ["pk", "sk", "listing", "unsettled", RECORDED_HOUR, EXPIRES_AT];

pub(super) fn to_item<T: Serialize>(operation: &str, key: &Key, value: &T) -> Result<Item, PortError> {
    let mut item: Item = dynamo::to_item(value).map_err(|error| unreadable(operation, error))?;
    // An absent attribute and a null one are the same to us, and not to a condition.
    item.retain(|_, value| !matches!(value, AttributeValue::Null(true)));
    item.extend(key.to_attributes());
    Ok(item)
}

pub(super) fn from_item<T: DeserializeOwned>(operation: String, mut item: Item) -> Result<T, PortError> {
    for name in BESIDE {
        item.remove(name);
    }
    dynamo::from_item(item).map_err(|error| unreadable(operation, error))
}

pub(super) fn to_value<T: Serialize>(operation: &str, value: &T) -> Result<AttributeValue, PortError> {
    dynamo::to_attribute_value(value).map_err(|error| unreadable(operation, error))
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}
