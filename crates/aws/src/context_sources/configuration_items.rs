//! Reads changes of the resources' configurations from AWS Config: which keys, never their values.

use std::collections::BTreeSet;

use common::{
    Arn, ResourceKind,
    context_source::{Note, Scope},
    ports::{PortError, Reading},
};
use serde_json::{Value, json};

use super::{
    answer::{Malformed, Parsed, list, text, time},
    each,
    note::{is_within, newest, note},
    stack_events::queue_url,
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, refusal, services::CONFIG},
};

const HISTORY: Operation = Operation::new(&CONFIG, "GetResourceConfigHistory");
pub(super) const IAM: &[&str] = &["config:GetResourceConfigHistory"];

const MOST_RESOURCES: usize = 8;
/// The newest, and with them the one that a change is compared with.
const MOST_ITEMS: usize = 10;
const MOST_PATHS: usize = 12;
/// The deepest level that is compared: a difference below it is named by its place.
const DEEPEST: usize = 6;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let known: Vec<_> = scope
        .resources
        .iter()
        .filter_map(|resource| recorded_as(resource).map(|(kind, id)| (resource, kind, id)))
        .take(MOST_RESOURCES)
        .collect();
    let found = each(&known, async |(resource, kind, id)| {
        let body = json!({
            "resourceType": kind,
            "resourceId": id,
            "laterTime": super::answer::seconds(scope.to),
            "limit": MOST_ITEMS,
            "chronologicalOrder": "Reverse",
        });
        match client.json(&HISTORY, &Input::new(id.as_str()).body(body)).await {
            Ok(answer) => notes(&answer, resource, scope).map_err(|why| why.into_error(HISTORY.name())),
            // Not recorded, or not yet.
            Err(error) if refusal::code(&error) == "ResourceNotDiscoveredException" => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    })
    .await?;
    let (kinds, later) = ("get-resource-config-history", scope.to.to_string());
    let queries: Vec<_> = known
        .iter()
        .map(|(_, kind, id)| {
            aws([
                "configservice",
                kinds,
                "--resource-type",
                kind,
                "--resource-id",
                id,
                "--later-time",
                &later,
                "--limit",
                "10",
            ])
        })
        .collect();
    Ok(Reading::new(queries.join("; "), newest(found.into_iter().flatten().collect())))
}

/// Returns Config's name for the resource, where that can be told from its ARN.
fn recorded_as(resource: &Arn) -> Option<(&'static str, String)> {
    let rest = resource.resource();
    let after = |prefix| rest.strip_prefix(prefix).map(str::to_owned);
    let whole = || Some(resource.to_string());
    let (kind, id) = match (resource.service(), resource.component().kind()) {
        (_, ResourceKind::Function { name }) => ("AWS::Lambda::Function", Some(name)),
        (_, ResourceKind::Instance { id }) => ("AWS::EC2::Instance", Some(id)),
        (_, ResourceKind::Service { .. }) => ("AWS::ECS::Service", whole()),
        (_, ResourceKind::Alarm { name }) => ("AWS::CloudWatch::Alarm", Some(name)),
        ("ec2", _) => ("AWS::EC2::SecurityGroup", after("security-group/")),
        ("dynamodb", _) => ("AWS::DynamoDB::Table", after("table/").filter(|name| !name.contains('/'))),
        ("sqs", _) => ("AWS::SQS::Queue", Some(queue_url(resource))),
        ("sns", _) => ("AWS::SNS::Topic", whole().filter(|_| !rest.contains(':'))),
        ("s3", _) => ("AWS::S3::Bucket", Some(rest.to_owned()).filter(|name| !name.contains('/'))),
        ("kinesis", _) => ("AWS::Kinesis::Stream", after("stream/").filter(|name| !name.contains('/'))),
        ("states", _) => {
            ("AWS::StepFunctions::StateMachine", whole().filter(|_| rest.starts_with("stateMachine:")))
        }
        ("elasticloadbalancing", _) => (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            whole()
                .filter(|_| rest.starts_with("loadbalancer/app/") || rest.starts_with("loadbalancer/net/")),
        ),
        ("secretsmanager", _) => ("AWS::SecretsManager::Secret", whole()),
        _ => return None,
    };
    Some((kind, id?))
}

/// An item is compared with the one before it, which may be older than the window.
fn notes(answer: &Value, resource: &Arn, scope: &Scope) -> Parsed<Vec<Note>> {
    let mut items: Vec<_> = list(answer, "configurationItems")?
        .iter()
        .filter_map(|item| Some((time(item, "configurationItemCaptureTime")?, item)))
        .collect();
    items.sort_by_key(|(at, _)| *at);
    let mut notes = Vec::new();
    let before = std::iter::once(None).chain(items.iter().map(Some));
    for ((at, item), before) in items.iter().zip(before) {
        if !is_within(*at, scope) {
            continue;
        }
        let status = text(item, "configurationItemStatus").unwrap_or("OK");
        let changed = match before {
            Some((_, before)) => {
                let paths = changed(before, item)?;
                if paths.is_empty() { "nothing that is recorded".to_owned() } else { paths.join(", ") }
            }
            None => "it is the first that is known".to_owned(),
        };
        let status = if status == "OK" { String::new() } else { format!(" ({status})") };
        let what = format!("configuration of {}{status} changed: {changed}", resource.name());
        notes.push(note(Some(*at), Some(resource.clone()), None, &what));
    }
    Ok(notes)
}

/// The paths of the keys whose values differ.
fn changed(before: &Value, after: &Value) -> Parsed<Vec<String>> {
    let mut paths = BTreeSet::new();
    differences(&configuration(before)?, &configuration(after)?, "", DEEPEST, &mut paths);
    for part in ["supplementaryConfiguration", "tags"] {
        let of = |item: &Value| item.get(part).cloned().unwrap_or(Value::Null);
        differences(&of(before), &of(after), part, 1, &mut paths);
    }
    let more = paths.len().saturating_sub(MOST_PATHS);
    let mut kept: Vec<String> = paths.into_iter().take(MOST_PATHS).collect();
    if more > 0 {
        kept.push(format!("{more} more"));
    }
    Ok(kept)
}

/// A JSON text within the JSON; a deleted resource has none.
fn configuration(item: &Value) -> Parsed<Value> {
    match text(item, "configuration") {
        Some(text) => {
            serde_json::from_str(text).map_err(|_| Malformed("configuration is no JSON text".to_owned()))
        }
        None => Ok(Value::Null),
    }
}

fn differences(before: &Value, after: &Value, path: &str, depth: usize, found: &mut BTreeSet<String>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new), Some(deeper)) = (before, after, depth.checked_sub(1)) else {
        found.insert(if path.is_empty() { "everything".to_owned() } else { path.to_owned() });
        return;
    };
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let of = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or(Value::Null);
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        differences(&of(old), &of(new), &path, deeper, found);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope};

    fn recorded() -> Value {
        let item = |at: f64, status: &str, configuration: &Value| {
            json!({
                "version": "1.3",
                "accountId": "123456789012",
                "configurationItemCaptureTime": at,
                "configurationItemStatus": status,
                "configurationStateId": "1795143600000",
                "arn": "arn:aws:lambda:eu-west-1:123456789012:function:checkout",
                "resourceType": "AWS::Lambda::Function",
                "resourceId": "checkout",
                "awsRegion": "eu-west-1",
                "tags": {"application": "shop"},
                "relatedEvents": [],
                "relationships": [],
                "configuration": configuration.to_string(),
                "supplementaryConfiguration": {"Policy": "{}"},
            })
        };
        let environment = |limit: &str, more: &str| json!({"memorySize": 128, "environment": {"variables": {"LIMIT": limit, more: "swordfish"}}});
        json!({"configurationItems": [
            item(1_795_143_600.0, "OK", &environment("3", "PASSWORD")),
            item(1_795_000_000.0, "ResourceDiscovered", &environment("2", "SECRET")),
        ]})
    }

    #[test]
    fn change_names_keys_and_never_values() {
        let notes = notes(&recorded(), &scope().resources[0], &scope()).unwrap();
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].at, Some(at("03:00:00")));
        assert_eq!(
            notes[0].what,
            "configuration of checkout changed: environment.variables.LIMIT, \
             environment.variables.PASSWORD, environment.variables.SECRET"
        );
    }

    #[test]
    fn change_that_is_too_much_is_counted() {
        let keys = |value: u32| {
            let object: serde_json::Map<_, _> =
                (0..20).map(|key| (format!("k{key:02}"), value.into())).collect();
            json!({"configuration": Value::Object(object).to_string()})
        };
        let paths = changed(&keys(1), &keys(2)).unwrap();
        assert_eq!((paths.len(), paths.last().unwrap().as_str()), (13, "8 more"));
        assert_eq!(changed(&json!({}), &keys(1)).unwrap(), ["everything"]);
        assert!(changed(&json!({"configuration": "{"}), &json!({})).is_err());
    }

    #[test]
    fn recorded_as_of_each_kind() {
        for (resource, expected) in [
            ("lambda:@:function:checkout:live", Some(("AWS::Lambda::Function", "checkout"))),
            ("dynamodb:@:table/orders", Some(("AWS::DynamoDB::Table", "orders"))),
            ("dynamodb:@:table/orders/stream/x", None),
            ("rds:@:db:main", None),
            ("ssm:@:parameter/limit", None),
            (
                "sqs:@:jobs",
                Some(("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs")),
            ),
        ] {
            let arn: Arn =
                format!("arn:aws:{}", resource.replace('@', "eu-west-1:123456789012")).parse().unwrap();
            let kind = recorded_as(&arn);
            assert_eq!(kind.as_ref().map(|(kind, id)| (*kind, id.as_str())), expected);
        }
    }

    proptest! {
        #[test]
        fn items_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = notes(&answer, &scope().resources[0], &scope());
        }
    }
}
