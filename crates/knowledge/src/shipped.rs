//! Holds the runbooks that ship with Nightshift, by file name. A test holds the list against the folder.

macro_rules! runbooks {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../../infra/runbooks/", $file)))),*]
    };
}

pub(crate) const FILES: &[(&str, &str)] = runbooks![
    "alb-5xx.md",
    "alb-slow-targets.md",
    "apigateway-5xx.md",
    "apigateway-throttled.md",
    "certificate-expiring.md",
    "cloudfront-5xx.md",
    "cognito-throttled.md",
    "dynamodb-conditional-failures.md",
    "dynamodb-throttled.md",
    "ebs-burst-exhausted.md",
    "ec2-instance-stopped.md",
    "ec2-insufficient-capacity.md",
    "ec2-status-check-failed.md",
    "ecs-cannot-pull-image.md",
    "ecs-deployment-failed.md",
    "ecs-task-out-of-memory.md",
    "elasticache-memory-full.md",
    "elb-unhealthy-targets.md",
    "eventbridge-target-failing.md",
    "kinesis-iterator-age.md",
    "kms-key-unusable.md",
    "kms-throttled.md",
    "lambda-alias-broken-version.md",
    "lambda-out-of-memory.md",
    "lambda-permission-denied.md",
    "lambda-throttled.md",
    "lambda-timeouts.md",
    "lambda-vpc-no-network.md",
    "nat-egress-exhausted.md",
    "rds-connections-exhausted.md",
    "rds-cpu-high.md",
    "rds-failover.md",
    "rds-replica-lag.md",
    "rds-storage-full.md",
    "s3-access-denied.md",
    "secret-rotated-or-overwritten.md",
    "service-quota-reached.md",
    "sqs-backlog.md",
    "sqs-dead-letter-queue-filling.md",
    "sqs-poison-message.md",
    "ssm-parameter-overwritten.md",
    "stepfunctions-executions-failed.md",
];
