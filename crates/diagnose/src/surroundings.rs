//! Looking around the symptom: the application, what was changed, how it is now, and what its parts
//! tell while they run. Two rounds after the tags are known: first what needs nothing else, then states
//! and logs of what the first round points to.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use common::{
    Arn, Clock, Observed, PortError, Provider, ResourceKind, Signal,
    evidence::Change,
    ports::{
        Changes, Connections, Logs, Look, Metrics, Providers, Resources, Topology, TopologyCache, Traces,
    },
};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::{
    Account, ContextPorts, TelemetryPorts, context,
    gather::{Gathered, patient},
    map,
    states::{states, subjects},
    telemetry,
};
use reasoning::{
    engine::engine_case,
    evidence::call_graph::is_in_scope,
    evidence::evidence_window::{EvidenceWindow, before},
    evidence::onset::LOOKBACK,
    evidence::text::{VALUE_CHARS, one_line},
    playbooks::playbook_resource::PlaybookResource,
};

/// Most resources of an application that are kept: a DynamoDB item holds 400 KB.
const MOST_MEMBERS: usize = 1_000;

/// Most changes that are kept, the newest: a DynamoDB write each.
const MOST_CHANGES: usize = 100;

/// Most functions whose environment is read for parameters, the nearest: Lambda grants fifteen such
/// calls a second.
const MOST_READERS: usize = 10;

/// Everything around the symptom: the application's resources, what was changed, and how it is now.
#[allow(clippy::type_complexity, reason = "each part of the account is a port of its own")]
pub(crate) async fn look_around<Y, A, K, W>(
    account: &Account<
        Y,
        A,
        impl Topology,
        impl Changes,
        impl Resources,
        TelemetryPorts<impl Traces, impl Metrics, impl Logs>,
        ContextPorts<impl Providers, impl Connections, K, W>,
    >,
    store: &impl TopologyCache,
    clock: &impl Clock,
    signal: &Signal,
    application: Option<&str>,
    gathered: &mut Gathered,
) {
    let connections = &account.context.connections;
    let (reading, graphs, map) = tokio::join!(
        async {
            let name = application?;
            let look = account.topology.resources_of(name);
            Some((name, patient("reading the application's resources", look).await))
        },
        telemetry::graphs(account, clock, signal),
        map::known(store, connections, clock, application),
    );
    let (mut members, mut tagged) = (Vec::new(), None);
    if let Some((name, look)) = reading {
        let look = gathered.found(look);
        tagged = look.as_ref().map(|look| look.found.clone());
        members = keep_members(name, look, clock, gathered);
    }
    let drawn = graphs.found();
    let around =
        telemetry::surroundings(graphs, map.ways(gathered).as_ref(), clock, signal, &members, gathered);
    let near = around.as_ref().map(|around| around.near.clone()).unwrap_or_default();

    let looked_at: BTreeSet<Arn> = signal
        .resources
        .iter()
        .chain(members.iter().filter(|arn| arn.kind() != ResourceKind::Other))
        .chain(&near)
        .filter(|arn| is_in_scope(arn, signal))
        .cloned()
        .collect();
    let looked_at: Vec<Arn> = looked_at.into_iter().collect();
    let parameters: Vec<Arn> = looked_at
        .iter()
        .filter(|arn| PlaybookResource::of(arn) == Some(PlaybookResource::Parameter))
        .cloned()
        .collect();
    let functions = readers(signal, &near, &parameters, gathered);

    let allowance = Cell::new(gathered.allowance);
    let scope = context::scope(
        signal,
        &EvidenceWindow::new(signal, clock.now()),
        if near.is_empty() { &looked_at } else { &near },
        &gathered.allowance,
    );
    let (changes, reads, metrics, context) = tokio::join!(
        patient(
            "reading changes",
            account.changes.changes(&looked_at, before(signal.occurred_at, LOOKBACK), clock.now()),
        ),
        join_all(functions.iter().map(async |function| {
            let look = account.topology.read_by(function, &parameters);
            (function, patient("reading what a function reads", look).await)
        })),
        async {
            match &around {
                Some(around) => telemetry::measure(account, signal, around).await,
                None => None,
            }
        },
        context::ask(&account.context.providers, clock, &scope, &allowance),
    );
    let changes = keep_changes(signal, clock.now(), gathered.found(changes), gathered);
    let read = keep_reads(reads, clock, gathered);
    let told = around.map(|around| telemetry::keep_metrics(metrics, clock, around, gathered));
    let first = told.as_ref().map(|told| engine_case::run_engine(signal, told, &changes, &read));
    let worth_reading = told
        .as_ref()
        .zip(first.as_ref())
        .map(|(told, first)| (told.window, first.functions_worth_reading(told, telemetry::MOST_LOGGED)));

    let subjects = subjects(signal, &near, &changes, &read);
    let (states, lines, (map, missing)) = tokio::join!(
        states(account, clock, &subjects, &changes),
        async {
            match worth_reading {
                Some((window, functions)) => telemetry::log_lines(account, &window, functions).await,
                None => Vec::new(),
            }
        },
        map.complete(store, connections, clock, application, drawn, tagged, &looked_at),
    );
    gathered.map = map;
    gathered.append(states);
    gathered.append(missing);
    gathered.append(context);
    if let Some(mut told) = told {
        let lines = telemetry::keep_lines(lines, gathered);
        if lines.iter().any(|(logs, _)| logs.baseline.truncated || logs.incident.truncated) {
            let providers = &account.context.providers;
            let counted = context::ask_one(providers, clock, Provider::LogInsights, &scope, &allowance).await;
            gathered.append(counted);
        }
        told.logs = lines.iter().map(|(logs, _)| logs.clone()).collect();
        let investigated = engine_case::run_engine(signal, &told, &changes, &read);
        telemetry::conclude(&investigated, &lines, clock, gathered);
    }
    gathered.allowance = allowance.get();
}

/// A look at the parameters that one function reads.
type Read = Result<Look<Vec<Arn>>, PortError>;

/// Which functions read which parameters.
fn keep_reads(
    reads: Vec<(&Arn, Read)>,
    clock: &impl Clock,
    gathered: &mut Gathered,
) -> BTreeMap<Arn, Vec<Arn>> {
    let mut read: BTreeMap<Arn, Vec<Arn>> = BTreeMap::new();
    for (function, look) in reads {
        if let Some(Look { query, found }) = gathered.found(look) {
            let summary =
                format!("{} reads {} of the application's parameters", function.name(), found.len());
            for parameter in &found {
                read.entry(parameter.clone()).or_default().push(function.clone());
            }
            let observed = Observed::Reads { function: function.clone(), parameters: found };
            gathered.add(clock.now(), &query, &summary, observed);
        }
    }
    read
}

/// All resources of the application; of those that the incident's file keeps, what it has room for.
fn keep_members(
    name: &str,
    look: Option<Look<Vec<Arn>>>,
    clock: &impl Clock,
    gathered: &mut Gathered,
) -> Vec<Arn> {
    let Some(Look { query, found }) = look else { return Vec::new() };
    let summary = format!("{} resources carry the tag of {name}", found.len());
    let mut kept = found.clone();
    // What nothing here knows can be neither cause nor target, and an item has room for so many.
    kept.retain(|arn| arn.kind() != ResourceKind::Other);
    if kept.len() > MOST_MEMBERS {
        gathered.gap(&query, &format!("{} resources; the first {MOST_MEMBERS} were kept", kept.len()));
        kept.truncate(MOST_MEMBERS);
    }
    let others = found.into_iter().filter(|arn| arn.kind() == ResourceKind::Other);
    let all = kept.iter().cloned().chain(others).collect();
    gathered.add(
        clock.now(),
        &query,
        &summary,
        Observed::Application { name: name.to_owned(), resources: kept },
    );
    all
}

/// The functions that may read one of `parameters`: the signal's own first. An alias reads what its
/// version reads, its function what the next version will.
fn readers(signal: &Signal, near: &[Arn], parameters: &[Arn], gathered: &mut Gathered) -> Vec<Arn> {
    if parameters.is_empty() {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let own = signal
        .resources
        .iter()
        .filter(|arn| is_in_scope(arn, signal))
        .filter_map(|arn| Some([arn.function()?, arn.clone()]))
        .flatten();
    let mut all: Vec<Arn> =
        own.chain(near.iter().filter_map(Arn::function)).filter(|arn| seen.insert(arn.clone())).collect();
    if all.len() > MOST_READERS {
        let reason = format!("{} functions are near; the environment of {MOST_READERS} was read", all.len());
        gathered.gap("which parameters functions read", &reason);
        all.truncate(MOST_READERS);
    }
    all
}

fn keep_changes(
    signal: &Signal,
    now: Timestamp,
    look: Option<Look<Vec<Change>>>,
    gathered: &mut Gathered,
) -> Vec<Change> {
    let Some(Look { query, found }) = look else { return Vec::new() };
    let judged_from = before(signal.occurred_at, LOOKBACK);
    if let Some((_, note)) = query.split_once(" # ")
        && read_back_to(note).is_none_or(|oldest| oldest > judged_from)
    {
        gathered.gap(&query, note);
    }
    if found.len() > MOST_CHANGES {
        gathered.gap(
            &query,
            &format!("{} changes were found; only the newest {MOST_CHANGES} were kept", found.len()),
        );
    }
    let kept: Vec<_> = found.into_iter().take(MOST_CHANGES).collect();
    for change in &kept {
        let actor = one_line(&change.actor, VALUE_CHARS);
        let summary =
            format!("{} on {} by {actor} at {}", change.event_name, change.resource.name(), change.at);
        gathered.add(now, &query, &summary, Observed::Change { change: change.clone() });
    }
    kept
}

/// How far back a trail was read that was too long to be read whole: the query's comment says it.
fn read_back_to(note: &str) -> Option<Timestamp> {
    note.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use jiff::SignedDuration;

    use super::*;

    fn gaps(query: &str) -> usize {
        let mut gathered = Gathered::default();
        let look = Look { query: query.to_owned(), found: Vec::new() };
        keep_changes(&sample::alarm_signal("event-1", "x"), sample::at(), Some(look), &mut gathered);
        gathered.gaps.len()
    }

    #[test]
    fn keep_changes_trail_read_in_part_is_a_gap_only_where_the_judged_hour_is_missing() {
        let partial = |minutes| {
            let oldest = sample::at() - SignedDuration::from_mins(minutes);
            format!("lookup-events # too many events: nothing before {oldest} was read")
        };
        assert_eq!(gaps(&partial(30)), 1);
        assert_eq!(gaps(&partial(90)), 0);
        assert_eq!(gaps("lookup-events # incomplete"), 1);
        assert_eq!(gaps("lookup-events"), 0);
    }
}
