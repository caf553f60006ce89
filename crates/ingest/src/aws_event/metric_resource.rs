//! Names the resources that a metric is about, by its dimensions.

use std::collections::BTreeMap;

use common::Arn;

/// The account and region that a metric is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) account: String,
    pub(crate) region: String,
}

impl Owner {
    fn arn(&self, service: &str, resource: &str) -> Arn {
        Arn::new(service, &self.region, &self.account, resource)
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

/// Returns the resources that `dimensions` name, the most specific first, in the metric's own account and region: of
/// another's, the name is told and nothing more. Custom metrics use AWS's dimension names too, so the namespace does not
/// matter.
pub(crate) fn resources(owner: &Owner, dimensions: &BTreeMap<String, String>) -> Vec<Arn> {
    if !owner.is_valid() {
        return Vec::new();
    }
    let value = |name: &str| dimensions.get(name).map(String::as_str).filter(|text| is_name(text));
    let one = |service: &str, prefix: &str, name: &str| {
        value(name).map(|text| owner.arn(service, &format!("{prefix}{text}")))
    };
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
    found.extend(one("ec2", "instance/", "InstanceId"));
    found.extend(one("rds", "db:", "DBInstanceIdentifier"));
    found.extend(one("dynamodb", "table/", "TableName"));
    found.extend(one("sqs", "", "QueueName"));
    found.extend(one("sns", "", "TopicName"));
    found.extend(one("kinesis", "stream/", "StreamName"));
    found.extend(one("elasticloadbalancing", "loadbalancer/", "LoadBalancer"));
    found.extend(one("elasticloadbalancing", "", "TargetGroup"));
    found.extend(
        value("StateMachineArn")
            .and_then(|text| text.parse::<Arn>().ok())
            .filter(|arn| arn.service() == "states" && arn.is_of(&owner.account, &owner.region)),
    );
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
