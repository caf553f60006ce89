//! Lists the types of resources that Cloud Control is asked about, and the properties that may be reported.

use common::Arn;

use crate::context_sources::stack_events::queue_url;

/// Describes a `CloudFormation` type of resource that Cloud Control can read.
pub(super) struct CloudControlType {
    pub(super) name: &'static str,
    /// JSON pointers to the properties that may be reported.
    pub(super) told: &'static [&'static str],
}

/// Returns the resource's type and its identifier in Cloud Control; `None` for what is read elsewhere, or
/// nowhere: what Cloud Control reads of a secret, a rule, a state machine, an HTTP API or a bucket takes
/// values, keys, a role to pass or two dozen permissions.
pub(super) fn type_and_identifier(resource: &Arn) -> Option<(CloudControlType, String)> {
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
        "apigateway" => ("AWS::ApiGateway::RestApi", after("/restapis/")),
        "elasticloadbalancing" => (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            whole("loadbalancer/app/").or_else(|| whole("loadbalancer/net/")),
        ),
        _ => return None,
    };
    Some((CloudControlType { name, told: told(name) }, id?))
}

/// The properties that tell how it is set up. None that its owner may have written a secret into.
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
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => &["/IpAddressType", "/Scheme", "/Type"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
            ("apigateway:eu-west-1::/apis/a2", None),
            ("s3:::assets", None),
            ("secretsmanager:@:secret:s", None),
            ("states:@:stateMachine:m", None),
            ("events:@:rule/r", None),
            ("lambda:@:function:checkout", None),
            ("ssm:@:parameter/limit", None),
        ] {
            let known = type_and_identifier(&arn(resource));
            assert_eq!(known.as_ref().map(|(kind, id)| (kind.name, id.as_str())), expected, "{resource}");
        }
    }

    /// The actions that `CloudFormation`'s schemas of the kinds list for reading.
    const TAKES: &[(&str, &str)] = &[
        ("apigateway:eu-west-1::/restapis/a", "apigateway:GET"),
        (
            "dynamodb:@:table/t",
            "dynamodb:DescribeContinuousBackups dynamodb:DescribeContributorInsights dynamodb:DescribeKinesisStreamingDestination dynamodb:DescribeTable dynamodb:DescribeTimeToLive dynamodb:GetResourcePolicy dynamodb:ListTagsOfResource",
        ),
        (
            "elasticache:@:cluster:c",
            "elasticache:DescribeCacheClusters elasticache:ListTagsForResource logs:DescribeLogGroups logs:GetLogDelivery",
        ),
        (
            "elasticache:@:replicationgroup:g",
            "elasticache:DescribeReplicationGroups elasticache:ListTagsForResource",
        ),
        (
            "elasticloadbalancing:@:loadbalancer/app/a/1",
            "elasticloadbalancing:DescribeCapacityReservation elasticloadbalancing:DescribeLoadBalancerAttributes elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeTags",
        ),
        (
            "kinesis:@:stream/s",
            "kinesis:DescribeStreamSummary kinesis:ListTagsForResource kinesis:ListTagsForStream",
        ),
        (
            "rds:@:db:d",
            "ec2:DescribeAccountAttributes ec2:DescribeAvailabilityZones ec2:DescribeInternetGateways ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcAttribute ec2:DescribeVpcs rds:DescribeDBInstances",
        ),
        (
            "sns:@:t",
            "sns:GetDataProtectionPolicy sns:GetTopicAttributes sns:ListSubscriptionsByTopic sns:ListTagsForResource",
        ),
        ("sqs:@:q", "sqs:GetQueueAttributes sqs:ListQueueTags"),
    ];

    #[test]
    fn known_kinds_take_what_is_granted_and_no_more() {
        let mut taken = BTreeSet::from(["cloudformation:GetResource"]);
        for (resource, actions) in TAKES {
            assert!(type_and_identifier(&arn(resource)).is_some(), "{resource}");
            taken.extend(actions.split(' '));
        }
        assert_eq!(taken, super::super::IAM.iter().copied().collect());
    }

    #[test]
    fn told_properties_of_no_kind_hold_what_may_be_secret() {
        for (resource, _) in TAKES {
            let (kind, _) = type_and_identifier(&arn(resource)).unwrap();
            assert!(!kind.told.is_empty(), "{resource}");
            for word in ["Password", "Secret", "Token", "User", "Definition", "Environment", "Input", "Tags"]
            {
                assert!(!kind.told.iter().any(|told| told.contains(word)), "{resource}: {word}");
            }
        }
    }
}
