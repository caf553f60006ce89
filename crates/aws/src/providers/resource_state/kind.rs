//! The kinds of resources that Cloud Control is asked about, and what of them may be told.

use common::Arn;

use crate::providers::stack_events::queue_url;

/// A kind of resource as `CloudFormation` describes it.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// JSON pointers of what may be told.
    pub(super) told: &'static [&'static str],
}

/// How Cloud Control names the resource; `None` for what is read elsewhere, or nowhere.
pub(super) fn known_as(resource: &Arn) -> Option<(Kind, String)> {
    let rest = resource.resource();
    let whole = |prefix| rest.starts_with(prefix).then(|| resource.to_string());
    let after = |prefix| {
        rest.strip_prefix(prefix).filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned)
    };
    let (name, id) = match resource.service() {
        "sqs" => ("AWS::SQS::Queue", Some(queue_url(resource))),
        // With a colon it is a subscription.
        "sns" => ("AWS::SNS::Topic", whole("").filter(|_| !rest.contains(':'))),
        "dynamodb" => ("AWS::DynamoDB::Table", after("table/")),
        "rds" => ("AWS::RDS::DBInstance", after("db:")),
        "elasticache" if rest.starts_with("cluster:") => {
            ("AWS::ElastiCache::CacheCluster", after("cluster:"))
        }
        "elasticache" => ("AWS::ElastiCache::ReplicationGroup", after("replicationgroup:")),
        "kinesis" => ("AWS::Kinesis::Stream", after("stream/")),
        "apigateway" if rest.starts_with("/restapis/") => ("AWS::ApiGateway::RestApi", after("/restapis/")),
        "apigateway" => ("AWS::ApiGatewayV2::Api", after("/apis/")),
        "elasticloadbalancing" => (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            whole("loadbalancer/app/").or_else(|| whole("loadbalancer/net/")),
        ),
        "states" => ("AWS::StepFunctions::StateMachine", whole("stateMachine:")),
        "s3" => ("AWS::S3::Bucket", after("")),
        "secretsmanager" => ("AWS::SecretsManager::Secret", whole("secret:")),
        "events" => ("AWS::Events::Rule", whole("rule/")),
        _ => return None,
    };
    Some((Kind { name, told: told(name) }, id?))
}

/// What says how it is set up. Nothing that its owner may have written a secret into.
fn told(kind: &str) -> &'static [&'static str] {
    match kind {
        "AWS::SQS::Queue" => &[
            "/DelaySeconds",
            "/MessageRetentionPeriod",
            "/RedrivePolicy/maxReceiveCount",
            "/VisibilityTimeout",
        ],
        "AWS::SNS::Topic" => &["/FifoTopic", "/KmsMasterKeyId"],
        "AWS::DynamoDB::Table" => &[
            "/BillingMode",
            "/DeletionProtectionEnabled",
            "/OnDemandThroughput/MaxReadRequestUnits",
            "/OnDemandThroughput/MaxWriteRequestUnits",
            "/ProvisionedThroughput/ReadCapacityUnits",
            "/ProvisionedThroughput/WriteCapacityUnits",
            "/TableClass",
        ],
        "AWS::RDS::DBInstance" => &[
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
        "AWS::ElastiCache::CacheCluster" => {
            &["/CacheNodeType", "/Engine", "/EngineVersion", "/NumCacheNodes"]
        }
        "AWS::ElastiCache::ReplicationGroup" => {
            &["/AutomaticFailoverEnabled", "/CacheNodeType", "/Engine", "/NumCacheClusters", "/NumNodeGroups"]
        }
        "AWS::Kinesis::Stream" => &["/RetentionPeriodHours", "/ShardCount", "/StreamModeDetails/StreamMode"],
        "AWS::ApiGateway::RestApi" => &["/DisableExecuteApiEndpoint", "/Name"],
        "AWS::ApiGatewayV2::Api" => &["/DisableExecuteApiEndpoint", "/Name", "/ProtocolType"],
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => &["/IpAddressType", "/Scheme", "/Type"],
        "AWS::StepFunctions::StateMachine" => {
            &["/LoggingConfiguration/Level", "/StateMachineRevisionId", "/StateMachineType"]
        }
        "AWS::S3::Bucket" => &["/ObjectLockEnabled", "/VersioningConfiguration/Status"],
        "AWS::SecretsManager::Secret" => &["/KmsKeyId"],
        "AWS::Events::Rule" => &["/EventBusName", "/ScheduleExpression", "/State"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(text: &str) -> Arn {
        format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
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
        for resource in [
            "sqs:@:q",
            "sns:@:t",
            "dynamodb:@:table/t",
            "rds:@:db:d",
            "elasticache:@:cluster:c",
            "elasticache:@:replicationgroup:g",
            "kinesis:@:stream/s",
            "apigateway:eu-west-1::/restapis/a",
            "apigateway:eu-west-1::/apis/a",
            "elasticloadbalancing:@:loadbalancer/app/a/1",
            "states:@:stateMachine:m",
            "s3:::b",
            "secretsmanager:@:secret:s",
            "events:@:rule/r",
        ] {
            let (kind, _) = known_as(&arn(resource)).unwrap();
            assert!(!kind.told.is_empty(), "{resource}");
            for word in ["Password", "Secret", "Token", "User", "Definition", "Environment", "Input", "Tags"]
            {
                assert!(!kind.told.iter().any(|told| told.contains(word)), "{resource}: {word}");
            }
        }
    }
}
