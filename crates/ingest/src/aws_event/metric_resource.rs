//! Names the resources that a metric is about, by its dimensions.

use std::collections::BTreeMap;

use common::Arn;

use crate::envelope::Envelope;

/// Returns the resources that `dimensions` name, the most specific first, in the event's account and region.
/// Custom metrics use AWS's dimension names too, so the namespace does not matter.
pub(crate) fn resources(envelope: &Envelope<'_>, dimensions: &BTreeMap<String, String>) -> Vec<Arn> {
    let value = |name: &str| dimensions.get(name).map(String::as_str).filter(|text| is_name(text));
    let one = |service: &str, prefix: &str, name: &str| {
        value(name).map(|text| envelope.arn(service, &format!("{prefix}{text}")))
    };
    let mut found = Vec::new();
    if let Some(function) = value("FunctionName") {
        // Lambda's `Resource` is `function`, `function:alias` or `function:version`.
        let alias = value("Resource").and_then(|text| text.strip_prefix(function)?.strip_prefix(':'));
        if let Some(alias) = alias.filter(|alias| !is_version(alias)) {
            found.push(envelope.arn("lambda", &format!("function:{function}:{alias}")));
        }
        found.push(envelope.arn("lambda", &format!("function:{function}")));
    }
    if let (Some(cluster), Some(service)) = (value("ClusterName"), value("ServiceName")) {
        found.push(envelope.arn("ecs", &format!("service/{cluster}/{service}")));
    }
    found.extend(one("ec2", "instance/", "InstanceId"));
    found.extend(one("rds", "db:", "DBInstanceIdentifier"));
    found.extend(one("dynamodb", "table/", "TableName"));
    found.extend(one("sqs", "", "QueueName"));
    found.extend(one("sns", "", "TopicName"));
    found.extend(one("kinesis", "stream/", "StreamName"));
    found.extend(one("elasticloadbalancing", "loadbalancer/", "LoadBalancer"));
    found.extend(one("elasticloadbalancing", "", "TargetGroup"));
    found.extend(value("StateMachineArn").and_then(|text| text.parse::<Arn>().ok()).filter(|arn| {
        arn.service() == "states" && arn.account() == envelope.account && arn.region() == envelope.region
    }));
    found
}

fn is_version(qualifier: &str) -> bool {
    qualifier.starts_with('$') || qualifier.bytes().all(|b| b.is_ascii_digit())
}

/// Accepts only the characters that AWS's names are made of. Whoever publishes a metric writes its dimensions, so
/// nothing else becomes part of an ARN.
fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:$".contains(&b))
}
