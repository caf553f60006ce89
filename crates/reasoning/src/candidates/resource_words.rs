//! Names resources as people call them.

use common::Arn;

/// Returns the resource as people call it: `bucket originals`, `rule nightly`.
pub fn resource_in_words(resource: &Arn) -> String {
    let path = resource.resource();
    let last = path.rsplit(['/', ':']).next().unwrap_or(path);
    let starts = |prefix: &str| path.starts_with(prefix);
    let (kind, name) = match resource.service() {
        "s3" => ("bucket", path.to_owned()),
        "route53" if starts("hostedzone/") => ("hosted zone", last.to_owned()),
        "route53" => ("health check", last.to_owned()),
        "iam" if starts("role/") => ("role", last.to_owned()),
        "iam" => ("IAM identity", last.to_owned()),
        "kms" => ("key", last.to_owned()),
        "sqs" => ("queue", path.to_owned()),
        "sns" => ("topic", path.to_owned()),
        "dynamodb" => ("table", path.split('/').nth(1).unwrap_or(path).to_owned()),
        "rds" if starts("pg:") || starts("cluster-pg:") => ("parameter group", last.to_owned()),
        "rds" => ("database", last.to_owned()),
        "elasticache" | "memorydb" => ("cache", last.to_owned()),
        "events" if starts("rule/") => ("rule", last.to_owned()),
        "scheduler" => ("schedule", last.to_owned()),
        "apigateway" if path.contains("/stages/") => ("API stage", last.to_owned()),
        "apigateway" => ("API", last.to_owned()),
        "lambda" => ("function", resource.name()),
        "ssm" => ("parameter", resource.name()),
        "secretsmanager" => ("secret", last.to_owned()),
        "ec2" if starts("security-group/") => ("security group", last.to_owned()),
        "ec2" if starts("route-table/") => ("route table", last.to_owned()),
        "ec2" if starts("natgateway/") => ("NAT gateway", last.to_owned()),
        "ec2" if starts("volume/") => ("volume", last.to_owned()),
        "ec2" if starts("instance/") => ("instance", last.to_owned()),
        "elasticloadbalancing" if starts("targetgroup/") => {
            ("target group", path.split('/').nth(1).unwrap_or(path).to_owned())
        }
        "elasticloadbalancing" => ("load balancer", path.split('/').nth(2).unwrap_or(last).to_owned()),
        "autoscaling" => ("Auto Scaling group", last.to_owned()),
        "acm" => ("certificate", last.to_owned()),
        "kinesis" => ("stream", last.to_owned()),
        "states" => ("state machine", last.to_owned()),
        service => return format!("{service} {path}"),
    };
    format!("{kind} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(text: &str) -> Arn {
        format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
    }

    #[test]
    fn resource_in_words_is_what_people_call_it() {
        for (resource, expected) in [
            ("s3:::originals", "bucket originals"),
            ("iam::123456789012:role/service-role/receipts", "role receipts"),
            ("dynamodb:@:table/carts/index/by-day", "table carts"),
            ("elasticloadbalancing:@:loadbalancer/app/web/50dc", "load balancer web"),
            ("elasticache:@:cluster:shop-001", "cache shop-001"),
            ("events:@:rule/shop/paid", "rule paid"),
            ("glue:@:job/nightly", "glue job/nightly"),
        ] {
            assert_eq!(resource_in_words(&arn(resource)), expected);
        }
    }
}
