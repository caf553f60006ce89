//! How the resources that could be the cause are now, and what they pointed to before.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Clock, Observed, PortError, Signal,
    evidence::Change,
    ports::{Changes, Look, Resources},
};
use futures_util::future::join_all;

use crate::{
    Account,
    gather::{Gathered, patient},
};
use reasoning::{evidence::call_graph::is_in_scope, playbooks::playbook_resource::PlaybookResource};

/// Most resources whose state is read: an API call each, all at once.
const MOST_STATES: usize = 25;

/// The resources whose state is worth reading, the likeliest first.
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
        .filter(|arn| PlaybookResource::of(arn).is_some() && is_in_scope(arn, signal))
        .filter(|arn| seen.insert((*arn).clone()))
        .cloned()
        .collect()
}

/// The present state of each, and for what was changed and points to something, what it pointed to.
pub(crate) async fn states<Y, A, T, E, X>(
    account: &Account<Y, A, T, impl Changes, impl Resources, E, X>,
    clock: &impl Clock,
    subjects: &[Arn],
    changes: &[Change],
) -> Gathered {
    let mut gathered = Gathered::default();
    if subjects.len() > MOST_STATES {
        let reason = format!("{} resources could be the cause; {MOST_STATES} were read", subjects.len());
        gathered.gap("present state of resources", &reason);
    }
    let (history, missing) = pointings(account, clock, subjects, changes).await;
    for error in missing {
        gathered.gap(&error.operation, &format!("{error}: {}", error.source));
    }
    let looks = join_all(subjects.iter().take(MOST_STATES).map(async |resource| {
        (resource, patient("reading a state", account.resources.state(resource, &history)).await)
    }))
    .await;
    let now = clock.now();
    for (resource, look) in looks {
        match look {
            Ok(Some(Look { query, found })) => {
                let summary = describe(resource, &found);
                gathered.add(now, &query, &summary, found);
            }
            Ok(None) => gathered.gap(&format!("state of {resource}"), "nothing knows how to read it"),
            Err(error) => gathered.gap(&error.operation, &format!("{error}: {}", error.source)),
        }
    }
    gathered
}

/// What those that were changed pointed to before. What can be read of one kind is, where the other's
/// trail cannot be.
async fn pointings<Y, A, T, R, E, X>(
    account: &Account<Y, A, T, impl Changes, R, E, X>,
    clock: &impl Clock,
    subjects: &[Arn],
    changes: &[Change],
) -> (Vec<Change>, Vec<PortError>) {
    let of = |kind: PlaybookResource| -> Vec<Arn> {
        let is_new = |arn: &&Arn| changes.iter().any(|change| change.resource == **arn);
        subjects
            .iter()
            .filter(|arn| PlaybookResource::of(arn) == Some(kind))
            .filter(is_new)
            .cloned()
            .collect()
    };
    let looks =
        join_all([PlaybookResource::FunctionAlias, PlaybookResource::Service].map(of).into_iter().map(
            async |resources| {
                if resources.is_empty() {
                    return Ok(Vec::new());
                }
                let look = account.changes.pointings(&resources, clock.now());
                patient("reading what was pointed to", look).await.map(|look| look.found)
            },
        ))
        .await;
    let (mut history, mut missing) = (Vec::new(), Vec::new());
    for look in looks {
        match look {
            Ok(found) => history.extend(found),
            Err(error) => missing.push(error),
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
