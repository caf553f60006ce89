//! Lists the services that are called without an SDK, as their API references name them.

use super::operation::{Protocol, Service};

const fn json(id: &'static str, host: &'static str, version: &'static str, target: &'static str) -> Service {
    Service { id, host, signing: host, protocol: Protocol::AwsJson { version, target }, global: false }
}

const fn query(id: &'static str, host: &'static str, version: &'static str) -> Service {
    Service { id, host, signing: host, protocol: Protocol::Query { version }, global: false }
}

const fn rest(id: &'static str, host: &'static str) -> Service {
    Service { id, host, signing: host, protocol: Protocol::RestJson, global: false }
}

/// Signed as `bedrock`.
pub(crate) static BEDROCK_AGENT_RUNTIME: Service =
    Service { signing: "bedrock", ..rest("Bedrock Agent Runtime", "bedrock-agent-runtime") };
/// Signed as `bedrock`.
pub(crate) static BEDROCK_RUNTIME: Service =
    Service { signing: "bedrock", ..rest("Bedrock Runtime", "bedrock-runtime") };
pub(crate) static CLOUD_CONTROL: Service = json("CloudControl", "cloudcontrolapi", "1.0", "CloudApiService");
pub(crate) static CLOUD_FORMATION: Service = query("CloudFormation", "cloudformation", "2010-05-15");
pub(crate) static CLOUD_TRAIL: Service =
    json("CloudTrail", "cloudtrail", "1.1", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101");
pub(crate) static CLOUD_WATCH: Service =
    json("CloudWatch", "monitoring", "1.0", "GraniteServiceVersion20100801");
pub(crate) static CODE_DEPLOY: Service = json("CodeDeploy", "codedeploy", "1.1", "CodeDeploy_20141006");
pub(crate) static CODE_PIPELINE: Service =
    json("CodePipeline", "codepipeline", "1.1", "CodePipeline_20150709");
pub(crate) static CONFIG: Service = json("Config Service", "config", "1.1", "StarlingDoveService");
pub(crate) static EC2: Service = query("EC2", "ec2", "2016-11-15");
pub(crate) static ECS: Service = json("ECS", "ecs", "1.1", "AmazonEC2ContainerServiceV20141113");
pub(crate) static ELASTIC_LOAD_BALANCING: Service =
    query("Elastic Load Balancing v2", "elasticloadbalancing", "2015-12-01");
pub(crate) static EVENT_BRIDGE: Service = json("EventBridge", "events", "1.1", "AWSEvents");
pub(crate) static HEALTH: Service =
    Service { global: true, ..json("Health", "health", "1.1", "AWSHealth_20160804") };
pub(crate) static IAM: Service = Service { global: true, ..query("IAM", "iam", "2010-05-08") };
pub(crate) static KMS: Service = json("KMS", "kms", "1.1", "TrentService");
pub(crate) static LAMBDA: Service = rest("Lambda", "lambda");
pub(crate) static LOGS: Service = json("CloudWatch Logs", "logs", "1.1", "Logs_20140328");
pub(crate) static PERFORMANCE_INSIGHTS: Service = json("PI", "pi", "1.1", "PerformanceInsightsv20180227");
pub(crate) static QUOTAS: Service = json("Service Quotas", "servicequotas", "1.1", "ServiceQuotasV20190624");
pub(crate) static RDS: Service = query("RDS", "rds", "2014-10-31");
/// Asked by path: a bucket's name in the host would need a certificate for its dots.
pub(crate) static S3: Service =
    Service { id: "S3", host: "s3", signing: "s3", protocol: Protocol::RestXml, global: false };
pub(crate) static SECURITY_HUB: Service = rest("SecurityHub", "securityhub");
/// Asked without a signature, for its certificates and to confirm a subscription.
pub(crate) static SNS: Service = query("SNS", "sns", "2010-03-31");
pub(crate) static SQS: Service = json("SQS", "sqs", "1.0", "AmazonSQS");
pub(crate) static SSM: Service = json("SSM", "ssm", "1.1", "AmazonSSM");
pub(crate) static TAGGING: Service =
    json("Resource Groups Tagging API", "tagging", "1.1", "ResourceGroupsTaggingAPI_20170126");
pub(crate) static X_RAY: Service = rest("XRay", "xray");
