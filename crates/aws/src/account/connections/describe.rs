//! Resources as components, by the names that services give them.

use common::{Arn, partition::Partition, topology::Component};

/// The component that an ARN names, or is a part of: an alias is its function, an index or a stream its
/// table, a consumer its stream.
pub(super) fn component(arn: &Arn) -> Component {
    let whole = whole(arn);
    let kind = match (whole.service(), whole.resource().split(['/', ':']).next()) {
        ("lambda", Some("function")) => "AWS::Lambda::Function",
        ("sqs", _) => "AWS::SQS::Queue",
        ("sns", _) => "AWS::SNS::Topic",
        ("dynamodb", Some("table")) => "AWS::DynamoDB::Table",
        ("kinesis", Some("stream")) => "AWS::Kinesis::Stream",
        ("states", Some("stateMachine")) => "AWS::StepFunctions::StateMachine",
        ("ecs", Some("service")) => "AWS::ECS::Service",
        ("ec2", Some("instance")) => "AWS::EC2::Instance",
        ("s3", _) => "AWS::S3::Bucket",
        _ => whole.service(),
    };
    Component::from_resource(whole.clone(), kind)
}

fn whole(arn: &Arn) -> Arn {
    let end = match arn.service() {
        "dynamodb" => ["/stream/", "/index/"],
        "kinesis" => ["/consumer/"; 2],
        _ => return arn.component(),
    };
    let text = arn.to_string();
    let start = end.iter().filter_map(|end| text.split_once(end)).map(|(start, _)| start).next();
    start.and_then(|start| start.parse().ok()).unwrap_or_else(|| arn.clone())
}

/// The resource of a stack's member, where its type and physical id determine one. `stack` is in the same
/// account and region.
pub(super) fn of_physical_id(kind: &str, id: &str, stack: &Arn) -> Option<Arn> {
    if let Ok(arn) = id.parse::<Arn>() {
        return Some(arn);
    }
    let of = |service: &str, resource: String| Arn::new(service, stack.region(), stack.account(), &resource);
    Some(match kind {
        "AWS::Lambda::Function" => of("lambda", format!("function:{id}")),
        "AWS::DynamoDB::Table" => of("dynamodb", format!("table/{id}")),
        "AWS::Kinesis::Stream" => of("kinesis", format!("stream/{id}")),
        "AWS::EC2::Instance" => of("ec2", format!("instance/{id}")),
        "AWS::SSM::Parameter" => of("ssm", format!("parameter/{}", id.trim_start_matches('/'))),
        "AWS::RDS::DBInstance" => of("rds", format!("db:{id}")),
        "AWS::RDS::DBCluster" => of("rds", format!("cluster:{id}")),
        // A rule that is not on the default bus is `bus|name`.
        "AWS::Events::Rule" => of("events", format!("rule/{}", id.replacen('|', "/", 1))),
        // A queue's id is its URL.
        "AWS::SQS::Queue" => of("sqs", id.rsplit('/').next()?.to_owned()),
        "AWS::S3::Bucket" => return format!("arn:{}:s3:::{id}", stack.partition()).parse().ok(),
        _ => return None,
    })
}

/// Returns the resource's id in a stack, where that is known.
pub(super) fn physical_id(arn: &Arn) -> Option<String> {
    let arn = whole(arn);
    let (service, resource) = (arn.service(), arn.resource());
    let after = |prefix: &str| resource.strip_prefix(prefix).map(str::to_owned);
    match service {
        "lambda" => after("function:"),
        "dynamodb" => after("table/"),
        "kinesis" => after("stream/"),
        "ec2" => after("instance/"),
        "rds" => after("db:").or_else(|| after("cluster:")),
        "events" => after("rule/").map(|rule| rule.replacen('/', "|", 1)),
        "ssm" => match arn.kind() {
            common::ResourceKind::Parameter { name } => Some(name),
            _ => None,
        },
        "sqs" => {
            let partition = Partition::of_region(arn.region());
            Some(partition.queue_url(arn.region(), arn.account(), resource))
        }
        "s3" => Some(resource.to_owned()),
        "sns" | "states" | "ecs" | "elasticloadbalancing" => Some(arn.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(rest: &str) -> Arn {
        format!("arn:aws:{rest}").parse().unwrap()
    }

    #[test]
    fn physical_id_and_back_is_the_same_resource() {
        let stack = arn("cloudformation:eu-west-1:123456789012:stack/shop/1");
        for (kind, resource, id) in [
            ("AWS::Lambda::Function", "lambda:eu-west-1:123456789012:function:pay", "pay"),
            ("AWS::DynamoDB::Table", "dynamodb:eu-west-1:123456789012:table/orders", "orders"),
            (
                "AWS::SQS::Queue",
                "sqs:eu-west-1:123456789012:orders",
                "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
            ),
            ("AWS::SSM::Parameter", "ssm:eu-west-1:123456789012:parameter/shop/limit", "/shop/limit"),
            ("AWS::Events::Rule", "events:eu-west-1:123456789012:rule/shop/nightly", "shop|nightly"),
            ("AWS::RDS::DBInstance", "rds:eu-west-1:123456789012:db:main", "main"),
            (
                "AWS::SNS::Topic",
                "sns:eu-west-1:123456789012:alerts",
                "arn:aws:sns:eu-west-1:123456789012:alerts",
            ),
            ("AWS::S3::Bucket", "s3:::pictures", "pictures"),
        ] {
            assert_eq!(physical_id(&arn(resource)).as_deref(), Some(id), "{resource}");
            assert_eq!(of_physical_id(kind, id, &stack), Some(arn(resource)), "{kind}");
        }
        assert_eq!(of_physical_id("AWS::IAM::Role", "role", &stack), None);
        assert_eq!(physical_id(&arn("iam::1:role/x")), None);
    }

    #[test]
    fn component_of_a_part_is_the_whole() {
        for (part, whole, kind) in [
            ("lambda:r:1:function:pay:live", "lambda:r:1:function:pay", "AWS::Lambda::Function"),
            ("dynamodb:r:1:table/o/index/by-day", "dynamodb:r:1:table/o", "AWS::DynamoDB::Table"),
            ("dynamodb:r:1:table/o/stream/2026", "dynamodb:r:1:table/o", "AWS::DynamoDB::Table"),
            ("kinesis:r:1:stream/s/consumer/c:1", "kinesis:r:1:stream/s", "AWS::Kinesis::Stream"),
            ("kms:r:1:key/k", "kms:r:1:key/k", "kms"),
        ] {
            let found = component(&arn(part));
            assert_eq!((found.resource, found.kind.as_str()), (Some(arn(whole)), kind));
        }
    }
}
