//! Knows a harmless change of configuration for each kind of resource, as its service records it.
//!
//! The request's fields are those of the API references, with the first letter in lower case as `CloudTrail` writes
//! them; only Lambda appends its API's date to the name of the event.

use common::{Arn, ResourceKind};
use serde_json::{Value, json};

/// A change that its service records.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ConfigurationChange {
    pub(super) source: &'static str,
    pub(super) event: &'static str,
    pub(super) request: Value,
    /// The type that `CloudTrail` gives the resource, for services that list it in the record.
    pub(super) listed_as: Option<&'static str>,
}

/// Returns such a change of `resource`; `None` for a kind of resource that has none here.
pub(super) fn change(resource: &Arn) -> Option<ConfigurationChange> {
    let whole = resource.to_string();
    let name = resource.resource();
    let made = |source, event, request| Some(ConfigurationChange { source, event, request, listed_as: None });
    match resource.kind() {
        ResourceKind::Function { name } => {
            let request = json!({ "functionName": name, "memorySize": 1024 });
            return made("lambda", "UpdateFunctionConfiguration20150331v2", request);
        }
        ResourceKind::Service { cluster, service } => {
            let request =
                json!({ "cluster": cluster, "service": service, "healthCheckGracePeriodSeconds": 120 });
            return made("ecs", "UpdateService", request);
        }
        ResourceKind::Instance { id } => {
            let request = json!({ "instanceId": id, "disableApiTermination": { "value": true } });
            return made("ec2", "ModifyInstanceAttribute", request);
        }
        ResourceKind::Alarm { .. } | ResourceKind::Parameter { .. } | ResourceKind::FunctionAlias { .. } => {
            return None;
        }
        ResourceKind::Other => {}
    }
    match resource.service() {
        "dynamodb" => {
            let table = name.strip_prefix("table/")?;
            let request = json!({ "tableName": table, "deletionProtectionEnabled": true });
            let change = made("dynamodb", "UpdateTable", request)?;
            Some(ConfigurationChange { listed_as: Some("AWS::DynamoDB::Table"), ..change })
        }
        "sqs" => {
            let (region, account) = (resource.region(), resource.account());
            let url = format!("https://sqs.{region}.amazonaws.com/{account}/{name}");
            let request = json!({ "queueUrl": url, "attributes": { "MessageRetentionPeriod": "1209600" } });
            made("sqs", "SetQueueAttributes", request)
        }
        "kinesis" => {
            let stream = name.strip_prefix("stream/")?;
            let request = json!({ "streamName": stream, "retentionPeriodHours": 48 });
            made("kinesis", "IncreaseStreamRetentionPeriod", request)
        }
        "rds" => {
            let instance = name.strip_prefix("db:")?;
            let request = json!({ "dBInstanceIdentifier": instance, "backupRetentionPeriod": 14 });
            made("rds", "ModifyDBInstance", request)
        }
        "elasticache" => {
            let cluster = name.strip_prefix("cluster:")?;
            let request =
                json!({ "cacheClusterId": cluster, "preferredMaintenanceWindow": "sun:03:00-sun:04:00" });
            made("elasticache", "ModifyCacheCluster", request)
        }
        "states" => {
            let request = json!({ "stateMachineArn": whole, "tracingConfiguration": { "enabled": true } });
            made("states", "UpdateStateMachine", request)
        }
        "sns" => {
            let request =
                json!({ "topicArn": whole, "attributeName": "DisplayName", "attributeValue": "Orders" });
            made("sns", "SetTopicAttributes", request)
        }
        "elasticloadbalancing" if name.starts_with("loadbalancer/") => {
            let attribute = json!({ "key": "idle_timeout.timeout_seconds", "value": "75" });
            let request = json!({ "loadBalancerArn": whole, "attributes": [attribute] });
            made("elasticloadbalancing", "ModifyLoadBalancerAttributes", request)
        }
        "elasticloadbalancing" if name.starts_with("targetgroup/") => {
            let attribute = json!({ "key": "slow_start.duration_seconds", "value": "30" });
            let request = json!({ "targetGroupArn": whole, "attributes": [attribute] });
            made("elasticloadbalancing", "ModifyTargetGroupAttributes", request)
        }
        _ => None,
    }
}
