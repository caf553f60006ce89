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
mod earlier_actions;
mod persist;
mod preliminary;
mod recent_actions;
mod recheck;

use common::{
    AuditEntry, Clock, Conclusion, Diagnosis, ErrorName, Evidence, Gap, Incident, IncidentId, Mode, OwnRoles,
    PortError, Status, audit,
    evidence::ReadSource,
    file_digest::file_digest,
    ports::{
        Advance, CaseFile, Counters, Incidents, Leases, Ledger, Model, Modes, Precedents, Reasoning,
        Spending, TopologyCache,
    },
};
use investigator::Bundle;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

pub use crate::{
    account::{Account, OneAccount},
    ask_model::{AskModel, Investigator},
    collect::telemetry::MOST_LINES,
};
use crate::{
    ask_model::Question,
    collect::{collected_evidence::CollectedEvidence, precedents, symptom},
    recheck::Recheck,
};
pub use reasoning::playbooks::playbook::Playbooks;
use reasoning::report::DiagnosisDraft;
use reasoning::{
    engine::engine_run,
    evidence::call_graph::symptom_component,
    judgement::conclude::{Assessment, conclude},
    judgement::incident_evidence::{AttemptedAction, IncidentEvidence},
    model::model_opinion,
};

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
        announce(&deps.store, &deps.clock, &made).await?;
        return Ok(output(&made));
    }
    match look(deps, input).await? {
        LookResult::Again(output) => Ok(output),
        LookResult::Found(found) => conclude_with_model(deps, *found).await.map(|made| output(&made)),
    }
}

/// The findings of one look at the account, before a model is asked.
#[derive(Debug, Clone)]
pub struct Look {
    pub incident: Incident,
    pub attempt: u32,
    /// The conclusion from it without a model.
    pub findings: Assessment,
    collected: CollectedEvidence,
    collected_in: SignedDuration,
}

impl Look {
    pub fn evidence(&self) -> &[Evidence] {
        &self.collected.evidence
    }
}

/// The result of one look.
#[derive(Debug, Clone)]
pub enum LookResult {
    Found(Box<Look>),
    /// Nothing explains it yet, and what does may not be listed yet: [`Output::LookAgain`].
    Again(Output),
}

/// Looks at the account once, and concludes without a model.
pub async fn look(
    deps: &Deps<impl Store, impl Account, impl Modes, impl Clock, impl Sized>,
    input: Input,
) -> Result<LookResult, Error> {
    let Input { incident_id: id, attempt } = input;
    let mut incident = deps.store.incident(id).await?.ok_or(Error::UnknownIncident(id))?;
    if deps.store.advance(id, Status::Diagnosing).await? == Advance::Refused {
        return Err(Error::StatusRefused { id, status: incident.status });
    }
    let began_at = deps.clock.now();
    // Paid sources are asked once an attempt: in the round after which nothing is waited for.
    let is_last_round = began_at.duration_since(incident.opened_at) >= deps.recheck_for;
    let mut collected = CollectedEvidence { gaps: deps.unusable.clone(), ..CollectedEvidence::default() };
    collected.allowance.paid = is_last_round;
    let findings = investigate(deps, &mut incident, attempt, &mut collected).await?;
    let looked_at = deps.clock.now();
    let mut wait = recheck::wait(&findings, &collected, incident.opened_at, looked_at, deps.recheck_for);
    if wait.is_none() {
        let (seen, signal) = (&collected.evidence, &incident.signal);
        if recent_actions::may_have_ended_it(&deps.store, &findings, seen, signal, looked_at).await?
            && !earlier_actions::has_acted(&deps.store, id, attempt).await?
        {
            wait = Some(recent_actions::wait(signal, looked_at));
        }
    }
    let collected_in = deps.clock.now().duration_since(began_at);
    let look = Look { incident, attempt, findings, collected, collected_in };
    match wait {
        Some(wait) => Ok(LookResult::Again(look_again(deps, &look, wait).await)),
        None => Ok(LookResult::Found(Box::new(look))),
    }
}

/// Answers that it is looked again, and keeps what is known for the people who are told meanwhile.
async fn look_again(
    deps: &Deps<impl CaseFile, impl Sized, impl Sized, impl Clock, impl Sized>,
    look: &Look,
    wait: Recheck,
) -> Output {
    let now = deps.clock.now();
    let tell = preliminary::is_due(now.duration_since(look.incident.opened_at), wait.next_in);
    if tell {
        let Look { incident, attempt, findings, collected, collected_in } = look;
        let draft = DiagnosisDraft {
            incident,
            attempt: *attempt,
            producer: producer(&deps.playbooks, None),
            own_roles: &deps.own_roles,
            assessment: findings.clone(),
            evidence: &collected.evidence,
            gaps: &collected.gaps,
            map: collected.map.as_ref(),
            opinion: None,
            gathered_in_ms: u64::try_from(collected_in.as_millis()).unwrap_or_default(),
        };
        let known = preliminary::findings(reasoning::report::report(draft, now), &collected.evidence);
        // The message goes out without it, and says so: nothing of the diagnosis rests on it.
        if let Err(error) = deps.store.put_preliminary(&known).await {
            tracing::warn!(incident.id = %look.incident.id, %error, "the preliminary findings could not be stored");
        }
    }
    Output::LookAgain {
        wait_seconds: wait.next_in.as_secs(),
        wait_limit_seconds: wait.limit.as_secs(),
        tell,
        reason: wait.reason.to_owned(),
    }
}

/// Asks a model about what was found, where that is worth it, and reports.
pub async fn conclude_with_model(
    deps: &Deps<impl Store, impl Account, impl Modes, impl Clock, Investigator<impl Model, impl Counters>>,
    look: Look,
) -> Result<Diagnosis, Error> {
    let Look { incident, attempt, findings, mut collected, collected_in } = look;
    let id = incident.id;
    let bundle = deps.investigator.bundles.choose(id);
    let question = Question { incident: &incident, attempt, findings: &findings, bundle };
    let opinion = ask_model::ask_model(deps, question, &mut collected).await;
    persist::persist_evidence(&deps.store, id, &collected.evidence).await?;
    let opinion = persist::persist_opinion(&deps.store, id, opinion, &mut collected.gaps).await;
    let draft = DiagnosisDraft {
        incident: &incident,
        attempt,
        producer: producer(&deps.playbooks, bundle),
        own_roles: &deps.own_roles,
        assessment: model_opinion::apply_opinion(
            findings,
            opinion.as_ref(),
            &incident.signal,
            &collected.evidence,
        ),
        evidence: &collected.evidence,
        gaps: &collected.gaps,
        map: collected.map.as_ref(),
        opinion: opinion.as_ref(),
        gathered_in_ms: u64::try_from(collected_in.as_millis()).unwrap_or_default(),
    };
    let mut diagnosis = reasoning::report::report(draft, deps.clock.now());
    if let Err(error) = precedents::remember(&deps.store, &incident, &diagnosis, &collected).await {
        diagnosis.gaps.push(Gap::from_error(ReadSource::Precedents, &error));
    }
    deps.store.put_diagnosis(&diagnosis).await?;
    // Another invocation of this attempt may have been first: what is stored is what is recorded and told.
    let made = deps.store.diagnosis(id, attempt).await?.ok_or(Error::UnknownIncident(id))?;
    announce(&deps.store, &deps.clock, &made).await?;
    Ok(made)
}

/// Collects and concludes, as far as the mode permits. The incident has the application that its tags name
/// from then on.
async fn investigate(
    deps: &Deps<impl Store, impl Account, impl Modes, impl Clock, impl Sized>,
    incident: &mut Incident,
    attempt: u32,
    collected: &mut CollectedEvidence,
) -> Result<Assessment, Error> {
    let Deps { store, account, modes, clock, playbooks, own_roles, .. } = deps;
    if let Some(refused) = refused(modes.effective(incident.application.as_deref()).await) {
        return Ok(refused);
    }
    let tagged = symptom::collect_symptom(account, clock, &incident.signal, collected).await;
    // The application that the tags name may be switched off although the event's was not.
    if let Some(name) = tagged.filter(|name| incident.application.as_ref() != Some(name)) {
        // Recorded first: the application decides how much may be done.
        let named = AuditEntry::ApplicationNamed { application: name.clone() };
        store.append(incident.id, clock.now(), &named).await?;
        store.set_application(incident.id, &name).await?;
        let mode = modes.effective(Some(&name)).await;
        incident.application = Some(name);
        if let Some(refused) = refused(mode) {
            return Ok(refused);
        }
    }
    if let Some(name) =
        incident.application.as_deref().filter(|_| symptom_component(&incident.signal).is_none())
    {
        let named = symptom::named_by_tag(account, &incident.signal, name).await;
        incident.signal.resources.extend(named);
    }
    let incident: &Incident = incident;
    let (signal, application) = (&incident.signal, incident.application.as_deref());
    collect::collect_evidence(account, store, clock, signal, application, collected).await;
    precedents::collect_precedents(store, incident, application, clock.now(), collected).await;

    let mut tried = Vec::new();
    // Read only where it can matter: the first attempt has none before it.
    let entries = if attempt > 1 {
        audit::entries(incident.id, &store.timeline(incident.id).await?)?
    } else {
        Vec::new()
    };
    for earlier in 1..attempt {
        tried.extend(
            store.diagnosis(incident.id, earlier).await?.as_ref().and_then(AttemptedAction::from_diagnosis),
        );
    }
    // An attempt may have ended in waiting for its target: what was never run may still help.
    tried.retain(|one: &AttemptedAction| earlier_actions::was_run(&entries, one));
    let CollectedEvidence { evidence, gaps, .. } = collected;
    // Context that is missing makes no conclusion less sure: none rests on it.
    let essential: Vec<Gap> = gaps.iter().filter(|gap| !gap.context).cloned().collect();
    Ok(conclude(
        &IncidentEvidence { signal, evidence, gaps: &essential, own_roles, attempted: &tried },
        playbooks,
    ))
}

/// Returns the findings where the mode lets nothing be read. A kill switch that cannot be read counts as pulled.
fn refused(mode: Result<Mode, PortError>) -> Option<Assessment> {
    let reason = match mode {
        Ok(Mode::Off) => "the mode is off, so nothing was diagnosed".to_owned(),
        Ok(_) => return None,
        Err(error) => format!("the mode could not be read and counts as off ({error})"),
    };
    Some(Assessment {
        conclusion: Conclusion::Abstained { reason },
        hypotheses: Vec::new(),
        ruled_out: Vec::new(),
        rests_on_engine: false,
        symptom_is_there: false,
    })
}

/// Names who makes the diagnosis: each part by the hash or version of what it goes by.
fn producer(playbooks: &Playbooks, bundle: Option<&Bundle>) -> String {
    let bundle = bundle.map(|bundle| format!(" {}", bundle.name())).unwrap_or_default();
    format!("{} {}{bundle}", playbooks.producer(), engine_run::ENGINE)
}

/// Writes the diagnosis into the ledger, once.
async fn announce(
    store: &(impl CaseFile + Ledger),
    clock: &impl Clock,
    diagnosis: &Diagnosis,
) -> Result<(), PortError> {
    let id = diagnosis.incident_id;
    let is_it = |entry: &AuditEntry| matches!(entry, AuditEntry::Diagnosed { attempt, .. } if *attempt == diagnosis.attempt);
    if audit::entries(id, &store.timeline(id).await?)?.iter().any(is_it) {
        return Ok(());
    }
    let entry = AuditEntry::Diagnosed {
        attempt: diagnosis.attempt,
        conclusion: diagnosis.conclusion.clone(),
        summary: summary(diagnosis),
        file_digest: Some(file_digest(diagnosis, &store.evidence(id).await?)),
    };
    store.append(id, clock.now(), &entry).await.map(drop)
}

fn summary(diagnosis: &Diagnosis) -> String {
    match &diagnosis.conclusion {
        Conclusion::Explained => diagnosis.first().map(|first| first.cause.clone()).unwrap_or_default(),
        Conclusion::AlreadyRecovered => "The symptom had recovered before it was read.".to_owned(),
        Conclusion::Abstained { reason } | Conclusion::NoFault { reason } => reason.clone(),
    }
}

fn output(diagnosis: &Diagnosis) -> Output {
    let summary = summary(diagnosis);
    match &diagnosis.conclusion {
        Conclusion::Explained => {
            Output::Explained { summary, confidence: diagnosis.first().map_or(0.0, |first| first.confidence) }
        }
        Conclusion::AlreadyRecovered => Output::AlreadyRecovered { summary },
        // A person hears of both: what is meant today may be a mistake.
        Conclusion::Abstained { .. } | Conclusion::NoFault { .. } => Output::Abstained { reason: summary },
    }
}
