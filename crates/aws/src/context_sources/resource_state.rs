//! Reads the present state of resources without a reader of their own, by Cloud Control: a few properties
//! that say how it is set up, and never one that may hold a secret.

mod cloud_control_type;

use common::{
    Arn,
    context_source::{Note, Scope},
    ports::{PortError, PortErrorKind, Reading},
};
use serde_json::{Value, json};

use self::cloud_control_type::{CloudControlType, type_and_identifier};
use super::{
    answer::{Malformed, Parsed, text},
    note::{newest, note},
    some_of,
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, refusal, services::CLOUD_CONTROL},
};

const READ: Operation = Operation::new(&CLOUD_CONTROL, "GetResource");
/// Cloud Control reads with the caller's own permissions for the service, all that its schema of a kind
/// lists: a kind of which one of them is missing is refused as a whole, so none is asked about in part.
pub(super) const IAM: &[&str] = &[
    "apigateway:GET",
    "cloudformation:GetResource",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeContributorInsights",
    "dynamodb:DescribeKinesisStreamingDestination",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:GetResourcePolicy",
    "dynamodb:ListTagsOfResource",
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
    "elasticache:DescribeCacheClusters",
    "elasticache:DescribeReplicationGroups",
    "elasticache:ListTagsForResource",
    "elasticloadbalancing:DescribeCapacityReservation",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTags",
    "kinesis:DescribeStreamSummary",
    "kinesis:ListTagsForResource",
    "kinesis:ListTagsForStream",
    "logs:DescribeLogGroups",
    "logs:GetLogDelivery",
    "rds:DescribeDBInstances",
    "sns:GetDataProtectionPolicy",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sqs:GetQueueAttributes",
    "sqs:ListQueueTags",
];

const MOST_RESOURCES: usize = 8;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let known: Vec<_> = scope
        .resources
        .iter()
        .filter_map(|resource| type_and_identifier(resource).map(|(kind, id)| (resource, kind, id)))
        .take(MOST_RESOURCES)
        .collect();
    let named = |(resource, ..): &(&Arn, CloudControlType, String)| resource.name();
    let (found, left_out) = some_of(&known, named, async |(resource, kind, id)| {
        let body = json!({"TypeName": kind.name, "Identifier": id});
        match client.json(&READ, &Input::new(resource.to_string()).body(body)).await {
            Ok(answer) => {
                state_note(&answer, resource, kind).map(Some).map_err(|why| why.into_error(READ.name()))
            }
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
    let found = newest(found.into_iter().flatten().collect());
    Ok(Reading::new(queries.join("; "), found).truncated(left_out))
}

/// The properties come as a JSON text within the JSON.
fn state_note(answer: &Value, resource: &Arn, kind: &CloudControlType) -> Parsed<Note> {
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

    use common::evidence::Truncation;

    use super::*;
    use crate::{
        context_sources::tests::{garbled, scope},
        signed_http::loopback::Loopback,
    };

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
        let (kind, id) = type_and_identifier(&queue).unwrap();
        assert_eq!(id, "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs");
        assert_eq!(
            state_note(&recorded(), &queue, &kind).unwrap().what,
            "AWS::SQS::Queue: DelaySeconds=0, RedrivePolicy.maxReceiveCount=3, VisibilityTimeout=30"
        );
    }

    #[tokio::test]
    async fn state_of_one_that_is_refused_takes_no_other_one_away() {
        let service = Loopback::answering(|asked| {
            let refusal = r#"{"__type": "AccessDeniedException", "message": "no sqs:ListQueueTags"}"#;
            Some(if asked.body.contains("AWS::SQS::Queue") {
                (400, refusal.to_owned())
            } else {
                (200, json!({"ResourceDescription": {"Properties": "{\"MultiAZ\": true}"}}).to_string())
            })
        })
        .await;
        let client = SignedClient::from_config(&service.config().await);
        let mut scope = scope();
        scope.resources.insert(0, arn("sqs:@:jobs"));
        let Reading { value: found, truncation, .. } = look(&client, &scope).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].what.ends_with("MultiAZ=true"), "{}", found[0].what);
        let left_out = "left out: jobs: AccessDeniedException (400): no sqs:ListQueueTags";
        assert_eq!(truncation, Some(Truncation::new(left_out)));
        scope.resources.truncate(1);
        assert_eq!(look(&client, &scope).await.unwrap_err().kind, PortErrorKind::Denied);
    }

    proptest! {
        #[test]
        fn state_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let queue = arn("sqs:@:jobs");
            let (kind, _) = type_and_identifier(&queue).unwrap();
            let _ = state_note(&answer, &queue, &kind);
        }
    }
}
