//! Defines the state of an ECS service: what it runs, what ran before, and why its tasks stopped.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Arn;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceState {
    pub arn: Arn,
    pub cluster: String,
    pub service: String,
    /// ARN of the task definition of the PRIMARY deployment.
    pub task_definition: String,
    /// ECS's own word for the PRIMARY deployment: `COMPLETED`, `IN_PROGRESS`, `FAILED`.
    pub rollout_state: String,
    pub desired_count: u32,
    pub running_count: u32,
    /// ARN of the task definition that last ran before, as the trail of changes or a deployment that is
    /// still there has it; never a guess, and never one that is known to have failed.
    pub previous_task_definition: Option<String>,
    /// ECS's id of the PRIMARY deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// True if ECS itself takes back a release whose deployment fails; false too where that was not read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolls_back: bool,
    /// The deployments that are still there, the PRIMARY one among them; empty where they were not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployments: Vec<ServiceDeployment>,
    /// The tasks that failed within about the last hour, for as long as ECS remembers them; `None` where they were not
    /// read. Tasks that were stopped on purpose (scaling, a deployment, a person) are not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_tasks: Option<Vec<StoppedTasks>>,
}

/// One deployment of a service, as `DescribeServices` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDeployment {
    /// ECS's own word: `PRIMARY`, `ACTIVE`, `INACTIVE`.
    pub status: String,
    pub task_definition: String,
    /// ECS's own word; empty where something other than ECS rolls out.
    pub rollout_state: String,
    pub running_count: u32,
    /// Tasks in a row that could not be started or did not become healthy.
    pub failed_tasks: u32,
    pub created_at: Option<Timestamp>,
}

/// Tasks of one task definition that failed in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoppedTasks {
    pub task_definition: String,
    pub failure: TaskFailure,
    /// The exit code of the container that ended the task, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    pub count: u32,
    pub last_at: Option<Timestamp>,
}

/// The way in which a task failed, by its `stopCode`, `stoppedReason` and containers:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskFailure {
    /// A container was killed because it used more memory than it may.
    OutOfMemory,
    /// The container's own health check failed.
    ContainerHealthCheck,
    /// The load balancer's health check failed.
    LoadBalancerHealthCheck,
    /// It could not start: no image, no secret, no network, no place.
    DidNotStart,
    /// An essential container exited by itself.
    Exited,
}

impl TaskFailure {
    /// Returns what happened to such a task, to follow "tasks".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfMemory => "were killed for want of memory",
            Self::ContainerHealthCheck => "failed the container's health check",
            Self::LoadBalancerHealthCheck => "failed the load balancer's health check",
            Self::DidNotStart => "could not start",
            Self::Exited => "exited",
        }
    }
}

impl ServiceState {
    /// Returns how many tasks of the task definition that is deployed failed; `None` where that was not read.
    pub fn failed_of_deployed(&self) -> Option<u32> {
        self.count_failed(true)
    }

    /// Returns how many tasks of any other task definition failed; `None` where that was not read.
    pub fn failed_of_others(&self) -> Option<u32> {
        self.count_failed(false)
    }

    fn count_failed(&self, deployed: bool) -> Option<u32> {
        let tasks = self.failed_tasks.as_ref()?;
        let of_it = tasks.iter().filter(|one| (one.task_definition == self.task_definition) == deployed);
        Some(of_it.fold(0, |sum, one| sum.saturating_add(one.count)))
    }

    /// Returns false where ECS itself shows that something is wrong with the service: its rollout is not complete, tasks
    /// are missing, or tasks that are deployed fail.
    pub fn is_well(&self) -> bool {
        self.rollout_state == "COMPLETED"
            && self.running_count >= self.desired_count
            && self.failed_of_deployed().unwrap_or(0) == 0
    }

    /// Returns false while ECS is still at it: a rollout is under way, or one failed that ECS takes back by itself.
    pub fn is_settled(&self) -> bool {
        self.rollout_state != "IN_PROGRESS" && !(self.rollout_state == "FAILED" && self.rolls_back)
    }

    /// Describes the tasks that failed, by task definition, in one sentence; `None` where none did or none was read.
    pub fn failed_tasks_sentence(&self) -> Option<String> {
        let mut told: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
        for tasks in self.failed_tasks.iter().flatten() {
            let code = tasks.exit_code.map(|code| format!(" (exit code {code})")).unwrap_or_default();
            let name = TaskDefinitionName::parse(&tasks.task_definition).to_string();
            told.entry((tasks.task_definition != self.task_definition, name)).or_default().push(format!(
                "{} {}{code}",
                tasks.count,
                tasks.failure.as_str()
            ));
        }
        if told.is_empty() {
            return None;
        }
        let parts = told.iter().map(|((_, name), failures)| format!("of {name} {}", failures.join(", ")));
        let others = if self.failed_of_others() == Some(0) { "; no task of another failed" } else { "" };
        Some(format!("Of its tasks in the last hour, {}{others}.", parts.collect::<Vec<_>>().join("; ")))
    }
}

/// The name of a task definition: its family, and its revision where it is given. ECS counts the revisions of a family
/// up, so that of two the higher was made later:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-task-definition-console-v2.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskDefinitionName<'t> {
    pub family: &'t str,
    /// `None` stands for the latest one at that time.
    pub revision: Option<u32>,
}

impl<'t> TaskDefinitionName<'t> {
    /// Reads an ARN, `family:revision` or `family`.
    pub fn parse(text: &'t str) -> Self {
        let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
        let numbered =
            name.rsplit_once(':').and_then(|(family, revision)| Some((family, revision.parse().ok()?)));
        match numbered {
            Some((family, revision)) => Self { family, revision: Some(revision) },
            None => Self { family: name, revision: None },
        }
    }

    /// Returns true if both name the same revision of the same family.
    pub fn is_same(self, other: Self) -> bool {
        self.revision.is_some() && self == other
    }

    /// Returns true if it is a later revision of the same family than `other`.
    pub fn is_later_than(self, other: Self) -> bool {
        self.family == other.family
            && matches!((self.revision, other.revision), (Some(own), Some(other)) if own > other)
    }
}

impl std::fmt::Display for TaskDefinitionName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.revision {
            Some(revision) => write!(f, "{}:{revision}", self.family),
            None => f.write_str(self.family),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_definition_name_reads_every_form_and_compares_revisions_of_one_family() {
        let name = TaskDefinitionName::parse;
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:48";
        assert!(name(arn).is_same(name("web:48")));
        assert!(!name("web").is_same(name("web")), "the latest one then need not be the latest one now");
        assert!(name(arn).is_later_than(name("web:47")));
        for (one, other) in [("web:47", "web:48"), ("web:48", "web:48"), ("api:9", "web:8"), ("web", "web:1")]
        {
            assert!(!name(one).is_later_than(name(other)), "{one} {other}");
        }
        assert_eq!(name(arn).to_string(), "web:48");
        assert_eq!(name("web").to_string(), "web");
    }

    fn state(failed_tasks: Option<Vec<StoppedTasks>>) -> ServiceState {
        ServiceState {
            arn: "arn:aws:ecs:eu-west-1:123456789012:service/shop/web".parse().unwrap(),
            cluster: "shop".into(),
            service: "web".into(),
            task_definition: "web:48".into(),
            rollout_state: "COMPLETED".into(),
            desired_count: 2,
            running_count: 2,
            previous_task_definition: None,
            deployment: None,
            rolls_back: false,
            deployments: Vec::new(),
            failed_tasks,
        }
    }

    fn failed(task_definition: &str, failure: TaskFailure, count: u32) -> StoppedTasks {
        StoppedTasks {
            task_definition: task_definition.into(),
            failure,
            exit_code: None,
            count,
            last_at: None,
        }
    }

    #[test]
    fn failed_tasks_are_told_by_task_definition_and_unknown_is_not_none() {
        let unread = state(None);
        assert_eq!((unread.failed_of_deployed(), unread.failed_tasks_sentence()), (None, None));
        let fine = state(Some(Vec::new()));
        assert_eq!((fine.failed_of_deployed(), fine.failed_tasks_sentence()), (Some(0), None));
        let killed = StoppedTasks { exit_code: Some(137), ..failed("web:48", TaskFailure::OutOfMemory, 4) };
        let new_alone = state(Some(vec![killed.clone()]));
        assert_eq!((new_alone.failed_of_deployed(), new_alone.failed_of_others()), (Some(4), Some(0)));
        assert_eq!(
            new_alone.failed_tasks_sentence().unwrap(),
            "Of its tasks in the last hour, of web:48 4 were killed for want of memory (exit code 137); no task of another failed."
        );
        let both = state(Some(vec![failed("web:47", TaskFailure::Exited, 1), killed]));
        assert_eq!(both.failed_of_others(), Some(1));
        assert!(both.failed_tasks_sentence().unwrap().ends_with("; of web:47 1 exited."));
    }

    #[test]
    fn is_well_only_where_nothing_shows_a_fault() {
        assert!(state(None).is_well());
        for sick in [
            ServiceState { rollout_state: "FAILED".into(), ..state(None) },
            ServiceState { rollout_state: "IN_PROGRESS".into(), ..state(None) },
            ServiceState { running_count: 1, ..state(None) },
            state(Some(vec![failed("web:48", TaskFailure::Exited, 1)])),
        ] {
            assert!(!sick.is_well(), "{sick:?}");
        }
        // Tasks of the release before failed: what is deployed now need not.
        assert!(state(Some(vec![failed("web:47", TaskFailure::Exited, 1)])).is_well());
    }

    #[test]
    fn state_of_a_record_without_deployments_is_read() {
        let mut old = serde_json::to_value(state(None)).unwrap();
        let fields = old.as_object_mut().unwrap();
        assert!(!fields.contains_key("deployments") && !fields.contains_key("failed_tasks"));
        fields.remove("deployment");
        assert_eq!(serde_json::from_value::<ServiceState>(old).unwrap(), state(None));
    }
}
