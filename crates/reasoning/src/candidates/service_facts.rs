//! Tells the changes of an ECS service apart, and collects the facts that follow from that: a release (another task
//! definition), a deployment of the same one, or a change of the service's configuration; and a release that was taken
//! back. All of them are the call `UpdateService`:
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>.

use std::collections::BTreeSet;

use common::{
    ActorKind, EvidenceId, Signal, Symptom,
    evidence::{Change, ServiceState, TaskDefinitionName},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    candidates::candidate::Candidate,
    candidates::change_record::ChangeRecord,
    evidence::evidence_index::EvidenceIndex,
    evidence::onset::{CLOCK_SKEW, LOOKBACK, Onset},
    playbooks::facts::{Facts, Value},
};

/// ECS makes the deployment of a release at once.
const DEPLOYMENT_STARTS_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// The sort of a change of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServiceChange {
    /// Another task definition.
    Release,
    /// The task definition that it had, deployed anew: its image's tag may have moved.
    Redeployment,
    /// Anything else: network, load balancers, grace period, capacity provider, …
    Configuration,
}

impl ServiceChange {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Redeployment => "redeployment",
            Self::Configuration => "configuration",
        }
    }

    /// Tells the sort of `change` among `changes`, all of one service and the oldest first. A tool that declares the whole
    /// service names its task definition in each call, whatever it changes.
    pub(super) fn from_change(change: &Change, changes: &[&Change]) -> Self {
        let forced = change.request.get("forceNewDeployment").is_some_and(|value| value == "true");
        let same = || if forced { Self::Redeployment } else { Self::Configuration };
        let Some(named) = task_definition(change) else { return same() };
        let before = changes.iter().rfind(|one| one.at < change.at && task_definition(one).is_some());
        match before.and_then(|before| task_definition(before)) {
            Some(before) if named.is_same(before) => same(),
            _ => Self::Release,
        }
    }
}

fn task_definition(change: &Change) -> Option<TaskDefinitionName<'_>> {
    change.request.get("taskDefinition").map(|name| TaskDefinitionName::parse(name))
}

/// Returns the change that is to blame for the state that `suspect` left: deploying the same task definition anew is what
/// people try first after a bad release, and does not end it.
pub(super) fn blamed<'c>(
    index: &EvidenceIndex<'_>,
    candidate: &'c Candidate<'_>,
    suspect: &'c ChangeRecord,
) -> &'c ChangeRecord {
    let cited = service_changes(index, candidate);
    let changes: Vec<&Change> = cited.iter().map(|(change, _)| *change).collect();
    let sort = |record: &ChangeRecord| {
        let (change, _) = cited.iter().find(|(_, id)| **id == record.evidence)?;
        Some(ServiceChange::from_change(change, &changes))
    };
    if sort(suspect) != Some(ServiceChange::Redeployment) {
        return suspect;
    }
    let earliest = suspect.at.checked_sub(LOOKBACK).unwrap_or(Timestamp::MIN);
    let earlier = candidate.changes.iter().rev().filter(|one| one.at < suspect.at && one.at >= earliest);
    earlier
        .take_while(|one| !one.by_nightshift)
        .find(|one| sort(one) == Some(ServiceChange::Release))
        .unwrap_or(suspect)
}

/// Returns the changes of a service that are the call `UpdateService`, oldest first.
fn service_changes<'a>(
    index: &EvidenceIndex<'a>,
    candidate: &Candidate<'_>,
) -> Vec<(&'a Change, &'a EvidenceId)> {
    candidate
        .changes
        .iter()
        .filter_map(|record| index.changes.iter().find(|change| *change.id == record.evidence))
        .filter(|change| change.fact.event_name == "UpdateService")
        .map(|change| (change.fact, change.id))
        .collect()
}

/// A release that is no longer what the service runs, because the one before was put back.
struct ReleaseTakenBack<'c> {
    change: &'c Change,
    evidence: &'c EvidenceId,
    by: &'c str,
    /// The time when the one before was put back; `None` where no call tells.
    until: Option<Timestamp>,
}

impl ReleaseTakenBack<'_> {
    /// Returns false for a symptom that began before the release, or after it was taken back: it has another cause.
    fn was_in_force_at(&self, onset: Timestamp) -> bool {
        onset.duration_since(self.change.at) >= -CLOCK_SKEW && self.until.is_none_or(|until| onset <= until)
    }
}

const fn truth(holds: bool) -> &'static str {
    if holds { "true" } else { "false" }
}

/// Sets the facts of an ECS service and its last change.
pub(super) fn set_service_facts(
    facts: &mut Facts,
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    candidate: &Candidate<'_>,
    suspect: Option<&ChangeRecord>,
    seen: Option<(&ServiceState, &EvidenceId)>,
) {
    let onset = Onset::new(signal, index);
    let cited = service_changes(index, candidate);
    let changes: Vec<&Change> = cited.iter().map(|(change, _)| *change).collect();
    let of_suspect =
        suspect.and_then(|suspect| cited.iter().find(|(_, id)| **id == suspect.evidence)).copied();
    if let Some((change, id)) = of_suspect {
        let evidence = BTreeSet::from([id.clone()]);
        facts.set_text("change.sort", ServiceChange::from_change(change, &changes).as_str(), &evidence);
        if let Some(name) = deployed_by(change, seen.map(|(state, _)| state)) {
            facts.set_text("change.task_definition", &name, &evidence);
        }
        if let Some(measured) = &onset.measured {
            let before = onset.at.duration_since(change.at);
            let evidence = BTreeSet::from([id.clone(), measured.clone()]);
            facts.set_text("change.precedes_onset", truth(!onset.is_after(change.at)), &evidence);
            let minutes = Value::Number(before.max(SignedDuration::ZERO).as_secs_f64() / 60.0);
            facts.set("change.minutes_before_onset", minutes, &evidence);
        }
    }
    let Some((state, id)) = seen else { return };
    let evidence = BTreeSet::from([id.clone()]);
    set_state(facts, state, &evidence);
    if of_suspect.is_some()
        && let Some(release) = taken_back(&cited, state)
    {
        let evidence = BTreeSet::from([id.clone(), release.evidence.clone()]);
        let name = release.change.request.get("taskDefinition").map(String::as_str).unwrap_or_default();
        facts.set_text("release.task_definition", &TaskDefinitionName::parse(name).to_string(), &evidence);
        facts.set_text("release.actor", &release.change.actor, &evidence);
        facts.set_text("release.timing", &onset.relative(release.change.at), &evidence);
        facts.set_text("release.taken_back_by", release.by, &evidence);
        let covers =
            matches!(signal.symptom, Symptom::EcsService { .. }) || release.was_in_force_at(onset.at);
        facts.set_text("release.covers_onset", truth(covers), &evidence);
    }
}

fn set_state(facts: &mut Facts, state: &ServiceState, evidence: &BTreeSet<EvidenceId>) {
    let current = TaskDefinitionName::parse(&state.task_definition);
    facts.set_text("state.cluster", &state.cluster, evidence);
    facts.set_text("state.service", &state.service, evidence);
    facts.set_text("state.task_definition", &state.task_definition, evidence);
    facts.set_text("state.release", &current.to_string(), evidence);
    facts.set_text("state.rollout_state", &state.rollout_state, evidence);
    facts.set_text("state.rollout_settled", truth(state.is_settled()), evidence);
    facts.set_text("state.is_well", truth(state.is_well()), evidence);
    facts.set("state.desired_count", Value::Number(f64::from(state.desired_count)), evidence);
    facts.set("state.running_count", Value::Number(f64::from(state.running_count)), evidence);
    let sentence = state.failed_tasks_sentence().map(|sentence| format!(" {sentence}"));
    facts.set_text("state.failed_tasks_note", &sentence.unwrap_or_default(), evidence);
    if let Some(failed) = state.failed_of_deployed() {
        facts.set("state.failed_tasks", Value::Number(f64::from(failed)), evidence);
    }
    if let Some(failed) = state.failed_of_others() {
        facts.set("state.failed_tasks_of_others", Value::Number(f64::from(failed)), evidence);
    }
    if let Some(previous) = &state.previous_task_definition {
        facts.set_text("state.previous_task_definition", previous, evidence);
        facts.set_text("state.previous_release", previous_release(state, previous), evidence);
    }
}

/// Says of the task definition before if it can be gone back to: `earlier`; or why not. A later revision than the one that
/// is deployed was taken back already: going there would undo a remedy.
fn previous_release(state: &ServiceState, previous: &str) -> &'static str {
    let (name, current) =
        (TaskDefinitionName::parse(previous), TaskDefinitionName::parse(&state.task_definition));
    let failed = state.deployments.iter().any(|deployment| {
        name.is_same(TaskDefinitionName::parse(&deployment.task_definition))
            && deployment.rollout_state == "FAILED"
    });
    if name.is_later_than(current) {
        "later"
    } else if failed {
        "failed"
    } else {
        "earlier"
    }
}

/// Returns the task definition that a change gave the service, as the service's state names it where it is that one; `None`
/// for a family of which nobody tells the revision.
fn deployed_by(change: &Change, state: Option<&ServiceState>) -> Option<String> {
    let text = change.request.get("taskDefinition")?;
    let name = TaskDefinitionName::parse(text);
    let Some(state) = state else { return name.revision.is_some().then(|| text.clone()) };
    let current = TaskDefinitionName::parse(&state.task_definition);
    if name.is_same(current) {
        return Some(state.task_definition.clone());
    }
    if name.revision.is_some() {
        return Some(text.clone());
    }
    // The latest of the family: it is the one that is deployed if its deployment began with the call.
    let began_with_it = state.deployments.iter().any(|deployment| {
        let apart = deployment.created_at.map(|at| at.duration_since(change.at).abs());
        deployment.status == "PRIMARY" && apart.is_some_and(|apart| apart <= DEPLOYMENT_STARTS_WITHIN)
    });
    (name.family == current.family && began_with_it).then(|| state.task_definition.clone())
}

/// Returns the last release, where the service runs an earlier revision of the same family again. ECS takes back a release
/// whose tasks do not come up, or during which an alarm of the deployment fires, without a call of anybody:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>.
fn taken_back<'c>(
    cited: &[(&'c Change, &'c EvidenceId)],
    state: &ServiceState,
) -> Option<ReleaseTakenBack<'c>> {
    let current = TaskDefinitionName::parse(&state.task_definition);
    let is_later = |change: &Change| task_definition(change).is_some_and(|name| name.is_later_than(current));
    let position = cited.iter().rposition(|(change, _)| is_later(change))?;
    let (change, evidence) = cited.get(position)?;
    let put_back = cited
        .iter()
        .skip(position.saturating_add(1))
        .find(|(change, _)| task_definition(change).is_some_and(|name| name.is_same(current)));
    let by = match put_back {
        Some((by, _)) if by.actor_kind != ActorKind::Service => by.actor.as_str(),
        _ => "ECS",
    };
    Some(ReleaseTakenBack { change, evidence, by, until: put_back.map(|(by, _)| by.at) })
}
