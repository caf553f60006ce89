//! Finds out what caused an incident: gathers evidence, asks the engine, holds the playbooks against
//! it all, asks a model where that leaves doubt, and concludes or abstains. It reads the account and writes only to the incident's own file.
//!
//! - Input: `{"incident_id", "attempt"}`
//! - Output: `explained` with summary and confidence, `already_recovered` with summary, `abstained` with a reason, or `look_again` with `wait_seconds` and a reason
//! - Errors: `Diagnose.UnknownIncident`, `Diagnose.StatusRefused`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `TABLE_NAME`, `PARAMETER_PREFIX`, `APPLICATION_TAG`, `AUTOMATION_ROLE_NAMES`, `EVIDENCE_PATIENCE_SECONDS`, `MODEL`, `MODEL_OVERRIDES`, `TEAM_KNOWLEDGE`, `KNOWLEDGE_BASE_ID`, `TEAM_TOOLS`
//! - IAM: `apigateway:GET`, `bedrock:ApplyGuardrail`, `bedrock:InvokeModel`, `bedrock:Retrieve`, `cloudformation:DescribeStackEvents`, `cloudformation:DescribeStackResources`, `cloudformation:GetResource`, `cloudformation:ListStackResources`, `cloudtrail:LookupEvents`, `cloudwatch:DescribeAlarmHistory`, `cloudwatch:DescribeAlarms`, `cloudwatch:GetMetricData`, `codedeploy:BatchGetDeployments`, `codedeploy:ListDeployments`, `codepipeline:ListPipelineExecutions`, `codepipeline:ListPipelines`, `config:GetResourceConfigHistory`, `dynamodb:DescribeContinuousBackups`, `dynamodb:DescribeContributorInsights`, `dynamodb:DescribeKinesisStreamingDestination`, `dynamodb:DescribeTable`, `dynamodb:DescribeTimeToLive`, `dynamodb:GetItem`, `dynamodb:GetResourcePolicy`, `dynamodb:ListTagsOfResource`, `dynamodb:PutItem`, `dynamodb:Query`, `dynamodb:UpdateItem`, `ec2:DescribeAccountAttributes`, `ec2:DescribeAvailabilityZones`, `ec2:DescribeInstances`, `ec2:DescribeInternetGateways`, `ec2:DescribeSecurityGroups`, `ec2:DescribeSubnets`, `ec2:DescribeVpcAttribute`, `ec2:DescribeVpcs`, `ecs:DescribeServices`, `ecs:DescribeTaskDefinition`, `elasticache:DescribeCacheClusters`, `elasticache:DescribeReplicationGroups`, `elasticache:ListTagsForResource`, `elasticloadbalancing:DescribeCapacityReservation`, `elasticloadbalancing:DescribeLoadBalancerAttributes`, `elasticloadbalancing:DescribeLoadBalancers`, `elasticloadbalancing:DescribeTags`, `elasticloadbalancing:DescribeTargetGroups`, `elasticloadbalancing:DescribeTargetHealth`, `events:ListEventBuses`, `events:ListRules`, `events:ListTargetsByRule`, `health:DescribeAffectedEntities`, `health:DescribeEvents`, `iam:GetPolicy`, `iam:GetPolicyVersion`, `iam:GetRolePolicy`, `iam:ListAttachedRolePolicies`, `iam:ListRolePolicies`, `kinesis:DescribeStreamSummary`, `kinesis:ListTagsForResource`, `kinesis:ListTagsForStream`, `lambda:GetAlias`, `lambda:GetFunctionConfiguration`, `lambda:ListEventSourceMappings`, `lambda:ListVersionsByFunction`, `logs:DescribeLogGroups`, `logs:FilterLogEvents`, `logs:GetLogDelivery`, `logs:GetQueryResults`, `logs:StartQuery`, `logs:StopQuery`, `pi:GetResourceMetrics`, `rds:DescribeDBInstances`, `s3:GetObject`, `s3:ListBucket`, `securityhub:GetFindings`, `servicequotas:ListServiceQuotas`, `sns:GetDataProtectionPolicy`, `sns:GetTopicAttributes`, `sns:ListSubscriptionsByTopic`, `sns:ListTagsForResource`, `sqs:GetQueueAttributes`, `sqs:ListQueueTags`, `ssm:GetParameter`, `ssm:GetParameterHistory`, `tag:GetResources`, `xray:GetServiceGraph`, `xray:GetTraceSummaries`
//! - Timeout: 300 s
//!
//! A diagnosis that was made stays: asked again for the same attempt, the function gives the same answer.

mod account;
pub mod context;
mod filing;
mod gather;
mod knowledge;
mod map;
mod patience;
mod precedents;
mod second_opinion;
mod states;
mod surroundings;
mod telemetry;
mod tools;

use common::{
    AuditEntry, Clock, Conclusion, Diagnosis, ErrorName, Gap, Incident, IncidentId, Mode, OwnRoles,
    PortError, Status,
    ports::{
        Advance, AlarmHistory, CaseFile, Changes, Connections, Counters, Incidents, Ledger, Logs, Metrics,
        Model, Modes, Precedents, Providers, Reasoning, Resources, Spending, Symptoms, TeamKnowledge,
        TeamTools, Topology, TopologyCache, Traces,
    },
};
use investigator::Bundle;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

pub use crate::{
    account::{Account, ContextPorts, OneAccount, TelemetryPorts},
    second_opinion::{Asked, Investigator},
    telemetry::MOST_LINES,
};
use crate::{
    gather::{Gathered, context_gap},
    second_opinion::Question,
};
pub use reasoning::playbooks::playbook::Playbooks;
use reasoning::report::DiagnosisDraft;
use reasoning::{
    engine::engine_case,
    judgement::conclude::{Assessment, conclude},
    judgement::incident_evidence::{AttemptedAction, IncidentEvidence},
    model::model_opinion,
};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Deps<S, A, M, C, I> {
    pub store: S,
    pub account: A,
    pub modes: M,
    pub clock: C,
    pub investigator: I,
    pub playbooks: Playbooks,
    pub own_roles: OwnRoles,
    /// For how long after an incident opened evidence may still be coming.
    pub patience: SignedDuration,
    /// What of the optional configuration could not be used: gaps of context in every diagnosis.
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
    /// Nothing explains it yet, and what does may not be listed yet. Nothing was written down.
    LookAgain {
        wait_seconds: i64,
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

/// Diagnoses one attempt of an incident.
#[allow(clippy::type_complexity, reason = "each part of the account is a port of its own")]
pub async fn handle(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Precedents + Reasoning + Spending + TopologyCache,
        Account<
            impl Symptoms,
            impl AlarmHistory,
            impl Topology,
            impl Changes,
            impl Resources,
            TelemetryPorts<impl Traces, impl Metrics, impl Logs>,
            ContextPorts<impl Providers, impl Connections, impl TeamKnowledge, impl TeamTools>,
        >,
        impl Modes,
        impl Clock,
        Investigator<impl Model, impl Counters>,
    >,
    input: Input,
) -> Result<Output, Error> {
    let Input { incident_id: id, attempt } = input;
    let mut incident = deps.store.incident(id).await?.ok_or(Error::UnknownIncident(id))?;
    if let Some(made) = deps.store.diagnosis(id, attempt).await? {
        announce(deps, &made).await?;
        return Ok(output(&made));
    }
    if deps.store.advance(id, Status::Diagnosing).await? == Advance::Refused {
        return Err(Error::StatusRefused { id, status: incident.status });
    }

    let began_at = deps.clock.now();
    // Paid sources are asked once an attempt: in the look after which nothing is waited for.
    let is_last_look = began_at.duration_since(incident.opened_at) >= deps.patience;
    let mut gathered = Gathered { gaps: deps.unusable.clone(), ..Gathered::default() };
    gathered.allowance.paid = is_last_look;
    let findings = investigate(deps, &mut incident, attempt, &mut gathered).await?;
    if let Some(wait) =
        patience::wait(&findings, &gathered, incident.opened_at, deps.clock.now(), deps.patience)
    {
        let reason = "what changed may not be listed yet, and nothing explains it so far".to_owned();
        return Ok(Output::LookAgain { wait_seconds: wait.as_secs(), reason });
    }
    let gathered_in = deps.clock.now().duration_since(began_at);
    let bundle = deps.investigator.bundles.choose(id);
    let question = Question { incident: &incident, attempt, findings: &findings, bundle };
    let opinion = second_opinion::ask(deps, question, &mut gathered).await;
    filing::file(&deps.store, id, &gathered.evidence).await?;
    let opinion = filing::file_opinion(&deps.store, id, opinion, &mut gathered.gaps).await;
    let draft = DiagnosisDraft {
        incident: &incident,
        attempt,
        producer: producer(deps, bundle),
        own_roles: &deps.own_roles,
        assessment: model_opinion::apply_opinion(findings, opinion.as_ref(), &gathered.evidence),
        evidence: &gathered.evidence,
        gaps: &gathered.gaps,
        map: gathered.map.as_ref(),
        opinion: opinion.as_ref(),
        gathered_in_ms: u64::try_from(gathered_in.as_millis()).unwrap_or_default(),
    };
    let mut diagnosis = reasoning::report::report(draft, deps.clock.now());
    if let Err(error) = precedents::remember(&deps.store, &incident, &diagnosis, &gathered).await {
        diagnosis.gaps.push(context_gap("remembering this for later incidents", &error.to_string()));
    }
    deps.store.put_diagnosis(&diagnosis).await?;
    announce(deps, &diagnosis).await?;
    Ok(output(&diagnosis))
}

/// Gathers and concludes, as far as the mode permits. The incident has the application that its tags name
/// from then on.
#[allow(clippy::type_complexity, reason = "each part of the account is a port of its own")]
async fn investigate(
    deps: &Deps<
        impl Incidents + CaseFile + Precedents + TopologyCache,
        Account<
            impl Symptoms,
            impl AlarmHistory,
            impl Topology,
            impl Changes,
            impl Resources,
            TelemetryPorts<impl Traces, impl Metrics, impl Logs>,
            ContextPorts<impl Providers, impl Connections, impl Sized, impl Sized>,
        >,
        impl Modes,
        impl Clock,
        impl Sized,
    >,
    incident: &mut Incident,
    attempt: u32,
    gathered: &mut Gathered,
) -> Result<Assessment, Error> {
    let Deps { store, account, modes, clock, playbooks, own_roles, .. } = deps;
    if let Some(refused) = refused(modes.effective(incident.application.as_deref()).await) {
        return Ok(refused);
    }
    let tagged = gather::symptom(account, clock, &incident.signal, gathered).await;
    // The application that the tags name may be switched off although the event's was not.
    if let Some(name) = tagged.filter(|name| incident.application.as_ref() != Some(name)) {
        store.set_application(incident.id, &name).await?;
        let mode = modes.effective(Some(&name)).await;
        incident.application = Some(name);
        if let Some(refused) = refused(mode) {
            return Ok(refused);
        }
    }
    let incident: &Incident = incident;
    let (signal, application) = (&incident.signal, incident.application.as_deref());
    surroundings::look_around(account, store, clock, signal, application, gathered).await;
    precedents::recall(store, incident, application, clock.now(), gathered).await;

    let mut tried = Vec::new();
    for earlier in 1..attempt {
        tried.extend(
            store.diagnosis(incident.id, earlier).await?.as_ref().and_then(AttemptedAction::from_diagnosis),
        );
    }
    let Gathered { evidence, gaps, .. } = gathered;
    // Context that is missing makes no conclusion less sure: none rests on it.
    let essential: Vec<Gap> = gaps.iter().filter(|gap| !gap.context).cloned().collect();
    Ok(conclude(
        &IncidentEvidence { signal, evidence, gaps: &essential, own_roles, attempted: &tried },
        playbooks,
    ))
}

/// Why the mode lets nothing be read. A kill switch that cannot be read counts as pulled.
fn refused(mode: Result<Mode, PortError>) -> Option<Assessment> {
    let reason = match mode {
        Ok(Mode::Off) => "mode is off".to_owned(),
        Ok(_) => return None,
        Err(error) => format!("the mode could not be read ({error}), which counts as off"),
    };
    Some(Assessment {
        conclusion: Conclusion::Abstained { reason },
        hypotheses: Vec::new(),
        ruled_out: Vec::new(),
        rests_on_engine: false,
        symptom_is_there: false,
    })
}

/// Who makes it: each part by the hash or version of what it goes by.
fn producer<S, A, M, C, L, N>(
    deps: &Deps<S, A, M, C, Investigator<L, N>>,
    bundle: Option<&Bundle>,
) -> String {
    let bundle = bundle.map(|bundle| format!(" {}", bundle.name())).unwrap_or_default();
    format!("{} {}{bundle}", deps.playbooks.producer(), engine_case::ENGINE)
}

/// Writes the diagnosis into the ledger, once.
async fn announce<S: Ledger, A, M, C: Clock, I>(
    deps: &Deps<S, A, M, C, I>,
    diagnosis: &Diagnosis,
) -> Result<(), PortError> {
    let id = diagnosis.incident_id;
    let is_it = |entry: &AuditEntry| matches!(entry, AuditEntry::Diagnosed { attempt, .. } if *attempt == diagnosis.attempt);
    let timeline = deps.store.timeline(id).await?;
    if timeline.iter().any(|record| record.read().is_ok_and(|body| is_it(&body.entry))) {
        return Ok(());
    }
    let entry = AuditEntry::Diagnosed {
        attempt: diagnosis.attempt,
        conclusion: diagnosis.conclusion.clone(),
        summary: summary(diagnosis),
    };
    deps.store.append(id, deps.clock.now(), &entry).await.map(drop)
}

fn summary(diagnosis: &Diagnosis) -> String {
    match &diagnosis.conclusion {
        Conclusion::Explained => diagnosis.first().map(|first| first.cause.clone()).unwrap_or_default(),
        Conclusion::AlreadyRecovered => "The symptom had gone when it was looked at.".to_owned(),
        Conclusion::Abstained { reason } => reason.clone(),
    }
}

fn output(diagnosis: &Diagnosis) -> Output {
    let summary = summary(diagnosis);
    match &diagnosis.conclusion {
        Conclusion::Explained => {
            Output::Explained { summary, confidence: diagnosis.first().map_or(0.0, |first| first.confidence) }
        }
        Conclusion::AlreadyRecovered => Output::AlreadyRecovered { summary },
        Conclusion::Abstained { .. } => Output::Abstained { reason: summary },
    }
}
