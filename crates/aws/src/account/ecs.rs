//! Reads ECS services and task definitions for the modules that ask about one: whether a service is well,
//! what it ran before, and which role its tasks have.

pub(super) mod stopped_tasks;

use common::ports::PortError;
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    error::unreadable,
    signed_http::{Input, Operation, SignedClient, services::ECS},
    time::from_epoch_seconds,
};

/// The code with which ECS refuses to describe services of a cluster that it does not know.
pub(super) const NO_SUCH_CLUSTER: &str = "ClusterNotFoundException";

const SERVICES: Operation = Operation::new(&ECS, "DescribeServices");
const TASK_DEFINITION: Operation = Operation::new(&ECS, "DescribeTaskDefinition");

/// A service as `DescribeServices` tells of it. What the answer leaves out is `None`, 0 or empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Service {
    pub(super) status: Option<String>,
    pub(super) task_definition: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) desired_count: i32,
    #[serde(deserialize_with = "or_default")]
    pub(super) running_count: i32,
    #[serde(deserialize_with = "or_default")]
    pub(super) deployments: Vec<Deployment>,
    #[serde(deserialize_with = "or_default")]
    pub(super) deployment_configuration: DeploymentConfiguration,
}

/// The settings by which ECS takes a failed deployment back by itself:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DeploymentConfiguration {
    #[serde(deserialize_with = "or_default")]
    deployment_circuit_breaker: RollbackSetting,
    #[serde(deserialize_with = "or_default")]
    alarms: RollbackSetting,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
struct RollbackSetting {
    #[serde(deserialize_with = "or_default")]
    enable: bool,
    #[serde(deserialize_with = "or_default")]
    rollback: bool,
}

impl DeploymentConfiguration {
    /// Returns true if ECS takes back a deployment that fails.
    pub(super) fn rolls_back(&self) -> bool {
        [self.deployment_circuit_breaker, self.alarms].iter().any(|one| one.enable && one.rollback)
    }
}

/// One deployment of a service.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Deployment {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) task_definition: Option<String>,
    /// `None` where something other than ECS rolls out.
    pub(super) rollout_state: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) running_count: i32,
    #[serde(deserialize_with = "or_default")]
    pub(super) failed_tasks: i32,
    #[serde(rename = "createdAt")]
    pub(super) created_at_seconds: Option<f64>,
    #[serde(rename = "updatedAt")]
    pub(super) updated_at_seconds: Option<f64>,
}

impl Service {
    /// The deployment that is wanted; the others are of earlier ones and end.
    pub(super) fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.is_primary())
    }
}

impl Deployment {
    pub(super) fn is_primary(&self) -> bool {
        self.status.as_deref() == Some("PRIMARY")
    }

    pub(super) fn created_at(&self) -> Option<Timestamp> {
        from_epoch_seconds(self.created_at_seconds?)
    }

    pub(super) fn updated_at(&self) -> Option<Timestamp> {
        from_epoch_seconds(self.updated_at_seconds?)
    }
}

/// A task definition as `DescribeTaskDefinition` tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TaskDefinition {
    #[serde(rename = "taskDefinitionArn")]
    pub(super) arn: Option<String>,
    pub(super) status: Option<String>,
    pub(super) task_role_arn: Option<String>,
}

/// Reads one service. `None` where the cluster has no such service; a cluster that is not there is an error
/// of the kind `NotFound`.
pub(super) async fn service(
    client: &SignedClient,
    cluster: &str,
    service: &str,
) -> Result<Option<Service>, PortError> {
    let input =
        Input::new(format!("{cluster}/{service}")).body(json!({"cluster": cluster, "services": [service]}));
    let mut answer = client.json(&SERVICES, &input).await?;
    match answer.pointer_mut("/services/0") {
        Some(first) => parse_answer(&SERVICES, &input, first.take()).map(Some),
        None => Ok(None),
    }
}

/// Reads one task definition, by ARN, family or family and revision.
pub(super) async fn task_definition(client: &SignedClient, name: &str) -> Result<TaskDefinition, PortError> {
    let input = Input::new(name).body(json!({"taskDefinition": name}));
    let mut answer = client.json(&TASK_DEFINITION, &input).await?;
    match answer.get_mut("taskDefinition") {
        Some(found) => parse_answer(&TASK_DEFINITION, &input, found.take()),
        None => Ok(TaskDefinition::default()),
    }
}

pub(super) fn parse_answer<T: DeserializeOwned>(
    operation: &Operation,
    input: &Input,
    found: Value,
) -> Result<T, PortError> {
    let named = || format!("{} {}", operation.name(), input.about());
    serde_json::from_value(found).map_err(|error| unreadable(named(), error))
}

/// AWS may write `null` for what it has no value for.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;

    use super::*;
    use crate::signed_http::loopback::Loopback;

    #[tokio::test]
    async fn service_is_asked_for_in_its_cluster_and_read_as_documented() {
        let body = json!({"failures": [], "services": [{
            "serviceName": "web",
            "status": "ACTIVE",
            "taskDefinition": "arn:aws:ecs:r:1:task-definition/web:7",
            "desiredCount": 2,
            "runningCount": 1,
            "deployments": [
                {"id": "ecs-svc/1", "status": "ACTIVE", "failedTasks": null},
                {"id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "failedTasks": 3, "updatedAt": 1_795_143_600.5},
            ],
        }]});
        let service = Loopback::answering(move |_| Some((200, body.to_string()))).await;
        let client = SignedClient::from_config(&service.config().await);
        let found = super::service(&client, "shop", "web").await.unwrap().unwrap();
        assert_eq!((found.desired_count, found.running_count, found.deployments.len()), (2, 1, 2));
        let primary = found.primary().unwrap();
        assert_eq!(primary.id.as_deref(), Some("ecs-svc/2"));
        assert_eq!((primary.rollout_state.as_deref(), primary.failed_tasks), (Some("IN_PROGRESS"), 3));
        assert_eq!(primary.updated_at(), Some("2026-11-20T03:00:00.5Z".parse().unwrap()));
        let asked = service.asked().remove(0);
        assert!(asked.is("DescribeServices"), "{}", asked.head);
        let asked: Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(asked, json!({"cluster": "shop", "services": ["web"]}));
    }

    #[tokio::test]
    async fn service_that_is_not_there_is_none_and_a_missing_cluster_an_error() {
        for (status, body, expected) in [
            (200, r#"{"services": [], "failures": [{"reason": "MISSING"}]}"#, Ok(None)),
            (200, "{}", Ok(None)),
            (400, r#"{"__type": "ClusterNotFoundException", "message": "m"}"#, Err(PortErrorKind::NotFound)),
            (400, r#"{"__type": "AccessDeniedException"}"#, Err(PortErrorKind::Denied)),
            (200, r#"{"services": [{"desiredCount": "two"}]}"#, Err(PortErrorKind::Invalid)),
        ] {
            let service = Loopback::answering(move |_| Some((status, body.to_owned()))).await;
            let client = SignedClient::from_config(&service.config().await);
            let found = super::service(&client, "shop", "web").await;
            assert_eq!(found.map_err(|error| error.kind), expected, "{body}");
        }
    }
}
