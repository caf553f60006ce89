//! Builds `changes.ndjson`: CloudTrail records that hold what was stored of the real ones, and no more.

use std::collections::BTreeMap;

use common::{Arn, ResourceKind, evidence::Change};
use serde_json::{Map, Value, json};

use super::IncidentFile;

/// Builds one record an event, oldest first: an event that changed two resources is one record.
pub(super) fn records(file: &IncidentFile) -> Vec<Value> {
    let mut events: BTreeMap<_, Vec<&Change>> = BTreeMap::new();
    for change in file.changes() {
        events.entry((change.at, &change.event_id)).or_default().push(change);
    }
    events.into_values().filter_map(|changes| record(&changes)).collect()
}

fn record(changes: &[&Change]) -> Option<Value> {
    let first = changes.first()?;
    let source = match first.resource.service() {
        "cloudwatch" => "monitoring",
        service => service,
    };
    let identity = match first.actor.as_str() {
        "unknown" => Value::Null,
        actor if actor.starts_with("arn:") => json!({ "arn": actor }),
        service => json!({ "type": "AWSService", "invokedBy": service }),
    };
    let mut parameters = named(&first.resource);
    parameters.extend(first.request.iter().map(|(name, value)| (name.clone(), json!(value))));
    let resources: Vec<_> = changes.iter().map(|change| json!({ "ARN": change.resource })).collect();
    Some(json!({
        "eventID": first.event_id,
        "eventTime": first.at,
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": first.event_name,
        "awsRegion": first.resource.region(),
        "readOnly": false,
        "userIdentity": identity,
        "requestParameters": parameters,
        "resources": resources,
    }))
}

/// The name of the resource in the service's own records, by which readers of them know it.
fn named(resource: &Arn) -> Map<String, Value> {
    let pairs = match resource.kind() {
        ResourceKind::Parameter { name } => vec![("name", name)],
        ResourceKind::Function { name } => vec![("functionName", name)],
        ResourceKind::FunctionAlias { function, alias } => vec![("functionName", function), ("name", alias)],
        ResourceKind::Instance { id } => vec![("instanceId", id)],
        ResourceKind::Service { cluster, service } => vec![("cluster", cluster), ("service", service)],
        ResourceKind::Alarm { name } => vec![("alarmName", name)],
        ResourceKind::Other => Vec::new(),
    };
    pairs.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect()
}
