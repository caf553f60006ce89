//! Lists the CloudWatch metrics that tell how a resource is doing: AWS's own names, with the statistic in
//! which trouble shows. Four to five each, what fails first: CloudWatch charges by the metric.

use common::Arn;

/// Describes one metric of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WatchedMetric {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) statistic: &'static str,
    pub(super) dimensions: Vec<(&'static str, String)>,
}

type MetricStatistic = (&'static str, &'static str);

const LAMBDA: &[MetricStatistic] = &[
    ("Errors", "Sum"),
    ("Duration", "Average"),
    ("Throttles", "Sum"),
    ("Invocations", "Sum"),
    ("ConcurrentExecutions", "Maximum"),
];
const LAMBDA_VERSION: &[MetricStatistic] = &[("Errors", "Sum"), ("Invocations", "Sum")];
const ECS: &[MetricStatistic] = &[("CPUUtilization", "Average"), ("MemoryUtilization", "Average")];
const SQS: &[MetricStatistic] =
    &[("ApproximateAgeOfOldestMessage", "Maximum"), ("ApproximateNumberOfMessagesVisible", "Average")];
const TABLE: &[MetricStatistic] = &[("ReadThrottleEvents", "Sum"), ("WriteThrottleEvents", "Sum")];
/// These have no value for a table as a whole.
const TABLE_BY_OPERATION: &[MetricStatistic] = &[("SuccessfulRequestLatency", "Average")];
const TABLE_OPERATIONS: &[&str] = &["GetItem", "PutItem", "Query"];
const RDS: &[MetricStatistic] = &[
    ("CPUUtilization", "Average"),
    ("DatabaseConnections", "Average"),
    ("FreeableMemory", "Average"),
    ("FreeStorageSpace", "Average"),
];
const RDS_CLUSTER: &[MetricStatistic] = &[("CPUUtilization", "Average"), ("DatabaseConnections", "Average")];
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html>
const CACHE: &[MetricStatistic] = &[
    ("CacheHitRate", "Average"),
    ("CurrConnections", "Average"),
    ("CurrItems", "Average"),
    ("EngineCPUUtilization", "Average"),
    ("Evictions", "Sum"),
];
/// `BurstBalance` is of volumes with burst credits only.
const VOLUME: &[MetricStatistic] = &[("BurstBalance", "Average"), ("VolumeQueueLength", "Average")];
const NAT_GATEWAY: &[MetricStatistic] = &[("ErrorPortAllocation", "Sum"), ("PacketsDropCount", "Sum")];
const EC2: &[MetricStatistic] = &[("CPUUtilization", "Average"), ("StatusCheckFailed", "Maximum")];
const APPLICATION_LOAD_BALANCER: &[MetricStatistic] = &[
    ("TargetResponseTime", "Average"),
    ("HTTPCode_Target_5XX_Count", "Sum"),
    ("HTTPCode_ELB_5XX_Count", "Sum"),
    ("RequestCount", "Sum"),
];
/// Of HTTP APIs, whose ARN has the id that their metrics go by; a REST API's metrics go by its name.
const HTTP_API: &[MetricStatistic] = &[("5xx", "Sum"), ("Latency", "Average"), ("Count", "Sum")];
const STATES: &[MetricStatistic] =
    &[("ExecutionsFailed", "Sum"), ("ExecutionsTimedOut", "Sum"), ("ExecutionThrottled", "Sum")];
const KINESIS: &[MetricStatistic] = &[
    ("GetRecords.IteratorAgeMilliseconds", "Maximum"),
    ("WriteProvisionedThroughputExceeded", "Sum"),
    ("ReadProvisionedThroughputExceeded", "Sum"),
];

/// Returns the metrics to read of a resource; empty for a kind without any.
pub(super) fn metrics_of(arn: &Arn) -> Vec<WatchedMetric> {
    let resource = arn.resource();
    let after = |prefix: &str| resource.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    match arn.service() {
        "lambda" => after("function:").map(lambda).unwrap_or_default(),
        "ecs" => after("service/")
            .and_then(|rest| rest.split_once('/'))
            .map(|(cluster, service)| {
                all("AWS/ECS", ECS, &[("ClusterName", cluster), ("ServiceName", service)])
            })
            .unwrap_or_default(),
        "sqs" => all("AWS/SQS", SQS, &[("QueueName", resource)]),
        "dynamodb" => after("table/").map(|rest| table(first(rest))).unwrap_or_default(),
        "rds" => match after("cluster:") {
            Some(cluster) => all("AWS/RDS", RDS_CLUSTER, &[("DBClusterIdentifier", cluster)]),
            None => one("AWS/RDS", RDS, "DBInstanceIdentifier", after("db:")),
        },
        "elasticache" => one("AWS/ElastiCache", CACHE, "CacheClusterId", after("cluster:")),
        "ec2" => match (after("volume/"), after("natgateway/")) {
            (Some(volume), _) => all("AWS/EBS", VOLUME, &[("VolumeId", volume)]),
            (_, Some(gateway)) => all("AWS/NATGateway", NAT_GATEWAY, &[("NatGatewayId", gateway)]),
            (None, None) => one("AWS/EC2", EC2, "InstanceId", after("instance/")),
        },
        "elasticloadbalancing" => one(
            "AWS/ApplicationELB",
            APPLICATION_LOAD_BALANCER,
            "LoadBalancer",
            after("loadbalancer/").filter(|name| name.starts_with("app/")),
        ),
        "apigateway" => one("AWS/ApiGateway", HTTP_API, "ApiId", after("/apis/").map(first)),
        "states" if after("stateMachine:").is_some() => {
            all("AWS/States", STATES, &[("StateMachineArn", &arn.to_string())])
        }
        "kinesis" => one("AWS/Kinesis", KINESIS, "StreamName", after("stream/").map(first)),
        _ => Vec::new(),
    }
}

/// An alias has metrics of its own, by the dimension `Resource`.
fn lambda(rest: &str) -> Vec<WatchedMetric> {
    match rest.split_once(':') {
        Some((function, _)) => all("AWS/Lambda", LAMBDA, &[("FunctionName", function), ("Resource", rest)]),
        None => all("AWS/Lambda", LAMBDA, &[("FunctionName", rest)]),
    }
}

/// The requests of an alias that one version took: AWS publishes them by the dimension `ExecutedVersion` beside that of the
/// alias. <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html>
pub(super) fn metrics_of_version(alias: &Arn, version: &str) -> Vec<WatchedMetric> {
    let Some(rest) = alias.resource().strip_prefix("function:") else { return Vec::new() };
    let Some((function, _)) = rest.split_once(':') else { return Vec::new() };
    let dimensions = [("FunctionName", function), ("Resource", rest), ("ExecutedVersion", version)];
    all("AWS/Lambda", LAMBDA_VERSION, &dimensions)
}

fn table(name: &str) -> Vec<WatchedMetric> {
    let mut found = all("AWS/DynamoDB", TABLE, &[("TableName", name)]);
    for operation in TABLE_OPERATIONS {
        let dimensions = [("TableName", name), ("Operation", *operation)];
        found.extend(all("AWS/DynamoDB", TABLE_BY_OPERATION, &dimensions));
    }
    found
}

fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

fn one(
    namespace: &'static str,
    names: &[MetricStatistic],
    dimension: &'static str,
    value: Option<&str>,
) -> Vec<WatchedMetric> {
    value.map(|value| all(namespace, names, &[(dimension, value)])).unwrap_or_default()
}

fn all(
    namespace: &'static str,
    names: &[MetricStatistic],
    dimensions: &[(&'static str, &str)],
) -> Vec<WatchedMetric> {
    let dimensions: Vec<_> = dimensions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    names
        .iter()
        .map(|(name, statistic)| WatchedMetric { namespace, name, statistic, dimensions: dimensions.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_version_are_of_an_alias_only() {
        let arn =
            |resource: &str| -> Arn { format!("arn:aws:lambda:eu-west-1:1:{resource}").parse().unwrap() };
        let found = metrics_of_version(&arn("function:f:live"), "7");
        let names: Vec<_> = found.iter().map(|one| one.name).collect();
        assert_eq!(names, ["Errors", "Invocations"]);
        let pairs: Vec<_> =
            found[0].dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs, ["FunctionName=f", "Resource=f:live", "ExecutedVersion=7"]);
        assert!(metrics_of_version(&arn("function:f"), "7").is_empty());
    }

    #[test]
    fn metrics_of_each_kind_go_by_its_own_dimensions() {
        for (arn, count, dimensions) in [
            ("lambda:@:function:f", 5, "FunctionName=f"),
            ("lambda:@:function:f:live", 5, "FunctionName=f Resource=f:live"),
            ("ecs:@:service/shop/web", 2, "ClusterName=shop ServiceName=web"),
            ("sqs:@:orders", 2, "QueueName=orders"),
            ("dynamodb:@:table/orders", 5, "TableName=orders"),
            ("dynamodb:@:table/orders/index/by-day", 5, "TableName=orders"),
            ("rds:@:db:orders", 4, "DBInstanceIdentifier=orders"),
            ("ec2:@:instance/i-1", 2, "InstanceId=i-1"),
            ("ec2:@:volume/vol-1", 2, "VolumeId=vol-1"),
            ("ec2:@:natgateway/nat-1", 2, "NatGatewayId=nat-1"),
            ("ec2:@:security-group/sg-1", 0, ""),
            ("rds:@:cluster:orders", 2, "DBClusterIdentifier=orders"),
            ("elasticache:@:cluster:shop-001", 5, "CacheClusterId=shop-001"),
            ("elasticache:@:replicationgroup:shop", 0, ""),
            ("elasticloadbalancing:@:loadbalancer/app/shop/50dc", 4, "LoadBalancer=app/shop/50dc"),
            ("apigateway:eu-west-1::/apis/a1b2/stages/live", 3, "ApiId=a1b2"),
            ("states:@:stateMachine:pay", 3, "StateMachineArn=arn:aws:states:eu-west-1:1:stateMachine:pay"),
            ("kinesis:@:stream/clicks", 3, "StreamName=clicks"),
            ("elasticloadbalancing:@:loadbalancer/net/shop/50dc", 0, ""),
            ("states:@:execution:pay:1", 0, ""),
            ("ssm:@:parameter/shop/limit", 0, ""),
            ("lambda:@:layer:x", 0, ""),
        ] {
            let arn: Arn = format!("arn:aws:{arn}").replace('@', "eu-west-1:1").parse().unwrap();
            let found = metrics_of(&arn);
            assert_eq!(found.len(), count, "{arn}");
            let of_first = found.first().map(|known| {
                let pairs: Vec<_> = known.dimensions.iter().map(|(n, v)| format!("{n}={v}")).collect();
                pairs.join(" ")
            });
            assert_eq!(of_first.unwrap_or_default(), dimensions, "{arn}");
        }
    }
}
