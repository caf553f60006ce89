//! SSM Automation: the only way in which anything is changed.

use std::collections::{BTreeMap, HashMap};

use aws_config::SdkConfig;
use aws_sdk_ssm::{
    Client,
    types::{
        AutomationExecution, AutomationExecutionFilter, AutomationExecutionFilterKey,
        AutomationExecutionStatus,
    },
};
use common::{
    Plan,
    ports::{PortError, PortErrorKind},
};
use guard::{Allow, Automations, Progress};
use jiff::Timestamp;

use crate::error::{failed, unreadable};

/// The parameter of every document that names the role it acts under.
const ROLE: &str = "AutomationAssumeRole";
/// Pages of fifty executions of one document since its lease was taken.
const MAX_PAGES: usize = 10;

/// The port `Automations`.
#[derive(Debug, Clone)]
pub struct SsmAutomations {
    client: Client,
    roles: BTreeMap<String, String>,
}

impl SsmAutomations {
    /// `roles` are the ARNs of the documents' roles, by the documents' names.
    pub fn new(client: Client, roles: BTreeMap<String, String>) -> Self {
        Self { client, roles }
    }

    pub fn from_config(config: &SdkConfig, roles: BTreeMap<String, String>) -> Self {
        Self::new(Client::new(config), roles)
    }

    async fn execution(&self, id: &str) -> Result<AutomationExecution, PortError> {
        let operation = || format!("GetAutomationExecution {id}");
        let answer = self
            .client
            .get_automation_execution()
            .automation_execution_id(id)
            .send()
            .await
            .map_err(|error| failed(operation(), error))?;
        answer.automation_execution.ok_or_else(|| unreadable(operation(), "the answer holds no execution"))
    }
}

impl Automations for SsmAutomations {
    async fn start(&self, allow: &Allow) -> Result<String, PortError> {
        let plan = allow.plan();
        let operation =
            || format!("StartAutomationExecution {} for plan {}", plan.document, allow.plan_hash());
        let role = self.roles.get(&plan.document).ok_or_else(|| {
            PortError::new(operation(), PortErrorKind::Denied, "the document has no role to act under")
        })?;
        let answer = self
            .client
            .start_automation_execution()
            .document_name(&plan.document)
            .set_parameters(Some(parameters(plan, role)))
            .client_token(allow.plan_hash().client_token())
            .send()
            .await
            .map_err(|error| failed(operation(), error))?;
        answer.automation_execution_id.ok_or_else(|| unreadable(operation(), "SSM gave the execution no id"))
    }

    /// The execution is known by its document and parameters: SSM does not tell a client token again.
    async fn find(&self, plan: &Plan, since: Timestamp) -> Result<Option<String>, PortError> {
        let operation =
            || format!("DescribeAutomationExecutions of {} for plan {}", plan.document, plan.hash());
        let filter = |key, value: String| {
            AutomationExecutionFilter::builder()
                .key(key)
                .values(value)
                .build()
                .map_err(|error| unreadable(operation(), error))
        };
        // SSM's clock need not be ours, and its filter knows no fractions.
        let since = since.as_second().saturating_sub(CLOCK_SKEW_SECONDS);
        let since = Timestamp::from_second(since).unwrap_or(Timestamp::MIN).to_string();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let answer = self
                .client
                .describe_automation_executions()
                .filters(filter(AutomationExecutionFilterKey::DocumentNamePrefix, plan.document.clone())?)
                .filters(filter(AutomationExecutionFilterKey::StartTimeAfter, since.clone())?)
                .max_results(50)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| failed(operation(), error))?;
            for listed in answer.automation_execution_metadata_list() {
                let Some(id) = listed.automation_execution_id() else { continue };
                if listed.document_name() == Some(plan.document.as_str())
                    && is_of(plan, &self.execution(id).await?)
                {
                    return Ok(Some(id.to_owned()));
                }
            }
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(None);
            }
        }
        // "None" would be taken for leave to start.
        Err(unreadable(operation(), "there are too many executions to look through"))
    }

    async fn progress(&self, execution_id: &str) -> Result<Progress, PortError> {
        let execution = self.execution(execution_id).await?;
        progress(&execution).ok_or_else(|| {
            let status = execution.automation_execution_status().map_or("none", |status| status.as_str());
            unreadable(
                format!("GetAutomationExecution {execution_id}"),
                format!("its status is {status:?}, of which nothing is known"),
            )
        })
    }
}

const CLOCK_SKEW_SECONDS: i64 = 60;

fn parameters(plan: &Plan, role: &str) -> HashMap<String, Vec<String>> {
    let given = plan.parameters.iter().map(|(name, value)| (name.clone(), vec![value.clone()]));
    // The role comes last: no plan can name another.
    given.chain([(ROLE.to_owned(), vec![role.to_owned()])]).collect()
}

/// Whether an execution was started with the plan's parameters. SSM adds the role and defaults.
fn is_of(plan: &Plan, execution: &AutomationExecution) -> bool {
    let given = execution.parameters();
    plan.parameters.iter().all(|(name, value)| {
        given.and_then(|given| given.get(name)).is_some_and(|values| *values == [value.clone()])
    })
}

/// `None` for a status that this version does not know.
fn progress(execution: &AutomationExecution) -> Option<Progress> {
    use AutomationExecutionStatus as Status;
    let status = execution.automation_execution_status()?;
    let outputs = || execution.outputs().cloned().unwrap_or_default().into_iter().collect();
    Some(match status {
        Status::Pending
        | Status::Inprogress
        | Status::Waiting
        | Status::Cancelling
        | Status::PendingApproval
        | Status::Approved
        | Status::Scheduled
        | Status::RunbookInprogress
        | Status::PendingChangeCalendarOverride
        | Status::ChangeCalendarOverrideApproved => Progress::Running,
        Status::Success | Status::CompletedWithSuccess => Progress::Succeeded { outputs: outputs() },
        Status::Failed
        | Status::Timedout
        | Status::Cancelled
        | Status::Rejected
        | Status::Exited
        | Status::CompletedWithFailure
        | Status::ChangeCalendarOverrideRejected => Progress::Failed {
            status: status.as_str().to_owned(),
            reason: execution.failure_message().unwrap_or("SSM gives no reason").to_owned(),
            outputs: outputs(),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            schema_version: 1,
            incident_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            action: "start-instance".parse().unwrap(),
            document: "Nightshift-StartInstance".into(),
            target: "arn:aws:ec2:r:1:instance/i-1".parse().unwrap(),
            parameters: BTreeMap::from([("InstanceId".into(), "i-1".into()), (ROLE.into(), "mine".into())]),
            undo_of: None,
        }
    }

    #[test]
    fn parameters_role_is_the_documents_whatever_the_plan_says() {
        let parameters = parameters(&plan(), "arn:aws:iam::1:role/r");
        assert_eq!(parameters[ROLE], ["arn:aws:iam::1:role/r"]);
        assert_eq!(parameters["InstanceId"], ["i-1"]);
    }

    #[test]
    fn is_of_the_same_parameters_only() {
        let mut plan = plan();
        plan.parameters.remove(ROLE);
        let execution = |id: &str| {
            AutomationExecution::builder()
                .parameters("InstanceId", vec![id.to_owned()])
                .parameters(ROLE, vec!["r".to_owned()])
                .build()
        };
        assert!(is_of(&plan, &execution("i-1")));
        assert!(!is_of(&plan, &execution("i-2")));
        assert!(!is_of(&plan, &AutomationExecution::builder().build()));
    }

    #[test]
    fn progress_of_each_status() {
        let of = |status: &str| {
            let status = AutomationExecutionStatus::from(status);
            progress(&AutomationExecution::builder().automation_execution_status(status).build())
        };
        for status in ["Pending", "InProgress", "Waiting", "Cancelling"] {
            assert_eq!(of(status), Some(Progress::Running), "{status}");
        }
        assert!(matches!(of("Success"), Some(Progress::Succeeded { .. })));
        for word in ["Failed", "TimedOut", "Cancelled", "Rejected"] {
            assert!(matches!(of(word), Some(Progress::Failed { status, .. }) if status == word), "{word}");
        }
        assert_eq!(of("SomethingNew"), None);
        assert_eq!(progress(&AutomationExecution::builder().build()), None);
    }
}
