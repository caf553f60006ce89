//! Names the resources that a CloudTrail record is about, by service and by the parameters of the request.
//!
//! Few records carry `resources`; the others name what they change only in `requestParameters` or `responseElements`,
//! each service in its own way: an ARN, an id, a name, a URL. The names of the parameters are those of the services' API
//! references, with a small first letter, as CloudTrail writes them
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>); the
//! forms of the ARNs are those of <https://docs.aws.amazon.com/service-authorization/latest/reference/>.

mod by_service;
mod owner;

use std::collections::BTreeSet;

use common::{
    Arn,
    arn_scope::ArnScope::{self, Global, Nameless, Regional},
};
use serde_json::Value;

use self::owner::{RecordOwner, is_name};
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

/// Returns the resources that the record says it is about; none where it does not tell whose it is, or names nothing that
/// is known here.
pub(super) fn record_resources(event: &Event) -> BTreeSet<Arn> {
    let (Some(source), Some(region), Some(account)) =
        (event.service(), event.text("/awsRegion"), event.account())
    else {
        return BTreeSet::new();
    };
    let owner = RecordOwner { region, account };
    let own: BTreeSet<Arn> = listed(event).filter(|arn| arn.service() == source).collect();
    let named = match source {
        "apigateway" => by_service::api(event, &owner).into_iter().collect(),
        "events" => by_service::rule(event, &owner).into_iter().collect(),
        "scheduler" => by_service::schedule(event, &owner).into_iter().collect(),
        "ecs" => by_service::service(event, &owner).into_iter().collect(),
        "lambda" => by_service::function(event, &owner).into_iter().collect(),
        "application-autoscaling" => by_service::scalable_target(event, &owner).into_iter().collect(),
        _ => by_table(event, source, &owner),
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

fn by_table(event: &Event, source: &str, owner: &RecordOwner<'_>) -> BTreeSet<Arn> {
    let of_service = NAMINGS.iter().filter(|Naming(of, ..)| *of == source);
    let mut each = of_service.map(|Naming(_, path, scope, service, before)| -> BTreeSet<Arn> {
        let values = event.requested(path);
        values.iter().filter_map(|value| named(value, *scope, service, before, owner)).collect()
    });
    each.find(|found| !found.is_empty()).unwrap_or_default()
}

/// A value is an ARN of the service, a URL or path whose last part is the name, or the name itself.
fn named(value: &str, scope: ArnScope, service: &str, before: &str, owner: &RecordOwner<'_>) -> Option<Arn> {
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
    is_name(name).then(|| owner.arn(scope, service, &format!("{before}{name}"))).flatten()
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
