//! Names the resources that a metric is about, by its dimensions.

use std::collections::BTreeMap;

use common::{Arn, arn_scope::ArnScope};

use crate::envelope::Envelope;

/// The account and region that a metric is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) account: String,
    pub(crate) region: String,
}

impl Owner {
    pub(crate) fn of_event(envelope: &Envelope<'_>) -> Self {
        Self { account: envelope.account.to_owned(), region: envelope.region.to_owned() }
    }

    fn arn(&self, service: &str, resource: &str) -> Arn {
        Arn::new(service, &self.region, &self.account, resource)
    }

    fn scoped(&self, scope: ArnScope, service: &str, resource: &str) -> Option<Arn> {
        scope.arn(service, &self.region, &self.account, resource)
    }

    /// Returns false for what is no account or region, so that nothing else becomes part of an ARN.
    fn is_valid(&self) -> bool {
        let is_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        self.account.len() == 12
            && self.account.bytes().all(|b| b.is_ascii_digit())
            && (1..=32).contains(&self.region.len())
            && self.region.bytes().all(is_region)
    }
}

/// The dimensions whose value, behind a prefix, is all that an ARN needs: the services' own pages of metrics, linked
/// from <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html>, and their
/// pages of ARNs, <https://docs.aws.amazon.com/service-authorization/latest/reference/>. The part comes before the whole.
const NAMED: &[(&str, ArnScope, &str, &str)] = &[
    ("InstanceId", ArnScope::Regional, "ec2", "instance/"),
    ("VolumeId", ArnScope::Regional, "ec2", "volume/"),
    ("NatGatewayId", ArnScope::Regional, "ec2", "natgateway/"),
    ("TransitGateway", ArnScope::Regional, "ec2", "transit-gateway/"),
    ("VpnId", ArnScope::Regional, "ec2", "vpn-connection/"),
    ("DBInstanceIdentifier", ArnScope::Regional, "rds", "db:"),
    ("DBClusterIdentifier", ArnScope::Regional, "rds", "cluster:"),
    ("CacheClusterId", ArnScope::Regional, "elasticache", "cluster:"),
    ("ReplicationGroupId", ArnScope::Regional, "elasticache", "replicationgroup:"),
    ("ClusterIdentifier", ArnScope::Regional, "redshift", "cluster:"),
    ("DomainName", ArnScope::Regional, "es", "domain/"),
    ("FileSystemId", ArnScope::Regional, "elasticfilesystem", "file-system/"),
    ("TableName", ArnScope::Regional, "dynamodb", "table/"),
    ("QueueName", ArnScope::Regional, "sqs", ""),
    ("TopicName", ArnScope::Regional, "sns", ""),
    ("StreamName", ArnScope::Regional, "kinesis", "stream/"),
    ("DeliveryStreamName", ArnScope::Regional, "firehose", "deliverystream/"),
    ("LogGroupName", ArnScope::Regional, "logs", "log-group:"),
    ("KeyId", ArnScope::Regional, "kms", "key/"),
    ("ProjectName", ArnScope::Regional, "codebuild", "project/"),
    ("EndpointName", ArnScope::Regional, "sagemaker", "endpoint/"),
    ("UserPool", ArnScope::Regional, "cognito-idp", "userpool/"),
    ("GraphQLAPIId", ArnScope::Regional, "appsync", "apis/"),
    ("LoadBalancer", ArnScope::Regional, "elasticloadbalancing", "loadbalancer/"),
    ("LoadBalancerName", ArnScope::Regional, "elasticloadbalancing", "loadbalancer/"),
    ("TargetGroup", ArnScope::Regional, "elasticloadbalancing", ""),
    ("DistributionId", ArnScope::Global, "cloudfront", "distribution/"),
    ("BucketName", ArnScope::Nameless, "s3", ""),
    ("HostedZoneId", ArnScope::Nameless, "route53", "hostedzone/"),
    ("HealthCheckId", ArnScope::Nameless, "route53", "healthcheck/"),
];

/// The dimensions whose value is an ARN itself, with the service that it is of.
const ARNS: &[(&str, &str)] =
    &[("StateMachineArn", "states"), ("ActivityArn", "states"), ("CertificateArn", "acm")];

/// Returns the resources that `dimensions` name, the most specific first, in the metric's own account and region: of
/// another's, the name is told and nothing more. `own` is the account and region of the alarm: what has no account in its
/// ARN is named only where the metric is of the alarm's own, because nothing would tell it from another account's.
/// Custom metrics use AWS's dimension names too, so the namespace does not matter.
pub(crate) fn resources(owner: &Owner, own: &Owner, dimensions: &BTreeMap<String, String>) -> Vec<Arn> {
    if !owner.is_valid() {
        return Vec::new();
    }
    let value = |name: &str| dimensions.get(name).map(String::as_str).filter(|text| is_name(text));
    let mut found = Vec::new();
    if let Some(function) = value("FunctionName") {
        // Lambda's `Resource` is `function`, `function:alias` or `function:version`.
        let alias = value("Resource").and_then(|text| text.strip_prefix(function)?.strip_prefix(':'));
        if let Some(alias) = alias.filter(|alias| !is_version(alias)) {
            found.push(owner.arn("lambda", &format!("function:{function}:{alias}")));
        }
        found.push(owner.arn("lambda", &format!("function:{function}")));
    }
    if let (Some(cluster), Some(service)) = (value("ClusterName"), value("ServiceName")) {
        found.push(owner.arn("ecs", &format!("service/{cluster}/{service}")));
    }
    if let Some(api) = value("ApiId").filter(|_| owner == own) {
        // Of HTTP and WebSocket APIs; a REST API's metrics go by its name, which is no part of its ARN.
        let stage = value("Stage").map(|stage| format!("/apis/{api}/stages/{stage}"));
        let all = stage.into_iter().chain([format!("/apis/{api}")]);
        found.extend(all.filter_map(|path| owner.scoped(ArnScope::NoAccount, "apigateway", &path)));
    }
    if let Some(rule) = value("RuleName") {
        // The default bus is no part of a rule's ARN.
        let bus = value("EventBusName").filter(|bus| *bus != "default");
        let bus = bus.map(|bus| format!("{bus}/")).unwrap_or_default();
        found.push(owner.arn("events", &format!("rule/{bus}{rule}")));
    }
    for (name, scope, service, prefix) in NAMED {
        let told = owner == own || matches!(scope, ArnScope::Regional | ArnScope::Global);
        let text = value(name).filter(|_| told);
        found.extend(text.and_then(|text| owner.scoped(*scope, service, &format!("{prefix}{text}"))));
    }
    let arns = ARNS.iter().filter_map(|(name, service)| Some((value(name)?.parse::<Arn>().ok()?, *service)));
    found.extend(
        arns.filter(|(arn, service)| arn.service() == *service && arn.is_of(&owner.account, &owner.region))
            .map(|(arn, _)| arn),
    );
    found
}

fn is_version(qualifier: &str) -> bool {
    qualifier.starts_with('$') || qualifier.bytes().all(|b| b.is_ascii_digit())
}

/// Accepts only the characters that AWS's names are made of. Whoever publishes a metric writes its dimensions, so
/// nothing else becomes part of an ARN.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:$".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(account: &str) -> Owner {
        Owner { account: account.to_owned(), region: "eu-west-1".to_owned() }
    }

    fn named(of: &Owner, dimensions: &str) -> String {
        let pairs = dimensions.split(' ').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let found = resources(of, &owner("123456789012"), &pairs);
        let texts = found
            .iter()
            .map(|arn| arn.to_string().trim_start_matches("arn:aws:").replace("eu-west-1:123456789012", "@"));
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn resources_of_each_dimension_that_names_one() {
        for (dimensions, expected) in [
            ("FunctionName=f Resource=f:live", "lambda:@:function:f:live lambda:@:function:f"),
            ("FunctionName=f Resource=f:7", "lambda:@:function:f"),
            ("ClusterName=c ServiceName=s", "ecs:@:service/c/s"),
            ("ClusterName=c", ""),
            ("VolumeId=vol-1", "ec2:@:volume/vol-1"),
            ("NatGatewayId=nat-1", "ec2:@:natgateway/nat-1"),
            ("DBInstanceIdentifier=orders", "rds:@:db:orders"),
            ("DBClusterIdentifier=orders", "rds:@:cluster:orders"),
            ("CacheClusterId=shop-001 CacheNodeId=0001", "elasticache:@:cluster:shop-001"),
            ("RuleName=nightly", "events:@:rule/nightly"),
            ("RuleName=nightly EventBusName=default", "events:@:rule/nightly"),
            ("RuleName=paid EventBusName=shop", "events:@:rule/shop/paid"),
            (
                "ApiId=a1 Stage=prod",
                "apigateway:eu-west-1::/apis/a1/stages/prod apigateway:eu-west-1::/apis/a1",
            ),
            ("ApiName=shop Stage=prod", ""),
            ("BucketName=b StorageType=AllStorageTypes", "s3:::b"),
            ("HostedZoneId=Z1", "route53:::hostedzone/Z1"),
            ("DistributionId=E1 Region=Global", "cloudfront::123456789012:distribution/E1"),
            (
                "LoadBalancer=app/shop/50dc TargetGroup=targetgroup/t/1",
                "elasticloadbalancing:@:loadbalancer/app/shop/50dc elasticloadbalancing:@:targetgroup/t/1",
            ),
            (
                "StateMachineArn=arn:aws:states:eu-west-1:123456789012:stateMachine:pay",
                "states:@:stateMachine:pay",
            ),
            ("StateMachineArn=arn:aws:states:eu-west-1:999999999999:stateMachine:pay", ""),
            ("DomainName=logs ClientId=123456789012", "es:@:domain/logs"),
            ("TableName=or\u{7f}ders", ""),
            ("Colour=red", ""),
        ] {
            assert_eq!(named(&owner("123456789012"), dimensions), expected, "{dimensions}");
        }
    }

    #[test]
    fn resources_of_another_accounts_metric_have_its_account_or_are_none() {
        let theirs = owner("999999999999");
        assert_eq!(named(&theirs, "TableName=orders"), "dynamodb:eu-west-1:999999999999:table/orders");
        for dimensions in ["BucketName=b", "ApiId=a1 Stage=prod", "HostedZoneId=Z1"] {
            assert_eq!(named(&theirs, dimensions), "", "{dimensions}");
        }
        assert_eq!(named(&owner("12345"), "TableName=orders"), "");
    }
}
