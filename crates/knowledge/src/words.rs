//! Defines the closed lists of front matter.

use common::FailureMode;

/// Service prefixes as in the third part of an ARN, by name.
pub const SERVICES: [&str; 49] = [
    "acm",
    "apigateway",
    "appsync",
    "athena",
    "autoscaling",
    "backup",
    "batch",
    "bedrock",
    "cloudformation",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "codebuild",
    "codedeploy",
    "codepipeline",
    "cognito-idp",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "eks",
    "elasticache",
    "elasticbeanstalk",
    "elasticfilesystem",
    "elasticloadbalancing",
    "es",
    "events",
    "firehose",
    "glue",
    "guardduty",
    "iam",
    "kafka",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "network-firewall",
    "rds",
    "redshift",
    "route53",
    "s3",
    "scheduler",
    "secretsmanager",
    "servicequotas",
    "sns",
    "sqs",
    "ssm",
    "states",
    "wafv2",
];

pub(crate) fn service(word: &str) -> Option<&'static str> {
    SERVICES.into_iter().find(|service| *service == word)
}

pub(crate) fn failure_mode(word: &str) -> Option<FailureMode> {
    FailureMode::ALL.into_iter().find(|mode| mode.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_in_order_and_once() {
        assert!(SERVICES.is_sorted_by(|a, b| a < b));
    }

    /// Fails to compile when a failure mode is added, and fails when the list does not have it.
    #[test]
    fn failure_modes_are_all_there_are() {
        for (place, mode) in FailureMode::ALL.into_iter().enumerate() {
            let expected = match mode {
                FailureMode::BadConfiguration => 0,
                FailureMode::BadDeployment => 1,
                FailureMode::Stopped => 2,
                FailureMode::Capacity => 3,
                FailureMode::Dependency => 4,
                FailureMode::Permissions => 5,
                FailureMode::Slow => 6,
                FailureMode::Failing => 7,
                FailureMode::Cpu => 8,
                FailureMode::Memory => 9,
                FailureMode::Disk => 10,
                FailureMode::Connections => 11,
                FailureMode::Throttled => 12,
                FailureMode::Overload => 13,
                FailureMode::Backlog => 14,
                FailureMode::Unknown => 15,
            };
            assert_eq!(place, expected);
        }
    }
}
