//! The present state of what has no reader of its own, by Cloud Control: a few properties that say how it
//! is set up, and never one that may hold a secret.

use common::{
    Arn,
    ports::{Look, PortError, PortErrorKind},
    provider::{Note, Scope},
};
use serde_json::{Value, json};

use super::{
    answer::{Malformed, Parsed, text},
    each,
    note::{newest, note},
    stack_events::queue_url,
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

/// A kind of resource as `CloudFormation` describes it.
struct Kind {
    name: &'static str,
    /// JSON pointers of what may be told.
    told: &'static [&'static str],
}

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

/// How Cloud Control names the resource; `None` for what is read elsewhere, or nowhere.
fn known_as(resource: &Arn) -> Option<(Kind, String)> {
    let rest = resource.resource();
    let whole = || resource.to_string();
    let after = |prefix| {
        rest.strip_prefix(prefix).filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned)
    };
    let (name, told, id): (_, &[&str], _) = match resource.service() {
        "sqs" => (
            "AWS::SQS::Queue",
            &[
                "/DelaySeconds",
                "/MessageRetentionPeriod",
                "/RedrivePolicy/maxReceiveCount",
                "/VisibilityTimeout",
            ],
            Some(queue_url(resource)),
        ),
        "sns" => (
            "AWS::SNS::Topic",
            &["/FifoTopic", "/KmsMasterKeyId"],
            Some(whole()).filter(|_| !rest.contains(':')),
        ),
        "dynamodb" => (
            "AWS::DynamoDB::Table",
            &[
                "/BillingMode",
                "/DeletionProtectionEnabled",
                "/OnDemandThroughput/MaxReadRequestUnits",
                "/OnDemandThroughput/MaxWriteRequestUnits",
                "/ProvisionedThroughput/ReadCapacityUnits",
                "/ProvisionedThroughput/WriteCapacityUnits",
                "/TableClass",
            ],
            after("table/"),
        ),
        "rds" => (
            "AWS::RDS::DBInstance",
            &[
                "/AllocatedStorage",
                "/DBInstanceClass",
                "/DBInstanceStatus",
                "/Engine",
                "/EngineVersion",
                "/Iops",
                "/MaxAllocatedStorage",
                "/MultiAZ",
                "/StorageType",
            ],
            after("db:"),
        ),
        "elasticache" if rest.starts_with("cluster:") => (
            "AWS::ElastiCache::CacheCluster",
            &["/CacheNodeType", "/Engine", "/EngineVersion", "/NumCacheNodes"],
            after("cluster:"),
        ),
        "elasticache" => (
            "AWS::ElastiCache::ReplicationGroup",
            &[
                "/AutomaticFailoverEnabled",
                "/CacheNodeType",
                "/Engine",
                "/NumCacheClusters",
                "/NumNodeGroups",
            ],
            after("replicationgroup:"),
        ),
        "kinesis" => (
            "AWS::Kinesis::Stream",
            &["/RetentionPeriodHours", "/ShardCount", "/StreamModeDetails/StreamMode"],
            after("stream/"),
        ),
        "apigateway" if rest.starts_with("/restapis/") => {
            ("AWS::ApiGateway::RestApi", &["/DisableExecuteApiEndpoint", "/Name"], after("/restapis/"))
        }
        "apigateway" => (
            "AWS::ApiGatewayV2::Api",
            &["/DisableExecuteApiEndpoint", "/Name", "/ProtocolType"],
            after("/apis/"),
        ),
        "elasticloadbalancing" => (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            &["/IpAddressType", "/Scheme", "/Type"],
            Some(whole())
                .filter(|_| rest.starts_with("loadbalancer/app/") || rest.starts_with("loadbalancer/net/")),
        ),
        "states" => (
            "AWS::StepFunctions::StateMachine",
            &["/LoggingConfiguration/Level", "/StateMachineRevisionId", "/StateMachineType"],
            Some(whole()).filter(|_| rest.starts_with("stateMachine:")),
        ),
        "s3" => (
            "AWS::S3::Bucket",
            &["/ObjectLockEnabled", "/VersioningConfiguration/Status"],
            Some(rest.to_owned()).filter(|name| !name.contains('/')),
        ),
        "secretsmanager" => (
            "AWS::SecretsManager::Secret",
            &["/KmsKeyId"],
            Some(whole()).filter(|_| rest.starts_with("secret:")),
        ),
        "events" => (
            "AWS::Events::Rule",
            &["/EventBusName", "/ScheduleExpression", "/State"],
            Some(whole()).filter(|_| rest.starts_with("rule/")),
        ),
        _ => return None,
    };
    Some((Kind { name, told }, id?))
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

    #[test]
    fn known_as_of_each_kind_and_of_what_has_its_own_reader() {
        for (resource, expected) in [
            ("sns:@:alerts", Some(("AWS::SNS::Topic", "arn:aws:sns:eu-west-1:123456789012:alerts"))),
            ("dynamodb:@:table/orders", Some(("AWS::DynamoDB::Table", "orders"))),
            ("dynamodb:@:table/orders/index/x", None),
            ("rds:@:db:main", Some(("AWS::RDS::DBInstance", "main"))),
            ("elasticache:@:cluster:c", Some(("AWS::ElastiCache::CacheCluster", "c"))),
            ("elasticache:@:replicationgroup:g", Some(("AWS::ElastiCache::ReplicationGroup", "g"))),
            ("kinesis:@:stream/clicks", Some(("AWS::Kinesis::Stream", "clicks"))),
            ("apigateway:eu-west-1::/restapis/a1", Some(("AWS::ApiGateway::RestApi", "a1"))),
            ("apigateway:eu-west-1::/apis/a2", Some(("AWS::ApiGatewayV2::Api", "a2"))),
            ("s3:::assets", Some(("AWS::S3::Bucket", "assets"))),
            ("lambda:@:function:checkout", None),
            ("ssm:@:parameter/limit", None),
        ] {
            let known = known_as(&arn(resource));
            assert_eq!(known.as_ref().map(|(kind, id)| (kind.name, id.as_str())), expected, "{resource}");
        }
    }

    #[test]
    fn told_properties_of_no_kind_hold_what_may_be_secret() {
        for resource in
            ["sqs:@:q", "sns:@:t", "dynamodb:@:table/t", "rds:@:db:d", "secretsmanager:@:secret:s", "s3:::b"]
        {
            let (kind, _) = known_as(&arn(resource)).unwrap();
            for word in ["Password", "Secret", "Token", "Username", "Policy/", "Environment", "Tags"] {
                let held = kind.told.iter().any(|told| told.contains(word));
                assert!(!held || *word == *"Policy/", "{resource}: {word}");
            }
        }
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
