//! Reads the present states of the resources that could be the cause, and what they pointed to before.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Clock, Gap, Observed, Signal,
    evidence::{Change, ReadSource},
    ports::{Changes, Reading, Resources},
};
use futures_util::future::join_all;
use reasoning::{evidence::call_graph::is_in_scope, playbooks::playbook_resource::PlaybookResource};

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use crate::Account;

/// Most resources whose state is read: an API call each, all at once.
const MOST_STATES: usize = 25;

/// Returns the resources whose state is worth reading, the likeliest first.
pub(crate) fn subjects(
    signal: &Signal,
    near: &[Arn],
    changes: &[Change],
    read: &BTreeMap<Arn, Vec<Arn>>,
) -> Vec<Arn> {
    let mut seen = BTreeSet::new();
    let (near, far): (Vec<&Arn>, Vec<&Arn>) =
        changes.iter().map(|change| &change.resource).partition(|arn| near.contains(&arn.component()));
    signal
        .resources
        .iter()
        .chain(near)
        .chain(far)
        .chain(read.keys())
        .filter(|arn| PlaybookResource::from_resource(arn).is_some() && is_in_scope(arn, signal))
        .filter(|arn| seen.insert((*arn).clone()))
        .cloned()
        .collect()
}

/// Reads the present state of each, and for what was changed and points to something, what it pointed to.
pub(crate) async fn collect_states(
    account: &impl Account,
    clock: &impl Clock,
    subjects: &[Arn],
    changes: &[Change],
) -> CollectedEvidence {
    let mut collected = CollectedEvidence::default();
    if subjects.len() > MOST_STATES {
        let reason = format!("{} resources could be the cause; {MOST_STATES} were read", subjects.len());
        collected.add_gap(ReadSource::ResourceState, "present state of resources", &reason);
    }
    let (history, missing) = target_changes(account, clock, subjects, changes).await;
    collected.gaps.extend(missing);
    let states = join_all(subjects.iter().take(MOST_STATES).map(async |resource| {
        (
            resource,
            with_timeout(ReadSource::ResourceState, account.resources().state(resource, &history)).await,
        )
    }))
    .await;
    let now = clock.now();
    for (resource, state) in states {
        match state {
            Ok(Some(Reading { command, value: found, truncation })) => {
                if let Some(truncation) = truncation {
                    collected.add_gap(ReadSource::ResourceState, &command, &truncation.reason);
                }
                let summary = describe(resource, &found);
                collected.add(now, &command, &summary, found);
            }
            Ok(None) => collected.add_gap(
                ReadSource::ResourceState,
                &format!("state of {resource}"),
                "this kind of resource is not supported",
            ),
            Err(gap) => collected.gaps.push(gap),
        }
    }
    collected
}

/// Reads what those that were changed pointed to before. What can be read of one kind is, where the other's
/// trail cannot be.
async fn target_changes(
    account: &impl Account,
    clock: &impl Clock,
    subjects: &[Arn],
    changes: &[Change],
) -> (Vec<Change>, Vec<Gap>) {
    let of = |kind: PlaybookResource| -> Vec<Arn> {
        let is_new = |arn: &&Arn| changes.iter().any(|change| change.resource == **arn);
        subjects
            .iter()
            .filter(|arn| PlaybookResource::from_resource(arn) == Some(kind))
            .filter(is_new)
            .cloned()
            .collect()
    };
    let trails =
        join_all([PlaybookResource::FunctionAlias, PlaybookResource::Service].map(of).into_iter().map(
            async |resources| {
                if resources.is_empty() {
                    return Ok(Vec::new());
                }
                let read = account.changes().target_changes(&resources, clock.now());
                with_timeout(ReadSource::TargetChanges, read).await.map(|reading| reading.value)
            },
        ))
        .await;
    let (mut history, mut missing) = (Vec::new(), Vec::new());
    for trail in trails {
        match trail {
            Ok(found) => history.extend(found),
            Err(gap) => missing.push(gap),
        }
    }
    (history, missing)
}

pub(crate) fn describe(resource: &Arn, observed: &Observed) -> String {
    let name = resource.name();
    match observed {
        Observed::Parameter { state } => format!("{name} is at version {}", state.version),
        Observed::Alias { state } => format!("{name} points to version {}", state.version),
        Observed::Instance { state } => format!("{name} is {}", state.state),
        Observed::Service { state } => format!(
            "{name} runs {} of {} tasks of {}, deployment {}",
            state.running_count, state.desired_count, state.task_definition, state.rollout_state
        ),
        _ => name,
    }
}
