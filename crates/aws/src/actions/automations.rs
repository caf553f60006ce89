//! SSM Automation: the only way in which anything is changed.

#[cfg(test)]
#[macro_use]
#[path = "../../tests/support/client.rs"]
mod client;
mod document;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ssm::{
    Client,
    error::SdkError,
    operation::start_automation_execution::StartAutomationExecutionError,
    types::{
        AutomationExecution, AutomationExecutionFilter, AutomationExecutionFilterKey,
        AutomationExecutionStatus,
    },
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use common::{
    Plan, PlanHash,
    ports::{PortError, PortErrorKind},
};
use guard::{Allow, Automations, Documents, Progress};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Clients,
    error::{failed, unreadable},
};

/// The parameter of every document that tells one execution from another with the same parameters.
const HASH: &str = "PlanHash";
/// SSM's placeholder for the output of a step that was not reached.
const NO_OUTPUT: &str = "No output available yet because the step is not successfully executed";
/// The parameter of every document that names the role it acts under.
const ROLE: &str = "AutomationAssumeRole";
/// Pages of fifty executions of one document since its lease was taken.
const MAX_PAGES: usize = 10;

/// The port `Automations`.
#[derive(Debug, Clone)]
pub struct SsmAutomations {
    client: Client,
    roles: BTreeMap<String, String>,
    documents: Documents,
}

impl SsmAutomations {
    /// `roles` are the ARNs of the documents' roles, by the documents' names. Only `documents` are started.
    pub const fn new(client: Client, roles: BTreeMap<String, String>, documents: Documents) -> Self {
        Self { client, roles, documents }
    }

    pub fn from_clients(clients: &Clients, roles: BTreeMap<String, String>, documents: Documents) -> Self {
        Self::new(Client::new(clients.config()), roles, documents)
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

    /// Asks for the execution that the plan's token started when the document had another version or the role another
    /// name. Where SSM does not list it, the mismatch is the answer: nothing was started by this call.
    async fn started_earlier(
        &self,
        plan: &Plan,
        mismatch: SdkError<StartAutomationExecutionError, HttpResponse>,
    ) -> Result<String, PortError> {
        let since = Timestamp::now().checked_sub(LONGEST_INCIDENT).unwrap_or(Timestamp::UNIX_EPOCH);
        match self.find(plan, since).await? {
            Some(id) => Ok(id),
            None => Err(failed(
                format!("StartAutomationExecution {} for plan {}", plan.document, plan.hash()),
                mismatch,
            )),
        }
    }
}

impl Automations for SsmAutomations {
    async fn verified_version(&self, plan: &Plan) -> Result<String, PortError> {
        let operation = || format!("GetDocument {}", plan.document);
        let expected = self.documents.expected(&plan.document).ok_or_else(|| {
            PortError::new(operation(), PortErrorKind::Denied, "the document is none of the catalogue's")
        })?;
        document::verified_version(&self.client, &plan.document, expected).await
    }

    async fn start(&self, allow: &Allow, version: &str) -> Result<String, PortError> {
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
            .document_version(version)
            .set_parameters(Some(parameters(plan, allow.plan_hash(), role)))
            .client_token(allow.plan_hash().client_token())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if is_token_mismatch(&error) => return self.started_earlier(plan, error).await,
            Err(error) => return Err(failed(operation(), error)),
        };
        answer.automation_execution_id.ok_or_else(|| unreadable(operation(), "SSM gave the execution no id"))
    }

    /// The execution is known by the plan's hash among its parameters: SSM does not tell a client token again.
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
/// An incident's execution ends after five days.
const LONGEST_INCIDENT: SignedDuration = SignedDuration::from_hours(120);

/// Tells whether SSM knows the client token from a request with other parameters:
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html>
fn is_token_mismatch(error: &SdkError<StartAutomationExecutionError, HttpResponse>) -> bool {
    error.as_service_error().is_some_and(StartAutomationExecutionError::is_idempotent_parameter_mismatch)
}

fn parameters(plan: &Plan, hash: &PlanHash, role: &str) -> HashMap<String, Vec<String>> {
    let given = plan.parameters.iter().map(|(name, value)| (name.clone(), vec![value.clone()]));
    // These come last: no plan can name others.
    let own = [(HASH.to_owned(), vec![hash.to_string()]), (ROLE.to_owned(), vec![role.to_owned()])];
    given.chain(own).collect()
}

/// Tells whether an execution was started for the plan, and not for another one with the same parameters.
fn is_of(plan: &Plan, execution: &AutomationExecution) -> bool {
    let given = execution.parameters().and_then(|given| given.get(HASH));
    given.is_some_and(|values| *values == [plan.hash().to_string()])
}

/// `None` for a status that this version does not know.
fn progress(execution: &AutomationExecution) -> Option<Progress> {
    use AutomationExecutionStatus as Status;
    let status = execution.automation_execution_status()?;
    let outputs = || {
        let all = execution.outputs().cloned().unwrap_or_default().into_iter();
        all.filter(|(_, values)| !values.iter().any(|value| value.starts_with(NO_OUTPUT))).collect()
    };
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

    #[tokio::test]
    async fn started_earlier_asks_for_the_execution_of_the_token() {
        use aws_sdk_ssm::{
            operation::{
                describe_automation_executions::DescribeAutomationExecutionsOutput,
                get_automation_execution::GetAutomationExecutionOutput,
            },
            types::{AutomationExecutionMetadata, error::IdempotentParameterMismatch},
        };
        use aws_smithy_mocks::mock;
        let refused = mock!(Client::start_automation_execution).then_error(|| {
            StartAutomationExecutionError::IdempotentParameterMismatch(
                IdempotentParameterMismatch::builder().build(),
            )
        });
        let list = mock!(Client::describe_automation_executions).then_output(|| {
            let listed = AutomationExecutionMetadata::builder()
                .automation_execution_id("x-1")
                .document_name("Nightshift-StartInstance")
                .build();
            DescribeAutomationExecutionsOutput::builder().automation_execution_metadata_list(listed).build()
        });
        for (hash, expected) in [(plan().hash(), Some("x-1")), ("0".repeat(64).parse().unwrap(), None)] {
            let of = mock!(Client::get_automation_execution).then_output(move || {
                let execution = AutomationExecution::builder()
                    .automation_execution_id("x-1")
                    .parameters(HASH, vec![hash.to_string()])
                    .build();
                GetAutomationExecutionOutput::builder().automation_execution(execution).build()
            });
            let client = client!(aws_sdk_ssm, &refused, &list, &of);
            let automations = SsmAutomations::new(client, BTreeMap::new(), Documents::default());
            let mismatch = automations.client.start_automation_execution().send().await.unwrap_err();
            assert!(is_token_mismatch(&mismatch));
            let found = automations.started_earlier(&plan(), mismatch).await;
            assert_eq!(found.ok().as_deref(), expected);
        }
    }

    #[test]
    fn parameters_role_is_the_documents_whatever_the_plan_says() {
        let plan = plan();
        let parameters = parameters(&plan, &plan.hash(), "arn:aws:iam::1:role/r");
        assert_eq!(parameters[HASH], [plan.hash().to_string()]);
        assert_eq!(parameters[ROLE], ["arn:aws:iam::1:role/r"]);
        assert_eq!(parameters["InstanceId"], ["i-1"]);
    }

    #[test]
    fn is_of_the_same_plan_only() {
        let plan = plan();
        let execution = |hash: &str| {
            let parameters = AutomationExecution::builder().parameters("InstanceId", vec!["i-1".to_owned()]);
            parameters.parameters(HASH, vec![hash.to_owned()]).build()
        };
        assert!(is_of(&plan, &execution(plan.hash().as_str())));
        let other = Plan { incident_id: "01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap(), ..plan.clone() };
        assert!(!is_of(&plan, &execution(other.hash().as_str())));
        assert!(!is_of(&plan, &AutomationExecution::builder().build()));
    }

    #[test]
    fn progress_outputs_that_no_step_came_to_are_absent() {
        let execution = AutomationExecution::builder()
            .automation_execution_status(AutomationExecutionStatus::Failed)
            .outputs("RecordState.StateBefore", vec!["stopped".to_owned()])
            .outputs("ConfirmState.StateAfter", vec![format!("{NO_OUTPUT}.")])
            .build();
        let Some(Progress::Failed { outputs, .. }) = progress(&execution) else { panic!("it failed") };
        assert_eq!(outputs.keys().collect::<Vec<_>>(), ["RecordState.StateBefore"]);
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
