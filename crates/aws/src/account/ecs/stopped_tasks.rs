//! Reads why a service's tasks stopped. ECS remembers a stopped task for at least an hour:
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>.

use std::collections::BTreeMap;

use common::{
    evidence::{StoppedTasks, TaskFailure, Truncation},
    ports::{PortError, Reading},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{or_default, parse_answer};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, services::ECS},
    time::from_epoch_seconds,
};

const LIST: Operation = Operation::new(&ECS, "ListTasks");
const DESCRIBE: Operation = Operation::new(&ECS, "DescribeTasks");

/// The most that one call describes.
const MOST_TASKS: usize = 100;

/// A task as `DescribeTasks` tells of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Task {
    #[serde(rename = "taskDefinitionArn")]
    definition: Option<String>,
    stop_code: Option<String>,
    stopped_reason: Option<String>,
    #[serde(rename = "stoppedAt")]
    stopped_at_seconds: Option<f64>,
    #[serde(deserialize_with = "or_default")]
    containers: Vec<Container>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    exit_code: Option<i32>,
    reason: Option<String>,
}

/// Reads the service's tasks that failed, by task definition and way to fail. Tasks that were stopped on purpose are left
/// out. Of more than one page, only the first is read.
pub(in crate::account) async fn failed_tasks(
    client: &SignedClient,
    cluster: &str,
    service: &str,
) -> Result<Reading<Vec<StoppedTasks>>, PortError> {
    let about = format!("{cluster}/{service}");
    let list = json!({
        "cluster": cluster, "serviceName": service, "desiredStatus": "STOPPED", "maxResults": MOST_TASKS,
    });
    let listed = client.json(&LIST, &Input::new(about.clone()).body(list)).await?;
    let names = listed.get("taskArns").and_then(Value::as_array).cloned().unwrap_or_default();
    let query = aws([
        "ecs",
        "list-tasks",
        "--cluster",
        cluster,
        "--service-name",
        service,
        "--desired-status",
        "STOPPED",
    ]);
    if names.is_empty() {
        return Ok(Reading::new(query, Vec::new()));
    }
    let is_cut = listed.get("nextToken").is_some_and(Value::is_string);
    let truncation =
        is_cut.then(|| Truncation::new(format!("only {MOST_TASKS} of its stopped tasks were read")));
    let input = Input::new(about).body(json!({"cluster": cluster, "tasks": names}));
    let mut described = client.json(&DESCRIBE, &input).await?;
    let tasks: Vec<Task> = match described.get_mut("tasks") {
        Some(found) => parse_answer(&DESCRIBE, &input, found.take())?,
        None => Vec::new(),
    };
    Ok(Reading::new(query, grouped(&tasks)).truncated(truncation))
}

fn grouped(tasks: &[Task]) -> Vec<StoppedTasks> {
    // The number of tasks, and when the last of them stopped, by task definition, failure and exit code.
    let mut groups = BTreeMap::<_, (u32, Option<Timestamp>)>::new();
    for task in tasks {
        let (Some((failure, exit_code)), Some(definition)) = (failure(task), &task.definition) else {
            continue;
        };
        let (count, last_at) = groups.entry((definition.clone(), failure, exit_code)).or_default();
        *count = count.saturating_add(1);
        *last_at = (*last_at).max(task.stopped_at_seconds.and_then(from_epoch_seconds));
    }
    groups
        .into_iter()
        .map(|((task_definition, failure, exit_code), (count, last_at))| StoppedTasks {
            task_definition,
            failure,
            exit_code,
            count,
            last_at,
        })
        .collect()
}

/// Returns how a task failed, with the exit code of the container that ended it; `None` for one that was stopped on purpose
/// or whose place was taken away: by scaling, a deployment, a person, Spot or the end of its host. Codes:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html>.
fn failure(task: &Task) -> Option<(TaskFailure, Option<i32>)> {
    let reason = task.stopped_reason.as_deref().unwrap_or_default();
    let of_container = |container: &&Container| container.reason.as_deref().is_some_and(is_out_of_memory);
    if let Some(killed) = task.containers.iter().find(of_container) {
        return Some((TaskFailure::OutOfMemory, killed.exit_code));
    }
    if is_out_of_memory(reason) {
        return Some((TaskFailure::OutOfMemory, None));
    }
    // The service scheduler stops tasks for being unhealthy and for being too many under the same code.
    let lower = reason.to_ascii_lowercase();
    if lower.contains("failed elb health checks") {
        return Some((TaskFailure::LoadBalancerHealthCheck, None));
    }
    if lower.contains("failed container health checks") {
        return Some((TaskFailure::ContainerHealthCheck, None));
    }
    match task.stop_code.as_deref() {
        Some("TaskFailedToStart") => Some((TaskFailure::DidNotStart, None)),
        Some("EssentialContainerExited") => {
            let failed = task.containers.iter().find_map(|one| one.exit_code.filter(|code| *code != 0));
            Some((TaskFailure::Exited, failed.or(task.containers.iter().find_map(|one| one.exit_code))))
        }
        _ => None,
    }
}

/// `OutOfMemoryError: Container killed due to memory usage`, or `OutOfMemory: …`.
fn is_out_of_memory(reason: &str) -> bool {
    reason.starts_with("OutOfMemory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed_http::loopback::Loopback;

    fn task(stop_code: &str, reason: &str, containers: &[(Option<i32>, Option<&str>)]) -> Task {
        let container = |(exit_code, reason): &(Option<i32>, Option<&str>)| Container {
            exit_code: *exit_code,
            reason: reason.map(str::to_owned),
        };
        Task {
            definition: Some("web:8".to_owned()),
            stop_code: Some(stop_code.to_owned()),
            stopped_reason: Some(reason.to_owned()),
            stopped_at_seconds: Some(1_795_143_600.0),
            containers: containers.iter().map(container).collect(),
        }
    }

    #[test]
    fn failure_by_code_reason_and_container_and_none_of_what_was_stopped_on_purpose() {
        use TaskFailure::{ContainerHealthCheck, DidNotStart, Exited, LoadBalancerHealthCheck, OutOfMemory};
        let killed = Some("OutOfMemoryError: Container killed due to memory usage");
        let elb = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:r:1:targetgroup/a/b)";
        for (code, reason, containers, expected) in [
            (
                "EssentialContainerExited",
                "Essential container in task exited",
                vec![(Some(0), None), (Some(137), killed)],
                Some((OutOfMemory, Some(137))),
            ),
            (
                "EssentialContainerExited",
                "Essential container in task exited",
                vec![(Some(0), None), (Some(1), None)],
                Some((Exited, Some(1))),
            ),
            ("EssentialContainerExited", "Essential container in task exited", vec![], Some((Exited, None))),
            (
                "TaskFailedToStart",
                "CannotPullContainerError: pull image manifest has been retried 1 time(s)",
                vec![(None, None)],
                Some((DidNotStart, None)),
            ),
            (
                "ServiceSchedulerInitiated",
                elb,
                vec![(Some(143), None)],
                Some((LoadBalancerHealthCheck, None)),
            ),
            (
                "ServiceSchedulerInitiated",
                "Task failed container health checks",
                vec![],
                Some((ContainerHealthCheck, None)),
            ),
            (
                "ServiceSchedulerInitiated",
                "Scaling activity initiated by (deployment ecs-svc/1)",
                vec![(Some(143), None)],
                None,
            ),
            ("UserInitiated", "Task stopped by user", vec![(Some(137), None)], None),
            ("SpotInterruption", "Your Spot Task was interrupted.", vec![], None),
            ("TerminationNotice", "", vec![], None),
        ] {
            assert_eq!(failure(&task(code, reason, &containers)), expected, "{code} {reason}");
        }
    }

    #[tokio::test]
    async fn failed_tasks_are_listed_described_and_counted() {
        let tasks = json!([
            {"taskDefinitionArn": "web:8", "stopCode": "TaskFailedToStart", "stoppedAt": 1_795_143_600.0, "containers": null},
            {"taskDefinitionArn": "web:8", "stopCode": "TaskFailedToStart", "stoppedAt": 1_795_143_660.0},
            {"taskDefinitionArn": "web:7", "stopCode": "UserInitiated"},
            {"stopCode": "TaskFailedToStart"},
        ]);
        let service = Loopback::answering(move |asked| {
            let answer = if asked.is("ListTasks") {
                json!({"taskArns": ["a", "b"], "nextToken": "more"})
            } else {
                json!({"tasks": tasks})
            };
            Some((200, answer.to_string()))
        })
        .await;
        let client = SignedClient::from_config(&service.config().await);
        let found = failed_tasks(&client, "shop", "web").await.unwrap();
        let expected = StoppedTasks {
            task_definition: "web:8".into(),
            failure: TaskFailure::DidNotStart,
            exit_code: None,
            count: 2,
            last_at: Some("2026-11-20T03:01:00Z".parse().unwrap()),
        };
        assert_eq!(found.value, [expected]);
        assert_eq!(found.truncation, Some(Truncation::new("only 100 of its stopped tasks were read")));
        let asked: Vec<Value> =
            service.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
        let list =
            json!({"cluster": "shop", "serviceName": "web", "desiredStatus": "STOPPED", "maxResults": 100});
        assert_eq!(asked, [list, json!({"cluster": "shop", "tasks": ["a", "b"]})]);
    }

    #[tokio::test]
    async fn failed_tasks_of_a_service_without_any_are_not_described() {
        let service = Loopback::answering(|_| Some((200, r#"{"taskArns": []}"#.to_owned()))).await;
        let client = SignedClient::from_config(&service.config().await);
        assert_eq!(failed_tasks(&client, "shop", "web").await.unwrap().value, []);
        assert_eq!(service.asked().len(), 1);
    }
}
