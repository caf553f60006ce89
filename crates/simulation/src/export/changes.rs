//! Builds `changes.ndjson`: CloudTrail records that hold what was stored of the real ones, and no more.

use std::collections::BTreeMap;

use common::{ActorKind, Arn, Observed, ResourceKind, evidence::Change, intent::IntentSign};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::IncidentFile;

/// Builds one record an event, oldest first: an event that changed two resources is one record.
pub(super) fn records(file: &IncidentFile) -> Vec<Value> {
    let mut events: BTreeMap<_, Vec<&Change>> = BTreeMap::new();
    let repeated = habits(file);
    for change in file.changes().chain(&repeated) {
        events.entry((change.at, &change.event_id)).or_default().push(change);
    }
    events.into_values().filter_map(|changes| record(&changes)).collect()
}

/// The earlier changes that a habit stands for: one on each day before, at the same time.
fn habits(file: &IncidentFile) -> Vec<Change> {
    let signs = file.observed().filter_map(|observed| match observed {
        Observed::Intent { resource, signs } => Some((resource, signs)),
        _ => None,
    });
    let mut repeated = Vec::new();
    for (resource, sign) in signs.flat_map(|(resource, signs)| signs.iter().map(move |sign| (resource, sign)))
    {
        let IntentSign::Habit { event_name, days, days_started_again, .. } = sign else { continue };
        let same = |change: &&Change| change.resource == *resource && change.event_name == *event_name;
        let Some(last) = file.changes().filter(same).max_by_key(|change| change.at) else { continue };
        let hours_before = |hours: i64| last.at.checked_sub(SignedDuration::from_hours(hours)).ok();
        repeated.extend((1..=*days).filter_map(|day| {
            let at = hours_before(24 * i64::from(day))?;
            Some(Change { at, event_id: format!("{}-{day}", last.event_id), ..last.clone() })
        }));
        repeated.extend((1..=*days_started_again).filter_map(|day| {
            let at = hours_before(24 * i64::from(day) - 12)?;
            let (event_id, event_name) =
                (format!("{}-{day}-start", last.event_id), "StartInstances".to_owned());
            Some(Change { at, event_id, event_name, ..last.clone() })
        }));
    }
    repeated
}

/// The service that proves the kind of an actor whose record is not kept; `None` where no service does.
const fn principal(kind: ActorKind) -> Option<&'static str> {
    match kind {
        ActorKind::Pipeline => Some("codedeploy.amazonaws.com"),
        ActorKind::Service => Some("ssm.amazonaws.com"),
        ActorKind::Scaling => Some("autoscaling.amazonaws.com"),
        ActorKind::Scheduler => Some("scheduler.amazonaws.com"),
        ActorKind::Security => Some("guardduty.amazonaws.com"),
        ActorKind::Ourselves | ActorKind::Person | ActorKind::Unknown => None,
    }
}

fn record(changes: &[&Change]) -> Option<Value> {
    let first = changes.first()?;
    let source = match first.resource.service() {
        "cloudwatch" => "monitoring",
        service => service,
    };
    let identity = match first.actor.as_str() {
        "unknown" => Value::Null,
        actor if actor.starts_with("arn:") => match principal(first.actor_kind) {
            Some(service) => json!({ "arn": actor, "invokedBy": service }),
            None => json!({ "arn": actor }),
        },
        service => json!({ "type": "AWSService", "invokedBy": service }),
    };
    let mut parameters = named(&first.resource);
    parameters.extend(first.request.iter().map(|(name, value)| (name.clone(), json!(value))));
    let resources: Vec<_> = changes.iter().map(|change| json!({ "ARN": change.resource })).collect();
    let mut record = json!({
        "eventID": first.event_id,
        "eventTime": first.at,
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": first.event_name,
        "awsRegion": first.resource.region(),
        "readOnly": false,
        "userIdentity": identity,
        "requestParameters": parameters,
        "resources": resources,
    });
    if first.actor_kind == ActorKind::Person
        && let Some(members) = record.as_object_mut()
    {
        members.insert("sessionCredentialFromConsole".to_owned(), json!("true"));
    }
    Some(record)
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
