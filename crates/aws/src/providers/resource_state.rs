//! The present state of what has no reader of its own, by Cloud Control: a few properties that say how it
//! is set up, and never one that may hold a secret.

mod kind;

use common::{
    Arn,
    ports::{Look, PortError, PortErrorKind},
    provider::{Note, Scope},
};
use serde_json::{Value, json};

use self::kind::{Kind, known_as};
use super::{
    answer::{Malformed, Parsed, text},
    each,
    note::{newest, note},
};
use crate::{
    query::aws,
    wire::{Input, Operation, Wire, refusal, services::CLOUD_CONTROL},
};

const READ: Operation = Operation::new(&CLOUD_CONTROL, "GetResource");
/// Cloud Control reads with the caller's own permissions for the service. Of a secret only what describes
/// it: its value stays where it is.
pub(super) const IAM: &[&str] = &[
    "apigateway:GET",
    "cloudformation:GetResource",
    "dynamodb:DescribeTable",
    "elasticache:DescribeCacheClusters",
    "elasticache:DescribeReplicationGroups",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "events:DescribeRule",
    "kinesis:DescribeStreamSummary",
    "rds:DescribeDBInstances",
    "s3:GetBucketVersioning",
    "secretsmanager:DescribeSecret",
    "sns:GetTopicAttributes",
    "sqs:GetQueueAttributes",
    "states:DescribeStateMachine",
];

const MOST_RESOURCES: usize = 8;

pub(super) async fn look(wire: &Wire, scope: &Scope) -> Result<Look<Vec<Note>>, PortError> {
    let known: Vec<_> = scope
        .resources
        .iter()
        .filter_map(|resource| known_as(resource).map(|(kind, id)| (resource, kind, id)))
        .take(MOST_RESOURCES)
        .collect();
    let found = each(&known, async |(resource, kind, id)| {
        let body = json!({"TypeName": kind.name, "Identifier": id});
        match wire.json(&READ, &Input::of(resource.to_string()).body(body)).await {
            Ok(answer) => of(&answer, resource, kind).map(Some).map_err(|why| why.of(READ.name())),
            Err(error) if error.kind == PortErrorKind::NotFound => {
                let what = format!("{}: it does not exist", kind.name);
                Ok(Some(note(None, Some((*resource).clone()), None, &what)))
            }
            // Cloud Control does not read this kind, or not in this region.
            Err(error)
                if matches!(
                    refusal::code(&error),
                    "UnsupportedActionException" | "TypeNotFoundException"
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    })
    .await?;
    let queries: Vec<_> = known
        .iter()
        .map(|(_, kind, id)| {
            aws(["cloudcontrol", "get-resource", "--type-name", kind.name, "--identifier", id])
        })
        .collect();
    Ok(Look { query: queries.join("; "), found: newest(found.into_iter().flatten().collect()) })
}

/// The properties come as a JSON text within the JSON.
fn of(answer: &Value, resource: &Arn, kind: &Kind) -> Parsed<Note> {
    let properties = text(answer, "/ResourceDescription/Properties")
        .ok_or_else(|| Malformed("ResourceDescription.Properties is missing".to_owned()))?;
    let properties: Value = serde_json::from_str(properties)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Malformed("ResourceDescription.Properties is no JSON object".to_owned()))?;
    let told: Vec<String> = kind
        .told
        .iter()
        .filter_map(|pointer| {
            let value = match properties.pointer(pointer)? {
                Value::String(text) => text.clone(),
                value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
                _ => return None,
            };
            Some(format!("{}={value}", pointer.trim_start_matches('/').replace('/', ".")))
        })
        .collect();
    let told = if told.is_empty() { "it exists".to_owned() } else { told.join(", ") };
    Ok(note(None, Some(resource.clone()), None, &format!("{}: {told}", kind.name)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::providers::tests::garbled;

    fn arn(text: &str) -> Arn {
        format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
    }

    fn recorded() -> Value {
        let properties = json!({
            "QueueName": "jobs", "VisibilityTimeout": 30, "DelaySeconds": 0,
            "RedrivePolicy": {"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead", "maxReceiveCount": 3},
            "Tags": [{"Key": "password", "Value": "swordfish"}],
        });
        json!({
            "TypeName": "AWS::SQS::Queue",
            "ResourceDescription": {
                "Identifier": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
                "Properties": properties.to_string(),
            },
        })
    }

    #[test]
    fn state_tells_what_may_be_told_and_nothing_else() {
        let queue = arn("sqs:@:jobs");
        let (kind, id) = known_as(&queue).unwrap();
        assert_eq!(id, "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs");
        assert_eq!(
            of(&recorded(), &queue, &kind).unwrap().what,
            "AWS::SQS::Queue: DelaySeconds=0, RedrivePolicy.maxReceiveCount=3, VisibilityTimeout=30"
        );
    }

    proptest! {
        #[test]
        fn state_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let queue = arn("sqs:@:jobs");
            let (kind, _) = known_as(&queue).unwrap();
            let _ = of(&answer, &queue, &kind);
        }
    }
}
