//! Names the resources that a CloudTrail record is about, by service and by the parameters of the request.
//!
//! Few records carry `resources`; the others name what they change only in `requestParameters` or `responseElements`,
//! each service in its own way: an ARN, an id, a name, a URL. The names of the parameters are those of the services' API
//! references, with a small first letter, as CloudTrail writes them
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>); the
//! forms of the ARNs are those of <https://docs.aws.amazon.com/service-authorization/latest/reference/>.

use std::collections::BTreeSet;

use common::{
    Arn,
    arn_scope::ArnScope::{self, Global, Nameless, NoAccount, Regional},
    partition::Partition,
};
use serde_json::Value;

use super::event::Event;

/// In records of `source`, a value at `path` in the request names `service:before{value}`. A path's parts are separated by
/// slashes; lists on the way are looked through.
struct Naming(&'static str, &'static str, ArnScope, &'static str, &'static str);

/// The first that names something stands, where a record has the parameters of several, so the part comes before the
/// whole and what is changed before what it is attached to.
const NAMINGS: &[Naming] = &[
    Naming("s3", "bucketName", Nameless, "s3", ""),
    Naming("dynamodb", "tableName", Regional, "dynamodb", "table/"),
    Naming("sqs", "queueUrl", Regional, "sqs", ""),
    Naming("sqs", "queueName", Regional, "sqs", ""),
    Naming("kms", "keyId", Regional, "kms", "key/"),
    Naming("iam", "roleName", Global, "iam", "role/"),
    Naming("iam", "userName", Global, "iam", "user/"),
    Naming("iam", "groupName", Global, "iam", "group/"),
    Naming("iam", "instanceProfileName", Global, "iam", "instance-profile/"),
    Naming("ssm", "name", Regional, "ssm", "parameter/"),
    Naming("ssm", "names", Regional, "ssm", "parameter/"),
    Naming("ec2", "groupId", Regional, "ec2", "security-group/"),
    Naming("ec2", "routeTableId", Regional, "ec2", "route-table/"),
    Naming("ec2", "networkAclId", Regional, "ec2", "network-acl/"),
    Naming("ec2", "natGatewayId", Regional, "ec2", "natgateway/"),
    Naming("ec2", "vpcEndpointId", Regional, "ec2", "vpc-endpoint/"),
    Naming("ec2", "vpcPeeringConnectionId", Regional, "ec2", "vpc-peering-connection/"),
    Naming("ec2", "transitGatewayRouteTableId", Regional, "ec2", "transit-gateway-route-table/"),
    Naming("ec2", "transitGatewayId", Regional, "ec2", "transit-gateway/"),
    Naming("ec2", "volumeId", Regional, "ec2", "volume/"),
    Naming("ec2", "instanceId", Regional, "ec2", "instance/"),
    Naming("ec2", "instancesSet/items/instanceId", Regional, "ec2", "instance/"),
    Naming("ec2", "networkInterfaceId", Regional, "ec2", "network-interface/"),
    Naming("ec2", "internetGatewayId", Regional, "ec2", "internet-gateway/"),
    Naming("ec2", "subnetId", Regional, "ec2", "subnet/"),
    Naming("ec2", "vpcId", Regional, "ec2", "vpc/"),
    Naming("rds", "dBInstanceIdentifier", Regional, "rds", "db:"),
    Naming("rds", "dBClusterIdentifier", Regional, "rds", "cluster:"),
    Naming("rds", "dBParameterGroupName", Regional, "rds", "pg:"),
    Naming("rds", "dBClusterParameterGroupName", Regional, "rds", "cluster-pg:"),
    Naming("rds", "dBSubnetGroupName", Regional, "rds", "subgrp:"),
    Naming("rds", "optionGroupName", Regional, "rds", "og:"),
    Naming("elasticache", "cacheClusterId", Regional, "elasticache", "cluster:"),
    Naming("elasticache", "replicationGroupId", Regional, "elasticache", "replicationgroup:"),
    Naming("elasticache", "serverlessCacheName", Regional, "elasticache", "serverlesscache:"),
    Naming("elasticache", "cacheParameterGroupName", Regional, "elasticache", "parametergroup:"),
    Naming("elasticache", "userGroupId", Regional, "elasticache", "usergroup:"),
    Naming("memorydb", "clusterName", Regional, "memorydb", "cluster/"),
    Naming("redshift", "clusterIdentifier", Regional, "redshift", "cluster:"),
    Naming("es", "domainName", Regional, "es", "domain/"),
    Naming("opensearch", "domainName", Regional, "es", "domain/"),
    Naming("elasticfilesystem", "fileSystemId", Regional, "elasticfilesystem", "file-system/"),
    Naming("kinesis", "streamName", Regional, "kinesis", "stream/"),
    Naming("firehose", "deliveryStreamName", Regional, "firehose", "deliverystream/"),
    Naming("logs", "logGroupName", Regional, "logs", "log-group:"),
    Naming("ecr", "repositoryName", Regional, "ecr", "repository/"),
    Naming("cognito-idp", "userPoolId", Regional, "cognito-idp", "userpool/"),
    Naming("secretsmanager", "secretId", Regional, "secretsmanager", "secret:"),
    Naming("route53", "hostedZoneId", Nameless, "route53", "hostedzone/"),
    Naming("route53", "healthCheckId", Nameless, "route53", "healthcheck/"),
    Naming("cloudfront", "distributionId", Global, "cloudfront", "distribution/"),
    Naming("cloudfront", "id", Global, "cloudfront", "distribution/"),
    Naming("elasticloadbalancing", "loadBalancerName", Regional, "elasticloadbalancing", "loadbalancer/"),
    Naming("monitoring", "alarmName", Regional, "cloudwatch", "alarm:"),
    Naming("monitoring", "alarmNames", Regional, "cloudwatch", "alarm:"),
    Naming("codebuild", "projectName", Regional, "codebuild", "project/"),
    Naming("batch", "jobQueue", Regional, "batch", "job-queue/"),
    Naming("batch", "computeEnvironment", Regional, "batch", "compute-environment/"),
    Naming("appsync", "apiId", Regional, "appsync", "apis/"),
    Naming(
        "autoscaling",
        "autoScalingGroupName",
        Regional,
        "autoscaling",
        "autoScalingGroup:*:autoScalingGroupName/",
    ),
];

/// The parameters of a few calls that name, by its ARN, what another service has: a firewall is put before a load
/// balancer, a mapping reads a queue.
const ARNS_OF_OTHERS: &[(&str, &str)] = &[
    ("wafv2", "resourceArn"),
    ("lambda", "eventSourceArn"),
    ("backup", "resourceArn"),
    ("shield", "resourceArn"),
];

/// The region and the account of a record.
struct Place<'a> {
    region: &'a str,
    account: &'a str,
}

impl Place<'_> {
    fn arn(&self, scope: ArnScope, service: &str, resource: &str) -> Option<Arn> {
        scope.arn(service, self.region, self.account, resource)
    }
}

/// Returns the resources that the record says it is about; none where it does not tell whose it is, or names nothing that
/// is known here.
pub(super) fn record_resources(event: &Event) -> BTreeSet<Arn> {
    let (Some(source), Some(region), Some(account)) =
        (event.service(), event.text("/awsRegion"), event.account())
    else {
        return BTreeSet::new();
    };
    let place = Place { region, account };
    let own: BTreeSet<Arn> = listed(event).filter(|arn| arn.service() == source).collect();
    let named = match source {
        "apigateway" => api(event, &place).into_iter().collect(),
        "events" => rule(event, &place).into_iter().collect(),
        "scheduler" => schedule(event, &place).into_iter().collect(),
        "ecs" => service(event, &place).into_iter().collect(),
        "lambda" => function(event, &place).into_iter().collect(),
        "application-autoscaling" => scalable_target(event, &place).into_iter().collect(),
        _ => by_table(event, source, &place),
    };
    let of_others = ARNS_OF_OTHERS.iter().filter(|(of, _)| *of == source);
    let of_others = of_others.flat_map(|(_, path)| event.requested(path));
    let of_others = of_others.filter_map(|text| text.parse::<Arn>().ok());
    let all = own.into_iter().chain(named).chain(own_arns(event, source)).chain(of_others);
    // A record that two accounts share is in the trail of each.
    all.filter(|arn| arn.may_be_of(account, region)).collect()
}

/// The resources that the record lists.
fn listed(event: &Event) -> impl Iterator<Item = Arn> {
    event.list("/resources").iter().filter_map(|one| one.get("ARN").and_then(Value::as_str)?.parse().ok())
}

fn by_table(event: &Event, source: &str, place: &Place<'_>) -> BTreeSet<Arn> {
    let of_service = NAMINGS.iter().filter(|Naming(of, ..)| *of == source);
    let mut each = of_service.map(|Naming(_, path, scope, service, before)| -> BTreeSet<Arn> {
        let values = event.requested(path);
        values.iter().filter_map(|value| named(value, *scope, service, before, place)).collect()
    });
    each.find(|found| !found.is_empty()).unwrap_or_default()
}

/// A value is an ARN of the service, a URL or path whose last part is the name, or the name itself.
fn named(value: &str, scope: ArnScope, service: &str, before: &str, place: &Place<'_>) -> Option<Arn> {
    if value.starts_with("arn:") {
        return value.parse::<Arn>().ok().filter(|arn| arn.service() == service);
    }
    let name = match service {
        "ssm" => value.trim_start_matches('/'),
        "sqs" | "route53" => value.rsplit('/').next().unwrap_or(value),
        // Another account's key or one's own by its other name: no id of a key.
        "kms" if value.starts_with("alias/") => return None,
        _ => value,
    };
    is_name(name).then(|| place.arn(scope, service, &format!("{before}{name}"))).flatten()
}

/// An ARN of the service itself, among the request's own parameters or the answer's, names what the call is about.
/// `taskDefinition` or `roleArn` of another service only goes with it.
fn own_arns(event: &Event, source: &str) -> BTreeSet<Arn> {
    let found = event.top_level_texts().filter(|(key, _)| key.to_ascii_lowercase().ends_with("arn"));
    let arns = found.filter_map(|(_, text)| text.parse::<Arn>().ok());
    arns.filter(|arn| arn.service() == source).map(of_whole).collect()
}

/// A listener and its rules are parts of their load balancer, a subscription of its topic.
pub(super) fn of_whole(arn: Arn) -> Arn {
    let parts: Vec<&str> = arn.resource().split('/').collect();
    let whole = match (arn.service(), parts.as_slice()) {
        ("elasticloadbalancing", ["listener" | "listener-rule", kind, name, id, ..]) => {
            Some(format!("loadbalancer/{kind}/{name}/{id}"))
        }
        ("sns", _) => arn.resource().split_once(':').map(|(topic, _)| topic.to_owned()),
        _ => None,
    };
    let text = whole.map(|whole| arn.to_string().replace(arn.resource(), &whole));
    text.and_then(|text| text.parse().ok()).unwrap_or(arn)
}

/// A stage, or the API itself. REST APIs are at `/restapis`, HTTP and WebSocket APIs at `/apis`.
fn api(event: &Event, place: &Place<'_>) -> Option<Arn> {
    let path = match (event.first("restApiId"), event.first("apiId")) {
        (Some(id), _) => format!("/restapis/{id}"),
        (None, Some(id)) => format!("/apis/{id}"),
        (None, None) => return None,
    };
    let stage = event.first("stageName").map(|stage| format!("/stages/{stage}"));
    place.arn(NoAccount, "apigateway", &format!("{path}{}", stage.unwrap_or_default()))
}

/// A rule of the default bus has no bus in its ARN.
fn rule(event: &Event, place: &Place<'_>) -> Option<Arn> {
    let name = event.first("rule").or(event.first("name")).filter(|name| is_name(name))?;
    let bus = event.first("eventBusName");
    let bus = bus.as_deref().and_then(|bus| bus.rsplit('/').next()).filter(|bus| *bus != "default");
    let bus = bus.map(|bus| format!("{bus}/")).unwrap_or_default();
    place.arn(Regional, "events", &format!("rule/{bus}{name}"))
}

fn schedule(event: &Event, place: &Place<'_>) -> Option<Arn> {
    let name = event.first("name").filter(|name| is_name(name))?;
    let group = event.first("groupName").unwrap_or_else(|| "default".to_owned());
    place.arn(Regional, "scheduler", &format!("schedule/{group}/{name}"))
}

fn service(event: &Event, place: &Place<'_>) -> Option<Arn> {
    let last = |text: String| text.rsplit('/').next().map(str::to_owned);
    let name = event.first("service").or(event.first("serviceName")).and_then(last)?;
    let cluster = event.first("cluster").and_then(last).unwrap_or_else(|| "default".to_owned());
    (is_name(&name) && is_name(&cluster))
        .then(|| place.arn(Regional, "ecs", &format!("service/{cluster}/{name}")))
        .flatten()
}

/// A function, or the alias that a write to an alias names. A name may be an ARN or the end of one.
fn function(event: &Event, place: &Place<'_>) -> Option<Arn> {
    let text = event.first("functionName").or_else(|| event.answered("functionArn"))?;
    if text.starts_with("arn:")
        && !text.starts_with(&format!(
            "arn:{}:lambda:{}:{}:",
            Partition::of_region(place.region).id,
            place.region,
            place.account
        ))
    {
        return None;
    }
    let rest = text.split_once("function:").map_or(text.as_str(), |(_, rest)| rest);
    let name = rest.split(':').next().filter(|name| is_name(name))?;
    let alias = event.name().filter(|name| name.ends_with("Alias")).and_then(|_| event.first("name"));
    let alias = alias.filter(|alias| is_name(alias)).map(|alias| format!(":{alias}")).unwrap_or_default();
    place.arn(Regional, "lambda", &format!("function:{name}{alias}"))
}

/// `RegisterScalableTarget` and `PutScalingPolicy` name what they scale as its service does:
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>.
fn scalable_target(event: &Event, place: &Place<'_>) -> Option<Arn> {
    let (namespace, id) = (event.first("serviceNamespace")?, event.first("resourceId")?);
    let resource = match namespace.as_str() {
        "ecs" | "lambda" | "rds" => id,
        "dynamodb" => id.split('/').take(2).collect::<Vec<_>>().join("/"),
        "elasticache" => id.replace("replication-group/", "replicationgroup:"),
        _ => return None,
    };
    place.arn(Regional, &namespace, &resource)
}

/// Accepts what AWS's names are made of: nothing else becomes part of an ARN.
fn is_name(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./+=,@:#$".contains(&b))
}

/// Returns true if a record that names `named` is about `resource`: it is the same, or `named` is a part of it. A role is
/// named without its path, a secret without the six characters that its ARN ends in, a group of instances without its id.
pub(super) fn is_same(named: &Arn, resource: &Arn) -> bool {
    let owner =
        |arn: &Arn| format!("{}:{}:{}:{}", arn.partition(), arn.service(), arn.region(), arn.account());
    if owner(named) != owner(resource) {
        return false;
    }
    let (name, whole) = (named.resource(), resource.resource());
    if name == whole {
        return true;
    }
    match named.service() {
        "dynamodb" | "apigateway" | "s3" => {
            name.strip_prefix(whole).is_some_and(|rest| rest.starts_with('/'))
        }
        "logs" => whole.strip_suffix(":*") == Some(name),
        "iam" => {
            name.split_once('/').zip(whole.split_once('/')).is_some_and(|((kind, name), (other, path))| {
                kind == other && path.rsplit('/').next() == Some(name)
            })
        }
        "secretsmanager" => whole
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|rest| rest.len() == 6),
        "autoscaling" => name.rsplit_once(":*:").is_some_and(|(_, end)| whole.ends_with(&format!(":{end}"))),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
