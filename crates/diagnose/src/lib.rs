//! Finds out what caused an incident. It collects evidence, reasons on it with playbooks and the engine, asks a
//! model where that leaves doubt, and reports a cause or abstains. It reads the account and writes only to the
//! incident's own file.
//!
//! - Input: `{"incident_id", "attempt"}`
//! - Output: `explained` with summary and confidence, `already_recovered` with summary, `abstained` with a reason, or `look_again` with `wait_seconds`, `wait_limit_seconds`, `tell` and a reason
//! - Errors: `Diagnose.UnknownIncident`, `Diagnose.StatusRefused`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`, `PARAMETER_PREFIX`, `APPLICATION_TAG`, `AUTOMATION_ROLE_NAMES`, `EVIDENCE_PATIENCE_SECONDS`, `MODEL`, `MODEL_GEOGRAPHY`, `MODEL_OVERRIDES`, `TEAM_KNOWLEDGE`, `KNOWLEDGE_BASE_ID`, `TEAM_TOOLS`
//! - IAM:
//!   - apigateway: `GET`
//!   - bedrock: `ApplyGuardrail`, `InvokeModel`, `Retrieve`
//!   - cloudformation: `DescribeStackEvents`, `DescribeStackResources`, `GetResource`, `ListStackResources`
//!   - cloudtrail: `LookupEvents`
//!   - cloudwatch: `DescribeAlarmHistory`, `DescribeAlarms`, `GetMetricData`
//!   - codedeploy: `BatchGetDeployments`, `ListDeployments`
//!   - codepipeline: `ListPipelineExecutions`, `ListPipelines`
//!   - config: `GetResourceConfigHistory`
//!   - dynamodb: `DescribeContinuousBackups`, `DescribeContributorInsights`, `DescribeKinesisStreamingDestination`, `DescribeTable`, `DescribeTimeToLive`, `GetItem`, `GetResourcePolicy`, `ListTagsOfResource`, `PutItem`, `Query`, `UpdateItem`
//!   - ec2: `DescribeAccountAttributes`, `DescribeAvailabilityZones`, `DescribeInstances`, `DescribeInternetGateways`, `DescribeSecurityGroups`, `DescribeSubnets`, `DescribeVpcAttribute`, `DescribeVpcs`
//!   - ecs: `DescribeServices`, `DescribeTaskDefinition`, `DescribeTasks`, `ListTasks`
//!   - elasticache: `DescribeCacheClusters`, `DescribeReplicationGroups`, `ListTagsForResource`
//!   - elasticloadbalancing: `DescribeCapacityReservation`, `DescribeLoadBalancerAttributes`, `DescribeLoadBalancers`, `DescribeTags`, `DescribeTargetGroups`, `DescribeTargetHealth`
//!   - events: `ListEventBuses`, `ListRules`, `ListTargetsByRule`
//!   - health: `DescribeAffectedEntities`, `DescribeEvents`
//!   - iam: `GetPolicy`, `GetPolicyVersion`, `GetRolePolicy`, `ListAttachedRolePolicies`, `ListRolePolicies`
//!   - kinesis: `DescribeStreamSummary`, `ListTagsForResource`, `ListTagsForStream`
//!   - lambda: `GetAlias`, `GetFunctionConfiguration`, `ListEventSourceMappings`, `ListVersionsByFunction`
//!   - logs: `DescribeLogGroups`, `FilterLogEvents`, `GetLogDelivery`, `GetQueryResults`, `StartQuery`, `StopQuery`
//!   - pi: `GetResourceMetrics`
//!   - rds: `DescribeDBInstances`
//!   - s3: `GetObject`, `ListBucket`
//!   - securityhub: `GetFindings`
//!   - servicequotas: `ListServiceQuotas`
//!   - sns: `GetDataProtectionPolicy`, `GetTopicAttributes`, `ListSubscriptionsByTopic`, `ListTagsForResource`
//!   - sqs: `GetQueueAttributes`, `ListQueueTags`
//!   - ssm: `GetParameter`, `GetParameterHistory`
//!   - tag: `GetResources`
//!   - xray: `GetServiceGraph`, `GetTraceSummaries`
//! - Timeout: 300 s
//!
//! A diagnosis that was made stays: asked again for the same attempt, the function gives the same answer.

mod account;
mod ask_model;
mod collect;
mod conclude;
mod earlier_actions;
mod persist;
mod preliminary;
mod recent_actions;
mod recheck;
mod record;
mod round;

use common::{
    Clock, ErrorName, Gap, IncidentId, OwnRoles, PortError, Status,
    ports::{
        CaseFile, Counters, Incidents, Leases, Ledger, Model, Modes, Precedents, Reasoning, Spending,
        TopologyCache,
    },
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

pub use crate::{
    account::{Account, OneAccount},
    ask_model::{AskModel, Investigator},
    collect::telemetry::MOST_LINES,
    conclude::conclude_with_model,
    round::{EvidenceRound, RoundResult, run_round},
};
pub use reasoning::playbooks::playbook::Playbooks;

/// The ports and settings of the function.
#[derive(Debug, Clone)]
pub struct Deps<Store, Account, Modes, Clock, Investigator> {
    pub store: Store,
    pub account: Account,
    pub modes: Modes,
    pub clock: Clock,
    pub investigator: Investigator,
    pub playbooks: Playbooks,
    pub own_roles: OwnRoles,
    /// For how long after an incident opened evidence may still be coming.
    pub recheck_for: SignedDuration,
    /// Optional configuration that could not be used: these are gaps of context in every diagnosis.
    pub unusable: Vec<Gap>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub incident_id: IncidentId,
    /// 1 for the first, one more after each remediation that did not help.
    pub attempt: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Explained {
        summary: String,
        confidence: f64,
    },
    AlreadyRecovered {
        summary: String,
    },
    Abstained {
        reason: String,
    },
    /// Nothing explains it yet, and what does may not be listed yet. Nothing was concluded.
    LookAgain {
        wait_seconds: i64,
        /// For how long it is looked again at the most, from now.
        wait_limit_seconds: i64,
        /// True where people should be told what is known so far, because the next look may end too late for them.
        tell: bool,
        reason: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no incident {0}")]
    UnknownIncident(IncidentId),
    /// It has ended, or is at a step from which nothing is diagnosed.
    #[error("incident {id} is {} and cannot be diagnosed", status.as_str())]
    StatusRefused { id: IncidentId, status: Status },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = &["Diagnose.UnknownIncident", "Diagnose.StatusRefused"];

    fn error_name(&self) -> &'static str {
        match self {
            Self::UnknownIncident(_) => "Diagnose.UnknownIncident",
            Self::StatusRefused { .. } => "Diagnose.StatusRefused",
            Self::Port(error) => error.error_name(),
        }
    }
}

/// The store of incidents, with what is kept beside them.
pub trait Store:
    Incidents + CaseFile + Leases + Ledger + Precedents + Reasoning + Spending + TopologyCache
{
}

impl<All> Store for All where
    All: Incidents + CaseFile + Leases + Ledger + Precedents + Reasoning + Spending + TopologyCache
{
}

/// Diagnoses one attempt of an incident: collects evidence, reasons on it, asks the model, reports.
pub async fn handle(
    deps: &Deps<impl Store, impl Account, impl Modes, impl Clock, Investigator<impl Model, impl Counters>>,
    input: Input,
) -> Result<Output, Error> {
    let Input { incident_id: id, attempt } = input;
    if let Some(made) = deps.store.diagnosis(id, attempt).await? {
        record::announce(&deps.store, &deps.clock, &made).await?;
        return Ok(record::output(&made));
    }
    match run_round(deps, input).await? {
        RoundResult::Recheck(output) => Ok(output),
        RoundResult::Findings(round) => {
            conclude_with_model(deps, *round).await.map(|made| record::output(&made))
        }
    }
}
